package main

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"github.com/TykTechnologies/tyk/ctx"
	"github.com/TykTechnologies/tyk/log"
)

func EditSession(rw http.ResponseWriter, r *http.Request) {
	session := ctx.GetSession(r)
	session.Alias = "edited"
	session.MetaData = map[string]interface{}{"a": 1}
	ctx.SetSession(r, session, false)
}

func TellSession(rw http.ResponseWriter, r *http.Request) {
	r.Header.Set("X-Session", ctx.GetSession(r).Alias+" of "+ctx.GetAuthToken(r))
}

func OtherDefinition(rw http.ResponseWriter, r *http.Request) {
	definition := ctx.GetDefinition(r)
	definition.Name = "other"
	ctx.SetDefinition(r, definition)
}

func TellDefinition(rw http.ResponseWriter, r *http.Request) {
	r.Header.Add("X-Api", ctx.GetDefinition(r).Name)
}

func LeaveNote(rw http.ResponseWriter, r *http.Request) {
	notes := map[string]interface{}{"note": "from before"}
	*r = *r.WithContext(context.WithValue(r.Context(), ctx.ContextData, notes))
}

func TellNote(rw http.ResponseWriter, r *http.Request) {
	notes, _ := r.Context().Value(ctx.ContextData).(map[string]interface{})
	note, found := notes["note"].(string)
	if !found {
		note = "none"
	}
	r.Header.Set("X-Note", note)
}

func Rewrite(rw http.ResponseWriter, r *http.Request) {
	target, err := url.Parse("http://127.0.0.1:9000/elsewhere?a=b")
	if err != nil {
		panic(err)
	}
	*r = *r.WithContext(context.WithValue(r.Context(), ctx.UrlRewriteTarget, target))
}

func TellRewrite(rw http.ResponseWriter, r *http.Request) {
	r.Header.Set("X-Rewrite", r.Context().Value(ctx.UrlRewriteTarget).(*url.URL).String())
}

func MeasureBody(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(err)
	}
	r.Header.Add("X-Size", strconv.Itoa(len(body)))
}

func LogFields(rw http.ResponseWriter, r *http.Request) {
	log.Get().WithField("user", "Jo").WithField("reason", "none").Warning("a line")
}

// SplitHeader tries to add a field of its own behind the value.
func SplitHeader(rw http.ResponseWriter, r *http.Request) {
	r.Header.Set("X-Before", "half a change")
	r.Header.Set("X-Split", "value\r\nX-Injected: yes")
}
