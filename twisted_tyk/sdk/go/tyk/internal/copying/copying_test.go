package copying

import (
	"reflect"
	"testing"
)

type thing struct {
	Name   string
	List   []any
	Table  map[string]*thing
	Next   *thing
	hidden int
}

func TestACopySharesNothing(t *testing.T) {
	one := &thing{"a", []any{1, map[string]any{"x": []any{2}}}, map[string]*thing{"b": {Name: "b"}}, nil, 3}
	two := Of(one)
	if !reflect.DeepEqual(one, two) {
		t.Fatalf("%+v is not %+v", two, one)
	}
	two.List[1].(map[string]any)["x"].([]any)[0] = 5
	two.Table["b"].Name = "c"
	if one.List[1].(map[string]any)["x"].([]any)[0] != 2 || one.Table["b"].Name != "b" {
		t.Error("the first one changed")
	}
	if nothing := Of[*thing](nil); nothing != nil {
		t.Error(nothing)
	}
}
