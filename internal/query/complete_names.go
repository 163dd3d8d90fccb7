package query

import (
	"fmt"
	"slices"
	"strings"

	"github.com/durablegen/durablegen/dsl"
)

func (c *completer) add(a Candidate) { c.out = append(c.out, a) }

// words adds words of the language.
func (c *completer) words(list []string, rank int) {
	for _, w := range list {
		c.add(Candidate{Text: w, Snippet: c.snippet(w), Rank: 3 + rank})
	}
}

// clauses adds words that begin a clause.
func (c *completer) clauses(list []string) {
	for _, w := range list {
		c.add(Candidate{Text: w, Snippet: clauseSnippets[w], Rank: 6})
	}
}

// snippet gives how one goes on behind a word where it stands.
func (c *completer) snippet(word string) string {
	if len(c.open) == 0 {
		return declarationSnippets[word]
	}
	if c.back(1).text == ":=" || c.back(1).text == "=" {
		return valueSnippets[word]
	}
	return statementSnippets[word]
}

// declared adds the declarations of some kinds.
func (c *completer) declared(rank int, kinds ...Kind) {
	for _, name := range sortedNames(c.byName) {
		s := c.byName[name]
		if !slices.Contains(kinds, s.Kind) {
			continue
		}
		a := Candidate{Text: name, Detail: Heading(s.Decl), Symbol: s, Rank: rank}
		switch d := s.Decl.(type) {
		case *dsl.StepDecl:
			a.Snippet = call(name, &d.Signature)
		case *dsl.CallbackDecl:
			if !c.is(1, "open") {
				a.Snippet = call(name, &d.Signature)
			}
		case *dsl.FunctionDecl:
			a.Snippet = call(name, &d.Signature)
		case *dsl.WorkflowDecl:
			a.Snippet = call(name, &d.Signature)
		case *dsl.FuncDecl:
			a.Snippet = call(name, &d.Signature)
		case *dsl.ErrorDecl:
			if c.is(1, "fail") {
				a.Snippet = literal(name, d.Fields)
			}
		case *dsl.TypeDecl, *dsl.EnumDecl, *dsl.ConstDecl: // their names alone
		}
		c.add(a)
	}
}

func sortedNames(m map[string]*Symbol) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// call gives a snippet of a call with its arguments.
func call(name string, s *dsl.Signature) string {
	var args []string
	for i, p := range s.Params {
		if p.Name != nil {
			args = append(args, fmt.Sprintf("${%d:%s}", i+1, p.Name.Text))
		}
	}
	return name + "(" + strings.Join(args, ", ") + ")$0"
}

// literal gives a snippet of a record or error with its fields.
func literal(name string, fields []*dsl.Field) string {
	var list []string
	for _, f := range fields {
		if f.Name != nil && f.Default == nil {
			list = append(list, fmt.Sprintf("%s: ${%d:%s}", f.Name.Text, len(list)+1, f.Name.Text))
		}
	}
	if len(list) == 0 {
		return ""
	}
	return name + " { " + strings.Join(list, ", ") + " }$0"
}

// visible gives the variables that can be named at the place.
func (c *completer) visible() []*dsl.Var {
	if c.file == nil {
		return nil
	}
	return Visible(c.file, c.at)
}

func (c *completer) variables(rank int, wanted func(dsl.Type) bool) {
	for _, v := range c.visible() {
		if wanted == nil || v.Type != nil && wanted(v.Type) {
			c.add(Candidate{Text: v.Name, Detail: typeName(v.Type), Symbol: &Symbol{Kind: Variable, Name: v.Name, At: v.Span, Var: v}, Rank: rank})
		}
	}
}

// values adds what an expression may begin with.
func (c *completer) values() {
	c.variables(0, nil)
	c.declared(1, Const, Func, Enum)
	for _, name := range sortedNames(c.byName) {
		if d, ok := c.byName[name].Decl.(*dsl.TypeDecl); ok {
			c.add(Candidate{Text: name, Snippet: literal(name, d.Fields), Detail: Heading(d), Symbol: c.byName[name], Rank: 2})
		}
	}
	for _, b := range dsl.Builtins() {
		if s := c.byName[b.Name]; s == nil {
			c.add(Candidate{Text: b.Name, Snippet: b.Name + "($1)$0", Detail: b.Signatures[0], Symbol: &Symbol{Kind: BuiltinFunc, Name: b.Name}, Rank: 2})
		}
	}
	for _, w := range []string{"true", "false", "none", "if", "execution"} {
		c.add(Candidate{Text: w, Rank: 4})
	}
}

func (c *completer) types() {
	c.declared(0, Type, Enum)
	for _, w := range dsl.TypeWords() {
		c.add(Candidate{Text: w, Rank: 1})
	}
	c.add(Candidate{Text: "map", Snippet: "map[${1:string}]${0:string}", Rank: 2})
}

func (c *completer) packages() {
	if c.file == nil {
		return
	}
	for _, i := range c.file.Imports {
		name := i.Path[strings.LastIndexByte(i.Path, '/')+1:]
		if i.Alias != nil && i.Alias.Text != "" {
			name = i.Alias.Text
		}
		c.add(Candidate{Text: name, Detail: i.Path})
	}
}

// errors adds the errors that can be named: first those that can come out of what the place
// belongs to.
func (c *completer) errors() {
	raised := map[string]bool{}
	for _, e := range c.raised() {
		raised[e.Name] = true
	}
	before := len(c.out)
	c.declared(1, Error)
	for _, e := range dsl.BuiltinErrors() {
		c.add(Candidate{Text: e.Name, Detail: "error of the language", Symbol: &Symbol{Kind: Error, Name: e.Name, Error: e}, Rank: 2})
	}
	for i := range c.out[before:] {
		if a := &c.out[before+i]; raised[a.Text] {
			a.Rank = 0
			a.Detail = strings.TrimSpace(a.Detail + ", can be raised here")
		}
	}
}

// raised gives what can come out of what a catch at the place would belong to: of what the
// statement calls, which may be too new for the index, or of the operation or block that ends
// last before it.
func (c *completer) raised() []*dsl.ErrorType {
	line := c.statementWords()
	for i := len(line) - 2; i >= 0 && !c.is(2, "}"); i-- {
		if s := c.byName[line[i+1].text]; s != nil && slices.Contains(dsl.OperationWords(), line[i].text) {
			return mayFail(s.Decl)
		}
	}
	if c.file == nil {
		return nil
	}
	var found dsl.Node
	for _, d := range c.file.Decls {
		if r := d.Range(); c.at < r.Start || r.End < c.at {
			continue
		}
		dsl.Inspect(d, func(n dsl.Node) bool {
			_, isTry := n.(*dsl.TryStmt)
			_, isOp := n.(dsl.Operation)
			if (isTry || isOp) && n.Range().Start < c.at && c.ends(n) {
				if found == nil || n.Range().Start <= found.Range().Start {
					found = n
				}
			}
			return n.Range().Start < c.at
		})
	}
	if found == nil {
		return nil
	}
	if op, ok := found.(dsl.Operation); ok {
		return op.Base().Raises
	}
	var all []*dsl.ErrorType
	dsl.Inspect(found, func(n dsl.Node) bool {
		if op, ok := n.(dsl.Operation); ok {
			all = append(all, op.Base().Raises...)
		}
		return true
	})
	return all
}

// mayFail gives what can come out of a call of a declaration.
func mayFail(d dsl.Decl) []*dsl.ErrorType {
	var list []*dsl.ErrorType
	builtin := func(names ...string) {
		for _, e := range dsl.BuiltinErrors() {
			if slices.Contains(names, e.Name) {
				list = append(list, e)
			}
		}
	}
	switch d := d.(type) {
	case *dsl.StepDecl:
		list = append(list, d.Fails...)
		if d.Policy.Timeout != nil {
			builtin("Timeout")
		}
		if d.Policy.AtMostOnce != nil {
			builtin("Interrupted")
		}
	case *dsl.CallbackDecl:
		list = append(list, d.Fails...)
		builtin("Timeout", "HeartbeatTimeout")
	case *dsl.FunctionDecl:
		list = append(list, d.Fails...)
	case *dsl.WorkflowDecl:
		list = append(list, d.Fails...)
	default: // is no operation
	}
	return list
}

// ends reports whether nothing but the words of a catch stands between the end of a node and
// the place.
func (c *completer) ends(n dsl.Node) bool {
	end := n.Range().End
	if end > c.at {
		if op, ok := n.(dsl.Operation); ok { // a catch that is being changed
			for _, catch := range op.Base().Catches {
				if catch.Start <= c.at && c.at <= catch.End && (catch.Body == nil || c.at <= catch.Body.Start) {
					return true
				}
			}
		}
		return false
	}
	rest := strings.Fields(c.text(dsl.Span{Start: end, End: c.at}))
	for _, w := range rest {
		if w != "catch" && !isCapital(w) && w != "," {
			return false
		}
	}
	return true
}

// caseValues adds the values of what the switch around the place looks at.
func (c *completer) caseValues() {
	i := c.open[len(c.open)-1]
	t := c.typeBefore(i - 1)
	if t == nil {
		c.values()
		return
	}
	if o, ok := t.(*dsl.Optional); ok {
		t = o.Elem
	}
	if _, isError := t.(*dsl.ErrorType); isError || t == dsl.Failure {
		c.errors()
		c.words([]string{"none"}, 0)
		return
	}
	c.valuesOf(t, "")
	if len(c.out) == 0 {
		c.declared(0, Const)
	}
}

// valuesOf adds the names of an enum.
func (c *completer) valuesOf(t dsl.Type, prefix string) {
	if o, ok := t.(*dsl.Optional); ok {
		t = o.Elem
	}
	var list []*dsl.EnumValue
	switch t := t.(type) {
	case *dsl.Enum:
		list = t.Values
	case *dsl.GoType:
		list = t.Values
	default: // has no names
	}
	for _, v := range list {
		c.add(Candidate{Text: prefix + v.Name, Detail: typeName(t), Symbol: &Symbol{Kind: EnumValue, Name: v.Name, Value: v, Doc: v.Doc}})
	}
}

// fieldsOfRecord adds the fields of a literal that are not there yet.
func (c *completer) fieldsOfRecord() {
	i := c.open[len(c.open)-1]
	name := c.before[i-1].text
	given := map[string]bool{}
	for k := i + 1; k+1 < len(c.before); k++ {
		if c.before[k].level == len(c.open) && c.before[k+1].text == ":" {
			given[c.before[k].text] = true
		}
	}
	for _, f := range fieldsOf(c.typeNamed(name)) {
		if !given[f.Name] {
			c.add(Candidate{Text: f.Name, Snippet: f.Name + ": ${1}$0", Detail: typeName(f.Type), Symbol: &Symbol{Kind: Field, Name: f.Name, Field: f, Doc: f.Doc}})
		}
	}
}

// typeNamed gives the type or error of a name.
func (c *completer) typeNamed(name string) dsl.Type {
	if s := c.byName[name]; s != nil {
		switch d := s.Decl.(type) {
		case *dsl.TypeDecl:
			return d.Type
		case *dsl.EnumDecl:
			if d.Type != nil {
				return d.Type
			}
		case *dsl.ErrorDecl:
			if d.Type != nil {
				return d.Type
			}
		default: // is no type
		}
	}
	return nil
}
