// Package openapi3 has OpenAPI documents as far as plugins read them: names
// are those of github.com/getkin/kin-openapi, what they do not cover is kept.
package openapi3

import (
	"encoding/json"

	"github.com/TykTechnologies/tyk/internal/members"
)

// T is a document. Extensions are its members that begin with "x-".
type T struct {
	OpenAPI      string                 `json:"openapi"`
	Info         *Info                  `json:"info"`
	Servers      Servers                `json:"servers,omitempty"`
	Paths        Paths                  `json:"paths"`
	Components   *Components            `json:"components,omitempty"`
	Security     SecurityRequirements   `json:"security,omitempty"`
	Tags         Tags                   `json:"tags,omitempty"`
	ExternalDocs *ExternalDocs          `json:"externalDocs,omitempty"`
	Extensions   map[string]interface{} `json:"-"`

	unknown members.Unknown
}

type plainT T

// UnmarshalJSON reads a document.
func (t *T) UnmarshalJSON(data []byte) (err error) {
	t.Extensions, t.unknown, err = read(data, (*plainT)(t))
	return err
}

// MarshalJSON writes it.
func (t T) MarshalJSON() ([]byte, error) { return write(plainT(t), t.Extensions, t.unknown) }

// Info is about the document.
type Info struct {
	Title          string                 `json:"title"`
	Description    string                 `json:"description,omitempty"`
	TermsOfService string                 `json:"termsOfService,omitempty"`
	Contact        *Contact               `json:"contact,omitempty"`
	License        *License               `json:"license,omitempty"`
	Version        string                 `json:"version"`
	Extensions     map[string]interface{} `json:"-"`

	unknown members.Unknown
}

type plainInfo Info

// UnmarshalJSON reads it.
func (i *Info) UnmarshalJSON(data []byte) (err error) {
	i.Extensions, i.unknown, err = read(data, (*plainInfo)(i))
	return err
}

// MarshalJSON writes it.
func (i Info) MarshalJSON() ([]byte, error) { return write(plainInfo(i), i.Extensions, i.unknown) }

// Contact is who answers for the API.
type Contact struct {
	Name  string `json:"name,omitempty"`
	URL   string `json:"url,omitempty"`
	Email string `json:"email,omitempty"`
}

// License is what the API may be used for.
type License struct {
	Name string `json:"name"`
	URL  string `json:"url,omitempty"`
}

// ExternalDocs is where more is said.
type ExternalDocs struct {
	Description string `json:"description,omitempty"`
	URL         string `json:"url,omitempty"`
}

// Tags are names for groups of operations.
type Tags []*Tag

// Tag is one of them.
type Tag struct {
	Name         string        `json:"name,omitempty"`
	Description  string        `json:"description,omitempty"`
	ExternalDocs *ExternalDocs `json:"externalDocs,omitempty"`
}

// Servers are where the API is.
type Servers []*Server

// Server is one of them.
type Server struct {
	URL         string                     `json:"url"`
	Description string                     `json:"description,omitempty"`
	Variables   map[string]*ServerVariable `json:"variables,omitempty"`
	Extensions  map[string]interface{}     `json:"-"`

	unknown members.Unknown
}

type plainServer Server

// UnmarshalJSON reads it.
func (s *Server) UnmarshalJSON(data []byte) (err error) {
	s.Extensions, s.unknown, err = read(data, (*plainServer)(s))
	return err
}

// MarshalJSON writes it.
func (s Server) MarshalJSON() ([]byte, error) {
	return write(plainServer(s), s.Extensions, s.unknown)
}

// ServerVariable is a part of a server's URL.
type ServerVariable struct {
	Enum        []string `json:"enum,omitempty"`
	Default     string   `json:"default,omitempty"`
	Description string   `json:"description,omitempty"`
}

// SecurityRequirements are ways to be let in; one is enough.
type SecurityRequirements []SecurityRequirement

// SecurityRequirement are scopes by scheme; all are needed.
type SecurityRequirement map[string][]string

// Components are parts that others refer to, each as the document has it.
type Components struct {
	Schemas         map[string]interface{} `json:"schemas,omitempty"`
	Parameters      map[string]interface{} `json:"parameters,omitempty"`
	Headers         map[string]interface{} `json:"headers,omitempty"`
	RequestBodies   map[string]interface{} `json:"requestBodies,omitempty"`
	Responses       map[string]interface{} `json:"responses,omitempty"`
	SecuritySchemes map[string]interface{} `json:"securitySchemes,omitempty"`
	Examples        map[string]interface{} `json:"examples,omitempty"`
	Links           map[string]interface{} `json:"links,omitempty"`
	Callbacks       map[string]interface{} `json:"callbacks,omitempty"`
}

// read tells extensions from other members without a field.
func read(data []byte, target any) (map[string]interface{}, members.Unknown, error) {
	unknown, err := members.Read(data, target)
	if err != nil {
		return nil, nil, err
	}
	var extensions map[string]interface{}
	for name, text := range unknown {
		if len(name) < 2 || name[:2] != "x-" {
			continue
		}
		var value interface{}
		if err := json.Unmarshal(text, &value); err != nil {
			return nil, nil, err
		}
		if extensions == nil {
			extensions = map[string]interface{}{}
		}
		extensions[name] = value
		delete(unknown, name)
	}
	return extensions, unknown, nil
}

func write(
	source any, extensions map[string]interface{}, unknown members.Unknown,
) ([]byte, error) {
	all := make(members.Unknown, len(extensions)+len(unknown))
	for name, text := range unknown {
		all[name] = text
	}
	for name, value := range extensions {
		text, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		all[name] = text
	}
	return members.Write(source, all)
}
