// Package logrus has the part of the interface of github.com/sirupsen/logrus
// that plugins use. It stands in for it when a plugin's go.mod does not ask
// for the real one, so that a plugin builds without a network.
package logrus

import (
	"fmt"
	"strings"
)

// A Level says how much a line matters; a lower one matters more.
type Level uint32

// The levels, as logrus numbers them.
const (
	PanicLevel Level = iota
	FatalLevel
	ErrorLevel
	WarnLevel
	InfoLevel
	DebugLevel
	TraceLevel
)

// AllLevels are all of them.
var AllLevels = []Level{
	PanicLevel, FatalLevel, ErrorLevel, WarnLevel, InfoLevel, DebugLevel, TraceLevel,
}

var levelNames = [...]string{"panic", "fatal", "error", "warning", "info", "debug", "trace"}

func (l Level) String() string {
	if int(l) < len(levelNames) {
		return levelNames[l]
	}
	return "unknown"
}

// MarshalText writes the name.
func (l Level) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText reads a name.
func (l *Level) UnmarshalText(text []byte) error {
	level, err := ParseLevel(string(text))
	if err == nil {
		*l = level
	}
	return err
}

// ParseLevel reads a name, in small or capital letters.
func ParseLevel(name string) (Level, error) {
	small := strings.ToLower(name)
	if small == "warn" {
		return WarnLevel, nil
	}
	for i, known := range levelNames {
		if small == known {
			return Level(i), nil
		}
	}
	return 0, fmt.Errorf("there is no log level %q", name)
}

// A Hook is told of every line of its levels.
type Hook interface {
	Levels() []Level
	Fire(*Entry) error
}

// LevelHooks are hooks by level.
type LevelHooks map[Level][]Hook

// Add adds a hook under its levels.
func (h LevelHooks) Add(hook Hook) {
	for _, level := range hook.Levels() {
		h[level] = append(h[level], hook)
	}
}

// Fire tells the hooks of a level, until one fails.
func (h LevelHooks) Fire(level Level, entry *Entry) error {
	for _, hook := range h[level] {
		if err := hook.Fire(entry); err != nil {
			return err
		}
	}
	return nil
}
