package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/flowdir"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/terminal"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/near"
	"github.com/durablegen/durablegen/internal/words"
	"github.com/durablegen/durablegen/visualize"
)

func newDiagramCommand() *cobra.Command {
	var d drawer
	cmd := &cobra.Command{
		Use:   "diagram [PATH]",
		Short: "Print a workflow's diagram as Mermaid text",
		Long: `Diagram prints the flowchart of a workflow as Mermaid text, for pipes and for pages
that "durablegen generate" does not keep. PATH is a folder or a .flow file; without
it, it is the current folder.

    durablegen diagram order.flow
    durablegen diagram . --workflow fulfilOrder --detail full
    durablegen diagram . --sequence | mmdc -i - -o order.svg`,
		Args: atMost(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			d.stdout, d.stderr = cmd.OutOrStdout(), cmd.ErrOrStderr()
			return d.run(args)
		},
	}
	cmd.Flags().StringVar(&d.workflow, "workflow", "", "the `NAME` of the workflow, if there are several")
	cmd.Flags().StringVar(&d.detail, "detail", "normal", "how much is drawn: overview, normal or full")
	cmd.Flags().BoolVar(&d.sequence, "sequence", false, "the sequence diagram: who calls whom")
	_ = cmd.RegisterFlagCompletionFunc("detail", cobra.FixedCompletions(details, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

var details = []string{"overview", "normal", "full"}

type drawer struct {
	workflow, detail string
	sequence         bool
	stdout, stderr   io.Writer
}

func (d *drawer) run(args []string) error {
	detail, ok := visualize.ParseDetail(d.detail)
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
	w, err := chooseDecl(p, d.workflow)
	if err != nil {
		return err
	}
	text := visualize.Mermaid(p.Program, w, detail)
	if d.sequence {
		text = visualize.Sequence(p.Program, w)
	}
	_, err = io.WriteString(d.stdout, text)
	return err
}

// chooseDecl gives the workflow of a name, or the only one among the files that were
// asked for.
func chooseDecl(p *flowdir.Package, name string) (*dsl.WorkflowDecl, error) {
	var names []string
	var found []*dsl.WorkflowDecl
	for _, w := range p.Program.Workflows {
		names = append(names, w.Name.Text)
		if w.Name.Text == name {
			return w, nil
		}
		file := p.Program.Position(w.Start).File
		for _, wanted := range p.Wanted() {
			if file == wanted {
				found = append(found, w)
			}
		}
	}
	switch {
	case name != "":
		help := near.Help(name, names)
		return nil, fmt.Errorf("%s: no workflow has the name `%s`; %s", p.Dir, name, help)
	case len(found) == 0:
		return nil, fmt.Errorf("%s: there is no workflow here", p.Dir)
	case len(found) > 1:
		return nil, fmt.Errorf("%s: there are several workflows; choose one with --workflow: %s", p.Dir, words.List(names))
	}
	return found[0], nil
}
