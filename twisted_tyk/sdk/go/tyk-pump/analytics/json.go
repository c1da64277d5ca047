package analytics

import (
	"encoding/json"
	"reflect"
	"strings"
)

type plainRecord AnalyticsRecord

var known = func() map[string]bool {
	names := map[string]bool{}
	for _, field := range reflect.VisibleFields(reflect.TypeOf(plainRecord{})) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		names[name] = true
	}
	return names
}()

// UnmarshalJSON reads a record.
func (a *AnalyticsRecord) UnmarshalJSON(data []byte) error {
	if err := json.Unmarshal(data, (*plainRecord)(a)); err != nil {
		return err
	}
	a.unknown = nil
	var all map[string]json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil {
		return err
	}
	for name, text := range all {
		if !known[name] {
			if a.unknown == nil {
				a.unknown = map[string]json.RawMessage{}
			}
			a.unknown[name] = text
		}
	}
	return nil
}

// MarshalJSON writes it, with what was not known.
func (a AnalyticsRecord) MarshalJSON() ([]byte, error) {
	text, err := json.Marshal(plainRecord(a))
	if err != nil || len(a.unknown) == 0 {
		return text, err
	}
	rest, err := json.Marshal(a.unknown)
	if err != nil {
		return nil, err
	}
	return append(append(text[:len(text)-1], ','), rest[1:]...), nil
}
