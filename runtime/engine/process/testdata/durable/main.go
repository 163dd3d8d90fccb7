// A Lambda bootstrap with durable workflows for tests, written against the API
// as any SDK would be.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/durablegen/durablegen/runtime/wire"
)

const steps = 10

// handle runs some steps, each of which leaves a mark in a folder when its body
// runs, and a wait of an hour in the middle. A step's START is acknowledged before its body, and
// one that was started before is not run again: at most once.
func handle(ctx context.Context, in wire.InvocationInput) (wire.InvocationOutput, error) {
	ops := map[string]wire.Operation{}
	merge := func(list []wire.Operation) {
		for _, o := range list {
			ops[o.Id] = o
		}
	}
	merge(in.InitialExecutionState.Operations)
	name := in.InitialExecutionState.Operations[0].Name
	token := in.CheckpointToken
	checkpoint := func(us ...wire.OperationUpdate) error {
		body, err := json.Marshal(wire.CheckpointInput{CheckpointToken: token, Updates: us})
		if err != nil {
			return err
		}
		label := strings.ReplaceAll(url.PathEscape(in.DurableExecutionArn), "/", "%2F")
		resp, err := http.Post(os.Getenv("AWS_ENDPOINT_URL_LAMBDA")+"/2025-12-01/durable-executions/"+label+"/checkpoint", "application/json", bytes.NewReader(body))
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != 200 {
			return fmt.Errorf("checkpoint: %s %s %v", resp.Status, b, err)
		}
		var out wire.CheckpointOutput
		if err := json.Unmarshal(b, &out); err != nil {
			return err
		}
		token = out.CheckpointToken
		merge(out.NewExecutionState.Operations)
		return nil
	}
	pending := wire.InvocationOutput{Status: wire.InvocationPending}
	for i := range steps {
		id := fmt.Sprintf("step-%d", i)
		switch ops[id].Status {
		case "":
			if err := checkpoint(wire.OperationUpdate{Id: id, Type: wire.TypeStep, Action: wire.ActionStart}); err != nil {
				return pending, err
			}
			f, err := os.OpenFile(filepath.Join(os.Getenv("MARKS"), name+"."+id), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
			if err != nil {
				return pending, err
			}
			fmt.Fprintln(f, os.Getpid())
			f.Close()
			if err := checkpoint(wire.OperationUpdate{Id: id, Type: wire.TypeStep, Action: wire.ActionSucceed}); err != nil {
				return pending, err
			}
		case wire.StatusStarted:
			if err := checkpoint(wire.OperationUpdate{Id: id, Type: wire.TypeStep, Action: wire.ActionFail, Error: &wire.ErrorObject{ErrorType: "Interrupted"}}); err != nil {
				return pending, err
			}
		}
		if i != steps/2 {
			continue
		}
		if ops["pause"].Status == "" {
			if err := checkpoint(wire.OperationUpdate{Id: "pause", Type: wire.TypeWait, Action: wire.ActionStart, WaitOptions: &wire.WaitOptions{WaitSeconds: 3600}}); err != nil {
				return pending, err
			}
		}
		if ops["pause"].Status == wire.StatusStarted {
			return pending, nil
		}
	}
	result := fmt.Sprint(steps)
	return wire.InvocationOutput{Status: wire.InvocationSucceeded, Result: &result}, nil
}

func main() { lambda.Start(handle) }
