package call

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/TykTechnologies/tyk/apidef"
	"github.com/TykTechnologies/tyk/apidef/oas"
	"github.com/TykTechnologies/tyk/ctx"
	"github.com/TykTechnologies/tyk/internal/definitions"
	"github.com/TykTechnologies/tyk/internal/wire"
	"github.com/TykTechnologies/tyk/log"
	"github.com/TykTechnologies/tyk/user"
)

const someone = `{"alias": "a", "rate": 5, "per": 1, "meta_data": {"n": 1}}`

func setSession(number, key, text string) string { return "48 " + number + " " + key + "=" + text }

func TestSessions(t *testing.T) {
	asked := get("/").with(wire.Session, someone).with(wire.Token, "key")
	asked.flags = wire.FlagSession
	rest := `"per":1,"meta_data":{"n":1}}`
	for name, test := range map[string]struct {
		hook func(*http.Request)
		want []string
	}{
		"not asked for": {func(*http.Request) {}, nil},
		"read": {func(r *http.Request) {
			session := ctx.GetSession(r)
			if session.Alias != "a" || session.KeyID != "key" || session.KeyHashEmpty() || ctx.GetAuthToken(r) != "key" {
				t.Error(session)
			}
			if session != ctx.GetSession(r) || session.MetaData["n"] != 1.0 {
				t.Error("it is not the live one")
			}
		}, nil},
		"edited":  {func(r *http.Request) { ctx.GetSession(r).Rate = 6 }, []string{setSession("0", "key", `{"alias":"a","rate":6,`+rest)}},
		"touched": {func(r *http.Request) { ctx.GetSession(r).Touch() }, []string{setSession("1", "key", `{"alias":"a","rate":5,`+rest)}},
		"set": {func(r *http.Request) { ctx.SetSession(r, &user.SessionState{Alias: "b"}, false) },
			[]string{setSession("0", "key", `{"alias":"b"}`)}},
		"set and stored": {func(r *http.Request) {
			ctx.SetSession(r, &user.SessionState{KeyID: "other"}, true)
			if ctx.GetAuthToken(r) != "other" {
				t.Error(ctx.GetAuthToken(r))
			}
		}, []string{setSession("1", "other", `{}`)}},
		"set as in old sources": {func(r *http.Request) { ctx.SetSession(r, &user.SessionState{}, "old", true) },
			[]string{setSession("1", "old", `{}`)}},
		"the same set again": {func(r *http.Request) { ctx.SetSession(r, ctx.GetSession(r), true) },
			[]string{setSession("1", "key", `{"alias":"a","rate":5,`+rest)}},
		"in a context of one's own": {func(r *http.Request) {
			*r = *r.WithContext(context.WithValue(r.Context(), ctx.SessionData, &user.SessionState{Alias: "c"}))
		}, []string{setSession("0", "key", `{"alias":"c"}`)}},
		"the context thrown away": {func(r *http.Request) {
			ctx.SetSession(r, &user.SessionState{Alias: "b"}, false)
			*r = *r.WithContext(context.Background())
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			status, changes := run(asked, Request(func(_ http.ResponseWriter, r *http.Request) { test.hook(r) }))
			// A context with values of its own is kept, under a handle.
			if last := len(changes) - 1; last >= 0 && strings.HasPrefix(changes[last], "50 0 go:") {
				changes = changes[:last]
			}
			if status != wire.OK || strings.Join(changes, "\n") != strings.Join(test.want, "\n") {
				t.Errorf("status %d, changes\n%q\nnot\n%q", status, changes, test.want)
			}
		})
	}
	gives(t, get("/").with(wire.Session, "["), func(_ http.ResponseWriter, r *http.Request) {
		if ctx.GetSession(r) != nil {
			t.Error("a broken session was read")
		}
	})
	status, changes := run(get("/"), Request(func(_ http.ResponseWriter, r *http.Request) { ctx.SetSession(r, nil, true) }))
	if status != wire.EPanic {
		t.Error(status, changes)
	}
}

func TestASessionIsStoredOnce(t *testing.T) {
	session := &user.SessionState{Alias: "kept"}
	set := func(_ http.ResponseWriter, r *http.Request) { ctx.SetSession(r, session, true) }
	gives(t, get("/"), set, setSession("1", "", `{"alias":"kept"}`))
	gives(t, get("/"), func(_ http.ResponseWriter, r *http.Request) { ctx.SetSession(r, session, false) },
		setSession("0", "", `{"alias":"kept"}`))
}

func TestDefinitions(t *testing.T) {
	definitions.Define("one", "classic", `{"name": "One", "config_data": {"a": [1]}, "new": 1}`)
	definitions.Define("two", "oas", `{"openapi": "3.0.3", "info": {"title": "Two", "version": "1"},
		"paths": {"/a": {"get": {"operationId": "x"}}},
		"x-tyk-api-gateway": {"info": {"name": "Two"}, "upstream": {"url": "http://u"}, "server": {}}}`)
	defer definitions.Forget("one")
	defer definitions.Forget("two")
	classic, document := get("/").with(wire.API, "one"), get("/").with(wire.API, "two")
	gives(t, classic, func(_ http.ResponseWriter, r *http.Request) {
		definition := ctx.GetDefinition(r)
		definition.ConfigData["a"].([]interface{})[0] = 2
		if again := ctx.GetDefinition(r); again.Name != "One" || again.ConfigData["a"].([]interface{})[0] != 1.0 {
			t.Error("a definition is shared")
		}
		if ctx.GetOASDefinition(r) != nil {
			t.Error("a classic API has an OpenAPI document")
		}
	})
	gives(t, document, func(_ http.ResponseWriter, r *http.Request) {
		definition := ctx.GetOASDefinition(r)
		if definition.Info.Title != "Two" || definition.GetTykExtension().Upstream.URL != "http://u" {
			t.Error(definition)
		}
		if _, ok := r.Context().Value(ctx.OASDefinition).(*oas.OAS); !ok || ctx.GetDefinition(r) != nil {
			t.Error("not in the context, or a classic one is")
		}
	})
	gives(t, classic, func(_ http.ResponseWriter, r *http.Request) {
		definition := ctx.GetDefinition(r)
		ctx.SetDefinition(r, definition)
		if ctx.GetDefinition(r).Name != "One" {
			t.Error("it is lost")
		}
	}, change(wire.SetDefinition, "", encoded(t, "one")))
	_, changes := run(document, Request(func(_ http.ResponseWriter, r *http.Request) {
		ctx.SetOASDefinition(r, &oas.OAS{})
	}))
	if len(changes) != 1 || !strings.HasPrefix(changes[0], `49 0 ={"openapi":""`) {
		t.Error(changes)
	}
	gives(t, classic.with(wire.Definition, `{"name": "Other"}`), func(_ http.ResponseWriter, r *http.Request) {
		if name := ctx.GetDefinition(r).Name; name != "Other" {
			t.Error(name)
		}
		*r = *r.WithContext(r.Context())
	})
	gives(t, get("/").with(wire.API, "three"), func(_ http.ResponseWriter, r *http.Request) {
		if ctx.GetDefinition(r) != nil || ctx.GetOASDefinition(r) != nil {
			t.Error("a definition nobody told of")
		}
	})
	definitions.Define("one", "classic", "[")
	gives(t, classic, func(_ http.ResponseWriter, r *http.Request) {
		if ctx.GetDefinition(r) != nil {
			t.Error("a broken definition was read")
		}
	})
}

func encoded(t *testing.T, key string) string {
	var copied *apidef.APIDefinition = definitions.Find(key).Classic().Clone()
	text, err := copied.MarshalJSON()
	if err != nil || !strings.Contains(string(text), `"new":1`) {
		t.Error(err, string(text))
	}
	return string(text)
}

func TestContextData(t *testing.T) {
	asked := get("/").with(wire.Context, `{"a": 1, "b": "x", "c": [1], "go:0": 1}`)
	gives(t, asked, func(_ http.ResponseWriter, r *http.Request) {
		data := r.Context().Value(ctx.ContextData).(map[string]interface{})
		if len(data) != 3 || data["b"] != "x" {
			t.Error(data)
		}
		data["a"] = 1 // an int now: the same JSON
		data["b"] = "y"
		delete(data, "c")
		data["d"] = map[string]int{"n": 1}
		data["z"] = nil
	}, change(wire.SetContext, "b", `"y"`), change(wire.SetContext, "c", ""),
		change(wire.SetContext, "d", `{"n":1}`), change(wire.SetContext, "z", "null"))
	status, changes := run(asked, Request(func(_ http.ResponseWriter, r *http.Request) {
		r.Context().Value(ctx.ContextData).(map[string]interface{})["f"] = func() {}
	}))
	if status != wire.EFailed || !strings.Contains(changes[0], "unsupported type") {
		t.Error(status, changes)
	}
	gives(t, get("/").with(wire.Context, "["), func(_ http.ResponseWriter, r *http.Request) {
		if data := r.Context().Value(ctx.ContextData); data != nil {
			t.Error(data)
		}
	})
}

func TestTheRewriteTarget(t *testing.T) {
	_, changes := run(get("/"), Request(func(_ http.ResponseWriter, r *http.Request) {
		target, _ := url.Parse("http://u/a?b=c")
		*r = *r.WithContext(context.WithValue(r.Context(), ctx.UrlRewriteTarget, target))
	}))
	if changes[0] != change(wire.SetRewrite, "", "http://u/a?b=c") {
		t.Error(changes)
	}
	asked := get("/").with(wire.Rewrite, "http://v/x")
	gives(t, asked, func(_ http.ResponseWriter, r *http.Request) {
		if target := r.Context().Value(ctx.UrlRewriteTarget).(*url.URL); target.Host != "v" {
			t.Error(target)
		}
	})
	gives(t, asked, func(_ http.ResponseWriter, r *http.Request) {
		r.Context().Value(ctx.UrlRewriteTarget).(*url.URL).Path = "/y"
	}, change(wire.SetRewrite, "", "http://v/y"))
	_, changes = run(asked, Request(func(_ http.ResponseWriter, r *http.Request) {
		*r = *r.WithContext(context.WithValue(r.Context(), ctx.UrlRewriteTarget, (*url.URL)(nil)))
	}))
	if changes[0] != change(wire.SetRewrite, "", "") {
		t.Error(changes)
	}
}

type ownKey struct{}

func TestValuesOfOnesOwnAreFoundByALaterHook(t *testing.T) {
	put := func(_ http.ResponseWriter, r *http.Request) {
		ctx.SetSession(r, &user.SessionState{}, true)
		*r = *r.WithContext(context.WithValue(r.Context(), ownKey{}, "mine"))
	}
	_, changes := run(get("/"), Request(put))
	name, value, _ := strings.Cut(strings.TrimPrefix(changes[len(changes)-1], "50 0 "), "=")
	if !isHandle(name) {
		t.Fatal(changes)
	}
	later := get("/").with(wire.Context, `{"`+name+`": `+value+`}`).with(wire.Session, someone)
	gives(t, later, func(_ http.ResponseWriter, r *http.Request) {
		if found := r.Context().Value(ownKey{}); found != "mine" {
			t.Error(found)
		}
		if ctx.GetSession(r).Alias != "a" {
			t.Error("the session of the earlier hook is still there")
		}
		ctx.GetSession(r).Alias = "b"
	}, setSession("0", "", `{"alias":"b","rate":5,"per":1,"meta_data":{"n":1}}`))
	for _, text := range []string{`{"` + name + `": "x"}`, `{"` + name + `": 0}`, `{"` + name + `": 99999999}`, name} {
		gives(t, get("/").with(wire.Context, text), func(_ http.ResponseWriter, r *http.Request) {
			if found := r.Context().Value(ownKey{}); found != nil {
				t.Error(found)
			}
		})
	}
	for i := 0; i < keep; i++ {
		store(context.Background())
	}
	gives(t, later, func(_ http.ResponseWriter, r *http.Request) {
		if found := r.Context().Value(ownKey{}); found != nil {
			t.Error("the oldest is still kept", found)
		}
	})
}

func TestLinesWithTheContextOfARequestGoWithIt(t *testing.T) {
	var late *http.Request
	gives(t, get("/"), func(_ http.ResponseWriter, r *http.Request) {
		log.Get().WithContext(r.Context()).WithField("n", 1).Warning("hm")
		log.Get().Info("from somewhere")
		late = r
	}, `64 2 {"n":1}=hm`)
	call := late.Context().(*Call)
	if call.Log(wire.Info, "late", "") {
		t.Error("a call that is over takes lines")
	}
	if _, ok := late.Context().Deadline(); ok || late.Context().Done() != nil {
		t.Error("the context ends")
	}
}
