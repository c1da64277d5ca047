package apidef

import (
	"encoding/json"
	"time"

	"github.com/TykTechnologies/tyk/internal/members"
)

// Places of a version's name, and what stands for the API itself.
const (
	HeaderLocation       = "header"
	URLParamLocation     = "url-param"
	URLLocation          = "url"
	Self                 = "self"
	DefaultAPIVersionKey = "x-api-version"
	ExpirationTimeFormat = "2006-01-02 15:04"
)

// VersionDefinition says how a version is asked for.
type VersionDefinition struct {
	Enabled              bool              `json:"enabled"`
	Name                 string            `json:"name"`
	Default              string            `json:"default"`
	Location             string            `json:"location"`
	Key                  string            `json:"key"`
	StripPath            bool              `json:"strip_path"`
	StripVersioningData  bool              `json:"strip_versioning_data"`
	UrlVersioningPattern string            `json:"url_versioning_pattern"`
	FallbackToDefault    bool              `json:"fallback_to_default"`
	Versions             map[string]string `json:"versions"`
	BaseID               string            `json:"-"`
}

// VersionData are the versions.
type VersionData struct {
	NotVersioned   bool                   `json:"not_versioned"`
	DefaultVersion string                 `json:"default_version"`
	Versions       map[string]VersionInfo `json:"versions"`
}

// VersionInfo is one version.
type VersionInfo struct {
	Name      string    `json:"name"`
	Expires   string    `json:"expires"`
	ExpiresTs time.Time `json:"-"`
	Paths     struct {
		Ignored   []string `json:"ignored"`
		WhiteList []string `json:"white_list"`
		BlackList []string `json:"black_list"`
	} `json:"paths"`
	UseExtendedPaths              bool              `json:"use_extended_paths"`
	ExtendedPaths                 ExtendedPathsSet  `json:"extended_paths"`
	GlobalHeaders                 map[string]string `json:"global_headers"`
	GlobalHeadersRemove           []string          `json:"global_headers_remove"`
	GlobalHeadersDisabled         bool              `json:"global_headers_disabled"`
	GlobalResponseHeaders         map[string]string `json:"global_response_headers"`
	GlobalResponseHeadersRemove   []string          `json:"global_response_headers_remove"`
	GlobalResponseHeadersDisabled bool              `json:"global_response_headers_disabled"`
	IgnoreEndpointCase            bool              `json:"ignore_endpoint_case"`
	GlobalSizeLimit               int64             `json:"global_size_limit"`
	GlobalSizeLimitDisabled       bool              `json:"global_size_limit_disabled"`
	GlobalEnforceTimeout          ReadableDuration  `json:"global_enforce_timeout,omitempty"`
	GlobalEnforceTimeoutDisabled  bool              `json:"global_enforce_timeout_disabled"`
	OverrideTarget                string            `json:"override_target"`

	unknown members.Unknown
}

type plainVersion VersionInfo

// UnmarshalJSON reads it.
func (v *VersionInfo) UnmarshalJSON(data []byte) error {
	unknown, err := members.Read(data, (*plainVersion)(v))
	v.unknown = unknown
	return err
}

// MarshalJSON writes it, with what was not known.
func (v VersionInfo) MarshalJSON() ([]byte, error) {
	return members.Write(plainVersion(v), v.unknown)
}

// ErrorOverridesMap are answers in place of the gateway's own, by status, as
// they came.
type ErrorOverridesMap map[string]json.RawMessage
