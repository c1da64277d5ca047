package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"strings"
)

const (
	http      = "net/http"
	analytics = "github.com/TykTechnologies/tyk-pump/analytics"
)

var needs = map[string]bool{
	"body": true, "session": true, "definition": true, "context": true, "tls": true,
}

// list finds the exported functions, in the order of files and lines.
func (p *program) list(found *report) {
	for _, file := range p.files {
		for _, declared := range file.tree.Decls {
			d, is := declared.(*ast.FuncDecl)
			if !is || d.Recv != nil || !d.Name.IsExported() {
				continue
			}
			kind := p.kind(file, d)
			if kind == "" {
				found.Misses = append(found.Misses, miss{
					d.Name.Name, p.signature(d), p.near(file, d), p.place(d),
				})
				continue
			}
			each := function{Name: d.Name.Name, Kind: kind, Place: p.place(d)}
			if !p.directives(d, &each, found) {
				each.Needs = p.needs(unit{d, file}, kind)
			}
			found.Functions = append(found.Functions, each)
		}
	}
}

// kind is request, response or analytics, or nothing.
func (p *program) kind(file *source, d *ast.FuncDecl) string {
	if d.Type.Results != nil && len(d.Type.Results.List) > 0 {
		return ""
	}
	if d.Type.TypeParams != nil {
		return ""
	}
	var types []string
	for _, each := range parameters(d) {
		types = append(types, file.named(each.kind))
	}
	switch strings.Join(types, ", ") {
	case http + ".ResponseWriter, *" + http + ".Request":
		return "request"
	case http + ".ResponseWriter, *" + http + ".Response, *" + http + ".Request":
		return "response"
	case "*" + analytics + ".AnalyticsRecord":
		return "analytics"
	}
	return ""
}

// near says whether it looks as if it was meant for a plugin.
func (p *program) near(file *source, d *ast.FuncDecl) bool {
	for _, each := range parameters(d) {
		name := strings.TrimPrefix(file.named(each.kind), "*")
		switch name {
		case http + ".ResponseWriter", http + ".Request", http + ".Response",
			analytics + ".AnalyticsRecord":
			return true
		}
	}
	return false
}

func (p *program) signature(d *ast.FuncDecl) string {
	var text bytes.Buffer
	if err := format.Node(&text, p.positions, d.Type); err != nil {
		return "func"
	}
	return text.String()
}

// named spells a type with the import path of its package, as far as it matters here.
func (s *source) named(kind ast.Expr) string {
	switch t := kind.(type) {
	case *ast.ParenExpr:
		return s.named(t.X)
	case *ast.StarExpr:
		return "*" + s.named(t.X)
	case *ast.SelectorExpr:
		if x, is := t.X.(*ast.Ident); is {
			return s.imports[x.Name] + "." + t.Sel.Name
		}
	case *ast.Ident:
		if s.dotted[http] && (t.Name == "ResponseWriter" || t.Name == "Request" || t.Name == "Response") {
			return http + "." + t.Name
		}
		if s.dotted[analytics] && t.Name == "AnalyticsRecord" {
			return analytics + "." + t.Name
		}
		return t.Name
	}
	return "?"
}

type parameter struct {
	name *ast.Ident // nil when it has none
	kind ast.Expr
}

func parameters(d *ast.FuncDecl) []parameter {
	var list []parameter
	for _, field := range d.Type.Params.List {
		if len(field.Names) == 0 {
			list = append(list, parameter{nil, field.Type})
		}
		for _, name := range field.Names {
			list = append(list, parameter{name, field.Type})
		}
	}
	return list
}

// directives reads //tyk:needs and //tyk:mode; it says whether needs were given.
func (p *program) directives(d *ast.FuncDecl, each *function, found *report) bool {
	if d.Doc == nil {
		return false
	}
	for _, comment := range d.Doc.List {
		words := strings.Fields(strings.TrimPrefix(comment.Text, "//"))
		if len(words) == 0 || !strings.HasPrefix(comment.Text, "//tyk:") {
			continue
		}
		wrong := func(text string) {
			found.Errors = append(found.Errors, fmt.Sprintf("%s: %s", p.place(comment), text))
		}
		switch words[0] {
		case "tyk:mode":
			if len(words) != 2 || words[1] != "inline" && words[1] != "pool" && words[1] != "process" {
				wrong("expected //tyk:mode and one of inline, pool, process")
				continue
			}
			each.Mode = words[1]
		case "tyk:needs":
			each.Asked = true
			for _, word := range words[1:] {
				if word == "none" {
					continue
				}
				if !needs[word] {
					wrong(fmt.Sprintf(
						"found need %q, expected some of body, session, definition, context, tls, or none", word))
					continue
				}
				each.Needs = append(each.Needs, word)
			}
		default:
			wrong(fmt.Sprintf("found //%s, expected //tyk:needs or //tyk:mode", words[0]))
		}
	}
	return each.Asked
}
