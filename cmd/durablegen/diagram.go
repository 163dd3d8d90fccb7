package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/console"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/flowdir"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/picture"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/review"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/revision"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/terminal"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/changes"
	"github.com/durablegen/durablegen/internal/near"
	"github.com/durablegen/durablegen/internal/words"
	"github.com/durablegen/durablegen/visualize"
)

func newDiagramCommand() *cobra.Command {
	var d drawer
	cmd := &cobra.Command{
		Use:   "diagram [PATH]",
		Short: "Print a workflow's diagram",
		Long: `Diagram prints the flowchart of a workflow: as Mermaid text, for pipes and for pages
that "durablegen generate" does not keep; as an outline for the terminal; or as a
picture, which Chromium or Chrome draws (DURABLEGEN_CHROMIUM says which, if it is not
found by its name). PATH is a folder or a .flow file; without it, it is the current
folder.

    durablegen diagram order.flow --format text
    durablegen diagram order.flow --format svg > order.svg
    durablegen diagram . --workflow fulfilOrder --detail full
    durablegen diagram . --sequence --format png > order.png
    durablegen diagram --base main             what the edits since main have changed
    durablegen diagram --coverage covered      what tests have taken, and what not

With --base one diagram shows two versions: what is added, gone and changed since a
revision of git. An operation is the same in both where its identity is. With --coverage
it shows what tests have taken: see "durablegen coverage".`,
		Args: atMost(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			d.stdout, d.stderr = cmd.OutOrStdout(), cmd.ErrOrStderr()
			return d.run(cmd.Context(), args)
		},
	}
	cmd.Flags().StringVar(&d.workflow, "workflow", "", "the `NAME` of the workflow, if there are several")
	cmd.Flags().StringVar(&d.detail, "detail", "normal", "how much is drawn: overview, normal or full")
	cmd.Flags().BoolVar(&d.sequence, "sequence", false, "the sequence diagram: who calls whom")
	cmd.Flags().StringVar(&d.base, "base", "", "draw what has changed since a `REV`ision of git")
	cmd.Flags().StringVar(&d.coverage, "coverage", "", "draw what tests have taken: the `FOLDER` that they have written to")
	cmd.Flags().StringVar(&d.format, "format", "mermaid", "what is printed: mermaid, text, svg or png")
	_ = cmd.RegisterFlagCompletionFunc("workflow", workflowsIn(nil))
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(formats, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("detail", cobra.FixedCompletions(details, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

var (
	details = []string{"overview", "normal", "full"}
	formats = []string{"mermaid", "text", "svg", "png"}
)

type drawer struct {
	workflow, detail, format string
	base                     string // empty for a diagram of what there is now
	coverage                 string // folder of a profile; empty for a diagram without
	sequence                 bool
	stdout, stderr           io.Writer
}

func (d *drawer) run(ctx context.Context, args []string) error {
	detail, ok := visualize.ParseDetail(d.detail)
	if err := oneOf("--format", d.format, formats); err != nil {
		return err
	}
	switch {
	case d.format == "text" && d.sequence:
		return usagef("--format text has no sequence diagrams; leave out --sequence, or choose mermaid, svg or png")
	case d.base != "" && d.sequence:
		return usagef("--base draws no sequence diagrams; leave out --sequence")
	case d.coverage != "" && (d.sequence || d.base != ""):
		return usagef("--coverage is drawn over the flowchart of what there is now; leave out --sequence and --base")
	case d.format == "png" && terminal.IsTerminal(d.stdout):
		return usagef("--format png is no text; send it to a file: > diagram.png")
	}
	if !ok {
		return usagef("--detail %s: must be one of %s", d.detail, words.List(details))
	}
	draw, err := d.what(args, detail)
	if err != nil {
		return err
	}
	out, err := d.draw(ctx, draw)
	if err != nil {
		return err
	}
	_, err = d.stdout.Write(out)
	return err
}

// drawn is what is to be drawn, in either form.
type drawn struct {
	mermaid func() string
	text    func(width int) string
}

// what finds the workflow, or the two versions of it.
func (d *drawer) what(args []string, detail visualize.Detail) (drawn, error) {
	if d.base != "" {
		return d.change(args, detail)
	}
	folders, err := flowdir.Find(args)
	if err != nil {
		return drawn{}, err
	}
	if len(folders) != 1 {
		return drawn{}, usagef("%s: a diagram is of one package", words.List(args))
	}
	p, err := flowdir.Load(folders[0], dsl.CheckOptions{})
	if err != nil {
		return drawn{}, err
	}
	if p.Program == nil {
		terminal.Diagnostics(d.stderr, p.Shown, p.Diagnostics)
		return drawn{}, terminal.No
	}
	w, err := p.Workflow(d.workflow)
	if err != nil {
		return drawn{}, err
	}
	if d.coverage != "" {
		return d.covered(p, w, detail)
	}
	mermaid := func() string { return visualize.Mermaid(p.Program, w, detail) }
	if d.sequence {
		mermaid = func() string { return visualize.Sequence(p.Program, w) }
	}
	return drawn{mermaid, func(width int) string { return visualize.Text(p.Program, w, detail, width) }}, nil
}

// covered finds what tests have taken of a workflow.
func (d *drawer) covered(p *flowdir.Package, w *dsl.WorkflowDecl, detail visualize.Detail) (drawn, error) {
	runs, err := readProfile(d.coverage, d.stderr)
	if err != nil {
		return drawn{}, err
	}
	c, err := covered(p, runs, d.stderr)
	if err != nil {
		return drawn{}, err
	}
	of := c.Of(w)
	return drawn{func() string { return of.Mermaid(detail) }, func(width int) string { return of.Text(detail, width) }}, nil
}

// change finds both versions of a workflow: that of the name, or the only one, or the only
// one that has changed.
func (d *drawer) change(args []string, detail visualize.Detail) (drawn, error) {
	pairs, err := revision.Since(d.base, args)
	if err != nil {
		return drawn{}, err
	}
	if len(pairs) != 1 {
		return drawn{}, usagef("%s: a diagram is of one package", words.List(args))
	}
	r, _, err := revision.Compare(pairs[0])
	if err != nil {
		return drawn{}, err
	}
	var names, edited []string
	for _, w := range r.Workflows {
		names = append(names, w.Name)
		if slices.ContainsFunc(w.Changes, func(c *changes.Change) bool { return c.Call == "" }) { // not what it calls
			edited = append(edited, w.Name)
		}
	}
	name := d.workflow
	switch {
	case name != "" && !slices.Contains(names, name):
		return drawn{}, fmt.Errorf("no workflow has the name `%s`, neither now nor at %s; %s", name, d.base, near.Help(name, names))
	case name != "":
	case len(edited) == 1:
		name = edited[0]
	case len(names) == 1:
		name = names[0]
	case len(names) == 0:
		return drawn{}, errors.New("there is no workflow here, neither now nor at " + d.base)
	case len(edited) == 0:
		return drawn{}, fmt.Errorf("no workflow has changed since %s; choose one with --workflow: %s", d.base, words.List(names))
	default:
		return drawn{}, fmt.Errorf("several workflows have changed since %s; choose one with --workflow: %s", d.base, words.List(edited))
	}
	for _, w := range r.Workflows {
		if w.Name == name && len(w.Changes) > 0 && w.Changes[0].Kind == changes.Unclear {
			return drawn{}, fmt.Errorf("workflow `%s`: %s", name, w.Changes[0].Text)
		}
	}
	c := review.Picture(r, name)
	return drawn{func() string { return c.Mermaid(detail) }, func(width int) string { return c.Text(detail, width) }}, nil
}

func (d *drawer) draw(ctx context.Context, of drawn) ([]byte, error) {
	if d.format == "text" {
		return []byte(of.text(terminal.Width(d.stdout, 100))), nil
	}
	text := of.mermaid()
	if d.format == "mermaid" {
		if visualize.TooLarge(text) {
			fmt.Fprintln(d.stderr, "durablegen: GitHub does not draw a diagram of this size; --detail overview is smaller, --format svg draws it here")
		}
		return []byte(text), nil
	}
	image, err := picture.Draw(ctx, console.Mermaid(), text)
	switch {
	case errors.Is(err, picture.ErrNoBrowser):
		return nil, fmt.Errorf("--format %s: %w; --format text and --format mermaid need none", d.format, err)
	case err != nil:
		return nil, fmt.Errorf("--format %s: %w", d.format, err)
	case d.format == "png":
		return image.PNG(ctx)
	}
	return image.SVG(), nil
}
