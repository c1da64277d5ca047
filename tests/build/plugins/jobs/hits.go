package main

import (
	"encoding/json"
	"net/http"
	"sync"

	"github.com/TykTechnologies/tyk/ctx"
	"github.com/TykTechnologies/tyk/user"
)

type hits struct {
	Session *user.SessionState `json:"session"`
	Hits    uint64             `json:"hits"`
}

var (
	mutex  sync.Mutex
	counts map[string]uint64
)

func init() {
	counts = map[string]uint64{}
}

// A package may have several of them, and they run in their order.
func init() {
	counts["GET /counted-before"] = 41
}

// CountHits answers how often an endpoint was asked for.
func CountHits(rw http.ResponseWriter, r *http.Request) {
	mutex.Lock()
	defer mutex.Unlock()
	endpoint := r.Method + " " + r.URL.Path
	counts[endpoint]++
	rw.Header().Set("Content-Type", "application/json")
	json.NewEncoder(rw).Encode(hits{ctx.GetSession(r), counts[endpoint]})
}
