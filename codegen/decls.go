package codegen

import (
	"slices"
	"strconv"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/durablegen/durablegen/dsl"
)

// emitDoc writes a doc comment carried over from the .flow file; otherwise the
// given sentence, if any.
func emitDoc(f *jen.Group, doc, otherwise string) {
	switch {
	case doc != "":
		f.Comment(comment(doc))
	case otherwise != "":
		f.Comment(comment(otherwise))
	}
}

// emitType writes
//
//	type Item struct {
//		SKU string `json:"sku"`
//	}
//
// or, for an existing Go type, whose JSON is read as Go reads it,
//
//	type Money = money.Amount
//
//	var _ = flow.Import[Money]()
func (g *generator) emitType(f *jen.File, d *dsl.TypeDecl) {
	f.Line()
	emitDoc(f.Group, d.Doc, "")
	if t, ok := d.Type.(*dsl.GoType); ok {
		f.Type().Id(g.names.types[t]).Op("=").Add(existingType(t.Go))
		if _, plain := t.Under.(dsl.Basic); !plain && !t.Opaque() {
			f.Line()
			f.Var().Id("_").Op("=").Qual(flowPath, "Import").Index(jen.Id(g.names.types[t])).Call()
		}
		return
	}
	r := d.Type.(*dsl.Record)
	f.Type().Id(g.names.types[r]).Struct(g.structFields(r.Fields)...)
}

// structFields writes the fields of a struct with their JSON names.
func (g *generator) structFields(fields []*dsl.FieldEntry) []jen.Code {
	var out []jen.Code
	for _, field := range fields {
		if field.Doc != "" {
			out = append(out, jen.Comment(comment(field.Doc)))
		}
		out = append(out, jen.Id(g.fieldName(field)).Add(g.goType(field.Type)).Op(jsonTag(field)))
	}
	return out
}

// jsonTag writes `json:"name"`; absent values are left out.
func jsonTag(field *dsl.FieldEntry) string {
	tag := field.JSON
	switch {
	case isOptional(field.Type):
		tag += ",omitempty"
	case tag == "-": // alone it would leave the field out
		tag += ","
	}
	text := `json:` + strconv.Quote(tag)
	if field.Default != nil {
		text += ` absent:` + strconv.Quote(field.DefaultJSON())
	}
	if strings.Contains(text, "`") {
		return strconv.Quote(text)
	}
	return "`" + text + "`"
}

// fieldName gives the Go name of a field.
func (g *generator) fieldName(field *dsl.FieldEntry) string {
	if field.GoName != "" {
		return field.GoName
	}
	if name := g.names.fields[field]; name != "" {
		return name
	}
	return exported(field.Name)
}

// emitEnum writes
//
//	type Delivery string
//
//	const (
//		DeliveryLost Delivery = "lost"
//	)
//
// and the method that decoding asks.
func (g *generator) emitEnum(f *jen.File, d *dsl.EnumDecl) {
	t := d.Type
	name := g.names.types[t]
	f.Line()
	emitDoc(f.Group, d.Doc, "")
	f.Type().Id(name).String()
	f.Line()
	f.Const().DefsFunc(func(group *jen.Group) {
		for _, v := range t.Values {
			if v.Doc != "" {
				group.Comment(comment(v.Doc))
			}
			group.Id(g.names.members[v]).Id(name).Op("=").Lit(v.JSON)
		}
	})
	receiver := strings.ToLower(name[:1])
	if r := []rune(name)[0]; r >= 0x80 {
		receiver = "v"
	}
	f.Line()
	f.Comment("// Valid reports whether " + receiver + " is one of the names above.")
	f.Func().Params(jen.Id(receiver).Id(name)).Id("Valid").Params().Bool().Block(
		jen.Switch(jen.Id(receiver)).BlockFunc(func(group *jen.Group) {
			members := make([]jen.Code, len(t.Values))
			for i, v := range t.Values {
				members[i] = jen.Id(g.names.members[v])
			}
			group.Case(members...).Block(jen.Return(jen.True()))
		}),
		jen.Return(jen.False()),
	)
}

// emitError writes the struct and
//
//	func (e *CardDeclinedError) Error() string     { return "CardDeclined: " + e.Reason }
//	func (e *CardDeclinedError) ErrorType() string { return "CardDeclined" }
func (g *generator) emitError(f *jen.File, d *dsl.ErrorDecl) {
	t := d.Type
	name := g.names.types[t]
	f.Line()
	emitDoc(f.Group, d.Doc, "")
	f.Type().Id(name).Struct(g.structFields(t.Fields)...)
	f.Line()
	receiver := func(named bool) *jen.Statement {
		if named {
			return jen.Id("e").Op("*").Id(name)
		}
		return jen.Op("*").Id(name)
	}
	text := str(t.Name)
	if len(t.Fields) > 0 {
		text = g.errorText(t)
	}
	named := len(t.Fields) > 0
	f.Func().Params(receiver(named)).Id("Error").Params().String().Add(oneLine(jen.Return(text)))
	f.Func().Params(receiver(named)).Id("ErrorType").Params().String().Add(oneLine(jen.Return(str(t.Name))))
	if len(t.Bears) > 0 {
		g.emitStandsFor(f, t)
	}
}

// emitStandsFor writes which failures from outside arrive as an error:
//
//	func (e *ConflictError) StandsFor(name, message string) bool {
//		e.Message = message
//		return name == "ConditionalCheckFailedException"
//	}
func (g *generator) emitStandsFor(f *jen.File, t *dsl.ErrorType) {
	message, receiver, second := t.Message(), jen.Op("*").Id(g.names.types[t]), "_"
	if message != nil {
		receiver, second = jen.Id("e").Add(receiver), "message"
	}
	var bears *jen.Statement
	for _, name := range t.Bears {
		one := jen.Id("name").Op("==").Add(str(name))
		if bears != nil {
			one = bears.Op("||").Add(one)
		}
		bears = one
	}
	f.Line()
	f.Func().Params(receiver).Id("StandsFor").Params(jen.Id("name"), jen.Id(second).String()).Bool().BlockFunc(func(b *jen.Group) {
		if message != nil {
			b.Id("e").Dot(g.fieldName(message)).Op("=").Id("message")
		}
		b.Return(bears)
	})
}

// oneLine writes a block on one line.
func oneLine(s jen.Code) *jen.Statement { return jen.Op("{").Add(s).Op("}") }

// errorText writes the text of an error: its name, then its only field, or every
// field with its name.
func (g *generator) errorText(t *dsl.ErrorType) *jen.Statement {
	var parts []textPart
	before := t.Name + ": "
	for _, field := range t.Fields {
		if len(t.Fields) > 1 {
			before += field.Name + ": "
		}
		value := jen.Id("e").Dot(g.fieldName(field))
		parts = append(parts, textPart{text: before}, textPart{hole: value, typ: field.Type})
		before = ", "
	}
	return g.text(parts)
}

// emitConsts writes constants that stand in a row.
//
//	const (
//		limit = 5
//		rate  = 2.5
//	)
func (g *generator) emitConsts(f *jen.File, list []*dsl.ConstDecl) {
	write := func(s *jen.Statement, d *dsl.ConstDecl) { s.Id(g.names.consts[d]).Op("=").Add(g.constantOf(d)) }
	list = slices.Clone(list)
	for _, d := range list {
		if !isGoConst(d) {
			f.Line()
			emitDoc(f.Group, d.Doc, "")
			write(f.Var(), d)
		}
	}
	if list = slices.DeleteFunc(list, func(d *dsl.ConstDecl) bool { return !isGoConst(d) }); len(list) == 0 {
		return
	}
	f.Line()
	if len(list) == 1 {
		emitDoc(f.Group, list[0].Doc, "")
		write(f.Const(), list[0])
		return
	}
	f.Const().DefsFunc(func(group *jen.Group) {
		for _, d := range list {
			emitDoc(group, d.Doc, "")
			s := jen.Null()
			write(s, d)
			group.Add(s)
		}
	})
}

// isGoConst reports whether a constant is one in Go; lists, maps and records are variables
// that nothing changes.
func isGoConst(d *dsl.ConstDecl) bool {
	_, isMember := unparen(d.Value).(*dsl.EnumExpr)
	return d.Value.Const() != nil || isMember
}

// constantOf writes the value of a constant.
func (g *generator) constantOf(d *dsl.ConstDecl) *jen.Statement {
	if v := d.Value.Const(); v != nil {
		return g.constant(v, d.Type)
	}
	fn := &fn{generator: g, locals: newLocals(nil, g.names.usedBy(d.Value))}
	return fn.bare(d.Value, d.Type)
}

// emitFunc writes a func that is an expression:
//
//	func double(n int) int {
//		return flow.Mul(n, 2)
//	}
//
// It fails as everything in runtime/flow does: flow.Eval around the call makes an
// error of it. Those written in Go are the user's.
func (g *generator) emitFunc(f *jen.File, d *dsl.FuncDecl) {
	if d.InGo() {
		return
	}
	vars := declared(d.Params, d.Code())
	fn := &fn{generator: g, locals: newLocals(vars, g.names.usedBy(d.Code())), result: d.ResultType}
	f.Line()
	emitDoc(f.Group, d.Doc, "")
	f.Func().Id(g.names.funcs[d]).Params(fn.params(d.Params)...).Add(g.goType(d.ResultType)).BlockFunc(func(group *jen.Group) {
		if d.Block == nil {
			fn.returnValue(group, d.Body, d.ResultType)
			return
		}
		fn.locals.setApart(vars, d.Block)
		fn.generator = g.panicking()
		(&body{Group: group, fn: fn}).emitBlock(d.Block)
	})
}

// panicking gives the generator for the Go of a func, which panics where something fails.
func (g *generator) panicking() *generator {
	own, facts := *g, *g.facts
	facts.panics = true
	own.facts = &facts
	return &own
}

// emitErrorTypes writes the table by which errors are decoded from the record.
func (g *generator) emitErrorTypes(f *jen.File) {
	if len(g.prog.Errors) == 0 {
		return
	}
	f.Line()
	f.Comment("// " + g.names.errors + " are the failures that come back from the record as their own types.")
	f.Var().Id(g.names.errors).Op("=").Add(g.errorTable(g.prog.Errors))
}

// errorTable writes durable.Errors(&LateError{}).
func (g *generator) errorTable(list []*dsl.ErrorType) *jen.Statement {
	var entries []jen.Code
	for _, t := range list {
		if !t.Builtin {
			entries = append(entries, jen.Op("&").Id(g.names.types[t]).Values())
		}
	}
	table := jen.Qual(durablePath, "Errors")
	if len(entries) < 2 {
		return table.Call(entries...)
	}
	return callLines(table, nil, entries...)
}

// lines writes a literal with one element on each line.
func lines(fill func(add func(jen.Code))) *jen.Statement {
	var elems []jen.Code
	fill(func(c jen.Code) { elems = append(elems, c) })
	return jen.Custom(jen.Options{Open: "{", Close: "}", Separator: ",", Multi: true}, elems...)
}
