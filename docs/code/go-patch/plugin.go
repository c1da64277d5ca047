package main

import (
	"net/http"
	"net/netip"

	"github.com/TykTechnologies/tyk/ctx"
	"github.com/TykTechnologies/tyk/request"
)

var translated = netip.MustParsePrefix("64:ff9b::/96")

// TranslatedAddresses lets in whom allowed_ips names; 64:ff9b::10.0.0.1 is 10.0.0.1.
func TranslatedAddresses(rw http.ResponseWriter, r *http.Request) {
	address, err := netip.ParseAddr(request.RealIP(r))
	if err == nil && translated.Contains(address) {
		bytes := address.As16()
		address = netip.AddrFrom4([4]byte(bytes[12:]))
	}
	for _, allowed := range ctx.GetDefinition(r).AllowedIPs {
		if network, none := netip.ParsePrefix(allowed); none == nil && network.Contains(address) {
			r.Header.Set("X-Allowed-By", allowed)
			return
		}
	}
	rw.Header().Set("Content-Type", "application/json")
	rw.WriteHeader(http.StatusForbidden)
	rw.Write([]byte(`{"error": "access from this IP has been disallowed"}`))
}

func main() {}
