package logrus

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
)

// ErrorKey is the field that WithError sets.
var ErrorKey = "error"

// Fields are what a line has beside its text.
type Fields map[string]interface{}

// An Entry is a line that is being made. It can be used again and in many
// goroutines: every With method returns a copy.
type Entry struct {
	Logger  *Logger
	Data    Fields
	Time    time.Time
	Level   Level
	Caller  *runtime.Frame
	Message string
	Buffer  *bytes.Buffer
	Context context.Context
}

// NewEntry returns a line without fields.
func NewEntry(logger *Logger) *Entry { return &Entry{Logger: logger, Data: Fields{}} }

// Dup returns a copy with fields of its own.
func (e *Entry) Dup() *Entry { return e.WithFields(nil) }

// WithFields returns a copy with more fields.
func (e *Entry) WithFields(fields Fields) *Entry {
	data := make(Fields, len(e.Data)+len(fields))
	for name, value := range e.Data {
		data[name] = value
	}
	for name, value := range fields {
		data[name] = value
	}
	return &Entry{Logger: e.Logger, Data: data, Time: e.Time, Context: e.Context}
}

// WithField returns a copy with one more field.
func (e *Entry) WithField(key string, value interface{}) *Entry {
	return e.WithFields(Fields{key: value})
}

// WithError returns a copy with an error among its fields.
func (e *Entry) WithError(err error) *Entry { return e.WithField(ErrorKey, err) }

// WithContext returns a copy that knows a context.
func (e *Entry) WithContext(ctx context.Context) *Entry {
	copied := e.Dup()
	copied.Context = ctx
	return copied
}

// WithTime returns a copy of another time.
func (e *Entry) WithTime(t time.Time) *Entry {
	copied := e.Dup()
	copied.Time = t
	return copied
}

// Bytes is the line as the formatter of its logger writes it.
func (e *Entry) Bytes() ([]byte, error) { return e.Logger.Formatter.Format(e) }

// String is the same as Bytes.
func (e *Entry) String() (string, error) {
	line, err := e.Bytes()
	return string(line), err
}

// Log writes the line if its logger writes lines of the level. One of
// PanicLevel panics after that.
func (e *Entry) Log(level Level, args ...interface{}) {
	if e.Logger.IsLevelEnabled(level) {
		e.write(level, fmt.Sprint(args...))
	}
}

// Logf is Log with a format.
func (e *Entry) Logf(level Level, format string, args ...interface{}) {
	if e.Logger.IsLevelEnabled(level) {
		e.write(level, fmt.Sprintf(format, args...))
	}
}

// Logln is Log with spaces between all arguments.
func (e *Entry) Logln(level Level, args ...interface{}) {
	if e.Logger.IsLevelEnabled(level) {
		e.write(level, strings.TrimSuffix(fmt.Sprintln(args...), "\n"))
	}
}

func (e *Entry) write(level Level, text string) {
	line := e.Dup()
	line.Level, line.Message = level, text
	if line.Time.IsZero() {
		line.Time = time.Now()
	}
	logger := e.Logger
	logger.mu.Lock()
	hooks := logger.Hooks[level]
	formatter, out := logger.Formatter, logger.Out
	logger.mu.Unlock()
	for _, hook := range hooks {
		if err := hook.Fire(line); err != nil {
			fmt.Fprintf(os.Stderr, "log: a hook failed: %v\n", err)
		}
	}
	if written, err := formatter.Format(line); err != nil {
		fmt.Fprintf(os.Stderr, "log: a line cannot be written: %v\n", err)
	} else {
		logger.mu.Lock()
		_, _ = out.Write(written)
		logger.mu.Unlock()
	}
	if level == PanicLevel {
		panic(line)
	}
}
