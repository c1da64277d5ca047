// Package apidef has API definitions as their files have them.
package apidef

import (
	"time"

	"github.com/TykTechnologies/tyk/internal/copying"
	"github.com/TykTechnologies/tyk/internal/members"
)

// APIDefinition is an API in Tyk's classic format. Members of its JSON that
// have no field here are kept.
type APIDefinition struct {
	// What it is called and where it is.
	Id                  string                 `json:"id,omitempty"`
	APIID               string                 `json:"api_id"`
	OrgID               string                 `json:"org_id"`
	Name                string                 `json:"name"`
	Slug                string                 `json:"slug"`
	Active              bool                   `json:"active"`
	Internal            bool                   `json:"internal"`
	IsOAS               bool                   `json:"is_oas,omitempty"`
	Protocol            string                 `json:"protocol"`
	ListenPort          int                    `json:"listen_port"`
	EnableProxyProtocol bool                   `json:"enable_proxy_protocol"`
	Domain              string                 `json:"domain"`
	DomainDisabled      bool                   `json:"domain_disabled,omitempty"`
	Certificates        []string               `json:"certificates"`
	Expiration          string                 `json:"expiration,omitempty"`
	ExpirationTs        time.Time              `json:"-"`
	JsonRpcVersion      string                 `json:"json_rpc_version,omitempty"`
	ApplicationProtocol string                 `json:"application_protocol,omitempty"`
	Tags                []string               `json:"tags"`
	TagsDisabled        bool                   `json:"tags_disabled,omitempty"`
	Proxy               ProxyConfig            `json:"proxy"`
	VersionDefinition   VersionDefinition      `json:"definition"`
	VersionData         VersionData            `json:"version_data"`
	VersionName         string                 `json:"-"`
	ConfigData          map[string]interface{} `json:"config_data"`
	ConfigDataDisabled  bool                   `json:"config_data_disabled"`

	// Who may use it.
	UseKeylessAccess           bool                  `json:"use_keyless"`
	UseStandardAuth            bool                  `json:"use_standard_auth"`
	Auth                       AuthConfig            `json:"auth"`
	AuthConfigs                map[string]AuthConfig `json:"auth_configs"`
	BaseIdentityProvidedBy     AuthTypeEnum          `json:"base_identity_provided_by"`
	StripAuthData              bool                  `json:"strip_auth_data"`
	CustomPluginAuthEnabled    bool                  `json:"custom_plugin_auth_enabled"`
	UseGoPluginAuth            bool                  `json:"use_go_plugin_auth"`
	EnableCoProcessAuth        bool                  `json:"enable_coprocess_auth"`
	SecurityRequirements       [][]string            `json:"security_requirements,omitempty"`
	SecurityRequirementScopes  []map[string][]string `json:"security_requirement_scopes,omitempty"`
	UseMutualTLSAuth           bool                  `json:"use_mutual_tls_auth"`
	ClientCertificates         []string              `json:"client_certificates"`
	UseBasicAuth               bool                  `json:"use_basic_auth"`
	BasicAuth                  BasicAuthMeta         `json:"basic_auth"`
	EnableSignatureChecking    bool                  `json:"enable_signature_checking"`
	HmacAllowedClockSkew       float64               `json:"hmac_allowed_clock_skew"`
	HmacAllowedAlgorithms      []string              `json:"hmac_allowed_algorithms"`
	UseOauth2                  bool                  `json:"use_oauth2"`
	Oauth2Meta                 OAuth2Meta            `json:"oauth_meta"`
	NotificationsDetails       NotificationsManager  `json:"notifications"`
	ExternalOAuth              ExternalOAuth         `json:"external_oauth"`
	UseOpenID                  bool                  `json:"use_openid"`
	OpenIDOptions              OpenIDOptions         `json:"openid_options"`
	EnableJWT                  bool                  `json:"enable_jwt"`
	JWTSigningMethod           string                `json:"jwt_signing_method"`
	JWTSource                  string                `json:"jwt_source"`
	JWTJwksURIs                []JWK                 `json:"jwt_jwks_uris"`
	JWTIdentityBaseField       string                `json:"jwt_identity_base_field"`
	JWTClientIDBaseField       string                `json:"jwt_client_base_field"`
	JWTPolicyFieldName         string                `json:"jwt_policy_field_name"`
	JWTDefaultPolicies         []string              `json:"jwt_default_policies"`
	JWTIssuedAtValidationSkew  uint64                `json:"jwt_issued_at_validation_skew"`
	JWTExpiresAtValidationSkew uint64                `json:"jwt_expires_at_validation_skew"`
	JWTNotBeforeValidationSkew uint64                `json:"jwt_not_before_validation_skew"`
	JWTSkipKid                 bool                  `json:"jwt_skip_kid"`
	JWTScopeToPolicyMapping    map[string]string     `json:"jwt_scope_to_policy_mapping"`
	JWTScopeClaimName          string                `json:"jwt_scope_claim_name"`
	Scopes                     Scopes                `json:"scopes,omitempty"`
	IDPClientIDMappingDisabled bool                  `json:"idp_client_id_mapping_disabled"`
	AuthProvider               AuthProviderMeta      `json:"auth_provider"`
	SessionProvider            SessionProviderMeta   `json:"session_provider"`
	AllowedIPs                 []string              `json:"allowed_ips"`
	EnableIpWhiteListing       bool                  `json:"enable_ip_whitelisting"`
	BlacklistedIPs             []string              `json:"blacklisted_ips"`
	EnableIpBlacklisting       bool                  `json:"enable_ip_blacklisting"`
	IPAccessControlDisabled    bool                  `json:"ip_access_control_disabled"`

	// How much, and for how long.
	DisableRateLimit                     bool            `json:"disable_rate_limit"`
	DisableQuota                         bool            `json:"disable_quota"`
	GlobalRateLimit                      GlobalRateLimit `json:"global_rate_limit"`
	DontSetQuotasOnCreate                bool            `json:"dont_set_quota_on_create"`
	SessionLifetime                      int64           `json:"session_lifetime"`
	SessionLifetimeRespectsKeyExpiration bool            `json:"session_lifetime_respects_key_expiration,omitempty"`

	// What is done on the way.
	CustomMiddleware               MiddlewareSection   `json:"custom_middleware"`
	CustomMiddlewareBundle         string              `json:"custom_middleware_bundle"`
	CustomMiddlewareBundleDisabled bool                `json:"custom_middleware_bundle_disabled"`
	ResponseProcessors             []ResponseProcessor `json:"response_processors"`
	CORS                           CORSConfig          `json:"CORS"`
	CacheOptions                   CacheOptions        `json:"cache_options"`
	EnableContextVars              bool                `json:"enable_context_vars"`
	EnableBatchRequestSupport      bool                `json:"enable_batch_request_support"`
	GraphQL                        GraphQLConfig       `json:"graphql"`
	ErrorOverrides                 ErrorOverridesMap   `json:"error_overrides"`
	ErrorOverridesDisabled         bool                `json:"error_overrides_disabled"`

	// How the upstream is asked.
	UpstreamCertificates         map[string]string  `json:"upstream_certificates"`
	UpstreamCertificatesDisabled bool               `json:"upstream_certificates_disabled,omitempty"`
	PinnedPublicKeys             map[string]string  `json:"pinned_public_keys"`
	CertificatePinningDisabled   bool               `json:"certificate_pinning_disabled,omitempty"`
	RequestSigning               RequestSigningMeta `json:"request_signing"`
	UpstreamAuth                 UpstreamAuth       `json:"upstream_auth"`
	UptimeTests                  UptimeTests        `json:"uptime_tests"`

	// What is told of it.
	DoNotTrack              bool                   `json:"do_not_track"`
	EnableDetailedRecording bool                   `json:"enable_detailed_recording"`
	DetailedTracing         bool                   `json:"detailed_tracing"`
	TagHeaders              []string               `json:"tag_headers"`
	ExpireAnalyticsAfter    int64                  `json:"expire_analytics_after"`
	AnalyticsPlugin         AnalyticsPluginConfig  `json:"analytics_plugin,omitempty"`
	EventHandlers           EventHandlerMetaConfig `json:"event_handlers"`

	unknown members.Unknown
}

type plainDefinition APIDefinition

// UnmarshalJSON reads a definition.
func (a *APIDefinition) UnmarshalJSON(data []byte) error {
	unknown, err := members.Read(data, (*plainDefinition)(a))
	a.unknown = unknown
	return err
}

// MarshalJSON writes it, with what was not known.
func (a APIDefinition) MarshalJSON() ([]byte, error) {
	return members.Write(plainDefinition(a), a.unknown)
}

// Clone returns a copy that shares nothing with it.
func (a *APIDefinition) Clone() *APIDefinition { return copying.Of(a) }

// GetAPIDomain is the domain, or nothing when it is disabled.
func (a *APIDefinition) GetAPIDomain() string {
	if a.DomainDisabled {
		return ""
	}
	return a.Domain
}
