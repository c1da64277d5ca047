// {{name}}: a plugin in Go.
package main

import (
	"net/http"
	"strconv"

	"github.com/TykTechnologies/tyk/log"
)

var logger = log.Get()

// AddHeader is for the way in: every request reaches the upstream with a field more.
func AddHeader(rw http.ResponseWriter, r *http.Request) {
	logger.WithField("path", r.URL.Path).Info("adding a header")
	r.Header.Set("X-Plugin", "{{name}}")
}

// TellStatus is for the way back: the client is told which status the upstream gave.
func TellStatus(rw http.ResponseWriter, res *http.Response, req *http.Request) {
	res.Header.Set("X-Upstream-Status", strconv.Itoa(res.StatusCode))
}

func main() {}
