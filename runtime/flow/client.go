package flow

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/durablegen/durablegen/internal/arns"
	"github.com/durablegen/durablegen/internal/chain"
	"github.com/durablegen/durablegen/runtime/durable"
)

// ExecutionClient is the part of the Lambda API by which executions are started and looked
// at; *lambda.Client of the AWS SDK has it.
type ExecutionClient interface {
	Invoke(context.Context, *lambda.InvokeInput, ...func(*lambda.Options)) (*lambda.InvokeOutput, error)
	GetDurableExecution(context.Context, *lambda.GetDurableExecutionInput, ...func(*lambda.Options)) (*lambda.GetDurableExecutionOutput, error)
	GetDurableExecutionHistory(context.Context, *lambda.GetDurableExecutionHistoryInput, ...func(*lambda.Options)) (*lambda.GetDurableExecutionHistoryOutput, error)
	ListDurableExecutionsByFunction(context.Context, *lambda.ListDurableExecutionsByFunctionInput, ...func(*lambda.Options)) (*lambda.ListDurableExecutionsByFunctionOutput, error)
}

// Client starts executions of one workflow from outside of it, and finds them again. In is
// its input and Out its result, encoded as its handler does. It may be used by several
// goroutines.
type Client[In, Out any] struct {
	API ExecutionClient
	// Function is what the workflow is deployed as: a name with an alias or a version, such
	// as "fulfilOrder:live", or such an ARN.
	Function string
	// Errors are the declared errors with which it may fail.
	Errors durable.ErrorTypes
	// MaxPause is the longest pause between two looks of [Execution.Wait]; zero means 5 s. An
	// account may look 30 times a second, whoever in it does.
	MaxPause time.Duration
}

// AlreadyStartedError says that an execution was started under a name before, with another input.
type AlreadyStartedError struct {
	ARN   string // of that execution
	Name  string
	Input string // its input, as JSON
}

func (e *AlreadyStartedError) Error() string {
	return fmt.Sprintf("execution %s was started with another input", e.Name)
}

// ErrNotFound says that a function has no execution of a name: there was none, or it is no
// longer kept.
var ErrNotFound = errors.New("there is no such execution")

// Start starts an execution. Its name, of 1 to 64 letters, digits, - and _, makes that safe to
// repeat: the second start under a name finds the execution of the first one, whatever has
// become of it and whichever version of the function it runs on, as long as the service keeps
// it. With another input it fails with an [*AlreadyStartedError]. If name is empty, the service
// gives one, and each call starts another execution.
func (c *Client[In, Out]) Start(ctx context.Context, name string, in In) (*Execution[Out], error) {
	if err := checkStart(c.Function, name); err != nil {
		return nil, err
	}
	text, err := Encode(in)
	if err != nil {
		return nil, fmt.Errorf("the input of %s: %w", c.Function, err)
	}
	call := &lambda.InvokeInput{FunctionName: &c.Function, InvocationType: types.InvocationTypeEvent, Payload: []byte(text)}
	if name != "" {
		call.DurableExecutionName = &name
	}
	out, err := c.API.Invoke(ctx, call)
	if _, taken := errors.AsType[*types.DurableExecutionAlreadyStartedException](err); taken {
		return c.again(ctx, name, text)
	}
	if err != nil {
		return nil, fmt.Errorf("%s is not started: %w", c.Function, err)
	}
	if aws.ToString(out.DurableExecutionArn) == "" {
		return nil, fmt.Errorf("%s was invoked, but it is no durable function: there is no execution of it", c.Function)
	}
	return c.Execution(*out.DurableExecutionArn), nil
}

// again finds the execution of a name that is taken, if it has the same input, however that is
// written.
func (c *Client[In, Out]) again(ctx context.Context, name, input string) (*Execution[Out], error) {
	x, err := c.Find(ctx, name)
	if err != nil {
		return nil, err
	}
	got, err := x.get(ctx, x.ARN, true)
	if err != nil {
		return nil, err
	}
	_, own, _ := chain.FromInput(got.InputPayload)
	var before In
	if err := Decode(aws.ToString(own), &before); err == nil {
		if text, err := Encode(before); err == nil && text == input {
			return x, nil
		}
	}
	return nil, &AlreadyStartedError{ARN: x.ARN, Name: name, Input: aws.ToString(own)}
}

// Run starts an execution as [Client.Start] does, and waits for its result as
// [Execution.Wait] does.
func (c *Client[In, Out]) Run(ctx context.Context, name string, in In) (Out, error) {
	x, err := c.Start(ctx, name, in)
	if err != nil {
		var none Out
		return none, err
	}
	return x.Wait(ctx)
}

// Find gives the newest execution of a name. The error is [ErrNotFound] if there is none.
func (c *Client[In, Out]) Find(ctx context.Context, name string) (*Execution[Out], error) {
	function := c.Function
	if a, ok := arns.Parse(function); ok {
		a.Version = ""
		function = a.FunctionARN()
	} else if name, _, ok := strings.Cut(function, ":"); ok && !strings.Contains(function, ":function:") {
		function = name
	}
	x := c.Execution("")
	found, err := x.named(ctx, function, name)
	if err != nil {
		return nil, err
	}
	x.ARN = aws.ToString(found.DurableExecutionArn)
	return x, nil
}

// Execution gives the execution of an ARN, such as one that was kept from [Execution.ARN]. It
// asks nothing of the service.
func (c *Client[In, Out]) Execution(arn string) *Execution[Out] {
	return &Execution[Out]{ARN: arn, api: c.API, errors: c.Errors, maxPause: c.MaxPause}
}

// checkStart reports what the service would refuse in other words.
func checkStart(function, name string) error {
	if name != "" && !arns.IsName(name) {
		return fmt.Errorf("%q can't be the name of an execution: 1 to 64 letters, digits, - and _", name)
	}
	_, version, _ := strings.Cut(function, ":")
	if a, ok := arns.Parse(function); ok {
		version = a.Version
	}
	if version == "" {
		return fmt.Errorf("%q names no alias or version of the function, such as %q", function, function+":live")
	}
	return nil
}
