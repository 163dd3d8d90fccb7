package purity

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ssa"
)

// examiner is the work on one package.
type examiner struct {
	pass  *analysis.Pass
	pkg   *ssa.Package
	nodes map[types.Object]*node
	order []*node // in source order
	funcs map[*types.Func]*ssa.Function
	calls map[token.Pos]*ast.CallExpr // by left parenthesis
	// vouched are functions that somebody has looked at, with the reason given.
	vouched map[types.Object]directive
	// excused are calls, by left parenthesis, whose result is made independent of
	// what is wrong with them by what stands around them.
	excused map[token.Pos]bool
	// changes tells which parameters' referents a function changes.
	changes map[*types.Func]map[int]bool
	results map[*ssa.Function][]ssa.Value // see returned
	// lastOwners answers for the neighbours of the position asked for last.
	lastOwners []*node
}

// node is a function with the literals in it, or a package variable with the
// expression that initializes it.
type node struct {
	obj        types.Object
	start, end token.Pos
	links      []link
}

// link is something that a node does: it mentions another object of the package,
// or (to is nil) does what is impure, itself or through another package.
type link struct {
	place Place
	does  string
	to    types.Object
	rest  Chain // if to is nil: what the deed leads to
}

func newExaminer(pass *analysis.Pass) *examiner {
	x := &examiner{
		pass:    pass,
		nodes:   map[types.Object]*node{},
		funcs:   map[*types.Func]*ssa.Function{},
		calls:   map[token.Pos]*ast.CallExpr{},
		vouched: map[types.Object]directive{},
		excused: map[token.Pos]bool{},
		changes: map[*types.Func]map[int]bool{},
		results: map[*ssa.Function][]ssa.Value{},
	}
	program := ssa.NewProgram(pass.Fset, 0)
	for _, imported := range pass.Pkg.Imports() {
		program.CreatePackage(imported, nil, nil, true)
	}
	x.pkg = program.CreatePackage(pass.Pkg, pass.Files, pass.TypesInfo, false)
	x.pkg.Build()

	for _, file := range pass.Files {
		for _, d := range file.Decls {
			if d, ok := d.(*ast.FuncDecl); ok {
				fn := pass.TypesInfo.Defs[d.Name].(*types.Func)
				x.funcs[fn] = program.FuncValue(fn)
				x.add(fn, d.Pos(), d.End())
				if v, ok := pureDirective(d.Doc); ok {
					x.vouched[fn] = v
				}
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				x.calls[call.Lparen] = call
			}
			return true
		})
	}
	for _, init := range pass.TypesInfo.InitOrder {
		for _, v := range init.Lhs {
			x.add(v, init.Rhs.Pos(), init.Rhs.End())
		}
	}
	for _, name := range pass.Pkg.Scope().Names() {
		if v, ok := pass.Pkg.Scope().Lookup(name).(*types.Var); ok && x.nodes[v] == nil {
			x.add(v, token.NoPos, token.NoPos)
		}
	}
	slices.SortStableFunc(x.order, func(a, b *node) int { return cmp.Compare(a.obj.Pos(), b.obj.Pos()) })
	return x
}

func (x *examiner) add(obj types.Object, start, end token.Pos) {
	n := &node{obj: obj, start: start, end: end}
	x.nodes[obj] = n
	x.order = append(x.order, n)
}

// owners gives the nodes that a position belongs to; several where one expression
// initializes several variables.
func (x *examiner) owners(pos token.Pos) []*node {
	holds := func(n *node) bool { return n.start <= pos && pos < n.end }
	if len(x.lastOwners) > 0 && holds(x.lastOwners[0]) {
		return x.lastOwners
	}
	x.lastOwners = nil
	for _, n := range x.order {
		if holds(n) {
			x.lastOwners = append(x.lastOwners, n)
		}
	}
	return x.lastOwners
}

// link notes that a node mentions an object: a function that it may call, or a
// package variable that it reads.
func (x *examiner) link(n *node, pos, end token.Pos, verb string, obj types.Object) {
	l := link{place: place(x.pass.Fset, pos, end), does: verb + " `" + x.name(obj) + "`"}
	if obj == n.obj {
		return // recursion adds nothing
	}
	pkg := obj.Pkg()
	switch {
	case pkg == nil:
		return // of the universe: the method of error
	case pkg == x.pass.Pkg:
		l.to = obj
	case isStandard(pkg.Path()):
		why, impure := standardImpurity(obj)
		if !impure {
			return
		}
		l.rest = Chain{{Who: x.name(obj), Does: why}}
	default:
		var fact Impure
		if x.pass.ImportObjectFact(obj, &fact) {
			l.rest = fact.Chain
		} else if x.pass.ImportPackageFact(pkg, new(Examined)) {
			return
		} else {
			l.rest = Chain{x.unexamined(obj)}
		}
	}
	n.links = append(n.links, l)
}

// unexamined is the step that nobody knows how to judge yet.
func (x *examiner) unexamined(obj types.Object) Step {
	return Step{Who: x.name(obj), Does: "belongs to a package whose source can't be examined", Missing: obj.Pkg().Path()}
}

// offence notes that a node itself does what a pure function may not.
func (x *examiner) offence(n *node, pos, end token.Pos, does string) {
	n.links = append(n.links, link{place: place(x.pass.Fset, pos, end), does: does})
}

// name gives what an object is called here.
func (x *examiner) name(obj types.Object) string {
	name := obj.Name()
	if fn, ok := obj.(*types.Func); ok {
		if recv := fn.Signature().Recv(); recv != nil {
			t := recv.Type()
			if p, ok := t.(*types.Pointer); ok {
				t = p.Elem()
			}
			if named, ok := t.(*types.Named); ok {
				name = named.Obj().Name() + "." + name
			}
		}
	}
	if pkg := obj.Pkg(); pkg != nil && pkg != x.pass.Pkg {
		name = pkg.Name() + "." + name
	}
	return name
}

// judge follows the links until nothing new turns up. Each round finds what is one
// link farther from an offence, so that chains are as short as can be.
func (x *examiner) judge(result *Result) {
	for _, n := range x.order {
		v, ok := x.vouched[n.obj]
		if !ok {
			continue
		}
		n.links = nil
		if v.reason == "" {
			x.offence(n, v.pos, v.end, "is said to be pure (`"+pureComment+"`) without a reason behind it")
		}
	}
	short := map[types.Object]Chain{}
	for {
		found := map[types.Object]Chain{}
		for _, n := range x.order {
			if short[n.obj] != nil {
				continue
			}
			if chains := x.chains(n, short); len(chains) > 0 {
				found[n.obj] = shortest(chains)
			}
		}
		if len(found) == 0 {
			break
		}
		maps.Copy(short, found)
	}
	for _, n := range x.order {
		if chains := x.chains(n, short); len(chains) > 0 {
			result.Impure[n.obj] = chains
		}
	}
}

// chains gives what is known to make a node impure: one chain for each deed, where
// it is done first.
func (x *examiner) chains(n *node, short map[types.Object]Chain) []Chain {
	slices.SortStableFunc(n.links, func(a, b link) int { return cmp.Compare(a.place.Offset, b.place.Offset) })
	var chains []Chain
	seen := map[string]bool{}
	for _, l := range n.links {
		seen[l.does] = false
	}
	for _, l := range n.links {
		rest := l.rest
		if l.to != nil {
			if rest = short[l.to]; rest == nil {
				continue
			}
		}
		if seen[l.does] {
			continue
		}
		seen[l.does] = true
		if v, ok := l.to.(*types.Var); ok {
			if _, itself := seen["changes the variable `"+x.name(v)+"`"]; itself {
				continue // which says it all
			}
		}
		chains = append(chains, append(Chain{{Who: x.name(n.obj), Does: l.does, Place: l.place}}, rest...))
	}
	return chains
}
