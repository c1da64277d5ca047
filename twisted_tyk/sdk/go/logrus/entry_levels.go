package logrus

// One method for each level, in three forms.

// Trace writes a line.
func (e *Entry) Trace(args ...interface{}) { e.Log(TraceLevel, args...) }

// Tracef writes a line with a format.
func (e *Entry) Tracef(format string, args ...interface{}) { e.Logf(TraceLevel, format, args...) }

// Traceln writes a line, spaces between all arguments.
func (e *Entry) Traceln(args ...interface{}) { e.Logln(TraceLevel, args...) }

// Debug writes a line.
func (e *Entry) Debug(args ...interface{}) { e.Log(DebugLevel, args...) }

// Debugf writes a line with a format.
func (e *Entry) Debugf(format string, args ...interface{}) { e.Logf(DebugLevel, format, args...) }

// Debugln writes a line, spaces between all arguments.
func (e *Entry) Debugln(args ...interface{}) { e.Logln(DebugLevel, args...) }

// Info writes a line.
func (e *Entry) Info(args ...interface{}) { e.Log(InfoLevel, args...) }

// Infof writes a line with a format.
func (e *Entry) Infof(format string, args ...interface{}) { e.Logf(InfoLevel, format, args...) }

// Infoln writes a line, spaces between all arguments.
func (e *Entry) Infoln(args ...interface{}) { e.Logln(InfoLevel, args...) }

// Print writes a line of InfoLevel.
func (e *Entry) Print(args ...interface{}) { e.Log(InfoLevel, args...) }

// Printf writes a line of InfoLevel with a format.
func (e *Entry) Printf(format string, args ...interface{}) { e.Logf(InfoLevel, format, args...) }

// Println writes a line of InfoLevel, spaces between all arguments.
func (e *Entry) Println(args ...interface{}) { e.Logln(InfoLevel, args...) }

// Warn writes a line.
func (e *Entry) Warn(args ...interface{}) { e.Log(WarnLevel, args...) }

// Warnf writes a line with a format.
func (e *Entry) Warnf(format string, args ...interface{}) { e.Logf(WarnLevel, format, args...) }

// Warnln writes a line, spaces between all arguments.
func (e *Entry) Warnln(args ...interface{}) { e.Logln(WarnLevel, args...) }

// Warning writes a line.
func (e *Entry) Warning(args ...interface{}) { e.Log(WarnLevel, args...) }

// Warningf writes a line with a format.
func (e *Entry) Warningf(format string, args ...interface{}) { e.Logf(WarnLevel, format, args...) }

// Warningln writes a line, spaces between all arguments.
func (e *Entry) Warningln(args ...interface{}) { e.Logln(WarnLevel, args...) }

// Error writes a line.
func (e *Entry) Error(args ...interface{}) { e.Log(ErrorLevel, args...) }

// Errorf writes a line with a format.
func (e *Entry) Errorf(format string, args ...interface{}) { e.Logf(ErrorLevel, format, args...) }

// Errorln writes a line, spaces between all arguments.
func (e *Entry) Errorln(args ...interface{}) { e.Logln(ErrorLevel, args...) }

// Fatal writes a line and ends the program.
func (e *Entry) Fatal(args ...interface{}) {
	e.Log(FatalLevel, args...)
	e.Logger.Exit(1)
}

// Fatalf writes a line with a format and ends the program.
func (e *Entry) Fatalf(format string, args ...interface{}) {
	e.Logf(FatalLevel, format, args...)
	e.Logger.Exit(1)
}

// Fatalln writes a line, spaces between all arguments and ends the program.
func (e *Entry) Fatalln(args ...interface{}) {
	e.Logln(FatalLevel, args...)
	e.Logger.Exit(1)
}

// Panic writes a line and panics.
func (e *Entry) Panic(args ...interface{}) { e.Log(PanicLevel, args...) }

// Panicf writes a line with a format and panics.
func (e *Entry) Panicf(format string, args ...interface{}) { e.Logf(PanicLevel, format, args...) }

// Panicln writes a line, spaces between all arguments and panics.
func (e *Entry) Panicln(args ...interface{}) { e.Logln(PanicLevel, args...) }
