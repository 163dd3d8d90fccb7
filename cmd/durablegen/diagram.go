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
	"github.com/durablegen/durablegen/cmd/durablegen/internal/terminal"
	"github.com/durablegen/durablegen/dsl"
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
    durablegen diagram . --sequence --format png > order.png`,
		Args: atMost(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			d.stdout, d.stderr = cmd.OutOrStdout(), cmd.ErrOrStderr()
			return d.run(cmd.Context(), args)
		},
	}
	cmd.Flags().StringVar(&d.workflow, "workflow", "", "the `NAME` of the workflow, if there are several")
	cmd.Flags().StringVar(&d.detail, "detail", "normal", "how much is drawn: overview, normal or full")
	cmd.Flags().BoolVar(&d.sequence, "sequence", false, "the sequence diagram: who calls whom")
	cmd.Flags().StringVar(&d.format, "format", "mermaid", "what is printed: mermaid, text, svg or png")
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
	sequence                 bool
	stdout, stderr           io.Writer
}

func (d *drawer) run(ctx context.Context, args []string) error {
	detail, ok := visualize.ParseDetail(d.detail)
	switch {
	case !slices.Contains(formats, d.format):
		return usagef("--format %s: must be one of %s", d.format, words.List(formats))
	case d.format == "text" && d.sequence:
		return usagef("--format text has no sequence diagrams; leave out --sequence, or choose mermaid, svg or png")
	case d.format == "png" && terminal.IsTerminal(d.stdout):
		return usagef("--format png is no text; send it to a file: > diagram.png")
	}
	if !ok {
		return usagef("--detail %s: must be one of %s", d.detail, words.List(details))
	}
	folders, err := flowdir.Find(args)
	if err != nil {
		return err
	}
	if len(folders) != 1 {
		return usagef("%s: a diagram is of one package", words.List(args))
	}
	p, err := flowdir.Load(folders[0], dsl.CheckOptions{})
	if err != nil {
		return err
	}
	if p.Program == nil {
		terminal.Diagnostics(d.stderr, p.Shown, p.Diagnostics)
		return terminal.No
	}
	w, err := p.Workflow(d.workflow)
	if err != nil {
		return err
	}
	out, err := d.draw(ctx, p.Program, w, detail)
	if err != nil {
		return err
	}
	_, err = d.stdout.Write(out)
	return err
}

func (d *drawer) draw(ctx context.Context, p *dsl.Program, w *dsl.WorkflowDecl, detail visualize.Detail) ([]byte, error) {
	if d.format == "text" {
		return []byte(visualize.Text(p, w, detail, terminal.Width(d.stdout, 100))), nil
	}
	text := visualize.Mermaid(p, w, detail)
	if d.sequence {
		text = visualize.Sequence(p, w)
	}
	if d.format == "mermaid" {
		if visualize.TooLarge(text) {
			fmt.Fprintln(d.stderr, "durablegen: GitHub does not draw a diagram of this size; --detail overview is smaller, --format svg draws it here")
		}
		return []byte(text), nil
	}
	drawn, err := picture.Draw(ctx, console.Mermaid(), text)
	switch {
	case errors.Is(err, picture.ErrNoBrowser):
		return nil, fmt.Errorf("--format %s: %w; --format text and --format mermaid need none", d.format, err)
	case err != nil:
		return nil, fmt.Errorf("--format %s: %w", d.format, err)
	case d.format == "png":
		return drawn.PNG(ctx)
	}
	return drawn.SVG(), nil
}
