package codegen_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// TestNoFunctionUsesAnOuterContext looks at all generated code that is committed:
// what runs in a scope of its own, or outside of the workflow, uses the context that
// it was given, never that of the function around it.
func TestNoFunctionUsesAnOuterContext(t *testing.T) {
	for name, text := range committed(t) {
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, name, text, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, pos := range outerContexts(file) {
			t.Errorf("%s: the context is that of an outer function", fset.Position(pos))
		}
	}
}

// committed gives the generated Go of the archives and of internal/e2e.
func committed(t *testing.T) map[string][]byte {
	files := map[string][]byte{}
	archives, _ := filepath.Glob("testdata/*.txtar")
	for _, path := range archives {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range archive.Files {
			if strings.HasSuffix(file.Name, "_flow.go") {
				files[path+"/"+file.Name] = file.Data
			}
		}
	}
	paths, _ := filepath.Glob("internal/e2e/*_flow.go")
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files[path] = text
	}
	if len(files) < 8 {
		t.Fatalf("only %d files", len(files))
	}
	return files
}

// outerContexts finds uses of ctx inside of a function literal that is handed to
// package durable, or whose result is computed by flow.Eval, where the ctx is
// declared outside of it.
func outerContexts(file *ast.File) []token.Pos {
	var found []token.Pos
	var stack []ast.Node
	ast.Inspect(file, func(n ast.Node) bool {
		if n == nil {
			stack = stack[:len(stack)-1]
			return true
		}
		stack = append(stack, n)
		id, ok := n.(*ast.Ident)
		if !ok || id.Name != "ctx" || declaring(stack) {
			return true
		}
		for i := len(stack) - 1; i > 0; i-- {
			lit, ok := stack[i].(*ast.FuncLit)
			if !ok {
				continue
			}
			if hasParam(lit.Type, "ctx") {
				break
			}
			if call, ok := stack[i-1].(*ast.CallExpr); ok && call.Fun != lit {
				found = append(found, id.Pos())
				break
			}
		}
		return true
	})
	return found
}

// declaring reports whether an identifier is the name of a parameter or a field.
func declaring(stack []ast.Node) bool {
	_, ok := stack[len(stack)-2].(*ast.Field)
	return ok
}

func hasParam(t *ast.FuncType, name string) bool {
	for _, field := range t.Params.List {
		for _, id := range field.Names {
			if id.Name == name {
				return true
			}
		}
	}
	return false
}

func TestAnOuterContextIsFound(t *testing.T) {
	const text = `package p
func f(ctx C) {
	durable.Step(ctx, spec, func(c D) { ctx.Use() })
	durable.Step(ctx, spec, func(ctx D) { ctx.Use() })
	err := func() error { return ctx.Use() }()
}`
	file, err := parser.ParseFile(token.NewFileSet(), "p.go", text, 0)
	if err != nil {
		t.Fatal(err)
	}
	if found := outerContexts(file); len(found) != 1 {
		t.Errorf("found %d uses, want 1", len(found))
	}
}
