package query

import "github.com/durablegen/durablegen/dsl"

// membersOf adds what may stand behind the dot whose operand ends with a token.
func (c *completer) membersOf(i int) {
	if i < 0 {
		return
	}
	if w := c.before[i]; isCapital(w.text) {
		c.valuesOf(c.typeNamed(w.text), "")
		for _, e := range []*dsl.Enum{dsl.ItemStatus, dsl.CompletionReason} {
			if e.Name == w.text && c.byName[w.text] == nil {
				c.valuesOf(e, "")
			}
		}
		return
	}
	if c.before[i].text == "execution" {
		c.add(Candidate{Text: "id", Detail: "string"})
		c.add(Candidate{Text: "name", Detail: "string"})
		return
	}
	t := c.typeBefore(i)
	if _, ok := t.(*dsl.Handle); ok {
		c.add(Candidate{Text: "id", Detail: "string"})
	}
	for _, f := range fieldsOf(t) {
		c.add(Candidate{Text: f.Name, Detail: typeName(f.Type), Symbol: &Symbol{Kind: Field, Name: f.Name, Field: f, Doc: f.Doc}})
	}
}

// fieldsOf gives the fields that values of a type have.
func fieldsOf(t dsl.Type) []*dsl.FieldEntry {
	switch t := t.(type) {
	case *dsl.Optional:
		return fieldsOf(t.Elem)
	case *dsl.Record:
		if t != nil {
			return t.Fields
		}
	case *dsl.ErrorType:
		return t.Fields
	case *dsl.GoType:
		return fieldsOf(t.Under)
	case *dsl.Outcome:
		return t.Fields
	case *dsl.ItemOutcome:
		return t.Fields
	case *dsl.FailureType:
		return t.Fields
	default: // have none
	}
	return nil
}

// typeBefore gives the type of the operand that ends with a token; nil if it can't be told.
func (c *completer) typeBefore(i int) dsl.Type {
	if i < 0 {
		return nil
	}
	switch w := c.before[i]; {
	case w.text == ")":
		k := c.partner(i, "(")
		if k > 0 && c.before[k-1].kind == dsl.WordToken {
			if s := c.byName[c.before[k-1].text]; s != nil {
				if d, ok := s.Decl.(*dsl.FuncDecl); ok {
					return d.ResultType
				}
			}
			return c.typeNamed(c.before[k-1].text) // a conversion
		}
	case w.text == "]":
		switch t := c.typeBefore(c.partner(i, "[") - 1).(type) {
		case *dsl.List:
			return t.Elem
		case *dsl.Map:
			return t.Elem
		default: // has no elements
		}
	case w.kind != dsl.WordToken:
	case i > 1 && c.before[i-1].text == ".":
		for _, f := range fieldsOf(c.typeBefore(i - 2)) {
			if f.Name == w.text {
				return f.Type
			}
		}
	default:
		for _, v := range c.visible() {
			if v.Name == w.text {
				return v.Type
			}
		}
		if s := c.byName[w.text]; s != nil {
			if d, ok := s.Decl.(*dsl.ConstDecl); ok {
				return d.Type
			}
		}
	}
	return nil
}

// partner gives the index of the bracket that a closing one belongs to; -1 if there is none.
func (c *completer) partner(i int, open string) int {
	for k := i - 1; k >= 0; k-- {
		if c.before[k].level == c.before[i].level && c.before[k].text == open {
			return k
		}
	}
	return -1
}
