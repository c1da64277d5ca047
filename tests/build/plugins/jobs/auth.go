package main

import (
	"net/http"

	"github.com/TykTechnologies/tyk/ctx"
	"github.com/TykTechnologies/tyk/headers"
	"github.com/TykTechnologies/tyk/user"
)

// Admit lets in who has the one key, and says no to others.
func Admit(rw http.ResponseWriter, r *http.Request) {
	if r.Header.Get(headers.Authorization) != "sesame" {
		rw.WriteHeader(http.StatusForbidden)
		return
	}
	ctx.SetSession(r, &user.SessionState{OrgID: "default", Alias: "the-one"}, true)
}

// AdmitAsBefore hands the key over itself, as sources for Tyk before 4.0.1 do.
func AdmitAsBefore(rw http.ResponseWriter, r *http.Request) {
	key := r.Header.Get(headers.Authorization)
	ctx.SetSession(r, &user.SessionState{Alias: "old"}, key, true)
}

// Developer leaves what the session says of the developer.
func Developer(rw http.ResponseWriter, r *http.Request) {
	if session := ctx.GetSession(r); session != nil {
		r.Header.Set("Developer", session.MetaData["tyk_developer_id"].(string))
	}
}
