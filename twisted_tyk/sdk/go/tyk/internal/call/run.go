package call

import (
	"fmt"
	"path"
	"runtime"
	"strings"

	"github.com/TykTechnologies/tyk/internal/wire"
)

// A Failure is a function that did not return. The text goes on after "panicked: ".
type Failure struct{ Text, Stack string }

// protect calls f and tells how that ended: nil when it returned. told is
// called in any case, in the same goroutine.
func protect(f func(), told func(*Failure)) {
	returned := false
	defer func() {
		switch value := recover(); {
		case returned:
			told(nil)
		case value != nil:
			told(&Failure{describe(value), stack()})
		default:
			told(&Failure{Text: "it ended its goroutine with runtime.Goexit"})
		}
	}()
	f()
	returned = true
}

// Protect calls f and says how that ended: nil when it returned. Only in a
// goroutine of its own, apart, can f end the goroutine without harm: Go
// allows nobody to end one that came from C.
func Protect(f func(), apart bool) *Failure {
	if !apart {
		var failure *Failure
		protect(f, func(found *Failure) { failure = found })
		return failure
	}
	done := make(chan *Failure, 1)
	go protect(f, func(found *Failure) { done <- found })
	return <-done
}

// describe is the text of what was panicked with. It must not panic itself.
func describe(value any) (text string) {
	defer func() {
		if recover() != nil {
			text = fmt.Sprintf("a %T whose text panics", value)
		}
	}()
	switch value := value.(type) {
	case error:
		return value.Error()
	case string:
		return value
	}
	return fmt.Sprint(value)
}

// own is the folder of this package; the compiler gives closures of it, where
// it has copied them elsewhere, names of other packages.
var own = func() string {
	_, file, _, _ := runtime.Caller(0)
	return path.Dir(file) + "/"
}()

// stack is that of the panic, without the frames of Go's runtime before it and
// ours after it.
func stack() string {
	var counters [64]uintptr
	frames := runtime.CallersFrames(counters[:runtime.Callers(2, counters[:])])
	var written strings.Builder
	panicked := false
	for {
		frame, more := frames.Next()
		ours := strings.HasPrefix(frame.File, own)
		switch {
		case frame.Function == "runtime.gopanic":
			panicked = true
			written.Reset()
		case panicked && ours && written.Len() > 0:
			return written.String()
		case panicked && !ours && !strings.HasPrefix(frame.Function, "runtime."):
			fmt.Fprintf(&written, "%s\n\t%s:%d\n", frame.Function, frame.File, frame.Line)
		}
		if !more {
			return written.String()
		}
	}
}

// Run calls a function with the request of a frame and collects changes. The
// frame is not used after it returns.
func Run(function Function, frame []byte, out *wire.Changes, apart bool) int {
	c := new(Call)
	if err := c.frame.Read(frame); err != nil {
		out.Add(wire.Error, 0, err.Error(), "")
		return wire.EArgument
	}
	var err error
	failure := Protect(func() { err = function(c, out) }, apart)
	status := wire.OK
	switch {
	case failure != nil:
		status = wire.EPanic
	case err != nil:
		status = wire.EFailed
		failure = &Failure{Text: err.Error()}
	}
	if failure != nil {
		out.Drop()
		out.Add(wire.Error, 0, failure.Text, failure.Stack)
	}
	c.end(out)
	return status
}

// end adds the lines of the call and lets go of its body: a context that is
// kept shall not keep it.
func (c *Call) end(out *wire.Changes) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.over = true
	for _, l := range c.lines {
		out.Add(wire.Log, uint32(l.level), l.fields, l.text)
	}
	c.lines = nil
	c.frame.Slices[wire.Body] = ""
}
