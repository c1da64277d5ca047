package oas

import "github.com/TykTechnologies/tyk/internal/members"

// XTykAPIGateway is what an OpenAPI document says to the gateway. What has no field
// here or below is kept.
type XTykAPIGateway struct {
	Info       Info        `json:"info"`
	Upstream   Upstream    `json:"upstream"`
	Server     Server      `json:"server"`
	Middleware *Middleware `json:"middleware,omitempty"`

	unknown members.Unknown
}

type plainXTykAPIGateway XTykAPIGateway

// UnmarshalJSON reads it.
func (v *XTykAPIGateway) UnmarshalJSON(data []byte) error {
	unknown, err := members.Read(data, (*plainXTykAPIGateway)(v))
	v.unknown = unknown
	return err
}

// MarshalJSON writes it, with what was not known.
func (v XTykAPIGateway) MarshalJSON() ([]byte, error) {
	return members.Write(plainXTykAPIGateway(v), v.unknown)
}

// Info is what the API is called.
type Info struct {
	ID         string      `json:"id,omitempty"`
	DBID       string      `json:"dbId,omitempty"`
	OrgID      string      `json:"orgId,omitempty"`
	Name       string      `json:"name"`
	Expiration string      `json:"expiration,omitempty"`
	State      State       `json:"state"`
	Versioning *Versioning `json:"versioning,omitempty"`

	unknown members.Unknown
}

type plainInfo Info

// UnmarshalJSON reads it.
func (v *Info) UnmarshalJSON(data []byte) error {
	unknown, err := members.Read(data, (*plainInfo)(v))
	v.unknown = unknown
	return err
}

// MarshalJSON writes it, with what was not known.
func (v Info) MarshalJSON() ([]byte, error) {
	return members.Write(plainInfo(v), v.unknown)
}

// State says whether it is served.
type State struct {
	Active   bool `json:"active"`
	Internal bool `json:"internal,omitempty"`
}

// Versioning says how a version is asked for.
type Versioning struct {
	Enabled              bool          `json:"enabled"`
	Name                 string        `json:"name,omitempty"`
	Default              string        `json:"default"`
	Location             string        `json:"location"`
	Key                  string        `json:"key,omitempty"`
	Versions             []VersionToID `json:"versions"`
	StripVersioningData  bool          `json:"stripVersioningData,omitempty"`
	UrlVersioningPattern string        `json:"urlVersioningPattern,omitempty"`
	FallbackToDefault    bool          `json:"fallbackToDefault,omitempty"`
}

// VersionToID is a version's name and API.
type VersionToID struct {
	Name string `json:"name"`
	ID   string `json:"id"`
}

// XTykStreaming is what a document says of streams, as it came.
type XTykStreaming struct {
	Info       Info                   `json:"info"`
	Server     Server                 `json:"server"`
	Streams    map[string]interface{} `json:"streams"`
	Middleware *Middleware            `json:"middleware,omitempty"`
}
