package query

import (
	"fmt"
	"strings"

	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/words"
)

// Description is what there is to say of a symbol.
type Description struct {
	Code  string   // as it is declared, in the language
	Doc   string   // of its author
	Facts []string // what holds of it; what is not written has its default here
}

// Describe says what a symbol is.
func (x *Index) Describe(s *Symbol) Description {
	d := Description{Code: s.Kind.String() + " " + s.Name, Doc: s.Doc}
	switch s.Kind {
	case Variable, Parameter:
		d.Code = s.Name + " " + typeName(s.Var.Type)
	case Field:
		x.describeField(s, &d)
	case EnumValue:
		if s.Value != nil && s.Value.Enum != nil {
			d.Code = s.Value.Enum.Name + "." + s.Name
		}
		if s.Value != nil && s.Value.JSON != s.Name {
			d.Facts = append(d.Facts, fmt.Sprintf("in JSON: `%q`", s.Value.JSON))
		}
	case BuiltinType:
		d.Code = s.Name
		d.Facts = append(d.Facts, "a type of the language")
	case BuiltinFunc:
		for _, b := range dsl.Builtins() {
			if b.Name == s.Name {
				d.Code, d.Doc = strings.Join(b.Signatures, "\n"), b.Doc
			}
		}
	case Package:
		if s.path != "" {
			d.Code = fmt.Sprintf("import %q", s.path)
		}
	case EnvVar:
		d.Code = "env " + s.Name
		d.Facts = append(d.Facts, "read when the deployed function starts; where it is not set, the name that stands in the file holds")
		return d
	case GoType:
		d.Facts = append(d.Facts, "of the Go package `"+s.path+"`")
	case Error:
		if s.Error != nil {
			d.Facts = append(d.Facts, "an error of the language", "fields: "+fieldList(s.Error.Fields))
		}
	default: // is declared
	}
	if s.Decl != nil && s.Kind != Field && s.Kind != EnumValue {
		d.Code = x.declaration(s.Decl)
		d.Facts = append(d.Facts, x.declFacts(s.Decl)...)
	}
	return d
}

func (x *Index) describeField(s *Symbol, d *Description) {
	if s.Field == nil {
		d.Code = s.Name
		return
	}
	d.Code = s.Name + " " + typeName(s.Field.Type)
	if s.Field.Default != nil {
		d.Code += " = " + x.text(s.Field.Default.Range())
	}
	if s.Field.JSON != s.Name && s.Field.JSON != "" {
		d.Facts = append(d.Facts, fmt.Sprintf("in JSON: `%q`", s.Field.JSON))
	}
	if s.Field.ReadOnly() {
		d.Facts = append(d.Facts, "can only be read")
	}
}

// declaration gives a declaration with its fields or values, but without a body.
func (x *Index) declaration(d dsl.Decl) string {
	var fields []*dsl.Field
	switch d := d.(type) {
	case *dsl.TypeDecl:
		fields = d.Fields
	case *dsl.ErrorDecl:
		fields = d.Fields
	case *dsl.EnumDecl:
		var values []string
		for _, v := range d.Values {
			if v.Name != nil {
				values = append(values, v.Name.Text)
			}
		}
		return Heading(d) + " { " + strings.Join(values, ", ") + " }"
	default: // has none
	}
	text := Heading(d)
	if len(fields) > 0 {
		text += " {"
		for _, f := range fields {
			if f.Name != nil {
				text += "\n    " + f.Name.Text + " " + dsl.TypeText(f.Type)
			}
		}
		text += "\n}"
	}
	return text
}

// declFacts says what holds of a declaration, by its clauses or for want of them.
func (x *Index) declFacts(d dsl.Decl) []string {
	switch d := d.(type) {
	case *dsl.StepDecl:
		return x.stepFacts(d)
	case *dsl.CallbackDecl:
		facts := []string{x.clause("timeout", d.Policy.Timeout, &d.Policy, "must be written, here or where it is used"), x.clause("heartbeat", d.Policy.Heartbeat, &d.Policy, "none")}
		return append(facts, failing(d.Fails)...)
	case *dsl.FunctionDecl:
		which := "Lambda function `" + d.Target + "`"
		if d.Env != nil {
			which += ", or the one that the environment variable `" + d.Env.Text + "` names where the workflow is deployed"
		}
		return append([]string{which}, failing(d.Fails)...)
	case *dsl.WorkflowDecl:
		facts := []string{x.clause("timeout", d.Policy.Timeout, &d.Policy, words.Duration(dsl.DefaultTimeout)), x.clause("retention", d.Policy.Retention, &d.Policy, "14 d")}
		return append(facts, failing(d.Fails)...)
	case *dsl.FuncDecl:
		if d.InGo() {
			return []string{"written in Go; pure: it is run again at every replay"}
		}
	case *dsl.TypeDecl:
		if g, ok := d.Type.(*dsl.GoType); ok && g != nil && g.Package != "" {
			facts := []string{"Go type `" + g.GoName + "` of `" + g.Package + "`"}
			if list := fieldsOf(g); len(list) > 0 {
				facts = append(facts, "fields: "+fieldList(list))
			}
			return facts
		}
	case *dsl.EnumDecl, *dsl.ErrorDecl, *dsl.ConstDecl: // nothing more
	}
	return nil
}

func (x *Index) stepFacts(d *dsl.StepDecl) []string {
	if d.Builtin != "" {
		return []string{"a step of the language: its value is on record"}
	}
	facts := []string{x.repetition(&d.Policy), "retry: " + x.retry(nil, &d.Policy), x.clause("timeout", d.Policy.Timeout, &d.Policy, "none; 15 min at most, as an attempt ends with its invocation")}
	if d.Policy.Stored != nil {
		facts = append(facts, "stored: a result of more than 32 KiB is kept outside of the record")
	}
	return append(facts, failing(d.Fails)...)
}

// repetition says how often a step may run for one operation.
func (x *Index) repetition(p *dsl.Policy) string {
	switch {
	case p.AtMostOnce != nil:
		return "at most once: what a crash has interrupted is not run again, but fails with `Interrupted`"
	case p.AtLeastOnce != nil:
		return "at least once: a crash may have it run again for one operation, which may do harm"
	case p.Reads != nil:
		return "reads only: it may run any number of times"
	case p.Idempotent != nil && p.Idempotent.Value != nil:
		return "may run again for one operation, which does no harm: it knows itself again by `" + x.text(p.Idempotent.Value.Range()) + "`"
	case p.Idempotent != nil:
		return "may run again for one operation, which does no harm: its idempotency key stays the same"
	}
	return "may run again for one operation, and does not say how it bears that"
}

// retry says how often a failed attempt is repeated: by the clause at the use, or by that of
// the declaration.
func (x *Index) retry(use, decl *dsl.Policy) string {
	for _, p := range []*dsl.Policy{use, decl} {
		if p == nil || len(p.Retry) == 0 {
			continue
		}
		var clauses []string
		for _, r := range p.Retry {
			clauses = append(clauses, "`"+strings.TrimPrefix(oneLine(x.text(r.Span)), "retry ")+"`")
		}
		text := strings.Join(clauses, ", then ")
		if len(p.Own().Retry) == 0 {
			text += byDefaults(p)
		}
		return text
	}
	if decl != nil && decl.AtMostOnce != nil {
		return "none"
	}
	return "5 more attempts, after 5 s at first, doubled up to 60 s, full jitter"
}

// byDefaults says where what holds of a declaration is said, if not there.
func byDefaults(p *dsl.Policy) string { return ", by `defaults " + p.Defaults.Of.Text + "`" }

func (x *Index) clause(word string, c *dsl.Clause, p *dsl.Policy, otherwise string) string {
	if c == nil || c.Value == nil {
		return word + ": " + otherwise
	}
	text := word + ": `" + x.text(c.Value.Range()) + "`"
	if p.Defaults != nil && c.Start >= p.Defaults.Start && c.End <= p.Defaults.End {
		text += byDefaults(p)
	}
	return text
}

func failing(errors []*dsl.ErrorType) []string {
	if len(errors) == 0 {
		return nil
	}
	return []string{"fails: " + errorList(errors)}
}

func errorList(errors []*dsl.ErrorType) string {
	var names []string
	for _, e := range errors {
		names = append(names, "`"+e.Name+"`")
	}
	return strings.Join(names, ", ")
}

func fieldList(fields []*dsl.FieldEntry) string {
	var names []string
	for _, f := range fields {
		names = append(names, "`"+f.Name+" "+typeName(f.Type)+"`")
	}
	return strings.Join(names, ", ")
}

func typeName(t dsl.Type) string {
	if t == nil {
		return "(unknown)"
	}
	return t.String()
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// text gives the source text of a place.
func (x *Index) text(at dsl.Span) string {
	src := x.Set.Source(at.Start)
	if src == nil || at.End < at.Start || src.Offset(at.End) > len(src.Text) {
		return ""
	}
	return string(src.Text[src.Offset(at.Start):src.Offset(at.End)])
}

// DescribeUse says what holds of an operation beside what holds of what it calls: the path
// under which it is on record, its own clauses, what can come out of it.
func (x *Index) DescribeUse(op dsl.Operation) []string {
	base := op.Base()
	var facts []string
	if base.Scope != nil && base.Identity != "" {
		facts = append(facts, "on record as `"+strings.Join(base.Path(), " / ")+"`"+turns(base))
	}
	if len(base.Use.Retry) > 0 {
		facts = append(facts, "here, retry: "+x.retry(&base.Use, nil))
	}
	if base.Use.Timeout != nil {
		facts = append(facts, "here, "+x.clause("timeout", base.Use.Timeout, &base.Use, ""))
	}
	if len(base.Raises) > 0 {
		facts = append(facts, "can raise here: "+errorList(base.Raises))
	}
	if base.Undo != nil {
		facts = append(facts, "is taken back if the workflow fails later")
	}
	return facts
}

// turns says how an operation in loops is told from its like.
func turns(base *dsl.OpBase) string {
	if len(base.Loops) == 0 {
		return ""
	}
	return ", with the number of the turn of " + words.Count(len(base.Loops), "loop")
}

// OperationAt gives the innermost operation whose keyword or callee a place is in; nil if it
// is in none.
func OperationAt(f *dsl.File, p dsl.Pos) dsl.Operation {
	var found dsl.Operation
	for _, d := range f.Decls {
		if r := d.Range(); p < r.Start || r.End < p {
			continue
		}
		dsl.Inspect(d, func(n dsl.Node) bool {
			if op, ok := n.(dsl.Operation); ok {
				base := op.Base()
				in := func(s dsl.Span) bool { return s.Start <= p && p <= s.End && s.End > s.Start }
				if in(base.Keyword) || base.Callee != nil && in(base.Callee.Span) {
					found = op
				}
			}
			return true
		})
	}
	return found
}
