package codegen

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/durablegen/durablegen/dsl"
)

// Existing is what the user's own Go files of the package declare.
type Existing struct {
	// Methods has, for each receiver type, the names of its methods; Pointers the
	// types some method of which has a pointer for its receiver.
	Methods  map[string]map[string]bool
	Pointers map[string]bool
	// Names are the package-level names: types, functions, variables, constants.
	Names map[string]bool
	// Imports are the names of packages that the files import.
	Imports map[string]bool
	// Constructors are the exported functions whose first result is of a type of the
	// package, by that type: `func New() *Shop`.
	Constructors map[string]Constructor
}

// Constructor is a function that gives a value of some type.
type Constructor struct {
	Name string
	// Plain: it takes nothing and gives nothing else, so that it can be called blindly.
	Plain bool
}

// ScanFiles collects what parsed Go files declare. Generated files are left out by
// the caller; tests too.
func ScanFiles(files []*ast.File) Existing {
	e := Existing{Methods: map[string]map[string]bool{}, Pointers: map[string]bool{}, Names: map[string]bool{}, Imports: map[string]bool{},
		Constructors: map[string]Constructor{}}
	for _, file := range files {
		for _, d := range file.Decls {
			if d, ok := d.(*ast.FuncDecl); ok {
				e.scanFunc(d)
			}
		}
		for _, name := range Declared(file) {
			e.Names[name.Name] = true
		}
		for _, name := range Imported(file) {
			e.Imports[name.Name] = true
		}
	}
	return e
}

func (e *Existing) scanFunc(d *ast.FuncDecl) {
	if d.Recv == nil {
		if r := d.Type.Results; r.NumFields() > 0 && d.Type.TypeParams == nil && d.Name.IsExported() {
			name, _ := typeIdent(r.List[0].Type)
			plain := d.Type.Params.NumFields() == 0 && r.NumFields() == 1
			if before := e.Constructors[name]; name != "" && (plain || !before.Plain) {
				e.Constructors[name] = Constructor{d.Name.Name, plain}
			}
		}
		return
	}
	if len(d.Recv.List) != 1 {
		return
	}
	name, pointer := typeIdent(d.Recv.List[0].Type)
	if e.Methods[name] == nil {
		e.Methods[name] = map[string]bool{}
	}
	e.Methods[name][d.Name.Name] = true
	if pointer {
		e.Pointers[name] = true
	}
}

// typeIdent gives the name of T or *T.
func typeIdent(x ast.Expr) (name string, pointer bool) {
	if star, ok := x.(*ast.StarExpr); ok {
		name, _ = typeIdent(star.X)
		return name, true
	}
	if id, ok := x.(*ast.Ident); ok {
		return id.Name, false
	}
	return "", false
}

// StubFiles is what Stubs wrote; a nil text means that there is nothing to write.
type StubFiles struct {
	// Steps is for steps.go beside the .flow files.
	Steps []byte
	// Main is for bootstrap/main.go below them, or for main.go beside them if the
	// package is main; nil also if only the user knows how the steps are made.
	Main []byte
	// Missing says what Steps holds, in words for a message: "step Charge".
	Missing []string
	// Interface and Workflows are what the generated Go calls these.
	Interface, Workflows string
}

// Stubs writes what the user has still to write, in a form that compiles at once
// and says at run time what is missing: methods of Steps, funcs in Go, a Lambda
// main. importPath is the path of the package, for main.
func Stubs(p *dsl.Program, existing Existing, importPath string) (out *StubFiles, err error) {
	g := newGenerator(p, Options{Own: existing.Names, Imported: existing.Imports})
	defer func() {
		if r := recover(); r != nil {
			out, err = nil, g.internal(r)
		}
	}()
	s := &stubs{generator: g, existing: existing}
	s.chooseReceiver()
	out = &StubFiles{Interface: s.names.steps, Workflows: s.names.workflows}
	if out.Steps, err = s.steps(); err != nil {
		return nil, err
	}
	out.Missing = s.missing
	if out.Main, err = s.main(importPath); err != nil {
		return nil, err
	}
	return out, nil
}

// stubs writes the stubs of one program.
type stubs struct {
	*generator
	existing Existing

	receiver string // the type whose methods the steps are
	isNew    bool   // it is not declared yet
	pointer  bool
	missing  []string
}

// chooseReceiver finds the type that implements most steps already; without one
// it is a new type.
func (s *stubs) chooseReceiver() {
	best := 0
	for name, methods := range s.existing.Methods {
		n := 0
		for _, m := range s.stepMethods() {
			if methods[m.name] {
				n++
			}
		}
		if n > best || n == best && n > 0 && name < s.receiver {
			best, s.receiver = n, name
		}
	}
	if s.receiver != "" {
		s.pointer = s.existing.Pointers[s.receiver]
		return
	}
	taken := map[string]bool{}
	for name := range s.existing.Names {
		taken[name] = true
	}
	for name := range s.names.taken {
		taken[name] = true
	}
	s.receiver, s.isNew, s.pointer = claim(taken, "App", "Service"), true, true
}

// steps writes steps.go; nil if nothing is missing.
func (s *stubs) steps() ([]byte, error) {
	f := jen.NewFile(s.prog.Package)
	f.NoFormat = true
	s.names.imports(f)
	var methods []stepMethod
	for _, m := range s.stepMethods() {
		if !s.existing.Methods[s.receiver][m.name] {
			methods = append(methods, m)
		}
	}
	if len(s.stepMethods()) > 0 {
		s.emitReceiver(f, len(methods) > 0)
	}
	for _, m := range methods {
		s.emitStub(f, m)
	}
	for _, d := range s.prog.Funcs {
		if d.InGo() && !s.existing.Names[d.Name.Text] {
			s.emitFuncStub(f, d)
		}
	}
	if len(s.missing) == 0 {
		return nil, nil
	}
	return render(f)
}

// emitReceiver writes the type whose methods the steps are, unless there is one.
func (s *stubs) emitReceiver(f *jen.File, needed bool) {
	if !s.isNew || !needed {
		return
	}
	f.Comment(comment(s.receiver + " does what the steps of the workflows say. Put what they need into its fields:\nclients, a database."))
	f.Type().Id(s.receiver).Struct()
	f.Line()
	f.Var().Id("_").Id(s.names.steps).Op("=").Parens(jen.Op("*").Id(s.receiver)).Call(jen.Nil())
	f.Line()
	f.Comment("// New" + s.receiver + " makes " + article(s.receiver) + ".")
	f.Func().Id("New" + s.receiver).Params().Op("*").Id(s.receiver).Block(jen.Return(jen.Op("&").Id(s.receiver).Values()))
}

// article puts a or an before a name.
func article(name string) string {
	if strings.ContainsAny(name[:1], "AEIOaeio") {
		return "an " + name
	}
	return "a " + name
}

// emitStub writes a method that fails with what is missing:
//
//	func (a *App) Charge(ctx context.Context, order Order) (string, error) {
//		return "", errors.New("step charge is not written yet: App.Charge in steps.go")
//	}
func (s *stubs) emitStub(f *jen.File, m stepMethod) {
	what := "step"
	if _, ok := m.decl.(*dsl.CallbackDecl); ok {
		what = "callback"
	}
	s.missing = append(s.missing, what+" "+m.name)
	f.Line()
	emitDoc(f.Group, m.doc, "")
	taken := map[string]bool{"ctx": true, "callbackID": true, "errors": true}
	for _, p := range m.written {
		taken[unexported(p.Name.Text)] = true
	}
	receiver := jen.Id(claim(taken, unexported(s.receiver), "self"))
	if s.pointer {
		receiver.Op("*")
	}
	problem := jen.Qual("errors", "New").Call(str(fmt.Sprintf("%s %s is not written yet: %s.%s in steps.go",
		what, m.decl.DeclName().Text, s.receiver, m.name)))
	results := []jen.Code{problem}
	if m.result != nil {
		results = []jen.Code{s.zero(m.result), problem}
	}
	f.Func().Params(receiver.Id(s.receiver)).Id(m.name).Params(m.params...).Add(m.results).Block(jen.Return(results...))
}

// emitFuncStub writes a func that fails with what is missing.
func (s *stubs) emitFuncStub(f *jen.File, d *dsl.FuncDecl) {
	s.missing = append(s.missing, "func "+d.Name.Text)
	f.Line()
	emitDoc(f.Group, d.Doc, "")
	f.Func().Id(s.names.funcs[d]).Params(s.signature(d.Params)...).Add(s.goType(d.ResultType)).Block(
		jen.Panic(str("func " + d.Name.Text + " is not written yet: see steps.go")))
}

// main writes the main of the Lambda function; nil if there is no workflow.
func (s *stubs) main(importPath string) ([]byte, error) {
	if len(s.prog.Workflows) == 0 || !s.canMake() {
		return nil, nil
	}
	f := jen.NewFile("main")
	f.NoFormat = true
	s.names.imports(f)
	name := s.prog.Workflows[0].Name.Text
	if len(s.prog.Workflows) > 1 {
		name = s.prog.Package
	}
	own := func(name string) *jen.Statement { return jen.Id(name) }
	if s.prog.Package != "main" {
		f.PackageComment("// Command bootstrap is the Lambda function of " + name + ".")
		f.ImportName(importPath, s.prog.Package)
		own = func(name string) *jen.Statement { return jen.Qual(importPath, name) }
	}
	var args []jen.Code
	if len(s.stepMethods()) > 0 {
		args = append(args, s.newReceiver(own))
	}
	f.Func().Id("main").Params().Block(
		jen.Qual(durablePath, "Start").Call(own(s.names.workflows).Call(args...).Op("...")),
	)
	return render(f)
}

// constructor gives the user's own constructor of the steps: of their type, or of the
// interface if that hides it.
func (s *stubs) constructor() Constructor {
	if s.isNew {
		return Constructor{}
	}
	if c, ok := s.existing.Constructors[s.receiver]; ok {
		return c
	}
	return s.existing.Constructors[s.names.steps]
}

// canMake reports whether main can make the steps without knowing what they need.
func (s *stubs) canMake() bool {
	c := s.constructor()
	return s.isNew || c.Plain || c.Name == "" && (ast.IsExported(s.receiver) || s.prog.Package == "main")
}

// newReceiver writes how the steps are made.
func (s *stubs) newReceiver(own func(string) *jen.Statement) *jen.Statement {
	if s.isNew {
		return own("New" + s.receiver).Call()
	}
	if c := s.constructor(); c.Name != "" {
		return own(c.Name).Call()
	}
	value := own(s.receiver).Values()
	if s.pointer {
		return jen.Op("&").Add(value)
	}
	return value
}

func render(f *jen.File) ([]byte, error) {
	var buf bytes.Buffer
	if err := f.Render(&buf); err != nil {
		return nil, err
	}
	return format.Source(groupImports(buf.Bytes()))
}
