package call

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"strconv"
	"strings"
	"sync"

	"github.com/TykTechnologies/tyk/internal/host"
	"github.com/TykTechnologies/tyk/internal/wire"
)

// Connections say the same in each of their requests, and certificates take
// long to parse; so many are remembered.
const connections = 256

var (
	tlsMutex sync.Mutex
	tlsKnown = map[string]*tls.ConnectionState{}
)

type told struct {
	ServerName       string          `json:"server_name"`
	Version          json.RawMessage `json:"version"`
	CipherSuite      json.RawMessage `json:"cipher_suite"`
	PeerCertificates [][]byte        `json:"peer_certificates"`
}

// connection is the state of a TLS connection, or nil for one without.
func connection(text string, secure bool) *tls.ConnectionState {
	if text == "" {
		if secure {
			return &tls.ConnectionState{HandshakeComplete: true}
		}
		return nil
	}
	tlsMutex.Lock()
	found := tlsKnown[text]
	tlsMutex.Unlock()
	if found == nil {
		found = read(text)
		tlsMutex.Lock()
		if len(tlsKnown) >= connections {
			clear(tlsKnown)
		}
		tlsKnown[text] = found
		tlsMutex.Unlock()
	}
	own := *found
	return &own
}

func read(text string) *tls.ConnectionState {
	state := &tls.ConnectionState{HandshakeComplete: true}
	var what told
	if err := json.Unmarshal([]byte(text), &what); err != nil {
		host.Log(wire.Severe, "the TLS connection of a request cannot be read: "+err.Error(), "")
		return state
	}
	state.ServerName = what.ServerName
	state.Version = number(what.Version, versions)
	state.CipherSuite = number(what.CipherSuite, suites())
	for _, der := range what.PeerCertificates {
		certificate, err := x509.ParseCertificate(der)
		if err != nil {
			host.Log(wire.Warning, "a client's certificate cannot be read: "+err.Error(), "")
			continue
		}
		state.PeerCertificates = append(state.PeerCertificates, certificate)
	}
	return state
}

var versions = map[string]uint16{
	"TLSV1": tls.VersionTLS10, "TLSV1.0": tls.VersionTLS10, "TLSV1.1": tls.VersionTLS11,
	"TLSV1.2": tls.VersionTLS12, "TLSV1.3": tls.VersionTLS13,
}

// suites are numbers by the names that the standards and OpenSSL have.
func suites() map[string]uint16 {
	named := map[string]uint16{}
	for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		named[suite.Name] = suite.ID
		// TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 is ECDHE-RSA-AES128-GCM-SHA256 there.
		short := strings.NewReplacer(
			"TLS_RSA_WITH_", "", "TLS_", "", "_WITH_", "-", "AES_128", "AES128", "AES_256", "AES256",
			"_CBC", "", "3DES_EDE", "DES-CBC3",
		).Replace(suite.Name)
		short = strings.ReplaceAll(short, "_", "-")
		named[strings.ReplaceAll(short, "CHACHA20-POLY1305-SHA256", "CHACHA20-POLY1305")] = suite.ID
	}
	return named
}

// number reads a number, or a name that stands for one.
func number(text json.RawMessage, named map[string]uint16) uint16 {
	var name string
	if json.Unmarshal(text, &name) != nil {
		n, _ := strconv.ParseUint(string(text), 10, 16)
		return uint16(n)
	}
	name = strings.ToUpper(strings.ReplaceAll(name, " ", "V"))
	return named[name]
}
