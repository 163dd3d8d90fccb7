package purity

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/types/typeutil"
)

// findMapOrder finds the calls of maps.Keys and time.Unix and the like that stand where
// it doesn't matter what is wrong with them, and refuses loops over maps whose order
// can reach the result.
func (x *examiner) findMapOrder() {
	for _, file := range x.pass.Files {
		var around []ast.Node // what a node stands in, outermost first
		ast.Inspect(file, func(n ast.Node) bool {
			if n == nil {
				around = around[:len(around)-1]
				return true
			}
			switch n := n.(type) {
			case *ast.RangeStmt:
				x.rangeOverMap(n, around)
			case *ast.CallExpr:
				if x.excuse(n, around) {
					x.excused[n.Lparen] = true
				}
			}
			around = append(around, n)
			return true
		})
	}
}

// excuse reports whether what stands around a call makes good what is wrong with it.
func (x *examiner) excuse(call *ast.CallExpr, around []ast.Node) bool {
	name := x.standardCallee(call)
	parent := enclosing(around, 1)
	switch name {
	case "time.Unix", "time.UnixMilli", "time.UnixMicro":
		selected, ok := parent.(*ast.SelectorExpr)
		return ok && slices.Contains([]string{"UTC", "In", "Unix", "UnixMilli", "UnixMicro", "UnixNano"}, selected.Sel.Name)
	case "maps.Keys", "maps.Values", "maps.All":
		if loop, ok := parent.(*ast.RangeStmt); ok {
			return loop.X == call // and is looked at as a loop over the map
		}
		outer, ok := parent.(*ast.CallExpr)
		if !ok || len(outer.Args) == 0 || outer.Args[0] != call {
			return false
		}
		switch x.standardCallee(outer) {
		case "slices.Sorted", "slices.SortedFunc", "slices.SortedStableFunc":
			return true
		case "maps.Collect":
			return name == "maps.All"
		case "slices.Collect":
			assign, ok := enclosing(around, 2).(*ast.AssignStmt)
			if !ok || len(assign.Lhs) != 1 {
				return false
			}
			list, ok := assign.Lhs[0].(*ast.Ident)
			return ok && x.sortedNext(x.object(list), assign.End(), around)
		}
	}
	return false
}

// enclosing gives the n-th node around, parentheses not counted; nil if there is none.
func enclosing(around []ast.Node, n int) ast.Node {
	for i := len(around) - 1; i >= 0; i-- {
		if _, ok := around[i].(*ast.ParenExpr); ok {
			continue
		}
		if n--; n == 0 {
			return around[i]
		}
	}
	return nil
}

// standardCallee gives the function of the standard library that a call calls, as
// in "maps.Keys"; "" if it calls something else.
func (x *examiner) standardCallee(call *ast.CallExpr) string {
	fn, ok := typeutil.Callee(x.pass.TypesInfo, call).(*types.Func)
	if !ok || fn.Pkg() == nil || !isStandard(fn.Pkg().Path()) || fn.Signature().Recv() != nil {
		return ""
	}
	return fn.Pkg().Path() + "." + fn.Name()
}

func (x *examiner) object(id *ast.Ident) types.Object { return x.pass.TypesInfo.ObjectOf(id) }

// sortedNext reports whether the first mention of a list, after a position in the
// function around, is that it is sorted.
func (x *examiner) sortedNext(list types.Object, after token.Pos, around []ast.Node) bool {
	var body ast.Node
	for _, n := range around {
		switch n.(type) {
		case *ast.FuncDecl, *ast.FuncLit:
			body = n // the innermost
		}
	}
	if list == nil || body == nil || list.Pos() < body.Pos() || list.Pos() >= body.End() {
		return false
	}
	sorted, decided := false, false
	ast.Inspect(body, func(n ast.Node) bool {
		if decided || n == nil || n.End() <= after {
			return false
		}
		switch n := n.(type) {
		case *ast.CallExpr:
			if n.Pos() >= after && len(n.Args) > 0 && x.sorts(n) && x.mentions(n.Args[0], list) {
				sorted, decided = true, true
				return false
			}
		case *ast.Ident:
			if n.Pos() >= after && x.object(n) == list {
				decided = true
			}
		}
		return true
	})
	return sorted
}

// sorts reports whether a call sorts its first argument.
func (x *examiner) sorts(call *ast.CallExpr) bool {
	switch x.standardCallee(call) {
	case "slices.Sort", "slices.SortFunc", "slices.SortStableFunc", "sort.Ints", "sort.Strings", "sort.Float64s", "sort.Slice", "sort.SliceStable", "sort.Sort", "sort.Stable":
		return true
	}
	return false
}

// mentions reports whether an object is named in a node.
func (x *examiner) mentions(n ast.Node, obj types.Object) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && x.object(id) == obj {
			found = true
		}
		return !found
	})
	return found
}

// rangeOverMap refuses a loop over a map if its order may matter.
func (x *examiner) rangeOverMap(loop *ast.RangeStmt, around []ast.Node) {
	info := x.pass.TypesInfo
	unique := true // whether the first variable differs each time
	if call, ok := ast.Unparen(loop.X).(*ast.CallExpr); ok {
		switch x.standardCallee(call) {
		case "maps.Keys", "maps.All":
		case "maps.Values":
			unique = false
		default:
			if !isMap(info.TypeOf(loop.X)) {
				return
			}
		}
	} else if !isMap(info.TypeOf(loop.X)) {
		return
	}
	o := mapLoop{examiner: x, loop: loop, around: around}
	if key, ok := loop.Key.(*ast.Ident); ok && unique && loop.Tok == token.DEFINE {
		o.key = info.Defs[key]
	}
	why := "its variables remain after the loop"
	if loop.Tok == token.DEFINE || loop.Key == nil && loop.Value == nil {
		why = o.body(loop.Body.List)
	}
	if why == "" {
		return
	}
	for _, n := range x.owners(loop.Pos()) {
		x.offence(n, loop.Pos(), loop.X.End(), "ranges over a map, whose order may reach the result: "+why)
	}
}

// isMap reports whether a type is a map, or may be one.
func isMap(t types.Type) bool {
	if t == nil {
		return false
	}
	if p, ok := types.Unalias(t).(*types.TypeParam); ok {
		i, ok := p.Constraint().Underlying().(*types.Interface)
		if !ok {
			return false
		}
		for e := range i.EmbeddedTypes() {
			if union, ok := e.(*types.Union); ok {
				for term := range union.Terms() {
					if isMap(term.Type()) {
						return true
					}
				}
			} else if isMap(e) {
				return true
			}
		}
		return false
	}
	_, ok := t.Underlying().(*types.Map)
	return ok
}
