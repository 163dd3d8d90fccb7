package main

import (
	"errors"
	"io"

	"github.com/spf13/cobra"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/flowdir"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/purity"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/terminal"
	"github.com/durablegen/durablegen/dsl"
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

type vetter struct {
	format string
	stdout io.Writer
}

func (v *vetter) run(args []string) error {
	if err := oneOf("--format", v.format, reportFormats); err != nil {
		return err
	}
	folders, findErr := flowdir.Find(args)
	errs := []error{findErr}
	failed := false
	for _, folder := range folders {
		p, err := flowdir.Load(folder, dsl.CheckOptions{})
		if err == nil && p.Program != nil {
			p.Diagnostics, err = purity.Vet(p.Dir, p.Program, p.Shown)
			if v.format == "text" { // people get the whole story, and no code to look up
				for i := range p.Diagnostics {
					p.Diagnostics[i].Code = ""
				}
			}
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if p.Diagnostics.HasErrors() {
			failed = true
			writeProblems(v.stdout, v.format, p.Shown, p.Diagnostics)
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
