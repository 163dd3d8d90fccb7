package dsl

import (
	"errors"
	goast "go/ast"
	goparser "go/parser"
	gotoken "go/token"
	"go/types"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// checkText parses and checks files of one package.
func checkText(opts CheckOptions, names []string, texts ...string) (*SourceSet, *Program, Diagnostics) {
	set := &SourceSet{}
	var files []*File
	var all Diagnostics
	for i, text := range texts {
		f, ds := Parse(set.Add(names[i], []byte(text)))
		files = append(files, f)
		all = append(all, ds...)
	}
	p, ds := Check(set, files, opts)
	all = append(all, ds...)
	all.Sort()
	return set, p, all
}

// errorComment holds the patterns of all problems of its line, in their order.
var errorComment = regexp.MustCompile(`// (?:ERROR|WARNING)((?: "[^"]*")+)`)

// TestCheckErrors compares what Check reports of the files in testdata/check with
// the comments in them: `// ERROR "pattern" "pattern"` stands on a line with just
// these errors; files named right… have none. Backquoted names are matched as they are.
func TestCheckErrors(t *testing.T) {
	paths, err := filepath.Glob("testdata/check/*.flow")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no files (%v)", err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		strict := strings.Contains(string(text), "// WARNING")
		set, _, ds := checkText(CheckOptions{Importer: someGo, Strict: strict}, []string{filepath.Base(path)}, string(text))
		got := map[int][]Diagnostic{}
		for _, d := range ds {
			line := set.Position(d.Span.Start).Line
			got[line] = append(got[line], d)
		}
		for i, line := range strings.Split(string(text), "\n") {
			var want []string
			if m := errorComment.FindStringSubmatch(line); m != nil {
				for _, q := range regexp.MustCompile(`"[^"]*"`).FindAllString(m[1], -1) {
					want = append(want, strings.Trim(q, `"`))
				}
			}
			found := got[i+1]
			for j, d := range found {
				if j >= len(want) {
					t.Errorf("%s:%d: unexpected %s: %s\n\t%s", path, i+1, d.Code, d.Message, line)
				} else if !strings.Contains(d.Message, want[j]) {
					t.Errorf("%s:%d: got %q, want %q\n\t%s", path, i+1, d.Message, want[j], line)
				}
			}
			for j := len(found); j < len(want); j++ {
				t.Errorf("%s:%d: no error %q\n\t%s", path, i+1, want[j], line)
			}
		}
	}
}

// fakeGo imports Go packages from texts.
type fakeGo map[string]string

func (f fakeGo) Import(path string) (*types.Package, error) {
	text, ok := f[path]
	if !ok {
		return nil, errors.New("no such package")
	}
	fset := gotoken.NewFileSet()
	file, err := goparser.ParseFile(fset, path+".go", text, 0)
	if err != nil {
		return nil, err
	}
	conf := types.Config{Importer: f}
	return conf.Check(path, fset, []*goast.File{file}, nil)
}

var someGo = fakeGo{
	"time": "package time; type Time struct{ wall int }; type Duration int64; const Second Duration = 1e9; type Timer struct { C <-chan Time }",
	// What the examples import.
	"github.com/durablegen/durablegen/examples/payment/bank": "package bank; type Payment struct { ID string; Cents int }",
	"encoding/json": "package json; type RawMessage []byte; type Number string",
	"net/mail":      "package mail; type Address struct { Name, Address string }",
}

// checkFixtures are the texts of the files in testdata/check.
func checkFixtures(t testing.TB) []string {
	paths, err := filepath.Glob("testdata/check/*.flow")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no files (%v)", err)
	}
	var texts []string
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	return texts
}

// TestFixes applies every fix of the fixtures and examples, one at a time: the
// problem must be gone, and the file must parse no worse than before.
func TestFixes(t *testing.T) {
	texts := checkFixtures(t)
	for _, code := range Codes() {
		texts = append(texts, exampleOf(code).bad)
	}
	fixes := 0
	for _, text := range texts {
		if !strings.Contains(text, "package") {
			continue
		}
		same := func(ds Diagnostics, d Diagnostic) (n int) {
			for _, other := range ds {
				if other.Code == d.Code && other.Message == d.Message {
					n++
				}
			}
			return n
		}
		opts := CheckOptions{Importer: someGo}
		set, _, ds := checkText(opts, []string{"in.flow"}, text)
		for _, d := range ds {
			if d.Fix == nil {
				continue
			}
			fixes++
			fixed, n := ApplyFixes(set.Sources()[0], Diagnostics{d})
			if n != 1 {
				t.Errorf("%s: the fix of %q is not applied", d.Code, d.Message)
				continue
			}
			before, _ := Parse((&SourceSet{}).Add("in.flow", []byte(text)))
			after, _ := Parse((&SourceSet{}).Add("in.flow", fixed))
			_, _, again := checkText(opts, []string{"in.flow"}, string(fixed))
			if same(again, d) >= same(ds, d) || len(after.Lost) > len(before.Lost) {
				t.Errorf("%s: after %q, %s", d.Code, d.Fix.Message, messages(set, Diagnostics{d}))
			}
		}
	}
	if fixes < 30 {
		t.Errorf("only %d fixes", fixes)
	}
}

// A tree that is checked again knows the defaults that there are now, and no others; what is
// inherited is nothing that stands at the declaration.
func TestDefaultsAreForgotten(t *testing.T) {
	set := &SourceSet{}
	parse := func(name, text string) *File {
		f, ds := Parse(set.Add(name, []byte("flow 1\n\npackage p\n\n"+text)))
		if ds.HasErrors() {
			t.Fatal(messages(set, ds))
		}
		return f
	}
	steps := parse("a.flow", "step s()  reads\nstep own()  reads retry 7\nstep once()  at most once\n")
	for _, test := range []struct{ text, want string }{
		{"defaults step retry 3 timeout 1s\n", "3 1s; 7 1s; none 1s"}, {"defaults step retry 4\n", "4; 7; none"}, {"", "none; 7; none"},
	} {
		p, ds := Check(set, []*File{steps, parse("b.flow", test.text)}, CheckOptions{})
		if ds.HasErrors() {
			t.Fatal(messages(set, ds))
		}
		var got []string
		for _, s := range p.Steps {
			text := "none"
			if len(s.Policy.Retry) > 0 {
				text = s.Policy.Retry[0].Times.Const().String()
			}
			if s.Policy.Timeout != nil {
				text += " " + durationWords(constDuration(s.Policy.Timeout.Value))
			}
			got = append(got, text)
			Inspect(s, func(n Node) bool {
				if n.Pos() < s.Start || n.Range().End > s.End {
					t.Errorf("%T stands outside of step `%s`", n, s.Name.Text)
				}
				return true
			})
		}
		if text := strings.Join(got, "; "); text != test.want {
			t.Errorf("%q: %s, want %s", test.text, text, test.want)
		}
	}
}
