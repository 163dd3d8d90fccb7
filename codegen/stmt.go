package codegen

import (
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/durablegen/durablegen/dsl"
)

// emitBlock writes the statements of a block.
func (b *body) emitBlock(block *dsl.Block) {
	if block == nil {
		return
	}
	for i, s := range block.Stmts {
		if i > 0 {
			b.separate(block.Stmts[i-1], s)
		}
		b.emitStmt(s)
	}
}

// separate writes an empty line where one helps: around what has several lines in
// Go, and where the .flow file has one.
func (b *body) separate(before, after dsl.Stmt) {
	if b.fn.tall(before) || b.fn.tall(after) {
		b.Line()
	}
}

// tall reports whether a statement takes several lines in Go.
func (fn *fn) tall(s dsl.Stmt) bool {
	switch s := s.(type) {
	case *dsl.BreakStmt, *dsl.ContinueStmt, *dsl.FailStmt, *dsl.ReturnStmt, *dsl.YieldStmt, *dsl.CommitStmt:
		return false
	case *dsl.AgainStmt:
		return slices.ContainsFunc(s.Args, func(e dsl.Expr) bool { return fn.facts.canFail(e) })
	case *dsl.LogStmt:
		return fn.facts.canFail(s.Message)
	case *dsl.VarStmt:
		return s.Value != nil && fn.tallValue(*s.Value)
	case *dsl.AssignStmt:
		return fn.tallValue(s.Value) || s.Index != nil && fn.facts.canFail(s.Index)
	default: // has a block, or an operation with its error check
	}
	return true
}

func (fn *fn) tallValue(v dsl.Value) bool {
	if v.Op != nil || fn.facts.canFail(v.Expr) {
		return true
	}
	switch unparen(v.Expr).(type) {
	case *dsl.IfExpr, *dsl.CompExpr:
		return true
	default: // is one Go expression
	}
	return false
}

func (b *body) emitStmt(s dsl.Stmt) {
	b.fn.at = s.Pos()
	emitDoc(b.Group, b.fn.remark(s.Pos()), "")
	switch s := s.(type) {
	case *dsl.OpStmt:
		b.emitOperation(s.Op, drop{})
	case *dsl.AssignStmt:
		b.emitAssign(s)
	case *dsl.VarStmt:
		b.emitVar(s)
	case *dsl.IfStmt:
		b.Add(b.ifChain(s))
	case *dsl.SwitchStmt:
		b.emitSwitch(s)
	case *dsl.ForStmt:
		b.emitFor(s)
	case *dsl.WhileStmt:
		b.emitWhile(s)
	case *dsl.SelectStmt:
		b.emitSelect(s)
	case *dsl.TryStmt:
		b.emitTry(s)
	case *dsl.BreakStmt:
		b.emitBreak()
	case *dsl.ContinueStmt:
		b.Continue()
	case *dsl.ReturnStmt:
		if s.Value == nil {
			b.emitDone()
		} else {
			b.emitGive(*s.Value)
		}
	case *dsl.YieldStmt:
		b.emitGive(s.Value)
	case *dsl.FailStmt:
		b.emitFailStmt(s)
	case *dsl.LogStmt:
		b.emitLog(s)
	case *dsl.CommitStmt:
		b.Id("ctx").Dot("Commit").Call()
	case *dsl.AgainStmt:
		b.emitAgain(s)
	default:
		panic("unknown statement")
	}
}

// emitGive writes the return of a value, by `return` or `yield`.
func (b *body) emitGive(v dsl.Value) {
	want := b.fn.result
	switch {
	case b.fn.facts.panics:
		b.fn.returnValue(b.Group, v.Expr, want)
	case v.Op != nil:
		b.emitOperation(v.Op, give{want})
	case b.fn.facts.canFail(v.Expr) && b.fn.try == nil:
		b.Return(b.fn.eval(v.Expr, want))
	default:
		b.Return(b.value(v.Expr, want, "result"), jen.Nil())
	}
}

// emitAssign writes x := v, x = v or x.F = v.
func (b *body) emitAssign(s *dsl.AssignStmt) {
	if s.Value.Op != nil {
		if s.Define {
			b.emitOperation(s.Value.Op, define{s.Var})
		} else {
			b.emitOperation(s.Value.Op, assign{s})
		}
		return
	}
	e := s.Value.Expr
	if s.Define {
		b.emitDefine(s.Var, e)
		return
	}
	if b.fn.facts.canFail(e) && len(s.Fields) == 0 && s.Index == nil && b.leavesOnFailure() {
		name := jen.Id(b.fn.locals.name(s.Var))
		if b.errAssign() == ":=" {
			b.Var().Err().Error()
		}
		b.List(name, jen.Err()).Op("=").Add(b.fn.eval(e, s.Var.Type))
		b.emitCheck()
		return
	}
	b.emitStore(s, b.value(e, assignedType(s), "new"+exported(assignedName(s))))
}

// emitDefine writes x := v for an expression.
func (b *body) emitDefine(v *dsl.Var, e dsl.Expr) {
	name := b.fn.locals.name(v)
	if !b.fn.facts.read(v) {
		if v.Assigned > 0 {
			defer b.emitUnread(v)
		} else {
			name = "_"
		}
	}
	switch {
	case b.fn.facts.canFail(e):
		op := ":="
		if name == "_" {
			op = b.errAssign()
		} else {
			b.hasErr = true
		}
		b.List(jen.Id(name), jen.Err()).Op(op).Add(b.fn.eval(e, v.Type))
		b.emitCheck()
	case name != "_" && b.emitByStatements(name, v, e):
	case name == "_":
		b.Id("_").Op("=").Add(b.fn.expr(e, v.Type))
	case isNone(e):
		b.Var().Id(name).Add(b.fn.goType(v.Type))
	case b.fn.untyped(e, v.Type):
		b.Var().Id(name).Add(b.fn.goType(v.Type)).Op("=").Add(b.fn.expr(e, v.Type))
	default:
		b.Id(name).Op(":=").Add(b.fn.expr(e, v.Type))
	}
}

// emitByStatements writes x := v for an if or a comprehension, which are statements
// in Go.
func (b *body) emitByStatements(name string, v *dsl.Var, e dsl.Expr) bool {
	fn := b.fn
	switch x := unparen(e).(type) {
	case *dsl.CompExpr:
		if isOptional(v.Type) || slices.Contains(declares(x), v.Name) {
			return false
		}
		fn.collect(b.Group, name, x)
		return true
	case *dsl.IfExpr:
		b.Var().Id(name).Add(fn.goType(v.Type))
		b.Add(fn.setByIf(name, x, v.Type))
		return true
	default: // is one Go expression
	}
	return false
}

// setByIf writes if c { x = a } else { x = b }.
func (fn *fn) setByIf(name string, e *dsl.IfExpr, want dsl.Type) *jen.Statement {
	set := func(v dsl.Expr) *jen.Statement { return jen.Id(name).Op("=").Add(fn.expr(v, want)) }
	out := jen.If(fn.condition(e.Cond)).Block(set(e.Then)).Else()
	if more, ok := unparen(e.Else).(*dsl.IfExpr); ok {
		return out.Add(fn.setByIf(name, more, want))
	}
	return out.Block(set(e.Else))
}

// emitVar writes var x T, or as emitDefine where a value is given.
func (b *body) emitVar(s *dsl.VarStmt) {
	switch {
	case s.Value == nil:
		b.emitDeclaration(s.Var)
	case s.Value.Op != nil && !sameType(s.Value.Op.Base().Result, s.Var.Type):
		b.emitDeclaration(s.Var)
		b.emitOperation(s.Value.Op, assign{&dsl.AssignStmt{Name: s.Name, Var: s.Var}})
	case s.Value.Op != nil:
		b.emitOperation(s.Value.Op, define{s.Var})
	default:
		b.emitDefine(s.Var, s.Value.Expr)
	}
}

// emitDeclaration writes var x T.
func (b *body) emitDeclaration(v *dsl.Var) {
	b.Var().Id(b.fn.locals.name(v)).Add(b.fn.goType(v.Type))
	if !b.fn.facts.read(v) {
		b.emitUnread(v)
	}
}

// emitUnread writes the use of a variable that is set and that nothing in Go reads: the
// condition of a poll, which does, has a parameter of its own.
func (b *body) emitUnread(v *dsl.Var) { b.Id("_").Op("=").Id(b.fn.locals.name(v)) }

// assignedType is the type of what an assignment sets.
func assignedType(s *dsl.AssignStmt) dsl.Type {
	t := s.Var.Type
	if n := len(s.Fields); n > 0 {
		t = s.Fields[n-1].Type
	}
	if s.Index != nil {
		return under(t).(*dsl.Map).Elem
	}
	return t
}

// assignedName is the name of what an assignment sets.
func assignedName(s *dsl.AssignStmt) string {
	if n := len(s.Path); n > 0 {
		return s.Path[n-1].Text
	}
	return s.Name.Text
}

// emitStore sets a variable or a field of it. Records are values: one that hangs on
// a pointer since it may be absent is copied before a field of it is set. So are maps:
//
//	prices = flow.With(prices, item.SKU, price)
func (b *body) emitStore(s *dsl.AssignStmt, value *jen.Statement) {
	target := jen.Id(b.fn.locals.name(s.Var))
	t := s.Var.Type
	var key *jen.Statement
	if s.Index != nil {
		key = b.value(s.Index, s.Index.Type(), "key")
	}
	for i, field := range s.Fields {
		if isOptional(t) {
			b.Add(target.Clone()).Op("=").New(jen.Op("*").Add(target.Clone()))
		}
		target = target.Clone().Dot(b.fn.fieldName(field))
		t = field.Type
		if i == len(s.Fields)-1 {
			value = asGo(field, value)
		}
	}
	if key != nil {
		value = jen.Qual(flowPath, "With").Call(target.Clone(), key, value)
	}
	b.Add(target).Op("=").Add(value)
}

// ifChain writes if, else if, else.
func (b *body) ifChain(s *dsl.IfStmt) *jen.Statement {
	var out *jen.Statement
	if b.fn.facts.canFail(s.Cond) {
		out = b.failingIf(s)
	} else {
		out = jen.If(b.fn.condition(s.Cond)).BlockFunc(b.nestedBlock(s.Then))
	}
	switch e := s.Else.(type) {
	case *dsl.IfStmt:
		if e != nil {
			out.Else().Add(b.ifChain(e))
		}
	case *dsl.Block:
		if e != nil {
			out.Else().BlockFunc(b.nestedBlock(e))
		}
	}
	return out
}

// failingIf writes an if whose condition may fail:
//
//	if yes, err := flow.Eval("order.flow:57:8", func() bool { ... }); err != nil {
//		return Receipt{}, err
//	} else if yes {
func (b *body) failingIf(s *dsl.IfStmt) *jen.Statement {
	yes := b.temp("yes")
	delete(b.temps, yes) // its scope is the if
	return jen.If(jen.List(jen.Id(yes), jen.Err()).Op(":=").Add(b.fn.eval(s.Cond, dsl.Bool)), jen.Err().Op("!=").Nil()).
		BlockFunc(b.nested(func(in *body) { in.emitFail(jen.Err()) })).
		Else().If(jen.Id(yes)).BlockFunc(b.nestedBlock(s.Then))
}

// emitSwitch writes a switch. Where all cases leave, the last of an exhaustive one
// is the default, so that Go sees it too.
func (b *body) emitSwitch(s *dsl.SwitchStmt) {
	if s.OfError {
		b.emitSwitchError(s)
		return
	}
	subject := b.value(s.Subject, s.Subject.Type(), "subject")
	lastIsDefault := s.Else == nil && s.Leaves()
	b.Switch(subject).BlockFunc(func(group *jen.Group) {
		for i, c := range s.Cases {
			choices := make([]jen.Code, len(c.Choices))
			for j, choice := range c.Choices {
				choices[j] = b.fn.expr(choice, s.Subject.Type())
			}
			emit := b.caseBlock(c.Body)
			if lastIsDefault && i == len(s.Cases)-1 {
				group.Default().BlockFunc(func(in *jen.Group) {
					in.Add(caseComment(choices))
					emit(in)
				})
				continue
			}
			group.Case(choices...).BlockFunc(emit)
		}
		if s.Else != nil {
			group.Default().BlockFunc(b.caseBlock(s.Else))
		}
	})
}

// caseBlock writes a block of the .flow file as a case of a Go switch.
func (b *body) caseBlock(block *dsl.Block) func(*jen.Group) {
	return b.nested(func(in *body) {
		in.loop = b.loop.withinSwitch()
		in.emitBlock(block)
	})
}

// caseComment names the cases that a default stands for.
func caseComment(choices []jen.Code) jen.Code {
	text := "// "
	for i, c := range choices {
		if i > 0 {
			text += ", "
		}
		if s, ok := c.(*jen.Statement); ok {
			text += s.GoString()
		}
	}
	return jen.Comment(text)
}

// emitFailStmt raises an error.
//
//	return Receipt{}, ctx.Fail("order.flow:57:9", &RestaurantSilentError{})
func (b *body) emitFailStmt(s *dsl.FailStmt) {
	if s.Again != nil {
		name := jen.Id(b.fn.locals.name(s.Again))
		if _, ok := s.Again.Type.(*dsl.FailureType); ok {
			name.Dot("Err")
		}
		b.emitFail(name)
		return
	}
	raise := func(err jen.Code) {
		b.emitFail(jen.Id("ctx").Dot("Fail").Call(jen.Lit(b.fn.pos(s.Pos())), err))
	}
	record, ok := s.Value.(*dsl.RecordExpr)
	if !ok {
		raise(jen.Op("&").Add(b.fn.errorType(s.Type)).Values())
		return
	}
	if b.fn.facts.canFail(record) {
		name := b.temp("failure")
		b.emitEval(name, record, s.Type)
		raise(jen.Id(name))
		return
	}
	raise(b.fn.expr(record, s.Type))
}

// emitLog writes ctx.Logger().Info("...").
func (b *body) emitLog(s *dsl.LogStmt) {
	message := b.value(s.Message, dsl.String, "message")
	b.Id("ctx").Dot("Logger").Call().Dot("Info").Call(message)
}
