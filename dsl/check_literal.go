package dsl

import (
	"fmt"
	"go/constant"
)

// Values that are written out: of enums, records, lists and maps.

func (c *checker) enumValue(e *EnumExpr) Type {
	if e.Enum == nil || e.Value == nil || e.Enum.Text == "" || e.Value.Text == "" {
		return nil
	}
	t := c.types[e.Enum.Text]
	if enum := c.builtinEnum(e.Enum.Text); enum != nil && t == nil && !c.mayBeDeclared(e.Enum.Text) {
		t = enum
	}
	var values []*EnumValue
	switch t := t.(type) {
	case *Enum:
		values = t.Values
	case *GoType:
		values = t.Values
	case nil:
		if c.mayBeDeclared(e.Enum.Text) {
			return nil
		}
		if d := c.decls[e.Enum.Text]; d != nil {
			c.errorf(codeUnknownType, e.Enum.Span, "`%s` is %s, not an enum", e.Enum.Text, declKind(d)).note(d.DeclName().Span, "declared here")
			return nil
		}
		names := append(c.declNames(func(d Decl) bool { _, ok := d.(*EnumDecl); return ok }), ItemStatus.Name, CompletionReason.Name)
		c.errorf(codeUnknownType, e.Enum.Span, "unknown enum `%s`", e.Enum.Text).suggestName(e.Enum.Text, c.near(e.Enum.Text, names))
		return nil
	default: // has no values
	}
	if values == nil {
		if enum, ok := t.(*Enum); ok && len(enum.Values) == 0 {
			return nil // reported where it is declared
		}
		c.errorf(codeUnknownField, e.Value.Span, "`%s` is a type without named values", e.Enum.Text).
			help("a field is taken of a value: `x.%s`", e.Value.Text)
		return nil
	}
	e.Member = c.member(e.Value, t, values)
	if e.Member == nil {
		return nil
	}
	return t
}

// member finds a value of an enum by its name, or reports that there is none.
func (c *checker) member(name *Name, t Type, values []*EnumValue) *EnumValue {
	if v := findValue(values, name.Text); v != nil {
		return v
	}
	names := make([]string, len(values))
	for i, v := range values {
		names[i] = v.Name
	}
	near := c.near(name.Text, append([]string(nil), names...))
	p := c.errorf(codeUnknownValue, name.Span, "`%s` has no value `%s`", t, name.Text).suggestName(name.Text, near)
	if near == "" && len(names) <= 8 {
		p.help("it has %s", quoteAll(names))
	}
	if at := declSpan(t); at != (Span{}) {
		p.note(at, "declared here")
	}
	return nil
}

// record checks `T { … }` as a value.
func (c *checker) record(e *RecordExpr) Type {
	if e.Name == nil || e.Name.Text == "" {
		c.recordFields(e, nil, "")
		return nil
	}
	t := c.types[e.Name.Text]
	if t == nil && builtinError(e.Name.Text) != nil {
		t = builtinError(e.Name.Text)
	}
	switch t := t.(type) {
	case *Record:
		c.recordFields(e, t.Fields, t.Name)
		return t
	case *GoType:
		if r, ok := t.Under.(*Record); ok {
			if why := c.noLiteral(r); why != "" {
				c.recordFields(e, nil, "")
				c.errorf(codeGoType, e.Name.Span, "a `%s` can't be written here: %s", t.Name, why).
					help("make it in Go: in a step or in a `func`")
				return t
			}
			c.recordFields(e, r.Fields, t.Name)
			return t
		}
	case *ErrorType:
		c.recordFields(e, t.Fields, t.Name)
		c.errorf(codeErrorUse, e.Span, "`%s` is an error, not a value", t.Name).help("raise it: `fail %s { … }`", t.Name)
		return nil
	default: // has no fields to give
	}
	c.recordFields(e, nil, "")
	if t != nil {
		c.errorf(codeWrongType, e.Name.Span, "`%s` has no fields to give", t)
		return nil
	}
	if c.mayBeDeclared(e.Name.Text) {
		return nil
	}
	names := c.declNames(func(d Decl) bool { _, ok := d.(*TypeDecl); return ok })
	near := c.near(e.Name.Text, names)
	p := c.errorf(codeUnknownType, e.Name.Span, "unknown type `%s`", e.Name.Text).suggestName(e.Name.Text, near)
	if near == "" {
		p.help("declare it with `type %s { … }`", e.Name.Text)
	}
	return nil
}

// noLiteral tells why a Go struct can't be made in the language; empty if it can.
func (c *checker) noLiteral(r *Record) string {
	if len(r.Fields) == 0 {
		return "it keeps its contents to itself"
	}
	for _, f := range r.Fields {
		if f.Promoted {
			return fmt.Sprintf("field `%s` belongs to a struct that it embeds", f.Name)
		}
	}
	return ""
}

// recordFields checks the fields of a literal against those of its type. Without
// a name the type is unknown, and only the values are looked at.
func (c *checker) recordFields(e *RecordExpr, fields []*FieldEntry, name string) {
	given := map[string]*FieldExpr{}
	strange := 0
	for _, f := range e.Fields {
		if f.Name == nil || f.Name.Text == "" {
			c.expr(f.Value, nil)
			continue
		}
		entry := findField(fields, f.Name.Text)
		if name == "" {
			c.expr(f.Value, nil)
			continue
		}
		if entry == nil {
			c.expr(f.Value, nil)
			strange++
			names := make([]string, len(fields))
			for i, known := range fields {
				names[i] = known.Name
			}
			near := c.near(f.Name.Text, append([]string(nil), names...))
			p := c.errorf(codeUnknownField, f.Name.Span, "`%s` has no field `%s`", name, f.Name.Text).suggestName(f.Name.Text, near)
			if near == "" && len(names) > 0 && len(names) <= 8 {
				p.help("it has %s", quoteAll(names))
			} else if near == "" && len(names) == 0 {
				p.help("it has no fields at all")
			}
			continue
		}
		if before := given[f.Name.Text]; before != nil {
			c.errorf(codeDuplicateName, f.Name.Span, "field `%s` is given twice", f.Name.Text).note(before.Name.Span, "first here")
		}
		given[f.Name.Text] = f
		f.Field = entry
		if entry.ReadOnly() {
			c.expr(f.Value, nil)
			c.readOnly(f.Name, entry)
			continue
		}
		c.exprAs(f.Value, entry.Type, "field `"+entry.Name+"`")
	}
	if name == "" || c.incomplete(e.Span) {
		return
	}
	var missing []string
	for _, f := range fields {
		if given[f.Name] == nil && f.Type != nil && !f.mayBeLeftOut() {
			missing = append(missing, f.Name)
		}
	}
	if len(missing) > strange { // else they are there under a wrong name, most likely
		c.errorf(codeMissingField, e.Name.Span, "%s of `%s` %s missing", quoteAll(missing), name, isAre(len(missing))).
			help("only fields of an optional type, and those with a default, can be left out")
	}
}

// readOnly reports that a field of a Go type is to be given a value that only Go can give it.
func (c *checker) readOnly(name *Name, f *FieldEntry) {
	c.errorf(codeGoType, name.Span, "field `%s` can only be read here: in Go it is `%s`", f.Name, shortName(f.Go)).
		help("set it in Go: in a step or in a `func`")
}

func isAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

func (c *checker) list(e *ListExpr, want Type) Type {
	var elem Type
	if w, ok := underlying(present(want)).(*List); ok {
		elem = w.Elem
	}
	if len(e.Elems) == 0 {
		if elem == nil {
			c.errorf(codeNeedsType, e.Span, "the type of this empty list is not known").
				help("declare the variable with its type: `var x []string = []`")
			return nil
		}
		return &List{Elem: elem}
	}
	hint := elem
	ok := true
	for _, x := range e.Elems {
		if elem != nil {
			c.exprAs(x, elem, "an element of this list")
			continue
		}
		t := c.expr(x, hint)
		ok = ok && t != nil
		if hint == nil {
			hint = t
		}
	}
	if elem != nil {
		return &List{Elem: elem}
	}
	if !ok {
		return nil
	}
	t := c.unify(e.Elems, elem, "an element of this list")
	if t == nil {
		return nil
	}
	if t == None {
		c.errorf(codeNeedsType, e.Span, "the type of this list is not known").help("declare the variable with its type: `var x []string = …`")
		return nil
	}
	return &List{Elem: asText(t)}
}

func (c *checker) comprehension(e *CompExpr, want Type) Type {
	key, elem := c.ranged(e.List)
	c.openBlock()
	defer c.closeBlock()
	if e.Index != nil {
		e.IndexVar = c.declare(e.Index, key, c.unusedVar(Span{}))
	}
	e.ElemVar = c.declare(e.Elem, elem, nil)
	var hint Type
	if w, ok := underlying(present(want)).(*List); ok {
		hint = w.Elem
	}
	var t Type
	c.flow.branch(func() {
		if !isNilExpr(e.Cond) {
			yes, _ := c.cond(e.Cond)
			c.flow.assume(yes)
		}
		c.inComp++
		t = c.expr(e.Value, hint)
		c.inComp--
		if t != nil && hint != nil && c.convert(e.Value, hint) {
			t = hint
		}
	})
	if t == None {
		c.errorf(codeNeedsType, e.Value.Range(), "the type of this list is not known")
		return nil
	}
	if t == nil {
		return nil
	}
	return &List{Elem: asText(t)}
}

// ranged checks what `for` walks through and gives the types of key and element.
func (c *checker) ranged(e Expr) (key, elem Type) {
	t := c.expr(e, nil)
	switch u := underlying(t).(type) {
	case nil:
		return nil, nil
	case *List:
		return Int, u.Elem
	case *Map:
		return u.Key, u.Elem
	case *Optional:
		c.absent(e)
		return nil, nil
	default: // can't be walked through
	}
	p := c.errorf(codeWrongType, e.Range(), "`for` walks through a list or a map, not through a `%s`", t)
	switch underlying(t) {
	case Int:
		p.help("write `range(%s)`", c.text(e.Range()))
	case String:
		p.help("`split(text, separator)` makes a list")
	}
	return nil, nil
}

func (c *checker) mapLiteral(e *MapExpr) Type {
	key, elem := c.resolveType(e.Key), c.resolveType(e.Elem)
	seen := map[string]bool{}
	for _, entry := range e.Entries {
		c.exprAs(entry.Key, key, "a key of this map")
		c.exprAs(entry.Value, elem, "a value of this map")
		if isNilExpr(entry.Key) || entry.Key.Const() == nil || entry.Key.Const().Kind() != constant.String {
			continue
		}
		k := constant.StringVal(entry.Key.Const())
		if seen[k] {
			c.errorf(codeDuplicateName, entry.Key.Range(), "key %q stands twice in this map", k)
		}
		seen[k] = true
	}
	if key == nil || elem == nil {
		return nil
	}
	if !isMapKey(key) {
		c.errorf(codeMapKey, e.Key.Range(), "`%s` can't be the key of a map", key).
			help("keys are `string`, an enum, or a Go type based on string: JSON knows no others")
		return nil
	}
	return &Map{Key: key, Elem: elem}
}
