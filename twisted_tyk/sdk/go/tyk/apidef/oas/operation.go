package oas

import (
	"github.com/TykTechnologies/tyk/apidef"
	"github.com/TykTechnologies/tyk/internal/members"
)

// Operations are what is done by operationId.
type Operations map[string]*Operation

// Operation is what is done with the requests of one operation.
type Operation struct {
	Allow                    *Allowance              `json:"allow,omitempty"`
	Block                    *Allowance              `json:"block,omitempty"`
	IgnoreAuthentication     *Allowance              `json:"ignoreAuthentication,omitempty"`
	Internal                 *Internal               `json:"internal,omitempty"`
	TransformRequestMethod   *TransformRequestMethod `json:"transformRequestMethod,omitempty"`
	TransformRequestBody     *TransformBody          `json:"transformRequestBody,omitempty"`
	TransformResponseBody    *TransformBody          `json:"transformResponseBody,omitempty"`
	TransformRequestHeaders  *TransformHeaders       `json:"transformRequestHeaders,omitempty"`
	TransformResponseHeaders *TransformHeaders       `json:"transformResponseHeaders,omitempty"`
	Cache                    *CachePlugin            `json:"cache,omitempty"`
	EnforceTimeout           *EnforceTimeout         `json:"enforceTimeout,omitempty"`
	VirtualEndpoint          *VirtualEndpoint        `json:"virtualEndpoint,omitempty"`
	PostPlugins              EndpointPostPlugins     `json:"postPlugins,omitempty"`
	CircuitBreaker           *CircuitBreaker         `json:"circuitBreaker,omitempty"`
	TrackEndpoint            *TrackEndpoint          `json:"trackEndpoint,omitempty"`
	DoNotTrackEndpoint       *TrackEndpoint          `json:"doNotTrackEndpoint,omitempty"`
	RequestSizeLimit         *RequestSizeLimit       `json:"requestSizeLimit,omitempty"`
	RateLimit                *RateLimit              `json:"rateLimit,omitempty"`

	unknown members.Unknown
}

type plainOperation Operation

// UnmarshalJSON reads it.
func (v *Operation) UnmarshalJSON(data []byte) error {
	unknown, err := members.Read(data, (*plainOperation)(v))
	v.unknown = unknown
	return err
}

// MarshalJSON writes it, with what was not known.
func (v Operation) MarshalJSON() ([]byte, error) {
	return members.Write(plainOperation(v), v.unknown)
}

// Allowance lets requests through, or not.
type Allowance struct {
	Enabled    bool `json:"enabled"`
	IgnoreCase bool `json:"ignoreCase,omitempty"`
}

// Internal is for the gateway's own requests.
type Internal struct {
	Enabled bool `json:"enabled"`
}

// TransformRequestMethod asks the upstream with another method.
type TransformRequestMethod struct {
	Enabled  bool   `json:"enabled"`
	ToMethod string `json:"toMethod"`
}

// TransformBody writes a body anew from a template.
type TransformBody struct {
	Enabled bool                    `json:"enabled"`
	Format  apidef.RequestInputType `json:"format"`
	Path    string                  `json:"path,omitempty"`
	Body    string                  `json:"body,omitempty"`
}

// TransformHeaders adds and removes fields.
type TransformHeaders struct {
	Enabled bool     `json:"enabled"`
	Remove  []string `json:"remove,omitempty"`
	Add     Headers  `json:"add,omitempty"`
}

// Headers are fields.
type Headers []Header

// Header is one of them.
type Header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// CachePlugin keeps answers.
type CachePlugin struct {
	Enabled            bool   `json:"enabled"`
	CacheByRegex       string `json:"cacheByRegex,omitempty"`
	CacheResponseCodes []int  `json:"cacheResponseCodes,omitempty"`
	Timeout            int64  `json:"timeout,omitempty"`
}

// EnforceTimeout limits how long the upstream may take.
type EnforceTimeout struct {
	Enabled  bool             `json:"enabled"`
	Value    int              `json:"value"`
	Duration ReadableDuration `json:"duration,omitempty"`
}

// VirtualEndpoint answers from a script.
type VirtualEndpoint struct {
	Enabled        bool   `json:"enabled"`
	Name           string `json:"name,omitempty"`
	FunctionName   string `json:"functionName"`
	Path           string `json:"path,omitempty"`
	Body           string `json:"body,omitempty"`
	ProxyOnError   bool   `json:"proxyOnError,omitempty"`
	RequireSession bool   `json:"requireSession,omitempty"`
}

// EndpointPostPlugins are functions of plugins; the first counts.
type EndpointPostPlugins []EndpointPostPlugin

// EndpointPostPlugin is one of them.
type EndpointPostPlugin struct {
	Enabled      bool   `json:"enabled"`
	Name         string `json:"name,omitempty"`
	FunctionName string `json:"functionName"`
	Path         string `json:"path"`
}

// CircuitBreaker spares an upstream that fails.
type CircuitBreaker struct {
	Enabled              bool    `json:"enabled"`
	Threshold            float64 `json:"threshold"`
	SampleSize           int     `json:"sampleSize"`
	CoolDownPeriod       int     `json:"coolDownPeriod"`
	HalfOpenStateEnabled bool    `json:"halfOpenStateEnabled"`
}

// TrackEndpoint tells analytics of the path, or not.
type TrackEndpoint struct {
	Enabled bool `json:"enabled"`
}

// RequestSizeLimit limits a body, in bytes.
type RequestSizeLimit struct {
	Enabled bool  `json:"enabled"`
	Value   int64 `json:"value"`
}
