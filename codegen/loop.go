package codegen

import (
	"github.com/dave/jennifer/jen"

	"github.com/durablegen/durablegen/dsl"
)

// loop is a loop of the .flow file around a Go block. Inside of a Go switch, a
// break has to name it.
type loop struct {
	fn       *fn
	label    *string // chosen at its first use
	inSwitch bool
}

func (fn *fn) newLoop() *loop { return &loop{fn: fn, label: new(string)} }

// withinSwitch gives the loop as seen from a case of a Go switch.
func (l *loop) withinSwitch() *loop {
	if l == nil {
		return nil
	}
	return &loop{fn: l.fn, label: l.label, inSwitch: true}
}

// emitBreak leaves the innermost loop of the .flow file.
func (b *body) emitBreak() {
	l := b.loop
	if l == nil || !l.inSwitch {
		b.Break()
		return
	}
	if *l.label == "" {
		*l.label = b.fn.newLabel("loop")
	}
	b.Break().Id(*l.label)
}

// newLabel gives a label that no other of the Go function has.
func (fn *fn) newLabel(name string) string {
	if fn.labels == nil {
		fn.labels = map[string]bool{}
	}
	return claim(fn.labels, name)
}

// newVariable gives a variable that is seen throughout the Go function a name that
// no other has.
func (fn *fn) newVariable(name string) string {
	if fn.variables == nil {
		fn.variables = map[string]bool{}
	}
	for fn.locals.taken[name] {
		name += "Now"
	}
	return claim(fn.variables, name)
}

// emitLoop writes a loop: header, and a block that emit fills.
func (b *body) emitLoop(header *jen.Statement, emit func(*body)) {
	l := b.fn.newLoop()
	header.BlockFunc(b.nested(func(in *body) {
		in.loop = l
		emit(in)
	}))
	if *l.label != "" {
		b.Id(*l.label).Op(":").Add(jen.Line()).Add(header)
		return
	}
	b.Add(header)
}

// emitFor writes a loop over a list:
//
//	for i, item := range order.Items {
//		ctx := ctx.Turn(i)
func (b *body) emitFor(s *dsl.ForStmt) {
	fn := b.fn
	if _, ok := under(s.List.Type()).(*dsl.Map); ok {
		b.emitForMap(s)
		return
	}
	index, elem := fn.nameOrBlank(s.IndexVar), fn.nameOrBlank(s.ElemVar)
	if b.emitCount(s, index, elem) {
		return
	}
	list := b.value(s.List, s.List.Type(), "list")
	if s.Turns && index == "_" {
		index = b.temp("i", "turn")
		delete(b.temps, index) // its scope is the loop
	}
	b.emitLoop(rangeHeader(index, elem, list), func(in *body) {
		in.emitTurn(s.Turns, index)
		in.emitBlock(s.Body)
	})
}

// emitCount writes a loop over so many numbers as Go has it:
//
//	for i := range 3 {
func (b *body) emitCount(s *dsl.ForStmt, index, elem string) bool {
	call, ok := unparen(s.List).(*dsl.CallExpr)
	if !ok || call.Builtin != "range" || index != "_" {
		return false
	}
	if _, ok = constantRange(call); !ok {
		return false
	}
	if s.Turns && elem == "_" {
		elem = b.temp("i", "turn")
		delete(b.temps, elem) // its scope is the loop
	}
	b.emitLoop(rangeHeader(elem, "_", b.fn.expr(call.Args[0], dsl.Int)), func(in *body) {
		in.emitTurn(s.Turns, elem)
		in.emitBlock(s.Body)
	})
	return true
}

// emitForMap writes a loop over a map, by sorted keys:
//
//	for i, name := range flow.Keys(prices) {
//		price := prices[name]
func (b *body) emitForMap(s *dsl.ForStmt) {
	fn := b.fn
	m := b.frozen(s.List, s.List.Type(), "entries")
	key, elem, turn := fn.nameOrBlank(s.IndexVar), fn.nameOrBlank(s.ElemVar), "_"
	if s.Turns {
		turn = b.temp("i", "turn")
		delete(b.temps, turn)
	}
	if key == "_" && elem != "_" {
		key = b.temp("key")
		delete(b.temps, key)
	}
	b.emitLoop(rangeHeader(turn, key, jen.Qual(flowPath, "Keys").Call(m)), func(in *body) {
		if elem != "_" {
			in.Id(elem).Op(":=").Add(m.Clone()).Index(jen.Id(key))
		}
		in.emitTurn(s.Turns, turn)
		in.emitBlock(s.Body)
	})
}

// nameOrBlank gives a variable's Go name, or _ for one that nothing reads.
func (fn *fn) nameOrBlank(v *dsl.Var) string {
	if v == nil || !fn.facts.read(v) {
		return "_"
	}
	return fn.locals.name(v)
}

// rangeHeader writes the clause of a range loop without what is not needed.
func rangeHeader(index, elem string, list jen.Code) *jen.Statement {
	switch {
	case elem != "_":
		return jen.For(jen.List(jen.Id(index), jen.Id(elem)).Op(":=").Range().Add(list))
	case index != "_":
		return jen.For(jen.Id(index).Op(":=").Range().Add(list))
	}
	return jen.For(jen.Range().Add(list))
}

// emitTurn writes ctx := ctx.Turn(i), which tells the operations of one turn from
// those of another.
func (b *body) emitTurn(turns bool, index string) {
	if turns {
		b.Id("ctx").Op(":=").Id("ctx").Dot("Turn").Call(jen.Id(index))
		b.Line()
	}
}

// emitWhile writes a loop under a condition, counted where it has a bound or its
// turns have operations:
//
//	for turn := 0; turn < 10 && !reply.Accepted; turn++ {
//		ctx := ctx.Turn(turn)
func (b *body) emitWhile(s *dsl.WhileStmt) {
	fn := b.fn
	turn := ""
	if s.Turns || s.AtMost != nil {
		turn = b.temp("turn")
		delete(b.temps, turn)
	}
	var bound, cond *jen.Statement
	if s.AtMost != nil {
		bound = jen.Id(turn).Op("<").Add(b.frozen(s.AtMost, dsl.Int, "limit"))
	}
	late := fn.facts.canFail(s.Cond) // evaluated at the top of the body
	if !late && !isTrue(s.Cond) {
		cond = fn.condition(s.Cond)
		if bound != nil {
			cond = bound.Op("&&").Add(fn.operand(s.Cond, dsl.Bool, precAnd))
		}
	} else {
		cond = bound
	}
	var header *jen.Statement
	switch {
	case turn != "":
		if cond == nil {
			cond = jen.Empty()
		}
		header = jen.For(jen.Id(turn).Op(":=").Lit(0), cond, jen.Id(turn).Op("++"))
	case cond != nil:
		header = jen.For(cond)
	default:
		header = jen.For()
	}
	b.emitLoop(header, func(in *body) {
		if late {
			in.emitLateCondition(s.Cond)
		}
		in.emitTurn(s.Turns, turn)
		in.emitBlock(s.Body)
	})
}

// emitLateCondition leaves a loop whose condition may fail:
//
//	if more, err := flow.Eval("order.flow:57:8", func() bool { ... }); err != nil {
//		return Receipt{}, err
//	} else if !more {
//		break
//	}
func (b *body) emitLateCondition(cond dsl.Expr) {
	more := b.temp("more")
	delete(b.temps, more)
	b.If(jen.List(jen.Id(more), jen.Err()).Op(":=").Add(b.fn.eval(cond, dsl.Bool)), jen.Err().Op("!=").Nil()).
		BlockFunc(b.nested(func(in *body) { in.emitFail(jen.Err()) })).
		Else().If(jen.Op("!").Id(more)).Block(jen.Break())
}
