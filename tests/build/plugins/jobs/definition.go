package main

import (
	"net/http"

	"github.com/TykTechnologies/tyk/ctx"
)

// NameAPI tells the upstream which API it is asked through.
func NameAPI(rw http.ResponseWriter, r *http.Request) {
	if classic := ctx.GetDefinition(r); classic != nil {
		r.Header.Set("API", classic.Name)
	}
	if oas := ctx.GetOASDefinition(r); oas != nil {
		r.Header.Set("API", oas.Info.Title)
	}
}
