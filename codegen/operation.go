package codegen

import (
	"slices"

	"path"
	"strconv"

	"github.com/dave/jennifer/jen"

	"github.com/durablegen/durablegen/dsl"
)

// A use is what becomes of an operation's value: drop, define, assign or give.
type use interface{ use() }

type (
	drop   struct{}
	define struct{ v *dsl.Var }
	assign struct{ s *dsl.AssignStmt }
	give   struct{ want dsl.Type } // by return or yield
)

func (drop) use()   {}
func (define) use() {}
func (assign) use() {}
func (give) use()   {}

// call is the Go call of an operation.
type call struct {
	*jen.Statement
	noValue bool // it returns an error alone
	unused  bool // it returns a value that means nothing in the language
	// out is set for a parallel: the call fills the variable of this name, which has
	// been declared; empty if nothing reads the result.
	out string
}

// emitOperation writes an operation with its undo and catches:
//
//	payment, err := durable.Step(ctx, chargeSpec, func(ctx context.Context) (string, error) {
//		return w.steps.Charge(ctx, flow.Copy(order))
//	})
//	if err != nil { ... }
//	durable.Undo(ctx, chargeUndo, func(ctx *durable.Context) error { ... })
func (b *body) emitOperation(op dsl.Operation, u use) {
	b.fn.at = op.Pos()
	base := op.Base()
	if _, last := u.(give); !last {
		b.emitPosition(op)
	}
	c := b.operation(op, u)
	catches := b.catchesOf(op)
	if b.emitTail(base, c, u, catches) {
		return
	}
	value := b.emitCall(base, c, u)
	var success func(*body)
	if finish := b.finish(op, u, value); finish != nil {
		success = finish
	}
	b.emitCatches(catches, jen.Err(), false, success)
	if _, last := u.(give); last && base.Result == nil {
		b.emitDone()
	}
}

// emitPosition says which line of the .flow file an operation stands on.
func (b *body) emitPosition(op dsl.Operation) {
	pos := b.fn.prog.Position(op.Pos())
	b.Comment("// " + path.Base(pos.File) + ":" + strconv.Itoa(pos.Line))
}

// emitTail writes an operation whose value and error are the function's own:
//
//	return durable.Step(...)
func (b *body) emitTail(base *dsl.OpBase, c call, u use, catches []*dsl.Catch) bool {
	g, ok := u.(give)
	if !ok || b.fn.try != nil || b.fn.onlyError || len(catches) > 0 || base.Undo != nil || c.out != "" || c.unused ||
		!sameType(base.Result, g.want) {
		return false
	}
	if c.noValue {
		b.Return(b.fn.zero(nil), c.Statement)
	} else {
		b.Return(c.Statement)
	}
	return true
}

// emitCall writes the call with the variables that take its results and gives the
// name of the one that has the value, empty if there is none.
func (b *body) emitCall(base *dsl.OpBase, c call, u use) string {
	if c.noValue {
		b.Err().Op(b.errAssign()).Add(c.Statement)
		return c.out
	}
	value, op := "_", ":="
	switch u := u.(type) {
	case define:
		if value = b.fn.nameOrBlank(u.v); u.v.Assigned > 0 {
			value = b.fn.locals.name(u.v)
		}
	case assign:
		if b.assignsAtOnce(base, u.s) {
			value = b.fn.locals.name(u.s.Var)
			if b.errAssign() == ":=" {
				b.Var().Err().Error()
			}
			op = "="
			break
		}
		value = b.temp("new" + exported(u.s.Name.Text))
	case give:
		if base.Result != nil {
			value = b.temp("result")
		}
	}
	if value == "_" {
		op = b.errAssign()
	} else if op == ":=" {
		b.hasErr = true
	}
	b.List(jen.Id(value), jen.Err()).Op(op).Add(c.Statement)
	if d, ok := u.(define); ok && value != "_" && !b.fn.facts.read(d.v) {
		b.emitUnread(d.v)
	}
	return value
}

// assignsAtOnce reports whether the variable itself may take the result: not where
// its old value is still seen after a failure, nor where types differ.
func (b *body) assignsAtOnce(base *dsl.OpBase, s *dsl.AssignStmt) bool {
	if !b.leavesOnFailure() || len(s.Fields) > 0 || s.Index != nil || !sameType(base.Result, s.Var.Type) || !catchesLeave(base.Catches) {
		return false
	}
	return !slices.ContainsFunc(base.Catches, func(c *dsl.Catch) bool { return mentions(c, s.Var) })
}

// leavesOnFailure reports whether nothing sees the variables any more once
// something has failed here: not so in a try.
func (b *body) leavesOnFailure() bool { return b.fn.try == nil && !b.fn.onlyError }

// finish gives what follows the success of an operation; nil if nothing does.
func (b *body) finish(op dsl.Operation, u use, value string) func(*body) {
	base := op.Base()
	var parts []func(*body)
	if a, ok := u.(assign); ok && !(b.assignsAtOnce(base, a.s)) {
		parts = append(parts, func(in *body) {
			in.emitStore(a.s, b.fn.wrap(jen.Id(value), base.Result, assignedType(a.s)))
		})
	}
	if base.Undo != nil {
		parts = append(parts, func(in *body) { in.emitUndo(op) })
	}
	if g, ok := u.(give); ok && base.Result != nil {
		parts = append(parts, func(in *body) {
			in.Return(b.fn.wrap(jen.Id(value), base.Result, g.want), jen.Nil())
		})
	}
	if len(parts) == 0 {
		return nil
	}
	return func(in *body) {
		for _, part := range parts {
			part(in)
		}
	}
}

// sameType reports whether two types, either of which may be nil, are the same.
func sameType(a, b dsl.Type) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return dsl.Identical(a, b)
}

// wrap makes an optional value of one that is present, where that is wanted.
func (fn *fn) wrap(value *jen.Statement, have, want dsl.Type) *jen.Statement {
	if want != nil && isOptional(want) && have != nil && !isOptional(have) {
		return jen.New(value)
	}
	return value
}

// operation writes the call of an operation; what it needs is written before.
func (b *body) operation(op dsl.Operation, u use) call {
	switch op := op.(type) {
	case *dsl.StepOp:
		return b.step(op)
	case *dsl.CallbackOp:
		return b.callback(op)
	case *dsl.InvokeOp:
		return b.invoke(op)
	case *dsl.CallOp:
		return b.call(op)
	case *dsl.WaitOp:
		return b.wait(op)
	case *dsl.OpenOp:
		return b.open(op)
	case *dsl.AwaitOp:
		return b.await(op)
	case *dsl.PollOp:
		return b.poll(op)
	case *dsl.GroupOp:
		return b.group(op)
	case *dsl.ParallelOp:
		return b.parallel(op, u)
	case *dsl.MapOp:
		return b.mapping(op)
	case *dsl.SelectStmt: // is emitted as a statement
	}
	panic("unknown operation")
}

// contextParam is the parameter of a function literal that is a scope of its own.
func contextParam() *jen.Statement { return jen.Id("ctx").Op("*").Qual(durablePath, "Context") }

// stepContext is the parameter of a function literal that is Go of the user.
func stepContext() *jen.Statement { return jen.Id("ctx").Qual("context", "Context") }

// argument is an argument for Go code of the user: the value, and the copy of it
// that is handed over, which that code may change.
type argument struct{ value, copy *jen.Statement }

func (b *body) arguments(exprs []dsl.Expr, params []*dsl.Param, callee string) []argument {
	out := make([]argument, len(exprs))
	for i, e := range exprs {
		p := params[i]
		value := b.frozen(e, p.Var.Type, unexported(p.Name.Text), unexported(callee)+exported(p.Name.Text))
		out[i] = argument{value, b.fn.handOver(e, value.Clone(), p.Var.Type)}
	}
	return out
}

func copies(args []argument) []jen.Code {
	out := make([]jen.Code, len(args))
	for i, a := range args {
		out[i] = a.copy
	}
	return out
}

// handOver copies a value that Go code of the user could change, unless the
// expression has just made it.
func (fn *fn) handOver(e dsl.Expr, value *jen.Statement, t dsl.Type) *jen.Statement {
	if !holdsReferences(t) || e.Const() != nil {
		return value
	}
	if _, ok := e.(*dsl.NoneExpr); ok {
		return value
	}
	if isOptional(t) && !isOptional(e.Type()) && !holdsReferences(e.Type()) {
		return value // a pointer that nobody else has
	}
	return jen.Qual(flowPath, "Copy").Call(value)
}

// step writes
//
//	durable.Step(ctx, chargeSpec, func(ctx context.Context) (string, error) {
//		return w.steps.Charge(ctx, flow.Copy(order))
//	})
func (b *body) step(op *dsl.StepOp) call {
	spec := b.spec(op)
	switch op.Decl.Builtin {
	case "now":
		return call{Statement: jen.Qual(durablePath, "Now").Call(jen.Id("ctx"), spec)}
	case "uuid":
		return call{Statement: jen.Qual(durablePath, "UUID").Call(jen.Id("ctx"), spec)}
	case "random":
		return call{Statement: jen.Qual(durablePath, "Random").Call(jen.Id("ctx"), spec)}
	}
	args := b.arguments(op.Args, op.Decl.Params, op.Decl.Name.Text)
	if zoned := map[string]string{"local": "Local", "utc": "UTC"}[op.Decl.Builtin]; zoned != "" {
		return call{Statement: jen.Qual(durablePath, "Step").Call(jen.Id("ctx"), spec,
			jen.Func().Params(jen.Qual("context", "Context")).Params(jen.Qual("time", "Time"), jen.Error()).
				Add(oneLine(jen.Return(jen.Qual(flowPath, zoned).Call(copies(args)...)))))}
	}
	work := b.stepCall(op.Decl, args)
	if op.Decl.ResultType == nil {
		return call{noValue: true, Statement: jen.Qual(durablePath, "Do").Call(jen.Id("ctx"), spec,
			jen.Func().Params(stepContext()).Error().Block(jen.Return(work)))}
	}
	return call{Statement: jen.Qual(durablePath, "Step").Call(jen.Id("ctx"), spec,
		jen.Func().Params(stepContext()).Params(b.fn.goType(op.Decl.ResultType), jen.Error()).Block(jen.Return(work)))}
}

// stepCall writes w.steps.Charge(ctx, order), with the step's idempotency key.
func (b *body) stepCall(d *dsl.StepDecl, args []argument) *jen.Statement {
	ctx := jen.Id("ctx")
	if d.Policy.Idempotent != nil && d.Policy.Idempotent.Value != nil {
		ctx = jen.Qual(durablePath, "WithIdempotencyKey").Call(ctx, b.idempotencyKey(d, args))
	}
	return jen.Id(b.fn.locals.receiver).Dot("steps").Dot(b.fn.names.methods[d]).Call(append([]jen.Code{ctx}, copies(args)...)...)
}

// idempotencyKey writes the key after `idempotent by` as a string, with the
// arguments of the use in place of the parameters.
func (b *body) idempotencyKey(d *dsl.StepDecl, args []argument) *jen.Statement {
	e := d.Policy.Idempotent.Value
	in := b.fn.inner(nil)
	in.keyParams = map[*dsl.Var]*jen.Statement{}
	for i, p := range d.Params {
		if i < len(args) {
			in.keyParams[p.Var] = args[i].value
		}
	}
	key := &dsl.StringExpr{Parts: []dsl.StringPart{{Hole: e}}}
	if !b.fn.facts.canFail(e) {
		return in.string(key)
	}
	name := b.temp("key", unexported(d.Name.Text)+"Key")
	b.hasErr = true
	b.List(jen.Id(name), jen.Err()).Op(":=").Qual(flowPath, "Eval").Call(jen.Lit(b.fn.pos(e.Pos())),
		jen.Func().Params().String().Block(jen.Return(in.string(key))))
	b.emitCheck()
	return jen.Id(name)
}

// callback writes
//
//	durable.WaitForCallback[Reply](ctx, askRestaurantSpec, func(ctx context.Context, callbackID string) error {
//		return w.steps.AskRestaurant(ctx, callbackID, flow.Copy(order))
//	})
func (b *body) callback(op *dsl.CallbackOp) call {
	spec := b.spec(op)
	args := append([]jen.Code{jen.Id("ctx"), jen.Id("callbackID")}, copies(b.arguments(op.Args, op.Decl.Params, op.Decl.Name.Text))...)
	return call{Statement: jen.Qual(durablePath, "WaitForCallback").Index(b.fn.goType(op.Decl.ResultType)).Call(jen.Id("ctx"), spec,
		jen.Func().Params(stepContext(), jen.Id("callbackID").String()).Error().Block(
			jen.Return(jen.Id(b.fn.locals.receiver).Dot("steps").Dot(b.fn.names.methods[op.Decl]).Call(args...))))}
}

// open writes durable.CreateCallback[Reply](ctx, askRestaurantSpec).
func (b *body) open(op *dsl.OpenOp) call {
	return call{Statement: jen.Qual(durablePath, "CreateCallback").Index(b.fn.goType(op.Decl.ResultType)).Call(jen.Id("ctx"), b.spec(op))}
}

// await writes ticket.Await(ctx).
func (b *body) await(op *dsl.AwaitOp) call {
	return call{Statement: jen.Id(b.fn.locals.name(op.Handle)).Dot("Await").Call(jen.Id("ctx"))}
}

// wait writes durable.Wait(ctx, waitSpec, 10*time.Minute).
func (b *body) wait(op *dsl.WaitOp) call {
	spec := b.spec(op)
	if op.Until {
		until := b.value(op.For, dsl.Time, "until")
		return call{noValue: true, Statement: jen.Qual(durablePath, "WaitUntil").Call(jen.Id("ctx"), spec, until)}
	}
	return call{noValue: true, Statement: jen.Qual(durablePath, "Wait").Call(jen.Id("ctx"), spec, b.goDuration(op.For, "pause"))}
}

// goDuration gives a duration as a time.Duration.
func (b *body) goDuration(e dsl.Expr, name string) *jen.Statement {
	if v := e.Const(); v != nil {
		return duration(v)
	}
	return jen.Qual("time", "Duration").Call(b.value(e, dsl.Duration, name))
}

// invoke writes durable.Invoke[Score](ctx, creditScoreSpec, creditScoreInput{...}).
func (b *body) invoke(op *dsl.InvokeOp) call {
	spec := b.spec(op)
	value := b.value
	if b.late {
		value = b.frozen
	}
	in := b.input(op.Decl, op.Decl.Params, op.Args, value)
	return call{Statement: jen.Qual(durablePath, "Invoke").Index(b.fn.goType(op.Decl.ResultType)).Call(jen.Id("ctx"), spec, in)}
}

// input writes what a function or workflow is started with, of its arguments.
func (b *body) input(d dsl.Decl, params []*dsl.Param, args []dsl.Expr, value func(dsl.Expr, dsl.Type, ...string) *jen.Statement) *jen.Statement {
	switch len(params) {
	case 0:
		return b.fn.zero(nil)
	case 1:
		in := value(args[0], params[0].Var.Type, unexported(params[0].Name.Text), "input")
		if _, none := args[0].(*dsl.NoneExpr); none {
			in = jen.Parens(b.fn.goType(params[0].Var.Type)).Call(in)
		}
		return in
	}
	fields := make([]jen.Code, len(params))
	for i, p := range params {
		arg := value(args[i], p.Var.Type, unexported(p.Name.Text), d.DeclName().Text+exported(p.Name.Text))
		fields[i] = jen.Id(exported(p.Name.Text)).Op(":").Add(arg)
	}
	return jen.Id(b.fn.names.inputs[d]).Values(fields...)
}

// emitAgain ends the function with the start of the execution that follows.
//
//	return "", durable.Again(ctx, &durable.AgainSpec{Pos: "live.flow:23:5"}, state)
func (b *body) emitAgain(s *dsl.AgainStmt) {
	in := b.input(s.Decl, s.Decl.Params, s.Args, b.value)
	spec := jen.Op("&").Qual(durablePath, "AgainSpec").Values(jen.Id("Pos").Op(":").Lit(b.fn.pos(s.Pos())))
	again := jen.Qual(durablePath, "Again").Call(jen.Id("ctx"), spec, in)
	if b.fn.try == nil {
		b.Return(b.fn.zero(b.fn.result), again)
		return
	}
	b.If(jen.Err().Op(":=").Add(again), jen.Err().Op("!=").Nil()).BlockFunc(b.nested(func(in *body) { in.emitFail(jen.Err()) }))
	b.emitDone()
}

// call writes
//
//	durable.RunInChildContext(ctx, opinionSpec, func(ctx *durable.Context) (Vote, error) {
//		return w.opinion(ctx, application)
//	})
func (b *body) call(op *dsl.CallOp) call {
	spec := b.spec(op)
	args := []jen.Code{jen.Id("ctx")}
	for i, p := range op.Decl.Params {
		args = append(args, b.frozen(op.Args[i], p.Var.Type, unexported(p.Name.Text), op.Decl.Name.Text+exported(p.Name.Text)))
	}
	return b.child(spec, op.Decl.ResultType, func(group *jen.Group) {
		group.Return(jen.Id(b.fn.locals.receiver).Dot(b.fn.names.flows[op.Decl]).Call(args...))
	})
}

// group writes
//
//	durable.RunInChildContext(ctx, bookingSpec, func(ctx *durable.Context) (Booking, error) {
func (b *body) group(op *dsl.GroupOp) call {
	spec := b.spec(op)
	in := b.fn.inner(op.Result)
	in.stoppable = in.stoppable || op.Use.Timeout != nil || op.Until != nil
	return b.child(spec, op.Result, func(group *jen.Group) { in.emitBody(group, op.Body) })
}

func (b *body) child(spec jen.Code, result dsl.Type, fill func(*jen.Group)) call {
	return call{Statement: jen.Qual(durablePath, "RunInChildContext").Call(jen.Id("ctx"), spec,
		jen.Func().Params(contextParam()).Params(b.fn.goType(result), jen.Error()).BlockFunc(fill))}
}

// poll writes
//
//	durable.WaitForCondition(ctx, locateSpec, Track{},
//		func(ctx context.Context, _ Track) (Track, error) { ... },
//		func(track Track) (bool, error) { ... })
//
// or WaitForConditionFrom, whose check gets a pointer, where the step takes an
// optional previous result.
func (b *body) poll(op *dsl.PollOp) call {
	fn := b.fn
	spec := b.spec(op)
	result := op.Decl.ResultType
	args := b.arguments(op.Args, op.Decl.Params, op.Decl.Name.Text)
	wait, state := "WaitForCondition", result
	initial, previous := fn.zero(result), "_"
	if op.From != nil {
		if last := op.Decl.Params[len(op.Args)].Var.Type; !sameType(last, result) {
			wait, state = "WaitForConditionFrom", last
		}
		initial = b.value(op.From, state, "first")
		previous = "previous"
		value := jen.Id(previous)
		if holdsReferences(state) {
			value = jen.Qual(flowPath, "Copy").Call(value)
		}
		args = append(args, argument{jen.Id(previous), value})
	}
	t := fn.goType(result)
	bound := "_"
	if op.Bound != nil && mentions(op.Until, op.Bound) {
		bound = fn.locals.name(op.Bound)
	}
	until := jen.Func().Params(jen.Id(bound).Add(t)).Params(jen.Bool(), jen.Error()).BlockFunc(func(group *jen.Group) {
		if fn.facts.canFail(op.Until) {
			group.Return(fn.eval(op.Until, dsl.Bool))
		} else {
			group.Return(fn.expr(op.Until, dsl.Bool), jen.Nil())
		}
	})
	check := jen.Func().Params(stepContext(), jen.Id(previous).Add(fn.goType(state))).Params(t, jen.Error()).
		Block(jen.Return(b.stepCall(op.Decl, args)))
	return call{Statement: jen.Qual(durablePath, wait).Custom(
		jen.Options{Open: "(", Close: ")", Separator: ","}, jen.Id("ctx"), spec, initial, jen.Line().Add(check), jen.Line().Add(until))}
}

// mentions reports whether something in a node reads a variable.
func mentions(n dsl.Node, v *dsl.Var) bool {
	found := false
	dsl.Inspect(n, func(n dsl.Node) bool {
		id, ok := n.(*dsl.IdentExpr)
		found = found || ok && id.Var == v
		return !found
	})
	return found
}
