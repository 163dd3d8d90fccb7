package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/spf13/cobra"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/gobuild"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/remote"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/terminal"
	"github.com/durablegen/durablegen/internal/cleantext"
	"github.com/durablegen/durablegen/internal/execution"
	"github.com/durablegen/durablegen/internal/words"
	"github.com/durablegen/durablegen/runtime/durable"
	"github.com/durablegen/durablegen/runtime/wire"
)

func newRehearseCommand() *cobra.Command {
	var r rehearser
	cmd := &cobra.Command{
		Use:   "rehearse PACKAGE [EXECUTION...]",
		Short: "Tell what a build would do with the executions that there are",
		Long: `Rehearse builds a package, and replays histories of executions with it without doing
anything: no body of a step runs, nothing is checkpointed, nothing leaves the process. It
says of each whether it goes on, and where; what would run late or again; and where it
diverges from what is recorded. Without an EXECUTION it takes all that are running.

    durablegen rehearse ./shop                              all that run
    durablegen rehearse ./shop fulfilOrder/order-1001       one of them
    durablegen rehearse ./shop --file history.jsonl         what "history --json" has saved
    durablegen rehearse ./shop --format json                one JSON object a line

Exit status: 0 if all go on, 1 if one diverges, 2 if one can't be replayed.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			r.stdout, r.stderr = cmd.OutOrStdout(), cmd.ErrOrStderr()
			return r.run(cmd, args[0], args[1:])
		},
	}
	cmd.Flags().StringSliceVar(&r.files, "file", nil, "a `FILE` with a history, instead of a service")
	cmd.Flags().StringVar(&r.workflow, "workflow", "", "the `NAME` of the workflow that the files are of, if there are several")
	cmd.Flags().StringVar(&r.format, "format", "text", "how to print: text or json")
	r.flags(cmd)
	return cmd
}

type rehearser struct {
	connection
	files            []string
	workflow, format string
	stdout, stderr   io.Writer
}

// rehearsed is an execution to rehearse, and what came of it.
type rehearsed struct {
	title, function string
	events          []wire.Event
	answer          rehearsalAnswer
}

// rehearsalAnswer is what the built function says, as package durable writes it.
type rehearsalAnswer struct {
	Output                wire.InvocationOutput
	Next, Waiting, Unused []durable.RehearsedOperation
	Divergence            string `json:"divergence"`
	Lost                  string `json:"lost"`
}

func (r *rehearser) run(cmd *cobra.Command, pkg string, executions []string) error {
	if r.format != "text" && r.format != "json" {
		return usagef("--format %s: must be one of %s", r.format, words.List([]string{"text", "json"}))
	}
	ctx := cmd.Context()
	target, err := gobuild.Resolve(ctx, pkg)
	if err != nil {
		return err
	}
	if target.Main == "" {
		return fmt.Errorf("%s: there is no Lambda main yet; `durablegen generate` writes one", pkg)
	}
	dir, err := os.MkdirTemp("", "durablegen-rehearse-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	binary := filepath.Join(dir, "bootstrap")
	if err := gobuild.Build(ctx, target.Main, ".", binary); err != nil {
		return err
	}
	functions, err := gobuild.Functions(ctx, binary, dir, nil)
	if err != nil {
		return err
	}
	var list []*rehearsed
	if len(r.files) > 0 {
		list, err = r.read(functions)
	} else {
		list, err = r.fetch(cmd, functions, executions)
	}
	if err != nil {
		return err
	}
	if len(list) == 0 {
		fmt.Fprintln(r.stderr, "no execution is running")
		return nil
	}
	if err := replay(ctx, binary, dir, list); err != nil {
		return err
	}
	return r.tell(list)
}

// read takes histories from files.
func (r *rehearser) read(functions []gobuild.Function) ([]*rehearsed, error) {
	name := r.workflow
	if name == "" {
		if len(functions) > 1 {
			var names []string
			for _, f := range functions {
				names = append(names, f.Name)
			}
			return nil, usagef("--workflow: the package has several: %s", words.List(names))
		}
		name = functions[0].Name
	}
	var list []*rehearsed
	for _, path := range r.files {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("%s: can't be read: %w", path, words.Cause(err))
		}
		events, err := execution.ParseHistory(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		list = append(list, &rehearsed{title: path, function: name, events: events})
	}
	return list, nil
}

// fetch takes histories from a service: of the executions named, or of all that run.
func (r *rehearser) fetch(cmd *cobra.Command, functions []gobuild.Function, executions []string) ([]*rehearsed, error) {
	ctx := cmd.Context()
	s, err := remote.Connect(ctx, r.Options)
	if err != nil {
		return nil, err
	}
	var arns []string
	for _, e := range executions {
		arn, err := s.ARN(ctx, e)
		if err != nil {
			return nil, err
		}
		arns = append(arns, arn)
	}
	if len(executions) == 0 {
		for _, f := range functions {
			found, damaged, err := s.List(ctx, []string{f.Name}, "", []types.ExecutionStatus{types.ExecutionStatusRunning, "PAUSING", "PAUSED"}, 1<<30)
			tellDamaged(cmd, damaged)
			if err != nil {
				return nil, err
			}
			for _, e := range found {
				arns = append(arns, aws.ToString(e.DurableExecutionArn))
			}
		}
	}
	var list []*rehearsed
	for _, arn := range arns {
		events, err := s.History(ctx, arn)
		if err != nil {
			return nil, err
		}
		list = append(list, &rehearsed{title: remote.Shown(arn), function: remote.FunctionName(arn), events: events})
	}
	return list, nil
}

// replay has a built function rehearse executions.
func replay(ctx context.Context, binary, dir string, list []*rehearsed) error {
	var in bytes.Buffer
	asked := []*rehearsed{}
	for _, e := range list {
		operations, missing := execution.Record(e.events)
		if len(missing) > 0 {
			e.answer.Lost = "its history lacks what a replay needs: " + strings.Join(missing[:min(len(missing), 3)], "; ")
			continue
		}
		event := wire.InvocationInput{
			DurableExecutionArn: "arn:aws:lambda:us-east-1:000000000000:function:" + e.function + ":$LATEST/durable-execution/rehearsal/0",
			CheckpointToken:     "rehearsal", InitialExecutionState: wire.ExecutionState{Operations: operations},
		}
		line, err := json.Marshal(map[string]any{"function": e.function, "input": event})
		if err != nil {
			return err
		}
		in.Write(append(line, '\n'))
		asked = append(asked, e)
	}
	cmd := exec.CommandContext(ctx, binary, "-rehearse")
	cmd.Dir, cmd.Stdin = dir, &in
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("the function does not rehearse (`bootstrap -rehearse`: %w); its main must call durable.Start: %s", err, cleantext.Line(words.FirstLine(stderr.String())))
	}
	dec := json.NewDecoder(&stdout)
	for _, e := range asked {
		if err := dec.Decode(&e.answer); err != nil {
			return fmt.Errorf("the function does not rehearse: %w", err)
		}
	}
	return nil
}

// tell prints what came of it.
func (r *rehearser) tell(list []*rehearsed) error {
	diverges, lost := false, false
	for _, e := range list {
		diverges, lost = diverges || e.answer.Divergence != "", lost || e.answer.Lost != ""
		if r.format == "json" {
			line := map[string]any{"execution": e.title, "function": e.function, "verdict": e.verdict(), "next": e.answer.Next, "waiting": e.answer.Waiting, "unused": e.answer.Unused}
			if text := cmp.Or(e.answer.Divergence, e.answer.Lost); text != "" {
				line["why"] = text
			}
			if err := printJSON(r.stdout, line); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(r.stdout, "%s: %s\n", cleantext.Line(e.title), e.verdict())
		for _, text := range e.lines() {
			fmt.Fprintf(r.stdout, "    %s\n", cleantext.Line(text))
		}
	}
	switch {
	case lost:
		return errors.New("not all executions could be replayed")
	case diverges:
		return terminal.No
	}
	return nil
}

func (e *rehearsed) verdict() string {
	again := slices.ContainsFunc(e.answer.Next, func(o durable.RehearsedOperation) bool { return o.Again != "" })
	late := slices.ContainsFunc(e.answer.Next, func(o durable.RehearsedOperation) bool { return o.Late })
	switch {
	case e.answer.Lost != "":
		return "unknown"
	case e.answer.Divergence != "":
		return "diverges"
	case again:
		return "runs again"
	case late:
		return "runs late"
	}
	return "goes on"
}

func (e *rehearsed) lines() (out []string) {
	a := &e.answer
	if text := cmp.Or(a.Divergence, a.Lost); text != "" {
		return []string{text}
	}
	if a.Output.Status != wire.InvocationPending {
		out = append(out, "ends as "+strings.ToLower(string(a.Output.Status)))
	}
	for _, o := range a.Next {
		text := "next: " + shownAs(o)
		switch {
		case o.Again != "":
			text = "runs again: " + shownAs(o) + ", which was done as `" + cmp.Or(o.Again, "?") + "`"
		case o.Late:
			text = "runs late: " + shownAs(o)
		case o.Attempt > 1:
			text += fmt.Sprintf(", attempt %d", o.Attempt)
		}
		out = append(out, text)
	}
	for _, o := range a.Waiting {
		out = append(out, "waits at "+shownAs(o))
	}
	return out
}

func shownAs(o durable.RehearsedOperation) string {
	text := "`" + cmp.Or(o.Path, o.Name, o.ID) + "`"
	if o.Pos != "" {
		text += " (" + o.Pos + ")"
	}
	return text
}
