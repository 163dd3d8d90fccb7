package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/flowdir"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/generate"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/terminal"
	"github.com/durablegen/durablegen/dsl"
)

func newFmtCommand() *cobra.Command {
	var f formatter
	cmd := &cobra.Command{
		Use:   "fmt [PATH...]",
		Short: "Lay .flow files out in the one style",
		Long: `Fmt rewrites .flow files in the canonical layout and prints the names of those that
it changed. It formats a file that does not pass the checks, and leaves alone one
that does not parse. Without a path it takes the files of the current folder.

    durablegen fmt ./...                all files below this folder
    durablegen fmt --check ./...        only list what is not formatted: status 1
    durablegen fmt --diff order.flow    show what would change
    durablegen fmt - < order.flow       from standard input to standard output`,
		RunE: func(cmd *cobra.Command, args []string) error {
			f.stdin, f.stdout, f.stderr = cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr()
			return f.run(args)
		},
	}
	cmd.Flags().BoolVar(&f.check, "check", false, "change nothing; list what is not formatted, with status 1 if anything is")
	cmd.Flags().BoolVar(&f.diff, "diff", false, "change nothing; show what would change")
	return cmd
}

type formatter struct {
	check, diff    bool
	stdin          io.Reader
	stdout, stderr io.Writer

	broken  bool // some file does not parse
	changed int
}

func (f *formatter) run(args []string) error {
	if len(args) == 1 && args[0] == "-" {
		text, err := io.ReadAll(f.stdin)
		if err != nil {
			return fmt.Errorf("standard input: %w", err)
		}
		if err := f.one("<stdin>", text, func(formatted []byte) error {
			_, err := f.stdout.Write(formatted)
			return err
		}); err != nil {
			return err
		}
		return f.verdict()
	}
	folders, findErr := flowdir.Find(args)
	errs := []error{findErr}
	if !f.check && !f.diff {
		generate.Sweep(folders)
	}
	for _, folder := range folders {
		for _, name := range folder.Wanted() {
			path := filepath.Join(folder.Dir, name)
			text, err := os.ReadFile(path)
			if err == nil {
				err = f.one(path, text, func(formatted []byte) error {
					if bytes.Equal(text, formatted) {
						return nil
					}
					if err := generate.Write(path, formatted); err != nil {
						return err
					}
					_, err := fmt.Fprintln(f.stdout, path)
					return err
				})
			}
			errs = append(errs, err)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return f.verdict()
}

// one formats a text and hands it to write, unless it is only to be looked at.
func (f *formatter) one(name string, text []byte, write func([]byte) error) error {
	var set dsl.SourceSet
	formatted, ds := dsl.Format(set.Add(name, text))
	formatted = flowdir.LinesAs(text, formatted)
	if ds.HasErrors() {
		f.broken = true
		terminal.Diagnostics(f.stderr, &set, ds)
		return nil
	}
	if !f.check && !f.diff {
		return write(formatted)
	}
	if bytes.Equal(text, formatted) {
		return nil
	}
	f.changed++
	if f.diff {
		_, err := f.stdout.Write(diff.Diff(name, text, name+" (formatted)", formatted))
		return err
	}
	_, err := fmt.Fprintln(f.stdout, name)
	return err
}

func (f *formatter) verdict() error {
	if f.broken || f.check && f.changed > 0 {
		return terminal.No
	}
	return nil
}
