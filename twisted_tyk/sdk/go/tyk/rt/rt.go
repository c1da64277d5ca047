// Package rt joins a plugin to the gateway: it exports the functions of
// tyk_plugin.h. A generated file in the plugin's main package registers the
// plugin's functions here, in the order of the manifest, which takes the
// place of manifest.c.
package rt

/*
#cgo CFLAGS: -I${SRCDIR}/../../../c
#include "host.h"
*/
import "C"

import (
	"net/http"
	"sync"
	"time"
	"unsafe"

	"github.com/TykTechnologies/tyk-pump/analytics"
	"github.com/TykTechnologies/tyk/internal/call"
	"github.com/TykTechnologies/tyk/internal/definitions"
	"github.com/TykTechnologies/tyk/internal/host"
	"github.com/TykTechnologies/tyk/internal/wire"
)

// Only init functions change these, before any call.
var (
	functions []call.Function
	inits     []func()
	// apart is whether functions are called in goroutines of their own.
	apart bool
)

// Request registers a hook on the way in.
func Request(name string, f func(http.ResponseWriter, *http.Request)) {
	functions = append(functions, call.Request(f))
}

// Response registers a hook on the way back.
func Response(name string, f func(http.ResponseWriter, *http.Response, *http.Request)) {
	functions = append(functions, call.Response(f))
}

// Analytics registers a function that records are given to.
func Analytics(name string, f func(*analytics.AnalyticsRecord)) {
	functions = append(functions, call.Analytics(f))
}

// Init registers an init function of the plugin. They run in order when the
// gateway has loaded the library, where a panic can be told of.
func Init(f func()) { inits = append(inits, f) }

var initialised sync.Mutex

//export tykGoInit
func tykGoInit(config *C.uint8_t, size C.uint64_t) C.int32_t {
	initialised.Lock()
	defer initialised.Unlock()
	host.Open(gateway(), C.GoBytes(unsafe.Pointer(config), C.int(size)))
	apart = linked("runtime.Goexit")
	for _, f := range inits {
		if failure := call.Protect(f, apart); failure != nil {
			host.Log(wire.Severe, "the plugin's init panicked: "+failure.Text+"\n"+failure.Stack, "")
			host.Close(0)
			return wire.EInit
		}
	}
	// They are not run again when the library is closed and opened again.
	inits = nil
	return wire.OK
}

//export tykGoCall
func tykGoCall(
	function C.uint32_t, frame *C.uint8_t, size C.uint64_t, result *C.tyk_result,
) C.int32_t {
	if uint64(function) >= uint64(len(functions)) {
		return wire.EFunction
	}
	changes := wire.NewChanges()
	data := unsafe.Slice((*byte)(unsafe.Pointer(frame)), int(size))
	status := call.Run(functions[function], data, changes, apart)
	if !put(changes, result) {
		status = wire.EMemory
	}
	changes.Free()
	return C.int32_t(status)
}

// put writes the changes into the host's buffer, or into one of ours.
func put(changes *wire.Changes, result *C.tyk_result) bool {
	size := changes.Size()
	result.size = C.uint64_t(size)
	if size == 0 {
		return true
	}
	if size > 1<<32-1 {
		result.size = 0
		return false
	}
	if uint64(size) > uint64(result.capacity) {
		own := C.malloc(C.size_t(size))
		if own == nil {
			result.size = 0
			return false
		}
		result.data = (*C.uint8_t)(own)
		result.flags |= C.TYK_OWNED
	}
	changes.Write(unsafe.Slice((*byte)(unsafe.Pointer(result.data)), size))
	return true
}

//export tykGoControl
func tykGoControl(control C.uint32_t, in *C.uint8_t, size C.uint64_t) C.int32_t {
	texts, err := wire.Unpack(unsafe.Slice((*byte)(unsafe.Pointer(in)), int(size)))
	if err != nil {
		return wire.EArgument
	}
	switch {
	case control == wire.Define && len(texts) == 3:
		definitions.Define(texts[0], texts[1], texts[2])
	case control == wire.Forget && len(texts) == 1:
		definitions.Forget(texts[0])
	default:
		return wire.EArgument
	}
	return wire.OK
}

//export tykGoShutdown
func tykGoShutdown(milliseconds C.uint32_t) C.int32_t {
	// Goroutines of the plugin cannot be ended by others. They reach the
	// gateway no more.
	if !host.Close(time.Duration(milliseconds) * time.Millisecond) {
		return wire.EFailed
	}
	return wire.OK
}
