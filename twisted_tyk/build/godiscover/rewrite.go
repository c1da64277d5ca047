package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/token"
	"sort"
	"strconv"
)

// edit puts text in the place of a part of a file.
type edit struct {
	start, end int
	text       string
}

// rewrite makes the copies of files that have to read otherwise to the compiler.
func (p *program) rewrite(found *report) {
	prefix := "tykInit"
	for p.used(prefix) {
		prefix += "_"
	}
	for _, file := range p.files {
		edits := append(p.idle(file, found), p.rename(file, prefix, found)...)
		if len(edits) == 0 {
			continue
		}
		sort.Slice(edits, func(i, j int) bool { return edits[i].start < edits[j].start })
		var text bytes.Buffer
		last := 0
		for _, each := range edits {
			text.Write(file.text[last:each.start])
			text.WriteString(each.text)
			last = each.end
		}
		text.Write(file.text[last:])
		found.Copies[file.name] = text.String()
	}
}

// rename gives init functions names of their own, so that they run when the
// plugin is initialised, where a panic of theirs can be caught.
func (p *program) rename(file *source, prefix string, found *report) []edit {
	var edits []edit
	for _, declared := range file.tree.Decls {
		d, is := declared.(*ast.FuncDecl)
		if !is || d.Recv != nil || d.Name.Name != "init" {
			continue
		}
		name := fmt.Sprintf("%s%d", prefix, len(found.Inits))
		found.Inits = append(found.Inits, name)
		start, end := p.offset(d.Name.Pos()), p.offset(d.Name.End())
		// Columns stay those of the user's file.
		at := p.positions.PositionFor(d.Name.End(), false)
		edits = append(edits, edit{
			start, end, fmt.Sprintf("%s/*line :%d:%d*/", name, at.Line, at.Column),
		})
	}
	return edits
}

// idle keeps imports that nothing uses from being an error: published sources have them.
func (p *program) idle(file *source, found *report) []edit {
	used := map[string]bool{}
	for _, name := range file.tree.Unresolved {
		used[name.Name] = true
	}
	var edits []edit
	for _, spec := range file.tree.Imports {
		where, _ := strconv.Unquote(spec.Path.Value)
		start := p.offset(spec.Path.Pos())
		end, name := start, usual(where)
		if spec.Name != nil {
			start, name = p.offset(spec.Name.Pos()), spec.Name.Name
		} else if !standard(where) && !ours(where) {
			continue // its package may have another name
		}
		if used[name] || name == "_" || name == "." || where == "C" {
			continue
		}
		edits = append(edits, edit{start, end, "_ "})
		found.Warnings = append(found.Warnings, fmt.Sprintf(
			"%s: %q is imported and not used", p.place(spec), where))
	}
	return edits
}

func (p *program) offset(at token.Pos) int {
	return p.positions.PositionFor(at, false).Offset
}

// used says whether prefix is anywhere in the package.
func (p *program) used(prefix string) bool {
	for _, file := range p.files {
		if bytes.Contains(file.text, []byte(prefix)) {
			return true
		}
	}
	return false
}
