package analytics

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"
)

func TestARecordComesBackWhole(t *testing.T) {
	const text = `{"path": "/a", "month": 5, "timestamp": "2020-01-02T03:04:05Z", "tags": ["x"],
		"latency": {"total": 3, "upstream": 2, "gateway": 1}, "geo": {"country": {"iso_code": "DE"}}, "ours": [1]}`
	var one, two AnalyticsRecord
	if err := json.Unmarshal([]byte(text), &one); err != nil {
		t.Fatal(err)
	}
	if one.Path != "/a" || one.Month != time.May || one.Latency.Upstream != 2 || one.Geo.Country.ISOCode != "DE" {
		t.Errorf("%+v", one)
	}
	again, err := json.Marshal(one)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(again, &two); err != nil || !reflect.DeepEqual(one, two) || string(two.unknown["ours"]) != "[1]" {
		t.Errorf("%+v, %v", two, err)
	}
	if again, err = json.Marshal(AnalyticsRecord{}); err != nil || json.Unmarshal(again, &two) != nil || two.unknown != nil {
		t.Error(err, two.unknown)
	}
	if json.Unmarshal([]byte(`{"day": "x"}`), &two) == nil {
		t.Error("a day that is no number was taken")
	}
}

func TestExpiry(t *testing.T) {
	var record AnalyticsRecord
	record.SetExpiry(0)
	if record.ExpireAt.Before(time.Now().AddDate(99, 0, 0)) {
		t.Error(record.ExpireAt)
	}
	record.SetExpiry(60)
	if left := time.Until(record.ExpireAt); left > time.Minute || left < 50*time.Second {
		t.Error(left)
	}
}
