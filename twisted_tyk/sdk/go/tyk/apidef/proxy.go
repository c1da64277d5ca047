package apidef

import "github.com/TykTechnologies/tyk/internal/members"

// ProxyConfig says where the API is and where its upstream.
type ProxyConfig struct {
	ListenPath                  string                        `json:"listen_path"`
	TargetURL                   string                        `json:"target_url"`
	StripListenPath             bool                          `json:"strip_listen_path"`
	DisableStripSlash           bool                          `json:"disable_strip_slash"`
	PreserveHostHeader          bool                          `json:"preserve_host_header"`
	EnableLoadBalancing         bool                          `json:"enable_load_balancing"`
	Targets                     []string                      `json:"target_list"`
	StructuredTargetList        *HostList                     `json:"-"`
	CheckHostAgainstUptimeTests bool                          `json:"check_host_against_uptime_tests"`
	ServiceDiscovery            ServiceDiscoveryConfiguration `json:"service_discovery"`
	Transport                   ProxyTransport                `json:"transport"`

	unknown members.Unknown
}

// ProxyTransport says how connections to the upstream are made.
type ProxyTransport struct {
	SSLInsecureSkipVerify   bool     `json:"ssl_insecure_skip_verify"`
	SSLCipherSuites         []string `json:"ssl_ciphers"`
	SSLMinVersion           uint16   `json:"ssl_min_version"`
	SSLMaxVersion           uint16   `json:"ssl_max_version"`
	SSLForceCommonNameCheck bool     `json:"ssl_force_common_name_check"`
	ProxyURL                string   `json:"proxy_url"`
}

type plainProxy ProxyConfig

// UnmarshalJSON reads it.
func (p *ProxyConfig) UnmarshalJSON(data []byte) error {
	unknown, err := members.Read(data, (*plainProxy)(p))
	p.unknown = unknown
	if err == nil && len(p.Targets) > 0 {
		p.StructuredTargetList = NewHostListFromList(p.Targets)
	}
	return err
}

// MarshalJSON writes it, with what was not known.
func (p ProxyConfig) MarshalJSON() ([]byte, error) {
	return members.Write(plainProxy(p), p.unknown)
}

// ServiceDiscoveryConfiguration says where the upstream's hosts are listed.
type ServiceDiscoveryConfiguration struct {
	UseDiscoveryService bool   `json:"use_discovery_service"`
	QueryEndpoint       string `json:"query_endpoint"`
	UseNestedQuery      bool   `json:"use_nested_query"`
	ParentDataPath      string `json:"parent_data_path"`
	DataPath            string `json:"data_path"`
	PortDataPath        string `json:"port_data_path"`
	TargetPath          string `json:"target_path"`
	UseTargetList       bool   `json:"use_target_list"`
	CacheDisabled       bool   `json:"cache_disabled"`
	CacheTimeout        int64  `json:"cache_timeout"`
	EndpointReturnsList bool   `json:"endpoint_returns_list"`
}

// UptimeTests are checks of the upstream's hosts.
type UptimeTests struct {
	Disabled  bool              `json:"disabled"`
	CheckList []HostCheckObject `json:"check_list"`
	Config    UptimeTestsConfig `json:"config"`
}

// HostCheckObject is a check of one host.
type HostCheckObject struct {
	CheckURL            string            `json:"url"`
	Protocol            string            `json:"protocol"`
	Timeout             Duration          `json:"timeout"`
	EnableProxyProtocol bool              `json:"enable_proxy_protocol"`
	Commands            []CheckCommand    `json:"commands"`
	Method              string            `json:"method"`
	Headers             map[string]string `json:"headers"`
	Body                string            `json:"body"`
}

// CheckCommand is a step of a check over TCP.
type CheckCommand struct {
	Name    string `json:"name"`
	Message string `json:"message"`
}

// UptimeTestsConfig is about all checks of an API.
type UptimeTestsConfig struct {
	ExpireUptimeAnalyticsAfter int64                         `json:"expire_utime_after"`
	ServiceDiscovery           ServiceDiscoveryConfiguration `json:"service_discovery"`
	RecheckWait                int                           `json:"recheck_wait"`
}

// RequestSigningMeta says how requests to the upstream are signed.
type RequestSigningMeta struct {
	IsEnabled       bool     `json:"is_enabled"`
	Secret          string   `json:"secret"`
	KeyId           string   `json:"key_id"`
	Algorithm       string   `json:"algorithm"`
	HeaderList      []string `json:"header_list"`
	CertificateId   string   `json:"certificate_id"`
	SignatureHeader string   `json:"signature_header"`
}

// UpstreamAuth says what the upstream is told of who asks.
type UpstreamAuth struct {
	Enabled   bool                   `json:"enabled"`
	BasicAuth UpstreamBasicAuth      `json:"basic_auth"`
	OAuth     map[string]interface{} `json:"oauth,omitempty"`
}

// IsEnabled says whether it is told anything.
func (u *UpstreamAuth) IsEnabled() bool { return u.Enabled }

// UpstreamBasicAuth is a name with a password.
type UpstreamBasicAuth struct {
	Enabled  bool       `json:"enabled,omitempty"`
	Username string     `json:"username"`
	Password string     `json:"password"`
	Header   AuthSource `json:"header"`
}
