package main

import "net/http"

var nothing *http.Request

// Panic shows where it went wrong; the file of an init function is a copy to the compiler.
func Panic(rw http.ResponseWriter, r *http.Request) {
	rw.Header().Set("Never", nothing.Method)
}

func init() {}
