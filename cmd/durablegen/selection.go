package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/spf13/cobra"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/answers"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/remote"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/terminal"
	"github.com/durablegen/durablegen/internal/cleantext"
	"github.com/durablegen/durablegen/internal/near"
	"github.com/durablegen/durablegen/internal/words"
)

// selection is the flags that say which executions are meant.
type selection struct {
	connection
	remote.Selection
	statuses     []string
	since, until string
}

// statuses of an execution, as people write them.
var (
	underWay = []string{"running", "pausing", "paused"}
	over     = []string{"succeeded", "failed", "timed_out", "stopped"}
	anyState = slices.Concat(underWay, over, []string{"deleting"})
)

func (s *selection) flags(cmd *cobra.Command, limit int) {
	f := cmd.Flags()
	f.StringSliceVar(&s.statuses, "status", nil, "only executions in these `STATES`: "+strings.Join(anyState, ", "))
	f.StringVar(&s.Name, "name", "", "only executions of this `NAME`, which may be a pattern such as 'order-*'")
	f.StringVar(&s.since, "since", "", "only those started after this `TIME`: 2h (ago), 2026-05-04, '2026-05-04 15:30' or RFC 3339")
	f.StringVar(&s.until, "until", "", "only those started before this `TIME`")
	f.StringVar(&s.At, "at", "", "only those that wait for this `OPERATION`, or in it: approve, 'labels/printLabel'")
	f.StringVar(&s.Error, "error", "", "only those that ended with an error of this `TYPE`")
	f.StringVar(&s.Input, "input-has", "", "only those whose input contains this `TEXT`, in upper or lower case")
	f.StringVar(&s.Result, "result-has", "", "only those whose result contains this `TEXT`")
	f.StringVar(&s.ErrorText, "error-has", "", "only those that ended with an error whose type, message or data contains this `TEXT`")
	f.IntVar(&s.Limit, "limit", limit, "at most `N` executions, the newest")
	_ = cmd.RegisterFlagCompletionFunc("status", cobra.FixedCompletions(anyState, cobra.ShellCompDirectiveNoFileComp))
	s.connection.flags(cmd)
}

// given reports whether one of the flags that select is there.
func (s *selection) given(cmd *cobra.Command) bool {
	return slices.ContainsFunc([]string{"status", "name", "since", "until", "at", "error", "input-has", "result-has", "error-has", "function"}, cmd.Flags().Changed)
}

// read understands the flags. Of what is asked for, only the possible states are looked for.
func (s *selection) read(possible []string) error {
	if s.Limit < 1 {
		return usagef("--limit %d: must be at least 1", s.Limit)
	}
	if _, err := path.Match(s.Name, ""); err != nil {
		return usagef("--name %s: this is no pattern: [ has no ]", s.Name)
	}
	wanted := possible
	if len(s.statuses) > 0 {
		wanted = nil
	}
	for _, state := range s.statuses {
		state = strings.ReplaceAll(strings.ToLower(state), "-", "_")
		switch {
		case !slices.Contains(anyState, state):
			return usagef("--status %s: must be one of %s", state, words.List(anyState))
		case !slices.Contains(possible, state):
			return usagef("--status %s: must be one of %s here", state, words.List(possible))
		}
		wanted = append(wanted, state)
	}
	if len(wanted) < len(anyState) {
		slices.Sort(wanted)
		for _, state := range slices.Compact(wanted) {
			s.Statuses = append(s.Statuses, types.ExecutionStatus(strings.ToUpper(state)))
		}
	}
	for _, t := range []struct {
		flag, text string
		time       *time.Time
	}{{"--since", s.since, &s.Since}, {"--until", s.until, &s.Until}} {
		if t.text == "" {
			continue
		}
		at, ok := moment(t.text, time.Now())
		if !ok {
			return usagef("%s %s: must be a time such as 2h (ago), 2026-05-04, '2026-05-04 15:30' or 2026-05-04T15:30:00Z", t.flag, t.text)
		}
		*t.time = at
	}
	return nil
}

// moment is the time that a text tells: of the clock here, or how long ago it was.
func moment(text string, now time.Time) (time.Time, bool) {
	if d, err := answers.Duration(text); err == nil {
		return now.Add(-d), true
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly, "2006-01-02 15:04", time.DateTime} {
		if t, err := time.ParseInLocation(layout, text, now.Location()); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// find gives the executions that are meant.
func (s *selection) find(ctx context.Context, service *remote.Service, closely bool, stderr io.Writer) (found []remote.Found, err error) {
	if len(s.Functions) == 0 {
		if !service.Local {
			return nil, usagef("name the function; only a local service looks at the executions of all")
		}
		if s.Functions, err = service.Functions(ctx); err != nil {
			return nil, err
		}
	}
	found, damaged, err := service.Select(ctx, s.Selection, closely)
	tellDamaged(stderr, damaged)
	return found, err
}

// tellDamaged tells which entries of a list are not as they were written.
func tellDamaged(stderr io.Writer, damaged []string) {
	for _, names := range damaged {
		fmt.Fprintf(stderr, "the entries of %s in the list are not as they were written; `durablegen store check` tells more, and the way back is a backup\n", cleantext.Line(names))
	}
}

// writeList prints executions as a table, with how they stand if that was asked for.
func writeList(w io.Writer, found []remote.Found, closely bool) error {
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	stands := ""
	if closely {
		stands = "\tWAITS FOR, OR ERROR"
	}
	fmt.Fprintf(t, "NAME\tFUNCTION\tSTATUS\tSTARTED\tTOOK%s\n", stands)
	for _, e := range found {
		took := ""
		if e.EndTimestamp != nil {
			took = words.Duration(e.EndTimestamp.Sub(*e.StartTimestamp))
		}
		status := strings.ToLower(string(e.Status))
		if e.Next != "" {
			status = "gone on"
		}
		if closely {
			stands = "\t" + cleantext.Line(e.Stands())
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s%s\n", aws.ToString(e.DurableExecutionName), remote.WithVersion(aws.ToString(e.FunctionArn)),
			status, e.StartTimestamp.Local().Format(time.DateTime), took, stands)
	}
	return t.Flush()
}

// many is a command that does something with executions: those that are named, or those that
// are selected, once it has shown which these are.
type many struct {
	selection
	possible []string // the states of those that it can do something with
	yes      bool
}

const manyHelp = `

EXECUTION is an ARN or FUNCTION/NAME; at a local service the name is enough, if only one
function has an execution of that name. In their place --function, --status, --name, --since,
--until, --at, --error, --input-has, --result-has and --error-has say which executions are
meant: it shows them, and does nothing until --yes is given.`

func (m *many) flags(cmd *cobra.Command) {
	cmd.Long += manyHelp
	cmd.ValidArgsFunction = m.executions()
	m.selectionFlags(cmd)
}

func (m *many) selectionFlags(cmd *cobra.Command) {
	m.selection.flags(cmd, 1000)
	cmd.Flags().StringSliceVar(&m.Functions, "function", nil, "only executions of these `FUNCTIONS`")
	_ = cmd.RegisterFlagCompletionFunc("function", m.functions())
	cmd.Flags().BoolVar(&m.yes, "yes", false, "do it to all executions that are selected")
}

// misspelt tells of an operation at which nobody waits while somebody does at one of nearly
// the same name.
func (m *many) misspelt(ctx context.Context, service *remote.Service) error {
	if m.At == "" {
		return nil
	}
	others := m.Selection
	others.At = ""
	found, _, err := service.Select(ctx, others, true)
	if err != nil {
		return err
	}
	var places []string
	for i := range found {
		for _, o := range found[i].Waits {
			places = append(places, o.Name, o.Trail())
		}
	}
	if help := near.DidYouMean(m.At, places); help != "" {
		return usagef("--at %s: no execution waits for that; %s", m.At, help)
	}
	return nil
}

// run does something with each of the executions. What it can't do with one does not keep it
// from the others.
func (m *many) run(cmd *cobra.Command, executions []string, do func(s *remote.Service, e remote.Found) (done string, err error)) error {
	ctx, stderr := cmd.Context(), cmd.ErrOrStderr()
	selects := m.given(cmd)
	switch {
	case selects && len(executions) > 0:
		return usagef("%s: name the executions or select them, not both", cmd.Name())
	case !selects && len(executions) == 0:
		return usagef("%s: the EXECUTION is missing; or select some, such as with --at or --status", cmd.Name())
	case !selects && m.yes:
		return usagef("--yes: goes with a selection, such as --at or --status")
	}
	if err := m.read(m.possible); err != nil {
		return err
	}
	s, err := m.connect(ctx)
	if err != nil {
		return err
	}
	var found []remote.Found
	for _, e := range executions {
		arn, err := s.OnlyARN(ctx, e)
		if err != nil {
			return err
		}
		found = append(found, remote.Found{Execution: types.Execution{DurableExecutionArn: &arn}})
	}
	if selects {
		if found, err = m.find(ctx, s, true, stderr); err != nil {
			return err
		}
		if len(found) == m.Limit {
			fmt.Fprintf(stderr, "these are the newest %d; there may be more, see --limit\n", m.Limit)
		}
		if len(found) == 0 {
			if err := m.misspelt(ctx, s); err != nil {
				return err
			}
			fmt.Fprintln(stderr, "no execution is meant by that")
			return nil
		}
		if !m.yes {
			if err := writeList(cmd.OutOrStdout(), found, true); err != nil {
				return err
			}
			fmt.Fprintf(stderr, "nothing was done; with --yes it is done to %s\n", words.Count(len(found), "execution"))
			return nil
		}
	}
	failed := 0
	for _, e := range found {
		done, err := do(s, e)
		switch {
		case err != nil && len(found) == 1:
			return err
		case errors.As(err, new(terminal.Exit)): // it was told
			failed++
		case err != nil:
			failed++
			fmt.Fprintf(stderr, "%s: %s\n", e.Shown(), err)
		case done != "":
			fmt.Fprintln(stderr, done)
		}
	}
	if failed > 0 {
		return fmt.Errorf("it could not be done to %d of %d executions", failed, len(found))
	}
	return nil
}
