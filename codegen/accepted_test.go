package codegen_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/tools/go/packages"

	"github.com/durablegen/durablegen/codegen"
	"github.com/durablegen/durablegen/dsl"
)

// What Check accepts becomes Go that type-checks. These tests enumerate programs, drop
// those that Check refuses, and hand the Go of the others to go/types, in this
// process: the packages that it imports are read once.

// exportedPackages reads what the Go command knows of the packages that generated code
// imports, and makes package made, the Go of a user.
var exportedPackages = sync.OnceValues(func() (map[string]*types.Package, error) {
	pkgs, err := packages.Load(&packages.Config{Mode: packages.NeedName | packages.NeedTypes | packages.NeedImports},
		"context", "errors", "fmt", "math", "slices", "strconv", "strings", "time", "unicode/utf8",
		"github.com/durablegen/durablegen/runtime/durable", "github.com/durablegen/durablegen/runtime/flow")
	if err != nil {
		return nil, err
	}
	known := knownPackages{}
	for _, p := range pkgs {
		if len(p.Errors) > 0 {
			return nil, p.Errors[0]
		}
		known[p.PkgPath] = p.Types
	}
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "made.go", made, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	known["example.com/made"], err = (&types.Config{Importer: known}).Check("example.com/made", fset, []*ast.File{file}, nil)
	return known, err
})

// made is Go of a user.
const made = `package made

import "time"

type Money struct {
	Cents int
	Small int8
	Note  *string
	Due   time.Time
	Wait  time.Duration
	Level Level
	Raw   []byte
}

type Level int

const (
	Low  Level = 0
	High Level = 1
)

func (l Level) String() string { return "level" }

type Code string

const First Code = "first"

type (
	Tiny  int8
	Count uint16
	Huge  uint64
	Ratio float32
)
`

type knownPackages map[string]*types.Package

func (k knownPackages) Import(path string) (*types.Package, error) {
	if p := k[path]; p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("no package %s", path)
}

// imports gives the importer for Check and for Go.
func imports(t testing.TB) knownPackages {
	t.Helper()
	known, err := exportedPackages()
	if err != nil {
		t.Fatal(err)
	}
	return known
}

// verdict is what became of one text.
type verdict struct {
	refused dsl.Diagnostics // by Check; or
	wrong   string          // the Go of what it has accepted
}

// judged checks declarations that stand behind a prelude, all in one file, and gives
// a verdict on each. Every part has a workflow of the name that its index has in names.
func judged(t *testing.T, prelude string, parts []string) []verdict {
	t.Helper()
	out := make([]verdict, len(parts))
	var left []int
	for i := range parts {
		left = append(left, i)
	}
	for len(left) > 0 {
		text, starts := prelude, []int{}
		for _, i := range left {
			starts = append(starts, len(text))
			text += parts[i]
		}
		part := func(at int) int { // the index in parts of a place in the text
			n, found := slices.BinarySearch(starts, at)
			if !found {
				n--
			}
			if n < 0 {
				t.Fatalf("a problem in the prelude, at byte %d", at)
			}
			return left[n]
		}
		set := &dsl.SourceSet{}
		src := set.Add("p.flow", []byte(text))
		file, ds := dsl.Parse(src)
		p, more := dsl.Check(set, []*dsl.File{file}, dsl.CheckOptions{Importer: imports(t)})
		if ds = append(ds, more...); ds.HasErrors() {
			for _, d := range ds {
				i := part(src.Offset(d.Span.Start))
				out[i].refused = append(out[i].refused, d)
			}
			left = slices.DeleteFunc(left, func(i int) bool { return out[i].refused != nil })
			continue
		}
		generated, err := codegen.Generate(p, codegen.Options{})
		if err != nil {
			var line, column int
			if _, bad := fmt.Sscanf(err.Error(), "p.flow:%d:%d:", &line, &column); bad != nil {
				t.Fatalf("an error that does not say where: %v", err)
			}
			i := part(len(strings.Join(strings.SplitAfter(text, "\n")[:line-1], "")))
			out[i].wrong = err.Error()
			left = slices.DeleteFunc(left, func(j int) bool { return i == j })
			continue
		}
		owner := map[string]int{}
		for _, i := range left {
			for _, line := range strings.Split(parts[i], "\n") {
				if name, ok := strings.CutPrefix(line, "workflow "); ok {
					owner[name[:strings.IndexByte(name, '(')]] = i
				}
			}
		}
		for what, problem := range typeErrors(t, generated.Files["p_flow.go"]) {
			i, ok := owner[what]
			if !ok {
				t.Fatalf("in %q: %s", what, problem)
			}
			out[i].wrong = problem
		}
		return out
	}
	return out
}

// typeErrors type-checks generated Go and gives the first problem of each method,
// with the lines around it.
func typeErrors(t testing.TB, texts ...[]byte) map[string]string {
	t.Helper()
	fset := token.NewFileSet()
	var files []*ast.File
	lines := map[string][]string{}
	for i, text := range texts {
		name := fmt.Sprintf("p%d.go", i)
		lines[name] = strings.Split(string(text), "\n")
		file, err := parser.ParseFile(fset, name, text, parser.SkipObjectResolution)
		if err != nil {
			return map[string]string{"": err.Error()}
		}
		files = append(files, file)
	}
	out := map[string]string{}
	method := func(at token.Pos) string {
		for _, file := range files {
			for _, d := range file.Decls {
				if f, ok := d.(*ast.FuncDecl); ok && f.Pos() <= at && at < f.End() {
					return f.Name.Name
				}
			}
		}
		return ""
	}
	conf := types.Config{Importer: imports(t), Error: func(err error) {
		e := err.(types.Error)
		where := method(e.Pos)
		if out[where] == "" {
			pos := fset.Position(e.Pos)
			around := lines[pos.Filename][max(pos.Line-4, 0):min(pos.Line+3, len(lines[pos.Filename]))]
			out[where] = e.Msg + "\n" + strings.Join(around, "\n")
		}
	}}
	conf.Check("p", fset, files, nil)
	return out
}

// varying is what differs between two problems of one kind.
var varying = regexp.MustCompile(`\d+|\(.*\)|types \S+`)

// tell reports what is wrong, by the kind of the problem, and counts.
func tell(t *testing.T, parts []string, verdicts []verdict, least int) {
	t.Helper()
	accepted := 0
	kinds := map[string][]int{}
	for i, v := range verdicts {
		if v.refused == nil {
			accepted++
		}
		if v.wrong != "" {
			kind, _, _ := strings.Cut(v.wrong, "\n")
			kind = varying.ReplaceAllString(kind, "…")
			kinds[kind] = append(kinds[kind], i)
		}
	}
	t.Logf("%d programs, %d accepted", len(parts), accepted)
	if accepted < least {
		t.Errorf("only %d programs are accepted; the enumeration has gone blind", accepted)
	}
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		i := kinds[kind][0]
		t.Errorf("%d programs are accepted, and their Go is wrong: %s\n%s", len(kinds[kind]), verdicts[i].wrong, parts[i])
	}
}
