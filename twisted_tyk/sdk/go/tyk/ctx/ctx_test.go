package ctx

import (
	"context"
	"net/http/httptest"
	"testing"

	"github.com/TykTechnologies/tyk/apidef"
	"github.com/TykTechnologies/tyk/user"
)

// Plugins have tests of their own, with requests that no gateway made.
func TestRequestsWithoutAGateway(t *testing.T) {
	r := httptest.NewRequest("GET", "/", nil)
	if GetSession(r) != nil || GetDefinition(r) != nil || GetOASDefinition(r) != nil || GetAuthToken(r) != "" {
		t.Error("something comes from nowhere")
	}
	session := &user.SessionState{KeyID: "k"}
	SetSession(r, session, true)
	if GetSession(r) != session || GetAuthToken(r) != "k" || !session.IsModified() || session.KeyHash() != "k" {
		t.Error(GetSession(r))
	}
	SetDefinition(r, &apidef.APIDefinition{Name: "n"})
	if GetDefinition(r).Name != "n" {
		t.Error(GetDefinition(r))
	}
	if GetMCPMethod(r)+GetMCPPrimitiveName(r)+GetMCPPrimitiveType(r) != "" || GetJSONRPCErrorCode(r) != 0 {
		t.Error("it is no such request")
	}
}

func TestAllFormsOfSetSession(t *testing.T) {
	for _, test := range []struct {
		args   []interface{}
		stored bool
		hash   string
	}{
		{nil, false, "k"}, {[]interface{}{true}, true, "k"}, {[]interface{}{"", true}, true, "k"},
		{[]interface{}{true, true}, true, "k"}, {[]interface{}{false, true, true}, false, "248bfa47"},
		{[]interface{}{"hello", true, true, false}, true, "248bfa47"},
	} {
		session := &user.SessionState{KeyID: "k"}
		if test.hash != "k" {
			session.KeyID = "hello"
		}
		SetSession(httptest.NewRequest("GET", "/", nil), session, test.args...)
		if session.IsModified() != test.stored || session.KeyHash() != test.hash {
			t.Error(test, session.IsModified(), session.KeyHash())
		}
	}
	for _, args := range [][]interface{}{{1}, {true, "k"}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Error(args)
				}
			}()
			SetSession(httptest.NewRequest("GET", "/", nil), &user.SessionState{}, args...)
		}()
	}
}

func TestASessionOfAnotherType(t *testing.T) {
	r := httptest.NewRequest("GET", "/", nil)
	with := func(value any) *user.SessionState {
		return GetSession(r.WithContext(context.WithValue(r.Context(), SessionData, value)))
	}
	if session := with(map[string]any{"alias": "a"}); session == nil || session.Alias != "a" {
		t.Error(session)
	}
	if session := with(func() {}); session != nil {
		t.Error(session)
	}
}

func TestTheKeysAreInOrder(t *testing.T) {
	for key, want := range map[Key]uint{
		SessionData: 0, AuthToken: 2, ContextData: 8, UrlRewriteTarget: 22, Definition: 24, OASDefinition: 29,
		MatchedIdPBinding: 42,
	} {
		if uint(key) != want {
			t.Error(key, want)
		}
	}
}
