// Package main ends goroutines.
package main

import (
	"net/http"
	"runtime"
)

// End ends the goroutine that calls it when it is asked to.
func End(rw http.ResponseWriter, r *http.Request) {
	if r.URL.RawQuery == "end" {
		runtime.Goexit()
	}
	rw.Header().Set("X-Still", "here")
}

func main() {}
