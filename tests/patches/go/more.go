package main

import (
	"net/http"
	"strings"
)

// Change changes all of a request, and lets it go on.
func Change(rw http.ResponseWriter, r *http.Request) {
	r.Header.Set("X-Patched", "go")
	r.Header.Del("X-Gone")
	r.URL.Path = "/one/patched"
	rw.Header().Set("X-Reply", "go")
}

// Answer answers in place of a step.
func Answer(rw http.ResponseWriter, r *http.Request) {
	rw.Header().Set("X-Reply", "go")
	rw.WriteHeader(http.StatusAccepted)
	rw.Write([]byte("from a patch"))
}

// Fail changes a request and then fails.
func Fail(rw http.ResponseWriter, r *http.Request) {
	Change(rw, r)
	panic("no room")
}

// Back changes what the upstream has answered.
func Back(rw http.ResponseWriter, res *http.Response, req *http.Request) {
	res.Header.Set("X-Reply", strings.ToUpper("go"))
}
