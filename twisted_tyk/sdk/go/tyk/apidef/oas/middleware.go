package oas

import (
	"github.com/TykTechnologies/tyk/apidef"
	"github.com/TykTechnologies/tyk/internal/members"
)

// Middleware is what is done on the way.
type Middleware struct {
	Global     *Global    `json:"global,omitempty"`
	Operations Operations `json:"operations,omitempty"`

	unknown members.Unknown
}

type plainMiddleware Middleware

// UnmarshalJSON reads it.
func (v *Middleware) UnmarshalJSON(data []byte) error {
	unknown, err := members.Read(data, (*plainMiddleware)(v))
	v.unknown = unknown
	return err
}

// MarshalJSON writes it, with what was not known.
func (v Middleware) MarshalJSON() ([]byte, error) {
	return members.Write(plainMiddleware(v), v.unknown)
}

// Global is what is done with every request.
type Global struct {
	PluginConfig              *PluginConfig     `json:"pluginConfig,omitempty"`
	CORS                      *CORS             `json:"cors,omitempty"`
	PrePlugin                 *PluginList       `json:"prePlugin,omitempty"`
	PrePlugins                CustomPlugins     `json:"prePlugins,omitempty"`
	PostAuthenticationPlugin  *PluginList       `json:"postAuthenticationPlugin,omitempty"`
	PostAuthenticationPlugins CustomPlugins     `json:"postAuthenticationPlugins,omitempty"`
	PostPlugin                *PluginList       `json:"postPlugin,omitempty"`
	PostPlugins               CustomPlugins     `json:"postPlugins,omitempty"`
	ResponsePlugin            *PluginList       `json:"responsePlugin,omitempty"`
	ResponsePlugins           CustomPlugins     `json:"responsePlugins,omitempty"`
	Cache                     *Cache            `json:"cache,omitempty"`
	TransformRequestHeaders   *TransformHeaders `json:"transformRequestHeaders,omitempty"`
	TransformResponseHeaders  *TransformHeaders `json:"transformResponseHeaders,omitempty"`
	ContextVariables          *ContextVariables `json:"contextVariables,omitempty"`
	TrafficLogs               *TrafficLogs      `json:"trafficLogs,omitempty"`
	RequestSizeLimit          *RequestSizeLimit `json:"requestSizeLimit,omitempty"`
	IgnoreCase                *IgnoreCase       `json:"ignoreCase,omitempty"`
	SkipRateLimit             bool              `json:"skipRateLimit,omitempty"`
	SkipQuota                 bool              `json:"skipQuota,omitempty"`
	SkipQuotaReset            bool              `json:"skipQuotaReset,omitempty"`

	unknown members.Unknown
}

type plainGlobal Global

// UnmarshalJSON reads it.
func (v *Global) UnmarshalJSON(data []byte) error {
	unknown, err := members.Read(data, (*plainGlobal)(v))
	v.unknown = unknown
	return err
}

// MarshalJSON writes it, with what was not known.
func (v Global) MarshalJSON() ([]byte, error) {
	return members.Write(plainGlobal(v), v.unknown)
}

// PluginConfig is what hooks are run with.
type PluginConfig struct {
	Driver apidef.MiddlewareDriver `json:"driver,omitempty"`
	Bundle *PluginBundle           `json:"bundle,omitempty"`
	Data   *PluginConfigData       `json:"data,omitempty"`
}

// PluginConfigData are settings for hooks.
type PluginConfigData struct {
	Enabled bool                   `json:"enabled"`
	Value   map[string]interface{} `json:"value"`
}

// PluginBundle is where hooks come from.
type PluginBundle struct {
	Enabled bool   `json:"enabled"`
	Path    string `json:"path"`
}

// CustomPlugins are hooks in order.
type CustomPlugins []CustomPlugin

// CustomPlugin is one of them.
type CustomPlugin struct {
	Enabled        bool   `json:"enabled"`
	FunctionName   string `json:"functionName"`
	Path           string `json:"path"`
	Code           string `json:"code,omitempty"`
	RawBodyOnly    bool   `json:"rawBodyOnly,omitempty"`
	RequireSession bool   `json:"requireSession,omitempty"`

	unknown members.Unknown
}

type plainCustomPlugin CustomPlugin

// UnmarshalJSON reads it.
func (v *CustomPlugin) UnmarshalJSON(data []byte) error {
	unknown, err := members.Read(data, (*plainCustomPlugin)(v))
	v.unknown = unknown
	return err
}

// MarshalJSON writes it, with what was not known.
func (v CustomPlugin) MarshalJSON() ([]byte, error) {
	return members.Write(plainCustomPlugin(v), v.unknown)
}

// PluginList is the older form of CustomPlugins.
type PluginList struct {
	Plugins CustomPlugins `json:"plugins,omitempty"`
}

// The older forms' names.
type (
	PrePlugin                = PluginList
	PostAuthenticationPlugin = PluginList
	PostPlugin               = PluginList
	ResponsePlugin           = PluginList
)
