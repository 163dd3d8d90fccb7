package codegen

import (
	"go/constant"
	"math"
	"strconv"
	"time"

	"github.com/dave/jennifer/jen"

	"github.com/durablegen/durablegen/dsl"
)

// spec is a package-level variable that describes an operation to the runtime.
type spec struct {
	name   string
	kind   string // StepSpec, WaitSpec, ...
	fields []specField
	tall   bool // it needs several lines
}

// specField is one field of a spec. value is nil where it is known only when the
// operation is reached; then late is set.
type specField struct {
	name  string
	value *jen.Statement
	late  func(b *body) *jen.Statement
}

// spec describes an operation and gives the pointer to hand to the runtime: to a
// package-level variable, or, where clauses have to be evaluated, to a copy of it
// that they complete.
func (b *body) spec(op dsl.Operation) *jen.Statement {
	s := b.fn.describe(op)
	b.fn.specs = append(b.fn.specs, s)
	var late []specField
	for _, field := range s.fields {
		if field.late != nil {
			late = append(late, field)
		}
	}
	if len(late) == 0 {
		return jen.Id(s.name)
	}
	values := make([]*jen.Statement, len(late))
	for i, field := range late {
		values[i] = field.late(b)
	}
	segment := unexported(identifier(op.Base().Segment))
	name := b.temp(segment+"Now", segment+"Spec")
	b.Id(name).Op(":=").Op("*").Id(s.name)
	for i, field := range late {
		b.Id(name).Dot(field.name).Op("=").Add(values[i])
	}
	return jen.Op("&").Id(name)
}

// undoSpec describes the undo of an operation.
func (g *generator) undoSpec(op dsl.Operation) *jen.Statement {
	base := op.Base()
	undo := base.Undo
	s := &spec{name: g.names.specs[undo], kind: "UndoSpec"}
	s.set("Of", jen.Lit(base.Identity))
	if undo.Op != nil {
		s.set("Name", jen.Lit(undo.Op.Base().Segment))
	} else {
		s.set("Name", jen.Lit("undo "+base.Segment))
	}
	s.set("Pos", jen.Lit(g.pos(undo.Pos())))
	if undo.Body != nil {
		s.set("Block", jen.True())
	}
	g.specs = append(g.specs, s)
	return jen.Id(s.name)
}

func (s *spec) set(name string, value *jen.Statement) {
	s.fields = append(s.fields, specField{name: name, value: value})
}

// setExpr sets a field to an expression: now if it is constant, else late.
func (s *spec) setExpr(name string, e dsl.Expr, now func(constant.Value) *jen.Statement, late func(*body) *jen.Statement) {
	if e == nil {
		return
	}
	if v := e.Const(); v != nil {
		s.set(name, now(v))
		return
	}
	s.fields = append(s.fields, specField{name: name, late: late})
}

// describe gives the spec of an operation.
func (g *generator) describe(op dsl.Operation) *spec {
	base := op.Base()
	s := &spec{name: g.names.specs[op]}
	if s.name == "" {
		panic("an operation without a name for its spec")
	}
	s.set("Name", jen.Lit(base.Segment))
	if base.Label != nil && base.Label.Was != nil {
		s.set("ID", jen.Lit(base.Identity))
	}
	if callee := dsl.Hidden(op); callee != "" {
		s.set("Calls", jen.Lit(callee))
	}
	s.set("Pos", jen.Lit(g.pos(op.Pos())))
	switch op := op.(type) {
	case *dsl.StepOp:
		g.describeStep(s, op)
	case *dsl.CallbackOp:
		s.kind = "CallbackSpec"
		g.callbackTimes(s, base, op.Decl)
		g.retry(s, dsl.RetryOf(base, &op.Decl.Policy), false)
		s.fails(op.Decl.Fails)
	case *dsl.OpenOp:
		s.kind = "CallbackSpec"
		g.callbackTimes(s, base, op.Decl)
		s.fails(op.Decl.Fails)
	case *dsl.InvokeOp:
		s.kind = "InvokeSpec"
		s.set("Function", jen.Lit(op.Decl.Target))
		if op.Decl.Env != nil {
			s.set("FunctionEnv", jen.Lit(op.Decl.Env.Text))
		}
		s.limit("Timeout", op.Use.Timeout)
		s.fails(op.Decl.Fails)
		s.flag("Undoable", base.Undo != nil)
	case *dsl.CallOp:
		s.kind = "ContextSpec"
		s.limit("Timeout", op.Use.Timeout)
	case *dsl.WaitOp:
		s.kind = "WaitSpec"
	case *dsl.PollOp:
		g.describePoll(s, op)
	case *dsl.GroupOp:
		s.kind = "ContextSpec"
		s.limit("Timeout", op.Use.Timeout)
		if op.Until != nil {
			s.fields = append(s.fields, specField{name: "Until", late: func(b *body) *jen.Statement {
				return jen.Id(b.fn.locals.name(op.Until.Handle))
			}})
		}
	case *dsl.ParallelOp:
		g.describeBatch(s, op.Limits, op.Settled)
	case *dsl.MapOp:
		g.describeBatch(s, op.Limits, op.Settled)
		if n := itemOperations(op); n > 0 {
			s.set("ItemOperations", jen.Lit(n))
		}
	case *dsl.SelectStmt:
		s.kind = "ContextSpec"
	case *dsl.AwaitOp:
		panic("an await has no spec: the callback that it awaits has one")
	}
	return s
}

func (g *generator) describeStep(s *spec, op *dsl.StepOp) {
	s.kind = "StepSpec"
	base, d := op.Base(), op.Decl
	switch d.Builtin {
	case "":
	case "local", "utc": // which fail alike each time
		s.set("Retry", jen.Qual(durablePath, "NoRetry"))
		return
	default:
		return
	}
	g.retry(s, dsl.RetryOf(base, &d.Policy), d.Policy.AtMostOnce != nil)
	s.limit("Timeout", either(base.Use.Timeout, d.Policy.Timeout))
	s.flag("AtMostOnce", d.Policy.AtMostOnce != nil)
	s.flag("Undoable", base.Undo != nil)
	s.flag("Stored", d.Policy.Stored != nil)
	s.fails(d.Fails)
}

func (g *generator) describePoll(s *spec, op *dsl.PollOp) {
	s.kind = "ConditionSpec"
	base, d := op.Base(), op.Decl
	s.durationExpr("Every", op.Every)
	s.float("Backoff", op.Backoff)
	s.durationExpr("Max", op.Max)
	s.setExpr("AtMost", op.AtMost, intLit, func(b *body) *jen.Statement { return b.times(op.AtMost, "times") })
	s.limit("Timeout", either(base.Use.Timeout, d.Policy.Timeout))
	s.fails(d.Fails)
	s.flag("RetryFailedChecks", true)
}

// describeBatch sets the limits of a batch. A settled one without min and tolerate
// runs all of its items: its outcome would depend on the clock if a failure ended it.
func (g *generator) describeBatch(s *spec, limits dsl.Limits, settled bool) {
	s.kind = "BatchSpec"
	count := func(name string, e dsl.Expr) {
		s.setExpr(name, e, func(v constant.Value) *jen.Statement { return jen.New(intLit(v)) },
			func(b *body) *jen.Statement { return jen.New(b.value(e, dsl.Int, "limit")) })
	}
	count("MaxConcurrency", limits.Max)
	count("MinSuccessful", limits.Min)
	switch {
	case settled && limits.Min == nil && limits.Tolerate == nil:
		s.set("ToleratedFailurePercentage", jen.New(jen.Lit(100.0)))
	case !limits.Percent:
		count("ToleratedFailureCount", limits.Tolerate)
	default:
		e := limits.Tolerate
		s.setExpr("ToleratedFailurePercentage", e,
			func(v constant.Value) *jen.Statement { return jen.New(floatLit(v)) },
			func(b *body) *jen.Statement {
				return jen.New(jen.Float64().Call(b.value(e, e.Type(), "percentage")))
			})
	}
}

// callbackTimes sets how long a callback may stay open and silent.
func (g *generator) callbackTimes(s *spec, base *dsl.OpBase, d *dsl.CallbackDecl) {
	s.limit("Timeout", either(base.Use.Timeout, d.Policy.Timeout))
	s.limit("HeartbeatTimeout", either(base.Use.Heartbeat, d.Policy.Heartbeat))
}

// either gives the clause at the use, else that of the declaration.
func either(use, decl *dsl.Clause) *dsl.Clause {
	if use != nil {
		return use
	}
	return decl
}

// limit sets a time limit.
func (s *spec) limit(name string, c *dsl.Clause) {
	if c != nil {
		s.durationExpr(name, c.Value)
	}
}

func (s *spec) durationExpr(name string, e dsl.Expr) {
	s.setExpr(name, e, duration, func(b *body) *jen.Statement { return b.timeLimit(e, unexported(name)) })
}

func (s *spec) float(name string, e dsl.Expr) {
	s.setExpr(name, e, numberLiteral, func(b *body) *jen.Statement { return b.factor(e, unexported(name)) })
}

// timeLimit, times and factor give what is computed to a spec. In a spec zero means that
// nothing is said, which is not what a value that comes to zero says.
func (b *body) timeLimit(e dsl.Expr, name string) *jen.Statement {
	return jen.Qual(flowPath, "Limit").Call(b.value(e, dsl.Duration, name))
}

func (b *body) times(e dsl.Expr, name string) *jen.Statement {
	return jen.Qual(flowPath, "Times").Call(b.value(e, dsl.Int, name))
}

func (b *body) factor(e dsl.Expr, name string) *jen.Statement {
	return jen.Qual(flowPath, "Factor").Call(b.value(e, e.Type(), name))
}

func (s *spec) flag(name string, on bool) {
	if on {
		s.set(name, jen.True())
	}
}

// fails lists the errors that keep their type.
func (s *spec) fails(list []*dsl.ErrorType) {
	if len(list) == 0 {
		return
	}
	names := []jen.Code{}
	for _, t := range list {
		names = append(names, jen.Lit(t.Name))
	}
	s.set("Fails", jen.Index().String().Values(names...))
}

// emitSpecs writes the specs of a workflow's operations.
func (g *generator) emitSpecs(f *jen.File, d *dsl.WorkflowDecl) {
	if len(g.specs) == 0 {
		return
	}
	f.Line()
	f.Comment("// The operations of " + d.Name.Text + ".")
	f.Var().DefsFunc(func(group *jen.Group) {
		for _, s := range g.specs {
			group.Id(s.name).Op("=").Op("&").Qual(durablePath, s.kind).Add(s.literal())
		}
	})
	g.specs = nil
}

// literal writes the fields: on one line if they are few.
func (s *spec) literal() *jen.Statement {
	var fields []jen.Code
	for _, field := range s.fields {
		if field.value != nil {
			fields = append(fields, jen.Id(field.name).Op(":").Add(field.value))
		}
	}
	if len(fields) <= 4 && !s.tall {
		return jen.Values(fields...)
	}
	return lines(func(add func(jen.Code)) {
		for _, field := range fields {
			add(field)
		}
	})
}

// intLit writes a constant number as an int.
func intLit(v constant.Value) *jen.Statement {
	n, exact := constant.Int64Val(constant.ToInt(v))
	if !exact {
		panic("a constant is no int: " + v.ExactString())
	}
	return jen.Op(strconv.FormatInt(n, 10))
}

// floatLit writes a constant number so that Go takes it for a float64.
func floatLit(v constant.Value) *jen.Statement {
	f, _ := constant.Float64Val(constant.ToFloat(v))
	text := strconv.FormatFloat(f, 'g', -1, 64)
	if f == math.Trunc(f) && math.Abs(f) < 1e15 {
		text = strconv.FormatFloat(f, 'f', 1, 64)
	}
	return jen.Op(text)
}

// numberLiteral writes a constant number where Go knows that a float64 is meant.
func numberLiteral(v constant.Value) *jen.Statement {
	if i := constant.ToInt(v); i.Kind() == constant.Int {
		if n, exact := constant.Int64Val(i); exact && n < 1e15 && n > -1e15 {
			return jen.Op(strconv.FormatInt(n, 10))
		}
	}
	return floatLit(v)
}

// duration writes a constant number of nanoseconds as a Go engineer would: in the
// largest unit of which it is a multiple.
func duration(v constant.Value) *jen.Statement {
	ns, exact := constant.Int64Val(constant.ToInt(v))
	if !exact {
		panic("a constant is no duration: " + v.ExactString())
	}
	if ns == 0 {
		return jen.Op("0")
	}
	for _, unit := range []struct {
		name string
		d    time.Duration
	}{{"Hour", time.Hour}, {"Minute", time.Minute}, {"Second", time.Second}, {"Millisecond", time.Millisecond},
		{"Microsecond", time.Microsecond}, {"Nanosecond", 1}} {
		if n := ns / int64(unit.d); n*int64(unit.d) == ns {
			if n == 1 {
				return jen.Qual("time", unit.name)
			}
			return jen.Op(strconv.FormatInt(n, 10)).Op("*").Qual("time", unit.name)
		}
	}
	panic("unreachable")
}
