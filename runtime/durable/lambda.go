package durable

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	awslambda "github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/durablegen/durablegen/runtime/wire"
)

// Start is the main function of a Lambda bootstrap. It serves the function that
// _HANDLER names; if there is only one, that one. With the argument -functions it
// prints what functions there are, as JSON, and exits:
//
//	[{"name":"fulfilOrder","executionTimeoutSeconds":172800,"retentionDays":14}]
//
// Beside these stand, as "bound", the functions that the environment may name, and as "stored" that a function
// needs a store. It exits with 1 where the environment names what is none, or no store, before it serves anything.
//
// With -rehearse it answers a line of JSON on its input, a function's name and the event
// of an invocation, with what [Function.Rehearse] makes of it, and does nothing else.
func Start(functions ...*Function) {
	if len(os.Args) == 2 && strings.TrimLeft(os.Args[1], "-") == "functions" {
		if err := json.NewEncoder(os.Stdout).Encode(manifest(functions)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if len(os.Args) == 2 && strings.TrimLeft(os.Args[1], "-") == "rehearse" {
		if err := rehearseAll(functions, os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	f, err := choose(functions, os.Getenv("_HANDLER"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if err := f.Ready(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	awslambda.StartWithOptions(&bootstrap{f: f, client: NewLambdaClient()})
}

// manifestEntry is what tools are told of a function.
type manifestEntry struct {
	Name                    string `json:"name"`
	ExecutionTimeoutSeconds int64  `json:"executionTimeoutSeconds"`
	RetentionDays           int    `json:"retentionDays,omitempty"`
	// Bound are functions whose names the environment may say.
	Bound []BoundFunction `json:"bound,omitempty"`
	// Stored: it needs a store.
	Stored bool `json:"stored,omitempty"`
}

func manifest(functions []*Function) []manifestEntry {
	list := make([]manifestEntry, len(functions))
	for i, f := range functions {
		timeout := cmp.Or(f.def.Timeout, wire.DefaultExecutionTimeout)
		list[i] = manifestEntry{f.def.Name, int64((timeout + time.Second - 1) / time.Second), f.def.RetentionDays, f.def.Bound, f.def.Stored}
	}
	return list
}

// choose finds the function that a handler's name stands for.
func choose(functions []*Function, handler string) (*Function, error) {
	var names []string
	for _, f := range functions {
		if f.def.Name == handler {
			return f, nil
		}
		names = append(names, f.def.Name)
	}
	switch len(functions) {
	case 0:
		return nil, fmt.Errorf("durable: this bootstrap has no functions")
	case 1:
		return functions[0], nil
	}
	return nil, fmt.Errorf("durable: no function is named %q; set the handler of the Lambda function to one of: %s", handler, strings.Join(names, ", "))
}

// bootstrap serves one function. It takes events as they are, so that they are
// decoded once.
type bootstrap struct {
	f      *Function
	client Client
}

// Invoke implements the handler of aws-lambda-go.
func (b *bootstrap) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	in, err := decodeEvent(event)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNotDurable, err)
	}
	out, err := b.f.Invoke(ctx, b.client, in)
	if err != nil {
		return nil, err
	}
	return json.Marshal(out)
}

// requestID gives the ID of the Lambda invocation.
func requestID(ctx context.Context) string {
	if lc, ok := lambdacontext.FromContext(ctx); ok {
		return lc.AwsRequestID
	}
	return ""
}
