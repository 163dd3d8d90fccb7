package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/flowdir"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/revision"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/terminal"
	"github.com/durablegen/durablegen/internal/changes"
	"github.com/durablegen/durablegen/internal/words"
)

func newDiffCommand() *cobra.Command {
	var d differ
	cmd := &cobra.Command{
		Use:   "diff [--base REV] [PATH...] | diff OLD NEW",
		Short: "Tell what an edit does to executions that are under way",
		Long: `Diff compares the workflows of the folders named with what they were at a revision of
git, HEAD if none is given, or those of two folders or files. For each change it says what
becomes of executions under way, by where they stand, who else notices, and what helps.
The Go of the package is not read and need not compile. What was before need not be what
"durablegen check" accepts today, as long as it is clear what it says.

    durablegen diff                            what the edits since the last commit do
    durablegen diff --base main ./...          all folders below this one, against a branch
    durablegen diff old new                    two folders
    durablegen diff --format markdown          for a comment of a review
    durablegen diff --format json              one JSON object a line, for each change

What really happens to one execution, a replay of its history tells.

Exit status: 0 if executions go on, 1 if one could break, 2 if a version can't be read, or
is not clear.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			d.stdout, d.stderr = cmd.OutOrStdout(), cmd.ErrOrStderr()
			d.against = cmd.Flags().Changed("base")
			return d.run(args)
		},
	}
	cmd.Flags().StringVar(&d.base, "base", "HEAD", "the revision of git to compare with")
	cmd.Flags().StringVar(&d.format, "format", "text", "how to print changes: text, json, github or markdown")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(diffFormats, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

var diffFormats = []string{"text", "json", "github", "markdown"}

type differ struct {
	base, format   string
	against        bool // --base was given
	stdout, stderr io.Writer
}

func (d *differ) run(args []string) error {
	if err := oneOf("--format", d.format, diffFormats); err != nil {
		return err
	}
	pairs, err := d.pairs(args)
	if err != nil {
		return err
	}
	var errs []error
	worst := changes.Nothing
	for _, pair := range pairs {
		r, places, err := revision.Compare(pair)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		worst = max(worst, r.Effect())
		d.write(r, places)
		for _, w := range r.Workflows {
			if slices.ContainsFunc(w.Changes, func(c *changes.Change) bool { return c.Kind == changes.Unclear }) {
				errs = append(errs, fmt.Errorf("workflow `%s`: %s", w.Name, w.Changes[0].Text))
			}
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if worst == changes.Breaks {
		return terminal.No
	}
	return nil
}

func (d *differ) write(r *changes.Report, places changes.Places) {
	switch d.format {
	case "json":
		changes.WriteJSON(d.stdout, r, places)
	case "github":
		changes.WriteGitHub(d.stdout, r, places)
	case "markdown":
		changes.WriteMarkdown(d.stdout, r, places)
	default:
		changes.WriteText(d.stdout, r, places)
	}
}

// pairs gives the versions to compare.
func (d *differ) pairs(args []string) ([]revision.Pair, error) {
	if !d.against && len(args) == 2 {
		return two(args[0], args[1])
	}
	return revision.Since(d.base, args)
}

// two pairs the packages of two folders, or two files.
func two(old, new string) ([]revision.Pair, error) {
	if filepath.Ext(old) == flowdir.Ext && filepath.Ext(new) == flowdir.Ext {
		o, err := alone(old)
		if err != nil {
			return nil, err
		}
		n, err := alone(new)
		return []revision.Pair{{Old: o, New: n}}, err
	}
	var sides [2][]*revision.Package
	for i, arg := range []string{old, new} {
		list, err := revision.Disk(arg)
		switch t := flowdir.TargetOf(arg); {
		case err != nil:
			return nil, err
		case len(list) > 0:
			sides[i] = list
		case revision.Known(arg):
			return nil, fmt.Errorf("%s: no such file or folder, but a revision of git: `durablegen diff --base %s` compares what there is now with it", arg, arg)
		default:
			if _, err := os.Stat(t.Dir); err != nil {
				return nil, fmt.Errorf("%s: no such file or folder; `durablegen diff OLD NEW` compares two that are there, `--base REV` with a revision of git", arg)
			}
			return nil, fmt.Errorf("%s: no %s files in this folder; `%s` means all folders below", arg, flowdir.Ext, filepath.ToSlash(filepath.Join(arg, "...")))
		}
	}
	if len(sides[0]) == 1 && len(sides[1]) == 1 {
		return []revision.Pair{{Old: sides[0][0], New: sides[1][0]}}, nil
	}
	oldRoot, newRoot := flowdir.TargetOf(old).Dir, flowdir.TargetOf(new).Dir
	for _, p := range sides[0] { // by where they lie below the two
		if rest, err := filepath.Rel(oldRoot, p.Dir); err == nil {
			if i := slices.IndexFunc(sides[1], func(q *revision.Package) bool { return q.Dir == filepath.Join(newRoot, rest) }); i >= 0 {
				p.Dir = sides[1][i].Dir
				p.Note = "before"
			}
		}
	}
	return revision.Pairs(sides[0], sides[1]), nil
}

// alone is one file as a package.
func alone(path string) (*revision.Package, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s: can't be read: %w", path, words.Cause(err))
	}
	return &revision.Package{Dir: filepath.Dir(path), Files: map[string][]byte{filepath.Base(path): text}}, nil
}
