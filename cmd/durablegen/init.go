package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/generate"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/starter"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/terminal"
)

func newInitCommand() *cobra.Command {
	var module, checkout string
	cmd := &cobra.Command{
		Use:   "init [DIR]",
		Short: "Begin a package with a small workflow that runs and tests",
		Long: `Init writes a small workflow of your own into a folder: greet.flow, its steps in Go,
a test, a Lambda main, an input, and what is generated of it. In a Go module it adds
a package; elsewhere it makes a module, with .gitignore and checks for CI. The module
gets durablegen as a tool. Nothing that is there is touched but go.mod and go.sum.

    durablegen init hello
    durablegen init hello --module github.com/you/hello
    durablegen init ./internal/billing     # in a module: one more package

Without a folder it takes the current one.`,
		Args: atMost(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := interruptible(cmd.Context())
			defer stop()
			dir := "."
			if len(args) > 0 {
				dir = args[0]
			}
			p, err := starter.Plan(dir, module)
			if err != nil {
				return err
			}
			return begin(ctx, p, checkout, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f := cmd.Flags()
	f.StringVar(&module, "module", "", "the `PATH` of the new module (default example.com/ and the folder's name)")
	f.StringVar(&checkout, "checkout", "", "the `DIR` of a checkout of durablegen, to be used in place of the published module")
	return cmd
}

// begin makes a project, and says what can be done with it.
func begin(ctx context.Context, p *starter.Project, checkout string, stdout, stderr io.Writer) error {
	tidy, err := p.Prepare(ctx, checkout)
	if err != nil {
		return err
	}
	if p.Module != "" {
		fmt.Fprintln(stdout, "wrote", filepath.Join(p.Dir, "go.mod"))
	}
	files, err := p.Files()
	if err != nil {
		return err
	}
	changes, err := generate.Changes(files)
	if err != nil {
		return err
	}
	if err := generate.Apply(changes, stdout); err != nil {
		return err
	}
	g := generator{stdout: stdout, stderr: stderr}
	if err := g.run([]string{p.Dir}); err != nil {
		return err
	}
	if tidy {
		if err := p.Tidy(ctx); err != nil {
			return fmt.Errorf("all is written, but %w", err)
		}
	}
	fmt.Fprint(stdout, "\nnext:\n")
	if work := p.Workspace(ctx); work != "" {
		fmt.Fprintf(stdout, "    go work use %s    # %s does not know it yet\n", terminal.Quote(p.Dir), work)
	}
	if p.Dir != "." {
		fmt.Fprintf(stdout, "    cd %s\n", terminal.Quote(p.Dir))
	}
	fmt.Fprint(stdout, "    go tool durablegen run .\n    go test ./...\n")
	return nil
}
