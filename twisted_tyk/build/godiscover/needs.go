package main

import (
	"go/ast"
	"go/token"
	"sort"
	"strings"
)

const gatewayContext = tyk + "/ctx"

// of what tyk/ctx offers, what belongs to a session or a definition; the rest is context.
var offered = map[string]string{
	"GetSession": "session", "SetSession": "session", "GetAuthToken": "session",
	"SessionData": "session", "AuthToken": "session", "HashedAuthToken": "session",
	"UpdateSession": "session",
	"GetDefinition": "definition", "SetDefinition": "definition", "Definition": "definition",
	"GetOASDefinition": "definition", "SetOASDefinition": "definition",
	"OASDefinition": "definition",
	"Key":           "",
}

// needs is what the function may look at. When in doubt it says yes: what is
// sent for nothing costs time, what is missing changes what the plugin does.
func (p *program) needs(u unit, kind string) []string {
	wanted := map[string]bool{}
	if kind == "analytics" {
		return nil
	}
	d := u.node.(*ast.FuncDecl)
	list := parameters(d)
	flows := flows{p, map[*ast.Ident]bool{}}
	last := flows.of(u, list[len(list)-1].name, requestSafe)
	seen := last
	if kind == "request" {
		wanted["body"] = last.body
	} else {
		answer := flows.of(u, list[1].name, responseSafe)
		wanted["body"] = answer.body
		seen.tls = seen.tls || answer.tls
		seen.lost = seen.lost || answer.lost
	}
	wanted["tls"] = seen.tls
	units := p.all()
	if !seen.lost {
		units = p.reached(append([]unit{u}, p.inits...))
	}
	p.context(units, wanted)
	var names []string
	for name, is := range wanted {
		if is {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	return names
}

// context adds what these parts of the package take from tyk/ctx and from contexts.
func (p *program) context(units []unit, wanted map[string]bool) {
	contexts, values := false, false
	for _, u := range units {
		if u.file.dotted[gatewayContext] {
			wanted["session"], wanted["definition"], wanted["context"] = true, true, true
		}
		ast.Inspect(u.node, func(node ast.Node) bool {
			s, is := node.(*ast.SelectorExpr)
			if !is {
				return true
			}
			contexts = contexts || s.Sel.Name == "Context"
			values = values || s.Sel.Name == "Value"
			x, is := s.X.(*ast.Ident)
			if is && u.file.imports[x.Name] == gatewayContext {
				need, known := offered[s.Sel.Name]
				if !known {
					need = "context"
				}
				if need != "" {
					wanted[need] = true
				}
			}
			return true
		})
	}
	if contexts && values {
		wanted["context"] = true
	}
}

// reached are the parts of the package that these can come to, going by names.
func (p *program) reached(start []unit) []unit {
	var found []unit
	seen := map[ast.Node]bool{}
	for len(start) > 0 {
		u := start[0]
		start = start[1:]
		if seen[u.node] {
			continue
		}
		seen[u.node] = true
		found = append(found, u)
		ast.Inspect(u.node, func(node ast.Node) bool {
			if name, is := node.(*ast.Ident); is {
				start = append(start, p.units(name.Name)...)
			}
			return true
		})
	}
	return found
}

func (p *program) units(name string) []unit {
	found := append(append([]unit{}, p.methods[name]...), p.values[name]...)
	if u, is := p.functions[name]; is {
		found = append(found, u)
	}
	return found
}

func (p *program) all() []unit {
	var found []unit
	for _, file := range p.files {
		for _, declared := range file.tree.Decls {
			if g, is := declared.(*ast.GenDecl); !is || g.Tok != token.IMPORT {
				found = append(found, unit{declared, file})
			}
		}
	}
	return found
}

// safe are members by which nothing of a body is read.
type safe map[string]bool

var (
	requestSafe = set(`Header URL Method Host RemoteAddr RequestURI Proto ProtoMajor ProtoMinor
		ProtoAtLeast Context Cookie Cookies CookiesNamed AddCookie UserAgent Referer BasicAuth
		SetBasicAuth TLS Pattern PathValue SetPathValue`)
	responseSafe = set(`Header Status StatusCode Proto ProtoMajor ProtoMinor ProtoAtLeast
		Request TLS Cookies Location`)
	// By these the body is read, and nothing else gets hold of the request.
	readers = set(`Body GetBody ContentLength Form PostForm MultipartForm FormValue PostFormValue
		FormFile ParseForm ParseMultipartForm MultipartReader`)
	// Functions of net/http that look at method and URL alone.
	harmless = set(`Redirect NotFound`)
)

func set(names string) safe {
	found := safe{}
	for _, name := range strings.Fields(names) {
		found[name] = true
	}
	return found
}
