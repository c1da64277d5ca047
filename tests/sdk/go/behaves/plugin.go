// Package main does to a request whatever the request asks for.
package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/TykTechnologies/tyk-pump/analytics"
	"github.com/TykTechnologies/tyk/config"
	"github.com/TykTechnologies/tyk/ctx"
	"github.com/TykTechnologies/tyk/log"
	"github.com/TykTechnologies/tyk/metric"
	"github.com/TykTechnologies/tyk/request"
	"github.com/TykTechnologies/tyk/storage"
	"github.com/TykTechnologies/tyk/user"
)

var (
	logger = log.Get()
	store  = storage.RedisCluster{KeyPrefix: "test-"}
	ready  []string
)

func init() {
	ready = append(ready, "first")
	logger.WithField("hash_keys", config.Global().HashKeys).Info("ready")
	if config.Global().HashKeyFunction == "panic" {
		panic("not today")
	}
}

func init() { ready = append(ready, "second") }

// Edit changes all of a request.
func Edit(rw http.ResponseWriter, r *http.Request) {
	r.Header.Set("X-Set", "1")
	r.Header.Add("X-Both", "2")
	r.Header.Del("X-Gone")
	r.Method = http.MethodPut
	r.URL.Path = "/new path"
	r.URL.RawQuery = "q=1"
	r.Host = "other.test"
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(bytes.ToUpper(body)))
	rw.Header().Add("X-Reply", strings.Join(ready, " "))
}

// Look answers with what it sees.
func Look(rw http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	again, _ := io.ReadAll(r.Body)
	fmt.Fprintf(rw, "%s %s %s %d %t", r.Method, r.URL, request.RealIP(r), len(body), bytes.Equal(body, again))
}

// Double writes the body twice.
func Double(rw http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	_, _ = rw.Write(body)
	_, _ = rw.Write(body)
}

// Admit gives a session.
func Admit(rw http.ResponseWriter, r *http.Request) {
	if session := ctx.GetSession(r); session != nil {
		session.Rate++
		return
	}
	ctx.SetSession(r, &user.SessionState{KeyID: "new", Rate: 1}, "key of old sources", true)
}

// Name puts the names of the API into fields of the answer, and sets another.
func Name(rw http.ResponseWriter, r *http.Request) {
	if definition := ctx.GetDefinition(r); definition != nil {
		rw.Header().Set("X-Name", definition.Name)
		definition.Name = "changed"
		ctx.SetDefinition(r, definition)
	}
	if document := ctx.GetOASDefinition(r); document != nil {
		rw.Header().Set("X-Title", document.Info.Title)
	}
}

// Elsewhere sets where the upstream is asked.
func Elsewhere(rw http.ResponseWriter, r *http.Request) {
	target, _ := url.Parse("http://elsewhere.test/x")
	*r = *r.WithContext(context.WithValue(r.Context(), ctx.UrlRewriteTarget, target))
}

// Panic panics as it is asked.
func Panic(rw http.ResponseWriter, r *http.Request) {
	rw.WriteHeader(http.StatusOK)
	switch r.URL.RawQuery {
	case "map":
		var missing map[string]int
		missing["a"] = 1
	case "abort":
		panic(http.ErrAbortHandler)
	case "fatal":
		logger.Fatal("the end")
	default:
		inner(nil)
	}
}

func inner(r *http.Request) { r.Method = "" }

// Keep asks the gateway's store.
func Keep(rw http.ResponseWriter, r *http.Request) {
	if err := store.SetKey("a", "1", 60); err != nil {
		http.Error(rw, err.Error(), http.StatusServiceUnavailable)
		return
	}
	value, err := store.GetKey("a")
	fmt.Fprint(rw, value, " ", err)
}

// Tell logs and measures.
func Tell(rw http.ResponseWriter, r *http.Request) {
	logger.WithContext(r.Context()).WithField("n", 1).Warn("with its request")
	logger.WithError(io.EOF).Error("alone")
	metric.Timing("took", 1500*time.Millisecond)
}

// Certificate tells whose certificate the client has shown.
func Certificate(rw http.ResponseWriter, r *http.Request) {
	fmt.Fprint(rw, r.TLS.ServerName, " ", r.TLS.PeerCertificates[0].Subject.CommonName)
}

// Answer changes the upstream's response.
func Answer(rw http.ResponseWriter, res *http.Response, req *http.Request) {
	body, _ := io.ReadAll(res.Body)
	res.Header.Set("X-Status", res.Status)
	res.Header.Del("Server")
	res.StatusCode = http.StatusAccepted
	res.Body = io.NopCloser(bytes.NewBufferString("<" + string(body) + ">"))
}

// Record adds a tag.
func Record(record *analytics.AnalyticsRecord) { record.Tags = append(record.Tags, record.Path) }

func main() {}
