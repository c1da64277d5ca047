package members

import "testing"

type some struct {
	A int `json:"a"`
	B string
	C bool `json:"-"`
}

func TestUnknownMembersAreKept(t *testing.T) {
	for given, want := range map[string]string{
		`{"a": 1, "b": "x", "z": [1], "y": null}`: `{"a":1,"B":"x","y":null,"z":[1]}`,
		`{}`:                         `{"a":0,"B":""}`,
		`{"C": true}`:                `{"a":0,"B":"","C":true}`,
		`{"a": "no number", "B":""}`: `{"a":0,"B":""}`,
	} {
		var value some
		unknown, err := Read([]byte(given), &value)
		if err != nil {
			t.Error(given, err)
		}
		if text, err := Write(value, unknown); err != nil || string(text) != want {
			t.Errorf("%s became %s, %v", given, text, err)
		}
	}
	if text, err := Write(struct{}{}, Unknown{"x": []byte("1")}); string(text) != `{"x":1}` {
		t.Error(string(text), err)
	}
	if _, err := Read([]byte("["), new(some)); err == nil {
		t.Error("broken JSON was taken")
	}
}
