package logrus

import (
	"context"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// A Logger writes lines to Out and tells its hooks.
type Logger struct {
	Out          io.Writer
	Hooks        LevelHooks
	Formatter    Formatter
	ReportCaller bool
	Level        Level
	// ExitFunc ends the program after a line of FatalLevel; nil is os.Exit.
	ExitFunc func(int)

	mu sync.Mutex
}

// New returns a logger of InfoLevel that writes text to the standard error output.
func New() *Logger {
	return &Logger{
		Out: os.Stderr, Formatter: new(TextFormatter), Hooks: LevelHooks{}, Level: InfoLevel,
	}
}

func (l *Logger) level() Level { return Level(atomic.LoadUint32((*uint32)(&l.Level))) }

// GetLevel is the level of lines that are still written.
func (l *Logger) GetLevel() Level { return l.level() }

// SetLevel sets it.
func (l *Logger) SetLevel(level Level) { atomic.StoreUint32((*uint32)(&l.Level), uint32(level)) }

// IsLevelEnabled says whether lines of a level are written.
func (l *Logger) IsLevelEnabled(level Level) bool { return l.level() >= level }

// AddHook adds a hook.
func (l *Logger) AddHook(hook Hook) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.Hooks.Add(hook)
}

// ReplaceHooks sets all hooks and returns those there were.
func (l *Logger) ReplaceHooks(hooks LevelHooks) LevelHooks {
	l.mu.Lock()
	defer l.mu.Unlock()
	old := l.Hooks
	l.Hooks = hooks
	return old
}

// SetFormatter sets the formatter.
func (l *Logger) SetFormatter(formatter Formatter) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.Formatter = formatter
}

// SetOutput sets where lines are written.
func (l *Logger) SetOutput(out io.Writer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.Out = out
}

// SetReportCaller does nothing here but to be remembered.
func (l *Logger) SetReportCaller(report bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ReportCaller = report
}

// Exit ends the program.
func (l *Logger) Exit(code int) {
	if l.ExitFunc == nil {
		os.Exit(code)
	}
	l.ExitFunc(code)
}

// WithField returns a line with a field.
func (l *Logger) WithField(key string, value interface{}) *Entry {
	return NewEntry(l).WithField(key, value)
}

// WithFields returns a line with fields.
func (l *Logger) WithFields(fields Fields) *Entry { return NewEntry(l).WithFields(fields) }

// WithError returns a line with an error among its fields.
func (l *Logger) WithError(err error) *Entry { return NewEntry(l).WithError(err) }

// WithContext returns a line that knows a context.
func (l *Logger) WithContext(ctx context.Context) *Entry { return NewEntry(l).WithContext(ctx) }

// WithTime returns a line of another time.
func (l *Logger) WithTime(t time.Time) *Entry { return NewEntry(l).WithTime(t) }

// Log writes a line.
func (l *Logger) Log(level Level, args ...interface{}) { NewEntry(l).Log(level, args...) }

// Logf writes a line with a format.
func (l *Logger) Logf(level Level, format string, args ...interface{}) {
	NewEntry(l).Logf(level, format, args...)
}

// Logln writes a line, spaces between all arguments.
func (l *Logger) Logln(level Level, args ...interface{}) { NewEntry(l).Logln(level, args...) }
