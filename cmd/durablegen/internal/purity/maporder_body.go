package purity

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"strings"
)

// order is the question whether the order of a loop over a map may matter. What the
// body may do comes to the same in any order:
//
//   - sum, multiply, count or combine integers or truth values, each in a variable
//     that the body does not look at otherwise
//   - keep the least or greatest integer or text
//   - set a variable to a constant, the same one everywhere
//   - put entries into a map or list under the key of the loop, or constants into a
//     map; delete entries
//   - append to a list that is sorted before it is used otherwise
//   - return constants, the same ones everywhere, if that is all it does
//   - anything with variables of its own
//
// Everything else is refused, though some of it would be right.
type order struct {
	x      *examiner
	loop   *ast.RangeStmt
	around []ast.Node
	key    types.Object // the variable that differs each time; nil if there is none
	outer  map[types.Object]*effect
	// targets are the mentions of outer variables that only change them.
	targets map[*ast.Ident]bool
	fresh   map[types.Object]bool // variables of the loop that refer to what is made in it
	returns []string              // the texts of what is returned
	breaks  int
	why     string
}

// effect is how a variable from outside of the loop is changed; each may be changed
// in one way only.
type effect struct{ kind string }

func (o *order) refuse(why string) {
	if o.why == "" {
		o.why = why
	}
}

// check gives the reason why the order may matter; "" if it doesn't.
func (o *order) check() string {
	o.targets, o.fresh = map[*ast.Ident]bool{}, map[types.Object]bool{}
	o.block(o.loop.Body.List)
	if o.why == "" {
		o.reads()
	}
	if len(o.returns) > 0 && len(o.outer) > 0 || o.breaks > 0 && len(o.outer) > 1 {
		o.refuse("it is left in the middle of other work")
	}
	return o.why
}

// reads refuses bodies that look at what they change.
func (o *order) reads() {
	ast.Inspect(o.loop.Body, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && !o.targets[id] {
			if obj := o.x.object(id); obj != nil && o.outer[obj] != nil {
				o.refuse("`" + id.Name + "` is changed and looked at in the loop")
			}
		}
		return true
	})
}

func (o *order) block(list []ast.Stmt) {
	for i, s := range list {
		if b, ok := s.(*ast.BranchStmt); ok && b.Tok == token.BREAK && b.Label == nil {
			o.leave(list[:i])
			continue
		}
		o.stmt(s)
	}
}

// leave allows to leave the loop early only right after the one constant that it is
// about has been set.
func (o *order) leave(before []ast.Stmt) {
	if len(before) > 0 {
		if assign, ok := before[len(before)-1].(*ast.AssignStmt); ok && assign.Tok == token.ASSIGN && len(assign.Lhs) == 1 && len(o.outer) == 1 {
			if obj := o.rootOf(assign.Lhs[0]); obj != nil && o.outer[obj] != nil && strings.HasPrefix(o.outer[obj].kind, "constant ") {
				o.breaks++
				return
			}
		}
	}
	o.refuse("it is left early, at an entry that may be another one each time")
}

func (o *order) stmt(s ast.Stmt) {
	switch s := s.(type) {
	case nil, *ast.EmptyStmt:
	case *ast.BlockStmt:
		o.block(s.List)
	case *ast.DeclStmt:
		o.expr(s)
	case *ast.IfStmt:
		if o.extreme(s) {
			return
		}
		o.stmt(s.Init)
		o.expr(s.Cond)
		o.block(s.Body.List)
		o.stmt(s.Else)
	case *ast.SwitchStmt:
		o.stmt(s.Init)
		if s.Tag != nil {
			o.expr(s.Tag)
		}
		for _, c := range s.Body.List {
			clause := c.(*ast.CaseClause)
			for _, e := range clause.List {
				o.expr(e)
			}
			for _, inner := range clause.Body {
				o.stmt(inner) // a break here leaves the switch, and is refused all the same
			}
		}
	case *ast.ForStmt:
		o.stmt(s.Init)
		if s.Cond != nil {
			o.expr(s.Cond)
		}
		o.stmt(s.Post)
		o.inner(s.Body)
	case *ast.RangeStmt:
		if s.Tok == token.ASSIGN {
			o.refuse("a loop in it changes variables of outside")
		}
		o.expr(s.X)
		o.inner(s.Body)
	case *ast.BranchStmt:
		if s.Tok != token.CONTINUE || s.Label != nil {
			o.refuse("it is left by `" + s.Tok.String() + "`")
		}
	case *ast.ReturnStmt:
		o.result(s)
	case *ast.IncDecStmt:
		o.combine(s.X, token.ADD_ASSIGN)
	case *ast.AssignStmt:
		o.assign(s)
	case *ast.ExprStmt:
		o.call(s)
	default:
		o.refuse("it does more than can be followed")
	}
}

// inner looks at the body of a loop within the loop.
func (o *order) inner(body *ast.BlockStmt) {
	for _, s := range body.List {
		if b, ok := s.(*ast.BranchStmt); ok && b.Tok == token.BREAK && b.Label == nil {
			continue // of the inner loop, whose order is fixed or looked at for itself
		}
		o.stmt(s)
	}
}

// result allows to return constants.
func (o *order) result(s *ast.ReturnStmt) {
	var texts []string
	for _, r := range s.Results {
		tv := o.x.pass.TypesInfo.Types[r]
		switch {
		case tv.Value != nil:
			texts = append(texts, tv.Value.ExactString())
		case tv.IsNil():
			texts = append(texts, "nil")
		default:
			o.refuse("it returns something of the entry that happens to be first")
			return
		}
	}
	text := strings.Join(texts, ", ")
	if len(s.Results) == 0 || len(o.returns) > 0 && o.returns[0] != text {
		o.refuse("what it returns depends on the entry that happens to be first")
	}
	o.returns = append(o.returns, text)
}

func (o *order) assign(s *ast.AssignStmt) {
	for _, r := range s.Rhs {
		if len(s.Lhs) == len(s.Rhs) && o.appends(s.Lhs[0], r) {
			return
		}
	}
	for _, r := range s.Rhs {
		o.expr(r)
	}
	if s.Tok == token.DEFINE {
		for i, l := range s.Lhs {
			if id, ok := l.(*ast.Ident); ok && len(s.Lhs) == len(s.Rhs) && o.makes(s.Rhs[i]) {
				o.fresh[o.x.object(id)] = true
			}
			if id, ok := l.(*ast.Ident); ok && o.x.pass.TypesInfo.Defs[id] == nil && o.isOuter(o.x.object(id)) {
				o.refuse("`" + id.Name + "` keeps what the last entry left in it")
			}
		}
		return
	}
	if s.Tok != token.ASSIGN {
		o.combine(s.Lhs[0], s.Tok)
		return
	}
	for i, l := range s.Lhs {
		var r ast.Expr
		if len(s.Lhs) == len(s.Rhs) {
			r = s.Rhs[i]
		}
		o.set(l, r)
	}
}

// set looks at `target = value`; value is nil for one of several results of a call.
func (o *order) set(target, value ast.Expr) {
	if id, ok := target.(*ast.Ident); ok && id.Name == "_" {
		return
	}
	obj := o.rootOf(target)
	if obj != nil && !o.isOuter(obj) && !o.reachesOut(obj, target) {
		return
	}
	if value != nil && o.accumulates(target, value) {
		return
	}
	var c constant.Value
	if value != nil {
		c = o.x.pass.TypesInfo.Types[value].Value
	}
	if index, ok := ast.Unparen(target).(*ast.IndexExpr); ok {
		isKey := o.key != nil && o.isVar(index.Index, o.key)
		_, intoMap := o.x.pass.TypesInfo.TypeOf(index.X).Underlying().(*types.Map)
		switch {
		case isKey:
			o.expr(index.Index)
			o.change(target, "entry by key")
		case intoMap && (c != nil || isEmptyLiteral(value)):
			o.expr(index.Index)
			text := "{}"
			if c != nil {
				text = c.ExactString()
			}
			o.change(target, "constant entry "+text)
		default:
			o.refuse("entries may fall on the same place, where the last one stays")
		}
		return
	}
	if c == nil {
		o.refuse("`" + types.ExprString(target) + "` keeps what the last entry left in it")
		return
	}
	o.change(target, "constant "+c.ExactString())
}

// accumulates allows `x = x || e` and the like.
func (o *order) accumulates(target, value ast.Expr) bool {
	if call, ok := ast.Unparen(value).(*ast.CallExpr); ok && len(call.Args) == 2 {
		if b, ok := o.x.pass.TypesInfo.Uses[identOf(call.Fun)].(*types.Builtin); ok && (b.Name() == "min" || b.Name() == "max") &&
			types.ExprString(call.Args[0]) == types.ExprString(target) && ordered(o.x.pass.TypesInfo.TypeOf(target)) {
			o.markTarget(call.Args[0])
			o.change(target, b.Name())
			return true
		}
		return false
	}
	binary, ok := ast.Unparen(value).(*ast.BinaryExpr)
	if !ok || binary.Op != token.LAND && binary.Op != token.LOR || types.ExprString(binary.X) != types.ExprString(target) {
		return false
	}
	o.markTarget(binary.X)
	o.change(target, binary.Op.String())
	return true
}

// extreme allows `if e < x { x = e }`.
func (o *order) extreme(s *ast.IfStmt) bool {
	cond, ok := s.Cond.(*ast.BinaryExpr)
	if !ok || s.Init != nil || s.Else != nil || len(s.Body.List) != 1 {
		return false
	}
	assign, ok := s.Body.List[0].(*ast.AssignStmt)
	if !ok || assign.Tok != token.ASSIGN || len(assign.Lhs) != 1 || len(assign.Rhs) != 1 {
		return false
	}
	var kind string
	x, e := types.ExprString(assign.Lhs[0]), types.ExprString(assign.Rhs[0])
	l, r := types.ExprString(cond.X), types.ExprString(cond.Y)
	less := cond.Op == token.LSS || cond.Op == token.LEQ
	greater := cond.Op == token.GTR || cond.Op == token.GEQ
	var mention ast.Expr
	switch {
	case l == e && r == x:
		mention = cond.Y
	case l == x && r == e:
		mention = cond.X
		less, greater = greater, less
	}
	switch {
	case mention == nil, !ordered(o.x.pass.TypesInfo.TypeOf(assign.Lhs[0])):
		return false
	case less:
		kind = "min"
	case greater:
		kind = "max"
	default:
		return false
	}
	if _, plain := assign.Lhs[0].(*ast.Ident); !plain {
		return false
	}
	o.expr(assign.Rhs[0])
	o.markTarget(mention)
	o.change(assign.Lhs[0], kind)
	return true
}

// combine looks at `target op= …`.
func (o *order) combine(target ast.Expr, op token.Token) {
	obj := o.rootOf(target)
	if obj != nil && !o.isOuter(obj) && !o.reachesOut(obj, target) {
		return
	}
	basic, _ := o.x.pass.TypesInfo.TypeOf(target).Underlying().(*types.Basic)
	if basic == nil || basic.Info()&types.IsInteger == 0 {
		o.refuse("`" + types.ExprString(target) + "` is no integer, so that what comes first makes a difference")
		return
	}
	kind := op.String()
	switch op {
	case token.ADD_ASSIGN, token.SUB_ASSIGN:
		kind = "sum"
	case token.MUL_ASSIGN, token.AND_ASSIGN, token.OR_ASSIGN, token.XOR_ASSIGN:
	default:
		o.refuse("`" + kind + "` gives another result in another order")
		return
	}
	o.change(target, kind)
}

// appends allows to append to a list of outside that is sorted afterwards.
func (o *order) appends(target, value ast.Expr) bool {
	call, ok := ast.Unparen(value).(*ast.CallExpr)
	if !ok || len(call.Args) == 0 {
		return false
	}
	if b, ok := o.x.pass.TypesInfo.Uses[identOf(call.Fun)].(*types.Builtin); !ok || b.Name() != "append" {
		return false
	}
	list, ok := target.(*ast.Ident)
	if !ok || !o.isOuter(o.x.object(list)) {
		return false
	}
	if first, ok := call.Args[0].(*ast.Ident); !ok || o.x.object(first) != o.x.object(list) {
		return false
	}
	for _, a := range call.Args[1:] {
		o.expr(a)
	}
	if !o.x.sortedNext(o.x.object(list), o.loop.End(), o.around) {
		o.refuse("`" + list.Name + "` is not sorted right after the loop")
	}
	o.markTarget(call.Args[0])
	o.change(target, "append")
	return true
}

// call looks at a call that stands alone.
func (o *order) call(s *ast.ExprStmt) {
	if call, ok := s.X.(*ast.CallExpr); ok && len(call.Args) == 2 {
		if b, ok := o.x.pass.TypesInfo.Uses[identOf(call.Fun)].(*types.Builtin); ok && b.Name() == "delete" {
			o.expr(call.Args[1])
			if o.rootOf(call.Args[0]) == nil {
				o.expr(call.Args[0])
			} else if obj := o.rootOf(call.Args[0]); !o.x.mentions(o.loop.X, obj) && o.isOuter(obj) {
				o.change(call.Args[0], "delete")
			} else if o.key == nil || !o.isVar(call.Args[1], o.key) {
				o.refuse("it deletes entries that the loop may have come to or not")
			}
			return
		}
	}
	if call, ok := s.X.(*ast.CallExpr); ok && o.x.sorts(call) {
		if obj := o.rootOf(call.Args[0]); obj != nil && o.fresh[obj] {
			return
		}
	}
	o.refuse("`" + types.ExprString(s.X) + "` is done in the order of the entries")
}

// expr refuses expressions that may change something of outside: calls that are
// handed what others can see.
func (o *order) expr(n ast.Node) {
	info := o.x.pass.TypesInfo
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			for _, s := range n.Body.List {
				if r, ok := s.(*ast.ReturnStmt); ok {
					for _, e := range r.Results {
						o.expr(e)
					}
				} else {
					o.refuse("a function literal in it may change what is outside")
				}
			}
			return false
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				if obj := o.rootOf(n.X); obj != nil && o.isOuter(obj) {
					o.refuse("it hands on the address of `" + obj.Name() + "`")
				}
			}
		case *ast.CallExpr:
			if info.Types[n.Fun].IsType() || info.Types[n.Fun].IsBuiltin() || o.x.harmless(n) {
				return true
			}
			if id := identOf(n.Fun); id != nil {
				if _, variable := info.Uses[id].(*types.Var); variable {
					o.refuse("it calls the function value `" + types.ExprString(n.Fun) + "`")
				}
			}
			handed := n.Args
			if selector, ok := ast.Unparen(n.Fun).(*ast.SelectorExpr); ok && info.Selections[selector] != nil {
				handed = append([]ast.Expr{selector.X}, handed...)
			}
			for _, a := range handed {
				if obj := o.rootOf(a); obj != nil && o.isOuter(obj) && obj != o.key && refers(obj.Type()) {
					o.refuse("it hands `" + obj.Name() + "` to `" + types.ExprString(n.Fun) + "`, which may change it")
				}
			}
		}
		return true
	})
}

// harmless reports whether a call is of the standard library and changes none of
// its arguments.
func (x *examiner) harmless(call *ast.CallExpr) bool {
	fn, ok := x.pass.TypesInfo.Uses[identOf(call.Fun)].(*types.Func)
	if !ok || fn.Pkg() == nil || !isStandard(fn.Pkg().Path()) {
		return false
	}
	for i := range len(call.Args) + 1 {
		if standardChanges(fn, i) {
			return false
		}
	}
	return true
}

// change notes that a variable of outside is changed in one of the allowed ways.
func (o *order) change(target ast.Expr, kind string) {
	obj := o.rootOf(target)
	if obj == nil {
		o.refuse("it changes `" + types.ExprString(target) + "`")
		return
	}
	if e := o.outer[obj]; e != nil && e.kind != kind {
		o.refuse("`" + obj.Name() + "` is changed in several ways")
	}
	o.outer[obj] = &effect{kind}
	o.markTarget(target)
	if index, ok := ast.Unparen(target).(*ast.IndexExpr); ok {
		o.expr(index.Index)
	}
}

// markTarget notes the mention of the variable in an expression that only changes it.
func (o *order) markTarget(e ast.Expr) {
	if id := rootIdent(e); id != nil {
		o.targets[id] = true
	}
}

// rootOf gives the variable that an expression is a part of; nil if it is none.
func (o *order) rootOf(e ast.Expr) types.Object {
	id := rootIdent(e)
	if id == nil {
		return nil
	}
	v, ok := o.x.object(id).(*types.Var)
	if !ok {
		return nil
	}
	return v
}

func rootIdent(e ast.Expr) *ast.Ident {
	for {
		switch u := ast.Unparen(e).(type) {
		case *ast.Ident:
			return u
		case *ast.SelectorExpr:
			e = u.X
		case *ast.IndexExpr:
			e = u.X
		case *ast.StarExpr:
			e = u.X
		case *ast.SliceExpr:
			e = u.X
		default:
			return nil
		}
	}
}

// identOf gives the name of what is called.
func identOf(fun ast.Expr) *ast.Ident {
	switch f := ast.Unparen(fun).(type) {
	case *ast.Ident:
		return f
	case *ast.SelectorExpr:
		return f.Sel
	case *ast.IndexExpr:
		return identOf(f.X)
	case *ast.IndexListExpr:
		return identOf(f.X)
	}
	return nil
}

// isOuter reports whether a variable is declared outside of the loop.
func (o *order) isOuter(obj types.Object) bool {
	return obj != nil && (obj.Pos() < o.loop.Pos() || obj.Pos() >= o.loop.End())
}

// reachesOut reports whether a part of a variable of the loop may be seen outside,
// through a reference in it.
func (o *order) reachesOut(obj types.Object, target ast.Expr) bool {
	_, whole := ast.Unparen(target).(*ast.Ident)
	return !whole && !o.fresh[obj] && refers(obj.Type())
}

// makes reports whether an expression gives a new map, list or record of values.
func (o *order) makes(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.CompositeLit:
		return len(e.Elts) == 0
	case *ast.CallExpr:
		b, ok := o.x.pass.TypesInfo.Uses[identOf(e.Fun)].(*types.Builtin)
		return ok && (b.Name() == "make" || b.Name() == "new")
	}
	return false
}

func (o *order) isVar(e ast.Expr, obj types.Object) bool {
	id, ok := ast.Unparen(e).(*ast.Ident)
	return ok && o.x.object(id) == obj
}

// isEmptyLiteral reports whether an expression is `struct{}{}`.
func isEmptyLiteral(e ast.Expr) bool {
	lit, ok := e.(*ast.CompositeLit)
	return ok && len(lit.Elts) == 0
}

// ordered reports whether values of a type that compare as equal are the same.
func ordered(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&(types.IsInteger|types.IsString) != 0
}

// refers reports whether others may see what is done to a value of the type.
func refers(t types.Type) bool {
	switch u := t.Underlying().(type) {
	case *types.Basic:
		return false
	case *types.Struct:
		for f := range u.Fields() {
			if refers(f.Type()) {
				return true
			}
		}
		return false
	case *types.Array:
		return refers(u.Elem())
	}
	return true
}
