package apidef

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
)

const definition = `{
	"name": "One", "api_id": "1", "org_id": "o", "use_keyless": true, "config_data": {"a": {"b": [1]}},
	"of_ours": {"x": 1},
	"proxy": {"listen_path": "/l/", "target_url": "http://u", "target_list": ["a", "b"], "of_ours": 2},
	"custom_middleware": {"driver": "goplugin", "pre": [{"name": "F", "path": "p.so", "timeout": 3}]},
	"version_data": {"not_versioned": true, "versions": {"": {"name": "", "use_extended_paths": true,
		"extended_paths": {"hard_timeouts": [{"path": "/", "method": "GET", "duration": "1m30s"}],
			"go_plugin": [{"plugin_path": "p.so", "path": "/a", "method": "GET", "func_name": "G"}],
			"persist_graphql": [{"path": "/g"}]}}}},
	"graphql": {"enabled": false, "engine": {"x": 1}}
}`

func TestADefinitionComesBackWhole(t *testing.T) {
	var a APIDefinition
	if err := json.Unmarshal([]byte(definition), &a); err != nil {
		t.Fatal(err)
	}
	paths := a.VersionData.Versions[""].ExtendedPaths
	for _, pair := range [][2]any{
		{a.Name, "One"}, {a.UseKeylessAccess, true}, {a.Proxy.ListenPath, "/l/"},
		{a.CustomMiddleware.Driver, GoPluginDriver}, {a.CustomMiddleware.Pre[0].Name, "F"},
		{paths.HardTimeouts[0].TimeoutDuration.Seconds(), 90.0}, {paths.GoPlugin[0].SymbolName, "G"},
		{a.Proxy.StructuredTargetList.Len(), 2},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%v is not %v", pair[0], pair[1])
		}
	}
	text, err := json.Marshal(a.Clone())
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{
		`"of_ours":{"x": 1}`, `"of_ours":2`, `"timeout":3`, `"persist_graphql":[{"path": "/g"}]`,
		`"engine":{"x": 1}`, `"duration":"1m30s"`,
	} {
		if !strings.Contains(strings.ReplaceAll(string(text), ": ", ":"), strings.ReplaceAll(part, ": ", ":")) {
			t.Errorf("%s is missing in %s", part, text)
		}
	}
	var again APIDefinition
	if err := json.Unmarshal(text, &again); err != nil || again.Name != "One" {
		t.Error(err)
	}
	if third, err := json.Marshal(again); err != nil || string(third) != string(text) {
		t.Errorf("%s\nis not\n%s", third, text)
	}
}

func TestACopySharesNothing(t *testing.T) {
	var a APIDefinition
	if err := json.Unmarshal([]byte(definition), &a); err != nil {
		t.Fatal(err)
	}
	copied := a.Clone()
	copied.ConfigData["a"].(map[string]interface{})["b"] = nil
	copied.CustomMiddleware.Pre[0].Name = "other"
	copied.Proxy.StructuredTargetList.Set(nil)
	if a.ConfigData["a"].(map[string]interface{})["b"] == nil || a.CustomMiddleware.Pre[0].Name != "F" ||
		a.Proxy.StructuredTargetList.Len() != 2 {
		t.Error("the first one changed")
	}
}

func TestWhatIsOddIsLeftOut(t *testing.T) {
	var a APIDefinition
	if err := json.Unmarshal([]byte(`{"name": "x", "proxy": {"listen_path": 1, "target_url": "u"}}`), &a); err != nil {
		t.Error(err)
	}
	if a.Name != "x" || a.Proxy.TargetURL != "u" {
		t.Errorf("%+v", a)
	}
	if json.Unmarshal([]byte(`[`), &a) == nil {
		t.Error("broken JSON was taken")
	}
	a.Domain, a.DomainDisabled = "d", true
	if a.GetAPIDomain() != "" {
		t.Error("a disabled domain")
	}
}

func TestHostLists(t *testing.T) {
	hosts := NewHostListFromList([]string{"a", "b"})
	if host, err := hosts.GetIndex(1); host != "b" || err != nil {
		t.Error(host, err)
	}
	if _, err := hosts.GetIndex(2); err == nil {
		t.Error("there is no third host")
	}
	hosts.All()[0] = "c"
	if !reflect.DeepEqual(hosts.All(), []string{"a", "b"}) {
		t.Error(hosts.All())
	}
}

func TestDurations(t *testing.T) {
	for text, want := range map[string]time.Duration{`"10ms"`: 10 * time.Millisecond, `5`: 5, `""`: 0} {
		var d ReadableDuration
		if err := json.Unmarshal([]byte(text), &d); err != nil || time.Duration(d) != want {
			t.Error(text, d, err)
		}
	}
	var d ReadableDuration
	if json.Unmarshal([]byte(`"soon"`), &d) == nil || json.Unmarshal([]byte(`{}`), &d) == nil {
		t.Error("it was taken")
	}
	if text, _ := json.Marshal(ReadableDuration(time.Minute)); string(text) != `"1m0s"` {
		t.Error(string(text))
	}
}
