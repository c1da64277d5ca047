package oas

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
)

const document = `{
	"openapi": "3.0.3", "info": {"title": "Two", "version": "1", "x-by": "me", "summary": "kept"},
	"servers": [{"url": "http://s"}],
	"paths": {"/a": {"get": {"operationId": "a", "responses": {"200": {"description": "ok"}}}, "x-p": 1}},
	"components": {"schemas": {"S": {"type": "object"}}},
	"x-other": [1],
	"x-tyk-api-gateway": {
		"info": {"name": "Two", "id": "2", "state": {"active": true}},
		"upstream": {"url": "http://u", "of_ours": 1},
		"server": {"listenPath": {"value": "/two/", "strip": true}, "authentication": {"enabled": true, "custom":
			{"enabled": true, "config": {"enabled": true, "functionName": "F", "path": "p"}, "header": {"enabled": true, "name": "K"}}}},
		"middleware": {"global": {"pluginConfig": {"driver": "goplugin", "data": {"enabled": true, "value": {"k": "v"}}},
			"prePlugins": [{"enabled": true, "functionName": "G", "path": "p", "timeout": 1}]},
			"operations": {"a": {"allow": {"enabled": true}, "mockResponse": {"code": 200}}}}
	}
}`

func read(t *testing.T) *OAS {
	s := new(OAS)
	if err := json.Unmarshal([]byte(document), s); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestADocumentComesBackWhole(t *testing.T) {
	s := read(t)
	x, ok := s.Extensions["x-tyk-api-gateway"].(*XTykAPIGateway)
	if !ok || x != s.GetTykExtension() {
		t.Fatal("the extension has no type")
	}
	custom := x.Server.Authentication.Custom
	for _, pair := range [][2]any{
		{s.Info.Title, "Two"}, {s.Info.Extensions["x-by"], "me"}, {s.T.OpenAPI, "3.0.3"},
		{s.Paths.Map()["/a"].Get.OperationID, "a"}, {s.Paths.Find("/a").GetOperation("GET") != nil, true},
		{s.Paths.Value("/b") == nil, true}, {s.Paths.Len(), 1}, {len(s.Paths["/a"].Operations()), 1},
		{x.Middleware.Global.PluginConfig.Data.Value["k"], "v"}, {x.Upstream.URL, "http://u"},
		{custom.Config.FunctionName, "F"}, {custom.Header.Name, "K"},
		{s.GetTykMiddleware().Operations["a"].Allow.Enabled, true},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%v is not %v", pair[0], pair[1])
		}
	}
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{
		`"summary":"kept"`, `"x-by":"me"`, `"x-p":1`, `"x-other":[1]`, `"of_ours":1`, `"timeout":1`,
		`"mockResponse":{"code":200}`, `"S":{"type":"object"}`, `"name":"K"`,
	} {
		if !strings.Contains(strings.ReplaceAll(string(text), ": ", ":"), part) {
			t.Errorf("%s is missing in %s", part, text)
		}
	}
	var again OAS
	if err := json.Unmarshal(text, &again); err != nil {
		t.Fatal(err)
	}
	if third, err := json.Marshal(again); err != nil || string(third) != string(text) {
		t.Errorf("%s\nis not\n%s", third, text)
	}
}

func TestACopySharesNothing(t *testing.T) {
	s := read(t)
	copied, err := s.Clone()
	if err != nil {
		t.Fatal(err)
	}
	copied.GetTykExtension().Upstream.URL = "other"
	copied.Paths["/a"].Get.OperationID = "other"
	if s.GetTykExtension().Upstream.URL != "http://u" || s.Paths["/a"].Get.OperationID != "a" {
		t.Error("the first one changed")
	}
}

func TestExtensions(t *testing.T) {
	s := new(OAS)
	if s.GetTykExtension() != nil || s.GetTykMiddleware() != nil || s.GetTykStreamingExtension() != nil {
		t.Error("there is no extension")
	}
	s.SetTykExtension(&XTykAPIGateway{Middleware: &Middleware{}})
	s.SetTykStreamingExtension(&XTykStreaming{})
	if s.GetTykMiddleware() == nil || s.GetTykStreamingExtension() == nil {
		t.Error("it is lost")
	}
	s.RemoveTykExtension()
	s.RemoveTykStreamingExtension()
	if len(s.Extensions) != 0 {
		t.Error(s.Extensions)
	}
	s.Extensions["x-tyk-api-gateway"] = map[string]interface{}{"info": []int{}, "upstream": 1}
	if x := s.GetTykExtension(); x == nil || x.Upstream.URL != "" {
		t.Error(x)
	}
}

func TestServersAndWhatADocumentNeeds(t *testing.T) {
	s := new(OAS)
	if s.Validate(context.Background()) == nil {
		t.Error("an empty document is valid")
	}
	s = read(t)
	if err := s.Validate(context.Background()); err != nil {
		t.Error(err)
	}
	urls := func() (all string) {
		for _, server := range s.Servers {
			all += server.URL + " "
		}
		return all
	}
	steps := []struct {
		step func()
		want string
	}{
		{func() { _ = s.AddServers("http://a", "http://s") }, "http://a http://s "},
		{func() { s.UpdateServers("http://b", "http://a") }, "http://b http://s "},
		{func() { s.UpdateServers("http://c", "http://x") }, "http://c http://b http://s "},
		{func() { s.ReplaceServers([]string{"http://d"}, []string{"http://c", "http://b"}) }, "http://d http://s "},
		{func() { _ = s.RemoveServer("http://d") }, "http://s "},
		{func() { _ = s.RemoveServer("http://d") }, "http://s "},
	}
	for i, each := range steps {
		if each.step(); urls() != each.want {
			t.Errorf("step %d: %s", i, urls())
		}
	}
	empty := new(OAS)
	empty.Initialize()
	if empty.Paths == nil || empty.Components == nil || empty.Extensions == nil {
		t.Error("something is missing")
	}
	empty.Paths.Set("/", nil)
}
