package query

import (
	"path"

	"github.com/durablegen/durablegen/dsl"
)

// file enters the names of a file.
func (b *builder) file(f *dsl.File) {
	b.imports = map[string]*Symbol{}
	for _, i := range f.Imports {
		s := &Symbol{Kind: Package, Name: path.Base(i.Path), At: i.PathSpan, path: i.Path}
		if i.Alias != nil && i.Alias.Text != "" {
			s.Name, s.At = i.Alias.Text, i.Alias.Span
			b.define(i.Alias, s)
		}
		b.imports[s.Name] = s
		b.add(i.PathSpan, s, true, false)
	}
	if n := f.Package; n != nil && n.Text != "" {
		b.define(n, part(b, "package", func() Symbol { return Symbol{Kind: Package, Name: n.Text, At: n.Span} }))
	}
	for _, d := range f.Decls {
		dsl.Inspect(d, b.node)
	}
	for _, d := range f.Defaults {
		dsl.Inspect(d, b.node)
	}
}

// node enters the names that are a node's own, not those of nodes below it.
func (b *builder) node(n dsl.Node) bool {
	switch n := n.(type) {
	case dsl.Decl:
		b.decl(n)
	case dsl.TypeExpr:
		b.typeExpr(n)
	case dsl.Operation: // of which SelectStmt is one
		b.operation(n)
	case dsl.Stmt:
		b.stmt(n)
	case dsl.Expr:
		b.expr(n)
	case *dsl.Param:
		if n.Var != nil {
			b.define(n.Name, b.variable(n.Var, Parameter))
		}
	case *dsl.FailsClause:
		b.errors(n.Errors)
	case *dsl.Failures: // which may be of Go, and declared nowhere
		for _, name := range n.Errors {
			if name != nil && b.global(name.Text) == nil {
				b.use(name, part(b, "failure "+name.Text, func() Symbol { return Symbol{Kind: Error, Name: name.Text} }))
			}
		}
		b.errors(n.Errors)
	case *dsl.Catch:
		b.errors(n.Errors)
		b.bound(n.Bind, n.Var)
	case *dsl.SelectCase:
		b.bound(n.Name, n.Var)
	case *dsl.SwitchCase:
		b.bound(n.Bind, n.Var)
		for _, choice := range n.Choices {
			if e, ok := choice.(*dsl.IdentExpr); ok && isCapital(e.Name) { // of a switch over an error
				b.add(e.Span, b.global(e.Name), false, false)
			}
		}
	case *dsl.Branch:
		if n.Name != nil {
			b.define(n.Name, part(b, n, func() Symbol { return Symbol{Kind: Branch, Name: n.Name.Text, At: n.Name.Span} }))
		}
	case *dsl.FieldExpr:
		b.use(n.Name, b.field(n.Field, nil))
	case *dsl.GoTypeExpr:
		if n.Package != nil && n.Name != nil {
			if p := b.imports[n.Package.Text]; p != nil {
				b.use(n.Package, p)
				b.use(n.Name, part(b, p.path+"."+n.Name.Text, func() Symbol { return Symbol{Kind: GoType, Name: n.Name.Text, path: p.path} }))
			}
		}
	}
	return true
}

func (b *builder) errors(names []*dsl.Name) {
	for _, n := range names {
		if n != nil {
			b.use(n, b.global(n.Text))
		}
	}
}

// decl enters the names of a declaration's parts: the fields and values.
func (b *builder) decl(d dsl.Decl) {
	switch d := d.(type) {
	case *dsl.TypeDecl:
		b.fields(d, d.Fields)
	case *dsl.ErrorDecl:
		b.fields(d, d.Fields)
	case *dsl.FunctionDecl:
		if d.Env != nil && d.Env.Text != "" {
			b.use(d.Env, part(b, "env "+d.Env.Text, func() Symbol { return Symbol{Kind: EnvVar, Name: d.Env.Text, Decl: d} }))
		}
	case *dsl.EnumDecl:
		if d.Type == nil {
			return
		}
		for i, v := range d.Type.Values {
			if s := b.value(v); s != nil && i < len(d.Values) {
				b.define(d.Values[i].Name, s)
			}
		}
	default: // their parts are nodes
	}
}

func (b *builder) fields(d dsl.Decl, fields []*dsl.Field) {
	var entries []*dsl.FieldEntry
	switch d := d.(type) {
	case *dsl.TypeDecl:
		if r, ok := d.Type.(*dsl.Record); ok && r != nil {
			entries = r.Fields
		}
	case *dsl.ErrorDecl:
		if d.Type != nil {
			entries = d.Type.Fields
		}
	default: // has no fields
	}
	for _, f := range fields {
		if f.Name == nil {
			continue
		}
		s := part(b, f, func() Symbol { return Symbol{Kind: Field, Name: f.Name.Text, At: f.Name.Span, Doc: f.Doc} })
		s.Decl = d
		for _, e := range entries {
			if e.Decl == f {
				s.Field = e
			}
		}
		b.define(f.Name, s)
	}
}

func (b *builder) typeExpr(t dsl.TypeExpr) {
	if h, ok := t.(*dsl.HandleTypeExpr); ok {
		b.use(h.Callee, b.byName[h.Callee.Text])
	}
	n, ok := t.(*dsl.NamedTypeExpr)
	if !ok || n.Name == "" {
		return
	}
	s := b.global(n.Name)
	if s == nil {
		s = part(b, "type "+n.Name, func() Symbol { return Symbol{Kind: BuiltinType, Name: n.Name} })
		if !isBasic(n.Name) {
			return
		}
	}
	b.add(dsl.Span{Start: n.Start, End: min(n.End, n.Start+dsl.Pos(len(n.Name)))}, s, false, false)
}

func isBasic(name string) bool {
	for t := dsl.String; t < dsl.None; t++ {
		if t.String() == name {
			return true
		}
	}
	return false
}

// operation enters what an operation names.
func (b *builder) operation(op dsl.Operation) {
	base := op.Base()
	if base.Callee == nil {
		if m, ok := op.(*dsl.MapOp); ok {
			b.bound(m.Item, m.ItemVar)
		}
		return
	}
	switch op := op.(type) {
	case *dsl.GroupOp:
		b.define(base.Callee, part(b, op, func() Symbol { return Symbol{Kind: Group, Name: base.Callee.Text, At: base.Callee.Span} }))
	case *dsl.AwaitOp:
		b.use(base.Callee, b.variable(op.Handle, Variable))
	case *dsl.StepOp:
		b.use(base.Callee, b.callee(base.Callee.Text, op.Decl))
	case *dsl.PollOp:
		b.use(base.Callee, b.callee(base.Callee.Text, op.Decl))
	default: // names a declaration
		b.use(base.Callee, b.byName[base.Callee.Text])
	}
}

// callee gives the symbol of a step, which may be one of the language.
func (b *builder) callee(name string, d *dsl.StepDecl) *Symbol {
	if d != nil && d.Builtin != "" {
		return part(b, d, func() Symbol { return Symbol{Kind: Step, Name: d.Builtin, Decl: d} })
	}
	return b.byName[name]
}

// stmt enters the names of a statement.
func (b *builder) stmt(s dsl.Stmt) {
	switch s := s.(type) {
	case *dsl.AssignStmt:
		b.bound(s.Name, s.Var)
		var of dsl.Type
		if s.Var != nil {
			of = s.Var.Type
		}
		for i, n := range s.Path {
			if i < len(s.Fields) && s.Fields[i] != nil {
				b.use(n, b.field(s.Fields[i], of))
				of = s.Fields[i].Type
			}
		}
	case *dsl.VarStmt:
		b.bound(s.Name, s.Var)
	case *dsl.ForStmt:
		b.bound(s.Index, s.IndexVar)
		b.bound(s.Elem, s.ElemVar)
	case *dsl.FailStmt:
		if e, ok := s.Value.(*dsl.IdentExpr); ok && e != nil && s.Again == nil {
			b.add(e.Span, b.global(e.Name), false, false)
		} else if ok && e != nil {
			b.add(e.Span, b.variable(s.Again, Variable), false, false)
		}
	case *dsl.AgainStmt:
		if s.Callee != nil {
			b.use(s.Callee, b.byName[s.Callee.Text])
		}
	default: // has no names of its own
	}
}

// expr enters the name of an expression.
func (b *builder) expr(e dsl.Expr) {
	switch e := e.(type) {
	case *dsl.IdentExpr:
		if e.Var != nil {
			b.add(e.Span, b.variable(e.Var, Variable), false, false)
		} else if e.ConstDecl != nil {
			b.add(e.Span, b.byName[e.Name], false, false)
		}
	case *dsl.CallExpr:
		if e.Func == nil {
			return
		}
		if e.Builtin != "" {
			b.use(e.Func, part(b, "func "+e.Builtin, func() Symbol { return Symbol{Kind: BuiltinFunc, Name: e.Builtin} }))
		} else if s := b.byName[e.Func.Text]; s != nil && s.Kind == Func {
			b.use(e.Func, s)
		}
	case *dsl.SelectorExpr:
		switch {
		case e.X == nil || e.Name == nil:
		case e.Field != nil:
			b.use(e.Name, b.field(e.Field, e.X.Type()))
		case e.Type() != nil: // of a json, a handle or the execution itself
			b.use(e.Name, part(b, "member "+e.Name.Text, func() Symbol { return Symbol{Kind: Field, Name: e.Name.Text} }))
		}
	case *dsl.EnumExpr:
		if e.Enum != nil {
			b.use(e.Enum, b.global(e.Enum.Text))
		}
		b.use(e.Value, b.value(e.Member))
	case *dsl.RecordExpr:
		if e.Name != nil {
			b.use(e.Name, b.global(e.Name.Text))
		}
	case *dsl.CompExpr:
		b.bound(e.Index, e.IndexVar)
		b.bound(e.Elem, e.ElemVar)
	default: // has no name
	}
}
