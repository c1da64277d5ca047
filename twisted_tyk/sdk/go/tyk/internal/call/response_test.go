package call

import (
	"bytes"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/TykTechnologies/tyk-pump/analytics"
	"github.com/TykTechnologies/tyk/internal/wire"
)

func TestAnswersOfHooks(t *testing.T) {
	asked := get("/")
	asked.reply = []wire.Field{{Name: "X-Was", Value: "1"}}
	for name, test := range map[string]struct {
		hook func(http.ResponseWriter)
		want []string
	}{
		"nothing": {func(rw http.ResponseWriter) { rw.(http.Flusher).Flush() }, nil},
		"fields only": {func(rw http.ResponseWriter) { rw.Header().Add("A", "1"); rw.Header().Del("X-Was") },
			[]string{change(wire.ReplyHeaderDelete, "X-Was", ""), change(wire.ReplyHeaderSet, "A", "1")}},
		"status": {func(rw http.ResponseWriter) { rw.WriteHeader(403); rw.WriteHeader(200) },
			[]string{"16 403 ="}},
		"body": {func(rw http.ResponseWriter) { _, _ = rw.Write([]byte("a")); _, _ = io.WriteString(rw, "b") },
			[]string{"16 200 =", change(wire.ReplyWrite, "", "ab")}},
		"too late": {func(rw http.ResponseWriter) {
			rw.WriteHeader(201)
			rw.Header().Set("A", "1")
		}, []string{"16 201 ="}},
		"interim": {func(rw http.ResponseWriter) { rw.WriteHeader(103); rw.WriteHeader(204) }, []string{"16 204 ="}},
		"no body": {func(rw http.ResponseWriter) {
			rw.WriteHeader(304)
			if _, err := io.WriteString(rw, "a"); err != http.ErrBodyNotAllowed {
				t.Error(err)
			}
			if n, err := rw.Write(nil); n != 0 || err != nil {
				t.Error(n, err)
			}
		}, []string{"16 304 ="}},
		"error": {func(rw http.ResponseWriter) { http.Error(rw, "no", 400) }, []string{
			change(wire.ReplyHeaderSet, "Content-Type", "text/plain; charset=utf-8"),
			change(wire.ReplyHeaderSet, "X-Content-Type-Options", "nosniff"),
			"16 400 =", change(wire.ReplyWrite, "", "no\n"),
		}},
		"as Go cleans them": {func(rw http.ResponseWriter) {
			rw.Header().Set("A", " a\r\nB: c ")
			rw.Header()["no name"] = []string{"1"}
			rw.Header()["a:b"] = []string{"1"}
		}, []string{change(wire.ReplyHeaderSet, "A", "a  B: c")}},
	} {
		t.Run(name, func(t *testing.T) {
			gives(t, asked, func(rw http.ResponseWriter, _ *http.Request) { test.hook(rw) }, test.want...)
		})
	}
	status, changes := run(asked, Request(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(42) }))
	if status != wire.EPanic || !strings.Contains(changes[0], "invalid WriteHeader code 42") {
		t.Error(status, changes)
	}
}

func TestResponseHooks(t *testing.T) {
	asked := get("/").with(wire.Body, "content")
	asked.status = 404
	asked.response = []wire.Field{{Name: "server", Value: "x"}}
	for name, test := range map[string]struct {
		hook func(http.ResponseWriter, *http.Response)
		want []string
	}{
		"nothing": {func(_ http.ResponseWriter, res *http.Response) {
			data, _ := io.ReadAll(res.Body)
			for _, pair := range [][2]any{
				{string(data), "content"}, {res.StatusCode, 404}, {res.Status, "404 Not Found"},
				{res.ContentLength, int64(7)}, {res.Header.Get("Server"), "x"}, {res.TLS == nil, true},
				{res.Request.URL.Path, "/"}, {res.Proto, "HTTP/1.1"},
			} {
				if pair[0] != pair[1] {
					t.Errorf("%v is not %v", pair[0], pair[1])
				}
			}
		}, []string{}},
		"all": {func(rw http.ResponseWriter, res *http.Response) {
			res.Header.Add("X-Added", "1")
			res.Header.Del("Server")
			res.StatusCode = 200
			res.Body = io.NopCloser(bytes.NewBufferString("new"))
			rw.Header().Set("X-Reply", "2")
			res.Request.Header.Set("User-Agent", "hook")
		}, []string{
			change(wire.HeaderSet, "User-Agent", "hook"),
			change(wire.ResponseHeaderDelete, "Server", ""), change(wire.ResponseHeaderSet, "X-Added", "1"),
			"32 200 =", change(wire.ResponseBody, "", "new"), change(wire.ReplyHeaderSet, "X-Reply", "2"),
		}},
		"empty": {func(_ http.ResponseWriter, res *http.Response) { res.Body = io.NopCloser(new(bytes.Buffer)) },
			[]string{change(wire.ResponseBody, "", "")}},
		"answer": {func(rw http.ResponseWriter, _ *http.Response) { rw.WriteHeader(500) }, []string{"16 500 ="}},
	} {
		t.Run(name, func(t *testing.T) {
			status, changes := run(asked, Response(
				func(rw http.ResponseWriter, res *http.Response, req *http.Request) { test.hook(rw, res) }))
			if status != wire.OK || !reflect.DeepEqual(changes, test.want) {
				t.Errorf("status %d, changes\n%q\nnot\n%q", status, changes, test.want)
			}
		})
	}
	asked.slices[wire.Body] = ""
	asked.response = []wire.Field{{Name: "Content-Length", Value: "5"}}
	_, _ = run(asked, Response(func(_ http.ResponseWriter, res *http.Response, _ *http.Request) {
		if res.ContentLength != 5 {
			t.Error(res.ContentLength)
		}
	}))
	status, _ := run(asked, Response(func(_ http.ResponseWriter, res *http.Response, _ *http.Request) {
		res.Body = io.NopCloser(broken{io.ErrUnexpectedEOF})
	}))
	if status != wire.EFailed {
		t.Error(status)
	}
}

func TestAnalyticsFunctions(t *testing.T) {
	asked := asked{flags: wire.FlagRecord, slices: map[int]string{
		wire.Record: `{"path": "/a", "tags": ["x"], "latency": {"total": 3}, "ours": 1}`,
	}}
	status, changes := run(asked, Analytics(func(r *analytics.AnalyticsRecord) {
		if r.Path != "/a" || r.Latency.Total != 3 {
			t.Error(r)
		}
	}))
	if status != wire.OK || len(changes) != 0 {
		t.Error(status, changes)
	}
	status, changes = run(asked, Analytics(func(r *analytics.AnalyticsRecord) { r.Tags = append(r.Tags, "y") }))
	if status != wire.OK || len(changes) != 1 || !strings.HasPrefix(changes[0], "51 0 ={") {
		t.Fatal(status, changes)
	}
	for _, part := range []string{`"tags":["x","y"]`, `"ours":1`} {
		if !strings.Contains(changes[0], part) {
			t.Error(part, changes)
		}
	}
	if status, _ := run(asked.with(wire.Record, "["), Analytics(nil)); status != wire.EFailed {
		t.Error(status)
	}
}
