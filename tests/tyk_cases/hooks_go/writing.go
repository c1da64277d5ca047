// The hooks of ../hooks once more, as a plugin written for Tyk.
package main

import (
	"io"
	"net/http"
)

func AddHeader(rw http.ResponseWriter, r *http.Request) {
	rw.Header().Add("X-Hook", "added")
}

func StatusOnly(rw http.ResponseWriter, r *http.Request) {
	rw.WriteHeader(http.StatusAccepted)
}

func BodyOnly(rw http.ResponseWriter, r *http.Request) {
	rw.Header().Set("Content-Type", "text/plain")
	io.WriteString(rw, "written")
}

func TwoStatuses(rw http.ResponseWriter, r *http.Request) {
	rw.WriteHeader(http.StatusCreated)
	rw.WriteHeader(http.StatusInternalServerError)
	io.WriteString(rw, "first wins")
}

func NotFound(rw http.ResponseWriter, r *http.Request) {
	rw.WriteHeader(http.StatusNotFound)
	io.WriteString(rw, "gone")
}

func Forbidden(rw http.ResponseWriter, r *http.Request) {
	rw.WriteHeader(http.StatusForbidden)
}

func Broken(rw http.ResponseWriter, r *http.Request) {
	rw.WriteHeader(http.StatusOK)
	io.WriteString(rw, "half an ans")
	panic("never finished")
}
