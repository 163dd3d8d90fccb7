package purity

import (
	"go/token"
	"go/types"
	"maps"
	"slices"

	"golang.org/x/tools/go/ssa"
)

// findChanges finds what is changed outside of the function that does it: through
// a parameter, which is a fact for those who call the function, or through a
// package variable, which makes the variable and the function impure. Changes of
// what a parameter refers to are no offence by themselves: generated code hands
// copies to the functions of a .flow file.
func (x *examiner) findChanges() {
	for again := true; again; {
		again = false
		for fn, body := range x.funcs {
			x.eachChange(body, func(at ssa.Value, _ token.Pos, _ *types.Func) {
				for param := range x.parameters(at) {
					if x.changes[fn] == nil {
						x.changes[fn] = map[int]bool{}
					}
					if i := slices.Index(body.Params, param); i >= 0 && !x.changes[fn][i] {
						x.changes[fn][i] = true
						again = true
					}
				}
			})
		}
	}
	for fn := range x.funcs {
		if params := slices.Sorted(maps.Keys(x.changes[fn])); len(params) > 0 {
			x.pass.ExportObjectFact(fn, &Changes{params})
		}
	}
	x.eachChange(x.pkg.Func("init"), func(at ssa.Value, pos token.Pos, by *types.Func) {
		for global := range x.globals(at) {
			for _, n := range x.owners(pos) {
				x.changed(n, global, pos, by)
			}
		}
	})
	for _, n := range x.order {
		fn, ok := n.obj.(*types.Func)
		if !ok {
			continue
		}
		x.eachChange(x.funcs[fn], func(at ssa.Value, pos token.Pos, by *types.Func) {
			for global := range x.globals(at) {
				x.changed(n, global, pos, by)
			}
		})
	}
}

// changed notes that a function changes a package variable, or what it refers to; if
// by is not nil, through a function of which nothing is known.
func (x *examiner) changed(n *node, global *ssa.Global, pos token.Pos, by *types.Func) {
	v := global.Object()
	if v == nil {
		return
	}
	end := pos + 1
	if call := x.calls[pos]; call != nil {
		pos, end = call.Fun.Pos(), call.Fun.End()
	}
	if by != nil {
		if variable := x.nodes[v]; variable != nil {
			l := link{place: place(x.pass.Fset, pos, end), does: "is handed to `" + x.name(by) + "`", rest: Chain{x.unexamined(by)}}
			variable.links = append(variable.links, l)
		}
		return // the call itself is a link of this function
	}
	x.offence(n, pos, end, "changes the variable `"+x.name(v)+"`")
	if variable := x.nodes[v]; variable != nil {
		x.offence(variable, pos, end, "is changed by `"+x.name(n.obj)+"`")
	}
}

// eachChange gives each address, map or slice of a function, its literals
// included, through which something is changed, or may be by a function of which
// nothing is known.
func (x *examiner) eachChange(fn *ssa.Function, yield func(at ssa.Value, pos token.Pos, by *types.Func)) {
	if fn == nil {
		return
	}
	pos := fn.Pos()
	initial := fn == x.pkg.Func("init") // which gives variables their first values
	for _, b := range fn.Blocks {
		for _, instr := range b.Instrs {
			if instr.Pos().IsValid() {
				pos = instr.Pos()
			}
			switch instr := instr.(type) {
			case *ssa.Store:
				if !initial {
					yield(instr.Addr, pos, nil)
				}
				x.escape(instr.Val, pos, yield)
			case *ssa.MapUpdate:
				if !initial {
					yield(instr.Map, pos, nil)
				}
				x.escape(instr.Value, pos, yield)
			case *ssa.MakeInterface:
				x.escape(instr.X, pos, yield)
			case *ssa.Return:
				for _, v := range instr.Results {
					x.escape(v, pos, yield)
				}
			case *ssa.MakeClosure: // of a method that is bound to its receiver
				if bound := declared(instr.Fn.(*ssa.Function)); bound != nil && len(instr.Bindings) == 1 {
					if changes, by := x.methodChanges(bound); changes {
						yield(instr.Bindings[0], pos, by)
					}
				}
			case ssa.CallInstruction:
				for i, arg := range instr.Common().Args {
					if changes, by := x.changesArgument(instr.Common(), i); changes {
						yield(arg, pos, by)
					}
				}
				if common := instr.Common(); common.IsInvoke() && x.invokeChanges(common.Method) {
					yield(common.Value, pos, nil)
				}
			}
		}
	}
	for _, literal := range fn.AnonFuncs {
		x.eachChange(literal, yield)
	}
}

// escape treats the address of a package variable that is put away as a change:
// nobody follows it farther.
func (x *examiner) escape(v ssa.Value, pos token.Pos, yield func(ssa.Value, token.Pos, *types.Func)) {
	for {
		switch u := v.(type) {
		case *ssa.FieldAddr:
			v = u.X
			continue
		case *ssa.IndexAddr:
			v = u.X
			continue
		case *ssa.Global:
			yield(v, pos, nil)
		}
		return
	}
}

// changesArgument reports whether a call changes what its i-th argument refers to,
// the receiver counted as the first. If that is not known since the callee's package
// was not examined, it does, and by is the callee.
func (x *examiner) changesArgument(call *ssa.CallCommon, i int) (changes bool, by *types.Func) {
	if builtin, ok := call.Value.(*ssa.Builtin); ok {
		switch builtin.Name() {
		case "append", "clear", "copy", "delete":
			return i == 0, nil
		}
		return false, nil
	}
	callee := call.StaticCallee()
	if callee == nil {
		// Which function it is isn't known here. The address of a variable goes to no
		// such place.
		_, address := call.Args[i].(*ssa.Global)
		return address, nil
	}
	fn := declared(callee)
	if fn == nil || fn.Pkg() == nil {
		return false, nil // a literal, whose own changes are seen
	}
	if !refers(call.Args[i].Type()) {
		return false, nil
	}
	return x.declaredChanges(fn, i)
}

// methodChanges reports whether a method changes its receiver.
func (x *examiner) methodChanges(fn *types.Func) (changes bool, by *types.Func) {
	if types.IsInterface(receiverType(fn)) {
		return x.invokeChanges(fn), nil
	}
	return x.declaredChanges(fn, 0)
}

func (x *examiner) declaredChanges(fn *types.Func, i int) (changes bool, by *types.Func) {
	switch {
	case fn.Pkg() == x.pass.Pkg:
		return x.changes[fn][i], nil
	case isStandard(fn.Pkg().Path()):
		return standardChanges(fn, i), nil
	case !x.pass.ImportPackageFact(fn.Pkg(), new(Examined)):
		return true, fn
	}
	var fact Changes
	return x.pass.ImportObjectFact(fn, &fact) && slices.Contains(fact.Params, i), nil
}

// invokeChanges reports whether a method behind an interface may change what is
// behind it: one of this package that has the name does, or the interface is one
// of the standard library.
func (x *examiner) invokeChanges(method *types.Func) bool {
	if method.Pkg() != nil && isStandard(method.Pkg().Path()) {
		return standardChanges(method, 0)
	}
	for fn, params := range x.changes {
		if fn.Name() == method.Name() && params[0] && fn.Signature().Recv() != nil {
			return true
		}
	}
	return false
}

// globals gives the package variables that a value is reached through.
func (x *examiner) globals(v ssa.Value) map[*ssa.Global]bool {
	found := map[*ssa.Global]bool{}
	x.roots(v, map[ssa.Value]bool{}, func(v ssa.Value) {
		if g, ok := v.(*ssa.Global); ok {
			found[g] = true
		}
	})
	return found
}

// parameters gives the parameters that a value is reached through.
func (x *examiner) parameters(v ssa.Value) map[*ssa.Parameter]bool {
	found := map[*ssa.Parameter]bool{}
	x.roots(v, map[ssa.Value]bool{}, func(v ssa.Value) {
		if p, ok := v.(*ssa.Parameter); ok {
			found[p] = true
		}
	})
	return found
}

// roots gives what a value is reached from: it undoes the selections, the indexing
// and the loads that lead to it, within a function and out of its literals.
func (x *examiner) roots(v ssa.Value, seen map[ssa.Value]bool, yield func(ssa.Value)) {
	if v == nil || seen[v] || !refers(v.Type()) {
		return
	}
	seen[v] = true
	next := func(v ssa.Value) { x.roots(v, seen, yield) }
	switch v := v.(type) {
	case *ssa.FieldAddr:
		next(v.X)
	case *ssa.IndexAddr:
		next(v.X)
	case *ssa.Field:
		next(v.X)
	case *ssa.Index:
		next(v.X)
	case *ssa.Lookup:
		next(v.X)
	case *ssa.Slice:
		next(v.X)
	case *ssa.Extract:
		next(v.Tuple)
	case *ssa.Next:
		next(v.Iter)
	case *ssa.Range:
		next(v.X)
	case *ssa.TypeAssert:
		next(v.X)
	case *ssa.MakeInterface:
		next(v.X)
	case *ssa.ChangeInterface:
		next(v.X)
	case *ssa.ChangeType:
		next(v.X)
	case *ssa.SliceToArrayPointer:
		next(v.X)
	case *ssa.Phi:
		for _, e := range v.Edges {
			next(e)
		}
	case *ssa.UnOp:
		if v.Op != token.MUL {
			return
		}
		if local := localVariable(v.X); local != nil {
			eachStored(local, next)
			return
		}
		next(v.X)
	case *ssa.Call:
		for _, result := range x.returned(v.Call.StaticCallee()) {
			if param, ok := result.(*ssa.Parameter); ok {
				next(v.Call.Args[slices.Index(param.Parent().Params, param)])
			} else {
				next(result)
			}
		}
	case *ssa.FreeVar:
		if b := binding(v); b != nil {
			next(b)
		}
	default:
		yield(v)
	}
}

// returned gives the package variables and parameters that what a function of the
// package returns is reached from.
func (x *examiner) returned(fn *ssa.Function) []ssa.Value {
	if fn == nil {
		return nil
	}
	if origin := fn.Origin(); origin != nil {
		fn = origin
	}
	if found, ok := x.results[fn]; ok || fn.Pkg != x.pkg {
		return found
	}
	x.results[fn] = nil // while it is being found out: what it returns of itself is nothing new
	var found []ssa.Value
	for _, b := range fn.Blocks {
		for _, instr := range b.Instrs {
			ret, ok := instr.(*ssa.Return)
			if !ok {
				continue
			}
			for _, v := range ret.Results {
				x.roots(v, map[ssa.Value]bool{}, func(root ssa.Value) {
					switch root := root.(type) {
					case *ssa.Global:
						found = append(found, root)
					case *ssa.Parameter:
						if root.Parent() == fn {
							found = append(found, root)
						}
					}
				})
			}
		}
	}
	x.results[fn] = found
	return found
}

// localVariable gives the local variable that an address is in; nil if it is in
// something else.
func localVariable(v ssa.Value) *ssa.Alloc {
	for {
		switch u := v.(type) {
		case *ssa.Alloc:
			return u
		case *ssa.FieldAddr:
			v = u.X
		case *ssa.IndexAddr:
			v = u.X
		case *ssa.FreeVar:
			b := binding(u)
			if b == nil {
				return nil
			}
			v = b
		default:
			return nil
		}
	}
}

// eachStored gives what is put into a local variable, or into a part of it.
func eachStored(at ssa.Value, yield func(ssa.Value)) {
	for _, use := range *at.Referrers() {
		switch use := use.(type) {
		case *ssa.Store:
			if use.Addr == at {
				yield(use.Val)
			}
		case *ssa.FieldAddr:
			eachStored(use, yield)
		case *ssa.IndexAddr:
			eachStored(use, yield)
		}
	}
}

// binding gives what a literal's free variable is in the function around it.
func binding(v *ssa.FreeVar) ssa.Value {
	fn := v.Parent()
	i := slices.Index(fn.FreeVars, v)
	for _, use := range *fn.Referrers() {
		if closure, ok := use.(*ssa.MakeClosure); ok && closure.Fn == fn {
			return closure.Bindings[i]
		}
	}
	return nil
}
