package main

import (
	"go/ast"
	"go/token"
)

// flow is what becomes of a request or a response that a function was given.
type flow struct {
	body bool // its body may be read
	tls  bool // so may its TLS state
	lost bool // it got where we do not follow
}

func (f *flow) add(other flow) {
	f.body = f.body || other.body
	f.tls = f.tls || other.tls
	f.lost = f.lost || other.lost
}

var gone = flow{body: true, tls: true, lost: true}

type flows struct {
	p    *program
	seen map[*ast.Ident]bool
}

// of follows the parameter name of a function.
func (f flows) of(u unit, name *ast.Ident, members safe) flow {
	var found flow
	if name == nil || name.Obj == nil || f.seen[name] {
		return found
	}
	f.seen[name] = true
	body := u.node.(*ast.FuncDecl).Body
	if body == nil {
		return gone
	}
	var stack []ast.Node
	ast.Inspect(body, func(node ast.Node) bool {
		if node == nil {
			stack = stack[:len(stack)-1]
			return true
		}
		if id, is := node.(*ast.Ident); is && id.Obj == name.Obj {
			found.add(f.use(u.file, id, stack, members))
		}
		stack = append(stack, node)
		return true
	})
	return found
}

// use is what one mention of the parameter leads to; stack are the nodes around it.
func (f flows) use(file *source, id *ast.Ident, stack []ast.Node, members safe) flow {
	around := func(n int) ast.Node { return outside(stack, n) }
	switch parent := around(1).(type) {
	case *ast.SelectorExpr:
		name := parent.Sel.Name
		if written(around(2), parent) {
			return flow{}
		}
		switch {
		case members[name]:
			return flow{tls: name == "TLS"}
		case readers[name]:
			return flow{body: true}
		case name == "WithContext" && back(id, around(3), around(4)):
			return flow{}
		}
	case *ast.StarExpr:
		if written(around(2), parent) {
			return flow{}
		}
	case *ast.BinaryExpr:
		if parent.Op == token.EQL || parent.Op == token.NEQ {
			return flow{}
		}
	case *ast.AssignStmt:
		if written(parent, id) {
			return flow{}
		}
		if len(parent.Lhs) == 1 {
			if left, is := parent.Lhs[0].(*ast.Ident); is && left.Name == "_" {
				return flow{}
			}
		}
	case *ast.CallExpr:
		for index, argument := range parent.Args {
			if bare(argument) == id {
				return f.passed(file, parent, index, members)
			}
		}
	}
	return gone
}

// outside is the nth node around, counted without parentheses.
func outside(stack []ast.Node, n int) ast.Node {
	for i := len(stack) - 1; i >= 0; i-- {
		if _, is := stack[i].(*ast.ParenExpr); !is {
			if n--; n == 0 {
				return stack[i]
			}
		}
	}
	return nil
}

func bare(expr ast.Expr) ast.Expr {
	if inner, is := expr.(*ast.ParenExpr); is {
		return bare(inner.X)
	}
	return expr
}

// written says whether the statement assigns to this expression.
func written(node ast.Node, to ast.Expr) bool {
	statement, is := node.(*ast.AssignStmt)
	if !is || statement.Tok != token.ASSIGN {
		return false
	}
	for _, left := range statement.Lhs {
		if bare(left) == to {
			return true
		}
	}
	return false
}

// back says whether r.WithContext(..) becomes r itself again, as value or as pointer.
func back(id *ast.Ident, outer, next ast.Node) bool {
	if star, is := outer.(*ast.StarExpr); is {
		statement, is := next.(*ast.AssignStmt)
		if !is || len(statement.Lhs) != 1 || bare(statement.Rhs[0]) != star {
			return false
		}
		left, is := bare(statement.Lhs[0]).(*ast.StarExpr)
		return is && same(id, left.X)
	}
	statement, is := outer.(*ast.AssignStmt)
	return is && len(statement.Lhs) == 1 && same(id, statement.Lhs[0])
}

func same(id *ast.Ident, other ast.Expr) bool {
	name, is := bare(other).(*ast.Ident)
	return is && name.Obj == id.Obj
}

// passed follows the parameter into the function that it is handed to.
func (f flows) passed(file *source, call *ast.CallExpr, index int, members safe) flow {
	switch fun := bare(call.Fun).(type) {
	case *ast.Ident:
		u, is := f.p.functions[fun.Name]
		if is && (fun.Obj == nil || fun.Obj.Kind == ast.Fun) {
			return f.into(u, index, members)
		}
	case *ast.SelectorExpr:
		x, is := fun.X.(*ast.Ident)
		if is && x.Obj == nil && file.imports[x.Name] != "" {
			where := file.imports[x.Name]
			switch {
			case ours(where), where == http && harmless[fun.Sel.Name]:
				return flow{}
			case standard(where):
				return flow{body: true, tls: true}
			}
			return gone
		}
		// A method; types are not known here, so every one of its name is meant.
		name := fun.Sel.Name
		own := f.p.methods[name]
		if len(own) == 0 || f.p.foreign || name == "ServeHTTP" || name == "Do" || name == "RoundTrip" {
			return gone
		}
		var found flow
		for _, u := range own {
			found.add(f.into(u, index, members))
		}
		return found
	}
	return gone
}

func (f flows) into(u unit, index int, members safe) flow {
	list := parameters(u.node.(*ast.FuncDecl))
	if index >= len(list) {
		return gone
	}
	if _, many := list[index].kind.(*ast.Ellipsis); many {
		return gone
	}
	return f.of(u, list[index].name, members)
}
