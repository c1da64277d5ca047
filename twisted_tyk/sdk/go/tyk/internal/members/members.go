// Package members keeps the members of JSON objects that a structure has no
// field for, so that what is read and written again is whole.
package members

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"sort"
	"strings"
	"sync"
)

// Unknown are members by name.
type Unknown map[string]json.RawMessage

var named sync.Map // reflect.Type -> map[string]bool

// Read decodes data into target, a pointer to a structure without a
// UnmarshalJSON of its own, and returns the members it has no field for.
func Read(data []byte, target any) (Unknown, error) {
	var odd *json.UnmarshalTypeError
	// A member of another type than expected is left out: the gateway has its
	// reasons for taking it, and the rest is of use.
	if err := json.Unmarshal(data, target); err != nil && !errors.As(err, &odd) {
		return nil, err
	}
	var all Unknown
	if err := json.Unmarshal(data, &all); err != nil {
		return nil, err
	}
	known := names(reflect.TypeOf(target).Elem())
	for name := range all {
		if known[strings.ToLower(name)] {
			delete(all, name)
		}
	}
	if len(all) == 0 {
		return nil, nil
	}
	return all, nil
}

// Write encodes source, a structure without a MarshalJSON of its own, with
// the unknown members after its own.
func Write(source any, unknown Unknown) ([]byte, error) {
	data, err := json.Marshal(source)
	if err != nil || len(unknown) == 0 {
		return data, err
	}
	written := bytes.NewBuffer(data[:len(data)-1])
	sorted := make([]string, 0, len(unknown))
	for name := range unknown {
		sorted = append(sorted, name)
	}
	sort.Strings(sorted)
	for _, name := range sorted {
		if written.Len() > 1 {
			written.WriteByte(',')
		}
		quoted, err := json.Marshal(name)
		if err != nil {
			return nil, err
		}
		written.Write(quoted)
		written.WriteByte(':')
		written.Write(unknown[name])
	}
	written.WriteByte('}')
	return written.Bytes(), nil
}

// names are those of the fields in JSON, in small letters as encoding/json
// takes names in any case.
func names(kind reflect.Type) map[string]bool {
	if found, ok := named.Load(kind); ok {
		return found.(map[string]bool)
	}
	known := map[string]bool{}
	for _, field := range reflect.VisibleFields(kind) {
		tag, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if !field.IsExported() || tag == "-" || (field.Anonymous && tag == "") {
			continue
		}
		if tag == "" {
			tag = field.Name
		}
		known[strings.ToLower(tag)] = true
	}
	named.Store(kind, known)
	return known
}
