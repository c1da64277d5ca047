package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/token"
	"path/filepath"
	"sort"
	"strings"
)

// rename gives init functions names of their own, so that they run when the
// plugin is initialised, where a panic of theirs can be caught.
func (p *program) rename(found *report) {
	prefix := "tykInit"
	for p.used(prefix) {
		prefix += "_"
	}
	for _, file := range p.files {
		var starts []int
		for _, declared := range file.tree.Decls {
			d, is := declared.(*ast.FuncDecl)
			if is && d.Recv == nil && d.Name.Name == "init" {
				starts = append(starts, p.positions.PositionFor(d.Name.Pos(), false).Offset)
			}
		}
		if len(starts) == 0 {
			continue
		}
		sort.Ints(starts)
		absolute, _ := filepath.Abs(filepath.Join(p.folder, file.name))
		var text bytes.Buffer
		// The compiler and stack traces name the user's file, not the copy.
		fmt.Fprintf(&text, "//line %s:1:1\n", absolute)
		last := 0
		for _, start := range starts {
			name := fmt.Sprintf("%s%d", prefix, len(found.Inits))
			found.Inits = append(found.Inits, name)
			text.Write(file.text[last:start])
			last = start + len("init")
			at := p.positions.PositionFor(p.base(file)+token.Pos(last), false)
			fmt.Fprintf(&text, "%s/*line %s:%d:%d*/", name, absolute, at.Line, at.Column)
		}
		text.Write(file.text[last:])
		mark := "\ufeff" // only allowed at the very start
		found.Copies[file.name] = strings.ReplaceAll(text.String(), mark, "")
	}
}

// base is the position at which a file starts.
func (p *program) base(file *source) token.Pos {
	return token.Pos(p.positions.File(file.tree.Package).Base())
}

// used says whether a name of the package begins with prefix.
func (p *program) used(prefix string) bool {
	for _, file := range p.files {
		if bytes.Contains(file.text, []byte(prefix)) {
			return true
		}
	}
	return false
}
