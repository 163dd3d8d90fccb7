// Package rehearsal says what a build would do with the executions that there are.
package rehearsal

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/gobuild"
	"github.com/durablegen/durablegen/internal/cleantext"
	"github.com/durablegen/durablegen/internal/execution"
	"github.com/durablegen/durablegen/internal/words"
	"github.com/durablegen/durablegen/runtime/durable"
	"github.com/durablegen/durablegen/runtime/wire"
)

// Execution is an execution to rehearse, and what came of it.
type Execution struct {
	Title    string // how people call it
	Function string
	Version  string       // on which it is and stays; empty: on none that is published
	Events   []wire.Event // its history, with data
	durable.Rehearsal
}

// Bootstrap is a binary that was built to rehearse with.
type Bootstrap struct {
	Functions []gobuild.Function
	dir, path string
}

// Build builds the Lambda main of a package. Close removes it.
func Build(ctx context.Context, pkg string) (*Bootstrap, error) {
	target, err := gobuild.Resolve(ctx, pkg)
	if err != nil {
		return nil, err
	}
	if target.Main == "" {
		return nil, fmt.Errorf("%s: there is no Lambda main yet; `durablegen generate` writes one", pkg)
	}
	dir, err := os.MkdirTemp("", "durablegen-rehearse-")
	if err != nil {
		return nil, err
	}
	b := &Bootstrap{dir: dir, path: filepath.Join(dir, "bootstrap")}
	if err = gobuild.Build(ctx, target.Main, ".", b.path); err == nil {
		b.Functions, err = gobuild.Functions(ctx, b.path, dir, nil)
	}
	if err != nil {
		b.Close()
		return nil, err
	}
	return b, nil
}

// Close removes what was built.
func (b *Bootstrap) Close() { os.RemoveAll(b.dir) }

// Replay fills in what the functions would make of executions. What can't be replayed is Lost.
func (b *Bootstrap) Replay(ctx context.Context, list []*Execution) error {
	var in bytes.Buffer
	asked := []*Execution{}
	for _, e := range list {
		operations, missing := execution.Record(e.Events)
		if len(missing) > 0 {
			e.Lost = "its history lacks what a replay needs: " + strings.Join(missing[:min(len(missing), 3)], "; ")
			continue
		}
		event := wire.InvocationInput{
			DurableExecutionArn: "arn:aws:lambda:us-east-1:000000000000:function:" + e.Function + ":$LATEST/durable-execution/rehearsal/0",
			CheckpointToken:     "rehearsal", InitialExecutionState: wire.ExecutionState{Operations: operations},
		}
		line, err := json.Marshal(map[string]any{"function": e.Function, "input": event})
		if err != nil {
			return err
		}
		in.Write(append(line, '\n'))
		asked = append(asked, e)
	}
	cmd := exec.CommandContext(ctx, b.path, "-rehearse")
	cmd.Dir, cmd.Stdin = b.dir, &in
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("the function does not rehearse (`bootstrap -rehearse`: %w); its main must call durable.Start: %s", err, cleantext.Line(words.FirstLine(stderr.String())))
	}
	dec := json.NewDecoder(&stdout)
	for _, e := range asked {
		if err := dec.Decode(&e.Rehearsal); err != nil {
			return fmt.Errorf("the function does not rehearse: %w", err)
		}
	}
	return nil
}

// Verdict says in a word or two what would become of the execution.
func (e *Execution) Verdict() string {
	again := slices.ContainsFunc(e.Next, func(o durable.RehearsedOperation) bool { return o.Again != "" })
	late := slices.ContainsFunc(e.Next, func(o durable.RehearsedOperation) bool { return o.Late })
	switch {
	case e.Lost != "":
		return "unknown"
	case e.Divergence != nil:
		return "diverges"
	case again:
		return "runs again"
	case late:
		return "runs late"
	}
	return "goes on"
}

// Why is the reason of a divergence, or of a replay that there could not be; else empty.
func (e *Execution) Why() string {
	if e.Divergence != nil {
		return e.Divergence.Error()
	}
	return e.Lost
}

// Lines tells what the verdict rests on.
func (e *Execution) Lines() (out []string) {
	if e.Version != "" {
		out = append(out, "it is on version "+e.Version+", and ends on it")
	}
	if why := e.Why(); why != "" {
		return append(out, why)
	}
	if e.Output.Status != wire.InvocationPending {
		out = append(out, "ends as "+strings.ToLower(string(e.Output.Status)))
	}
	places := map[string]int{}
	for _, o := range e.Next {
		// The items of a map that is new stand at the same places.
		if places[o.Pos]++; o.Pos != "" && places[o.Pos] > samePlace {
			continue
		}
		text := "next: " + shown(o)
		switch {
		case o.Again != "":
			text = "runs again: " + shown(o) + ", which was done as `" + o.Again + "`"
		case o.Late:
			text = "runs late: " + shown(o)
		case o.Attempt > 1:
			text += fmt.Sprintf(", attempt %d", o.Attempt)
		}
		out = append(out, text)
	}
	for _, pos := range slices.Sorted(maps.Keys(places)) {
		if n := places[pos] - samePlace; pos != "" && n > 0 {
			out = append(out, fmt.Sprintf("and %d more at %s", n, pos))
		}
	}
	for _, o := range e.Waiting {
		out = append(out, "waits at "+shown(o))
	}
	return out
}

// samePlace is how many operations of one place in the text are told.
const samePlace = 3

func shown(o durable.RehearsedOperation) string {
	text := "`" + cmp.Or(o.Path, o.Name, o.ID) + "`"
	if o.Pos != "" {
		text += " (" + o.Pos + ")"
	}
	return text
}
