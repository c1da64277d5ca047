package call

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/TykTechnologies/tyk/internal/wire"
)

// An incoming request and how it was when it came.
type incoming struct {
	call    *Call
	request *http.Request
	url     url.URL
	body    *body
	fields  fields
}

// incoming makes a request of the frame. text is its body.
func (c *Call) incoming(text string) *incoming {
	slices := &c.frame.Slices
	in := &incoming{
		call: c,
		body: &body{text: text},
		fields: fields{
			set: wire.HeaderSet, add: wire.HeaderAdd, remove: wire.HeaderDelete,
		},
	}
	in.url = parseTarget(slices[wire.Target])
	live := in.url
	in.request = (&http.Request{
		Method:        slices[wire.Method],
		URL:           &live,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        in.fields.read(c.frame.Request),
		Body:          in.body,
		ContentLength: int64(len(text)),
		Host:          slices[wire.Host],
		RemoteAddr:    net.JoinHostPort(slices[wire.Peer], strconv.Itoa(int(c.frame.Port))),
		RequestURI:    slices[wire.Target],
		TLS:           connection(slices[wire.TLS], c.frame.Flags&wire.FlagSecure != 0),
	}).WithContext(c)
	if text == "" {
		// Not sent, as the function did not ask for it; its length is known.
		in.request.ContentLength = length(in.request.Header)
	}
	return in
}

// length is what the fields say of the length of a body; 0 when they do not.
func length(header http.Header) int64 {
	n, err := strconv.ParseInt(header.Get("Content-Length"), 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// parseTarget reads path and query. What Go's server would refuse is still
// taken apart, as the gateway let it through.
func parseTarget(target string) url.URL {
	if parsed, err := url.ParseRequestURI(target); err == nil {
		return *parsed
	}
	path, query, _ := strings.Cut(target, "?")
	return url.URL{Path: path, RawQuery: query}
}

// tell adds changes for what differs in the request.
func (in *incoming) tell(out *wire.Changes, withBody bool) error {
	r, slices := in.request, &in.call.frame.Slices
	in.fields.tell(out, r.Header)
	method := r.Method
	if method == "" {
		method = http.MethodGet
	}
	if method != slices[wire.Method] {
		out.Add(wire.SetMethod, 0, "", method)
	}
	if r.URL != nil && *r.URL != in.url {
		target := r.URL.RequestURI()
		if target[0] != '/' && target != "*" {
			target = "/" + target
		}
		if target != slices[wire.Target] {
			out.Add(wire.SetTarget, 0, "", target)
		}
	}
	if r.Host != slices[wire.Host] && r.Host != "" {
		out.Add(wire.SetHost, 0, "", r.Host)
	}
	if withBody {
		return in.tellBody(out)
	}
	return nil
}

func (in *incoming) tellBody(out *wire.Changes) error {
	text, changed, err := in.body.changed(in.request.Body)
	if err != nil {
		// http.MaxBytesReader and its kind end so when they are read again.
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		}
		return err
	}
	if !changed {
		return nil
	}
	if text == "" && in.request.Body != nil && in.request.Body != http.NoBody &&
		in.request.ContentLength == int64(len(in.body.text)) {
		// Something around the body that has been read to its end; to leave
		// nothing of a body a function sets its length too.
		return nil
	}
	out.Add(wire.SetBody, 0, "", text)
	return nil
}
