package dsl

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/durablegen/durablegen/internal/arns"
)

// collect enters all declarations under their names and gives types their
// identity, so that everything can refer to everything.
func (c *checker) collect() {
	p := c.program
	for _, f := range p.Files {
		for _, d := range f.Decls {
			name := d.DeclName()
			if name == nil || name.Text == "" {
				continue
			}
			c.declName(d, name)
			switch d := d.(type) {
			case *TypeDecl:
				if d.Go != nil {
					g := &GoType{Name: name.Text, Decl: d}
					d.Type = g
					p.GoTypes = append(p.GoTypes, g)
				} else {
					r := &Record{Name: name.Text, Decl: d}
					d.Type = r
					p.Records = append(p.Records, r)
				}
				c.enterType(name.Text, d, d.Type)
			case *EnumDecl:
				d.Type = &Enum{Name: name.Text, Decl: d}
				p.Enums = append(p.Enums, d.Type)
				c.enterType(name.Text, d, d.Type)
			case *ErrorDecl:
				d.Type = &ErrorType{Name: name.Text, Decl: d}
				p.Errors = append(p.Errors, d.Type)
				c.enterType(name.Text, d, d.Type)
			case *ConstDecl:
				p.Consts = append(p.Consts, d)
			case *FuncDecl:
				p.Funcs = append(p.Funcs, d)
			case *StepDecl:
				p.Steps = append(p.Steps, d)
			case *CallbackDecl:
				p.Callbacks = append(p.Callbacks, d)
			case *FunctionDecl:
				p.Functions = append(p.Functions, d)
			case *WorkflowDecl:
				d.Scope = &Scope{Owner: d}
				p.Workflows = append(p.Workflows, d)
			}
		}
	}
}

func (c *checker) enterType(name string, d Decl, t Type) {
	if c.decls[name] == d {
		c.types[name] = t
	}
}

// declName checks a declaration's name and enters it.
func (c *checker) declName(d Decl, name *Name) {
	builtIn := ""
	switch d.(type) {
	case *TypeDecl, *EnumDecl, *ErrorDecl:
		if builtinError(name.Text) != nil {
			builtIn = "error"
		}
	case *StepDecl:
		if builtinSteps[name.Text] != nil && !yieldingSteps[name.Text] {
			builtIn = "step"
		}
	case *FuncDecl:
		if b := builtinFunc(name.Text); b != nil && !b.Yields {
			builtIn = "function"
		}
	default: // there are no built-in ones
	}
	if builtIn != "" {
		c.errorf(codeDuplicateName, name.Span, "`%s` is a built-in %s and can't be declared", name.Text, builtIn).
			help("choose another name")
		return
	}
	if before := c.decls[name.Text]; before != nil {
		c.errorf(codeDuplicateName, name.Span, "`%s` is declared twice", name.Text).
			note(before.DeclName().Span, "declared here as %s", declKind(before)).
			help("all declarations of a package share their names, whatever their kind: choose another one")
		return
	}
	c.decls[name.Text] = d
}

// declKind names the kind of a declaration, with its article.
func declKind(d Decl) string {
	switch d := d.(type) {
	case *TypeDecl:
		return "a type"
	case *EnumDecl:
		return "an enum"
	case *ErrorDecl:
		return "an error"
	case *ConstDecl:
		return "a constant"
	case *FuncDecl:
		return "a func"
	case *StepDecl:
		return "a step"
	case *CallbackDecl:
		return "a callback"
	case *FunctionDecl:
		return "a function"
	case *WorkflowDecl:
		return "a workflow"
	default:
		panic(fmt.Sprintf("dsl: unknown declaration %T", d))
	}
}

// resolveTypes fills records, enums and errors, and finds records that contain
// themselves.
func (c *checker) resolveTypes() {
	c.goTypes()
	for _, f := range c.program.Files {
		c.file = f
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *TypeDecl:
				if t, ok := d.Type.(*Record); ok {
					t.Fields = c.fields(d.Fields)
				}
			case *EnumDecl:
				c.enumValues(d)
			case *ErrorDecl:
				if d.Type != nil {
					d.Type.Fields = c.fields(d.Fields)
					c.arrivals(d)
				}
			default: // declares no type
			}
		}
	}
	c.recursiveRecords()
}

func (c *checker) fields(fields []*Field) []*FieldEntry {
	var entries []*FieldEntry
	names, json := map[string]*Field{}, map[string]*Field{}
	for _, f := range fields {
		t := c.resolveType(f.Type)
		if f.Name == nil || f.Name.Text == "" {
			continue
		}
		if before := names[f.Name.Text]; before != nil {
			c.errorf(codeDuplicateName, f.Name.Span, "field `%s` is declared twice", f.Name.Text).note(before.Name.Span, "declared here")
			continue
		}
		names[f.Name.Text] = f
		key := f.JSON
		if key == "" {
			c.errorf(codeUnexpected, f.Span, "the name of field `%s` in JSON is empty", f.Name.Text).help("write another one, or leave the `as` out")
			key = f.Name.Text
		}
		if before := json[key]; before != nil {
			c.errorf(codeDuplicateName, f.Span, "fields `%s` and `%s` have the same name in JSON, `%s`", before.Name.Text, f.Name.Text, key).
				note(before.Name.Span, "declared here").help("give one of them another name with `as \"…\"`")
		}
		json[key] = f
		if f.Default != nil && isOptional(t) {
			c.optionalDefault(f)
		}
		entries = append(entries, &FieldEntry{Name: f.Name.Text, JSON: key, Type: t, Doc: f.Doc, Decl: f})
	}
	return entries
}

// optionalDefault reports a default of a field that may be absent.
func (c *checker) optionalDefault(f *Field) {
	if isNone(f.Default) {
		c.errorf(codeBadDefault, f.Default.Range(), "an optional field that is left out is `none` as it is").
			help("leave the default out").
			fix("leave it out", Edit{Span: Span{f.Type.Range().End, f.Default.Range().End}})
		return
	}
	c.errorf(codeBadDefault, f.Default.Range(), "an optional field that is left out is `none`, so it has no other default").
		help("take the `?` away: a field with a default is never absent")
}

func (c *checker) enumValues(d *EnumDecl) {
	if d.Type == nil {
		return
	}
	if len(d.Values) == 0 && !c.incomplete(d.Span) {
		c.errorf(codeEmptyEnum, d.Name.Span, "enum `%s` has no values", d.Name.Text).
			help("name at least one: `enum %s { first, second }`", d.Name.Text)
	}
	names, json := map[string]*EnumMember{}, map[string]*EnumMember{}
	for _, m := range d.Values {
		if m.Name == nil || m.Name.Text == "" {
			continue
		}
		if before := names[m.Name.Text]; before != nil {
			c.errorf(codeDuplicateName, m.Name.Span, "`%s` stands twice in enum `%s`", m.Name.Text, d.Name.Text).note(before.Name.Span, "first here")
			continue
		}
		names[m.Name.Text] = m
		key := m.JSON
		if key == "" {
			c.errorf(codeUnexpected, m.Span, "the text of `%s` in JSON is empty", m.Name.Text).help("write another one, or leave the `as` out")
			key = m.Name.Text
		}
		if before := json[key]; before != nil {
			c.errorf(codeDuplicateName, m.Span, "`%s` and `%s` have the same text in JSON, `%s`", before.Name.Text, m.Name.Text, key).
				note(before.Name.Span, "declared here")
		}
		json[key] = m
		d.Type.Values = append(d.Type.Values, &EnumValue{Enum: d.Type, Name: m.Name.Text, JSON: key, Doc: m.Doc})
	}
}

var basicTypes = map[string]Basic{
	"string": String, "int": Int, "float": Float, "bool": Bool,
	"bytes": Bytes, "time": Time, "duration": Duration, "json": JSON,
}

// resolveType gives the type that is written; nil if it is missing or wrong.
func (c *checker) resolveType(e TypeExpr) Type {
	switch e := e.(type) {
	case *ListTypeExpr:
		if !c.deeper(e.Span) {
			return nil
		}
		defer c.shallower()
		elem := c.resolveType(e.Elem)
		if elem == nil {
			return nil
		}
		return &List{Elem: elem}
	case *MapTypeExpr:
		if !c.deeper(e.Span) {
			return nil
		}
		defer c.shallower()
		key, elem := c.resolveType(e.Key), c.resolveType(e.Elem)
		if key != nil && !isMapKey(key) {
			c.errorf(codeMapKey, e.Key.Range(), "`%s` can't be the key of a map", key).
				help("keys are `string`, an enum, or a Go type based on string: JSON knows no others")
			return nil
		}
		if key == nil || elem == nil {
			return nil
		}
		return &Map{Key: key, Elem: elem}
	case *NamedTypeExpr:
		t := c.namedType(e)
		if t != nil && e.Optional {
			return &Optional{Elem: t}
		}
		return t
	case *HandleTypeExpr:
		c.errorf(codeHandleUse, e.Span, "an open callback is no data").
			help("only a parameter of a workflow that another one calls can be `%s`; its ID, a `string`, can go anywhere", TypeText(e))
	}
	return nil
}

func (c *checker) namedType(e *NamedTypeExpr) Type {
	if e.Name == "" {
		return nil
	}
	if b, ok := basicTypes[e.Name]; ok {
		return b
	}
	t := c.types[e.Name]
	if _, isError := t.(*ErrorType); isError || t == nil && builtinError(e.Name) != nil {
		c.errorf(codeUnknownType, e.Span, "`%s` is an error, not a type of data", e.Name).
			help("declare a `type` with the fields that you need, and fill it in the `catch`")
		return nil
	}
	if t != nil {
		return t
	}
	if !isCapital(e.Name) {
		return nil // reported by the parser
	}
	if enum := c.builtinEnum(e.Name); enum != nil {
		c.errorf(codeUnknownType, e.Span, "`%s` is the type of what a batch gives, not of what is declared", e.Name).
			help("write `string`: its values are texts, too, and `x == %s.%s` compares them", e.Name, enum.Values[0].Name)
		return nil
	}
	if c.mayBeDeclared(e.Name) {
		return nil
	}
	at := e.Span
	if e.Optional {
		at.End = at.Start + Pos(len(e.Name))
	}
	names := c.declNames(func(d Decl) bool {
		switch d.(type) {
		case *TypeDecl, *EnumDecl:
			return true
		default: // declares no type that a name could mean
		}
		return false
	})
	for name := range basicTypes {
		names = append(names, name)
	}
	near := c.near(e.Name, names)
	p := c.errorf(codeUnknownType, at, "unknown type `%s`", e.Name).suggestName(e.Name, near)
	if near == "" {
		p.help("declare it with `type %s { … }`, or use one of `string int float bool bytes time duration json`", e.Name)
	}
	return nil
}

func isMapKey(t Type) bool {
	switch t := t.(type) {
	case Basic:
		return t == String
	case *Enum:
		return true
	case *GoType:
		return t.Under == String
	default: // JSON has no such keys
	}
	return false
}

// recursiveRecords reports records that contain themselves without a list, a map
// or an optional in between: no value of such a type could end.
func (c *checker) recursiveRecords() {
	fields := func(r *Record) []*FieldEntry {
		return slices.DeleteFunc(slices.Clone(r.Fields), func(f *FieldEntry) bool {
			_, isRecord := f.Type.(*Record)
			return !isRecord || f.Decl == nil
		})
	}
	inner := func(f *FieldEntry) *Record { return f.Type.(*Record) }
	depthFirst(c.program.Records, fields, inner, func(_ []*Record, f *FieldEntry) {
		c.errorf(codeRecursiveType, f.Decl.Span, "`%s` contains itself through field `%s`", inner(f).Name, f.Name).
			help("make the field optional, `%s %s?`, or a list", f.Name, inner(f).Name)
	})
}

// signatures resolves the parameters and results of everything that is called.
func (c *checker) signatures() {
	for _, f := range c.program.Files {
		c.file = f
		for _, d := range f.Decls {
			sig := signatureOf(d)
			if sig == nil {
				continue
			}
			var scope *Scope // of the parameters
			switch d := d.(type) {
			case *WorkflowDecl:
				c.functionName(d.Name)
				scope = d.Scope
			case *FunctionDecl:
				c.target(d)
			default: // nothing more to check of them
			}
			c.params(sig.Params, scope)
			if w, ok := d.(*WorkflowDecl); ok {
				c.handleParams(w)
			}
			sig.ResultType = c.resolveType(sig.Result)
		}
	}
}

func (c *checker) params(params []*Param, scope *Scope) {
	seen := map[string]*Param{}
	for _, p := range params {
		p.Var = &Var{Scope: scope}
		if h, ok := p.Type.(*HandleTypeExpr); !ok || scope == nil {
			p.Var.Type = c.resolveType(p.Type)
		} else if d := c.openType(h); d != nil {
			p.Var.Type = &Handle{Decl: d}
		}
		if p.Name == nil || p.Name.Text == "" {
			continue
		}
		p.Var.Name, p.Var.Span = p.Name.Text, p.Name.Span
		if before := seen[p.Name.Text]; before != nil {
			c.errorf(codeDuplicateName, p.Name.Span, "parameter `%s` is declared twice", p.Name.Text).note(before.Name.Span, "declared here")
			continue
		}
		seen[p.Name.Text] = p
	}
}

// target checks the name of another Lambda function.
func (c *checker) target(d *FunctionDecl) {
	c.bound(d)
	if d.Target == "" && c.incomplete(d.Span) || arns.IsFunction(d.Target) {
		return
	}
	c.errorf(codeBadTarget, d.TargetSpan, "`%s` is no name of a Lambda function", d.Target).
		help("write \"name:qualifier\", such as \"render-report:live\", or an ARN; letters, digits, `-` and `_` make a name")
}

// bound checks the variable that names a function.
func (c *checker) bound(d *FunctionDecl) {
	if d.Env == nil {
		return
	}
	name := d.Env.Text
	if first := c.boundBy[name]; first != nil && first.Target != d.Target {
		c.errorf(codeBadEnv, d.Env.Span, "`%s` names two functions, which are other ones where it is not set", name).
			note(first.Env.Span, "here it is `%s`", first.Target).help("give each a variable of its own")
	} else if first == nil {
		c.boundBy[name] = d
	}
	switch {
	case !envName.MatchString(name):
		c.errorf(codeBadEnv, d.Env.Span, "`%s` can't be a variable of a Lambda function", name).
			help("it begins with a letter, and has at least two of letters, digits and `_`, such as `RENDER_FUNCTION`")
	case strings.HasPrefix(name, "AWS_") || strings.HasPrefix(name, "LAMBDA_") || name == "TZ" || name == "DURABLE_AGAIN_QUALIFIER":
		c.errorf(codeBadEnv, d.Env.Span, "`%s` has a meaning of its own in a Lambda function", name).help("choose another name, such as `%s_FUNCTION`", strings.ToUpper(d.Name.Text))
	}
}

// envName is what Lambda takes as the name of an environment variable.
var envName = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9_]+$`)

// consts checks the constants.
func (c *checker) consts() {
	for _, f := range c.program.Files {
		c.file = f
		for _, d := range f.Decls {
			if d, ok := d.(*ConstDecl); ok {
				c.constDecl(d)
			}
		}
	}
}

// constDecl checks a constant when it is first needed, by another one at times.
func (c *checker) constDecl(d *ConstDecl) {
	switch c.constState[d] {
	case visited:
		return
	case visiting:
		if d.Name != nil {
			c.errorf(codeRecursiveConst, d.Name.Span, "constant `%s` is made from itself", d.Name.Text).
				help("give it a value of its own")
		}
		return
	}
	if c.constDepth > maxDepth {
		c.errorf(codeTooDeep, d.Span, "more than %d constants made from each other in a row", maxDepth)
		return
	}
	c.constState[d] = visiting
	c.constDepth++
	env, body, fl := c.env, c.body, c.flow
	c.env, c.body, c.flow = environment{vars: map[string]*binding{}}, nil, newFlow()
	d.Type = c.expr(d.Value, nil)
	c.env, c.body, c.flow = env, body, fl
	c.constDepth--
	c.constState[d] = visited
	if d.Value == nil || d.Type == nil {
		return
	}
	if !isLiteral(d.Value) {
		c.errorf(codeNotConstant, d.Value.Range(), "the value of constant `%s` is not constant", d.Name.Text).
			help("write a literal, or an expression of literals and other constants; a `func` without parameters can compute the rest")
		d.Type = nil
	}
}

// isLiteral reports whether a checked expression is known before anything runs: made of
// constants, values of enums, lists, maps and records.
func isLiteral(e Expr) bool {
	literal := true
	Inspect(e, func(n Node) bool {
		switch x := n.(type) {
		case *IdentExpr:
			literal = literal && (x.ConstDecl != nil || x.typ == nil)
		case *ParenExpr, *EnumExpr, *NoneExpr, *ListExpr, *MapExpr, *RecordExpr:
		case Expr:
			literal = literal && (x.Const() != nil || x.Type() == nil) // or reported
			return false
		}
		return literal
	})
	return literal
}

// defaults checks the defaults of fields.
func (c *checker) defaults() {
	check := func(fields []*FieldEntry) {
		for _, f := range fields {
			if f.Decl == nil || f.Decl.Default == nil || isOptional(f.Type) {
				continue
			}
			f.Default = f.Decl.Default
			c.env, c.flow, c.body = environment{vars: map[string]*binding{}}, newFlow(), nil
			if c.exprAs(f.Default, f.Type, "the default of field `"+f.Name+"`") && !isScalarLiteral(f.Default) {
				c.errorf(codeBadDefault, f.Default.Range(), "the default of field `%s` is no literal", f.Name).
					help("write a value such as `0`, `\"\"`, `false`, `[]` or `Enum.value`; a record is made where it is needed")
			}
		}
	}
	for _, f := range c.program.Files {
		c.file = f
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *TypeDecl:
				if r, ok := d.Type.(*Record); ok {
					check(r.Fields)
				}
			case *ErrorDecl:
				if d.Type != nil {
					check(d.Type.Fields)
				}
			default: // has no fields
			}
		}
	}
}

// isScalarLiteral reports whether a literal has no records in it: one could have defaults
// that lead back to it.
func isScalarLiteral(e Expr) bool {
	found := !isLiteral(e)
	Inspect(e, func(n Node) bool {
		switch n := n.(type) {
		case *RecordExpr:
			found = true
		case *IdentExpr:
			found = found || n.ConstDecl != nil && !isNilExpr(n.ConstDecl.Value) && !isScalarLiteral(n.ConstDecl.Value)
		}
		return !found
	})
	return !found
}

// funcs checks the bodies of funcs.
func (c *checker) funcs() {
	uses := map[*FuncDecl][]*FuncDecl{}
	for _, f := range c.program.Files {
		c.file = f
		for _, d := range f.Decls {
			d, ok := d.(*FuncDecl)
			if !ok || d.InGo() {
				continue
			}
			c.withParams(d.Params, func() {
				called := c.calledFuncs
				c.calledFuncs = nil
				if d.Block != nil {
					c.funcBlock(d)
				} else {
					c.exprAs(d.Body, d.ResultType, "the result of func `"+d.Name.Text+"`")
				}
				uses[d], c.calledFuncs = c.calledFuncs, called
			})
		}
	}
	c.recursiveFuncs(uses)
}

// funcBlock checks the statements of a func, which ends as a workflow does and has no
// operations.
func (c *checker) funcBlock(d *FuncDecl) {
	c.body = newBody(workflowBody, nil, nil, "func `"+d.Name.Text+"`")
	c.body.workflow = &WorkflowDecl{declBase: d.declBase, Signature: d.Signature}
	c.body.pure = true
	c.stmts(d.Block)
	if !c.flow.dead() && !c.body.doubtful && d.ResultType != nil && !c.incomplete(d.Block.Span) {
		c.errorf(codeMissingReturn, endOf(d.Block), "func `%s` can end without a `return`", d.Name.Text).
			note(d.Name.Span, "it gives a `%s`", d.ResultType).
			help("write `return` on every way through the body")
	}
	c.body = nil
}

// notInFunc reports what only a workflow can do.
func (c *checker) notInFunc(at Span, what string) {
	c.errorf(codeMisplaced, at, "%s can't stand in %s, which is pure", what, c.body.name).
		help("a func computes from its parameters: hand in what it needs, and do the rest in the workflow")
}

// withParams runs fn where the parameters are the only variables.
func (c *checker) withParams(params []*Param, fn func()) {
	c.env = environment{vars: map[string]*binding{}}
	c.flow, c.body = newFlow(), nil
	c.openBlock()
	level := len(c.env.blocks)
	for _, p := range params {
		if p.Var != nil && p.Var.Name != "" && c.env.vars[p.Var.Name] == nil {
			b := &binding{v: p.Var, level: level}
			c.env.vars[p.Var.Name] = b
			c.env.blocks[level-1] = append(c.env.blocks[level-1], b)
		}
	}
	fn()
	c.closeBlock()
}

// recursiveFuncs refuses funcs that come back to themselves: such an expression
// might never end, and Go can't recover from a stack that is full.
func (c *checker) recursiveFuncs(uses map[*FuncDecl][]*FuncDecl) {
	edges := func(d *FuncDecl) []*FuncDecl { return uses[d] }
	itself := func(d *FuncDecl) *FuncDecl { return d }
	depthFirst(c.program.Funcs, edges, itself, func(_ []*FuncDecl, d *FuncDecl) {
		p := c.errorf(codeRecursiveFunc, d.Name.Span, "func `%s` calls itself", d.Name.Text)
		if d.Block != nil {
			p.help("a func must end: use a `for`, or a `while … at most n times`, or write the func in Go")
		} else {
			p.help("an expression must end: use a comprehension or `sum`, give the func a body with a loop, or write it in Go")
		}
	})
}
