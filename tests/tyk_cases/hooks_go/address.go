package main

import (
	"io"
	"net/http"

	"github.com/TykTechnologies/tyk/request"
)

// ClientIp tells the client who it is.
func ClientIp(rw http.ResponseWriter, r *http.Request) {
	io.WriteString(rw, request.RealIP(r))
}
