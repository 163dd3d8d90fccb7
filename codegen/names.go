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
	taken map[string]bool

	steps     string // the interface that the user implements
	workflows string // the function that lists the workflows
	types     map[any]string
	members   map[*dsl.EnumValue]string
	consts    map[*dsl.ConstDecl]string
	funcs     map[*dsl.FuncDecl]string
	methods   map[dsl.Decl]string // of Steps, for steps and callbacks
	flows     map[*dsl.WorkflowDecl]string
	fields    map[*dsl.FieldEntry]string
	specs     map[any]string // by operation, *dsl.Undo for undos
	receiver  string
	aliases   map[string]string // of imported packages, by path
	errors    string            // the table of error types
	flowsType string            // the type whose methods the workflows are
	inputs    map[dsl.Decl]string
}

func newNames(p *dsl.Program) *names {
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
		inputs:  map[dsl.Decl]string{},
	}
	n.declareGoFuncs(p)
	n.declareTypes(p)
	n.declareFuncs(p)
	n.declareImports(p)
	n.declareSteps(p)
	n.declareSpecs(p)
	n.declareReceiver(p)
	return n
}

// declare takes the first of the candidates that is free, else the last one with
// a number.
func (n *names) declare(candidates ...string) string { return claim(n.taken, candidates...) }

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
	n.flowsType = n.declare("workflows", "workflowMethods")
	for _, t := range p.Enums {
		for _, v := range t.Values {
			n.members[v] = n.declare(n.types[t]+exported(v.Name), n.types[t]+"_"+exported(v.Name))
		}
	}
	for _, t := range p.Records {
		n.declareFields(t.Fields)
	}
	for _, t := range p.Errors {
		n.declareFields(t.Fields, "Error", "ErrorType")
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
		if d.Body == nil {
			n.funcs[d] = d.Name.Text
			n.taken[d.Name.Text] = true
		}
	}
}

// declareFuncs names constants and the other funcs.
func (n *names) declareFuncs(p *dsl.Program) {
	for _, d := range p.Funcs {
		if d.Body != nil {
			n.funcs[d] = n.declare(d.Name.Text)
		}
	}
	for _, d := range p.Consts {
		name := unexported(d.Name.Text)
		n.consts[d] = n.declare(name, name+"Value")
	}
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
		n.aliases[imp] = n.declare(name, "go"+name)
	}
	for _, pkg := range goPackages(p) {
		if n.aliases[pkg.path] == "" {
			n.aliases[pkg.path] = n.declare(pkg.name, "go"+pkg.name)
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
		if len(d.Params) > 1 {
			n.inputs[d] = n.declare(unexported(d.Name.Text) + "Input")
		}
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

// declareSpecs names the variables that describe operations: chargeSpec, or where
// several operations of the package are called charge, fulfilOrderChargeSpec, or
// with the whole path in between.
func (n *names) declareSpecs(p *dsl.Program) {
	type entry struct {
		key          any
		short, long  string
		path, suffix string
	}
	var all []entry
	count := map[string]int{}
	add := func(w *dsl.WorkflowDecl, key any, base *dsl.OpBase, path []string, suffix string) {
		e := entry{key: key, suffix: suffix}
		e.short = unexported(identifier(base.Segment))
		e.long = n.flows[w] + exported(identifier(base.Segment))
		e.path = n.flows[w]
		for _, segment := range path {
			e.path += exported(identifier(segment))
		}
		all = append(all, e)
		count[e.short+suffix]++
		count[e.long+suffix]++
	}
	for _, w := range p.Workflows {
		dsl.Inspect(w.Body, func(node dsl.Node) bool {
			op, ok := node.(dsl.Operation)
			if !ok {
				return true
			}
			if _, await := op.(*dsl.AwaitOp); await {
				return true
			}
			base := op.Base()
			add(w, op, base, base.Path(), "Spec")
			if base.Undo != nil {
				add(w, base.Undo, base, base.Path(), "Undo")
			}
			return true
		})
	}
	for _, e := range all {
		var candidates []string
		if count[e.short+e.suffix] == 1 {
			candidates = append(candidates, e.short+e.suffix)
		}
		if count[e.long+e.suffix] == 1 {
			candidates = append(candidates, e.long+e.suffix)
		}
		n.specs[e.key] = n.declare(append(candidates, e.path+e.suffix)...)
	}
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
	if len(out) == 0 || out[0] >= '0' && out[0] <= '9' {
		out = append([]rune("op_"), out...)
	}
	if len(words(string(out))) == 0 {
		return "op"
	}
	return string(out)
}

// declareReceiver chooses the receiver's name of workflow methods so that no
// variable of the program has it.
func (n *names) declareReceiver(p *dsl.Program) {
	used := map[string]bool{}
	for _, w := range p.Workflows {
		for _, param := range w.Params {
			used[unexported(param.Name.Text)] = true
		}
		for name := range varNames(w) {
			used[name] = true
		}
	}
	for name := range n.taken {
		used[name] = true
	}
	n.receiver = claim(used, "w", "flows", "workflows")
}
