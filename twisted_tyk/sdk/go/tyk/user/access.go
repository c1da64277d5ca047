package user

import (
	"slices"
	"time"

	"github.com/TykTechnologies/tyk/apidef"
)

// AccessDefinition says what a key may do with one API.
type AccessDefinition struct {
	APIName              string                  `json:"api_name,omitempty"`
	APIID                string                  `json:"api_id,omitempty"`
	Versions             []string                `json:"versions,omitempty"`
	AllowedURLs          []AccessSpec            `json:"allowed_urls,omitempty"`
	Limit                APILimit                `json:"limit,omitzero"`
	AllowanceScope       string                  `json:"allowance_scope,omitempty"`
	Endpoints            Endpoints               `json:"endpoints,omitempty"`
	RestrictedTypes      []Type                  `json:"restricted_types,omitempty"`
	AllowedTypes         []Type                  `json:"allowed_types,omitempty"`
	FieldAccessRights    []FieldAccessDefinition `json:"field_access_rights,omitempty"`
	DisableIntrospection bool                    `json:"disable_introspection,omitempty"`

	JSONRPCMethods             []JSONRPCMethodLimit `json:"json_rpc_methods,omitempty"`
	JSONRPCMethodsAccessRights AccessControlRules   `json:"json_rpc_methods_access_rights,omitzero"`
	MCPPrimitives              []MCPPrimitiveLimit  `json:"mcp_primitives,omitempty"`
	MCPAccessRights            MCPAccessRights      `json:"mcp_access_rights,omitzero"`
}

// AccessSpec allows methods at a path, a regular expression.
type AccessSpec struct {
	URL     string   `json:"url"`
	Methods []string `json:"methods"`
}

// Type is a GraphQL type and some of its fields.
type Type struct {
	Name   string   `json:"name"`
	Fields []string `json:"fields"`
}

// RateLimit allows Rate requests in Per seconds.
type RateLimit struct {
	Rate      float64                    `json:"rate,omitempty"`
	Per       float64                    `json:"per,omitempty"`
	Smoothing *apidef.RateLimitSmoothing `json:"smoothing,omitempty"`
}

// Duration is the time between two requests at the full rate.
func (r RateLimit) Duration() time.Duration {
	if min(r.Rate, r.Per) <= 0 {
		return 0
	}
	seconds := r.Per / r.Rate
	return time.Duration(seconds * float64(time.Second))
}

// IsZero says whether nothing is set.
func (r RateLimit) IsZero() bool { return r.Rate == 0 && r.Per == 0 && r.Smoothing == nil }

// APILimit are the limits of a key for one API.
type APILimit struct {
	RateLimit
	ThrottleInterval   float64 `json:"throttle_interval,omitempty"`
	ThrottleRetryLimit int     `json:"throttle_retry_limit,omitempty"`
	MaxQueryDepth      int     `json:"max_query_depth,omitempty"`
	QuotaMax           int64   `json:"quota_max,omitempty"`
	QuotaRenews        int64   `json:"quota_renews,omitempty"`
	QuotaRemaining     int64   `json:"quota_remaining,omitempty"`
	QuotaRenewalRate   int64   `json:"quota_renewal_rate,omitempty"`
	SetBy              string  `json:"-"`
}

// Clone returns a copy.
func (a APILimit) Clone() *APILimit {
	if a.Smoothing != nil {
		smoothing := *a.Smoothing
		a.Smoothing = &smoothing
	}
	return &a
}

// IsEmpty says whether nothing is set, so that the key's own limits count.
func (a APILimit) IsEmpty() bool {
	return a.RateLimit.IsZero() && a == APILimit{RateLimit: a.RateLimit}
}

// IsZero is IsEmpty.
func (a APILimit) IsZero() bool { return a.IsEmpty() }

// Endpoints are limits for paths of an API.
type Endpoints []Endpoint

// Endpoint are limits for the methods of a path.
type Endpoint struct {
	Path    string          `json:"path,omitempty"`
	Methods EndpointMethods `json:"methods,omitempty"`
}

// EndpointMethods are limits by method.
type EndpointMethods []EndpointMethod

// EndpointMethod is the limit of a method.
type EndpointMethod struct {
	Name  string    `json:"name,omitempty"`
	Limit RateLimit `json:"limit,omitempty"`
}

// Contains says whether there is a limit for a method.
func (em EndpointMethods) Contains(method string) bool {
	return slices.ContainsFunc(em, func(each EndpointMethod) bool { return each.Name == method })
}

// FieldAccessDefinition limits a GraphQL field.
type FieldAccessDefinition struct {
	TypeName  string      `json:"type_name,omitempty"`
	FieldName string      `json:"field_name,omitempty"`
	Limits    FieldLimits `json:"limits,omitzero"`
}

// FieldLimits are the limits of a GraphQL field.
type FieldLimits struct {
	MaxQueryDepth int `json:"max_query_depth,omitempty"`
}

// AccessControlRules allow and block by name; names are regular expressions.
type AccessControlRules struct {
	Allowed []string `json:"allowed,omitempty"`
	Blocked []string `json:"blocked,omitempty"`
}

// IsZero says whether nothing is set.
func (r AccessControlRules) IsZero() bool { return len(r.Allowed) == 0 && len(r.Blocked) == 0 }

// JSONRPCMethodLimit is the limit of a JSON-RPC method.
type JSONRPCMethodLimit struct {
	Name  string    `json:"name,omitempty"`
	Limit RateLimit `json:"limit,omitzero"`
}

// MCPPrimitiveLimit is the limit of a tool, resource or prompt.
type MCPPrimitiveLimit struct {
	Type  string    `json:"type,omitempty"`
	Name  string    `json:"name,omitempty"`
	Limit RateLimit `json:"limit,omitzero"`
}

// MCPAccessRights allow and block tools, resources and prompts.
type MCPAccessRights struct {
	Tools     AccessControlRules `json:"tools,omitzero"`
	Resources AccessControlRules `json:"resources,omitzero"`
	Prompts   AccessControlRules `json:"prompts,omitzero"`
}

// IsZero says whether nothing is set.
func (r MCPAccessRights) IsZero() bool {
	return r.Tools.IsZero() && r.Resources.IsZero() && r.Prompts.IsZero()
}
