// Package call is one call of a function of a plugin: a frame in, a request
// made of it, the function called, changes out.
package call

import (
	"context"
	"encoding/json"
	"net/url"
	"sync"
	"time"

	"github.com/TykTechnologies/tyk/config"
	"github.com/TykTechnologies/tyk/ctx"
	"github.com/TykTechnologies/tyk/internal/definitions"
	"github.com/TykTechnologies/tyk/internal/host"
	"github.com/TykTechnologies/tyk/internal/wire"
	"github.com/TykTechnologies/tyk/storage"
	"github.com/TykTechnologies/tyk/user"
)

// A Call is the context of its request too. What the frame has as JSON is
// decoded when it is asked for. The context is never cancelled.
type Call struct {
	frame wire.Frame

	// Guards what follows: goroutines that a function starts may ask later.
	mutex      sync.Mutex
	over       bool
	lines      []line
	session    lazy[*user.SessionState]
	definition lazy[*definitions.Definition]
	data       lazy[map[string]interface{}]
	rewrite    lazy[*url.URL]
	earlier    lazy[context.Context]
}

type line struct {
	level        int
	text, fields string
}

// A lazy value is made when it is first asked for.
type lazy[T any] struct {
	value T
	made  bool
}

func (l *lazy[T]) get(c *Call, make func() T) T {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if !l.made {
		l.value, l.made = make(), true
	}
	return l.value
}

// known says whether somebody has asked for the value.
func (l *lazy[T]) known(c *Call) bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return l.made
}

// Deadline is none.
func (c *Call) Deadline() (deadline time.Time, ok bool) { return }

// Done is never closed.
func (c *Call) Done() <-chan struct{} { return nil }

// Err is nil.
func (c *Call) Err() error { return nil }

// Value returns what the gateway has told, and what hooks of this library have
// left in the context of the same request before.
func (c *Call) Value(key any) any {
	switch key {
	case host.CallKey{}:
		return c
	case ctx.UpdateSession:
		// What an earlier hook wanted stored is stored.
		return nil
	case ctx.SessionData:
		if session := c.Session(); session != nil {
			return session
		}
		return nil
	case ctx.AuthToken:
		if token := c.frame.Slices[wire.Token]; token != "" {
			return token
		}
		return nil
	case ctx.Definition:
		if classic := c.Definition().Classic(); classic != nil {
			return classic
		}
		return nil
	case ctx.OASDefinition:
		if document := c.Definition().Document(); document != nil {
			return document
		}
		return nil
	case ctx.ContextData:
		if data := c.Data(); data != nil {
			return data
		}
		return nil
	case ctx.UrlRewriteTarget:
		if target := c.Rewrite(); target != nil {
			return target
		}
		return nil
	}
	if earlier := c.Earlier(); earlier != nil {
		return earlier.Value(key)
	}
	return nil
}

// Log takes a line of this call, until it is over.
func (c *Call) Log(level int, text, fields string) bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.over {
		return false
	}
	c.lines = append(c.lines, line{level, text, fields})
	return true
}

// Session is the live session, or nil.
func (c *Call) Session() *user.SessionState { return c.session.get(c, c.readSession) }

func (c *Call) readSession() *user.SessionState {
	text := c.frame.Slices[wire.Session]
	if text == "" {
		return nil
	}
	session := user.NewSessionState()
	if err := json.Unmarshal([]byte(text), session); err != nil {
		host.Log(wire.Severe, "a session of the gateway's cannot be read: "+err.Error(), "")
		return nil
	}
	session.KeyID = c.frame.Slices[wire.Token]
	session.SetKeyHash(storage.HashKey(session.KeyID, config.Global().HashKeys))
	session.MarkAsRestored()
	return session
}

// Definition is what a hook has set for this request, or that of the API.
func (c *Call) Definition() *definitions.Definition {
	return c.definition.get(c, func() *definitions.Definition {
		found := definitions.Find(c.frame.Slices[wire.API])
		if text := c.frame.Slices[wire.Definition]; text != "" {
			return definitions.New(found.Kind(), text)
		}
		return found
	})
}

// Rewrite is the live URL that the upstream is to be asked for, or nil.
func (c *Call) Rewrite() *url.URL {
	return c.rewrite.get(c, func() *url.URL {
		if text := c.frame.Slices[wire.Rewrite]; text != "" {
			if target, err := url.Parse(text); err == nil {
				return target
			}
		}
		return nil
	})
}

// Data is the live map of what hooks have left for each other, or nil.
func (c *Call) Data() map[string]interface{} {
	return c.data.get(c, func() map[string]interface{} { return decode(c.frame.Slices[wire.Context]) })
}

// decode leaves out what only a Go library understands.
func decode(text string) map[string]interface{} {
	if text == "" {
		return nil
	}
	var data map[string]interface{}
	if err := json.Unmarshal([]byte(text), &data); err != nil {
		host.Log(wire.Severe, "the context of a request cannot be read: "+err.Error(), "")
		return nil
	}
	for name := range data {
		if isHandle(name) {
			delete(data, name)
		}
	}
	return data
}

// Earlier is the context that a hook of this library left, or nil.
func (c *Call) Earlier() context.Context {
	return c.earlier.get(c, func() context.Context { return find(c.frame.Slices[wire.Context]) })
}
