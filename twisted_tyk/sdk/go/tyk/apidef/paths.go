package apidef

import "github.com/TykTechnologies/tyk/internal/members"

// ExtendedPathsSet is what is done at single paths. Lists that have no field
// here are kept.
type ExtendedPathsSet struct {
	Ignored                 []EndPointMeta        `json:"ignored,omitempty"`
	WhiteList               []EndPointMeta        `json:"white_list,omitempty"`
	BlackList               []EndPointMeta        `json:"black_list,omitempty"`
	MockResponse            []MockResponseMeta    `json:"mock_response,omitempty"`
	Cached                  []string              `json:"cache,omitempty"`
	AdvanceCacheConfig      []CacheMeta           `json:"advance_cache_config,omitempty"`
	Transform               []TemplateMeta        `json:"transform,omitempty"`
	TransformResponse       []TemplateMeta        `json:"transform_response,omitempty"`
	TransformJQ             []TransformJQMeta     `json:"transform_jq,omitempty"`
	TransformJQResponse     []TransformJQMeta     `json:"transform_jq_response,omitempty"`
	TransformHeader         []HeaderInjectionMeta `json:"transform_headers,omitempty"`
	TransformResponseHeader []HeaderInjectionMeta `json:"transform_response_headers,omitempty"`
	HardTimeouts            []HardTimeoutMeta     `json:"hard_timeouts,omitempty"`
	CircuitBreaker          []CircuitBreakerMeta  `json:"circuit_breakers,omitempty"`
	URLRewrite              []URLRewriteMeta      `json:"url_rewrites,omitempty"`
	Virtual                 []VirtualMeta         `json:"virtual,omitempty"`
	GoPlugin                []GoPluginMeta        `json:"go_plugin,omitempty"`
	SizeLimit               []RequestSizeMeta     `json:"size_limits,omitempty"`
	MethodTransforms        []MethodTransformMeta `json:"method_transforms,omitempty"`
	TrackEndpoints          []TrackEndpointMeta   `json:"track_endpoints,omitempty"`
	DoNotTrackEndpoints     []TrackEndpointMeta   `json:"do_not_track_endpoints,omitempty"`
	ValidateJSON            []ValidatePathMeta    `json:"validate_json,omitempty"`
	ValidateRequest         []ValidateRequestMeta `json:"validate_request,omitempty"`
	Internal                []InternalMeta        `json:"internal,omitempty"`
	RateLimit               []RateLimitMeta       `json:"rate_limit,omitempty"`

	unknown members.Unknown
}

type plainPaths ExtendedPathsSet

// UnmarshalJSON reads it.
func (e *ExtendedPathsSet) UnmarshalJSON(data []byte) error {
	unknown, err := members.Read(data, (*plainPaths)(e))
	e.unknown = unknown
	return err
}

// MarshalJSON writes it, with what was not known.
func (e ExtendedPathsSet) MarshalJSON() ([]byte, error) {
	return members.Write(plainPaths(e), e.unknown)
}

// SourceMode says whether a text is in a file or here, in base64.
type SourceMode string

// RequestInputType is the kind of a body.
type RequestInputType string

// Modes, kinds, and what an EndpointMethodMeta does.
const (
	UseBlob SourceMode = "blob"
	UseFile SourceMode = "file"

	RequestXML  RequestInputType = "xml"
	RequestJSON RequestInputType = "json"

	NoAction EndpointMethodAction = "no_action"
	Reply    EndpointMethodAction = "reply"
)

// EndpointMethodAction is what is done.
type EndpointMethodAction string
