package call

import (
	"encoding/binary"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/TykTechnologies/tyk/internal/wire"
)

// asked is a frame that a test has the gateway send.
type asked struct {
	slices                   map[int]string
	request, response, reply []wire.Field
	flags, status            uint32
}

func get(target string, fields ...wire.Field) asked {
	return asked{
		slices: map[int]string{
			wire.Method: "GET", wire.Target: target, wire.Host: "api.test", wire.Peer: "192.0.2.7",
		},
		request: fields,
	}
}

func (a asked) with(slice int, text string) asked {
	slices := map[int]string{slice: text}
	for number, text := range a.slices {
		if number != slice {
			slices[number] = text
		}
	}
	a.slices = slices
	return a
}

func (a asked) encode() []byte {
	order := binary.NativeEndian
	var texts []string
	for i := 0; i < wire.Slices; i++ {
		texts = append(texts, a.slices[i])
	}
	groups := [][]wire.Field{a.request, a.response, a.reply}
	for _, group := range groups {
		for _, field := range group {
			texts = append(texts, field.Name, field.Value)
		}
	}
	data := make([]byte, 40+4*len(texts))
	for i, text := range texts {
		order.PutUint32(data[40+4*i:], uint32(len(text)))
		data = append(data, text...)
	}
	for i, number := range []uint32{
		0x31525954, uint32(len(data)), a.flags, a.status, 4711, wire.Slices,
		uint32(len(a.request)), uint32(len(a.response)), uint32(len(a.reply)),
	} {
		order.PutUint32(data[4*i:], number)
	}
	return data
}

// Go before 1.24 writes empty structures of sessions, too.
var withoutEmpty = strings.NewReplacer(
	`,"date_created":"0001-01-01T00:00:00Z","basic_auth_data":{},"jwt_data":{},"monitor":{}}`, "}",
	`"date_created":"0001-01-01T00:00:00Z","basic_auth_data":{},"jwt_data":{},"monitor":{}}`, "}",
	`"date_created":"0001-01-01T00:00:00Z","basic_auth_data":{},"jwt_data":{},"monitor":{},`, "",
)

// run calls a function and returns its status and changes as text.
func run(a asked, f Function) (int, []string) {
	out := wire.NewChanges()
	defer out.Free()
	status := Run(f, a.encode(), out, false)
	changes := []string{}
	out.Each(func(kind, number uint32, key, value string) {
		changes = append(changes, fmt.Sprintf("%d %d %s=%s", kind, number, key, withoutEmpty.Replace(value)))
	})
	return status, changes
}

func change(kind int, key, value string) string { return fmt.Sprintf("%d 0 %s=%s", kind, key, value) }

// A hook is a hook on the way in that a test has.
type hook = func(http.ResponseWriter, *http.Request)

// gives calls a hook and compares its changes.
func gives(t *testing.T, a asked, f hook, want ...string) {
	t.Helper()
	status, changes := run(a, Request(f))
	if want == nil {
		want = []string{}
	}
	if status != wire.OK || !reflect.DeepEqual(changes, want) {
		t.Errorf("status %d, changes\n%q\nnot\n%q", status, changes, want)
	}
}
