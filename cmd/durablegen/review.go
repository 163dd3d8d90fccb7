package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/review"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/revision"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/terminal"
	"github.com/durablegen/durablegen/internal/changes"
)

func newReviewCommand() *cobra.Command {
	var r reviewer
	cmd := &cobra.Command{
		Use:   "review --base REV [PATH...]",
		Short: "Write what an edit does as a comment for a pull request",
		Long: `Review writes a comment in Markdown: for each workflow that has changed since a revision
of git what becomes of executions under way, as "durablegen diff" tells it, who else
notices, what an execution costs now and before, and a diagram with what is added, gone
and changed. Workflows without a change are one line. It fits the 65,536 characters of a comment on GitHub; what had to be cut
is said.

    durablegen review --base main ./... > comment.md
    durablegen review --base main --name shop ./shop

The comment begins with a line that nobody sees, by which it is found again; --name
tells several comments of one pull request apart. The action of this repository posts
it, and keeps it current.

Exit status: 0 if executions go on, 1 if one could break, 2 if a version can't be read,
or is not clear; the comment is written in any case.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			r.stdout, r.stderr = cmd.OutOrStdout(), cmd.ErrOrStderr()
			return r.run(args)
		},
	}
	cmd.Flags().StringVar(&r.base, "base", "", "the `REV`ision of git to compare with")
	cmd.Flags().StringVar(&r.name, "name", "", "a `NAME` that tells this comment from others of the pull request")
	return cmd
}

type reviewer struct {
	base, name     string
	stdout, stderr io.Writer
}

func (r *reviewer) run(args []string) error {
	switch {
	case r.base == "":
		return usagef("review: --base is missing: the revision to compare with, such as main")
	case !review.ValidName(r.name):
		return usagef("--name %s: a name is made of letters, digits and ._/- (but no --), at most 60", r.name)
	}
	pairs, err := revision.Since(r.base, args)
	if err != nil {
		return err
	}
	var list []review.Package
	worst, unclear := changes.Nothing, false
	for _, pair := range pairs {
		p := review.Package{}
		for _, v := range []*revision.Package{pair.Old, pair.New} {
			if v != nil {
				p.Dir = v.Dir
			}
		}
		p.Report, p.Places, p.Err = revision.Compare(pair)
		if p.Err != nil {
			unclear = true
			terminal.Complain(r.stderr, p.Err)
		} else {
			worst = max(worst, p.Report.Effect())
			unclear = unclear || p.Report.Unclear()
		}
		list = append(list, p)
	}
	fmt.Fprint(r.stdout, review.Comment(list, review.Options{Base: r.base, Name: r.name, Args: args}))
	switch {
	case unclear:
		return terminal.Cannot
	case worst == changes.Breaks:
		return terminal.No
	}
	return nil
}
