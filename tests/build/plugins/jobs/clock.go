package main

import (
	"encoding/json"
	"net/http"
	"time"
)

// TellTime answers who asks for the time; all others go on.
func TellTime(rw http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("time") == "" {
		return
	}
	text, err := json.Marshal(map[string]any{"now": time.Now()})
	if err != nil {
		http.Error(rw, err.Error(), http.StatusInternalServerError)
		return
	}
	rw.Header().Set("Content-Type", "application/json")
	rw.WriteHeader(http.StatusOK)
	rw.Write(text)
}
