package call

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/TykTechnologies/tyk/internal/wire"
)

func TestARequestIsAsGoHasThem(t *testing.T) {
	asked := get("/listen/a%20b?x=1&x=2",
		wire.Field{Name: "accept", Value: "a"}, wire.Field{Name: "X-Two", Value: "1"},
		wire.Field{Name: "x-two", Value: "2"}, wire.Field{Name: "Transfer-Encoding", Value: "chunked"},
	).with(wire.Body, "x=3").with(wire.Method, "POST")
	gives(t, asked, func(rw http.ResponseWriter, r *http.Request) {
		for _, pair := range [][2]any{
			{r.Method, "POST"}, {r.URL.Path, "/listen/a b"}, {r.URL.RawQuery, "x=1&x=2"},
			{r.RequestURI, "/listen/a%20b?x=1&x=2"}, {r.Host, "api.test"}, {r.Proto, "HTTP/1.1"},
			{r.RemoteAddr, "192.0.2.7:4711"}, {r.ContentLength, int64(3)},
			{r.Header.Get("Accept"), "a"}, {strings.Join(r.Header["X-Two"], ","), "1,2"},
			{len(r.Header), 2}, {r.TLS == nil, true}, {r.Context().Err(), nil},
		} {
			if pair[0] != pair[1] {
				t.Errorf("%v is not %v", pair[0], pair[1])
			}
		}
		if _, ok := rw.(http.Flusher); !ok {
			t.Error("the writer is no Flusher")
		}
	})
}

func TestFieldsThatChange(t *testing.T) {
	arrived := []wire.Field{
		{Name: "keep", Value: "1"}, {Name: "a", Value: "1"}, {Name: "two", Value: "1"},
		{Name: "Two", Value: "2"}, {Name: "Content-Type", Value: "x"},
	}
	for name, test := range map[string]struct {
		hook func(http.Header)
		want []string
	}{
		"nothing": {func(h http.Header) { h.Get("a") }, []string{}},
		"the same": {func(h http.Header) {
			h.Set("a", "1")
			h["Two"] = []string{"1", "2"}
		}, []string{}},
		"set":         {func(h http.Header) { h.Set("a", "2") }, []string{change(wire.HeaderSet, "A", "2")}},
		"in place":    {func(h http.Header) { h["A"][0] = "2" }, []string{change(wire.HeaderSet, "A", "2")}},
		"add":         {func(h http.Header) { h.Add("a", "2") }, []string{change(wire.HeaderAdd, "A", "2")}},
		"add to two":  {func(h http.Header) { h.Add("two", "3") }, []string{change(wire.HeaderAdd, "Two", "3")}},
		"delete":      {func(h http.Header) { h.Del("A") }, []string{change(wire.HeaderDelete, "A", "")}},
		"delete both": {func(h http.Header) { h.Del("two") }, []string{change(wire.HeaderDelete, "Two", "")}},
		"one of two": {func(h http.Header) { h["Two"] = h["Two"][1:] },
			[]string{change(wire.HeaderSet, "Two", "2")}},
		"the other way round": {func(h http.Header) { h["Two"] = []string{"2", "1"} },
			[]string{change(wire.HeaderSet, "Two", "2"), change(wire.HeaderAdd, "Two", "1")}},
		"new": {func(h http.Header) {
			h.Set("b", "1")
			h.Add("b", "2")
			h.Set("Aa", "3")
		}, []string{
			change(wire.HeaderSet, "Aa", "3"), change(wire.HeaderSet, "B", "1"),
			change(wire.HeaderAdd, "B", "2"),
		}},
		"as it is written": {func(h http.Header) { h["b-C"] = []string{"1"} },
			[]string{change(wire.HeaderSet, "b-C", "1")}},
		"written otherwise beside": {func(h http.Header) { h["a"] = []string{"2"} },
			[]string{change(wire.HeaderAdd, "a", "2")}},
		"written otherwise instead": {func(h http.Header) { h["a"] = h["A"]; h.Del("A") },
			[]string{change(wire.HeaderDelete, "A", ""), change(wire.HeaderSet, "a", "1")}},
		"one for another": {func(h http.Header) { h.Del("A"); h.Set("Z", "1") },
			[]string{change(wire.HeaderDelete, "A", ""), change(wire.HeaderSet, "Z", "1")}},
		"what Go has elsewhere": {func(h http.Header) {
			h.Set("Host", "other")
			h.Set("Transfer-Encoding", "chunked")
		}, []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			gives(t, get("/", arrived...), func(_ http.ResponseWriter, r *http.Request) {
				test.hook(r.Header)
			}, test.want...)
		})
	}
	gives(t, get("/", arrived...), func(_ http.ResponseWriter, r *http.Request) {
		r.Header = http.Header{"A": {"1"}}
	}, change(wire.HeaderDelete, "Keep", ""), change(wire.HeaderDelete, "Two", ""),
		change(wire.HeaderDelete, "Content-Type", ""))
}

func TestWhatElseOfARequestChanges(t *testing.T) {
	for name, test := range map[string]struct {
		target string
		hook   func(*http.Request)
		want   []string
	}{
		"method":      {"/", func(r *http.Request) { r.Method = "PUT" }, []string{change(wire.SetMethod, "", "PUT")}},
		"no method":   {"/", func(r *http.Request) { r.Method = "" }, nil},
		"host":        {"/", func(r *http.Request) { r.Host = "b" }, []string{change(wire.SetHost, "", "b")}},
		"path":        {"/a?q=1", func(r *http.Request) { r.URL.Path = "/b c" }, []string{change(wire.SetTarget, "", "/b%20c?q=1")}},
		"no slash":    {"/a", func(r *http.Request) { r.URL.Path = "b" }, []string{change(wire.SetTarget, "", "/b")}},
		"query":       {"/a", func(r *http.Request) { r.URL.RawQuery = "x=%2F" }, []string{change(wire.SetTarget, "", "/a?x=%2F")}},
		"another URL": {"/a", func(r *http.Request) { r.URL, _ = url.Parse("http://b/c?d") }, []string{change(wire.SetTarget, "", "/c?d")}},
		"no URL":      {"/a", func(r *http.Request) { r.URL = nil }, nil},
		"only host":   {"/a", func(r *http.Request) { r.URL.Host = "b" }, nil},
		"odd escapes": {"/a%2Fb", func(r *http.Request) { r.URL.Path = r.URL.Path + "" }, nil},
		"no escapes":  {"/%zz", func(r *http.Request) { _ = r.URL.String() }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			gives(t, get(test.target), func(_ http.ResponseWriter, r *http.Request) { test.hook(r) }, test.want...)
		})
	}
}

// A reader fails.
type broken struct{ error }

func (b broken) Read([]byte) (int, error) { return 0, b.error }

func TestABodyCanBeReadAgain(t *testing.T) {
	asked := get("/").with(wire.Body, "content")
	gives(t, asked, func(_ http.ResponseWriter, r *http.Request) {
		for i := 0; i < 3; i++ {
			if data, err := io.ReadAll(r.Body); string(data) != "content" || err != nil {
				t.Errorf("%q, %v", data, err)
			}
		}
		var some [3]byte
		_, _ = r.Body.Read(some[:])
		_ = r.Body.Close()
		var copied bytes.Buffer
		if _, err := io.Copy(&copied, r.Body); err != nil || copied.String() != "content" {
			t.Errorf("%q, %v", copied.String(), err)
		}
	})
}

func TestABodyThatIsReplaced(t *testing.T) {
	closer := func(text string) io.ReadCloser { return io.NopCloser(strings.NewReader(text)) }
	asked := get("/").with(wire.Body, "content")
	for name, test := range map[string]struct {
		hook func(*http.Request)
		want []string
	}{
		"other":     {func(r *http.Request) { r.Body = closer("new") }, []string{change(wire.SetBody, "", "new")}},
		"same":      {func(r *http.Request) { r.Body = closer("content") }, nil},
		"none":      {func(r *http.Request) { r.Body = nil }, []string{change(wire.SetBody, "", "")}},
		"no body":   {func(r *http.Request) { r.Body = http.NoBody }, []string{change(wire.SetBody, "", "")}},
		"empty":     {func(r *http.Request) { r.Body, r.ContentLength = closer(""), 0 }, []string{change(wire.SetBody, "", "")}},
		"around it": {func(r *http.Request) { r.Body = http.MaxBytesReader(nil, r.Body, 100) }, nil},
		"read through something": {func(r *http.Request) {
			r.Body = http.MaxBytesReader(nil, r.Body, 100)
			_, _ = io.ReadAll(r.Body)
		}, nil},
		"too much for it": {func(r *http.Request) { r.Body = http.MaxBytesReader(nil, r.Body, 3) }, nil},
		"longer": {func(r *http.Request) {
			r.Body = io.NopCloser(io.MultiReader(strings.NewReader("more "), r.Body))
		}, []string{change(wire.SetBody, "", "more content")}},
	} {
		t.Run(name, func(t *testing.T) {
			gives(t, asked, func(_ http.ResponseWriter, r *http.Request) { test.hook(r) }, test.want...)
		})
	}
	status, changes := run(asked, Request(func(_ http.ResponseWriter, r *http.Request) {
		r.Header.Set("A", "1")
		r.Body = io.NopCloser(broken{errors.New("lost")})
	}))
	if status != wire.EFailed || len(changes) != 1 || !strings.Contains(changes[0], "cannot be read: lost") {
		t.Error(status, changes)
	}
}

func TestABodyThatIsNotSentHasItsLength(t *testing.T) {
	asked := get("/", wire.Field{Name: "Content-Length", Value: "12"})
	gives(t, asked, func(_ http.ResponseWriter, r *http.Request) {
		if data, err := io.ReadAll(r.Body); len(data) != 0 || err != nil || r.ContentLength != 12 {
			t.Error(data, err, r.ContentLength)
		}
	})
	gives(t, asked, func(_ http.ResponseWriter, r *http.Request) {
		r.Body = io.NopCloser(strings.NewReader("new"))
	}, change(wire.SetBody, "", "new"))
}
