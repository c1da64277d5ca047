package apidef

import "github.com/TykTechnologies/tyk/internal/members"

// A MiddlewareDriver runs hooks.
type MiddlewareDriver string

// The drivers that Tyk has.
const (
	OttoDriver       MiddlewareDriver = "otto"
	JavaScriptDriver MiddlewareDriver = "javascript"
	PythonDriver     MiddlewareDriver = "python"
	LuaDriver        MiddlewareDriver = "lua"
	GrpcDriver       MiddlewareDriver = "grpc"
	GoPluginDriver   MiddlewareDriver = "goplugin"
)

// IdExtractorSource and IdExtractorType say where an id is and how it is found.
type (
	IdExtractorSource string
	IdExtractorType   string
)

// The sources and ways.
const (
	BodySource        IdExtractorSource = "body"
	HeaderSource      IdExtractorSource = "header"
	QuerystringSource IdExtractorSource = "querystring"
	FormSource        IdExtractorSource = "form"

	ValueExtractor IdExtractorType = "value"
	XPathExtractor IdExtractorType = "xpath"
	RegexExtractor IdExtractorType = "regex"
)

// MiddlewareSection are the hooks of an API.
type MiddlewareSection struct {
	Pre         []MiddlewareDefinition `json:"pre"`
	AuthCheck   MiddlewareDefinition   `json:"auth_check"`
	PostKeyAuth []MiddlewareDefinition `json:"post_key_auth"`
	Post        []MiddlewareDefinition `json:"post"`
	Response    []MiddlewareDefinition `json:"response"`
	TrafficLogs MiddlewareDefinition   `json:"traffic_logs"`
	Driver      MiddlewareDriver       `json:"driver"`
	IdExtractor MiddlewareIdExtractor  `json:"id_extractor"`
}

// MiddlewareDefinition is one hook.
type MiddlewareDefinition struct {
	Disabled       bool   `json:"disabled"`
	Name           string `json:"name"`
	Path           string `json:"path"`
	Code           string `json:"code,omitempty"`
	RequireSession bool   `json:"require_session"`
	RawBodyOnly    bool   `json:"raw_body_only"`

	unknown members.Unknown
}

type plainMiddleware MiddlewareDefinition

// UnmarshalJSON reads it.
func (m *MiddlewareDefinition) UnmarshalJSON(data []byte) error {
	unknown, err := members.Read(data, (*plainMiddleware)(m))
	m.unknown = unknown
	return err
}

// MarshalJSON writes it, with what was not known.
func (m MiddlewareDefinition) MarshalJSON() ([]byte, error) {
	return members.Write(plainMiddleware(m), m.unknown)
}

// MiddlewareIdExtractor finds the id of a client before its hook is asked.
type MiddlewareIdExtractor struct {
	Disabled        bool                   `json:"disabled"`
	ExtractFrom     IdExtractorSource      `json:"extract_from"`
	ExtractWith     IdExtractorType        `json:"extract_with"`
	ExtractorConfig map[string]interface{} `json:"extractor_config"`
}

// AnalyticsPluginConfig is the function that records are given to.
type AnalyticsPluginConfig struct {
	Enabled    bool   `json:"enable,omitempty"`
	PluginPath string `json:"plugin_path,omitempty"`
	FuncName   string `json:"func_name,omitempty"`
}

// BundleManifest is the manifest of a bundle of hooks.
type BundleManifest struct {
	FileList         []string          `json:"file_list"`
	CustomMiddleware MiddlewareSection `json:"custom_middleware"`
	Checksum         string            `json:"checksum"`
	Signature        string            `json:"signature"`
}

// ResponseProcessor is a step on the way back.
type ResponseProcessor struct {
	Name    string      `json:"name"`
	Options interface{} `json:"options"`
}

// TykEvent and TykEventHandlerName are names.
type (
	TykEvent            string
	TykEventHandlerName string
)

// EventHandlerMetaConfig says what is done at which event.
type EventHandlerMetaConfig struct {
	Events map[TykEvent][]EventHandlerTriggerConfig `json:"events"`
}

// EventHandlerTriggerConfig is one thing to do.
type EventHandlerTriggerConfig struct {
	Handler     TykEventHandlerName    `json:"handler_name"`
	HandlerMeta map[string]interface{} `json:"handler_meta"`
}

// CORSConfig is how browsers may ask from other sites.
type CORSConfig struct {
	Enable             bool     `json:"enable"`
	AllowedOrigins     []string `json:"allowed_origins"`
	AllowedMethods     []string `json:"allowed_methods"`
	AllowedHeaders     []string `json:"allowed_headers"`
	ExposedHeaders     []string `json:"exposed_headers"`
	AllowCredentials   bool     `json:"allow_credentials"`
	MaxAge             int      `json:"max_age"`
	OptionsPassthrough bool     `json:"options_passthrough"`
	Debug              bool     `json:"debug"`
}

// CacheOptions say what is kept for how long.
type CacheOptions struct {
	EnableCache                bool     `json:"enable_cache"`
	CacheTimeout               int64    `json:"cache_timeout"`
	CacheAllSafeRequests       bool     `json:"cache_all_safe_requests"`
	CacheOnlyResponseCodes     []int    `json:"cache_response_codes"`
	CacheByHeaders             []string `json:"cache_by_headers"`
	EnableUpstreamCacheControl bool     `json:"enable_upstream_cache_control"`
	CacheControlTTLHeader      string   `json:"cache_control_ttl_header"`
}
