package user

import (
	"slices"

	"github.com/TykTechnologies/tyk/apidef"
)

// A HashType is how a password is kept.
type HashType string

// The ways.
const (
	HashPlainText HashType = ""
	HashBCrypt    HashType = "bcrypt"
	HashSha256    HashType = "sha256"
	HashMurmur32  HashType = "murmur32"
	HashMurmur64  HashType = "murmur64"
	HashMurmur128 HashType = "murmur128"
)

// IsHashType says whether it is the name of one.
func IsHashType(t string) bool {
	known := []HashType{
		HashPlainText, HashBCrypt, HashSha256, HashMurmur32, HashMurmur64, HashMurmur128,
	}
	return slices.Contains(known, HashType(t))
}

// BasicAuthData is a password.
type BasicAuthData struct {
	Password string   `json:"password,omitempty"`
	Hash     HashType `json:"hash_type,omitempty"`
}

// IsZero says whether there is none.
func (b BasicAuthData) IsZero() bool { return b == BasicAuthData{} }

// JWTData is the secret of a client's tokens.
type JWTData struct {
	Secret string `json:"secret,omitempty"`
}

// IsZero says whether there is none.
func (j JWTData) IsZero() bool { return j == JWTData{} }

// Monitor says at which shares of a quota its owner is told.
type Monitor struct {
	TriggerLimits []float64 `json:"trigger_limits,omitempty"`
}

// IsZero says whether nothing is set.
func (m Monitor) IsZero() bool { return len(m.TriggerLimits) == 0 }

// Policy are rights and limits that sessions share.
type Policy struct {
	MID                           string                           `json:"_id"`
	ID                            string                           `json:"id"`
	Name                          string                           `json:"name"`
	OrgID                         string                           `json:"org_id"`
	Active                        bool                             `json:"active"`
	IsInactive                    bool                             `json:"is_inactive"`
	Rate                          float64                          `json:"rate"`
	Per                           float64                          `json:"per"`
	Smoothing                     *apidef.RateLimitSmoothing       `json:"smoothing"`
	QuotaMax                      int64                            `json:"quota_max"`
	QuotaRenewalRate              int64                            `json:"quota_renewal_rate"`
	ThrottleInterval              float64                          `json:"throttle_interval"`
	ThrottleRetryLimit            int                              `json:"throttle_retry_limit"`
	MaxQueryDepth                 int                              `json:"max_query_depth"`
	AccessRights                  map[string]AccessDefinition      `json:"access_rights"`
	GraphQL                       map[string]GraphAccessDefinition `json:"graphql_access_rights"`
	HMACEnabled                   bool                             `json:"hmac_enabled"`
	EnableHTTPSignatureValidation bool                             `json:"enable_http_signature_validation"`
	KeyExpiresIn                  int64                            `json:"key_expires_in"`
	PostExpiryAction              PostExpiryAction                 `json:"post_expiry_action,omitempty"`
	PostExpiryGracePeriod         int64                            `json:"post_expiry_grace_period"`
	Partitions                    PolicyPartitions                 `json:"partitions"`
	LastUpdated                   string                           `json:"last_updated"`
	Tags                          []string                         `json:"tags"`
	MetaData                      map[string]interface{}           `json:"meta_data"`
}

// APILimit are the limits of the policy as those of an API.
func (p *Policy) APILimit() APILimit {
	return APILimit{
		RateLimit:          RateLimit{Rate: p.Rate, Per: p.Per, Smoothing: p.Smoothing},
		ThrottleInterval:   p.ThrottleInterval,
		ThrottleRetryLimit: p.ThrottleRetryLimit,
		MaxQueryDepth:      p.MaxQueryDepth,
		QuotaMax:           p.QuotaMax,
		QuotaRenewalRate:   p.QuotaRenewalRate,
	}
}

// GraphAccessDefinition has no members that are read.
type GraphAccessDefinition struct{}

// PolicyPartitions say which parts of a session a policy owns.
type PolicyPartitions struct {
	Quota      bool `json:"quota"`
	RateLimit  bool `json:"rate_limit"`
	Complexity bool `json:"complexity"`
	Acl        bool `json:"acl"`
	PerAPI     bool `json:"per_api"`
}

// Enabled says whether the policy owns parts only.
func (p PolicyPartitions) Enabled() bool { return p != PolicyPartitions{PerAPI: p.PerAPI} }
