package main

import (
	"bytes"
	"io"
	"net/http"
	"strings"
)

func SetHeaders(rw http.ResponseWriter, r *http.Request) {
	r.Header.Set("X-Set", "by hook")
	r.Header.Del("X-Secret")
}

func OtherPath(rw http.ResponseWriter, r *http.Request) {
	r.URL.Path = strings.Replace(r.URL.Path, "/old/", "/new place/", -1)
}

func OtherMethod(rw http.ResponseWriter, r *http.Request) {
	r.Method = http.MethodPut
}

func OtherBody(rw http.ResponseWriter, r *http.Request) {
	r.Body = io.NopCloser(strings.NewReader("replaced by the hook"))
}

func OtherQuery(rw http.ResponseWriter, r *http.Request) {
	r.URL.RawQuery = "a=b&c=d"
}

func OtherHost(rw http.ResponseWriter, r *http.Request) {
	r.Host = "from-hook.test"
}

func MarkResponse(rw http.ResponseWriter, res *http.Response, req *http.Request) {
	res.Header.Set("X-Marked", "yes")
	res.Header.Del("Server")
}

func OtherStatus(rw http.ResponseWriter, res *http.Response, req *http.Request) {
	res.StatusCode = http.StatusTeapot
}

func UpperCase(rw http.ResponseWriter, res *http.Response, req *http.Request) {
	body, err := io.ReadAll(res.Body)
	if err != nil {
		panic(err)
	}
	res.Body = io.NopCloser(bytes.NewReader(append(bytes.ToUpper(body), '!')))
}

func ReplaceResponse(rw http.ResponseWriter, res *http.Response, req *http.Request) {
	rw.Header().Set("Content-Type", "text/plain")
	rw.WriteHeader(http.StatusServiceUnavailable)
	io.WriteString(rw, "replaced")
}

func BrokenResponse(rw http.ResponseWriter, res *http.Response, req *http.Request) {
	panic("on the way back")
}
