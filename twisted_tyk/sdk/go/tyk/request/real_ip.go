// Package request has what is asked of every request.
package request

import (
	"net"
	"net/http"
	"strings"

	"github.com/TykTechnologies/tyk/config"
	"github.com/TykTechnologies/tyk/header"
)

// RealIP is the client's address: that of the context if somebody has put one
// there, a valid X-Real-IP, the address in X-Forwarded-For that the setting
// http_server_options.xff_depth picks, or the other end of the connection. A
// depth of 0 picks the leftmost, n the nth from the right; when there are
// fewer the address is empty.
func RealIP(r *http.Request) string {
	if address, ok := r.Context().Value("remote_addr").(string); ok {
		return address
	}
	if address := r.Header.Get(header.XRealIP); net.ParseIP(address) != nil {
		return address
	}
	if forwarded := r.Header.Get(header.XForwardFor); forwarded != "" {
		addresses := strings.Split(forwarded, ",")
		place := 0
		if depth := config.Global().HttpServerOptions.XFFDepth; depth > 0 {
			place = len(addresses) - depth
		}
		if place < 0 {
			return ""
		}
		if address := strings.TrimSpace(addresses[place]); net.ParseIP(address) != nil {
			return address
		}
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
