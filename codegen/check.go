package codegen

import (
	"fmt"
	"go/token"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/durablegen/durablegen/dsl"
)

// Check reports the names in the files of a package that its Go can't have. The files
// need not be right otherwise: it looks at nothing but names.
func Check(files []*dsl.File) dsl.Diagnostics {
	c := &nameCheck{methods: map[string]*dsl.Name{}, seen: map[string]bool{}}
	files = append([]*dsl.File(nil), files...)
	sort.SliceStable(files, func(i, j int) bool { return files[i].Source.Name < files[j].Source.Name })
	packageSeen := false
	for _, f := range files {
		if f.Package != nil && f.Package.Text != "" && !packageSeen {
			packageSeen = true // one name, which all files give
			c.packageName(f.Package)
		}
		for _, d := range f.Decls {
			dsl.Inspect(d, c.node)
		}
	}
	c.ds.Sort()
	return c.ds
}

// nameCheck is one run of Check.
type nameCheck struct {
	ds      dsl.Diagnostics
	methods map[string]*dsl.Name // of Steps
	seen    map[string]bool      // declarations, each of which counts once
}

func (c *nameCheck) errorf(name *dsl.Name, help, format string, args ...any) *dsl.Diagnostic {
	c.ds = append(c.ds, dsl.Diagnostic{Code: dsl.ReservedName, Span: name.Span, Message: fmt.Sprintf(format, args...), Help: help})
	return &c.ds[len(c.ds)-1]
}

// packageName looks at the name of the package, which is that of the Go package.
func (c *nameCheck) packageName(name *dsl.Name) {
	c.keyword(name, "a package")
	switch name.Text {
	case "_":
		c.errorf(name, "choose a name", "`_` is no name in Go")
	case "documentation":
		c.errorf(name, "choose another name", "the Go command passes over packages called `documentation`")
	}
}

// node looks at the names that a node declares.
func (c *nameCheck) node(n dsl.Node) bool {
	switch n := n.(type) {
	case *dsl.TypeDecl:
		c.typeName(n.Name)
		c.fields(n.Fields)
	case *dsl.EnumDecl:
		c.typeName(n.Name)
		members := clashes{c: c, why: "the values of an enum become constants in Go"}
		for _, m := range n.Values {
			members.add(m.Name)
		}
	case *dsl.ErrorDecl:
		c.typeName(n.Name)
		c.fields(n.Fields)
	case *dsl.ConstDecl:
		c.global(n.Name, "a constant")
	case *dsl.FuncDecl:
		c.global(n.Name, "a func")
		if n.InGo() && n.Name != nil && predeclared[n.Name.Text] {
			c.errorf(n.Name, "choose another name, under which the Go func is written",
				"`%s` has a meaning of its own in Go, which the generated code needs", n.Name.Text)
		} else if n.InGo() && n.Name != nil && (ownNames[n.Name.Text] || n.Name.Text == "context") {
			c.errorf(n.Name, "choose another name, under which the Go func is written", "`%s` is a name that the generated Go needs itself", n.Name.Text)
		}
		c.params(n.Params, false)
	case *dsl.StepDecl:
		c.method(n.Name)
		c.params(n.Params, false)
	case *dsl.CallbackDecl:
		c.method(n.Name)
		c.params(n.Params, false)
	case *dsl.FunctionDecl:
		c.params(n.Params, len(n.Params) > 1)
	case *dsl.WorkflowDecl:
		c.global(n.Name, "a workflow")
		c.params(n.Params, len(n.Params) > 1)
	case *dsl.ParallelOp:
		branches := clashes{c: c, why: "branches become fields in Go"}
		for _, b := range n.Branches {
			branches.add(b.Name)
		}
	}
	for _, name := range declaredBy(n) {
		c.keyword(name, "a variable")
	}
	return true
}

// generatedTypes are exported names that generated Go declares itself.
var generatedTypes = map[string]bool{"Steps": true, "Workflows": true, "New": true}

func (c *nameCheck) typeName(name *dsl.Name) {
	if name != nil && generatedTypes[name.Text] {
		c.errorf(name, "choose another name", "`%s` is a name that the generated Go needs itself", name.Text)
	}
}

// global looks at the name of something that is declared in the Go package.
func (c *nameCheck) global(name *dsl.Name, what string) {
	if name == nil {
		return
	}
	c.keyword(name, what)
	if name.Text == "init" || name.Text == "main" {
		c.errorf(name, "choose another name", "`%s` has a meaning of its own in Go and can't be the name of %s", name.Text, what)
	}
}

// keyword refuses names that no identifier of Go can have.
func (c *nameCheck) keyword(name *dsl.Name, what string) {
	if name != nil && token.IsKeyword(name.Text) {
		c.errorf(name, "choose another name: the generated Go uses it", "`%s` is a keyword of Go and can't be the name of %s", name.Text, what)
	}
}

func (c *nameCheck) fields(fields []*dsl.Field) {
	names := clashes{c: c, why: "fields become fields of one Go struct"}
	for _, f := range fields {
		names.add(f.Name)
		if f.Name == nil {
			continue
		}
		if i := strings.IndexFunc(f.JSON, notInTag); i >= 0 {
			r, _ := utf8.DecodeRuneInString(f.JSON[i:])
			c.errorf(f.Name, fmt.Sprintf("choose one without %q: letters, digits, spaces and most signs can, but no comma, quote or backslash", r),
				"the JSON name `%s` can't stand in the tag of a Go struct", f.JSON)
		}
	}
}

// notInTag reports whether a character can't be part of a name in a struct tag; these are
// encoding/json's rules.
func notInTag(r rune) bool {
	return !letterOrDigit(r) && !strings.ContainsRune("!#$%&()*+-./:;<=>?@[]^_{|}~ ", r)
}

// params looks at parameters, which become fields of one struct where there are several
// of a workflow or function.
func (c *nameCheck) params(params []*dsl.Param, fields bool) {
	names := clashes{c: c, why: "the parameters of a workflow become fields of one Go struct"}
	for _, p := range params {
		c.keyword(p.Name, "a parameter")
		if fields {
			names.add(p.Name)
		}
	}
}

func (c *nameCheck) method(name *dsl.Name) {
	if name == nil || c.seen[name.Text] {
		return
	}
	c.seen[name.Text] = true
	(&clashes{c: c, seen: c.methods, why: "steps and callbacks become methods of one Go interface"}).add(name)
}

// clashes finds names that differ in the .flow file and may become one name in Go.
type clashes struct {
	c    *nameCheck
	seen map[string]*dsl.Name
	why  string
}

func (l *clashes) add(name *dsl.Name) {
	if name == nil || name.Text == "" {
		return
	}
	if l.seen == nil {
		l.seen = map[string]*dsl.Name{}
	}
	// Whatever is done in Go with initialisms and underscores.
	key := strings.ToLower(strings.ReplaceAll(name.Text, "_", ""))
	before := l.seen[key]
	if before == nil {
		l.seen[key], l.seen[" "+name.Text] = name, name
	}
	if before == nil || l.seen[" "+name.Text] != nil { // or declared twice, which is another problem
		return
	}
	l.seen[" "+name.Text] = name
	d := l.c.errorf(name, l.why+": let the names differ in more than case and underscores", "`%s` and `%s` may become one name in Go", name.Text, before.Text)
	d.Notes = []dsl.Note{{Span: before.Span, Message: "`" + before.Text + "` declared here"}}
}
