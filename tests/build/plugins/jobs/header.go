// What people write plugins for, one job a file.
package main

import (
	"net/http"

	"github.com/TykTechnologies/tyk/log"
)

var logger = log.Get()

// MarkRequest adds a field that the upstream sees.
func MarkRequest(rw http.ResponseWriter, r *http.Request) {
	logger.WithField("path", r.URL.Path).Info("marking a request")
	r.Header.Add("Marked", "yes")
}

// There is no func main; a plugin can do without.
