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
	"github.com/durablegen/durablegen/dsl"
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
The Go of the package is not read and need not compile.

    durablegen diff                            what the edits since the last commit do
    durablegen diff --base main ./...          all folders below this one, against a branch
    durablegen diff old new                    two folders
    durablegen diff --format markdown          for a comment of a review
    durablegen diff --format json              one JSON object a line, for each change

What really happens to one execution, a replay of its history tells.

Exit status: 0 if executions go on, 1 if one could break, 2 if a version can't be read.`,
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
	if !slices.Contains(diffFormats, d.format) {
		return usagef("--format %s: must be one of %s", d.format, words.List(diffFormats))
	}
	pairs, err := d.pairs(args)
	if err != nil {
		return err
	}
	var errs []error
	worst := changes.Nothing
	for _, pair := range pairs {
		r, places, err := compare(pair)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		worst = max(worst, r.Effect())
		d.write(r, places)
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
	now, err := revision.Disk(args)
	if err != nil {
		return nil, err
	}
	before, err := revision.At(d.base, args)
	if err != nil {
		return nil, err
	}
	if len(now)+len(before) == 0 {
		return nil, fmt.Errorf("no %s files there, neither now nor at %s", flowdir.Ext, d.base)
	}
	return revision.Pairs(before, now), nil
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
		if _, err := os.Stat(func() string { root, _ := revision.Root(arg); return root }()); err != nil {
			return nil, fmt.Errorf("%s: %w", arg, words.Cause(err))
		}
		list, err := revision.Disk([]string{arg})
		if err != nil {
			return nil, err
		}
		if len(list) == 0 {
			return nil, fmt.Errorf("%s: no %s files in this folder", arg, flowdir.Ext)
		}
		sides[i] = list
	}
	if len(sides[0]) == 1 && len(sides[1]) == 1 {
		return []revision.Pair{{Old: sides[0][0], New: sides[1][0]}}, nil
	}
	oldRoot, _ := revision.Root(old)
	newRoot, _ := revision.Root(new)
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

// compare checks both versions of a package, and compares them.
func compare(pair revision.Pair) (*changes.Report, changes.Places, error) {
	var programs [2]*dsl.Program
	var shown [2]*dsl.SourceSet
	for i, p := range []*revision.Package{pair.Old, pair.New} {
		if p == nil {
			continue
		}
		program, set, problems := p.Check()
		if len(problems) > 0 {
			at := set.Position(problems[0].Span.Start)
			return nil, changes.Places{}, fmt.Errorf("%s:%d:%d: %s; only what `durablegen check` accepts can be compared", at.File, at.Line, at.Column, problems[0].Message)
		}
		programs[i], shown[i] = program, set
	}
	return changes.Compare(programs[0], programs[1]), changes.Places{Old: shown[0], New: shown[1]}, nil
}
