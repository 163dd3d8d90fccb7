package query

import (
	"cmp"
	"slices"
	"sort"
	"sync"

	"github.com/durablegen/durablegen/dsl"
)

// Index is the names of a package and what they stand for.
type Index struct {
	Set   *dsl.SourceSet
	Files []*dsl.File

	uses   []Use // sorted by place
	byName map[string]*Symbol
	bySym  map[*Symbol][]int // indexes of uses

	tokensOnce sync.Mutex
	tokensOf   map[*dsl.Source][]dsl.Token
}

// New makes the index of a package's files, after dsl.Check has been over them.
func New(set *dsl.SourceSet, files []*dsl.File) *Index {
	x := &Index{Set: set, Files: files, byName: map[string]*Symbol{}, bySym: map[*Symbol][]int{}, tokensOf: map[*dsl.Source][]dsl.Token{}}
	b := &builder{Index: x, parts: map[any]*Symbol{}}
	for _, f := range files {
		for _, d := range f.Decls {
			b.declare(d)
		}
	}
	for _, f := range files {
		b.file(f)
	}
	slices.SortStableFunc(x.uses, func(a, b Use) int {
		return cmp.Or(cmp.Compare(a.At.Start, b.At.Start), cmp.Compare(a.At.End, b.At.End))
	})
	x.uses = slices.CompactFunc(x.uses, func(a, b Use) bool { return a.At == b.At })
	for i, u := range x.uses {
		x.bySym[u.Symbol] = append(x.bySym[u.Symbol], i)
	}
	return x
}

// At gives the name that a place is in or right behind.
func (x *Index) At(p dsl.Pos) (Use, bool) {
	i := sort.Search(len(x.uses), func(i int) bool { return x.uses[i].At.Start > p })
	if i > 0 && p <= x.uses[i-1].At.End {
		return x.uses[i-1], true
	}
	return Use{}, false
}

// Uses gives all places of a symbol, its declaration too, in order.
func (x *Index) Uses(s *Symbol) []Use {
	var out []Use
	for _, i := range x.bySym[s] {
		out = append(out, x.uses[i])
	}
	return out
}

// In gives the names of a stretch of text, in order.
func (x *Index) In(at dsl.Span) []Use {
	from := sort.Search(len(x.uses), func(i int) bool { return x.uses[i].At.Start >= at.Start })
	to := sort.Search(len(x.uses), func(i int) bool { return x.uses[i].At.Start >= at.End })
	return x.uses[from:max(from, to)]
}

// Lookup gives what is declared under a name in the package; nil if nothing is.
func (x *Index) Lookup(name string) *Symbol { return x.byName[name] }

// builder fills an index.
type builder struct {
	*Index
	parts   map[any]*Symbol // of what is no declaration: by the place of a variable, by field, value, branch …
	imports map[string]*Symbol
}

func (b *builder) add(at dsl.Span, s *Symbol, declares, writes bool) {
	if s != nil && at.End > at.Start {
		b.uses = append(b.uses, Use{at, s, declares, writes})
	}
}

// use enters a name that refers to something.
func (b *builder) use(n *dsl.Name, s *Symbol) {
	if n != nil && n.Text != "" {
		b.add(n.Span, s, false, false)
	}
}

// define enters a name where it is declared.
func (b *builder) define(n *dsl.Name, s *Symbol) {
	if n != nil && n.Text != "" && s != nil {
		b.add(n.Span, s, s.At == n.Span, true)
	}
}

// part gives the symbol of something, made at first.
func part[K comparable](b *builder, key K, make func() Symbol) *Symbol {
	s := b.parts[key]
	if s == nil {
		m := make()
		s = &m
		b.parts[key] = s
	}
	return s
}

// declare enters the name of a declaration, and those of its parts.
func (b *builder) declare(d dsl.Decl) {
	name := d.DeclName()
	if name == nil || name.Text == "" {
		return
	}
	s := &Symbol{Kind: KindOf(d), Name: name.Text, At: name.Span, Decl: d, Doc: d.DocText()}
	if b.byName[name.Text] == nil {
		b.byName[name.Text] = s
	}
	b.define(name, s)
}

// KindOf says what a declaration declares.
func KindOf(d dsl.Decl) Kind {
	switch d.(type) {
	case *dsl.TypeDecl:
		return Type
	case *dsl.EnumDecl:
		return Enum
	case *dsl.ErrorDecl:
		return Error
	case *dsl.ConstDecl:
		return Const
	case *dsl.FuncDecl:
		return Func
	case *dsl.StepDecl:
		return Step
	case *dsl.CallbackDecl:
		return Callback
	case *dsl.FunctionDecl:
		return Function
	case *dsl.WorkflowDecl:
		return Workflow
	}
	panic("a declaration of an unknown kind")
}

// global gives what a name means in the package or in the language; nil if nothing.
func (b *builder) global(name string) *Symbol {
	if s := b.byName[name]; s != nil {
		return s
	}
	for _, e := range dsl.BuiltinErrors() {
		if e.Name == name {
			return part(b, e, func() Symbol { return Symbol{Kind: Error, Name: name, Error: e} })
		}
	}
	for _, e := range []*dsl.Enum{dsl.ItemStatus, dsl.CompletionReason} {
		if e.Name == name {
			return part(b, e, func() Symbol { return Symbol{Kind: Enum, Name: name} })
		}
	}
	return nil
}

func (b *builder) variable(v *dsl.Var, kind Kind) *Symbol {
	if v == nil || v.Name == "" {
		return nil
	}
	type place dsl.Span
	s := part(b, place(v.Span), func() Symbol { return Symbol{Kind: kind, Name: v.Name, At: v.Span, Var: v} })
	if s.Var.Type == nil {
		s.Var = v
	}
	return s
}

// bound enters the name of a variable where it is declared or assigned.
func (b *builder) bound(n *dsl.Name, v *dsl.Var) {
	if n == nil || v == nil {
		return
	}
	b.define(n, b.variable(v, Variable))
}

func (b *builder) field(f *dsl.FieldEntry, of dsl.Type) *Symbol {
	if f == nil {
		return nil
	}
	if r, ok := of.(*dsl.Record); ok && r.Parallel != nil {
		return b.branch(r.Parallel, f.Name)
	}
	if o, ok := of.(*dsl.Outcome); ok && o.Parallel != nil {
		if s := b.branch(o.Parallel, f.Name); s != nil {
			return s
		}
	}
	if f.Decl != nil {
		return part(b, f.Decl, func() Symbol { return Symbol{Kind: Field, Name: f.Name, At: f.Decl.Name.Span, Field: f, Doc: f.Doc} })
	}
	return part(b, f, func() Symbol { return Symbol{Kind: Field, Name: f.Name, Field: f, Doc: f.Doc} })
}

func (b *builder) branch(op *dsl.ParallelOp, name string) *Symbol {
	for _, br := range op.Branches {
		if br.Name != nil && br.Name.Text == name {
			return part(b, br, func() Symbol { return Symbol{Kind: Branch, Name: name, At: br.Name.Span} })
		}
	}
	return nil
}

func (b *builder) value(v *dsl.EnumValue) *Symbol {
	if v == nil {
		return nil
	}
	return part(b, v, func() Symbol {
		s := Symbol{Kind: EnumValue, Name: v.Name, Value: v, Doc: v.Doc}
		if v.Enum != nil && v.Enum.Decl != nil {
			s.Decl = v.Enum.Decl
			for _, m := range v.Enum.Decl.Values {
				if m.Name != nil && m.Name.Text == v.Name {
					s.At = m.Name.Span
				}
			}
		}
		return s
	})
}
