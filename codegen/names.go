package codegen

import (
	"path"
	"strconv"

	"github.com/dave/jennifer/jen"

	"github.com/durablegen/durablegen/dsl"
)

// names are the package-level Go names of a program. They come from the user's own
// names; a number is added only where two would be the same.
type names struct {
	taken    map[string]bool
	imported map[string]bool // names of packages in Go of the user

	steps     string // the interface that the user implements
	workflows string // the function that lists the workflows
	types     map[any]string
	members   map[*dsl.EnumValue]string
	consts    map[*dsl.ConstDecl]string
	funcs     map[*dsl.FuncDecl]string
	methods   map[dsl.Decl]string // of Steps, for steps and callbacks
	flows     map[*dsl.WorkflowDecl]string
	fields    map[*dsl.FieldEntry]string
	specs     map[any]string         // by operation, *dsl.Undo for undos
	parallels map[*dsl.Record]string // types of their results
	aliases   map[string]string      // of imported packages, by path
	errors    string                 // the table of error types
	flowsType string                 // the type whose methods the workflows are
	inputs    map[dsl.Decl]string
	clients   map[*dsl.WorkflowDecl]string // functions that give them
}

// newNames names what a program becomes. own are the names that Go of the user declares
// beside it, imported those of the packages that it imports: what people don't see gives
// way to them.
func newNames(p *dsl.Program, own, imported map[string]bool) *names {
	n := &names{
		taken:   map[string]bool{},
		types:   map[any]string{},
		members: map[*dsl.EnumValue]string{},
		consts:  map[*dsl.ConstDecl]string{},
		funcs:   map[*dsl.FuncDecl]string{},
		methods: map[dsl.Decl]string{},
		flows:   map[*dsl.WorkflowDecl]string{},
		fields:  map[*dsl.FieldEntry]string{},
		specs:   map[any]string{},

		parallels: map[*dsl.Record]string{},

		inputs:  map[dsl.Decl]string{},
		clients: map[*dsl.WorkflowDecl]string{},
	}
	n.declareGoFuncs(p)
	for name := range ownNames {
		n.taken[name] = true
	}
	n.declareTypes(p)
	n.declareFuncs(p)
	for name := range own {
		n.taken[name] = true
	}
	n.imported = imported
	n.flowsType = n.declare("workflows", "workflowMethods")
	n.declareImports(p)
	n.declareSteps(p)
	for _, w := range p.Workflows {
		n.declareSpecs(w)
	}
	return n
}

// declare takes the first of the candidates that is free, else the last one with
// a number.
func (n *names) declare(candidates ...string) string {
	for {
		name := claim(n.taken, candidates...)
		if !n.imported[name] {
			return name
		}
	}
}

func claim(taken map[string]bool, candidates ...string) string {
	for _, c := range candidates {
		if !taken[c] && !reserved(c) {
			taken[c] = true
			return c
		}
	}
	last := candidates[len(candidates)-1]
	for i := 2; ; i++ {
		if c := last + strconv.Itoa(i); !taken[c] && !reserved(c) {
			taken[c] = true
			return c
		}
	}
}

// declareTypes names types, then the members of enums, which give way.
func (n *names) declareTypes(p *dsl.Program) {
	for _, t := range p.Records {
		n.types[t] = n.declare(typeName(t.Name))
	}
	for _, t := range p.GoTypes {
		n.types[t] = n.declare(typeName(t.Name))
	}
	for _, t := range p.Enums {
		n.types[t] = n.declare(typeName(t.Name))
	}
	for _, t := range p.Errors {
		n.types[t] = n.declare(errorName(t.Name), typeName(t.Name))
	}
	n.steps = n.declare("Steps", "WorkflowSteps")
	n.workflows = n.declare("Workflows", "AllWorkflows")
	for _, t := range p.Enums {
		for _, v := range t.Values {
			n.members[v] = n.declare(n.types[t]+exported(v.Name), n.types[t]+"_"+exported(v.Name))
		}
	}
	for _, t := range p.Records {
		n.declareFields(t.Fields)
	}
	for _, t := range p.Errors {
		n.declareFields(t.Fields, "Error", "ErrorType", "StandsFor")
	}
}

// typeName is the Go name of a type: as it is written, since it is the user's own.
func typeName(name string) string {
	if e := exported(name); e[0] == 'X' && name[0] != 'X' {
		return "X" + name
	}
	return name
}

// errorName is the Go name of an error type, which ends in Error as Go's do.
func errorName(name string) string {
	name = typeName(name)
	if len(name) > 5 && name[len(name)-5:] == "Error" {
		return name
	}
	return name + "Error"
}

// declareFields names the fields of a struct that has the given methods.
func (n *names) declareFields(fields []*dsl.FieldEntry, methods ...string) {
	taken := map[string]bool{}
	for _, m := range methods {
		taken[m] = true
	}
	for _, f := range fields {
		name := exported(f.Name)
		n.fields[f] = claim(taken, name, name+"Field")
	}
}

// declareGoFuncs names the funcs that the user writes, under the very name that the
// .flow file gives them: whatever is generated gives way.
func (n *names) declareGoFuncs(p *dsl.Program) {
	for _, d := range p.Funcs {
		if d.InGo() {
			n.funcs[d] = d.Name.Text
			n.taken[d.Name.Text] = true
		}
	}
}

// declareFuncs names constants and the other funcs.
func (n *names) declareFuncs(p *dsl.Program) {
	for _, d := range p.Funcs {
		if !d.InGo() {
			n.funcs[d] = n.declare(besideImports(d.Name.Text, "Func"))
		}
	}
	for _, d := range p.Consts {
		name := besideImports(unexported(d.Name.Text), "Value")
		n.consts[d] = n.declare(name, name+"Value")
	}
}

// besideImports gives what is called context another name: the Go of the steps, which the
// user writes, imports that package.
func besideImports(name, kind string) string {
	if name == "context" {
		return name + kind
	}
	return name
}

// standardImports are what generated code may import besides the user's packages.
var standardImports = []string{"context", "errors", "fmt", "math", "slices", "strconv", "strings", "time", "unicode/utf8",
	durablePath, flowPath}

// declareImports chooses names for the packages that generated code may import,
// so that none is the name of something in this package.
func (n *names) declareImports(p *dsl.Program) {
	n.aliases = map[string]string{}
	for _, imp := range standardImports {
		name := path.Base(imp)
		n.aliases[imp] = claim(n.taken, name, "go"+name)
	}
	for _, pkg := range goPackages(p) {
		if n.aliases[pkg.path] == "" {
			n.aliases[pkg.path] = claim(n.taken, pkg.name, "go"+pkg.name)
		}
	}
}

// imports tells jennifer how packages are called.
func (n *names) imports(f *jen.File) {
	for imp, name := range n.aliases {
		if name == path.Base(imp) {
			f.ImportName(imp, name)
		} else {
			f.ImportAlias(imp, name)
		}
	}
}

// declareSteps names the methods of the Steps interface and the inputs of
// workflows and functions.
func (n *names) declareSteps(p *dsl.Program) {
	taken := map[string]bool{}
	for _, d := range p.Steps {
		n.methods[d] = claim(taken, exported(d.Name.Text))
	}
	for _, d := range p.Callbacks {
		name := exported(d.Name.Text)
		n.methods[d] = claim(taken, name, "Submit"+name)
	}
	taken = map[string]bool{"steps": true} // the field beside the methods
	for _, d := range p.Workflows {
		n.flows[d] = claim(taken, unexported(d.Name.Text), unexported(d.Name.Text)+"Workflow")
		if d.TakesHandle() != nil {
			continue // nobody starts it
		}
		name := exported(d.Name.Text)
		if len(d.Params) > 1 {
			n.inputs[d] = n.declare(name+"Input", name+"WorkflowInput")
		}
		n.clients[d] = n.declare(name+"Client", name+"WorkflowClient")
	}
	for _, d := range p.Functions {
		if len(d.Params) > 1 {
			n.inputs[d] = n.declare(unexported(d.Name.Text) + "Input")
		}
	}
	if len(p.Errors) > 0 {
		n.errors = n.declare("errorTypes")
	}
}

// declareSpecs names the variables that describe the operations of a workflow, and the
// types of what its parallels give: fulfilOrderChargeSpec, or with the whole path where
// several of its operations are called charge. So another workflow renames none of them.
func (n *names) declareSpecs(w *dsl.WorkflowDecl) {
	type entry struct {
		key         any
		short, long string
	}
	var all []entry
	count := map[string]int{}
	add := func(key any, base *dsl.OpBase, suffix string) {
		e := entry{key, n.flows[w] + exported(identifier(base.Segment)) + suffix, n.flows[w]}
		for _, segment := range base.Path() {
			e.long += exported(identifier(segment))
		}
		e.long += suffix
		all = append(all, e)
		count[e.short]++
	}
	holders := map[*dsl.ParallelOp]string{} // of results
	dsl.Inspect(w.Body, func(node dsl.Node) bool {
		switch node := node.(type) {
		case *dsl.AssignStmt:
			if op, ok := node.Value.Op.(*dsl.ParallelOp); ok {
				holders[op] = node.Name.Text
			}
		case *dsl.Branch:
			if op, ok := node.Op.(*dsl.ParallelOp); ok {
				holders[op] = node.Name.Text
			}
		}
		op, ok := node.(dsl.Operation)
		if !ok {
			return true
		}
		if _, await := op.(*dsl.AwaitOp); await {
			return true
		}
		base := op.Base()
		add(op, base, "Spec")
		if base.Undo != nil {
			add(base.Undo, base, "Undo")
		}
		return true
	})
	for _, e := range all {
		if count[e.short] == 1 {
			n.specs[e.key] = n.declare(e.short, e.long)
		} else {
			n.specs[e.key] = n.declare(e.long)
		}
		if op, ok := e.key.(*dsl.ParallelOp); ok {
			n.declareParallel(w, op, holders[op])
		}
	}
}

// declareParallel names the type of a parallel's result, after what takes it.
func (n *names) declareParallel(w *dsl.WorkflowDecl, op *dsl.ParallelOp, holder string) {
	r, ok := op.Result.(*dsl.Record)
	if !ok {
		return
	}
	if holder == "" {
		holder = identifier(op.Segment)
	}
	n.parallels[r] = n.declare(n.flows[w] + exported(holder) + "Result")
}

// usedBy gives the names of the package that the Go of a node may use: its variables
// can't have them.
func (n *names) usedBy(node dsl.Node) map[string]bool {
	used := map[string]bool{}
	for _, alias := range n.aliases {
		used[alias] = true
	}
	dsl.Inspect(node, func(node dsl.Node) bool {
		switch node := node.(type) {
		case *dsl.IdentExpr:
			if node.ConstDecl != nil {
				used[n.consts[node.ConstDecl]] = true
			}
		case *dsl.CallExpr:
			if node.Decl != nil {
				used[n.funcs[node.Decl]] = true
			}
		case *dsl.InvokeOp:
			used[n.inputs[node.Decl]] = true
		case *dsl.AgainStmt:
			used[n.inputs[node.Decl]] = true
		}
		if op, ok := node.(dsl.Operation); ok {
			used[n.specs[op]] = true
			if undo := op.Base().Undo; undo != nil {
				used[n.specs[undo]] = true
			}
			if r, ok := op.Base().Result.(*dsl.Record); ok && n.parallels[r] != "" {
				used[n.parallels[r]] = true
			}
		}
		return true
	})
	return used
}

// identifier makes words of a label, which may hold any text.
func identifier(label string) string {
	out := []rune{}
	for _, r := range label {
		if !letterOrDigit(r) {
			r = '_'
		}
		out = append(out, r)
	}
	if len(words(string(out))) == 0 {
		return "op"
	}
	return string(out)
}
