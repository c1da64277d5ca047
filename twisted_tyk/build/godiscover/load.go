package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/scanner"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// source is one file, with the import path behind each name that it uses.
type source struct {
	name    string
	text    []byte
	tree    *ast.File
	imports map[string]string
	dotted  map[string]bool // import paths whose names are used bare
}

// unit is something at the top of a file that has a name.
type unit struct {
	node ast.Node
	file *source
}

// program is the package main of a folder.
type program struct {
	folder    string
	positions *token.FileSet
	files     []*source
	functions map[string]unit   // without a receiver, init left out
	methods   map[string][]unit // of all types
	values    map[string][]unit // package variables and types
	inits     []unit
	foreign   bool // something is imported that is neither Go's nor Tyk's
}

var version = regexp.MustCompile(`^v[0-9]+$`)

// load reads the files that Go would build; nil when they can not be built.
func load(folder string, tags []string, found *report) *program {
	context := build.Default
	context.CgoEnabled = true
	context.BuildTags = tags
	listed, err := context.ImportDir(folder, 0)
	if err != nil {
		if _, none := err.(*build.NoGoError); none {
			found.Errors = append(found.Errors, nothing)
			return nil
		}
		if many, is := err.(*build.MultiplePackageError); is {
			found.Errors = append(found.Errors, fmt.Sprintf(
				"%s:1:1: package %s, but %s has package %s: a folder holds one package",
				many.Files[1], many.Packages[1], many.Files[0], many.Packages[0]))
			return nil
		}
	}
	p := &program{
		folder:    folder,
		positions: token.NewFileSet(),
		functions: map[string]unit{},
		methods:   map[string][]unit{},
		values:    map[string][]unit{},
	}
	names := append(append([]string{}, listed.GoFiles...), listed.CgoFiles...)
	names = append(names, listed.InvalidGoFiles...)
	seen := map[string]bool{}
	for _, name := range names {
		if !seen[name] {
			seen[name] = true
			p.read(name, found)
		}
	}
	switch {
	case len(found.Errors) > 0:
	case err != nil:
		found.Errors = append(found.Errors, err.Error())
	case len(names) == 0:
		found.Errors = append(found.Errors, nothing)
	}
	if len(found.Errors) > 0 {
		return nil
	}
	return p
}

const nothing = "no Go file in it is built on this system: they are tests, " +
	"or a build constraint leaves them out"

func (p *program) read(name string, found *report) {
	text, err := os.ReadFile(filepath.Join(p.folder, name))
	if err != nil {
		var wrong *fs.PathError
		if errors.As(err, &wrong) {
			err = wrong.Err
		}
		found.Errors = append(found.Errors, fmt.Sprintf("%s:1:1: %s", name, err))
		return
	}
	tree, err := parser.ParseFile(p.positions, name, text, parser.ParseComments)
	if err != nil {
		if list, is := err.(scanner.ErrorList); is {
			for _, each := range list {
				found.Errors = append(found.Errors, each.Error())
			}
		} else {
			found.Errors = append(found.Errors, name+": "+err.Error())
		}
		return
	}
	if tree.Name.Name != "main" {
		found.Errors = append(found.Errors, fmt.Sprintf(
			"%s: package %s; a plugin is package main", p.place(tree.Name), tree.Name.Name))
		return
	}
	file := &source{name, text, tree, map[string]string{}, map[string]bool{}}
	for _, spec := range tree.Imports {
		where, _ := strconv.Unquote(spec.Path.Value)
		if _, there := found.Imports[where]; !there {
			found.Imports[where] = p.place(spec)
		}
		p.foreign = p.foreign || !standard(where) && !ours(where)
		switch {
		case spec.Name == nil:
			file.imports[usual(where)] = where
		case spec.Name.Name == ".":
			file.dotted[where] = true
		case spec.Name.Name != "_":
			file.imports[spec.Name.Name] = where
		}
	}
	p.files = append(p.files, file)
	found.Names = append(found.Names, name)
	for _, declared := range tree.Decls {
		p.note(file, declared)
	}
	_, main := p.functions["main"]
	found.HasMain = main
}

func (p *program) note(file *source, declared ast.Decl) {
	switch d := declared.(type) {
	case *ast.FuncDecl:
		u := unit{d, file}
		switch {
		case d.Recv != nil:
			p.methods[d.Name.Name] = append(p.methods[d.Name.Name], u)
		case d.Name.Name == "init":
			p.inits = append(p.inits, u)
		default:
			p.functions[d.Name.Name] = u
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.ValueSpec:
				for _, name := range s.Names {
					p.values[name.Name] = append(p.values[name.Name], unit{s, file})
				}
			case *ast.TypeSpec:
				p.values[s.Name.Name] = append(p.values[s.Name.Name], unit{s, file})
			}
		}
	}
}

func (p *program) place(node ast.Node) string {
	return p.positions.PositionFor(node.Pos(), false).String()
}

// usual is the name of a package by its import path, as nearly all are named.
func usual(where string) string {
	name := path.Base(where)
	if version.MatchString(name) && path.Dir(where) != "." {
		name = path.Base(path.Dir(where))
	}
	return strings.TrimSuffix(name, ".go")
}

// standard says whether a package is one of Go's own; a module may have a name without a dot.
func standard(where string) bool {
	if where == "C" {
		return true
	}
	_, err := os.Stat(filepath.Join(build.Default.GOROOT, "src", filepath.FromSlash(where)))
	return err == nil
}

const tyk = "github.com/TykTechnologies/tyk"

func ours(where string) bool {
	return where == tyk || strings.HasPrefix(where, tyk+"/") ||
		strings.HasPrefix(where, tyk+"-pump/") ||
		strings.HasPrefix(where, "github.com/TykTechnologies/opentelemetry/") ||
		strings.HasPrefix(where, "github.com/sirupsen/logrus")
}
