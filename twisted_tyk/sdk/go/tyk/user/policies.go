package user

import (
	"encoding/json"
	"errors"
	"slices"
	"sort"
	"time"
)

// PolicyIDs are the policies of the session.
func (s *SessionState) PolicyIDs() []string {
	if len(s.ApplyPolicies) == 0 && s.ApplyPolicyID != "" {
		return []string{s.ApplyPolicyID}
	}
	return s.ApplyPolicies
}

// SetPolicies sets the policies of the session.
func (s *SessionState) SetPolicies(ids ...string) {
	s.ApplyPolicyID = ""
	s.ApplyPolicies = ids
}

// PoliciesEqualTo says whether the session has these policies, in any order.
func (s *SessionState) PoliciesEqualTo(ids []string) bool {
	mine, theirs := slices.Clone(s.PolicyIDs()), slices.Clone(ids)
	sort.Strings(mine)
	sort.Strings(theirs)
	return slices.Equal(mine, theirs)
}

const customPolicies = "policies"

// CustomPolicies are the policies that the session carries itself, in its
// meta data, by their ids.
func (s *SessionState) CustomPolicies() (map[string]Policy, error) {
	policies, err := s.GetCustomPolicies()
	if err != nil {
		return nil, err
	}
	found := make(map[string]Policy, len(policies))
	for _, policy := range policies {
		found[policy.ID] = policy
	}
	return found, nil
}

// GetCustomPolicies are the same in their order.
func (s *SessionState) GetCustomPolicies() ([]Policy, error) {
	carried, ok := s.MetaData[customPolicies].([]interface{})
	if !ok {
		return nil, errors.New("the session's meta data have no policies")
	}
	text, err := json.Marshal(carried)
	if err != nil {
		return nil, err
	}
	var policies []Policy
	if err := json.Unmarshal(text, &policies); err != nil {
		return nil, err
	}
	return policies, nil
}

// SetCustomPolicies sets the policies that the session carries itself.
func (s *SessionState) SetCustomPolicies(policies []Policy) {
	if s.MetaData == nil {
		s.MetaData = map[string]interface{}{}
	}
	carried := make([]interface{}, len(policies))
	for i, policy := range policies {
		carried[i] = policy
	}
	s.MetaData[customPolicies] = carried
}

// TagsFromMetadata takes over those of a client's meta data that the gateway
// reads itself, and says whether there were any.
func (s *SessionState) TagsFromMetadata(data map[string]interface{}) (updateSession bool) {
	for _, name := range []string{"tyk_developer_id", "rate_limit_pattern"} {
		text, ok := data[name].(string)
		if !ok {
			continue
		}
		if s.MetaData == nil {
			s.MetaData = map[string]interface{}{}
		}
		s.MetaData[name] = text
		updateSession = true
	}
	return updateSession
}

// APILimit are the limits of the key as those of an API.
func (s *SessionState) APILimit() APILimit {
	return APILimit{
		RateLimit:          RateLimit{Rate: s.Rate, Per: s.Per, Smoothing: s.Smoothing},
		ThrottleInterval:   s.ThrottleInterval,
		ThrottleRetryLimit: s.ThrottleRetryLimit,
		MaxQueryDepth:      s.MaxQueryDepth,
		QuotaMax:           s.QuotaMax,
		QuotaRenews:        s.QuotaRenews,
		QuotaRemaining:     s.QuotaRemaining,
		QuotaRenewalRate:   s.QuotaRenewalRate,
	}
}

// GetQuotaLimitByAPIID returns quota, what remains of it, seconds until a new
// one, and the moment of that: the API's when it has limits, else the key's.
func (s *SessionState) GetQuotaLimitByAPIID(apiID string) (int64, int64, int64, int64) {
	limit := s.AccessRights[apiID].Limit
	if limit.IsEmpty() {
		limit = s.APILimit()
	}
	return limit.QuotaMax, limit.QuotaRemaining, limit.QuotaRenewalRate, limit.QuotaRenews
}

// Lifetime is for how many seconds the store keeps the session, 0 for ever.
// The gateway-wide lifetime counts when it is forced, then what is said for
// expired keys, the session's own, and the fallback, the API's.
func (s *SessionState) Lifetime(
	respectKeyExpiration bool, fallback int64,
	forceGlobalSessionLifetime bool, globalSessionLifetime int64,
) int64 {
	if forceGlobalSessionLifetime {
		return globalSessionLifetime
	}
	if s.PostExpiryAction != "" {
		return s.afterExpiry()
	}
	lifetime := s.SessionLifetime
	if lifetime <= 0 {
		lifetime = fallback
	}
	if lifetime <= 0 {
		return 0
	}
	if respectKeyExpiration && s.Expires > 0 {
		return max(lifetime, s.Expires-time.Now().Unix())
	}
	return lifetime
}

func (s *SessionState) afterExpiry() int64 {
	if s.Expires < 1 || (s.PostExpiryAction == PostExpiryActionRetain && s.PostExpiryGracePeriod < 0) {
		return 0
	}
	left := s.Expires - time.Now().Unix()
	if s.PostExpiryAction == PostExpiryActionRetain {
		left += s.PostExpiryGracePeriod
	}
	return max(left, 1)
}
