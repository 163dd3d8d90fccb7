package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/coverage"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/flowdir"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/terminal"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/cleantext"
	"github.com/durablegen/durablegen/internal/profile"
)

func newCoverageCommand() *cobra.Command {
	var c coverer
	cmd := &cobra.Command{
		Use:   "coverage [PATH...]",
		Short: "Tell what of workflows their tests have taken",
		Long: `Coverage tells which operations, ways, errors, ends and undos of the workflows in the
folders named the executions of a test suite have taken, at which checkpoints their process
was killed, and what is missing. Tests on runtime/durabletest write it to the folder that
DURABLETEST_COVERAGE names. Without a path it takes the current folder.

    DURABLETEST_COVERAGE=$PWD/covered go test -count=1 ./...
    durablegen coverage --profile covered ./...
    durablegen coverage --profile covered --min 90     less is exit status 1
    durablegen coverage --profile covered --format markdown >> "$GITHUB_STEP_SUMMARY"
    durablegen coverage --profile covered --format json     one object a line, for each workflow
    durablegen diagram --coverage covered --workflow NAME   drawn over the diagram

What was taken is inferred from histories, as for "durablegen show --diagram". Executions of
an earlier version of the .flow files are left aside. The folder is added to: remove it to
begin anew.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			c.stdout, c.stderr = cmd.OutOrStdout(), cmd.ErrOrStderr()
			return c.run(args)
		},
	}
	cmd.Flags().StringVar(&c.profile, "profile", "", "the `FOLDER` that tests have written to (default: what DURABLETEST_COVERAGE says)")
	cmd.Flags().Float64Var(&c.min, "min", 0, "the `PERCENT` that have to be taken, of all together")
	cmd.Flags().StringVar(&c.format, "format", "text", "how to print: text, json or markdown")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(coverageFormats, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

var coverageFormats = []string{"text", "json", "markdown"}

type coverer struct {
	profile, format string
	min             float64
	stdout, stderr  io.Writer
}

func (c *coverer) run(args []string) error {
	if err := oneOf("--format", c.format, coverageFormats); err != nil {
		return err
	}
	if c.min < 0 || c.min > 100 {
		return usagef("--min %v: must be from 0 to 100", c.min)
	}
	runs, err := readProfile(cmp.Or(c.profile, os.Getenv("DURABLETEST_COVERAGE")), c.stderr)
	if err != nil {
		return err
	}
	folders, err := flowdir.Find(args)
	errs := []error{err}
	var list []*coverage.Package
	for _, folder := range folders {
		p, err := c.folder(folder, runs)
		switch {
		case err != nil:
			errs = append(errs, err)
		case p != nil:
			list = append(list, p)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if err := c.write(list); err != nil {
		return err
	}
	if coverage.Total(list).Percent() < c.min {
		fmt.Fprintf(c.stderr, "durablegen: less than --min %v is taken\n", c.min)
		return terminal.No
	}
	return nil
}

// folder reckons what has been taken of a folder; nil if it has no workflows.
func (c *coverer) folder(f flowdir.Folder, runs []*profile.Run) (*coverage.Package, error) {
	p, err := flowdir.Load(f, dsl.CheckOptions{})
	switch {
	case err != nil:
		return nil, err
	case p.Program == nil:
		terminal.Diagnostics(c.stderr, p.Shown, p.Diagnostics)
		return nil, terminal.No
	case len(p.Program.Workflows) == 0:
		return nil, nil
	}
	return covered(p, runs, c.stderr)
}

func (c *coverer) write(list []*coverage.Package) error {
	switch c.format {
	case "json":
		return coverage.WriteJSON(c.stdout, list)
	case "markdown":
		coverage.WriteMarkdown(c.stdout, list)
	default:
		coverage.WriteText(c.stdout, list)
	}
	return nil
}

// readProfile gives the runs that tests have written to a folder.
func readProfile(dir string, stderr io.Writer) ([]*profile.Run, error) {
	if dir == "" {
		return nil, usagef("--profile is missing: the folder that tests have written to; `DURABLETEST_COVERAGE=$PWD/covered go test -count=1 ./...` writes one")
	}
	runs, cut, err := profile.Read(dir)
	switch {
	case err != nil:
		return nil, err
	case len(runs) == 0:
		return nil, fmt.Errorf("%s: no executions of tests are in this folder; `DURABLETEST_COVERAGE=%[1]s go test -count=1 ./...` writes them, by an absolute path", dir)
	}
	for _, name := range cut {
		fmt.Fprintf(stderr, "durablegen: %s: the last line is cut off: its process was killed as it wrote\n", name)
	}
	return runs, nil
}

// covered reckons what has been taken of a package, and tells what was left aside.
func covered(p *flowdir.Package, runs []*profile.Run, stderr io.Writer) (*coverage.Package, error) {
	c, err := coverage.Of(p, runs)
	if err != nil {
		return nil, err
	}
	for _, warning := range c.Warnings() {
		fmt.Fprintf(stderr, "durablegen: %s\n", cleantext.Line(warning))
	}
	return c, nil
}
