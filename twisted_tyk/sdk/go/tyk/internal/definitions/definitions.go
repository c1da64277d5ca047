// Package definitions keeps the definitions of APIs that the gateway has told of.
package definitions

import (
	"encoding/json"
	"sync"

	"github.com/TykTechnologies/tyk/apidef"
	"github.com/TykTechnologies/tyk/apidef/oas"
	"github.com/TykTechnologies/tyk/internal/host"
	"github.com/TykTechnologies/tyk/internal/wire"
)

// OAS is the kind of definitions in the OpenAPI format.
const OAS = "oas"

// A Definition is parsed when it is first asked for.
type Definition struct {
	kind, text string
	once       sync.Once
	classic    *apidef.APIDefinition
	document   *oas.OAS
}

// New returns a definition of a kind, "classic" or "oas", from its JSON.
func New(kind, text string) *Definition { return &Definition{kind: kind, text: text} }

func (d *Definition) parse() {
	var err error
	if d.kind == OAS {
		document := new(oas.OAS)
		if err = json.Unmarshal([]byte(d.text), document); err == nil {
			d.document = document
		}
	} else {
		classic := new(apidef.APIDefinition)
		if err = json.Unmarshal([]byte(d.text), classic); err == nil {
			d.classic = classic
		}
	}
	if err != nil {
		host.Log(wire.Severe, "a definition of the gateway's cannot be read: "+err.Error(), "")
	}
	d.text = ""
}

// Kind is its kind; "classic" for nil.
func (d *Definition) Kind() string {
	if d == nil {
		return "classic"
	}
	return d.kind
}

// Classic returns the definition in the classic format, or nil. It is shared.
func (d *Definition) Classic() *apidef.APIDefinition {
	if d == nil {
		return nil
	}
	d.once.Do(d.parse)
	return d.classic
}

// Document returns the definition in the OpenAPI format, or nil. It is shared.
func (d *Definition) Document() *oas.OAS {
	if d == nil {
		return nil
	}
	d.once.Do(d.parse)
	return d.document
}

var known sync.Map // key -> *Definition

// Define announces a definition under a key.
func Define(key, kind, text string) { known.Store(key, New(kind, text)) }

// Forget takes it back.
func Forget(key string) { known.Delete(key) }

// Find returns the definition of a key, or nil.
func Find(key string) *Definition {
	if found, ok := known.Load(key); ok {
		return found.(*Definition)
	}
	return nil
}
