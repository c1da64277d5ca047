// Package user has sessions: what the gateway knows of a client's key.
package user

import (
	"crypto/md5"
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"github.com/TykTechnologies/tyk/apidef"
	"github.com/TykTechnologies/tyk/internal/copying"
)

// A PostExpiryAction says what becomes of a key that has expired.
type PostExpiryAction string

// The actions.
const (
	PostExpiryActionRetain PostExpiryAction = "retain"
	PostExpiryActionDelete PostExpiryAction = "delete"
)

// SessionState is a session. In JSON empty values are left out.
type SessionState struct {
	KeyID string `json:"-"`
	Alias string `json:"alias,omitempty"`
	OrgID string `json:"org_id,omitempty"`

	// Limits of the key; those of an API are in its AccessRights.
	Rate               float64                    `json:"rate,omitempty"`
	Per                float64                    `json:"per,omitempty"`
	Allowance          float64                    `json:"allowance,omitempty"`
	LastCheck          int64                      `json:"last_check,omitempty"`
	Smoothing          *apidef.RateLimitSmoothing `json:"smoothing,omitempty"`
	ThrottleInterval   float64                    `json:"throttle_interval,omitempty"`
	ThrottleRetryLimit int                        `json:"throttle_retry_limit,omitempty"`
	MaxQueryDepth      int                        `json:"max_query_depth,omitempty"`
	QuotaMax           int64                      `json:"quota_max,omitempty"`
	QuotaRenews        int64                      `json:"quota_renews,omitempty"`
	QuotaRemaining     int64                      `json:"quota_remaining,omitempty"`
	QuotaRenewalRate   int64                      `json:"quota_renewal_rate,omitempty"`

	// What it may do.
	AccessRights  map[string]AccessDefinition `json:"access_rights,omitempty"`
	ApplyPolicyID string                      `json:"apply_policy_id,omitempty"`
	ApplyPolicies []string                    `json:"apply_policies,omitempty"`
	IsInactive    bool                        `json:"is_inactive,omitempty"`

	// How long it lives; times in seconds, moments in seconds since 1970.
	DateCreated           time.Time        `json:"date_created,omitzero"`
	Expires               int64            `json:"expires,omitempty"`
	SessionLifetime       int64            `json:"session_lifetime,omitempty"`
	PostExpiryAction      PostExpiryAction `json:"post_expiry_action,omitempty"`
	PostExpiryGracePeriod int64            `json:"post_expiry_grace_period,omitempty"`
	DataExpires           int64            `json:"data_expires,omitempty"`
	IdExtractorDeadline   int64            `json:"id_extractor_deadline,omitempty"`
	LastUpdated           string           `json:"last_updated,omitempty"`

	// How its owner is known.
	OauthClientID                 string            `json:"oauth_client_id,omitempty"`
	OauthKeys                     map[string]string `json:"oauth_keys,omitempty"`
	Certificate                   string            `json:"certificate,omitempty"`
	MtlsStaticCertificateBindings []string          `json:"mtls_static_certificate_bindings,omitempty"`
	BasicAuthData                 BasicAuthData     `json:"basic_auth_data,omitzero"`
	JWTData                       JWTData           `json:"jwt_data,omitzero"`
	HMACEnabled                   bool              `json:"hmac_enabled,omitempty"`
	HmacSecret                    string            `json:"hmac_string,omitempty"`
	EnableHTTPSignatureValidation bool              `json:"enable_http_signature_validation,omitempty"`
	RSACertificateId              string            `json:"rsa_certificate_id,omitempty"`

	// What is kept of its requests, and whatever else belongs to it.
	EnableDetailRecording   bool                   `json:"enable_detail_recording,omitempty"`
	EnableDetailedRecording bool                   `json:"enable_detailed_recording,omitempty"`
	Monitor                 Monitor                `json:"monitor,omitzero"`
	Tags                    []string               `json:"tags,omitempty"`
	MetaData                map[string]interface{} `json:"meta_data,omitempty"`

	keyHash            string
	modified, restored bool
}

// NewSessionState returns an empty session.
func NewSessionState() *SessionState { return &SessionState{} }

// Touch marks the session as one to store.
func (s *SessionState) Touch() { s.modified = true }

// Reset takes the mark of Touch away.
func (s *SessionState) Reset() { s.modified = false }

// IsModified says whether it is marked.
func (s *SessionState) IsModified() bool { return s.modified }

// MarkAsRestored says that the session comes from the store.
func (s *SessionState) MarkAsRestored() { s.restored = true }

// MarkAsNew says that it does not.
func (s *SessionState) MarkAsNew() { s.restored = false }

// IsRestored says whether it comes from the store.
func (s *SessionState) IsRestored() bool { return s.restored }

// Clone returns a copy with members of its own.
func (s SessionState) Clone() SessionState { return copying.Of(s) }

// MD5Hash is a digest of the JSON, in hexadecimal digits.
func (s *SessionState) MD5Hash() string {
	text, err := json.Marshal(s)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%x", md5.Sum(text))
}

// KeyHash is the hash of the key, or the key when keys are not hashed. It
// panics when there is none.
func (s *SessionState) KeyHash() string {
	if s.keyHash == "" {
		panic("the session has no key hash")
	}
	return s.keyHash
}

// KeyHashEmpty says whether there is no hash.
func (s *SessionState) KeyHashEmpty() bool { return s.keyHash == "" }

// SetKeyHash sets the hash.
func (s *SessionState) SetKeyHash(hash string) { s.keyHash = hash }

// IsBasicAuth says whether the session has a password.
func (s *SessionState) IsBasicAuth() bool { return s.BasicAuthData.Password != "" }

// SameAs says whether the session would be the same JSON as other.
func (s *SessionState) SameAs(other *SessionState) bool {
	one, two := *s, *other
	for _, each := range []*SessionState{&one, &two} {
		each.KeyID, each.keyHash, each.modified, each.restored = "", "", false, false
	}
	return reflect.DeepEqual(one, two)
}
