package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// order is the byte order of this machine, which frames are in. They begin at
// any address.
var order = binary.NativeEndian

const frameHead = 40

// A Field is a header field as it arrived.
type Field struct{ Name, Value string }

// A Frame is a request, a response with its request, or a record. Nothing of
// it points into the bytes it was read from.
type Frame struct {
	Flags, Status, Port uint32
	Slices              [Slices]string
	// Request are the fields of the request, Response those of the upstream's
	// response, Reply those that hooks have added to the client's response.
	Request, Response, Reply []Field
}

// Read takes a frame apart. The bytes are copied twice at most: the body apart
// from the rest, so that somebody who keeps a header value does not keep the
// body too.
func (f *Frame) Read(data []byte) error {
	if len(data) < frameHead {
		return fmt.Errorf("a frame of %d bytes is shorter than its head", len(data))
	}
	if magic := order.Uint32(data[0:]); magic != frameMagic {
		return fmt.Errorf("a frame begins with %#x, not with %#x", magic, frameMagic)
	}
	if size := order.Uint32(data[4:]); uint64(size) != uint64(len(data)) {
		return fmt.Errorf("a frame says it has %d bytes and has %d", size, len(data))
	}
	f.Flags, f.Status, f.Port = order.Uint32(data[8:]), order.Uint32(data[12:]), order.Uint32(data[16:])
	slices := uint64(order.Uint32(data[20:]))
	counts := [3]uint64{
		uint64(order.Uint32(data[24:])), uint64(order.Uint32(data[28:])), uint64(order.Uint32(data[32:])),
	}
	fields := counts[0] + counts[1] + counts[2]
	lengths := slices + 2*fields
	if frameHead+4*lengths > uint64(len(data)) {
		return fmt.Errorf("%d lengths do not fit into a frame of %d bytes", lengths, len(data))
	}
	start := frameHead + 4*int(lengths)
	total := uint64(start)
	for at := frameHead; at < start; at += 4 {
		total += uint64(order.Uint32(data[at:]))
	}
	if total != uint64(len(data)) {
		return fmt.Errorf("the lengths of a frame come to %d bytes, of %d", total, len(data))
	}
	f.split(data, int(slices), int(fields), start)
	f.Request = f.Request[:fields:fields]
	first, second := counts[0], counts[0]+counts[1]
	all := f.Request
	f.Request, f.Response, f.Reply = all[:first:first], all[first:second:second], all[second:]
	return nil
}

// split copies the bytes and cuts them up; the lengths were checked.
func (f *Frame) split(data []byte, slices, fields, start int) {
	bodyStart, bodySize := len(data), 0
	if slices > Body {
		bodyStart = start
		for slice := 0; slice < Body; slice++ {
			bodyStart += int(order.Uint32(data[frameHead+4*slice:]))
		}
		bodySize = int(order.Uint32(data[frameHead+4*Body:]))
	}
	var copied strings.Builder
	copied.Grow(len(data) - start - bodySize)
	copied.Write(data[start:bodyStart])
	if bodySize > 0 {
		f.Slices[Body] = string(data[bodyStart : bodyStart+bodySize])
	}
	copied.Write(data[bodyStart+bodySize:])
	rest := copied.String()
	for slice := 0; slice < slices; slice++ {
		size := int(order.Uint32(data[frameHead+4*slice:]))
		if slice == Body {
			continue
		}
		if slice < Slices {
			f.Slices[slice] = rest[:size]
		}
		rest = rest[size:]
	}
	f.Request = make([]Field, fields)
	at := frameHead + 4*slices
	for i := range f.Request {
		name, value := int(order.Uint32(data[at:])), int(order.Uint32(data[at+4:]))
		f.Request[i] = Field{rest[:name], rest[name : name+value]}
		rest = rest[name+value:]
		at += 8
	}
}

// ErrPacked is what Unpack returns for bytes that are no packed strings.
var ErrPacked = errors.New("these are no packed strings")

// Pack puts strings into the form in which services take them.
func Pack(texts ...string) []byte {
	size := 4 + 4*len(texts)
	for _, text := range texts {
		size += len(text)
	}
	packed := make([]byte, 4+4*len(texts), size)
	order.PutUint32(packed[0:], uint32(len(texts)))
	for i, text := range texts {
		order.PutUint32(packed[4+4*i:], uint32(len(text)))
		packed = append(packed, text...)
	}
	return packed
}

// Unpack copies the strings out of packed ones.
func Unpack(data []byte) ([]string, error) {
	if len(data) < 4 {
		return nil, ErrPacked
	}
	count := uint64(order.Uint32(data[0:]))
	if 4+4*count > uint64(len(data)) {
		return nil, ErrPacked
	}
	rest := string(data[4+4*count:])
	texts := make([]string, count)
	for i := range texts {
		size := uint64(order.Uint32(data[4+4*i:]))
		if size > uint64(len(rest)) {
			return nil, ErrPacked
		}
		texts[i], rest = rest[:size], rest[size:]
	}
	if rest != "" {
		return nil, ErrPacked
	}
	return texts, nil
}
