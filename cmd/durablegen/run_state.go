package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/answers"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/flowdir"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/gobuild"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/jsontext"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/local"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/terminal"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/values"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/near"
	"github.com/durablegen/durablegen/internal/words"
	"github.com/durablegen/durablegen/runtime/engine"
)

// runState is what a `run` finds out on its way, in this order.
type runState struct {
	target   *gobuild.Target
	storage  local.Data
	former   *engine.Execution // of the same name, from an earlier run; nil: none
	packages []*flowdir.Package
	binary   string
	all      []gobuild.Function
	event    *string // the input; nil: none
	outside  *answers.Answers
	programs string // the folder that the packages of programs are relative to
	started  bool
}

func (r *runner) run(ctx context.Context) (err error) {
	if r.target, err = gobuild.Resolve(ctx, r.pkg); err != nil {
		return err
	}
	if err := r.openData(); err != nil {
		return err
	}
	if err := r.lookBack(ctx); err != nil {
		return err
	}
	if r.former != nil && r.former.Status.Closed() {
		r.packages = loadAll(r.target.Flow)
		return r.tellEnd(r.former, true)
	}
	if r.packages, err = prepare(ctx, r.target, r.pkg, r.stderr); err != nil {
		return err
	}
	// What can be wrong with the input and the answers is told before the build,
	// which takes longer, if it is clear what workflow is meant.
	if name := r.onlyWorkflow(); name != "" {
		r.workflow = name
		if err := r.readFiles(); err != nil {
			return err
		}
	}
	r.binary = filepath.Join(r.storage.Bin(), "bootstrap")
	if r.all, err = buildFunction(ctx, r.target, r.storage, r.binary, r.packages, r.stderr); err != nil {
		return err
	}
	if err := r.chooseWorkflow(); err != nil {
		return err
	}
	if r.outside == nil {
		if err := r.readFiles(); err != nil {
			return err
		}
	}
	if r.name == "" {
		r.name = local.NewExecutionName(r.workflow, time.Now())
	}
	return r.execute(ctx)
}

// openData finds the data folder.
func (r *runner) openData() (err error) {
	if r.name != "" {
		if err := local.CheckExecutionName(r.name); err != nil {
			return err
		}
	}
	r.storage = local.Data{Dir: r.data}
	if r.data == "" {
		r.storage, err = local.DefaultData(r.target.Dir)
	} else {
		r.storage.Dir, err = filepath.Abs(r.data)
	}
	if err != nil {
		return err
	}
	return r.storage.Make()
}

// lookBack finds the execution of the same name that an earlier run left.
func (r *runner) lookBack(ctx context.Context) error {
	if r.name == "" {
		return nil
	}
	store := r.storage.Execution(r.name)
	if _, err := os.Stat(store); err != nil {
		return nil
	}
	former, err := local.Former(ctx, store, r.name)
	if err != nil || former == nil {
		return err
	}
	if r.workflow != "" && r.workflow != former.Function {
		return fmt.Errorf("execution `%s` is one of the workflow `%s`, not of `%s`; give another --name", r.name, former.Function, r.workflow)
	}
	r.workflow = former.Function
	r.former = former
	return r.sameInput()
}

// sameInput compares an input that was given with that of the former execution.
func (r *runner) sameInput() error {
	if !r.inputGiven {
		return nil
	}
	text, name, err := r.inputText()
	if err != nil {
		return err
	}
	stored := ""
	if r.former.Input != nil {
		stored = *r.former.Input
	}
	if compact(text) == compact([]byte(stored)) {
		return nil
	}
	if name == "--input" {
		name = "the one given"
	}
	return fmt.Errorf("execution `%s` was started with another input than %s; leave --input out to go on with it, or give another --name to start anew\n"+
		"    its input: %s", r.name, name, short(stored))
}

func short(text string) string {
	if text == "" {
		return "none"
	}
	if runes := []rune(text); len(runes) > 300 {
		return string(runes[:300]) + "…"
	}
	return text
}

// onlyWorkflow gives the workflow that is meant if the .flow files alone tell: the one
// that was named, or the only one that no other calls or invokes.
func (r *runner) onlyWorkflow() string {
	var names, outermost []string
	called := map[string]bool{}
	for _, p := range r.packages {
		for _, w := range p.Program.Workflows {
			names = append(names, w.Name.Text)
			for op := range flowdir.Operations(w) {
				if name := calledBy(op); name != w.Name.Text {
					called[name] = true
				}
			}
		}
	}
	for _, p := range r.packages {
		for _, w := range p.Program.Workflows {
			if !called[w.Name.Text] {
				outermost = append(outermost, w.Name.Text)
			}
		}
	}
	switch {
	case r.workflow != "" && slices.Contains(names, r.workflow):
		return r.workflow
	case r.workflow == "" && len(outermost) == 1:
		return outermost[0]
	}
	return ""
}

// calledBy gives the name of the workflow or function that an operation calls; "" if
// it calls none.
func calledBy(op dsl.Operation) string {
	switch op := op.(type) {
	case *dsl.CallOp:
		return op.Decl.Name.Text
	case *dsl.InvokeOp:
		name, _, _ := strings.Cut(op.Decl.Target, ":")
		return name
	default: // calls no function
	}
	return ""
}

func (r *runner) chooseWorkflow() error {
	var names []string
	for _, f := range r.all {
		names = append(names, f.Name)
	}
	slices.Sort(names)
	switch {
	case slices.Contains(names, r.workflow):
		return nil
	case r.workflow != "":
		help := near.Help(r.workflow, names)
		return fmt.Errorf("no workflow has the name `%s`; %s", r.workflow, help)
	case len(names) == 1:
		r.workflow = names[0]
		return nil
	}
	return fmt.Errorf("%s has several workflows; choose one with --workflow: %s", r.pkg, words.List(names))
}

// decl gives the workflow's declaration; nil if it is written in Go.
func (r *runner) decl() *dsl.WorkflowDecl {
	for _, p := range r.packages {
		if p.Program == nil {
			continue
		}
		for _, w := range p.Program.Workflows {
			if w.Name.Text == r.workflow {
				return w
			}
		}
	}
	return nil
}

// readFiles reads the input and the answers, and shows all that is wrong with them.
func (r *runner) readFiles() error {
	if err := r.readInput(); err != nil {
		return err
	}
	return r.readAnswers()
}

func (r *runner) readInput() error {
	if r.former != nil {
		r.event = r.former.Input
		return nil
	}
	text, name, err := r.inputText()
	if err != nil {
		return err
	}
	w := r.decl()
	if text == nil {
		if w != nil && len(w.Params) > 0 {
			return fmt.Errorf("workflow `%s` needs an input: %s; give it with --input, or in %s", r.workflow, inputPattern(w), filepath.Join(gobuild.Shown(r.target.Dir), "input.json"))
		}
		return nil
	}
	value, problems := jsontext.Parse(text)
	if problems == nil && w != nil {
		problems = values.CheckEvent(value, w.Params)
	}
	if problems != nil {
		showProblems(r.stderr, name, text, problems)
		return status(exitCannot)
	}
	event := compact(text)
	r.event = &event
	return nil
}

// inputPattern is an example of a workflow's input.
func inputPattern(w *dsl.WorkflowDecl) string {
	if len(w.Params) == 1 {
		return terminal.Example(w.Params[0].Var.Type)
	}
	var parts []string
	for _, p := range w.Params {
		parts = append(parts, fmt.Sprintf("%q: %s", p.Name.Text, terminal.Example(p.Var.Type)))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// inputText gives the input and what to call it; nil if there is none.
func (r *runner) inputText() (text []byte, name string, err error) {
	switch {
	case r.inputGiven && r.input == "-":
		text, err = io.ReadAll(r.stdin)
		if err != nil {
			return nil, "", fmt.Errorf("standard input can't be read: %w", err)
		}
		return text, "<stdin>", nil
	case r.inputGiven:
		return fileOrJSON("--input", r.input)
	}
	return r.beside("input.json")
}

// fileOrJSON reads a flag's value: JSON itself, or the name of a file.
func fileOrJSON(flag, value string) (text []byte, name string, err error) {
	text, err = os.ReadFile(value)
	switch trimmed := strings.TrimSpace(value); {
	case err == nil:
		return text, value, nil
	case strings.HasPrefix(trimmed, "{") || strings.HasPrefix(trimmed, "[") || strings.HasPrefix(trimmed, `"`) || json.Valid([]byte(trimmed)):
		return []byte(value), flag, nil
	case errors.Is(err, fs.ErrNotExist):
		return nil, "", fmt.Errorf("%s %s: neither a file nor JSON", flag, shellQuote(value))
	}
	return nil, "", fmt.Errorf("%s: can't be read: %w", value, words.Cause(err))
}

// beside reads a file that lies beside the package or its Lambda main; nil if there
// is none.
func (r *runner) beside(name string) ([]byte, string, error) {
	for _, dir := range append([]string{r.target.Dir, r.target.Main}, r.target.Flow...) {
		path := filepath.Join(dir, name)
		text, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, "", fmt.Errorf("%s: can't be read: %w", gobuild.Shown(path), words.Cause(err))
		}
		return text, gobuild.ShownFile(path), nil
	}
	return nil, "", nil
}

func (r *runner) readAnswers() error {
	text, name, err := []byte(nil), "", error(nil)
	r.programs = r.target.Dir
	if r.answersGiven {
		text, name, err = fileOrJSON("--answers", r.answers)
		if err == nil && name != "--answers" {
			r.programs, err = filepath.Abs(filepath.Dir(name))
		}
	} else {
		text, name, err = r.beside("answers.json")
		if name != "" {
			r.programs, _ = filepath.Abs(filepath.Dir(name))
		}
	}
	if err != nil {
		return err
	}
	if text == nil {
		r.outside = new(answers.Answers)
		return nil
	}
	var known []answers.Callback
	if r.decl() != nil { // workflows written in Go tell nothing of their callbacks
		known = callbacksOf(r.packages)
	}
	a, problems := answers.Parse(text, known)
	if problems != nil {
		showProblems(r.stderr, name, text, problems)
		return status(exitCannot)
	}
	r.outside = a
	return nil
}

// callbacksOf lists the callbacks of packages with the labels under which they are used.
func callbacksOf(packages []*flowdir.Package) []answers.Callback {
	known := []answers.Callback{}
	for _, p := range packages {
		for _, d := range p.Program.Callbacks {
			c := answers.Callback{Names: []string{d.Name.Text}, Result: d.ResultType, Fails: d.Fails}
			for _, w := range p.Program.Workflows {
				for op := range flowdir.Operations(w) {
					if segment := op.Base().Segment; flowdir.CallbackOf(op) == d && !slices.Contains(c.Names, segment) {
						c.Names = append(c.Names, segment)
					}
				}
			}
			known = append(known, c)
		}
	}
	return known
}

// callback finds the declaration of an open callback by the name of the operation;
// nil if it is not known. A workflow's own operations come before those of workflows
// that it may call.
func (r *runner) callback(cb engine.OpenCallback) *dsl.CallbackDecl {
	var elsewhere *dsl.CallbackDecl
	for _, p := range r.packages {
		if p.Program == nil {
			continue
		}
		for _, w := range p.Program.Workflows {
			for op := range flowdir.Operations(w) {
				switch d := flowdir.CallbackOf(op); {
				case d == nil || op.Base().Segment != cb.Name:
				case w.Name.Text == cb.Function:
					return d
				case elsewhere == nil:
					elsewhere = d
				}
			}
		}
	}
	return elsewhere
}

// callbackNames gives the names under which the answers may have a callback.
func (r *runner) callbackNames(cb engine.OpenCallback) []string {
	names := []string{cb.Name}
	if d := r.callback(cb); d != nil && d.Name.Text != cb.Name {
		names = append(names, d.Name.Text)
	}
	return names
}

// showProblems prints what is wrong with a JSON text, as the compiler does.
func showProblems(w io.Writer, name string, text []byte, problems []jsontext.Problem) {
	var set dsl.SourceSet
	src := set.Add(name, text)
	showDiagnostics(w, &set, jsontext.Diagnostics(src, problems))
}

func compact(text []byte) string {
	var b bytes.Buffer
	if json.Compact(&b, text) != nil {
		return string(text)
	}
	return b.String()
}
