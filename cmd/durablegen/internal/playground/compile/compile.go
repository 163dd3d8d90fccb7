// Package compile tells what is wrong with a text, and gives the Go and the diagrams that come of
// it, in terms of the page of a playground. It is built for WebAssembly, too, so it imports little.
package compile

import (
	"fmt"
	"go/types"
	"maps"
	"slices"
	"unicode/utf8"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/drawing"
	"github.com/durablegen/durablegen/codegen"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/query"
	"github.com/durablegen/durablegen/visualize"
)

// Result is what comes of a text. Places are offsets in it as a browser counts: in UTF-16.
type Result struct {
	Problems  []Problem  `json:"problems"`
	Colours   []Colour   `json:"colours"`
	Files     []File     `json:"files"`     // Go; none where there are errors
	Workflows []Workflow `json:"workflows"` // in source order; none where there are errors
}

// Range is a piece of the text.
type Range struct {
	Start int `json:"start"`
	End   int `json:"end"`
}

// Problem is something that is wrong, or could be better.
type Problem struct {
	Range
	Line     int    `json:"line"`
	Severity string `json:"severity"`
	Code     string `json:"code"`
	Message  string `json:"message"`
	More     []Note `json:"more"` // notes and help
}

// Note is a fact that belongs to a problem, perhaps with a place.
type Note struct {
	Text  string `json:"text"`
	Range *Range `json:"range,omitempty"`
}

// Colour is a piece of the text that is shown as something.
type Colour struct {
	Range
	Kind string `json:"kind"` // keyword, string, number, comment, type or function
}

// File is a generated file.
type File struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// Workflow is a diagram.
type Workflow struct {
	Name    string                 `json:"name"`
	Drawing drawing.Drawing[Range] `json:"drawing"`
}

// Text compiles a text, the only file of its package. Whatever the text is, there is a result.
func Text(text string, detail visualize.Detail) (r Result) {
	name := "playground"
	if f, _ := dsl.Parse(new(dsl.SourceSet).Add(name, []byte(text))); f.Package != nil && f.Package.Text != "" {
		name = f.Package.Text
	}
	set := new(dsl.SourceSet)
	src := set.Add(name+".flow", []byte(text))
	at := units(text)
	place := func(s dsl.Span) Range { return Range{at[src.Offset(s.Start)], at[src.Offset(s.End)]} }
	none := Result{Problems: []Problem{}, Colours: []Colour{}, Files: []File{}, Workflows: []Workflow{}}
	r = none
	defer func() {
		if p := recover(); p != nil { // a broken invariant of ours
			r = none
			r.Problems = append(r.Problems, Problem{Line: 1, Severity: dsl.Error.String(), Message: fmt.Sprintf("the compiler has failed: %v", p), More: []Note{}})
		}
	}()
	f, ds := dsl.Parse(src)
	files := []*dsl.File{f}
	p, more := dsl.Check(set, files, dsl.CheckOptions{Importer: noPackages{}})
	ds = append(append(ds, more...), codegen.Check(files)...)
	ds.Sort()
	for _, d := range ds {
		problem := Problem{place(d.Span), src.Position(d.Span.Start).Line, d.Severity.String(), string(d.Code), d.Message, []Note{}}
		for _, n := range d.Notes {
			note := Note{Text: n.Message}
			if n.Span != (dsl.Span{}) {
				at := place(n.Span)
				note.Range = &at
			}
			problem.More = append(problem.More, note)
		}
		if d.Help != "" {
			problem.More = append(problem.More, Note{Text: "help: " + d.Help})
		}
		r.Problems = append(r.Problems, problem)
	}
	for _, t := range query.New(set, files).Paints(src) {
		if kind := colour(t); kind != "" {
			r.Colours = append(r.Colours, Colour{place(t.Span), kind})
		}
	}
	if p == nil || ds.HasErrors() {
		return r
	}
	out, err := codegen.Generate(p, codegen.Options{})
	if err != nil {
		panic(err)
	}
	for _, name := range slices.Sorted(maps.Keys(out.Files)) {
		r.Files = append(r.Files, File{name, string(out.Files[name])})
	}
	if stubs, err := codegen.Stubs(p, codegen.Existing{}, "example.com/"+name); err == nil && stubs.Steps != nil {
		r.Files = append(r.Files, File{"steps.go", string(stubs.Steps)})
	}
	for _, w := range p.Workflows {
		r.Workflows = append(r.Workflows, Workflow{w.Name.Text, drawing.Of(visualize.NewGraph(p, w), detail, place)})
	}
	slices.SortFunc(r.Workflows, func(a, b Workflow) int {
		start := visualize.ElementID(".start")
		return a.Drawing.Nodes[start].Place.Start - b.Drawing.Nodes[start].Place.Start
	})
	return r
}

// units gives the offset in UTF-16 of each byte of a text, and of its end.
func units(text string) []int {
	at := make([]int, len(text)+1)
	n := 0
	for i, size := 0, 0; i < len(text); i += size {
		var r rune
		r, size = utf8.DecodeRuneInString(text[i:])
		for j := range size {
			at[i+j] = n
		}
		n++
		if r > 0xffff {
			n++
		}
	}
	at[len(text)] = n
	return at
}

func colour(t query.Paint) string {
	switch {
	case t.Symbol != nil:
		switch t.Symbol.Kind {
		case query.Type, query.Enum, query.Error, query.GoType, query.BuiltinType:
			return "type"
		case query.Step, query.Callback, query.Function, query.Workflow, query.Func, query.BuiltinFunc:
			return "function"
		default: // variables, fields and the like stand out by nothing
			return ""
		}
	case t.Keyword:
		return "keyword"
	case t.Token == dsl.TextToken:
		return "string"
	case t.Token == dsl.NumberToken:
		return "number"
	case t.Token == dsl.CommentToken:
		return "comment"
	}
	return ""
}

// noPackages knows no Go: the page has none.
type noPackages struct{}

func (noPackages) Import(path string) (*types.Package, error) {
	return nil, fmt.Errorf("the playground has no Go packages, so not %s either; `durablegen run` has those of your module", path)
}
