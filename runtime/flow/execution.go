package flow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/durablegen/durablegen/internal/arns"
	"github.com/durablegen/durablegen/internal/chain"
	"github.com/durablegen/durablegen/internal/execution"
	"github.com/durablegen/durablegen/runtime/durable"
	"github.com/durablegen/durablegen/runtime/wire"
)

// Execution is an execution of a workflow whose result is an Out, as a [Client] gives it.
// Where the workflow has gone on as a new execution, by `again`, it follows. It may be used by
// several goroutines.
type Execution[Out any] struct {
	// ARN is that of the execution that was started.
	ARN string

	api      ExecutionClient
	errors   durable.ErrorTypes
	maxPause time.Duration

	mu   sync.Mutex
	last string // the ARN of the execution in which the workflow is, as far as is known
}

// ErrUnderWay says that an execution has not ended yet.
var ErrUnderWay = errors.New("the execution has not ended yet")

// ExecutionError says that an execution has ended without a result. It wraps why: an error
// that the workflow declares, one of the language's own such as [*durable.TimeoutError], or a
// [*durable.UnexpectedError]. An error of a Client or an Execution that is none tells nothing of how the
// execution ends.
type ExecutionError struct {
	ARN    string
	Status wire.ExecutionStatus // FAILED, TIMED_OUT or STOPPED
	Err    error
}

func (e *ExecutionError) Error() string {
	name := e.ARN
	if a, ok := arns.Parse(e.ARN); ok {
		name = a.Short()
	}
	return name + " " + endings[e.Status] + ": " + e.Err.Error()
}

func (e *ExecutionError) Unwrap() error { return e.Err }

var endings = map[wire.ExecutionStatus]string{
	wire.ExecutionFailed: "has failed", wire.ExecutionTimedOut: "has timed out", wire.ExecutionStopped: "was stopped",
}

// Wait waits until the execution has ended, and gives its result. It fails with an
// [*ExecutionError] if there is none, and when ctx ends. It looks after 0.2 s, then ever
// less often, and less often still when the service has been asked too much.
func (x *Execution[Out]) Wait(ctx context.Context) (Out, error) {
	longest := x.maxPause
	if longest <= 0 {
		longest = 5 * time.Second
	}
	pause := min(200*time.Millisecond, longest)
	for {
		out, err := x.Result(ctx)
		_, throttled := errors.AsType[*types.TooManyRequestsException](err)
		if !throttled && !errors.Is(err, ErrUnderWay) {
			return out, err
		}
		if throttled {
			pause = longest
		}
		// Those that began together don't go on asking together.
		timer := time.NewTimer(pause*3/4 + rand.N(pause/2+1))
		select {
		case <-ctx.Done():
			timer.Stop()
			return out, context.Cause(ctx)
		case <-timer.C:
		}
		pause = min(pause*3/2, longest)
	}
}

// Result gives the result of the execution, or the [*ExecutionError] with which it has ended.
// The error is [ErrUnderWay] if it has not ended yet.
func (x *Execution[Out]) Result(ctx context.Context) (Out, error) {
	var out Out
	got, err := x.look(ctx)
	if err != nil {
		return out, err
	}
	status := wire.ExecutionStatus(got.Status)
	if !status.Closed() {
		return out, ErrUnderWay
	}
	arn := aws.ToString(got.DurableExecutionArn)
	if status != wire.ExecutionSucceeded {
		return out, &ExecutionError{ARN: arn, Status: status, Err: x.failure(got)}
	}
	if err := Decode(aws.ToString(got.Result), &out); err != nil {
		return out, fmt.Errorf("the result of %s: %w", arn, err)
	}
	return out, nil
}

// failure gives why an execution has ended without a result.
func (x *Execution[Out]) failure(got *lambda.GetDurableExecutionOutput) error {
	obj := &wire.ErrorObject{}
	if e := got.Error; e != nil {
		obj = &wire.ErrorObject{ErrorType: aws.ToString(e.ErrorType), ErrorMessage: aws.ToString(e.ErrorMessage), ErrorData: aws.ToString(e.ErrorData)}
	}
	switch wire.ExecutionStatus(got.Status) {
	case wire.ExecutionTimedOut:
		return &durable.TimeoutError{Message: obj.ErrorMessage}
	case wire.ExecutionStopped:
		return &durable.StoppedError{Message: obj.ErrorMessage}
	}
	def := durable.Definition{Errors: x.errors, Serdes: Serdes{}}
	return def.Failure(obj)
}

// Description tells how an execution stands.
type Description struct {
	// ARN is that of the execution in which the workflow is by now.
	ARN     string
	Status  wire.ExecutionStatus
	Started time.Time
	Ended   time.Time // zero while it is under way
	// Waits are the operations that are under way, the longest first.
	Waits []Waiting
}

// Waiting is an operation that is under way.
type Waiting struct {
	Operation  string // its name behind those of what it lies in: "parallel/labels/map[2]/printLabel"
	Kind       string // step, poll, wait, callback or invoke
	Since      time.Time
	Until      time.Time // when it goes on or gives up by itself; zero if it does not
	CallbackID string    // by which a callback is answered
}

// Describe tells how the execution stands, and what it waits for.
func (x *Execution[Out]) Describe(ctx context.Context) (Description, error) {
	got, err := x.look(ctx)
	if err != nil {
		return Description{}, err
	}
	d := Description{
		ARN: aws.ToString(got.DurableExecutionArn), Status: wire.ExecutionStatus(got.Status),
		Started: aws.ToTime(got.StartTimestamp), Ended: aws.ToTime(got.EndTimestamp),
	}
	if d.Status.Closed() {
		return d, nil
	}
	events, err := x.history(ctx, d.ARN)
	if err != nil {
		return Description{}, err
	}
	for _, o := range execution.Of(events).Waits() {
		d.Waits = append(d.Waits, Waiting{Operation: o.Trail(), Kind: o.What(), Since: o.Started, Until: o.Until, CallbackID: o.CallbackID})
	}
	return d, nil
}

// history gives the events of an execution, without their data.
func (x *Execution[Out]) history(ctx context.Context, arn string) (events []wire.Event, err error) {
	in := &lambda.GetDurableExecutionHistoryInput{DurableExecutionArn: &arn, IncludeExecutionData: aws.Bool(false), MaxItems: 1000}
	for {
		out, err := x.api.GetDurableExecutionHistory(ctx, in)
		if err != nil {
			return nil, fmt.Errorf("the history of %s can't be read: %w", arn, err)
		}
		text, err := json.Marshal(out.Events) // whose fields bear the protocol's names
		if err != nil {
			return nil, err
		}
		var page []wire.Event
		if err := json.Unmarshal(text, &page); err != nil {
			return nil, err
		}
		events = append(events, page...)
		if aws.ToString(out.NextMarker) == "" {
			return events, nil
		}
		in.Marker = out.NextMarker
	}
}

// look gets the execution in which the workflow is, without its data if it has not ended.
func (x *Execution[Out]) look(ctx context.Context) (*lambda.GetDurableExecutionOutput, error) {
	for {
		x.mu.Lock()
		arn := x.last
		x.mu.Unlock()
		if arn == "" {
			arn = x.ARN
		}
		got, err := x.get(ctx, arn, false)
		if err != nil || !wire.ExecutionStatus(got.Status).Closed() {
			return got, err
		}
		if got, err = x.get(ctx, arn, true); err != nil {
			return nil, err
		}
		link, gone := chain.FromResult(got.Result)
		if !gone || link.From != arn {
			return got, nil
		}
		a, _ := arns.Parse(arn)
		a.Version, a.Name = "", ""
		next, err := x.named(ctx, a.FunctionARN(), link.To)
		if err != nil {
			return nil, err
		}
		x.mu.Lock()
		x.last = aws.ToString(next.DurableExecutionArn)
		x.mu.Unlock()
	}
}

func (x *Execution[Out]) get(ctx context.Context, arn string, data bool) (*lambda.GetDurableExecutionOutput, error) {
	got, err := x.api.GetDurableExecution(ctx, &lambda.GetDurableExecutionInput{DurableExecutionArn: &arn, IncludeExecutionData: &data})
	if _, missing := errors.AsType[*types.ResourceNotFoundException](err); missing {
		return nil, fmt.Errorf("%w: %s", ErrNotFound, arn)
	}
	if err != nil {
		return nil, fmt.Errorf("%s can't be looked at: %w", arn, err)
	}
	return got, nil
}

// named gives the newest execution of a name, on any version of a function.
func (x *Execution[Out]) named(ctx context.Context, function, name string) (*types.Execution, error) {
	page, err := x.api.ListDurableExecutionsByFunction(ctx, &lambda.ListDurableExecutionsByFunctionInput{
		FunctionName: &function, DurableExecutionName: &name, MaxItems: 1,
	})
	if err != nil {
		return nil, fmt.Errorf("%s can't be looked for: %w", name, err)
	}
	if len(page.DurableExecutions) == 0 {
		return nil, fmt.Errorf("%w: %s of %s", ErrNotFound, name, function[strings.LastIndexByte(function, ':')+1:])
	}
	return &page.DurableExecutions[0], nil
}
