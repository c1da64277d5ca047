// Package metric tells the gateway values, which it gives to its StatsD
// server. It is of this gateway alone; Tyk has nothing like it. Nothing here
// waits.
package metric

import (
	"time"

	"github.com/TykTechnologies/tyk/internal/host"
	"github.com/TykTechnologies/tyk/internal/wire"
)

// Count adds to a counter.
func Count(name string, by float64) { host.Metric(wire.Counter, name, by) }

// Gauge tells how something stands.
func Gauge(name string, value float64) { host.Metric(wire.Gauge, name, value) }

// Timing tells how long something took.
func Timing(name string, took time.Duration) { host.Metric(wire.Timing, name, took.Seconds()) }
