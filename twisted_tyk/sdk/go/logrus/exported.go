package logrus

import (
	"context"
	"io"
	"time"
)

var std = New()

// StandardLogger is the one that the functions of this package use.
func StandardLogger() *Logger { return std }

// SetOutput sets where the standard logger writes.
func SetOutput(out io.Writer) { std.SetOutput(out) }

// SetFormatter sets its formatter.
func SetFormatter(formatter Formatter) { std.SetFormatter(formatter) }

// SetReportCaller is remembered.
func SetReportCaller(report bool) { std.SetReportCaller(report) }

// SetLevel sets the level of lines it still writes.
func SetLevel(level Level) { std.SetLevel(level) }

// GetLevel is that level.
func GetLevel() Level { return std.GetLevel() }

// IsLevelEnabled says whether it writes lines of a level.
func IsLevelEnabled(level Level) bool { return std.IsLevelEnabled(level) }

// AddHook adds a hook to it.
func AddHook(hook Hook) { std.AddHook(hook) }

// Exit ends the program.
func Exit(code int) { std.Exit(code) }

// WithError returns a line of it with an error among its fields.
func WithError(err error) *Entry { return std.WithError(err) }

// WithContext returns a line of it that knows a context.
func WithContext(ctx context.Context) *Entry { return std.WithContext(ctx) }

// WithField returns a line of it with a field.
func WithField(key string, value interface{}) *Entry { return std.WithField(key, value) }

// WithFields returns a line of it with fields.
func WithFields(fields Fields) *Entry { return std.WithFields(fields) }

// WithTime returns a line of it of another time.
func WithTime(t time.Time) *Entry { return std.WithTime(t) }

// StdLogger is what the standard library's logger has too.
type StdLogger interface {
	Print(...interface{})
	Printf(string, ...interface{})
	Println(...interface{})
	Fatal(...interface{})
	Fatalf(string, ...interface{})
	Fatalln(...interface{})
	Panic(...interface{})
	Panicf(string, ...interface{})
	Panicln(...interface{})
}

// FieldLogger is what loggers and lines have in common.
type FieldLogger interface {
	StdLogger
	WithField(key string, value interface{}) *Entry
	WithFields(fields Fields) *Entry
	WithError(err error) *Entry
	Debug(args ...interface{})
	Debugf(format string, args ...interface{})
	Debugln(args ...interface{})
	Info(args ...interface{})
	Infof(format string, args ...interface{})
	Infoln(args ...interface{})
	Warn(args ...interface{})
	Warnf(format string, args ...interface{})
	Warnln(args ...interface{})
	Warning(args ...interface{})
	Warningf(format string, args ...interface{})
	Warningln(args ...interface{})
	Error(args ...interface{})
	Errorf(format string, args ...interface{})
	Errorln(args ...interface{})
}

// Ext1FieldLogger is FieldLogger with the finest level.
type Ext1FieldLogger interface {
	FieldLogger
	Trace(args ...interface{})
	Tracef(format string, args ...interface{})
	Traceln(args ...interface{})
}

var (
	_ Ext1FieldLogger = (*Logger)(nil)
	_ Ext1FieldLogger = (*Entry)(nil)
)
