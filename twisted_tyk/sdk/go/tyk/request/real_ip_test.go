package request

import (
	"context"
	"net/http/httptest"
	"testing"

	"github.com/TykTechnologies/tyk/config"
)

func TestTheClientsAddress(t *testing.T) {
	global := config.Global
	defer func() { config.Global = global }()
	for _, test := range []struct {
		real, forwarded string
		depth           int
		want            string
	}{
		{"", "", 0, "192.0.2.1"},
		{"10.0.0.1", "10.0.0.2", 0, "10.0.0.1"},
		{"nonsense", "10.0.0.2, 10.0.0.3", 0, "10.0.0.2"},
		{"", "10.0.0.2, 10.0.0.3", 1, "10.0.0.3"},
		{"", "10.0.0.2, 10.0.0.3", 2, "10.0.0.2"},
		{"", "10.0.0.2, 10.0.0.3", 3, ""},
		{"", "nonsense", 0, "192.0.2.1"},
	} {
		config.Global = func() (settings config.Config) {
			settings.HttpServerOptions.XFFDepth = test.depth
			return settings
		}
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("X-Real-IP", test.real)
		if test.forwarded != "" {
			r.Header.Set("X-Forwarded-For", test.forwarded)
		}
		if got := RealIP(r); got != test.want {
			t.Errorf("%+v: %s", test, got)
		}
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.RemoteAddr = "a socket"
	if RealIP(r) != "a socket" {
		t.Error(RealIP(r))
	}
	//lint:ignore SA1029 this is the key that is looked at
	if got := RealIP(r.WithContext(context.WithValue(r.Context(), "remote_addr", "::1"))); got != "::1" {
		t.Error(got)
	}
}
