package gobuild

import (
	"bytes"
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/durablegen/durablegen/dsl"
)

// Module is that of the command and of the runtime, which belong together.
const Module = "github.com/durablegen/durablegen"

// Hint says, in terms of a .flow file, what the user's Go code lacks.
type Hint struct {
	Position dsl.Position // in the .flow file; zero: not known
	Message  string
	Code     string // Go to add, without a body
}

var (
	missingMethod = regexp.MustCompile(`(?:\*?(?:[\w./-]+\.)?(\w+)) does not implement (?:[\w./-]+\.)?(\w+) \(missing method (\w+)\)`)
	wrongMethod   = regexp.MustCompile(`(?:\*?(?:[\w./-]+\.)?(\w+)) does not implement (?:[\w./-]+\.)?(\w+) \((wrong type for|method) (?:method )?(\w+)`)
	otherVersion  = regexp.MustCompile(`(\S+_flow\.go):\d+:\d+: undefined: \w+\.SupportsGenerated\d+`)
	undefinedFunc = regexp.MustCompile(`\w+_flow\.go:\d+:\d+: undefined: (\w+)`)
)

// Hints reads the compiler's output for what concerns the program: methods of
// steps and callbacks that are missing or have another signature, functions that are
// missing, and a runtime of another version. dir is the folder of the program's Go files. There is one hint
// for each missing method, though the compiler names only one of them.
func Hints(output, dir string, program *dsl.Program) []Hint {
	var hints []Hint
	pkg := readPackage(dir)
	add := func(h Hint) {
		if !slices.ContainsFunc(hints, func(o Hint) bool { return o.Message == h.Message }) {
			hints = append(hints, h)
		}
	}
	method := func(implementation, iface, name, format string) {
		h := Hint{Message: fmt.Sprintf(format, name)}
		if decl := declOf(program, name); decl != nil {
			h.Position = program.Position(decl.DeclName().Start)
			h.Message = fmt.Sprintf("%s `%s` needs "+format, keyword(decl), decl.DeclName().Text, name)
		}
		if signature := pkg.signature(iface, name); signature != "" {
			h.Code = fmt.Sprintf("func (%s *%s) %s", strings.ToLower(implementation[:1]), implementation, signature)
		}
		add(h)
	}
	for _, m := range missingMethod.FindAllStringSubmatch(output, -1) {
		implementation, iface := m[1], m[2]
		for _, name := range append([]string{m[3]}, pkg.missing(implementation, iface)...) {
			method(implementation, iface, name, "the method `%s`")
		}
	}
	for _, m := range wrongMethod.FindAllStringSubmatch(output, -1) {
		if m[3] == "wrong type for" {
			method(m[1], m[2], m[4], "the method `%s` with this signature")
		}
	}
	if m := otherVersion.FindStringSubmatch(output); m != nil {
		add(Hint{Message: "`" + filepath.Base(m[1]) + "` was generated for another version of the runtime than the one that `go.mod` names: generate it with that version, by `go tool durablegen` or `go generate`, or move the runtime to this command's, by `go get " + Module + "@latest`"})
	}
	for _, m := range undefinedFunc.FindAllStringSubmatch(output, -1) {
		for _, f := range program.Funcs {
			if f.InGo() && SameName(f.Name.Text, m[1]) {
				add(Hint{
					Position: program.Position(f.Name.Start),
					Message:  fmt.Sprintf("func `%s` is to be written in Go: the function `%s` is missing", f.Name.Text, m[1]),
				})
			}
		}
	}
	slices.SortStableFunc(hints, func(a, b Hint) int {
		return cmp.Or(cmp.Compare(a.Position.File, b.Position.File), cmp.Compare(a.Position.Line, b.Position.Line))
	})
	return hints
}

// goPackage is what the Go files of a folder declare.
type goPackage struct {
	fset       *token.FileSet
	interfaces map[string]*ast.InterfaceType
	methods    map[string][]string // by type
	embeds     map[string]bool     // types with embedded fields, which may promote methods
}

func readPackage(dir string) *goPackage {
	p := &goPackage{token.NewFileSet(), map[string]*ast.InterfaceType{}, map[string][]string{}, map[string]bool{}}
	names, _ := filepath.Glob(filepath.Join(escapeGlob(dir), "*.go"))
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		f, _ := parser.ParseFile(p.fset, name, text, parser.SkipObjectResolution)
		if f != nil {
			p.read(f)
		}
	}
	return p
}

func (p *goPackage) read(f *ast.File) {
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv != nil && len(d.Recv.List) == 1 {
				t := d.Recv.List[0].Type
				if star, ok := t.(*ast.StarExpr); ok {
					t = star.X
				}
				if id, ok := t.(*ast.Ident); ok {
					p.methods[id.Name] = append(p.methods[id.Name], d.Name.Name)
				}
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				spec, ok := s.(*ast.TypeSpec)
				if !ok {
					continue
				}
				switch t := spec.Type.(type) {
				case *ast.InterfaceType:
					p.interfaces[spec.Name.Name] = t
				case *ast.StructType:
					for _, field := range t.Fields.List {
						p.embeds[spec.Name.Name] = p.embeds[spec.Name.Name] || len(field.Names) == 0
					}
				}
			}
		}
	}
}

// missing lists the methods of an interface that a type does not declare.
func (p *goPackage) missing(implementation, iface string) []string {
	i := p.interfaces[iface]
	if i == nil || p.embeds[implementation] {
		return nil
	}
	var names []string
	for _, m := range i.Methods.List {
		if len(m.Names) == 1 && !slices.Contains(p.methods[implementation], m.Names[0].Name) {
			names = append(names, m.Names[0].Name)
		}
	}
	return names
}

// signature gives a method of an interface as a declaration without a body.
func (p *goPackage) signature(iface, method string) string {
	i := p.interfaces[iface]
	if i == nil {
		return ""
	}
	for _, m := range i.Methods.List {
		if len(m.Names) != 1 || m.Names[0].Name != method {
			continue
		}
		var b bytes.Buffer
		if err := printer.Fprint(&b, p.fset, m.Type); err != nil {
			return ""
		}
		return method + strings.TrimPrefix(b.String(), "func")
	}
	return ""
}

// declOf finds the step or callback whose Go method has a name.
func declOf(program *dsl.Program, method string) dsl.Decl {
	for _, d := range program.Steps {
		if SameName(d.Name.Text, method) {
			return d
		}
	}
	for _, d := range program.Callbacks {
		if SameName(d.Name.Text, method) {
			return d
		}
	}
	return nil
}

func keyword(d dsl.Decl) string {
	if _, ok := d.(*dsl.CallbackDecl); ok {
		return "callback"
	}
	return "step"
}

// SameName compares a name of the language with a Go name, which differs in case
// and has no underscores.
func SameName(flow, goName string) bool {
	strip := func(s string) string { return strings.ReplaceAll(s, "_", "") }
	return strings.EqualFold(strip(flow), strip(goName))
}
