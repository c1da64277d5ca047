package apidef

import (
	"encoding/json"
	"time"
)

// Duration is a time.Duration.
type Duration = time.Duration

// ReadableDuration is a duration that JSON has as "1m30s", or in nanoseconds.
type ReadableDuration time.Duration

// MarshalJSON writes it as text.
func (d ReadableDuration) MarshalJSON() ([]byte, error) {
	return json.Marshal(time.Duration(d).String())
}

// UnmarshalJSON reads text or a number.
func (d *ReadableDuration) UnmarshalJSON(data []byte) error {
	if len(data) == 0 || data[0] != '"' {
		return json.Unmarshal(data, (*int64)(d))
	}
	var text string
	if err := json.Unmarshal(data, &text); err != nil || text == "" {
		return err
	}
	parsed, err := time.ParseDuration(text)
	*d = ReadableDuration(parsed)
	return err
}

// Seconds is how many seconds it is.
func (d ReadableDuration) Seconds() float64 { return time.Duration(d).Seconds() }

func (d ReadableDuration) String() string { return time.Duration(d).String() }
