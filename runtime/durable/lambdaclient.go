package durable

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/durablegen/durablegen/runtime/wire"
)

const (
	connectTimeout = 5 * time.Second
	callTimeout    = 55 * time.Second
)

// lambdaClient is a Client over the Lambda API.
type lambdaClient struct{ api *lambda.Client }

// NewLambdaClient gives a Client for the Lambda API of the region that the
// environment names, or for the endpoint in AWS_ENDPOINT_URL_LAMBDA or
// AWS_ENDPOINT_URL. The AWS configuration files and the metadata services are left
// alone: a Lambda function has all it needs in its environment, and reading more
// would delay its start. Credentials are read for every call, since they change.
func NewLambdaClient() Client { return newLambdaClient(retry.NewStandard()) }

func newLambdaClient(retryer aws.Retryer) Client {
	options := lambda.Options{
		Region: firstEnv("AWS_REGION", "AWS_DEFAULT_REGION"),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{
				AccessKeyID:     os.Getenv("AWS_ACCESS_KEY_ID"),
				SecretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY"),
				SessionToken:    os.Getenv("AWS_SESSION_TOKEN"),
				Source:          "environment",
			}, nil
		}),
		Retryer: retryer,
		HTTPClient: awshttp.NewBuildableClient().WithTimeout(callTimeout).WithDialerOptions(func(d *net.Dialer) {
			d.Timeout = connectTimeout
		}).WithTransportOptions(func(t *http.Transport) {
			t.MaxIdleConnsPerHost = 4
		}),
	}
	if endpoint := firstEnv("AWS_ENDPOINT_URL_LAMBDA", "AWS_ENDPOINT_URL"); endpoint != "" {
		options.BaseEndpoint = &endpoint
	}
	return &lambdaClient{lambda.New(options)}
}

func firstEnv(names ...string) string {
	for _, name := range names {
		if v := os.Getenv(name); v != "" {
			return v
		}
	}
	return ""
}

// Checkpoint implements [Client].
func (l *lambdaClient) Checkpoint(ctx context.Context, arn string, in wire.CheckpointInput) (*wire.CheckpointOutput, error) {
	updates := make([]types.OperationUpdate, len(in.Updates))
	for i := range in.Updates {
		updates[i] = toUpdate(&in.Updates[i])
	}
	out, err := l.api.CheckpointDurableExecution(ctx, &lambda.CheckpointDurableExecutionInput{
		DurableExecutionArn: &arn, CheckpointToken: &in.CheckpointToken, ClientToken: optional(in.ClientToken), Updates: updates,
	})
	if err != nil {
		return nil, toAPIError(err)
	}
	state := out.NewExecutionState
	if state == nil {
		return nil, errNoAnswer
	}
	now, _ := awsmiddleware.GetServerTime(out.ResultMetadata)
	return &wire.CheckpointOutput{
		Now:               wire.TimeOf(now),
		CheckpointToken:   aws.ToString(out.CheckpointToken),
		NewExecutionState: wire.ExecutionState{Operations: fromOperations(state.Operations), NextMarker: aws.ToString(state.NextMarker)},
	}, nil
}

// State implements [Client].
func (l *lambdaClient) State(ctx context.Context, arn, token, marker string, maxItems int) (*wire.ExecutionState, error) {
	limit := int32(maxItems)
	out, err := l.api.GetDurableExecutionState(ctx, &lambda.GetDurableExecutionStateInput{
		DurableExecutionArn: &arn, CheckpointToken: &token, Marker: optional(marker), MaxItems: limit,
	})
	if err != nil {
		return nil, toAPIError(err)
	}
	if out.Operations == nil {
		return nil, errNoAnswer
	}
	return &wire.ExecutionState{Operations: fromOperations(out.Operations), NextMarker: aws.ToString(out.NextMarker)}, nil
}

// StartNamed implements [Client].
func (l *lambdaClient) StartNamed(ctx context.Context, function, name, input string) error {
	_, err := l.api.Invoke(ctx, &lambda.InvokeInput{
		FunctionName: &function, DurableExecutionName: &name, InvocationType: types.InvocationTypeEvent, Payload: []byte(input),
	})
	return toAPIError(err)
}

// errNoAnswer is an answer without what every answer has, such as an empty one. An
// answer without a token means something; this one means nothing.
var errNoAnswer = errors.New("durable: the service's answer is empty or cut short")

// toAPIError gives a refusal by the API as such. What never got an answer stays as
// it is.
func toAPIError(err error) error {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return err
	}
	out := &wire.APIError{Code: api.ErrorCode(), Message: api.ErrorMessage()}
	var response *smithyhttp.ResponseError
	if errors.As(err, &response) {
		out.HTTPStatus = response.HTTPStatusCode()
	}
	return out
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func toUpdate(u *wire.OperationUpdate) types.OperationUpdate {
	out := types.OperationUpdate{
		Id: &u.Id, Type: types.OperationType(u.Type), Action: types.OperationAction(u.Action),
		ParentId: optional(u.ParentId), Name: optional(u.Name), SubType: optional(u.SubType), Payload: u.Payload,
	}
	if e := u.Error; e != nil {
		out.Error = &types.ErrorObject{
			ErrorType: optional(e.ErrorType), ErrorMessage: optional(e.ErrorMessage), ErrorData: optional(e.ErrorData), StackTrace: e.StackTrace,
		}
	}
	if o := u.ContextOptions; o != nil {
		out.ContextOptions = &types.ContextOptions{ReplayChildren: &o.ReplayChildren}
	}
	if o := u.StepOptions; o != nil {
		out.StepOptions = &types.StepOptions{NextAttemptDelaySeconds: seconds(o.NextAttemptDelaySeconds)}
	}
	if o := u.WaitOptions; o != nil {
		out.WaitOptions = &types.WaitOptions{WaitSeconds: seconds(o.WaitSeconds)}
	}
	if o := u.CallbackOptions; o != nil {
		out.CallbackOptions = &types.CallbackOptions{}
		if o.TimeoutSeconds > 0 {
			out.CallbackOptions.TimeoutSeconds = *seconds(o.TimeoutSeconds)
		}
		if o.HeartbeatTimeoutSeconds > 0 {
			out.CallbackOptions.HeartbeatTimeoutSeconds = *seconds(o.HeartbeatTimeoutSeconds)
		}
	}
	if o := u.ChainedInvokeOptions; o != nil {
		out.ChainedInvokeOptions = &types.ChainedInvokeOptions{FunctionName: &o.FunctionName, TenantId: optional(o.TenantId), XAmznTraceId: optional(o.XAmznTraceId)}
	}
	return out
}

func seconds(n int) *int32 {
	s := int32(n)
	return &s
}

func fromOperations(list []types.Operation) []wire.Operation {
	if len(list) == 0 {
		return nil
	}
	out := make([]wire.Operation, len(list))
	for i := range list {
		fromOperation(&out[i], &list[i])
	}
	return out
}

func fromOperation(out *wire.Operation, op *types.Operation) {
	*out = wire.Operation{
		Id: aws.ToString(op.Id), ParentId: aws.ToString(op.ParentId), Name: aws.ToString(op.Name),
		Type: wire.OperationType(op.Type), SubType: aws.ToString(op.SubType), Status: wire.OperationStatus(op.Status),
		StartTimestamp: fromTime(op.StartTimestamp), EndTimestamp: fromTime(op.EndTimestamp),
	}
	if d := op.ExecutionDetails; d != nil {
		out.ExecutionDetails = &wire.ExecutionDetails{InputPayload: d.InputPayload}
	}
	if d := op.ContextDetails; d != nil {
		out.ContextDetails = &wire.ContextDetails{ReplayChildren: aws.ToBool(d.ReplayChildren), Result: d.Result, Error: fromError(d.Error)}
	}
	if d := op.StepDetails; d != nil {
		out.StepDetails = &wire.StepDetails{
			Attempt: int(d.Attempt), NextAttemptTimestamp: fromTime(d.NextAttemptTimestamp), Result: d.Result, Error: fromError(d.Error),
		}
	}
	if d := op.WaitDetails; d != nil {
		out.WaitDetails = &wire.WaitDetails{ScheduledEndTimestamp: fromTime(d.ScheduledEndTimestamp)}
	}
	if d := op.CallbackDetails; d != nil {
		out.CallbackDetails = &wire.CallbackDetails{CallbackId: aws.ToString(d.CallbackId), Result: d.Result, Error: fromError(d.Error)}
	}
	if d := op.ChainedInvokeDetails; d != nil {
		out.ChainedInvokeDetails = &wire.ChainedInvokeDetails{Result: d.Result, Error: fromError(d.Error)}
	}
}

func fromTime(t *time.Time) wire.Time {
	if t == nil {
		return 0
	}
	return wire.TimeOf(*t)
}

func fromError(e *types.ErrorObject) *wire.ErrorObject {
	if e == nil {
		return nil
	}
	return &wire.ErrorObject{
		ErrorType: aws.ToString(e.ErrorType), ErrorMessage: aws.ToString(e.ErrorMessage), ErrorData: aws.ToString(e.ErrorData), StackTrace: e.StackTrace,
	}
}
