package main

import (
	"bytes"
	"io/ioutil"
	"net/http"
)

// ReplaceBody changes what the upstream answered.
func ReplaceBody(rw http.ResponseWriter, res *http.Response, req *http.Request) {
	res.Header.Add("Replaced", "yes")
	res.Body = ioutil.NopCloser(bytes.NewBufferString(`{"message":"from the plugin"}`))
}
