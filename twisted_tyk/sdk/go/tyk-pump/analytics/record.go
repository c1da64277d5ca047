// Package analytics has the record of a request, for analytics functions.
package analytics

import (
	"encoding/json"
	"time"
)

// AnalyticsRecord is what is told of a request and its answer. RawRequest and
// RawResponse are base64 of the messages as they went over the wire, where
// they are recorded. Members that the gateway sends beside these are kept.
type AnalyticsRecord struct {
	Method         string       `json:"method"`
	Host           string       `json:"host"`
	Path           string       `json:"path"`
	RawPath        string       `json:"raw_path"`
	OriginalPath   string       `json:"original_path,omitempty"`
	ListenPath     string       `json:"listen_path,omitempty"`
	ContentLength  int64        `json:"content_length"`
	UserAgent      string       `json:"user_agent"`
	Day            int          `json:"day"`
	Month          time.Month   `json:"month"`
	Year           int          `json:"year"`
	Hour           int          `json:"hour"`
	ResponseCode   int          `json:"response_code"`
	APIKey         string       `json:"api_key"`
	TimeStamp      time.Time    `json:"timestamp"`
	APIVersion     string       `json:"api_version"`
	APIName        string       `json:"api_name"`
	APIID          string       `json:"api_id"`
	OrgID          string       `json:"org_id"`
	OauthID        string       `json:"oauth_id"`
	RequestTime    int64        `json:"request_time"`
	Latency        Latency      `json:"latency"`
	RawRequest     string       `json:"raw_request"`
	RawResponse    string       `json:"raw_response"`
	IPAddress      string       `json:"ip_address"`
	Geo            GeoData      `json:"geo"`
	Network        NetworkStats `json:"network"`
	Tags           []string     `json:"tags"`
	Alias          string       `json:"alias"`
	TrackPath      bool         `json:"track_path"`
	ExpireAt       time.Time    `json:"expireAt"`
	ApiSchema      string       `json:"api_schema"`
	GraphQLStats   GraphQLStats `json:"graphql_stats"`
	MCPStats       MCPStats     `json:"mcp_stats"`
	CollectionName string       `json:"-"`

	unknown map[string]json.RawMessage
}

// SetExpiry sets ExpireAt to so many seconds from now; 0 is a hundred years.
func (a *AnalyticsRecord) SetExpiry(expiresInSeconds int64) {
	if expiresInSeconds == 0 {
		a.ExpireAt = time.Now().AddDate(100, 0, 0)
		return
	}
	a.ExpireAt = time.Now().Add(time.Duration(expiresInSeconds) * time.Second)
}

// Latency is in milliseconds.
type Latency struct {
	Total    int64 `json:"total"`
	Upstream int64 `json:"upstream"`
	Gateway  int64 `json:"gateway"`
}

// GeoData is where the client is.
type GeoData struct {
	Country  Country  `json:"country"`
	City     City     `json:"city"`
	Location Location `json:"location"`
}

// Country is a country.
type Country struct {
	ISOCode string `json:"iso_code"`
}

// City is a town and its names by language.
type City struct {
	GeoNameID uint              `json:"geoname_id"`
	Names     map[string]string `json:"names"`
}

// Location is a point and its time zone.
type Location struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
	TimeZone  string  `json:"time_zone"`
}

// NetworkStats is about connections that are not HTTP.
type NetworkStats struct {
	OpenConnections  int64 `json:"open_connections"`
	ClosedConnection int64 `json:"closed_connections"`
	BytesIn          int64 `json:"bytes_in"`
	BytesOut         int64 `json:"bytes_out"`
}

// GraphQLStats is about a GraphQL request.
type GraphQLStats struct {
	IsGraphQL     bool                `json:"is_graphql"`
	Types         map[string][]string `json:"types"`
	RootFields    []string            `json:"root_fields"`
	Variables     string              `json:"variables"`
	OperationType int                 `json:"operation_type"`
	HasErrors     bool                `json:"has_errors"`
	Errors        []GraphError        `json:"errors"`
}

// GraphError is an error of a GraphQL answer.
type GraphError struct {
	Message string        `json:"message"`
	Path    []interface{} `json:"path"`
}

// MCPStats is about a request of the Model Context Protocol.
type MCPStats struct {
	IsMCP         bool   `json:"is_mcp"`
	JSONRPCMethod string `json:"jsonrpc_method"`
	PrimitiveType string `json:"primitive_type"`
	PrimitiveName string `json:"primitive_name"`
	ErrorCode     int    `json:"error_code"`
}
