// Package oas has API definitions in Tyk's OpenAPI format.
package oas

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/TykTechnologies/tyk/internal/copying"
	"github.com/TykTechnologies/tyk/internal/openapi3"
)

// Names of Tyk's extensions of OpenAPI documents.
const (
	ExtensionTykAPIGateway = "x-tyk-api-gateway"
	ExtensionTykStreaming  = "x-tyk-streaming"
)

// OAS is an OpenAPI document that says how the gateway serves the API.
// Extensions["x-tyk-api-gateway"] is a *XTykAPIGateway.
type OAS struct {
	openapi3.T
}

// UnmarshalJSON reads a document.
func (s *OAS) UnmarshalJSON(data []byte) error {
	if err := json.Unmarshal(data, &s.T); err != nil {
		return err
	}
	return s.understand()
}

// understand gives the extensions their types.
func (s *OAS) understand() error {
	for name, target := range map[string]any{
		ExtensionTykAPIGateway: new(XTykAPIGateway), ExtensionTykStreaming: new(XTykStreaming),
	} {
		plain, ok := s.Extensions[name].(map[string]interface{})
		if !ok {
			continue
		}
		text, err := json.Marshal(plain)
		if err == nil {
			err = json.Unmarshal(text, target)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		s.Extensions[name] = target
	}
	return nil
}

// MarshalJSON writes the document.
func (s OAS) MarshalJSON() ([]byte, error) { return json.Marshal(s.T) }

// Clone returns a copy that shares nothing with it.
func (s *OAS) Clone() (*OAS, error) { return copying.Of(s), nil }

// GetTykExtension returns what the document says to the gateway, or nil.
func (s *OAS) GetTykExtension() *XTykAPIGateway {
	if s.understand() != nil {
		return nil
	}
	extension, _ := s.Extensions[ExtensionTykAPIGateway].(*XTykAPIGateway)
	return extension
}

// SetTykExtension sets it.
func (s *OAS) SetTykExtension(xTykAPIGateway *XTykAPIGateway) {
	s.extend(ExtensionTykAPIGateway, xTykAPIGateway)
}

// RemoveTykExtension takes it out.
func (s *OAS) RemoveTykExtension() { delete(s.Extensions, ExtensionTykAPIGateway) }

// GetTykStreamingExtension returns what the document says of streams, or nil.
func (s *OAS) GetTykStreamingExtension() *XTykStreaming {
	if s.understand() != nil {
		return nil
	}
	extension, _ := s.Extensions[ExtensionTykStreaming].(*XTykStreaming)
	return extension
}

// SetTykStreamingExtension sets it.
func (s *OAS) SetTykStreamingExtension(xTykStreaming *XTykStreaming) {
	s.extend(ExtensionTykStreaming, xTykStreaming)
}

// RemoveTykStreamingExtension takes it out.
func (s *OAS) RemoveTykStreamingExtension() { delete(s.Extensions, ExtensionTykStreaming) }

func (s *OAS) extend(name string, value any) {
	if s.Extensions == nil {
		s.Extensions = map[string]interface{}{}
	}
	s.Extensions[name] = value
}

// GetTykMiddleware returns the middleware of the extension, or nil.
func (s *OAS) GetTykMiddleware() (middleware *Middleware) {
	if extension := s.GetTykExtension(); extension != nil {
		middleware = extension.Middleware
	}
	return middleware
}

// Initialize makes the maps that are missing.
func (s *OAS) Initialize() {
	if s.Paths == nil {
		s.Paths = openapi3.Paths{}
	}
	if s.Components == nil {
		s.Components = &openapi3.Components{}
	}
	if s.Extensions == nil {
		s.Extensions = map[string]interface{}{}
	}
}

// Validate says what a document needs and lacks. It does not check schemas.
func (s *OAS) Validate(context.Context) error {
	switch {
	case s.OpenAPI == "":
		return errors.New("openapi: the version of OpenAPI is missing")
	case s.Info == nil || s.Info.Title == "" || s.Info.Version == "":
		return errors.New("info: a title and a version are needed")
	case s.Paths == nil:
		return errors.New("paths: missing; {} says that there are none")
	}
	return nil
}

// AddServers puts URLs before the servers, unless they are there.
func (s *OAS) AddServers(apiURLs ...string) error {
	var fresh openapi3.Servers
	for _, url := range apiURLs {
		if s.server(url) < 0 {
			fresh = append(fresh, &openapi3.Server{URL: url})
		}
	}
	s.Servers = append(fresh, s.Servers...)
	return nil
}

// UpdateServers replaces a server's URL, or adds the URL as the first.
func (s *OAS) UpdateServers(apiURL, oldAPIURL string) {
	if s.server(oldAPIURL) != 0 {
		s.Servers = append(openapi3.Servers{{}}, s.Servers...)
	}
	s.Servers[0].URL = apiURL
}

// ReplaceServers puts URLs in the place of others.
func (s *OAS) ReplaceServers(apiURLs, oldAPIURLs []string) {
	var servers openapi3.Servers
	for _, url := range apiURLs {
		servers = append(servers, &openapi3.Server{URL: url})
	}
	for _, server := range s.Servers {
		if !slices.Contains(oldAPIURLs, server.URL) && !slices.Contains(apiURLs, server.URL) {
			servers = append(servers, server)
		}
	}
	s.Servers = servers
}

// RemoveServer takes a server out.
func (s *OAS) RemoveServer(serverURL string) error {
	if i := s.server(serverURL); i >= 0 {
		s.Servers = slices.Delete(s.Servers, i, i+1)
	}
	return nil
}

func (s *OAS) server(url string) int {
	return slices.IndexFunc(s.Servers, func(server *openapi3.Server) bool {
		return server.URL == url
	})
}
