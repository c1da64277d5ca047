package logrus

// One function for each level, in three forms, of the standard logger.

// Trace writes a line.
func Trace(args ...interface{}) { std.Log(TraceLevel, args...) }

// Tracef writes a line with a format.
func Tracef(format string, args ...interface{}) { std.Logf(TraceLevel, format, args...) }

// Traceln writes a line, spaces between all arguments.
func Traceln(args ...interface{}) { std.Logln(TraceLevel, args...) }

// Debug writes a line.
func Debug(args ...interface{}) { std.Log(DebugLevel, args...) }

// Debugf writes a line with a format.
func Debugf(format string, args ...interface{}) { std.Logf(DebugLevel, format, args...) }

// Debugln writes a line, spaces between all arguments.
func Debugln(args ...interface{}) { std.Logln(DebugLevel, args...) }

// Info writes a line.
func Info(args ...interface{}) { std.Log(InfoLevel, args...) }

// Infof writes a line with a format.
func Infof(format string, args ...interface{}) { std.Logf(InfoLevel, format, args...) }

// Infoln writes a line, spaces between all arguments.
func Infoln(args ...interface{}) { std.Logln(InfoLevel, args...) }

// Print writes a line of InfoLevel.
func Print(args ...interface{}) { std.Log(InfoLevel, args...) }

// Printf writes a line of InfoLevel with a format.
func Printf(format string, args ...interface{}) { std.Logf(InfoLevel, format, args...) }

// Println writes a line of InfoLevel, spaces between all arguments.
func Println(args ...interface{}) { std.Logln(InfoLevel, args...) }

// Warn writes a line.
func Warn(args ...interface{}) { std.Log(WarnLevel, args...) }

// Warnf writes a line with a format.
func Warnf(format string, args ...interface{}) { std.Logf(WarnLevel, format, args...) }

// Warnln writes a line, spaces between all arguments.
func Warnln(args ...interface{}) { std.Logln(WarnLevel, args...) }

// Warning writes a line.
func Warning(args ...interface{}) { std.Log(WarnLevel, args...) }

// Warningf writes a line with a format.
func Warningf(format string, args ...interface{}) { std.Logf(WarnLevel, format, args...) }

// Warningln writes a line, spaces between all arguments.
func Warningln(args ...interface{}) { std.Logln(WarnLevel, args...) }

// Error writes a line.
func Error(args ...interface{}) { std.Log(ErrorLevel, args...) }

// Errorf writes a line with a format.
func Errorf(format string, args ...interface{}) { std.Logf(ErrorLevel, format, args...) }

// Errorln writes a line, spaces between all arguments.
func Errorln(args ...interface{}) { std.Logln(ErrorLevel, args...) }

// Fatal writes a line and ends the program.
func Fatal(args ...interface{}) {
	std.Log(FatalLevel, args...)
	std.Exit(1)
}

// Fatalf writes a line with a format and ends the program.
func Fatalf(format string, args ...interface{}) {
	std.Logf(FatalLevel, format, args...)
	std.Exit(1)
}

// Fatalln writes a line, spaces between all arguments and ends the program.
func Fatalln(args ...interface{}) {
	std.Logln(FatalLevel, args...)
	std.Exit(1)
}

// Panic writes a line and panics.
func Panic(args ...interface{}) { std.Log(PanicLevel, args...) }

// Panicf writes a line with a format and panics.
func Panicf(format string, args ...interface{}) { std.Logf(PanicLevel, format, args...) }

// Panicln writes a line, spaces between all arguments and panics.
func Panicln(args ...interface{}) { std.Logln(PanicLevel, args...) }
