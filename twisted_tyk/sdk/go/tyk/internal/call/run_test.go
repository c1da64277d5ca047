package call

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"errors"
	"math/big"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/TykTechnologies/tyk/internal/wire"
	"github.com/TykTechnologies/tyk/log"
)

type nasty struct{}

func (nasty) Error() string { panic("no") }

func deep() {
	var pointer *http.Request
	pointer.Method = "x"
}

func TestPanicsAreTold(t *testing.T) {
	for name, test := range map[string]struct {
		hook func()
		want string
	}{
		"text":  {func() { panic("oh") }, "oh"},
		"error": {func() { panic(http.ErrAbortHandler) }, "net/http: abort Handler"},
		"other": {func() { panic(42) }, "42"},
		"nil":   {func() { panic(nil) }, "panic called with nil argument"},
		"nasty": {func() { panic(nasty{}) }, "a call.nasty whose text panics"},
		"Go's":  {deep, "runtime error: invalid memory address or nil pointer dereference"},
		"fatal": {func() { log.Get().Fatal("end") }, "the plugin logged a fatal error"},
	} {
		t.Run(name, func(t *testing.T) {
			status, changes := run(get("/"), Request(func(rw http.ResponseWriter, r *http.Request) {
				rw.WriteHeader(200)
				log.Get().WithContext(r.Context()).Info("before")
				test.hook()
			}))
			if status != wire.EPanic || len(changes) < 2 || !strings.Contains(changes[0], test.want) {
				t.Errorf("status %d, %q", status, changes)
			}
			if last := changes[1]; last != "64 1 =before" {
				t.Errorf("the line is lost: %q", changes)
			}
		})
	}
}

func TestWhatCannotBeReadIsToldOf(t *testing.T) {
	out := wire.NewChanges()
	defer out.Free()
	if status := Run(Request(nil), []byte("no frame"), out, false); status != wire.EArgument {
		t.Error(status)
	}
	status := Run(func(*Call, *wire.Changes) error { return errors.New("no") }, get("/").encode(), out, false)
	if status != wire.EFailed {
		t.Error(status)
	}
}

func TestTheEndOfAGoroutineIsNoEndOfTheCall(t *testing.T) {
	failure := Protect(runtime.Goexit, true)
	if failure == nil || !strings.Contains(failure.Text, "runtime.Goexit") {
		t.Error(failure)
	}
	if failure := Protect(func() {}, true); failure != nil {
		t.Error(failure)
	}
	if failure := Protect(func() { panic("oh") }, true); failure == nil || failure.Text != "oh" {
		t.Error(failure)
	}
}

func TestTLSConnections(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "me"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	text := `{"server_name": "api.test", "version": "TLSv1.3", "cipher_suite": "ECDHE-RSA-AES128-GCM-SHA256",
		"peer_certificates": ["` + base64.StdEncoding.EncodeToString(der) + `", "AAAA"]}`
	for i := 0; i < 2; i++ {
		gives(t, get("/").with(wire.TLS, text), func(_ http.ResponseWriter, r *http.Request) {
			if r.TLS.ServerName != "api.test" || r.TLS.Version != tls.VersionTLS13 ||
				r.TLS.CipherSuite != tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 ||
				len(r.TLS.PeerCertificates) != 1 || r.TLS.PeerCertificates[0].Subject.CommonName != "me" {
				t.Error(r.TLS)
			}
		})
	}
	gives(t, get("/").with(wire.TLS, `{"version": 771, "cipher_suite": "TLS_AES_128_GCM_SHA256"}`),
		func(_ http.ResponseWriter, r *http.Request) {
			if r.TLS.Version != tls.VersionTLS12 || r.TLS.CipherSuite != tls.TLS_AES_128_GCM_SHA256 {
				t.Error(r.TLS)
			}
		})
	broken, secure := get("/").with(wire.TLS, "["), get("/")
	secure.flags = wire.FlagSecure
	for _, asked := range []asked{broken, secure} {
		gives(t, asked, func(_ http.ResponseWriter, r *http.Request) {
			if r.TLS == nil || !r.TLS.HandshakeComplete {
				t.Error(r.TLS)
			}
		})
	}
}

func BenchmarkNothing(b *testing.B) {
	frame := get("/a/b?c=d", wire.Field{Name: "accept", Value: "*/*"}, wire.Field{Name: "user-agent", Value: "x"}).encode()
	f := Request(func(http.ResponseWriter, *http.Request) {})
	b.ReportAllocs()
	for i := 0; i < b.N; i++ {
		out := wire.NewChanges()
		Run(f, frame, out, false)
		out.Free()
	}
}
