package call

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strconv"

	"github.com/TykTechnologies/tyk-pump/analytics"
	"github.com/TykTechnologies/tyk/internal/wire"
)

// A Function calls one of the plugin's and collects what it changes.
type Function func(c *Call, out *wire.Changes) error

func (c *Call) writer() *writer {
	w := &writer{fields: fields{
		set: wire.ReplyHeaderSet, add: wire.ReplyHeaderAdd, remove: wire.ReplyHeaderDelete,
		clean: true,
	}}
	w.header = w.fields.read(c.frame.Reply)
	return w
}

// Request is a hook on the way in.
func Request(f func(http.ResponseWriter, *http.Request)) Function {
	return func(c *Call, out *wire.Changes) error {
		in, w := c.incoming(c.frame.Slices[wire.Body]), c.writer()
		f(w, in.request)
		if err := in.tell(out, true); err != nil {
			return err
		}
		if err := c.carried(out, in.request); err != nil {
			return err
		}
		w.tell(out)
		return nil
	}
}

// Response is a hook on the way back.
func Response(f func(http.ResponseWriter, *http.Response, *http.Request)) Function {
	return func(c *Call, out *wire.Changes) error {
		in, w := c.incoming(""), c.writer()
		in.request.Body = http.NoBody
		came := fields{
			set: wire.ResponseHeaderSet, add: wire.ResponseHeaderAdd,
			remove: wire.ResponseHeaderDelete, clean: true,
		}
		content := &body{text: c.frame.Slices[wire.Body]}
		status := int(c.frame.Status)
		res := &http.Response{
			Status:     strconv.Itoa(status) + " " + http.StatusText(status),
			StatusCode: status,
			Proto:      "HTTP/1.1",
			ProtoMajor: 1,
			ProtoMinor: 1,
			Header:     came.read(c.frame.Response),
			Body:       content,
			Request:    in.request,
		}
		res.ContentLength = int64(len(content.text))
		if content.text == "" {
			res.ContentLength = length(res.Header)
		}
		f(w, res, in.request)
		if err := in.tell(out, false); err != nil {
			return err
		}
		if err := c.carried(out, in.request); err != nil {
			return err
		}
		came.tell(out, res.Header)
		if res.StatusCode != status {
			out.Add(wire.ResponseStatus, uint32(res.StatusCode), "", "")
		}
		text, changed, err := content.changed(res.Body)
		if err != nil {
			return err
		}
		if changed {
			out.Add(wire.ResponseBody, 0, "", text)
		}
		w.tell(out)
		return nil
	}
}

// Analytics is a function that records are given to.
func Analytics(f func(*analytics.AnalyticsRecord)) Function {
	return func(c *Call, out *wire.Changes) error {
		text := []byte(c.frame.Slices[wire.Record])
		var record, was analytics.AnalyticsRecord
		if err := json.Unmarshal(text, &record); err != nil {
			return err
		}
		f(&record)
		if err := json.Unmarshal(text, &was); err == nil && reflect.DeepEqual(record, was) {
			return nil
		}
		changed, err := json.Marshal(record)
		if err == nil {
			out.Add(wire.SetRecord, 0, "", string(changed))
		}
		return err
	}
}
