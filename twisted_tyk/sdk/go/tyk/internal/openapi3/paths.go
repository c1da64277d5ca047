package openapi3

import "github.com/TykTechnologies/tyk/internal/members"

// Paths are the paths of an API. It is a map, as it once was, and has the
// methods it has now, so that sources of both ages compile.
type Paths map[string]*PathItem

// Map returns the paths.
func (p Paths) Map() map[string]*PathItem { return p }

// Len is how many there are.
func (p Paths) Len() int { return len(p) }

// Value returns a path.
func (p Paths) Value(path string) *PathItem { return p[path] }

// Find returns a path.
func (p Paths) Find(path string) *PathItem { return p[path] }

// Set sets a path.
func (p Paths) Set(path string, item *PathItem) { p[path] = item }

// PathItem are the operations of a path.
type PathItem struct {
	Ref         string                 `json:"$ref,omitempty"`
	Summary     string                 `json:"summary,omitempty"`
	Description string                 `json:"description,omitempty"`
	Connect     *Operation             `json:"connect,omitempty"`
	Delete      *Operation             `json:"delete,omitempty"`
	Get         *Operation             `json:"get,omitempty"`
	Head        *Operation             `json:"head,omitempty"`
	Options     *Operation             `json:"options,omitempty"`
	Patch       *Operation             `json:"patch,omitempty"`
	Post        *Operation             `json:"post,omitempty"`
	Put         *Operation             `json:"put,omitempty"`
	Trace       *Operation             `json:"trace,omitempty"`
	Servers     Servers                `json:"servers,omitempty"`
	Extensions  map[string]interface{} `json:"-"`

	unknown members.Unknown
}

type plainItem PathItem

// UnmarshalJSON reads it.
func (p *PathItem) UnmarshalJSON(data []byte) (err error) {
	p.Extensions, p.unknown, err = read(data, (*plainItem)(p))
	return err
}

// MarshalJSON writes it.
func (p PathItem) MarshalJSON() ([]byte, error) {
	return write(plainItem(p), p.Extensions, p.unknown)
}

func (p *PathItem) places() map[string]**Operation {
	return map[string]**Operation{
		"CONNECT": &p.Connect, "DELETE": &p.Delete, "GET": &p.Get, "HEAD": &p.Head,
		"OPTIONS": &p.Options, "PATCH": &p.Patch, "POST": &p.Post, "PUT": &p.Put,
		"TRACE": &p.Trace,
	}
}

// Operations are the operations by method.
func (p *PathItem) Operations() map[string]*Operation {
	found := map[string]*Operation{}
	for method, place := range p.places() {
		if *place != nil {
			found[method] = *place
		}
	}
	return found
}

// GetOperation returns the operation of a method in capital letters, or nil.
func (p *PathItem) GetOperation(method string) *Operation {
	if place := p.places()[method]; place != nil {
		return *place
	}
	return nil
}

// SetOperation sets it.
func (p *PathItem) SetOperation(method string, operation *Operation) {
	if place := p.places()[method]; place != nil {
		*place = operation
	}
}

// Operation is what a method of a path does. Parameters, bodies and answers
// are as the document has them.
type Operation struct {
	OperationID string                 `json:"operationId,omitempty"`
	Summary     string                 `json:"summary,omitempty"`
	Description string                 `json:"description,omitempty"`
	Tags        []string               `json:"tags,omitempty"`
	Deprecated  bool                   `json:"deprecated,omitempty"`
	Security    *SecurityRequirements  `json:"security,omitempty"`
	Servers     *Servers               `json:"servers,omitempty"`
	Parameters  []interface{}          `json:"parameters,omitempty"`
	RequestBody interface{}            `json:"requestBody,omitempty"`
	Responses   map[string]interface{} `json:"responses,omitempty"`
	Extensions  map[string]interface{} `json:"-"`

	unknown members.Unknown
}

type plainOperation Operation

// UnmarshalJSON reads it.
func (o *Operation) UnmarshalJSON(data []byte) (err error) {
	o.Extensions, o.unknown, err = read(data, (*plainOperation)(o))
	return err
}

// MarshalJSON writes it.
func (o Operation) MarshalJSON() ([]byte, error) {
	return write(plainOperation(o), o.Extensions, o.unknown)
}
