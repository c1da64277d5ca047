package logrus

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"time"
)

// Names of what every line has.
const (
	FieldKeyMsg   = "msg"
	FieldKeyLevel = "level"
	FieldKeyTime  = "time"
)

// FieldMap gives other names to what every line has.
type FieldMap map[string]string

func (m FieldMap) name(of string) string {
	if other, ok := m[of]; ok {
		return other
	}
	return of
}

// A Formatter writes a line.
type Formatter interface{ Format(*Entry) ([]byte, error) }

// TextFormatter writes key=value pairs.
type TextFormatter struct {
	ForceColors            bool
	DisableColors          bool
	ForceQuote             bool
	DisableQuote           bool
	DisableTimestamp       bool
	FullTimestamp          bool
	TimestampFormat        string
	DisableSorting         bool
	DisableLevelTruncation bool
	PadLevelText           bool
	QuoteEmptyFields       bool
	FieldMap               FieldMap
}

// Format writes the line.
func (f *TextFormatter) Format(entry *Entry) ([]byte, error) {
	var line bytes.Buffer
	put := func(name string, value interface{}) {
		if line.Len() > 0 {
			line.WriteByte(' ')
		}
		line.WriteString(name)
		line.WriteByte('=')
		text := fmt.Sprint(value)
		quote := f.ForceQuote || (text == "" && f.QuoteEmptyFields) || strings.ContainsFunc(text, odd)
		if quote && !f.DisableQuote {
			text = strconv.Quote(text)
		}
		line.WriteString(text)
	}
	if !f.DisableTimestamp {
		put(f.FieldMap.name(FieldKeyTime), entry.Time.Format(layout(f.TimestampFormat)))
	}
	put(f.FieldMap.name(FieldKeyLevel), entry.Level)
	if entry.Message != "" {
		put(f.FieldMap.name(FieldKeyMsg), entry.Message)
	}
	for _, name := range sorted(entry.Data) {
		put(name, entry.Data[name])
	}
	line.WriteByte('\n')
	return line.Bytes(), nil
}

// JSONFormatter writes an object.
type JSONFormatter struct {
	TimestampFormat   string
	DisableTimestamp  bool
	DisableHTMLEscape bool
	DataKey           string
	FieldMap          FieldMap
	PrettyPrint       bool
}

// Format writes the line.
func (f *JSONFormatter) Format(entry *Entry) ([]byte, error) {
	object := make(Fields, len(entry.Data)+3)
	fields := object
	if f.DataKey != "" {
		fields = make(Fields, len(entry.Data))
		object[f.DataKey] = fields
	}
	for name, value := range entry.Data {
		if err, ok := value.(error); ok {
			value = err.Error()
		}
		fields[name] = value
	}
	if !f.DisableTimestamp {
		object[f.FieldMap.name(FieldKeyTime)] = entry.Time.Format(layout(f.TimestampFormat))
	}
	object[f.FieldMap.name(FieldKeyLevel)] = entry.Level.String()
	object[f.FieldMap.name(FieldKeyMsg)] = entry.Message
	var line bytes.Buffer
	encoder := json.NewEncoder(&line)
	encoder.SetEscapeHTML(!f.DisableHTMLEscape)
	if f.PrettyPrint {
		encoder.SetIndent("", "  ")
	}
	if err := encoder.Encode(object); err != nil {
		return nil, fmt.Errorf("the fields cannot be JSON: %w", err)
	}
	return line.Bytes(), nil
}

func layout(asked string) string {
	if asked == "" {
		return time.RFC3339
	}
	return asked
}

func odd(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') &&
		!strings.ContainsRune("-._/@^+", r)
}

func sorted(fields Fields) []string {
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}
