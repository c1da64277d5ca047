package call

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"reflect"
	"sort"

	"github.com/TykTechnologies/tyk/apidef"
	"github.com/TykTechnologies/tyk/apidef/oas"
	"github.com/TykTechnologies/tyk/ctx"
	"github.com/TykTechnologies/tyk/internal/layer"
	"github.com/TykTechnologies/tyk/internal/wire"
	"github.com/TykTechnologies/tyk/user"
)

// carried adds changes for what differs in the context of the request.
func (c *Call) carried(out *wire.Changes, r *http.Request) error {
	now := r.Context()
	layered := now != context.Context(c)
	if layered || c.session.known(c) {
		if err := c.tellSession(out, now); err != nil {
			return err
		}
	}
	if layered {
		if err := c.tellDefinition(out, now); err != nil {
			return err
		}
	}
	if layered || c.data.known(c) {
		if err := c.tellData(out, now); err != nil {
			return err
		}
	}
	if layered || c.rewrite.known(c) {
		c.tellRewrite(out, now)
	}
	if layered && layer.Under(now) != context.Context(c) {
		out.Add(wire.SetContext, 0, handle, store(now))
	}
	return nil
}

func (c *Call) tellSession(out *wire.Changes, now context.Context) error {
	session, _ := now.Value(ctx.SessionData).(*user.SessionState)
	if session == nil {
		return nil
	}
	scheduled, given := now.Value(ctx.UpdateSession).(bool)
	if !given && session == c.Session() && !session.IsModified() {
		// The live one: only if somebody changed it.
		if was := c.readSession(); was != nil && session.SameAs(was) {
			return nil
		}
	}
	text, err := json.Marshal(session)
	if err != nil {
		return err
	}
	number := uint32(0)
	if scheduled || session.IsModified() {
		number = 1
		session.Reset()
	}
	key := session.KeyID
	if key == "" {
		key, _ = now.Value(ctx.AuthToken).(string)
	}
	out.Add(wire.SetSession, number, key, string(text))
	return nil
}

func (c *Call) tellDefinition(out *wire.Changes, now context.Context) error {
	var set any
	classic, _ := now.Value(ctx.Definition).(*apidef.APIDefinition)
	if classic != nil && classic != c.Definition().Classic() {
		set = classic
	}
	document, _ := now.Value(ctx.OASDefinition).(*oas.OAS)
	if document != nil && document != c.Definition().Document() {
		set = document
	}
	if set == nil {
		return nil
	}
	text, err := json.Marshal(set)
	if err == nil {
		out.Add(wire.SetDefinition, 0, "", string(text))
	}
	return err
}

func (c *Call) tellData(out *wire.Changes, now context.Context) error {
	data, _ := now.Value(ctx.ContextData).(map[string]interface{})
	if data == nil {
		return nil
	}
	was := decode(c.frame.Slices[wire.Context])
	names := make([]string, 0, len(data)+len(was))
	for name := range data {
		names = append(names, name)
	}
	for name := range was {
		if _, ok := data[name]; !ok {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	for _, name := range names {
		value, ok := data[name]
		if !ok {
			out.Add(wire.SetContext, 0, name, "")
			continue
		}
		before, ok := was[name]
		if ok && reflect.DeepEqual(before, value) {
			continue
		}
		text, err := json.Marshal(value)
		if err != nil {
			return err
		}
		// A number of another Go type is the same JSON.
		if old, err := json.Marshal(before); !ok || err != nil || !bytes.Equal(old, text) {
			out.Add(wire.SetContext, 0, name, string(text))
		}
	}
	return nil
}

func (c *Call) tellRewrite(out *wire.Changes, now context.Context) {
	target, ok := now.Value(ctx.UrlRewriteTarget).(*url.URL)
	if !ok {
		return
	}
	was := c.frame.Slices[wire.Rewrite]
	text := ""
	if target != nil {
		text = target.String()
	}
	if parsed, err := url.Parse(was); text != was && (err != nil || parsed.String() != text) {
		out.Add(wire.SetRewrite, 0, "", text)
	}
}
