package main

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/TykTechnologies/tyk/ctx"
	"github.com/TykTechnologies/tyk/log"
)

var logger = log.Get()

// SendCurrentTime answers by itself what asks for get_time=1.
func SendCurrentTime(rw http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("get_time") != "1" {
		return
	}
	reply, err := json.Marshal(map[string]any{
		"current_time": time.Now(),
		"api":          ctx.GetDefinition(r).Name,
	})
	if err != nil {
		rw.WriteHeader(http.StatusInternalServerError)
		return
	}
	rw.Header().Set("Content-Type", "application/json")
	rw.WriteHeader(http.StatusOK)
	rw.Write(reply)
}

// AddFooBarHeader gives the upstream a header.
func AddFooBarHeader(rw http.ResponseWriter, r *http.Request) {
	logger.WithField("path", r.URL.Path).Info("on its way")
	r.Header.Add("Foo", "Bar")
}

// MarkResponse gives the client one.
func MarkResponse(rw http.ResponseWriter, res *http.Response, req *http.Request) {
	res.Header.Set("X-Response-Added", "resp-added")
}

func main() {}
