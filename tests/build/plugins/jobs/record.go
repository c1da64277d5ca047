package main

import "github.com/TykTechnologies/tyk-pump/analytics"

// Hide leaves an address out of a record.
func Hide(record *analytics.AnalyticsRecord) {
	record.IPAddress = ""
	record.Tags = append(record.Tags, "hidden")
}
