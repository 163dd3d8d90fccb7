package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/flowdir"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/generate"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/terminal"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/words"
)

func newCheckCommand() *cobra.Command {
	var c checker
	cmd := &cobra.Command{
		Use:   "check [PATH...]",
		Short: "Find what is wrong in .flow files",
		Long: `Check reports every problem of the .flow files in the folders named, each with its
place, an excerpt and, where there is one, a suggestion. It writes nothing but with
--fix, and prints nothing if all is well. Without a path it checks the current folder.

    durablegen check ./...                     all folders below this one
    durablegen check --strict                  also what is allowed but unwise
    durablegen check --fix                     apply the suggested fixes
    durablegen check --format json ./...       one JSON object a line
    durablegen check --format github ./...     annotations in GitHub Actions

Exit status: 0 without errors, 1 with errors (with --strict, warnings too).`,
		RunE: func(cmd *cobra.Command, args []string) error {
			c.stdout, c.stderr = cmd.OutOrStdout(), cmd.ErrOrStderr()
			return c.run(args)
		},
	}
	cmd.Flags().BoolVar(&c.strict, "strict", false, "refuse also what is allowed but unwise")
	cmd.Flags().BoolVar(&c.fix, "fix", false, "apply the fixes that come with the problems")
	cmd.Flags().StringVar(&c.format, "format", "text", "how to print problems: text, json or github")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(reportFormats, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

var reportFormats = []string{"text", "json", "github"}

type checker struct {
	strict, fix    bool
	format         string
	stdout, stderr io.Writer
}

func (c *checker) run(args []string) error {
	if err := oneOf("--format", c.format, reportFormats); err != nil {
		return err
	}
	folders, findErr := flowdir.Find(args)
	errs := []error{findErr}
	failed := false
	if c.fix {
		generate.Sweep(folders)
	}
	unwritten := generate.Overlay{}
	for _, folder := range generate.Order(folders) {
		p, err := c.load(folder, unwritten)
		if err == nil && folder.Imported && p.Program != nil {
			err = unwritten.Package(p)
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		writeProblems(c.stdout, c.format, p.Shown, p.Diagnostics)
		failed = failed || p.Diagnostics.HasErrors() || c.strict && len(p.Diagnostics) > 0
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if failed {
		return terminal.No
	}
	return nil
}

// load reads and checks a folder, and applies fixes if asked, until none is left.
func (c *checker) load(folder flowdir.Folder, unwritten generate.Overlay) (*flowdir.Package, error) {
	opts := dsl.CheckOptions{Strict: c.strict, Importer: flowdir.NewImporter(folder.Dir, unwritten)}
	p, err := flowdir.Load(folder, opts)
	if err != nil || !c.fix {
		return p, err
	}
	// A fix may make room for another one; twenty rounds are more than any file needs.
	for range 20 {
		applied := 0
		for _, src := range p.Sources.Sources() {
			text, n := dsl.ApplyFixes(src, p.Diagnostics)
			if n == 0 {
				continue
			}
			path := filepath.Join(folder.Dir, src.Name)
			if err := generate.Write(path, text); err != nil {
				return nil, err
			}
			fmt.Fprintf(c.stderr, "%s: %s applied\n", path, words.Count(n, "fix"))
			applied += n
		}
		if applied == 0 {
			break
		}
		if p, err = flowdir.Load(folder, opts); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// writeProblems prints problems in one of reportFormats.
func writeProblems(w io.Writer, format string, set *dsl.SourceSet, ds dsl.Diagnostics) {
	switch format {
	case "json":
		dsl.WriteJSON(w, set, ds)
	case "github":
		dsl.WriteGitHub(w, set, ds)
	default:
		terminal.Diagnostics(w, set, ds)
	}
}
