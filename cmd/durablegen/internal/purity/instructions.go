package purity

import (
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// findLinks reads the body of every function, and the expressions that initialize
// package variables, for what they mention and do.
func (x *examiner) findLinks() {
	for _, n := range x.order {
		fn, ok := n.obj.(*types.Func)
		if !ok {
			continue
		}
		body := x.funcs[fn]
		if body == nil {
			continue // named _
		}
		if len(body.Blocks) == 0 {
			x.offence(n, fn.Pos(), fn.Pos()+token.Pos(len(fn.Name())), "has no body in Go")
			continue
		}
		x.body(body, func(ssa.Instruction, token.Pos) []*node { return []*node{n} })
	}
	if init := x.pkg.Func("init"); init != nil {
		x.body(init, x.initialized)
	}
}

// initialized gives the variables for whose initial values an instruction is there.
// Some have no place in the source; then what is done with their results tells.
func (x *examiner) initialized(instr ssa.Instruction, pos token.Pos) []*node {
	for {
		if store, ok := instr.(*ssa.Store); ok {
			for global := range x.globals(store.Addr) {
				if n := x.nodes[global.Object()]; n != nil {
					return []*node{n}
				}
			}
		}
		if instr.Pos().IsValid() {
			return x.owners(instr.Pos())
		}
		v, ok := instr.(ssa.Value)
		if !ok || v.Referrers() == nil || len(*v.Referrers()) == 0 {
			return x.owners(pos)
		}
		next := (*v.Referrers())[0]
		if _, loops := next.(*ssa.Phi); loops {
			return x.owners(pos)
		}
		instr = next
	}
}

// body reads a function and the literals in it. Literals count as part of what they
// stand in, as if each were called where it is written.
func (x *examiner) body(fn *ssa.Function, owners func(ssa.Instruction, token.Pos) []*node) {
	pos := fn.Pos()
	for _, b := range fn.Blocks {
		for _, instr := range b.Instrs {
			if p := instr.Pos(); p.IsValid() {
				pos = p
			}
			for _, n := range owners(instr, pos) {
				at := pos
				if n.start.IsValid() && (at < n.start || at >= n.end) {
					at = n.obj.Pos() // of another one
				}
				x.instruction(n, instr, at)
			}
		}
	}
	for _, literal := range fn.AnonFuncs {
		x.body(literal, owners)
	}
}

func (x *examiner) instruction(n *node, instr ssa.Instruction, pos token.Pos) {
	end := pos + 1
	switch instr := instr.(type) {
	case *ssa.DebugRef:
		return
	case *ssa.Go:
		x.offence(n, pos, pos+token.Pos(len("go")), "starts a goroutine, which may run at any time")
	case *ssa.Select:
		x.offence(n, pos, pos+token.Pos(len("select")), "selects between channels, which depends on timing")
	case *ssa.MakeChan:
		x.offence(n, pos, end, "makes a channel, which is for goroutines")
	case *ssa.Send:
		x.offence(n, pos, end, "sends to a channel")
	case *ssa.UnOp:
		if instr.Op == token.ARROW {
			x.offence(n, pos, end, "receives from a channel")
		}
	case *ssa.Convert:
		if isUnsafe(instr.Type()) || isUnsafe(instr.X.Type()) {
			x.offence(n, pos, end, "uses unsafe pointers")
		}
	case *ssa.MakeInterface:
		x.methods(n, pos, instr.X.Type(), instr.Type(), "makes an interface value, which can call")
	case *ssa.TypeAssert:
		x.assertion(n, pos, instr)
	case ssa.CallInstruction:
		if call := x.calls[pos]; call != nil {
			pos, end = call.Fun.Pos(), call.Fun.End()
		}
		x.call(n, instr, pos, end)
	}
	for _, operand := range instr.Operands(nil) {
		switch v := (*operand).(type) {
		case *ssa.Function:
			x.mention(n, instr, v, pos, end)
		case *ssa.Global:
			if v.Object() != nil {
				x.link(n, pos, end, "uses the variable", v.Object())
			}
		}
	}
}

// mention notes that a function is called, or handed on as a value, which counts as
// much.
func (x *examiner) mention(n *node, instr ssa.Instruction, fn *ssa.Function, pos, end token.Pos) {
	x.typeArguments(n, fn, pos)
	obj := declared(fn)
	switch {
	case obj == nil:
		return // a literal, which is read where it stands
	case types.IsInterface(receiverType(obj)):
		return // known since the interface value was made
	case obj.Name() == "init" && obj.Signature().Recv() == nil:
		return // runs once, before everything
	}
	verb := "uses"
	if call, ok := instr.(ssa.CallInstruction); ok && call.Common().StaticCallee() == fn {
		if x.excused[instr.Pos()] {
			return
		}
		verb = "calls"
	}
	x.link(n, pos, end, verb, obj)
}

// declared gives the declaration that a function comes from: the generic one of an
// instance, the method of a wrapper. It is nil for a literal and for init.
func declared(fn *ssa.Function) *types.Func {
	if origin := fn.Origin(); origin != nil {
		fn = origin
	}
	obj, ok := fn.Object().(*types.Func)
	if !ok {
		return nil
	}
	return obj.Origin()
}

func receiverType(fn *types.Func) types.Type {
	if recv := fn.Signature().Recv(); recv != nil {
		return recv.Type()
	}
	return types.Typ[types.Invalid]
}

// typeArguments links the methods by which generic code may use a type.
func (x *examiner) typeArguments(n *node, fn *ssa.Function, pos token.Pos) {
	origin := fn.Origin()
	if origin == nil {
		return
	}
	params := origin.TypeParams()
	verb := "uses generic code, which can call"
	for i, arg := range fn.TypeArgs() {
		if i < params.Len() {
			x.methods(n, pos, arg, params.At(i).Constraint(), verb)
		}
		x.methods(n, pos, arg, types.Universe.Lookup("any").Type(), verb)
	}
}

// call looks at calls that are wrong in themselves, whatever else the function is.
func (x *examiner) call(n *node, instr ssa.CallInstruction, pos, end token.Pos) {
	common := instr.Common()
	if builtin, ok := common.Value.(*ssa.Builtin); ok {
		switch name := builtin.Name(); {
		case name == "print" || name == "println":
			x.offence(n, pos, end, "writes to standard error")
		case name == "close":
			x.offence(n, pos, end, "closes a channel")
		case token.IsExported(name): // those of unsafe
			x.offence(n, pos, end, "uses unsafe pointers")
		}
		return
	}
	callee := common.StaticCallee()
	if callee == nil {
		return
	}
	if obj := declared(callee); obj != nil && obj.Pkg() != nil && obj.Pkg().Path() == "fmt" && strings.Contains(obj.Name(), "rint") || obj != nil && obj.FullName() == "fmt.Errorf" {
		x.formatted(n, obj, common, pos, end)
	}
}

// formatted refuses values whose text has an address in it.
func (x *examiner) formatted(n *node, fn *types.Func, call *ssa.CallCommon, pos, end token.Pos) {
	if len(call.Args) == 0 {
		return
	}
	for _, arg := range call.Args {
		if c, ok := arg.(*ssa.Const); ok && c.Value != nil && c.Value.Kind() == constant.String && strings.Contains(constant.StringVal(c.Value), "%p") {
			x.offence(n, pos, end, "prints an address (`%p`)")
		}
	}
	for _, v := range variadic(call.Args[len(call.Args)-1]) {
		if made, ok := v.(*ssa.MakeInterface); ok && printsAddress(made.X.Type(), true, map[types.Type]bool{}) {
			t := types.TypeString(made.X.Type(), types.RelativeTo(x.pass.Pkg))
			x.offence(n, pos, end, "prints the address in a value of type `"+t+"` (`"+fn.Pkg().Name()+"."+fn.Name()+"` does not follow pointers)")
		}
	}
}

// variadic gives the values of a variadic argument that is written out.
func variadic(v ssa.Value) []ssa.Value {
	slice, ok := v.(*ssa.Slice)
	if !ok {
		return nil
	}
	array, ok := slice.X.(*ssa.Alloc)
	if !ok {
		return nil
	}
	var values []ssa.Value
	for _, use := range *array.Referrers() {
		if element, ok := use.(*ssa.IndexAddr); ok {
			for _, use := range *element.Referrers() {
				if store, ok := use.(*ssa.Store); ok {
					values = append(values, store.Val)
				}
			}
		}
	}
	return values
}

// printsAddress reports whether package fmt prints an address for a value: for a
// pointer inside of one, for a channel, for a function.
func printsAddress(t types.Type, outermost bool, seen map[types.Type]bool) bool {
	if seen[t] || hasMethod(t, "Error") || hasMethod(t, "String") || hasMethod(t, "Format") {
		return false
	}
	seen[t] = true
	switch u := t.Underlying().(type) {
	case *types.Pointer:
		switch u.Elem().Underlying().(type) {
		case *types.Struct, *types.Slice, *types.Array, *types.Map:
			return !outermost || printsAddress(u.Elem(), false, seen)
		}
		return true
	case *types.Chan, *types.Signature:
		return true
	}
	for part := range parts(t) {
		if printsAddress(part, false, seen) {
			return true
		}
	}
	return false
}

func hasMethod(t types.Type, name string) bool {
	obj, _, _ := types.LookupFieldOrMethod(t, false, nil, name)
	_, ok := obj.(*types.Func)
	return ok
}

func isUnsafe(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Kind() == types.UnsafePointer
}

// wellKnown are the methods that packages of the standard library find in values of
// any type.
var wellKnown = strings.Fields(`Error Is As Unwrap String GoString Format IsZero
	MarshalJSON UnmarshalJSON MarshalText AppendText UnmarshalText MarshalBinary AppendBinary UnmarshalBinary
	MarshalXML MarshalXMLAttr UnmarshalXML UnmarshalXMLAttr WriteTo ReadFrom`)

// methods links what may be called of a value once it is behind an interface: the
// interface's methods, and the well-known ones, also of what the value holds.
func (x *examiner) methods(n *node, pos token.Pos, t, iface types.Type, verb string) {
	if i, ok := iface.Underlying().(*types.Interface); ok {
		for m := range i.Methods() {
			x.method(n, pos, t, m.Name(), m.Pkg(), verb)
		}
	}
	x.wellKnownMethods(n, pos, t, verb, map[types.Type]bool{})
}

func (x *examiner) wellKnownMethods(n *node, pos token.Pos, t types.Type, verb string, seen map[types.Type]bool) {
	t = types.Unalias(t)
	if seen[t] {
		return
	}
	seen[t] = true
	if named, ok := t.(*types.Named); ok {
		if pkg := named.Obj().Pkg(); pkg == nil || isStandard(pkg.Path()) {
			return // its methods are the table's affair
		}
		if !types.IsInterface(t) {
			for _, name := range wellKnown {
				x.method(n, pos, types.NewPointer(t), name, nil, verb)
			}
		}
	}
	for part := range parts(t) {
		x.wellKnownMethods(n, pos, part, verb, seen)
	}
}

// method links a method of a type, if it has it.
func (x *examiner) method(n *node, pos token.Pos, t types.Type, name string, pkg *types.Package, verb string) {
	if _, ok := types.Unalias(t).(*types.TypeParam); ok {
		return // its type arguments are looked at where they are chosen
	}
	obj, _, _ := types.LookupFieldOrMethod(t, true, pkg, name)
	fn, ok := obj.(*types.Func)
	if !ok || types.IsInterface(receiverType(fn)) {
		return
	}
	x.link(n, pos, pos+1, verb, fn.Origin())
}

// assertion refuses what finds methods in a value that nobody saw when it was made
// an interface value.
func (x *examiner) assertion(n *node, pos token.Pos, assert *ssa.TypeAssert) {
	want, ok := assert.AssertedType.Underlying().(*types.Interface)
	if !ok {
		return
	}
	for m := range want.Methods() {
		if !hasMethod(assert.X.Type(), m.Name()) && !slices.Contains(wellKnown, m.Name()) {
			t := types.TypeString(assert.AssertedType, types.RelativeTo(x.pass.Pkg))
			x.offence(n, pos, pos+1, "asserts the interface `"+t+"`, so that nobody can tell which method `"+m.Name()+"` is called")
			return
		}
	}
}
