package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/tools/go/packages"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/flowdir"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/purity"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/terminal"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/words"
)

func newVetCommand() *cobra.Command {
	var v vetter
	cmd := &cobra.Command{
		Use:   "vet [PATH...]",
		Short: "Prove that the Go funcs of .flow files are pure",
		Long: `Vet looks at each Go function that a .flow file declares as a func without a body,
and proves that it is pure, through all that it calls: no clock, random numbers,
environment, files, network, goroutines, variables that change, or maps in any order.
What it can't prove it reports, with the way from the func to what is impure. Of a
function that you have looked at yourself, say so in its comment, with a reason:

    //durablegen:pure the cache gives what would be computed

It prints nothing if all is well. Without a path it looks at the current folder.

    durablegen vet ./...                     all folders below this one
    durablegen vet --format json ./...       one JSON object a line
    durablegen vet --format github ./...     annotations in GitHub Actions

Exit status: 0 if all is proved, 1 if not, 2 if the Go code can't be read.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			v.stdout = cmd.OutOrStdout()
			return v.run(args)
		},
	}
	cmd.Flags().StringVar(&v.format, "format", "text", "how to print problems: text, json or github")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(reportFormats, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// What vet reports has codes for programs. People get the whole story at once.
const (
	codeImpure  dsl.Code = "impure-func"
	codeMisfit  dsl.Code = "func-signature"
	codeMissing dsl.Code = "func-missing"
	codeStray   dsl.Code = "stray-directive"
)

type vetter struct {
	format string
	stdout io.Writer
}

func (v *vetter) run(args []string) error {
	if !slices.Contains(reportFormats, v.format) {
		return usagef("--format %s: must be one of %s", v.format, words.List(reportFormats))
	}
	folders, findErr := flowdir.Find(args)
	errs := []error{findErr}
	failed := false
	for _, folder := range folders {
		p, err := flowdir.Load(folder, dsl.CheckOptions{})
		if err == nil && p.Program != nil {
			p.Diagnostics, err = v.vet(p)
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if p.Diagnostics.HasErrors() {
			failed = true
			(&checker{format: v.format, stdout: v.stdout}).report(p)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if failed {
		return terminal.No
	}
	return nil
}

// vet examines the Go funcs of a package. The Go files that problems are in join
// the sources that are shown.
func (v *vetter) vet(p *flowdir.Package) (dsl.Diagnostics, error) {
	var decls []*dsl.FuncDecl
	var names []string
	for _, d := range p.Program.Funcs {
		if d.InGo() {
			decls = append(decls, d)
			names = append(names, d.Name.Text)
		}
	}
	if len(decls) == 0 {
		return nil, nil
	}
	pkg, err := purity.Examine(p.Dir, names)
	if err != nil {
		return nil, err
	}
	r := vetReport{shown: p.Shown, pkg: pkg}
	for _, d := range decls {
		r.signature(d)
	}
	switch {
	case len(r.problems) == 0 && len(pkg.Errors) > 0:
		return nil, fmt.Errorf("%s: the Go code does not compile, so nothing can be proved (is what `durablegen generate` writes current?):%s", p.Dir, compilerSays(pkg.Errors))
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
	if v.format == "text" {
		for i := range r.problems {
			r.problems[i].Code = ""
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
			text = shownGoFile(e.Pos) + ": " + text
		}
		b.WriteString("\n    " + text)
	}
	return b.String()
}

// vetReport collects what is wrong with the Go funcs of one package.
type vetReport struct {
	shown    *dsl.SourceSet
	pkg      *purity.Package
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
	if want := purity.Misfit(fn, d); want != "" {
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
func advice(name string, chain purity.Chain) string {
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
func (r *vetReport) span(p purity.Place) dsl.Span {
	src := r.goFiles[p.File]
	if src == nil {
		text, err := os.ReadFile(p.File)
		if err != nil {
			return dsl.Span{}
		}
		if r.goFiles == nil {
			r.goFiles = map[string]*dsl.Source{}
		}
		src = r.shown.Add(shownGoFile(p.File), text)
		r.goFiles[p.File] = src
	}
	start := min(p.Offset, len(src.Text))
	return dsl.Span{Start: src.Pos(start), End: src.Pos(min(start+p.Length, len(src.Text)))}
}

// shownGoFile gives the name of a file as people see it: from here, if it is below.
func shownGoFile(path string) string {
	here, err := os.Getwd()
	if err != nil {
		return path
	}
	if rel, err := filepath.Rel(here, path); err == nil && filepath.IsLocal(rel) {
		return rel
	}
	return path
}
