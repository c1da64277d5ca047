package wire

import "sync"

const (
	changesHead = 16
	changeHead  = 16
)

type change struct {
	kind, number uint32
	key, value   string
}

// Changes collects what a function wants changed, in order.
type Changes struct {
	list  []change
	bytes int
}

var spare = sync.Pool{New: func() any { return new(Changes) }}

// NewChanges returns an empty list; give it back with Free.
func NewChanges() *Changes { return spare.Get().(*Changes) }

// Free makes the list ready for another call.
func (c *Changes) Free() {
	if cap(c.list) > 1024 {
		return
	}
	c.Drop()
	spare.Put(c)
}

// Drop forgets all changes.
func (c *Changes) Drop() {
	// The strings are let go too.
	clear(c.list)
	c.list = c.list[:0]
	c.bytes = 0
}

// Add adds a change.
func (c *Changes) Add(kind, number uint32, key, value string) {
	c.list = append(c.list, change{kind, number, key, value})
	c.bytes += len(key) + len(value)
}

// Size is how many bytes Write needs: none when nothing changes.
func (c *Changes) Size() int {
	if len(c.list) == 0 {
		return 0
	}
	return changesHead + changeHead*len(c.list) + c.bytes
}

// Write writes the changes to the beginning of data, which has room for Size bytes.
func (c *Changes) Write(data []byte) {
	size := c.Size()
	if size == 0 {
		return
	}
	order.PutUint32(data[0:], changesMagic)
	order.PutUint32(data[4:], uint32(size))
	order.PutUint32(data[8:], uint32(len(c.list)))
	order.PutUint32(data[12:], 0)
	at := changesHead
	end := changesHead + changeHead*len(c.list)
	for i := range c.list {
		one := &c.list[i]
		order.PutUint32(data[at:], one.kind)
		order.PutUint32(data[at+4:], one.number)
		order.PutUint32(data[at+8:], uint32(len(one.key)))
		order.PutUint32(data[at+12:], uint32(len(one.value)))
		at += changeHead
		end += copy(data[end:], one.key)
		end += copy(data[end:], one.value)
	}
}

// Each calls f with every change.
func (c *Changes) Each(f func(kind, number uint32, key, value string)) {
	for _, one := range c.list {
		f(one.kind, one.number, one.key, one.value)
	}
}
