// A plugin in Go that does what a plugin should not do.
package main

// #include <stdint.h>
import "C"

import "strconv"

var kept [][]byte

//export goCall
func goCall(function C.uint32_t, frame *C.char, size C.int) C.int32_t {
	text := C.GoStringN(frame, size)
	switch function {
	case 1: // in a goroutine, where no one recovers
		done := make(chan bool)
		go func() {
			var users map[string]int
			users[text] = 1
			close(done)
		}()
		<-done
	case 2:
		for {
			kept = append(kept, make([]byte, 1<<20))
			for i := range kept[len(kept)-1] {
				kept[len(kept)-1][i] = 1
			}
		}
	case 3: // so many MiB, and let go of them
		count, _ := strconv.Atoi(text)
		for i := 0; i < count; i++ {
			sink = make([]byte, 1<<20)
			sink[len(sink)-1] = 1
		}
	}
	return 0
}

var sink []byte


func main() {}
