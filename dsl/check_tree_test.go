package dsl

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// flowText matches the whole files in Markdown.
var flowText = regexp.MustCompile("(?s)```flow\n(flow 1.*?)```")

// wholeFiles are right files of the repository: those of the documentation, of the
// examples and of testdata, by name.
func wholeFiles(t testing.TB) map[string]string {
	files := map[string]string{}
	docs, _ := filepath.Glob("../docs/*.md")
	reference, _ := filepath.Glob("../docs/reference/*.md")
	for _, path := range append(docs, reference...) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for i, m := range flowText.FindAllSubmatch(text, -1) {
			files[fmt.Sprintf("%s-%d.flow", filepath.Base(path), i)] = string(m[1])
		}
	}
	examples, _ := filepath.Glob("../examples/*/*.flow")
	right, _ := filepath.Glob("testdata/check/right*.flow")
	for _, path := range append(examples, right...) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files[path] = string(text)
	}
	if len(files) < 10 {
		t.Fatalf("only %d files found", len(files))
	}
	return files
}

// TestEveryNodeIsFilled checks all right files and looks at every node of their
// trees: expressions have a type, names stand for something, operations have a
// scope and a name.
func TestEveryNodeIsFilled(t *testing.T) {
	for name, text := range wholeFiles(t) {
		set, p, ds := checkText(CheckOptions{Importer: someGo}, []string{name}, text)
		if p == nil {
			t.Errorf("%s: %s", name, messages(set, ds))
			continue
		}
		for n := range nodesOf(p) {
			if missing := unfilled(n); missing != "" {
				t.Errorf("%s:%d: %T has no %s", name, set.Position(n.Pos()).Line, n, missing)
			}
		}
	}
}

// unfilled names a member that Check should have set; empty if all are.
func unfilled(n Node) string {
	if e, ok := n.(Expr); ok && e.Type() == nil {
		return "type"
	}
	if op, ok := n.(Operation); ok {
		b := op.Base()
		_, isAwait := op.(*AwaitOp)
		switch {
		case b.Scope == nil:
			return "scope"
		case !isAwait && (b.Segment == "" || b.Identity == ""):
			return "name"
		case len(b.Raises) == 0:
			return "failures"
		}
	}
	switch n := n.(type) {
	case *IdentExpr:
		if _, isError := n.Type().(*ErrorType); n.Var == nil && n.ConstDecl == nil && !isError {
			return "meaning"
		}
	case *CallExpr:
		if n.Decl == nil && n.Builtin == "" {
			return "func"
		}
	case *SelectorExpr:
		_, isHandle := n.X.Type().(*Handle)
		if n.Field == nil && !isHandle && present(n.X.Type()) != JSON {
			return "field"
		}
	case *FieldExpr:
		if n.Field == nil {
			return "field"
		}
	case *EnumExpr:
		if n.Member == nil {
			return "member"
		}
	case *StepOp:
		if n.Decl == nil {
			return "declaration"
		}
	case *CallbackOp:
		if n.Decl == nil {
			return "declaration"
		}
	case *PollOp:
		if n.Decl == nil {
			return "declaration"
		}
	case *InvokeOp:
		if n.Decl == nil {
			return "declaration"
		}
	case *CallOp:
		if n.Decl == nil {
			return "declaration"
		}
	case *OpenOp:
		if n.Decl == nil {
			return "declaration"
		}
	case *AwaitOp:
		if n.Handle == nil {
			return "handle"
		}
	case *GroupOp:
		if n.Inner == nil {
			return "scope"
		}
	case *MapOp:
		if n.Inner == nil || n.ItemVar == nil {
			return "scope"
		}
	case *Branch:
		if n.Inner == nil {
			return "scope"
		}
	case *SelectStmt:
		if n.Inner == nil {
			return "scope"
		}
	case *Undo:
		if n.Scope == nil {
			return "scope"
		}
	case *AssignStmt:
		if n.Var == nil || len(n.Fields) != len(n.Path) {
			return "variable"
		}
	case *ForStmt:
		if n.ElemVar == nil {
			return "variable"
		}
	case *Param:
		if n.Var == nil || n.Var.Type == nil {
			return "variable"
		}
	case *WorkflowDecl:
		if n.Scope == nil {
			return "scope"
		}
	}
	return ""
}

// TestScopes shows the scopes and paths of a workflow with everything in it.
func TestScopes(t *testing.T) {
	golden(t, "scopes", func(t *testing.T, files map[string]string) map[string]string {
		set, p, ds := checkText(CheckOptions{}, []string{"in.flow"}, files["in.flow"])
		if p == nil {
			t.Fatal(messages(set, ds))
		}
		out := ""
		var show func(s *Scope, indent string)
		show = func(s *Scope, indent string) {
			for _, op := range s.Ops {
				b := op.Base()
				out += fmt.Sprintf("%s%s", indent, opWord(op))
				for _, name := range b.Path() {
					out += " " + name
				}
				if len(b.Loops) > 0 {
					out += fmt.Sprintf(", in %s", count(len(b.Loops), "loop"))
				}
				if b.Result != nil {
					out += fmt.Sprintf(", gives %s", b.Result)
				}
				out += ", raises"
				for _, e := range b.Raises {
					out += " " + e.Name
				}
				out += "\n"
				for _, inner := range innerScopes(op) {
					if inner.Undoable {
						out += indent + "  undoable:\n"
					}
					show(inner, indent+"    ")
				}
				if b.Undo != nil {
					out += indent + "  undo:\n"
					show(b.Undo.Scope, indent+"    ")
				}
			}
		}
		for _, w := range p.Workflows {
			out += w.Name.Text
			if w.Scope.Undoable {
				out += ", undoable"
			}
			out += "\n"
			show(w.Scope, "    ")
		}
		return map[string]string{"golden": out}
	})
}

// TestCheck compares all that is printed about packages of several files.
func TestCheck(t *testing.T) {
	golden(t, "check", func(t *testing.T, files map[string]string) map[string]string {
		var names, texts []string
		imported := fakeGo{}
		for path, text := range someGo {
			imported[path] = text
		}
		for name := range files {
			switch filepath.Ext(name) {
			case ".flow":
				names = append(names, name)
			case ".go":
				imported["example.com/"+name[:len(name)-3]] = files[name]
			}
		}
		slices.Sort(names)
		for _, name := range names {
			texts = append(texts, files[name])
		}
		set, _, ds := checkText(CheckOptions{Importer: imported}, names, texts...)
		return map[string]string{"messages": messages(set, ds)}
	})
}

// TestEveryBuiltinIsDocumented: the reference names all functions of the language.
func TestEveryBuiltinIsDocumented(t *testing.T) {
	text, err := os.ReadFile("../docs/reference/expressions.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range Builtins() {
		if !strings.Contains(string(text), "`"+b.Name+"(") {
			t.Errorf("%s is not there", b.Name)
		}
	}
}
