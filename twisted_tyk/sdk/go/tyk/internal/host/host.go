// Package host is the way to the gateway for all packages of this module,
// whatever the binding. Package rt opens it.
package host

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/TykTechnologies/tyk/internal/wire"
)

// A Table is what the gateway does for a plugin. All of it may be called in
// any goroutine until Close has returned.
type Table struct {
	Log     func(level int, text, fields string)
	Metric  func(kind int, name string, value float64)
	Service func(service uint32, in []byte) (status int, out []byte)
}

type line struct {
	level        int
	text, fields string
}

// Lines that are logged before the gateway is there, while packages are
// initialised, wait for it; more than these are dropped.
const most = 256

var (
	table    atomic.Pointer[Table]
	closed   atomic.Bool
	underWay atomic.Int64

	mutex    sync.Mutex
	waiting  []line
	settings []byte
	opened   []func()
)

// Open connects this module to the gateway: from now on the functions below
// reach it. config is the JSON object of tyk_plugin_init.
func Open(t *Table, config []byte) {
	mutex.Lock()
	settings = config
	lines := waiting
	waiting = nil
	callbacks := opened
	table.Store(t)
	closed.Store(false)
	mutex.Unlock()
	for _, callback := range callbacks {
		callback()
	}
	for _, l := range lines {
		Log(l.level, l.text, l.fields)
	}
}

// OnOpen has f called whenever Open is, and now if it has been.
func OnOpen(f func()) {
	mutex.Lock()
	opened = append(opened, f)
	now := table.Load() != nil
	mutex.Unlock()
	if now {
		f()
	}
}

// Close parts from the gateway: nothing reaches it any more. It waits for
// calls of the functions below that are under way, and says whether all of
// them came back in time.
func Close(wait time.Duration) bool {
	closed.Store(true)
	for until := time.Now().Add(wait); underWay.Load() > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			return false
		}
	}
	return true
}

// Config is what Open was given.
func Config() []byte {
	mutex.Lock()
	defer mutex.Unlock()
	return settings
}

func enter() *Table {
	underWay.Add(1)
	if t := table.Load(); t != nil && !closed.Load() {
		return t
	}
	underWay.Add(-1)
	return nil
}

func leave() { underWay.Add(-1) }

// Log writes a line to the gateway's log. fields is a JSON object or empty.
func Log(level int, text, fields string) {
	if t := enter(); t != nil {
		defer leave()
		t.Log(level, text, fields)
		return
	}
	mutex.Lock()
	defer mutex.Unlock()
	if table.Load() == nil && len(waiting) < most {
		waiting = append(waiting, line{level, text, fields})
	}
}

// Metric tells the gateway a value.
func Metric(kind int, name string, value float64) {
	if t := enter(); t != nil {
		defer leave()
		t.Metric(kind, name, value)
	}
}

// Service asks the gateway and waits for the answer.
func Service(service uint32, texts ...string) (int, []string) {
	t := enter()
	if t == nil {
		return wire.ERefused, nil
	}
	defer leave()
	status, out := t.Service(service, wire.Pack(texts...))
	if status != wire.OK {
		return status, nil
	}
	answer, err := wire.Unpack(out)
	if err != nil {
		return wire.EFailed, nil
	}
	return status, answer
}

// CallKey is the key under which the context of a request has its CallLog.
type CallKey struct{}

// A CallLog takes lines of one call.
type CallLog interface {
	// Log says whether it took the line; it does until the call is over.
	Log(level int, text, fields string) bool
}
