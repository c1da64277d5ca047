package main

import (
	"net/http"

	"github.com/TykTechnologies/tyk/ctx"
	"github.com/TykTechnologies/tyk/header"
	"github.com/TykTechnologies/tyk/user"
)

func ByHeader(rw http.ResponseWriter, r *http.Request) {
	keys, sent := r.Header[header.Authorization]
	if sent && keys[0] == "good" {
		ctx.SetSession(r, &user.SessionState{KeyID: "good"}, false)
	} else if sent {
		rw.WriteHeader(http.StatusForbidden)
		rw.Write([]byte("wrong key"))
	}
}

func Expired(rw http.ResponseWriter, r *http.Request) {
	ctx.SetSession(r, &user.SessionState{Expires: 1}, false)
}

func Inactive(rw http.ResponseWriter, r *http.Request) {
	ctx.SetSession(r, &user.SessionState{IsInactive: true}, false)
}

func TellKey(rw http.ResponseWriter, r *http.Request) {
	r.Header.Set("X-Key", ctx.GetAuthToken(r))
}
