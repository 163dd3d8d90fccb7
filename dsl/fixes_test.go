package dsl

import (
	"fmt"
	"go/ast"
	goparser "go/parser"
	gotoken "go/token"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/durablegen/durablegen/internal/fixcases"
)

// site is a place in the source of this package.
type site struct {
	file string
	line int
}

func (s site) String() string { return fmt.Sprintf("%s:%d", s.file, s.line) }

// fixSites finds all places that offer a fix.
func fixSites(t *testing.T) map[site]bool {
	sites := map[site]bool{}
	fset := gotoken.NewFileSet()
	paths, _ := filepath.Glob("*.go")
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") || path == "report.go" {
			continue
		}
		file, err := goparser.ParseFile(fset, path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			sel, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			recv, _ := sel.X.(*ast.Ident)
			scanner := recv != nil && recv.Name == "s" && strings.HasPrefix(path, "lexer") // whose edit is no method of a diagnostic
			switch sel.Sel.Name {
			case "fix", "edit", "suggest", "suggestName", "suggestWord":
				if !scanner {
					sites[site{path, fset.Position(sel.Sel.Pos()).Line}] = true
				}
			}
			return true
		})
	}
	return sites
}

// maker tells which line of the package made what is being made.
func maker() site {
	pcs := make([]uintptr, 20)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	for {
		f, more := frames.Next()
		if file := filepath.Base(f.File); !strings.HasSuffix(file, "_test.go") && file != "report.go" || !more {
			return site{file, f.Line}
		}
	}
}

func fixCases(t *testing.T) (prelude string, cases []*fixcases.Case) {
	text, err := os.ReadFile("testdata/fixes/prelude.flow")
	if err != nil {
		t.Fatal(err)
	}
	if cases, err = fixcases.Read("testdata/fixes"); err != nil || len(cases) == 0 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	return string(text), cases
}

// TestEveryFixHasACase holds all fixes that this package can offer to the cases of
// testdata/fixes: each is offered by one, at each word of the tables of habits, and makes
// of the text what stands there. It ends, and what comes of it is right or has no further
// fix. Package oracle runs what comes of the cases beside what was meant.
func TestEveryFixHasACase(t *testing.T) {
	made := map[*Fix]site{}
	onFix = func(f *Fix) { made[f] = maker() }
	defer func() { onFix = nil }()
	offered, words := map[site]bool{}, map[string]bool{}
	prelude, cases := fixCases(t)
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			text := c.Written
			for round := 0; ; round++ {
				clear(made)
				set, _, ds := checkText(CheckOptions{Strict: true, Importer: someGo}, []string{"prelude.flow", "case.flow"}, prelude, text)
				src := set.Sources()[1]
				for _, d := range ds {
					if d.Fix == nil {
						continue
					}
					offered[made[d.Fix]] = true
					for _, e := range d.Fix.Edits {
						words[string(src.Text[src.Offset(e.Span.Start):src.Offset(e.Span.End)])+" is "+e.New] = true
					}
				}
				fixed, n := ApplyFixes(src, ds)
				if n == 0 {
					if text != c.Fixed {
						t.Errorf("fixed to\n%s\nwant\n%s%s", text, c.Fixed, messages(set, ds))
					}
					if right := !ds.HasErrors(); right != (c.Meant != "") {
						t.Errorf("right: %v, but meant is:\n%s%s", right, c.Meant, messages(set, ds))
					} else if right {
						checkFormat(t, text)
					}
					return
				}
				if round == 20 {
					t.Fatalf("it does not end:\n%s", text)
				}
				text = string(fixed)
			}
		})
	}
	sites := fixSites(t)
	for _, s := range slices.SortedFunc(maps.Keys(sites), func(a, b site) int { return strings.Compare(a.String(), b.String()) }) {
		if !offered[s] {
			t.Errorf("%s offers a fix, and no case in testdata/fixes has it", s)
		}
	}
	for s := range offered {
		if !sites[s] {
			t.Errorf("a fix comes from %s", s)
		}
	}
	for _, table := range []habits{statementHabits, useHabits, policyHabits, declarationHabits, valueHabits, typeHabits, operatorHabits} {
		for word, row := range table.byWord {
			if row.fix != "" && !words[word+" is "+row.fix] {
				t.Errorf("`%s` is replaced by `%s`, and no case has it", word, row.fix)
			}
		}
	}
}

// TestFixesOfBrokenFilesEnd applies the fixes of files of which a line is missing, again
// and again: that ends, and no fix takes out lines that it does not write again.
func TestFixesOfBrokenFilesEnd(t *testing.T) {
	_, cases := fixCases(t)
	texts := checkFixtures(t)
	for _, c := range cases {
		texts = append(texts, c.Written)
	}
	for _, text := range texts {
		lines := strings.SplitAfter(text, "\n")
		for i := 0; i < len(lines); i += 1 + len(lines)/5 {
			broken := strings.Join(lines[:i], "") + strings.Join(lines[i+1:], "")
			for round := 0; ; round++ {
				set, _, ds := checkText(CheckOptions{Strict: true, Importer: someGo}, []string{"broken.flow"}, broken)
				keepsLines(t, set.Sources()[0], ds)
				fixed, n := ApplyFixes(set.Sources()[0], ds)
				if n == 0 {
					break
				}
				if round == 20 {
					t.Fatalf("it does not end:\n%s", broken)
				}
				broken = string(fixed)
			}
		}
	}
}

// keepsLines looks that each edit of fixes writes again what it takes out of more than one
// line.
func keepsLines(t *testing.T, src *Source, ds Diagnostics) {
	t.Helper()
	for _, d := range ds {
		if d.Fix == nil {
			continue
		}
		for _, e := range d.Fix.Edits {
			old := strings.TrimSpace(string(src.Text[src.Offset(e.Span.Start):src.Offset(e.Span.End)]))
			if strings.Contains(old, "\n") && !strings.Contains(strings.Join(strings.Fields(e.New), " "), strings.Join(strings.Fields(old), " ")) {
				t.Errorf("%s: %s takes out %q and writes %q", d.Message, d.Fix.Message, old, e.New)
			}
		}
	}
}
