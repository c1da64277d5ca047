package apidef

// EndPointMeta lets a path through, or not.
type EndPointMeta struct {
	Disabled      bool                          `json:"disabled"`
	Path          string                        `json:"path"`
	Method        string                        `json:"method"`
	IgnoreCase    bool                          `json:"ignore_case"`
	MethodActions map[string]EndpointMethodMeta `json:"method_actions,omitempty"`
}

// MockResponseMeta answers for the upstream.
type MockResponseMeta struct {
	Disabled   bool              `json:"disabled"`
	Path       string            `json:"path"`
	Method     string            `json:"method"`
	IgnoreCase bool              `json:"ignore_case"`
	Code       int               `json:"code"`
	Body       string            `json:"body"`
	Headers    map[string]string `json:"headers"`
}

// CacheMeta keeps answers.
type CacheMeta struct {
	Disabled               bool   `json:"disabled"`
	Path                   string `json:"path"`
	Method                 string `json:"method"`
	CacheKeyRegex          string `json:"cache_key_regex"`
	CacheOnlyResponseCodes []int  `json:"cache_response_codes"`
	Timeout                int64  `json:"timeout"`
}

// TemplateMeta writes a body anew from a template.
type TemplateMeta struct {
	Disabled     bool         `json:"disabled"`
	Path         string       `json:"path"`
	Method       string       `json:"method"`
	TemplateData TemplateData `json:"template_data"`
}

// TransformJQMeta writes a body anew with jq.
type TransformJQMeta struct {
	Path   string `json:"path"`
	Method string `json:"method"`
	Filter string `json:"filter"`
}

// HeaderInjectionMeta adds and removes fields.
type HeaderInjectionMeta struct {
	Disabled      bool              `json:"disabled"`
	Path          string            `json:"path"`
	Method        string            `json:"method"`
	DeleteHeaders []string          `json:"delete_headers"`
	AddHeaders    map[string]string `json:"add_headers"`
	ActOnResponse bool              `json:"act_on"`
}

// HardTimeoutMeta limits how long the upstream may take.
type HardTimeoutMeta struct {
	Disabled        bool             `json:"disabled"`
	Path            string           `json:"path"`
	Method          string           `json:"method"`
	TimeOut         int              `json:"timeout"`
	TimeoutDuration ReadableDuration `json:"duration,omitempty"`
}

// CircuitBreakerMeta spares an upstream that fails.
type CircuitBreakerMeta struct {
	Disabled             bool    `json:"disabled"`
	Path                 string  `json:"path"`
	Method               string  `json:"method"`
	ThresholdPercent     float64 `json:"threshold_percent"`
	Samples              int64   `json:"samples"`
	ReturnToServiceAfter int     `json:"return_to_service_after"`
	DisableHalfOpenState bool    `json:"disable_half_open_state"`
}

// URLRewriteMeta asks the upstream for another URL.
type URLRewriteMeta struct {
	Disabled     bool             `json:"disabled"`
	Path         string           `json:"path"`
	Method       string           `json:"method"`
	MatchPattern string           `json:"match_pattern"`
	RewriteTo    string           `json:"rewrite_to"`
	Triggers     []RoutingTrigger `json:"triggers"`
}

// VirtualMeta answers from a script.
type VirtualMeta struct {
	Disabled             bool       `json:"disabled"`
	Path                 string     `json:"path"`
	Method               string     `json:"method"`
	ResponseFunctionName string     `json:"response_function_name"`
	FunctionSourceType   SourceMode `json:"function_source_type"`
	FunctionSourceURI    string     `json:"function_source_uri"`
	UseSession           bool       `json:"use_session"`
	ProxyOnError         bool       `json:"proxy_on_error"`
}

// GoPluginMeta calls a function of a plugin.
type GoPluginMeta struct {
	Disabled   bool   `json:"disabled"`
	Path       string `json:"path"`
	Method     string `json:"method"`
	PluginPath string `json:"plugin_path"`
	SymbolName string `json:"func_name"`
}

// RequestSizeMeta limits a body.
type RequestSizeMeta struct {
	Disabled  bool   `json:"disabled"`
	Path      string `json:"path"`
	Method    string `json:"method"`
	SizeLimit int64  `json:"size_limit"`
}

// MethodTransformMeta asks the upstream with another method.
type MethodTransformMeta struct {
	Disabled bool   `json:"disabled"`
	Path     string `json:"path"`
	Method   string `json:"method"`
	ToMethod string `json:"to_method"`
}

// TrackEndpointMeta is told of in analytics, or not.
type TrackEndpointMeta struct {
	Disabled bool   `json:"disabled"`
	Path     string `json:"path"`
	Method   string `json:"method"`
}

// ValidatePathMeta checks a body against a JSON schema.
type ValidatePathMeta struct {
	Disabled          bool                   `json:"disabled"`
	Path              string                 `json:"path"`
	Method            string                 `json:"method"`
	Schema            map[string]interface{} `json:"schema"`
	SchemaB64         string                 `json:"schema_b64,omitempty"`
	ErrorResponseCode int                    `json:"error_response_code"`
}

// ValidateRequestMeta checks a request against the OpenAPI document.
type ValidateRequestMeta struct {
	Path              string `json:"path"`
	Method            string `json:"method"`
	Enabled           bool   `json:"enabled"`
	ErrorResponseCode int    `json:"error_response_code"`
}

// InternalMeta is for the gateway's own requests.
type InternalMeta struct {
	Disabled bool   `json:"disabled"`
	Path     string `json:"path"`
	Method   string `json:"method"`
}

// RateLimitMeta limits the requests of all clients together.
type RateLimitMeta struct {
	Disabled bool    `json:"disabled"`
	Path     string  `json:"path"`
	Method   string  `json:"method"`
	Rate     float64 `json:"rate"`
	Per      float64 `json:"per"`
}

// EndpointMethodMeta is what a method of a path is answered.
type EndpointMethodMeta struct {
	Action  EndpointMethodAction `json:"action"`
	Code    int                  `json:"code"`
	Data    string               `json:"data"`
	Headers map[string]string    `json:"headers"`
}

// TemplateData is a template.
type TemplateData struct {
	Input          RequestInputType `json:"input_type"`
	Mode           SourceMode       `json:"template_mode"`
	EnableSession  bool             `json:"enable_session"`
	TemplateSource string           `json:"template_source"`
}

// RoutingTriggerOnType says whether all or any conditions have to hold.
type RoutingTriggerOnType string

// All and any.
const (
	All RoutingTriggerOnType = "all"
	Any RoutingTriggerOnType = "any"
)

// RoutingTrigger rewrites to a URL of its own under conditions.
type RoutingTrigger struct {
	On        RoutingTriggerOnType  `json:"on"`
	Options   RoutingTriggerOptions `json:"options"`
	RewriteTo string                `json:"rewrite_to"`
}

// RoutingTriggerOptions are the conditions.
type RoutingTriggerOptions struct {
	HeaderMatches         map[string]StringRegexMap `json:"header_matches"`
	QueryValMatches       map[string]StringRegexMap `json:"query_val_matches"`
	PathPartMatches       map[string]StringRegexMap `json:"path_part_matches"`
	SessionMetaMatches    map[string]StringRegexMap `json:"session_meta_matches"`
	RequestContextMatches map[string]StringRegexMap `json:"request_context_matches"`
	PayloadMatches        StringRegexMap            `json:"payload_matches"`
}

// StringRegexMap is a regular expression that has to match, or not.
type StringRegexMap struct {
	MatchPattern string `json:"match_rx"`
	Reverse      bool   `json:"reverse"`
}
