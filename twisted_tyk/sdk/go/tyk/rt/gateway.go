package rt

/*
#include "host.h"
*/
import "C"

import (
	"bytes"
	"io"
	"os"
	"strings"
	"unsafe"

	"github.com/TykTechnologies/tyk/internal/host"
	"github.com/TykTechnologies/tyk/internal/wire"
)

func gateway() *host.Table {
	return &host.Table{
		Log: func(level int, text, fields string) {
			C.tyk_rt_log(C.int32_t(level), characters(text), C.uint64_t(len(text)),
				characters(fields), C.uint64_t(len(fields)))
		},
		Metric: func(kind int, name string, value float64) {
			C.tyk_rt_metric(C.int32_t(kind), characters(name), C.uint64_t(len(name)),
				C.double(value))
		},
		Service: service,
	}
}

func characters(text string) *C.char { return (*C.char)(unsafe.Pointer(unsafe.StringData(text))) }

func service(number uint32, in []byte) (int, []byte) {
	var out *C.uint8_t
	var size C.uint64_t
	status := int(C.tyk_rt_service(C.uint32_t(number), (*C.uint8_t)(unsafe.SliceData(in)),
		C.uint64_t(len(in)), &out, &size))
	if out == nil {
		if status == wire.OK {
			return wire.EFailed, nil
		}
		return status, nil
	}
	defer C.tyk_rt_release(out)
	return status, bytes.Clone(unsafe.Slice((*byte)(unsafe.Pointer(out)), int(size)))
}

// linked says whether a function is part of this library: Go links those that
// something calls, and keeps their names in any case. It says yes when the
// library cannot be read.
func linked(function string) bool {
	path := C.tyk_rt_path()
	if path == nil {
		return true
	}
	file, err := os.Open(C.GoString(path))
	if err != nil {
		return true
	}
	defer file.Close()
	// Put together here, so that the library has it only in its table of names.
	name := []byte(strings.Join([]string{"", function, ""}, "\x00"))
	buffer := make([]byte, 1<<18)
	kept := 0
	for {
		n, err := io.ReadFull(file, buffer[kept:])
		have := buffer[:kept+n]
		if bytes.Contains(have, name) {
			return true
		}
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return false
		}
		if err != nil {
			return true
		}
		kept = copy(buffer, have[len(have)-len(name):])
	}
}
