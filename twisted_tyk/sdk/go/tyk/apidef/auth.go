package apidef

import (
	"encoding/json"
	"time"

	"github.com/TykTechnologies/tyk/internal/members"
)

// AuthTypeEnum is a way to know a client.
type AuthTypeEnum string

// The ways.
const (
	AuthTypeNone  AuthTypeEnum = ""
	UnsetAuth     AuthTypeEnum = ""
	AuthToken     AuthTypeEnum = "auth_token"
	CustomAuth    AuthTypeEnum = "custom_auth"
	HMACKey       AuthTypeEnum = "hmac_key"
	BasicAuthUser AuthTypeEnum = "basic_auth_user"
	JWTClaim      AuthTypeEnum = "jwt_claim"
	OIDCUser      AuthTypeEnum = "oidc_user"
	OAuthKey      AuthTypeEnum = "oauth_key"
)

// Keys of AuthConfigs.
const (
	AuthTokenType     = "authToken"
	BasicType         = "basic"
	CoprocessType     = "coprocess"
	ExternalOAuthType = "externalOAuth"
	HMACType          = "hmac"
	JWTType           = "jwt"
	OAuthType         = "oauth"
	OIDCType          = "oidc"
)

// AuthConfig says where a client shows who it is.
type AuthConfig struct {
	Name              string          `json:"name"`
	DisableHeader     bool            `json:"disable_header"`
	AuthHeaderName    string          `json:"auth_header_name"`
	UseParam          bool            `json:"use_param"`
	ParamName         string          `json:"param_name"`
	UseCookie         bool            `json:"use_cookie"`
	CookieName        string          `json:"cookie_name"`
	UseCertificate    bool            `json:"use_certificate"`
	ValidateSignature bool            `json:"validate_signature"`
	Signature         SignatureConfig `json:"signature,omitempty"`
}

// SignatureConfig says how a token's signature is checked.
type SignatureConfig struct {
	Algorithm        string `json:"algorithm"`
	Header           string `json:"header"`
	UseParam         bool   `json:"use_param"`
	ParamName        string `json:"param_name"`
	Secret           string `json:"secret"`
	AllowedClockSkew int64  `json:"allowed_clock_skew"`
	ErrorCode        int    `json:"error_code"`
	ErrorMessage     string `json:"error_message"`
}

// AuthSource is a place where a token is.
type AuthSource struct {
	Enabled bool   `json:"enabled"`
	Name    string `json:"name"`
}

// IsEnabled says whether the place is looked at.
func (a AuthSource) IsEnabled() bool { return a.Enabled }

// AuthKeyName is the name of the place.
func (a AuthSource) AuthKeyName() string { return a.Name }

// BasicAuthMeta is about basic authentication.
type BasicAuthMeta struct {
	DisableCaching     bool   `json:"disable_caching"`
	CacheTTL           int    `json:"cache_ttl"`
	ExtractFromBody    bool   `json:"extract_from_body"`
	BodyUserRegexp     string `json:"body_user_regexp"`
	BodyPasswordRegexp string `json:"body_password_regexp"`
}

// OAuth2Meta is about the gateway's own OAuth 2.0 tokens.
type OAuth2Meta struct {
	AllowedAccessTypes     []string `json:"allowed_access_types"`
	AllowedAuthorizeTypes  []string `json:"allowed_authorize_types"`
	AuthorizeLoginRedirect string   `json:"auth_login_redirect"`
}

// NotificationsManager says who is told of new OAuth 2.0 keys.
type NotificationsManager struct {
	SharedSecret      string `json:"shared_secret"`
	OAuthKeyChangeURL string `json:"oauth_on_keychange_url"`
}

// ExternalOAuth are tokens of others; its providers are as they came.
type ExternalOAuth struct {
	Enabled   bool              `json:"enabled"`
	Providers []json.RawMessage `json:"providers"`
}

// OpenIDOptions are identities of others.
type OpenIDOptions struct {
	Providers         []OIDProviderConfig `json:"providers"`
	SegregateByClient bool                `json:"segregate_by_client"`
}

// OIDProviderConfig is one who issues identities.
type OIDProviderConfig struct {
	Issuer    string            `json:"issuer"`
	ClientIDs map[string]string `json:"client_ids"`
}

// Scopes give policies to scopes of tokens.
type Scopes struct {
	JWT  ScopeClaim `json:"jwt,omitempty"`
	OIDC ScopeClaim `json:"oidc,omitempty"`
}

// ScopeClaim is where scopes are in a token.
type ScopeClaim struct {
	ScopeClaimName string            `json:"scope_claim_name,omitempty"`
	ScopeToPolicy  map[string]string `json:"scope_to_policy,omitempty"`
}

// JWK is where keys of tokens are published.
type JWK struct {
	URL          string           `json:"url"`
	CacheTimeout ReadableDuration `json:"cache_timeout"`
}

// AuthProviderMeta and SessionProviderMeta are about stores.
type (
	AuthProviderMeta struct {
		Name          string                 `json:"name"`
		StorageEngine string                 `json:"storage_engine"`
		Meta          map[string]interface{} `json:"meta"`
	}
	SessionProviderMeta struct {
		Name          string                 `json:"name"`
		StorageEngine string                 `json:"storage_engine"`
		Meta          map[string]interface{} `json:"meta"`
	}
)

// GlobalRateLimit is a limit for all clients together.
type GlobalRateLimit struct {
	Disabled bool    `json:"disabled"`
	Rate     float64 `json:"rate"`
	Per      float64 `json:"per"`
}

// RateLimitSmoothing lets a limit grow and shrink with the traffic.
type RateLimitSmoothing struct {
	Enabled   bool    `json:"enabled"`
	Threshold int64   `json:"threshold"`
	Trigger   float64 `json:"trigger"`
	Step      int64   `json:"step"`
	Delay     int64   `json:"delay"`
}

// GraphQLConfig is about GraphQL; what has no field here is kept.
type GraphQLConfig struct {
	Enabled          bool       `json:"enabled"`
	ExecutionMode    string     `json:"execution_mode"`
	Version          string     `json:"version"`
	Schema           string     `json:"schema"`
	LastSchemaUpdate *time.Time `json:"last_schema_update,omitempty"`

	unknown members.Unknown
}

type plainGraphQL GraphQLConfig

// UnmarshalJSON reads it.
func (g *GraphQLConfig) UnmarshalJSON(data []byte) error {
	unknown, err := members.Read(data, (*plainGraphQL)(g))
	g.unknown = unknown
	return err
}

// MarshalJSON writes it, with what was not known.
func (g GraphQLConfig) MarshalJSON() ([]byte, error) {
	return members.Write(plainGraphQL(g), g.unknown)
}
