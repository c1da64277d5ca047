package oas

import (
	"github.com/TykTechnologies/tyk/apidef"
	"github.com/TykTechnologies/tyk/internal/members"
)

// Server says where the API is served and to whom.
type Server struct {
	ListenPath           ListenPath            `json:"listenPath"`
	Authentication       *Authentication       `json:"authentication,omitempty"`
	ClientCertificates   *ClientCertificates   `json:"clientCertificates,omitempty"`
	GatewayTags          *GatewayTags          `json:"gatewayTags,omitempty"`
	CustomDomain         *Domain               `json:"customDomain,omitempty"`
	DetailedActivityLogs *DetailedActivityLogs `json:"detailedActivityLogs,omitempty"`
	DetailedTracing      *DetailedTracing      `json:"detailedTracing,omitempty"`
	IPAccessControl      *IPAccessControl      `json:"ipAccessControl,omitempty"`
	BatchProcessing      *BatchProcessing      `json:"batchProcessing,omitempty"`
	Protocol             string                `json:"protocol,omitempty"`
	Port                 int                   `json:"port,omitempty"`

	unknown members.Unknown
}

type plainServer Server

// UnmarshalJSON reads it.
func (v *Server) UnmarshalJSON(data []byte) error {
	unknown, err := members.Read(data, (*plainServer)(v))
	v.unknown = unknown
	return err
}

// MarshalJSON writes it, with what was not known.
func (v Server) MarshalJSON() ([]byte, error) {
	return members.Write(plainServer(v), v.unknown)
}

// ListenPath is the path it is served at.
type ListenPath struct {
	Value string `json:"value"`
	Strip bool   `json:"strip,omitempty"`
}

// ClientCertificates are certificates of clients that are let in.
type ClientCertificates struct {
	Enabled   bool     `json:"enabled"`
	Allowlist []string `json:"allowlist"`
}

// GatewayTags are gateways that serve the API.
type GatewayTags struct {
	Enabled bool     `json:"enabled"`
	Tags    []string `json:"tags"`
}

// Domain is a domain of the API's own.
type Domain struct {
	Enabled      bool     `json:"enabled"`
	Name         string   `json:"name"`
	Certificates []string `json:"certificates,omitempty"`
}

// DetailedActivityLogs records whole messages.
type DetailedActivityLogs struct {
	Enabled bool `json:"enabled"`
}

// DetailedTracing traces each step.
type DetailedTracing struct {
	Enabled bool `json:"enabled"`
}

// IPAccessControl lets addresses in, or not.
type IPAccessControl struct {
	Enabled bool     `json:"enabled"`
	Allow   []string `json:"allow,omitempty"`
	Block   []string `json:"block,omitempty"`
}

// BatchProcessing answers several requests in one.
type BatchProcessing struct {
	Enabled bool `json:"enabled"`
}

// Authentication says how clients are known.
type Authentication struct {
	Enabled                bool                        `json:"enabled"`
	StripAuthorizationData bool                        `json:"stripAuthorizationData,omitempty"`
	BaseIdentityProvider   apidef.AuthTypeEnum         `json:"baseIdentityProvider,omitempty"`
	HMAC                   *HMAC                       `json:"hmac,omitempty"`
	Custom                 *CustomPluginAuthentication `json:"custom,omitempty"`
	SecuritySchemes        SecuritySchemes             `json:"securitySchemes,omitempty"`
	CustomKeyLifetime      *CustomKeyLifetime          `json:"customKeyLifetime,omitempty"`
	SecurityProcessingMode string                      `json:"securityProcessingMode,omitempty"`
	Security               [][]string                  `json:"security,omitempty"`

	unknown members.Unknown
}

type plainAuthentication Authentication

// UnmarshalJSON reads it.
func (v *Authentication) UnmarshalJSON(data []byte) error {
	unknown, err := members.Read(data, (*plainAuthentication)(v))
	v.unknown = unknown
	return err
}

// MarshalJSON writes it, with what was not known.
func (v Authentication) MarshalJSON() ([]byte, error) {
	return members.Write(plainAuthentication(v), v.unknown)
}

// SecuritySchemes are settings by the name of a scheme, as they came.
type SecuritySchemes map[string]interface{}

// AuthSources are places of a token.
type AuthSources struct {
	Header *AuthSource `json:"header,omitempty"`
	Cookie *AuthSource `json:"cookie,omitempty"`
	Query  *AuthSource `json:"query,omitempty"`
}

// AuthSource is one of them.
type AuthSource struct {
	Enabled bool   `json:"enabled"`
	Name    string `json:"name,omitempty"`
}

// HMAC are requests that their clients sign.
type HMAC struct {
	Enabled bool `json:"enabled"`
	AuthSources
	AllowedAlgorithms []string `json:"allowedAlgorithms,omitempty"`
	AllowedClockSkew  float64  `json:"allowedClockSkew,omitempty"`
}

// CustomPluginAuthentication is a hook that knows clients.
type CustomPluginAuthentication struct {
	Enabled bool                  `json:"enabled"`
	Config  *AuthenticationPlugin `json:"config,omitempty"`
	AuthSources
}

// AuthenticationPlugin is that hook.
type AuthenticationPlugin struct {
	Enabled        bool                   `json:"enabled"`
	FunctionName   string                 `json:"functionName"`
	Path           string                 `json:"path"`
	RawBodyOnly    bool                   `json:"rawBodyOnly,omitempty"`
	RequireSession bool                   `json:"requireSession,omitempty"`
	IDExtractor    map[string]interface{} `json:"idExtractor,omitempty"`
}

// CustomKeyLifetime says how long keys are kept.
type CustomKeyLifetime struct {
	Enabled         bool             `json:"enabled"`
	Value           ReadableDuration `json:"value"`
	RespectValidity bool             `json:"respectValidity,omitempty"`
}
