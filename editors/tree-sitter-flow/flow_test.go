package flow

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	sitter "github.com/tree-sitter/go-tree-sitter"
	"golang.org/x/tools/txtar"

	"github.com/durablegen/durablegen/dsl"
)

const root = "../.."

// sources gives the .flow files of the repository by name, those in archives too.
func sources(t testing.TB) map[string][]byte {
	t.Helper()
	found := map[string][]byte{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git"):
			return filepath.SkipDir
		case filepath.Ext(path) == ".flow":
			found[path], err = os.ReadFile(path)
		case filepath.Ext(path) == ".txtar":
			a, err := txtar.ParseFile(path)
			if err != nil {
				return err
			}
			for _, f := range a.Files {
				if filepath.Ext(f.Name) == ".flow" {
					found[path+"/"+f.Name] = f.Data
				}
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func parse(t testing.TB, text []byte) *sitter.Tree {
	t.Helper()
	parser := sitter.NewParser()
	t.Cleanup(parser.Close)
	if err := parser.SetLanguage(sitter.NewLanguage(Language())); err != nil {
		t.Fatal(err)
	}
	tree := parser.Parse(text, nil)
	t.Cleanup(tree.Close)
	return tree
}

// kind gives what this grammar calls the nodes of the parser's tree.
func kind(n dsl.Node) string {
	switch n := n.(type) {
	case *dsl.TypeDecl:
		return "type_declaration"
	case *dsl.EnumDecl:
		return "enum_declaration"
	case *dsl.ErrorDecl:
		return "error_declaration"
	case *dsl.ConstDecl:
		return "const_declaration"
	case *dsl.FuncDecl:
		return "func_declaration"
	case *dsl.StepDecl:
		return "step_declaration"
	case *dsl.CallbackDecl:
		return "callback_declaration"
	case *dsl.FunctionDecl:
		return "function_declaration"
	case *dsl.WorkflowDecl:
		return "workflow_declaration"
	case *dsl.Defaults:
		return "defaults_declaration"
	case *dsl.Field:
		return "field"
	case *dsl.EnumMember:
		return "enum_member"
	case *dsl.Block:
		return "block"
	case *dsl.OpStmt:
		return "operation_statement"
	case *dsl.AssignStmt:
		if n.Define {
			return "define_statement"
		}
		return "assign_statement"
	case *dsl.VarStmt:
		return "var_statement"
	case *dsl.IfStmt:
		return "if_statement"
	case *dsl.SwitchStmt:
		return "switch_statement"
	case *dsl.SwitchCase:
		return "switch_case"
	case *dsl.ForStmt:
		return "for_statement"
	case *dsl.WhileStmt:
		return "while_statement"
	case *dsl.SelectStmt:
		return "select_statement"
	case *dsl.SelectCase:
		return "select_case"
	case *dsl.TryStmt:
		return "try_statement"
	case *dsl.Catch:
		return "catch"
	case *dsl.Undo:
		return "undo"
	case *dsl.Branch:
		return "branch"
	case *dsl.BreakStmt:
		return "break_statement"
	case *dsl.ContinueStmt:
		return "continue_statement"
	case *dsl.ReturnStmt:
		return "return_statement"
	case *dsl.YieldStmt:
		return "yield_statement"
	case *dsl.FailStmt:
		return "fail_statement"
	case *dsl.LogStmt:
		return "log_statement"
	case *dsl.CommitStmt:
		return "commit_statement"
	case *dsl.AgainStmt:
		return "again_statement"
	case *dsl.StepOp:
		return "step_operation"
	case *dsl.CallbackOp:
		return "callback_operation"
	case *dsl.InvokeOp:
		return "invoke_operation"
	case *dsl.CallOp:
		return "call_operation"
	case *dsl.WaitOp:
		return "wait_operation"
	case *dsl.OpenOp:
		return "open_operation"
	case *dsl.AwaitOp:
		return "await_operation"
	case *dsl.PollOp:
		return "poll_operation"
	case *dsl.GroupOp:
		return "group_operation"
	case *dsl.ParallelOp:
		return "parallel_operation"
	case *dsl.MapOp:
		return "map_operation"
	case *dsl.IntExpr:
		return "integer"
	case *dsl.FloatExpr:
		return "float"
	case *dsl.DurationExpr:
		return "duration"
	case *dsl.NoneExpr:
		return "none"
	case *dsl.CallExpr:
		return "call_expression"
	case *dsl.SelectorExpr:
		return "field_expression"
	case *dsl.IndexExpr:
		return "index_expression"
	case *dsl.SliceExpr:
		return "slice_expression"
	case *dsl.EnumExpr:
		return "enum_value"
	case *dsl.RecordExpr:
		return "record"
	case *dsl.ListExpr, *dsl.CompExpr:
		return "list"
	case *dsl.MapExpr:
		return "map"
	case *dsl.ConvertExpr:
		return "conversion"
	case *dsl.IfExpr:
		return "if_expression"
	case *dsl.UnaryExpr:
		return "unary_expression"
	case *dsl.BinaryExpr:
		return "binary_expression"
	case *dsl.ParenExpr:
		return "parenthesized_expression"
	}
	return "" // types, clauses, names and texts, which the two cut differently
}

// The grammar reads what the parser reads, and both see the same: the same declarations,
// statements, operations and expressions at the same places.
func TestGrammarIsThatOfTheParser(t *testing.T) {
	files, nodes := 0, 0
	seen := map[string]bool{}
	all := sources(t)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		text := all[name]
		set := new(dsl.SourceSet)
		src := set.Add("a.flow", text)
		f, ds := dsl.Parse(src)
		if ds.HasErrors() {
			continue
		}
		files++
		want, got := map[string]bool{}, map[string]bool{}
		place := func(kind string, start, end int) string {
			return fmt.Sprintf("%s at %d: %s", kind, src.Position(src.Pos(start)).Line, text[start:end])
		}
		see := func(n dsl.Node) bool {
			if k := kind(n); k != "" {
				r := n.Range()
				want[place(k, src.Offset(r.Start), src.Offset(r.End))] = true
				seen[k] = true
				nodes++
			}
			return true
		}
		for _, d := range f.Decls {
			dsl.Inspect(d, see)
		}
		for _, d := range f.Defaults {
			dsl.Inspect(d, see)
		}
		walk(parse(t, text).RootNode(), func(n *sitter.Node) {
			if n.IsError() || n.IsMissing() {
				t.Errorf("%s:%d: %s", name, n.StartPosition().Row+1, n.ToSexp())
			}
			if n.IsNamed() && seen[n.Kind()] && !noExpressions[n.Kind()+" in "+n.Parent().Kind()] {
				got[place(n.Kind(), int(n.StartByte()), int(n.EndByte()))] = true
			}
		})
		for k := range want {
			if !got[k] {
				t.Errorf("%s: only the parser has %s", name, k)
			}
		}
		for k := range got {
			if !want[k] {
				t.Errorf("%s: only the grammar has %s", name, k)
			}
		}
	}
	if files < 60 || nodes < 10_000 || len(seen) < 50 {
		t.Errorf("%d files with %d nodes of %d kinds", files, nodes, len(seen))
	}
}

// noExpressions are literals that are none for the parser.
var noExpressions = map[string]bool{"integer in flow_clause": true, "none in retry_clause": true, "none in switch_case": true}

func walk(n *sitter.Node, visit func(*sitter.Node)) {
	visit(n)
	for i := range n.ChildCount() {
		walk(n.Child(i), visit)
	}
}

// The parser in C is the one of the grammar.
func TestParserIsGenerated(t *testing.T) {
	for file, want := range sums {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if fmt.Sprintf("%x", sha256.Sum256(text)) != want {
			t.Errorf("%s has changed: run generate.sh", file)
		}
	}
}
