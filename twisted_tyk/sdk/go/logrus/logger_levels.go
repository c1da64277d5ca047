package logrus

// One method for each level, in three forms.

// Trace writes a line.
func (l *Logger) Trace(args ...interface{}) { l.Log(TraceLevel, args...) }

// Tracef writes a line with a format.
func (l *Logger) Tracef(format string, args ...interface{}) { l.Logf(TraceLevel, format, args...) }

// Traceln writes a line, spaces between all arguments.
func (l *Logger) Traceln(args ...interface{}) { l.Logln(TraceLevel, args...) }

// Debug writes a line.
func (l *Logger) Debug(args ...interface{}) { l.Log(DebugLevel, args...) }

// Debugf writes a line with a format.
func (l *Logger) Debugf(format string, args ...interface{}) { l.Logf(DebugLevel, format, args...) }

// Debugln writes a line, spaces between all arguments.
func (l *Logger) Debugln(args ...interface{}) { l.Logln(DebugLevel, args...) }

// Info writes a line.
func (l *Logger) Info(args ...interface{}) { l.Log(InfoLevel, args...) }

// Infof writes a line with a format.
func (l *Logger) Infof(format string, args ...interface{}) { l.Logf(InfoLevel, format, args...) }

// Infoln writes a line, spaces between all arguments.
func (l *Logger) Infoln(args ...interface{}) { l.Logln(InfoLevel, args...) }

// Print writes a line of InfoLevel.
func (l *Logger) Print(args ...interface{}) { l.Log(InfoLevel, args...) }

// Printf writes a line of InfoLevel with a format.
func (l *Logger) Printf(format string, args ...interface{}) { l.Logf(InfoLevel, format, args...) }

// Println writes a line of InfoLevel, spaces between all arguments.
func (l *Logger) Println(args ...interface{}) { l.Logln(InfoLevel, args...) }

// Warn writes a line.
func (l *Logger) Warn(args ...interface{}) { l.Log(WarnLevel, args...) }

// Warnf writes a line with a format.
func (l *Logger) Warnf(format string, args ...interface{}) { l.Logf(WarnLevel, format, args...) }

// Warnln writes a line, spaces between all arguments.
func (l *Logger) Warnln(args ...interface{}) { l.Logln(WarnLevel, args...) }

// Warning writes a line.
func (l *Logger) Warning(args ...interface{}) { l.Log(WarnLevel, args...) }

// Warningf writes a line with a format.
func (l *Logger) Warningf(format string, args ...interface{}) { l.Logf(WarnLevel, format, args...) }

// Warningln writes a line, spaces between all arguments.
func (l *Logger) Warningln(args ...interface{}) { l.Logln(WarnLevel, args...) }

// Error writes a line.
func (l *Logger) Error(args ...interface{}) { l.Log(ErrorLevel, args...) }

// Errorf writes a line with a format.
func (l *Logger) Errorf(format string, args ...interface{}) { l.Logf(ErrorLevel, format, args...) }

// Errorln writes a line, spaces between all arguments.
func (l *Logger) Errorln(args ...interface{}) { l.Logln(ErrorLevel, args...) }

// Fatal writes a line and ends the program.
func (l *Logger) Fatal(args ...interface{}) {
	l.Log(FatalLevel, args...)
	l.Exit(1)
}

// Fatalf writes a line with a format and ends the program.
func (l *Logger) Fatalf(format string, args ...interface{}) {
	l.Logf(FatalLevel, format, args...)
	l.Exit(1)
}

// Fatalln writes a line, spaces between all arguments and ends the program.
func (l *Logger) Fatalln(args ...interface{}) {
	l.Logln(FatalLevel, args...)
	l.Exit(1)
}

// Panic writes a line and panics.
func (l *Logger) Panic(args ...interface{}) { l.Log(PanicLevel, args...) }

// Panicf writes a line with a format and panics.
func (l *Logger) Panicf(format string, args ...interface{}) { l.Logf(PanicLevel, format, args...) }

// Panicln writes a line, spaces between all arguments and panics.
func (l *Logger) Panicln(args ...interface{}) { l.Logln(PanicLevel, args...) }
