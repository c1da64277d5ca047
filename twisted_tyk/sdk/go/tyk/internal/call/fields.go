package call

import (
	"net/http"
	"net/textproto"
	"slices"
	"sort"
	"strings"

	"github.com/TykTechnologies/tyk/internal/wire"
)

// fields are header fields as they arrived, and how changes to them are told.
type fields struct {
	set, add, remove uint32
	// clean writes values as Go's server does, which has no control characters
	// in answers; requests are as the function leaves them.
	clean bool

	arrived []wire.Field
	names   []string // canonical, one for each field
	twice   bool     // some name has several fields
}

// read makes a header of the fields. Those that Go has elsewhere are left out.
func (f *fields) read(arrived []wire.Field) http.Header {
	header := make(http.Header, len(arrived)+2)
	f.arrived = arrived
	f.names = make([]string, len(arrived))
	values := make([]string, len(arrived))
	for i, field := range arrived {
		name := textproto.CanonicalMIMEHeaderKey(field.Name)
		if name == "Host" || name == "Transfer-Encoding" {
			continue
		}
		f.names[i] = name
		values[i] = field.Value
		if before, ok := header[name]; ok {
			header[name] = append(before, field.Value)
			f.twice = true
		} else {
			header[name] = values[i : i+1 : i+1]
		}
	}
	return header
}

// tell adds changes for what differs in header from what arrived.
func (f *fields) tell(out *wire.Changes, header http.Header) {
	still := 0
	for i, name := range f.names {
		if name == "" || (f.twice && slices.Contains(f.names[:i], name)) {
			continue
		}
		now, ok := header[name]
		if ok {
			still++
		}
		if f.twice {
			f.tellMany(out, name, f.all(name), now)
		} else if len(now) != 1 || now[0] != f.arrived[i].Value {
			f.tellMany(out, name, []string{f.arrived[i].Value}, now)
		}
	}
	if still < len(header) {
		f.tellNew(out, header)
	}
}

func (f *fields) all(name string) (values []string) {
	for i, each := range f.names {
		if each == name {
			values = append(values, f.arrived[i].Value)
		}
	}
	return values
}

func (f *fields) tellMany(out *wire.Changes, name string, was, now []string) {
	if slices.Equal(was, now) {
		return
	}
	if len(now) == 0 {
		out.Add(f.remove, 0, name, "")
		return
	}
	start := len(was)
	if len(now) < len(was) || !slices.Equal(was, now[:len(was)]) {
		out.Add(f.set, 0, name, f.value(now[0]))
		start = 1
	}
	for _, value := range now[start:] {
		out.Add(f.add, 0, name, f.value(value))
	}
}

// tellNew tells of names that did not arrive.
func (f *fields) tellNew(out *wire.Changes, header http.Header) {
	var fresh []string
	for name := range header {
		if name != "Host" && name != "Transfer-Encoding" && !slices.Contains(f.names, name) {
			fresh = append(fresh, name)
		}
	}
	sort.Strings(fresh)
	for _, name := range fresh {
		values := header[name]
		kind := f.set
		// Go has fields apart whose names differ in capital letters only.
		if canonical := textproto.CanonicalMIMEHeaderKey(name); canonical != name {
			if len(header[canonical]) > 0 {
				kind = f.add
			}
		}
		for _, value := range values {
			if f.clean && !token(name) {
				continue
			}
			out.Add(kind, 0, name, f.value(value))
			kind = f.add
		}
	}
}

var oneLine = strings.NewReplacer("\n", " ", "\r", " ")

func (f *fields) value(text string) string {
	if !f.clean {
		return text
	}
	return textproto.TrimString(oneLine.Replace(text))
}

// token says whether it can be the name of a field.
func token(name string) bool {
	for i := 0; i < len(name); i++ {
		c := name[i]
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`"(),/:;<=>?@[\]{}`, c) >= 0 {
			return false
		}
	}
	return name != ""
}
