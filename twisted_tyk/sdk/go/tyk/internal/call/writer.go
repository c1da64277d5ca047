package call

import (
	"fmt"
	"net/http"
	"unsafe"

	"github.com/TykTechnologies/tyk/internal/wire"
)

// A writer is the http.ResponseWriter of a call. Nothing is sent before the
// function has returned.
type writer struct {
	header http.Header
	sent   http.Header // as it was at WriteHeader
	status int
	body   []byte
	fields fields
}

func (w *writer) Header() http.Header { return w.header }

// WriteHeader sets the status; the first one counts, as on Go's server, and
// interim ones do not.
func (w *writer) WriteHeader(status int) {
	if status < 100 || status > 999 {
		panic(fmt.Sprintf("invalid WriteHeader code %v", status))
	}
	if w.status != 0 || (status < 200 && status != http.StatusSwitchingProtocols) {
		return
	}
	w.status = status
	w.sent = w.header.Clone()
}

func (w *writer) begin(size int) error {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	if size > 0 && (w.status == http.StatusNoContent || w.status == http.StatusNotModified) {
		return http.ErrBodyNotAllowed
	}
	return nil
}

func (w *writer) Write(data []byte) (int, error) {
	if err := w.begin(len(data)); err != nil {
		return 0, err
	}
	w.body = append(w.body, data...)
	return len(data), nil
}

// WriteString spares io.WriteString a copy.
func (w *writer) WriteString(text string) (int, error) {
	if err := w.begin(len(text)); err != nil {
		return 0, err
	}
	w.body = append(w.body, text...)
	return len(text), nil
}

// Flush does nothing: all of it is sent together.
func (w *writer) Flush() {}

func (w *writer) tell(out *wire.Changes) {
	header := w.header
	if w.status != 0 {
		header = w.sent
	}
	w.fields.tell(out, header)
	if w.status != 0 {
		out.Add(wire.ReplyStatus, uint32(w.status), "", "")
	}
	if len(w.body) > 0 {
		out.Add(wire.ReplyWrite, 0, "", unsafe.String(unsafe.SliceData(w.body), len(w.body)))
	}
}
