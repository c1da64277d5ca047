package wire

import (
	"os"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// parts is a frame by its parts; Encode is what the gateway does.
func encode(flags, status, port uint32, slices []string, fields ...[]Field) []byte {
	all := append([]string{}, slices...)
	for _, group := range fields {
		for _, field := range group {
			all = append(all, field.Name, field.Value)
		}
	}
	data := make([]byte, frameHead+4*len(all))
	for i, text := range all {
		order.PutUint32(data[frameHead+4*i:], uint32(len(text)))
		data = append(data, text...)
	}
	head := []uint32{frameMagic, uint32(len(data)), flags, status, port, uint32(len(slices))}
	for i, number := range head {
		order.PutUint32(data[4*i:], number)
	}
	for i, group := range fields {
		order.PutUint32(data[24+4*i:], uint32(len(group)))
	}
	return data
}

func TestWhatIsInAFrameIsRead(t *testing.T) {
	slices := []string{"GET", "/a?b=c", "host", "::1", "body", "key", "{}", "api", "", "", "", "", "", "new"}
	request, response := []Field{{"A", "1"}, {"a", ""}}, []Field{{"B", "2"}}
	reply := []Field{{"C", "3"}, {"D", "4"}, {"", ""}}
	data := encode(3, 200, 443, slices, request, response, reply)
	var f Frame
	if err := f.Read(data); err != nil {
		t.Fatal(err)
	}
	for i := range data {
		data[i] = 0xff // nothing of the frame may point in there
	}
	if f.Flags != 3 || f.Status != 200 || f.Port != 443 {
		t.Error(f.Flags, f.Status, f.Port)
	}
	if got := f.Slices[:]; !reflect.DeepEqual(got, slices[:Slices]) {
		t.Errorf("%q", got)
	}
	for _, pair := range [][2][]Field{{f.Request, request}, {f.Response, response}, {f.Reply, reply}} {
		if !reflect.DeepEqual(pair[0], pair[1]) {
			t.Errorf("%q is not %q", pair[0], pair[1])
		}
	}
}

func TestAFrameWithFewSlicesHasEmptyOnes(t *testing.T) {
	var f Frame
	if err := f.Read(encode(0, 0, 0, []string{"GET", "/"}, []Field{{"A", "1"}})); err != nil {
		t.Fatal(err)
	}
	if f.Slices[Target] != "/" || f.Slices[Body] != "" || f.Request[0] != (Field{"A", "1"}) {
		t.Errorf("%q %q", f.Slices, f.Request)
	}
}

func TestAFrameThatCannotBeRightIsRefused(t *testing.T) {
	good := encode(0, 0, 0, []string{"GET", "/"}, []Field{{"A", "1"}})
	lie := func(at int, value uint32) []byte {
		data := append([]byte{}, good...)
		order.PutUint32(data[at:], value)
		return data
	}
	for name, data := range map[string][]byte{
		"short":          good[:39],
		"cut":            good[:len(good)-1],
		"magic":          lie(0, 1),
		"size":           lie(4, uint32(len(good)+1)),
		"slices":         lie(20, 1<<30),
		"fields":         lie(24, 1<<31),
		"reply fields":   lie(32, 0xffffffff),
		"a long length":  lie(40, 0xffffffff),
		"a short length": lie(40, 0),
	} {
		if err := new(Frame).Read(data); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func FuzzFrame(f *testing.F) {
	f.Add(encode(1, 2, 3, []string{"GET", "/", "h", "p", "body"}, []Field{{"A", "1"}}))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		var frame Frame
		if frame.Read(data) == nil && uint32(len(data)) != order.Uint32(data[4:]) {
			t.Error("a frame of another size was taken")
		}
	})
}

func TestPackedStringsComeBack(t *testing.T) {
	for _, texts := range [][]string{{}, {""}, {"a", "", "\x00\xff"}} {
		if got, err := Unpack(Pack(texts...)); err != nil || !reflect.DeepEqual(got, texts) {
			t.Errorf("%q came back as %q, %v", texts, got, err)
		}
	}
	whole := Pack("a", "b")
	for _, data := range [][]byte{nil, whole[:3], whole[:9], whole[:13], append(whole, 0)} {
		if got, err := Unpack(data); err == nil {
			t.Errorf("%q was taken as %q", data, got)
		}
	}
}

func TestChangesAreWritten(t *testing.T) {
	c := NewChanges()
	defer c.Free()
	if c.Size() != 0 {
		t.Error("no changes have a size")
	}
	c.Write(nil)
	c.Add(HeaderSet, 0, "A", "1")
	c.Add(ReplyStatus, 404, "", "")
	data := make([]byte, c.Size()+1)
	c.Write(data)
	if n := c.Size(); n != 16+2*16+2 || string(data[n-2:]) != "A1\x00" {
		t.Errorf("%d bytes: %q", n, data)
	}
	if order.Uint32(data[32:]) != ReplyStatus || order.Uint32(data[36:]) != 404 {
		t.Errorf("%v", data)
	}
	c.Drop()
	if c.Size() != 0 {
		t.Error("dropped changes are there")
	}
}

func TestTheNumbersAreThoseOfTheHeader(t *testing.T) {
	header, err := os.ReadFile("../../../../c/tyk_plugin.h")
	if err != nil {
		t.Skip("the header is not beside the module")
	}
	source, err := os.ReadFile("numbers.go")
	if err != nil {
		t.Fatal(err)
	}
	ours := map[string]int{}
	for _, found := range regexp.MustCompile(`(?m)^\t(\w+) += (\S+)$`).FindAllStringSubmatch(string(source), -1) {
		value, err := strconv.ParseInt(found[2], 0, 64)
		if err != nil {
			t.Fatal(err)
		}
		ours[strings.ToLower(found[1])] = int(value)
	}
	names := map[string]string{
		"abimajor": "major", "abiminor": "minor", "owned": "", "framemagic": "framemagic",
	}
	pattern := regexp.MustCompile(`(?m)(?:^    TYK_(\w+) = (-?\d+)|^#define TYK_(\w+) (\w+))`)
	count := 0
	for _, found := range pattern.FindAllStringSubmatch(string(header), -1) {
		name := strings.ToLower(strings.ReplaceAll(found[1]+found[3], "_", ""))
		value, err := strconv.ParseInt(found[2]+found[4], 0, 64)
		if other, ok := names[name]; ok {
			name = other
		}
		if err != nil || name == "" {
			continue
		}
		count++
		if got, ok := ours[name]; !ok || got != int(value) {
			t.Errorf("%s is %d in the header, %d here", name, value, got)
		}
	}
	if count < len(ours) {
		t.Errorf("%d numbers of %d are in the header", count, len(ours))
	}
}
