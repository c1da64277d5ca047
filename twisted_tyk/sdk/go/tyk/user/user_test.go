package user

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/TykTechnologies/tyk/apidef"
)

func is(t *testing.T, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v is not %v", got, want)
	}
}

func TestASessionComesBackFromItsJSON(t *testing.T) {
	whole := SessionState{
		Alias: "a", OrgID: "o", Rate: 1.5, Per: 60, QuotaMax: -1, Expires: 7, HmacSecret: "s",
		DateCreated: time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC), Tags: []string{"t"},
		BasicAuthData: BasicAuthData{Password: "p", Hash: HashBCrypt}, JWTData: JWTData{"j"},
		Monitor: Monitor{[]float64{80}}, MetaData: map[string]interface{}{"n": 1.0},
		Smoothing: &apidef.RateLimitSmoothing{Enabled: true, Step: 2},
		AccessRights: map[string]AccessDefinition{"1": {
			APIID: "1", AllowedURLs: []AccessSpec{{"/a", []string{"GET"}}},
			Limit:     APILimit{RateLimit: RateLimit{Rate: 2, Per: 1}, QuotaMax: 3},
			Endpoints: Endpoints{{"/b", EndpointMethods{{"GET", RateLimit{Rate: 1, Per: 1}}}}},
		}},
	}
	text, err := json.Marshal(whole)
	is(t, err, nil)
	var back SessionState
	is(t, json.Unmarshal(text, &back), nil)
	is(t, back, whole)
	text, _ = json.Marshal(SessionState{KeyID: "k"})
	// Go before 1.24 writes structures that are empty.
	if marked, _ := json.Marshal(Marked{}); string(marked) == "{}" {
		is(t, string(text), "{}")
	}
	is(t, json.Unmarshal(text, &back), nil)
}

// Marked tells whether this Go knows the tag.
type Marked struct {
	Empty Monitor `json:"empty,omitzero"`
}

func TestASessionIsCopiedWholly(t *testing.T) {
	s := SessionState{MetaData: map[string]interface{}{"a": 1}, Tags: []string{"x"}}
	copied := s.Clone()
	copied.MetaData["a"], copied.Tags[0] = 2, "y"
	is(t, s.MetaData["a"], 1)
	is(t, s.Tags[0], "x")
	is(t, s.SameAs(&copied), false)
	copied = s.Clone()
	copied.KeyID = "k"
	copied.Touch()
	is(t, s.SameAs(&copied), true)
	is(t, len(s.MD5Hash()), 32)
}

func TestMarksAndHashes(t *testing.T) {
	s := NewSessionState()
	s.Touch()
	s.MarkAsRestored()
	is(t, s.IsModified() && s.IsRestored() && s.KeyHashEmpty(), true)
	s.Reset()
	s.MarkAsNew()
	s.SetKeyHash("h")
	is(t, s.IsModified() || s.IsRestored() || s.KeyHashEmpty(), false)
	is(t, s.KeyHash(), "h")
	is(t, s.IsBasicAuth(), false)
	defer func() { is(t, recover() != nil, true) }()
	NewSessionState().KeyHash()
}

func TestPolicies(t *testing.T) {
	s := NewSessionState()
	is(t, len(s.PolicyIDs()), 0)
	s.ApplyPolicyID = "old"
	is(t, s.PolicyIDs(), []string{"old"})
	s.SetPolicies("a", "b")
	is(t, s.PolicyIDs(), []string{"a", "b"})
	is(t, s.PoliciesEqualTo([]string{"b", "a"}), true)
	is(t, s.PoliciesEqualTo([]string{"a"}), false)
	_, err := s.CustomPolicies()
	is(t, err != nil, true)
	s.SetCustomPolicies([]Policy{{ID: "c", Rate: 3}})
	custom, err := s.CustomPolicies()
	is(t, err, nil)
	policy := custom["c"]
	is(t, policy.APILimit().Rate, 3.0)
	s.MetaData["policies"] = []interface{}{1}
	_, err = s.CustomPolicies()
	is(t, err != nil, true)
	is(t, PolicyPartitions{PerAPI: true}.Enabled(), false)
	is(t, PolicyPartitions{Acl: true}.Enabled(), true)
	is(t, s.TagsFromMetadata(map[string]interface{}{"rate_limit_pattern": "p", "x": "y"}), true)
	is(t, s.MetaData["rate_limit_pattern"], "p")
	is(t, NewSessionState().TagsFromMetadata(nil), false)
}

func TestLimits(t *testing.T) {
	s := &SessionState{Rate: 2, Per: 1, QuotaMax: 5, QuotaRenews: 9, AccessRights: map[string]AccessDefinition{
		"own": {Limit: APILimit{QuotaMax: 7}}, "none": {},
	}}
	max, _, _, renews := s.GetQuotaLimitByAPIID("own")
	is(t, []int64{max, renews}, []int64{7, 0})
	max, _, _, renews = s.GetQuotaLimitByAPIID("none")
	is(t, []int64{max, renews}, []int64{5, 9})
	limit := s.APILimit()
	is(t, limit.Duration(), time.Second/2)
	is(t, limit.IsEmpty(), false)
	is(t, APILimit{}.IsZero(), true)
	is(t, *limit.Clone(), limit)
	is(t, RateLimit{}.Duration(), time.Duration(0))
	is(t, EndpointMethods{{Name: "GET"}}.Contains("GET"), true)
	is(t, EndpointMethods{}.Contains("GET"), false)
	is(t, IsHashType("murmur64") && !IsHashType("md5"), true)
}

func TestLifetimes(t *testing.T) {
	now := time.Now().Unix()
	for name, test := range map[string]struct {
		session            SessionState
		respect            bool
		fallback, low, top int64
	}{
		"for ever":         {SessionState{}, false, 0, 0, 0},
		"the API's":        {SessionState{}, false, 5, 5, 5},
		"its own":          {SessionState{SessionLifetime: 9}, false, 5, 9, 9},
		"until it expires": {SessionState{SessionLifetime: 9, Expires: now + 100}, true, 0, 98, 100},
		"deleted then":     {SessionState{PostExpiryAction: "delete", Expires: now + 50}, false, 5, 48, 50},
		"expired":          {SessionState{PostExpiryAction: "delete", Expires: 1}, false, 5, 1, 1},
		"a grace":          {SessionState{PostExpiryAction: "retain", PostExpiryGracePeriod: 50, Expires: now + 50}, false, 5, 98, 100},
		"kept":             {SessionState{PostExpiryAction: "retain", PostExpiryGracePeriod: -1, Expires: 1}, false, 5, 0, 0},
	} {
		got := test.session.Lifetime(test.respect, test.fallback, false, 0)
		if got < test.low || got > test.top {
			t.Errorf("%s: %d", name, got)
		}
		is(t, test.session.Lifetime(true, 1, true, 77), int64(77))
	}
}
