package purity

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/gobuild"
	"github.com/durablegen/durablegen/dsl"
)

// The codes of what Vet reports, for programs.
const (
	codeImpure  dsl.Code = "impure-func"
	codeMisfit  dsl.Code = "func-signature"
	codeMissing dsl.Code = "func-missing"
	codeStray   dsl.Code = "stray-directive"
)

// Vet tells what is wrong with the Go funcs that a program declares, whose Go package lies
// in a folder: those that are missing, have another signature, or are not pure. The Go
// files that problems are in join the sources that are shown.
func Vet(dir string, program *dsl.Program, shown *dsl.SourceSet) (dsl.Diagnostics, error) {
	var decls []*dsl.FuncDecl
	var names []string
	for _, d := range program.Funcs {
		if d.InGo() {
			decls = append(decls, d)
			names = append(names, d.Name.Text)
		}
	}
	if len(decls) == 0 {
		return nil, nil
	}
	pkg, err := Examine(dir, names)
	if err != nil {
		return nil, err
	}
	r := vetReport{shown: shown, pkg: pkg}
	for _, d := range decls {
		r.signature(d)
	}
	switch {
	case len(r.problems) == 0 && len(pkg.Errors) > 0:
		return nil, fmt.Errorf("%s: the Go code does not compile, so nothing can be proved (is what `durablegen generate` writes current?):%s", dir, compilerSays(pkg.Errors))
	case len(pkg.Errors) == 0:
		for _, d := range decls {
			r.purity(d)
		}
		for _, at := range pkg.Strays() {
			r.problems = append(r.problems, dsl.Diagnostic{
				Code: codeStray, Span: r.span(at), Message: "this directive says nothing here",
				Help: "`//durablegen:pure REASON` stands in the comment of the function that it is about",
			})
		}
	}
	return r.problems, nil
}

// compilerSays lists errors below a message, each with its place as it is from here.
func compilerSays(errs []packages.Error) string {
	var b strings.Builder
	for _, e := range errs {
		text := strings.ReplaceAll(strings.TrimSpace(e.Msg), "\n", "\n    ")
		if e.Pos != "" && e.Pos != "-" {
			text = gobuild.ShownFile(e.Pos) + ": " + text
		}
		b.WriteString("\n    " + text)
	}
	return b.String()
}

// vetReport collects what is wrong with the Go funcs of one package.
type vetReport struct {
	shown    *dsl.SourceSet
	pkg      *Package
	goFiles  map[string]*dsl.Source
	problems dsl.Diagnostics
}

// signature reports a func that is not there, or not as it is declared.
func (r *vetReport) signature(d *dsl.FuncDecl) {
	fn := r.pkg.Func(d.Name.Text)
	if fn == nil {
		r.problems = append(r.problems, dsl.Diagnostic{
			Code: codeMissing, Span: d.Name.Span,
			Message: fmt.Sprintf("func `%s` has no body here, and there is no Go function `%s` in the package", d.Name.Text, d.Name.Text),
			Help:    "write it in Go (`durablegen generate` begins it), or give it a body: `= …`",
		})
		return
	}
	if want := Misfit(fn, d); want != "" {
		r.problems = append(r.problems, dsl.Diagnostic{
			Code: codeMisfit, Span: r.span(r.pkg.Place(fn)),
			Message: fmt.Sprintf("the Go function `%s` does not have the signature that it is declared with", d.Name.Text),
			Notes:   []dsl.Note{{Span: d.Name.Span, Message: "it is declared here"}},
			Help:    "write `" + want + "`, or change the declaration",
		})
	}
}

// purity reports what makes a func impure.
func (r *vetReport) purity(d *dsl.FuncDecl) {
	fn := r.pkg.Func(d.Name.Text)
	if fn == nil {
		return
	}
	for _, chain := range r.pkg.Impure(fn) {
		problem := dsl.Diagnostic{
			Code: codeImpure, Span: r.span(chain[0].Place),
			Message: fmt.Sprintf("func `%s` is not pure: it %s", d.Name.Text, chain),
			Help:    advice(d.Name.Text, chain),
		}
		for _, step := range chain[1:] {
			if step.Place.Known() {
				problem.Notes = append(problem.Notes, dsl.Note{Span: r.span(step.Place), Message: "`" + step.Who + "` " + step.Does})
			}
		}
		problem.Notes = append(problem.Notes, dsl.Note{Span: d.Name.Span, Message: fmt.Sprintf("`%s` is declared as a func, which replays call again", d.Name.Text)})
		r.problems = append(r.problems, problem)
	}
}

// advice says what to do about an impure func.
func advice(name string, chain Chain) string {
	step := "make `" + name + "` a step, whose result is recorded"
	switch last := chain[len(chain)-1].Does; {
	case strings.Contains(last, "without a reason"):
		return "write the reason behind it, on the same line"
	case strings.Contains(last, "reads the clock"):
		return step + ", or give it the time as an argument: `step now()` tells it"
	case strings.Contains(last, "draws random numbers"):
		return step + ", or give it the number as an argument: `step random()` and `step uuid()` draw them"
	case strings.Contains(last, "of a map"), strings.Contains(last, "over a map"):
		return "go through the keys in order, as in `for _, k := range slices.Sorted(maps.Keys(m))`; or " + step
	case strings.Contains(last, "address"):
		return "print what the pointers point to; or " + step
	case strings.Contains(last, "time zone of the machine"):
		return "use UTC, or a zone that is given as an argument; or " + step
	}
	return step + ", or give it what it needs as arguments; if you know that it is pure, say why in its comment: `//durablegen:pure …`"
}

// span gives a place in a Go file among the sources that are shown.
func (r *vetReport) span(p Place) dsl.Span {
	src := r.goFiles[p.File]
	if src == nil {
		text, err := os.ReadFile(p.File)
		if err != nil {
			return dsl.Span{}
		}
		if r.goFiles == nil {
			r.goFiles = map[string]*dsl.Source{}
		}
		src = r.shown.Add(gobuild.ShownFile(p.File), text)
		r.goFiles[p.File] = src
	}
	start := min(p.Offset, len(src.Text))
	return dsl.Span{Start: src.Pos(start), End: src.Pos(min(start+p.Length, len(src.Text)))}
}
