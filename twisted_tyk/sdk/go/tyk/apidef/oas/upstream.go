package oas

import (
	"github.com/TykTechnologies/tyk/apidef"
	"github.com/TykTechnologies/tyk/internal/members"
)

// Upstream says where the upstream is and how it is asked.
type Upstream struct {
	URL                   string                 `json:"url"`
	ServiceDiscovery      *ServiceDiscovery      `json:"serviceDiscovery,omitempty"`
	MutualTLS             *MutualTLS             `json:"mutualTLS,omitempty"`
	CertificatePinning    *CertificatePinning    `json:"certificatePinning,omitempty"`
	RateLimit             *RateLimit             `json:"rateLimit,omitempty"`
	LoadBalancing         *LoadBalancing         `json:"loadBalancing,omitempty"`
	PreserveHostHeader    *PreserveHostHeader    `json:"preserveHostHeader,omitempty"`
	PreserveTrailingSlash *PreserveTrailingSlash `json:"preserveTrailingSlash,omitempty"`
	TLSTransport          *TLSTransport          `json:"tlsTransport,omitempty"`
	Proxy                 *Proxy                 `json:"proxy,omitempty"`
	EnforceTimeout        *GlobalEnforceTimeout  `json:"enforceTimeout,omitempty"`

	unknown members.Unknown
}

type plainUpstream Upstream

// UnmarshalJSON reads it.
func (v *Upstream) UnmarshalJSON(data []byte) error {
	unknown, err := members.Read(data, (*plainUpstream)(v))
	v.unknown = unknown
	return err
}

// MarshalJSON writes it, with what was not known.
func (v Upstream) MarshalJSON() ([]byte, error) {
	return members.Write(plainUpstream(v), v.unknown)
}

// ServiceDiscovery says where its hosts are listed.
type ServiceDiscovery struct {
	Enabled             bool                   `json:"enabled"`
	QueryEndpoint       string                 `json:"queryEndpoint,omitempty"`
	DataPath            string                 `json:"dataPath,omitempty"`
	UseNestedQuery      bool                   `json:"useNestedQuery,omitempty"`
	ParentDataPath      string                 `json:"parentDataPath,omitempty"`
	PortDataPath        string                 `json:"portDataPath,omitempty"`
	UseTargetList       bool                   `json:"useTargetList,omitempty"`
	CacheTimeout        int64                  `json:"cacheTimeout,omitempty"`
	Cache               *ServiceDiscoveryCache `json:"cache,omitempty"`
	TargetPath          string                 `json:"targetPath,omitempty"`
	EndpointReturnsList bool                   `json:"endpointReturnsList,omitempty"`
}

// ServiceDiscoveryCache says for how many seconds a list is good.
type ServiceDiscoveryCache struct {
	Enabled bool  `json:"enabled"`
	Timeout int64 `json:"timeout,omitempty"`
}

// MutualTLS are certificates shown to the upstream.
type MutualTLS struct {
	Enabled              bool                  `json:"enabled"`
	DomainToCertificates []DomainToCertificate `json:"domainToCertificateMapping"`
}

// DomainToCertificate is one of them.
type DomainToCertificate struct {
	Domain      string `json:"domain"`
	Certificate string `json:"certificate"`
}

// CertificatePinning are the upstream's keys that are believed.
type CertificatePinning struct {
	Enabled                   bool             `json:"enabled"`
	DomainToPublicKeysMapping PinnedPublicKeys `json:"domainToPublicKeysMapping"`
}

// PinnedPublicKeys are keys by domain.
type PinnedPublicKeys []PinnedPublicKey

// PinnedPublicKey are the keys of a domain.
type PinnedPublicKey struct {
	Domain     string   `json:"domain"`
	PublicKeys []string `json:"publicKeys"`
}

// ReadableDuration is a duration such as "10s".
type ReadableDuration = apidef.ReadableDuration

// RateLimit allows Rate requests in a time.
type RateLimit struct {
	Enabled bool             `json:"enabled"`
	Rate    int              `json:"rate"`
	Per     ReadableDuration `json:"per"`
}

// LoadBalancing spreads requests over hosts.
type LoadBalancing struct {
	Enabled              bool                  `json:"enabled"`
	SkipUnavailableHosts bool                  `json:"skipUnavailableHosts,omitempty"`
	Targets              []LoadBalancingTarget `json:"targets,omitempty"`
}

// LoadBalancingTarget is one of them.
type LoadBalancingTarget struct {
	URL    string `json:"url"`
	Weight int    `json:"weight"`
}

// PreserveHostHeader keeps the client's Host field.
type PreserveHostHeader struct {
	Enabled bool `json:"enabled"`
}

// PreserveTrailingSlash keeps a slash at the end of the path.
type PreserveTrailingSlash struct {
	Enabled bool `json:"enabled"`
}

// TLSTransport says which TLS is spoken.
type TLSTransport struct {
	InsecureSkipVerify   bool     `json:"insecureSkipVerify,omitempty"`
	Ciphers              []string `json:"ciphers,omitempty"`
	MinVersion           string   `json:"minVersion,omitempty"`
	MaxVersion           string   `json:"maxVersion,omitempty"`
	ForceCommonNameCheck bool     `json:"forceCommonNameCheck,omitempty"`
}

// Proxy is a proxy on the way there.
type Proxy struct {
	Enabled bool   `json:"enabled"`
	URL     string `json:"url"`
}

// GlobalEnforceTimeout limits how long it may take.
type GlobalEnforceTimeout struct {
	Enabled  bool             `json:"enabled"`
	Duration ReadableDuration `json:"duration,omitempty"`
}
