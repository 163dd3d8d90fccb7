package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/flowdir"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/generate"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/terminal"
	"github.com/durablegen/durablegen/internal/words"
)

func newGenerateCommand() *cobra.Command {
	var g generator
	cmd := &cobra.Command{
		Use:   "generate [PATH...]",
		Short: "Write the Go code and the diagrams of .flow files",
		Long: `Generate compiles the .flow files of each folder named, as one package a folder, and
writes beside order.flow:

    order_flow.go    the Go code: types, errors, the Steps interface, the handlers
    order.flow.md    a diagram of each workflow

What is missing for a first build is written once, for you to go on with: steps.go
with a method for each step, and bootstrap/main.go, the Lambda main. Regions of
Markdown files that are marked are kept current, in the folder, below and above it:

    <!-- durablegen: diagram fulfilOrder from order.flow -->
    <!-- /durablegen -->

Only generated files are ever replaced, and only if they change. Without a path it
takes the current folder.

    durablegen generate ./...             all folders below this one
    durablegen generate --check ./...     change nothing; list what is stale: status 1
    durablegen generate --diff            change nothing; show what would change

In a Go file of the package:

    //go:generate go tool durablegen generate`,
		RunE: func(cmd *cobra.Command, args []string) error {
			defer collectSeldom()()
			g.stdout, g.stderr = cmd.OutOrStdout(), cmd.ErrOrStderr()
			return g.run(args)
		},
	}
	cmd.Flags().BoolVar(&g.check, "check", false, "change nothing; list what is stale, with status 1 if anything is")
	cmd.Flags().BoolVar(&g.diff, "diff", false, "change nothing; show what would change")
	return cmd
}

// collectSeldom suits a command that ends soon and keeps little: it saves a fifth of its
// CPU. again restores what was.
func collectSeldom() (again func()) {
	before := debug.SetGCPercent(400)
	return func() { debug.SetGCPercent(before) }
}

type generator struct {
	check, diff    bool
	stdout, stderr io.Writer
}

func (g *generator) run(args []string) error {
	only := g.check || g.diff
	plan := generate.Plan{Stubs: !only, Report: func(p *flowdir.Package) { terminal.Diagnostics(g.stderr, p.Shown, p.Diagnostics) }}
	changes, planErr := plan.Changes(args)
	if only {
		for _, c := range changes {
			if err := g.show(c); err != nil {
				return err
			}
		}
	} else {
		if err := plan.Apply(changes, g.stdout); err != nil {
			return err
		}
		for _, n := range plan.Notes {
			fmt.Fprintln(g.stderr, n)
		}
	}
	switch {
	case errors.Is(planErr, generate.ErrBroken):
		return terminal.No
	case planErr != nil:
		return planErr
	case g.check && len(changes) > 0:
		fmt.Fprintf(g.stderr, "durablegen: %s stale; `durablegen generate` makes them current\n", are(len(changes), "file"))
		return terminal.No
	}
	return nil
}

func are(n int, noun string) string {
	if n == 1 {
		return "1 " + noun + " is"
	}
	return words.Count(n, noun) + " are"
}

// show prints what a change would be.
func (g *generator) show(c generate.Change) error {
	if !g.diff {
		_, err := fmt.Fprintln(g.stdout, c.Path)
		return err
	}
	before := c.Path
	if !c.Exists {
		before = os.DevNull
	}
	_, err := g.stdout.Write(diff.Diff(before, c.Old, c.Path+" (generated)", c.Data))
	return err
}
