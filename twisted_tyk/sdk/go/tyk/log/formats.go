package log

import (
	"strings"

	"github.com/sirupsen/logrus"
)

// A Format is a way to write lines.
type Format string

// The formats that Tyk knows.
const (
	FormatText   Format = "text"
	FormatJson   Format = "json"
	FormatLegacy Format = "legacy"
)

// LegacyTimestampFormat is how FormatLegacy writes times.
const LegacyTimestampFormat = "Jan 02 15:04:05"

// FieldMap gives other names to what every line has.
type FieldMap = logrus.FieldMap

// JSONFormatter writes lines as JSON.
type JSONFormatter = logrus.JSONFormatter

// RawFormatter writes the text alone.
type RawFormatter struct{}

// Format writes the line.
func (f *RawFormatter) Format(entry *logrus.Entry) ([]byte, error) {
	return []byte(entry.Message), nil
}

// TranslationFormatter replaces texts by what LoadTranslations was given for
// the value of the field "code".
type TranslationFormatter struct{ logrus.Formatter }

// Format writes the line.
func (f *TranslationFormatter) Format(entry *logrus.Entry) ([]byte, error) {
	if code, ok := entry.Data["code"].(string); ok {
		if text, ok := translations[code]; ok {
			translated := *entry
			translated.Message = text
			entry = &translated
		}
	}
	return f.Formatter.Format(entry)
}

var translations map[string]string

// LoadTranslations sets the texts by code; an object in an object gives codes
// with a dot. It is for the beginning, before lines are logged.
func LoadTranslations(things map[string]interface{}) {
	found := map[string]string{}
	gather(found, "", things)
	translations = found
}

func gather(into map[string]string, prefix string, things map[string]interface{}) {
	for name, thing := range things {
		switch value := thing.(type) {
		case string:
			into[prefix+name] = value
		case map[string]interface{}:
			gather(into, prefix+name+".", value)
		}
	}
}

// NewFormatter returns a formatter for loggers of the plugin's own.
func NewFormatter(format Format) logrus.Formatter {
	switch Format(strings.ToLower(string(format))) {
	case FormatJson:
		return &JSONFormatter{}
	case FormatLegacy:
		return &logrus.TextFormatter{
			TimestampFormat: LegacyTimestampFormat, FullTimestamp: true, DisableColors: true,
		}
	}
	return &logrus.TextFormatter{
		FullTimestamp: true, DisableColors: true,
		FieldMap: FieldMap{logrus.FieldKeyMsg: "message"},
	}
}

// IsLegacyFormatter says whether a formatter is that of FormatLegacy.
func IsLegacyFormatter(formatter logrus.Formatter) bool {
	text, ok := formatter.(*logrus.TextFormatter)
	return ok && text.TimestampFormat == LegacyTimestampFormat
}

// SetupFormatter is for the gateway's own loggers: lines of plugins are
// written by the gateway, in its format.
func SetupFormatter(Format) {}
