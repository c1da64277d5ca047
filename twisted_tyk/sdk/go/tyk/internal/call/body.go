package call

import (
	"fmt"
	"io"
	"net/http"
	"unsafe"
)

// A body is a whole body that can be read again: from its beginning after its
// end was read, and after Close.
type body struct {
	text string
	at   int
}

func (b *body) Read(into []byte) (int, error) {
	if b.at == len(b.text) {
		b.at = 0
		return 0, io.EOF
	}
	n := copy(into, b.text[b.at:])
	b.at += n
	return n, nil
}

// WriteTo spares io.Copy a buffer.
func (b *body) WriteTo(w io.Writer) (int64, error) {
	n, err := io.WriteString(w, b.text[b.at:])
	b.at = 0
	return int64(n), err
}

func (b *body) Close() error {
	b.at = 0
	return nil
}

// changed reads what a function has put in the place of a body. It says
// whether the bytes are others.
func (b *body) changed(now io.ReadCloser) (string, bool, error) {
	if same, ok := now.(*body); ok && same == b {
		return "", false, nil
	}
	if now == nil || now == http.NoBody {
		return "", b.text != "", nil
	}
	defer now.Close()
	data, err := io.ReadAll(now)
	if err != nil {
		return "", false, fmt.Errorf("the body that the function has set cannot be read: %w", err)
	}
	text := unsafe.String(unsafe.SliceData(data), len(data))
	return text, text != b.text, nil
}
