package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/durablegen/durablegen/runtime/engine"
	"github.com/durablegen/durablegen/runtime/wire"
)

// newClient serves an engine over HTTP to the AWS SDK, unmodified.
func newClient(t *testing.T, e *engine.Engine) *lambda.Client {
	t.Helper()
	srv := httptest.NewServer(e.Handler())
	t.Cleanup(srv.Close)
	return lambda.New(lambda.Options{
		Region:       "us-east-1",
		BaseEndpoint: aws.String(srv.URL),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "local", SecretAccessKey: "local"}, nil
		}),
		Retryer: aws.NopRetryer{},
	})
}

// approval asks for an approval through the SDK and returns it: a handler as
// another language's SDK would be one, on nothing but the API.
func approval(client **lambda.Client) engine.Invoker {
	return engine.DurableFunc(func(ctx context.Context, in wire.InvocationInput) (wire.InvocationOutput, error) {
		c, arn := *client, aws.String(in.DurableExecutionArn)
		page, err := c.GetDurableExecutionState(ctx, &lambda.GetDurableExecutionStateInput{
			DurableExecutionArn: arn, CheckpointToken: aws.String(in.CheckpointToken), MaxItems: 1,
		})
		if err != nil {
			return wire.InvocationOutput{}, err
		}
		if len(page.Operations) != 1 || page.Operations[0].Type != types.OperationTypeExecution {
			return wire.InvocationOutput{}, errors.New("the first operation isn't the EXECUTION")
		}
		if len(in.InitialExecutionState.Operations) == 1 {
			out, err := c.CheckpointDurableExecution(ctx, &lambda.CheckpointDurableExecutionInput{
				DurableExecutionArn: arn, CheckpointToken: aws.String(in.CheckpointToken),
				Updates: []types.OperationUpdate{{
					Id: aws.String("approve"), Name: aws.String("approve"), Type: types.OperationTypeCallback, SubType: aws.String("Callback"),
					Action: types.OperationActionStart, CallbackOptions: &types.CallbackOptions{TimeoutSeconds: 100, HeartbeatTimeoutSeconds: 50},
				}},
			})
			if err != nil {
				return wire.InvocationOutput{}, err
			}
			if out.NewExecutionState.Operations[0].CallbackDetails.CallbackId == nil {
				return wire.InvocationOutput{}, errors.New("no callback ID")
			}
			return wire.InvocationOutput{Status: wire.InvocationPending}, nil
		}
		cb := in.InitialExecutionState.Operations[1]
		if cb.CallbackDetails.Error != nil {
			return wire.InvocationOutput{Status: wire.InvocationFailed, Error: cb.CallbackDetails.Error}, nil
		}
		return wire.InvocationOutput{Status: wire.InvocationSucceeded, Result: cb.CallbackDetails.Result}, nil
	})
}

func newApproval(t *testing.T) (*engine.Engine, *lambda.Client) {
	t.Helper()
	e, err := engine.New(engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	var client *lambda.Client
	if err := e.Register(engine.Function{Name: "approval", Invoker: approval(&client), ExecutionTimeout: engine.MaxSyncTimeout}); err != nil {
		t.Fatal(err)
	}
	client = newClient(t, e)
	if err := e.Start(); err != nil {
		t.Fatal(err)
	}
	return e, client
}

// callbackID waits until an execution's callback is open.
func callbackID(t *testing.T, client *lambda.Client, arn *string) *string {
	t.Helper()
	for {
		h, err := client.GetDurableExecutionHistory(t.Context(), &lambda.GetDurableExecutionHistoryInput{DurableExecutionArn: arn, IncludeExecutionData: aws.Bool(true)})
		if err != nil {
			t.Fatal(err)
		}
		var id *string
		for _, ev := range h.Events {
			if ev.CallbackStartedDetails != nil {
				id = ev.CallbackStartedDetails.CallbackId
			}
			if ev.InvocationCompletedDetails != nil && id != nil {
				return id
			}
		}
	}
}

func TestSDKCallbackSucceeds(t *testing.T) {
	_, client := newApproval(t)
	ctx := t.Context()
	started, err := client.Invoke(ctx, &lambda.InvokeInput{
		FunctionName: aws.String("approval"), Qualifier: aws.String("$LATEST"), InvocationType: types.InvocationTypeEvent,
		DurableExecutionName: aws.String("order-1"), Payload: []byte(`{"n": 1}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	arn := started.DurableExecutionArn
	if started.StatusCode != 202 || aws.ToString(started.ExecutedVersion) != "$LATEST" || !strings.HasPrefix(aws.ToString(arn), "arn:aws:lambda:us-east-1:000000000000:function:approval:$LATEST/durable-execution/order-1/") {
		t.Fatalf("started %+v", started)
	}
	id := callbackID(t, client, arn)
	if _, err := client.SendDurableExecutionCallbackHeartbeat(ctx, &lambda.SendDurableExecutionCallbackHeartbeatInput{CallbackId: id}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.SendDurableExecutionCallbackSuccess(ctx, &lambda.SendDurableExecutionCallbackSuccessInput{CallbackId: id, Result: []byte(`{"status": "approved"}`)}); err != nil {
		t.Fatal(err)
	}
	_, err = client.SendDurableExecutionCallbackSuccess(ctx, &lambda.SendDurableExecutionCallbackSuccessInput{CallbackId: id})
	var late *types.CallbackTimeoutException
	if !errors.As(err, &late) {
		t.Errorf("a second answer gave %v", err)
	}
	// The same name and payload, waited for: the same execution.
	again, err := client.Invoke(ctx, &lambda.InvokeInput{
		FunctionName: aws.String("approval:$LATEST"), DurableExecutionName: aws.String("order-1"), Payload: []byte(`{"n": 1}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := string(again.Payload); got != `{"status": "approved"}` || *again.DurableExecutionArn != *arn || again.FunctionError != nil {
		t.Errorf("result %s of %s", got, *again.DurableExecutionArn)
	}
	_, err = client.Invoke(ctx, &lambda.InvokeInput{
		FunctionName: aws.String("approval:$LATEST"), DurableExecutionName: aws.String("order-1"), Payload: []byte(`{"n": 2}`),
	})
	var conflict *types.DurableExecutionAlreadyStartedException
	if !errors.As(err, &conflict) {
		t.Errorf("the same name with another payload gave %v", err)
	}

	got, err := client.GetDurableExecution(ctx, &lambda.GetDurableExecutionInput{DurableExecutionArn: arn})
	if err != nil {
		t.Fatal(err)
	}
	if got.Status != types.ExecutionStatusSucceeded || *got.InputPayload != `{"n": 1}` || *got.Result != `{"status": "approved"}` || got.EndTimestamp == nil {
		t.Errorf("execution %+v", got)
	}
	history := pages(t, client, arn, 2)
	want := "ExecutionStarted CallbackStarted InvocationCompleted CallbackSucceeded InvocationCompleted ExecutionSucceeded"
	if strings.Join(history, " ") != want {
		t.Errorf("history %v", history)
	}
}

// pages reads an execution's history page by page.
func pages(t *testing.T, client *lambda.Client, arn *string, size int32) []string {
	t.Helper()
	var kinds []string
	var marker *string
	for {
		h, err := client.GetDurableExecutionHistory(t.Context(), &lambda.GetDurableExecutionHistoryInput{
			DurableExecutionArn: arn, MaxItems: size, Marker: marker, IncludeExecutionData: aws.Bool(true),
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(h.Events) > int(size) {
			t.Fatalf("a page of %d events", len(h.Events))
		}
		for _, ev := range h.Events {
			kinds = append(kinds, string(ev.EventType))
			if int(*ev.EventId) != len(kinds) {
				t.Errorf("event %d comes as number %d", *ev.EventId, len(kinds))
			}
		}
		if marker = h.NextMarker; marker == nil {
			return kinds
		}
	}
}

func TestSDKCallbackFailsAndSyncInvoke(t *testing.T) {
	_, client := newApproval(t)
	ctx := t.Context()
	answered := make(chan error, 1)
	go func() {
		for {
			l, err := client.ListDurableExecutionsByFunction(ctx, &lambda.ListDurableExecutionsByFunctionInput{
				FunctionName: aws.String("approval"), Statuses: []types.ExecutionStatus{types.ExecutionStatusRunning},
				StartedAfter: aws.Time(time.Now().Add(-time.Hour)),
			})
			if err != nil {
				answered <- err
				return
			}
			if len(l.DurableExecutions) == 1 {
				id := callbackID(t, client, l.DurableExecutions[0].DurableExecutionArn)
				_, err := client.SendDurableExecutionCallbackFailure(ctx, &lambda.SendDurableExecutionCallbackFailureInput{
					CallbackId: id, Error: &types.ErrorObject{ErrorType: aws.String("Rejected"), ErrorMessage: aws.String("not approved")},
				})
				answered <- err
				return
			}
		}
	}()
	out, err := client.Invoke(ctx, &lambda.InvokeInput{FunctionName: aws.String("approval"), Qualifier: aws.String("$LATEST")})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-answered; err != nil {
		t.Fatal(err)
	}
	var body map[string]string
	json.Unmarshal(out.Payload, &body)
	if aws.ToString(out.FunctionError) != "Unhandled" || body["errorType"] != "Rejected" || body["errorMessage"] != "not approved" {
		t.Errorf("answer %+v %s", out, out.Payload)
	}
	got, err := client.GetDurableExecution(ctx, &lambda.GetDurableExecutionInput{DurableExecutionArn: out.DurableExecutionArn})
	if err != nil || got.Status != types.ExecutionStatusFailed || *got.Error.ErrorType != "Rejected" {
		t.Errorf("execution %+v, %v", got, err)
	}
}

func TestSDKStop(t *testing.T) {
	_, client := newApproval(t)
	ctx := t.Context()
	started, err := client.Invoke(ctx, &lambda.InvokeInput{
		FunctionName: aws.String("approval"), Qualifier: aws.String("$LATEST"), InvocationType: types.InvocationTypeEvent,
	})
	if err != nil {
		t.Fatal(err)
	}
	stop := func() time.Time {
		out, err := client.StopDurableExecution(ctx, &lambda.StopDurableExecutionInput{
			DurableExecutionArn: started.DurableExecutionArn, Error: &types.ErrorObject{ErrorMessage: aws.String("enough")},
		})
		if err != nil {
			t.Fatal(err)
		}
		return *out.StopTimestamp
	}
	if first, second := stop(), stop(); !first.Equal(second) {
		t.Errorf("stopped at %v and at %v", first, second)
	}
	got, err := client.GetDurableExecution(ctx, &lambda.GetDurableExecutionInput{DurableExecutionArn: started.DurableExecutionArn})
	if err != nil || got.Status != types.ExecutionStatusStopped || *got.Error.ErrorMessage != "enough" {
		t.Errorf("execution %+v, %v", got, err)
	}
}

func TestSDKErrorsHaveTheirTypes(t *testing.T) {
	_, client := newApproval(t)
	ctx := t.Context()
	var missing *types.ResourceNotFoundException
	_, err := client.GetDurableExecution(ctx, &lambda.GetDurableExecutionInput{
		DurableExecutionArn: aws.String("arn:aws:lambda:us-east-1:000000000000:function:approval:$LATEST/durable-execution/x/y"),
	})
	if !errors.As(err, &missing) {
		t.Errorf("an unknown execution gave %v", err)
	}
	_, err = client.Invoke(ctx, &lambda.InvokeInput{FunctionName: aws.String("nobody")})
	if !errors.As(err, &missing) {
		t.Errorf("an unknown function gave %v", err)
	}
	var invalid *types.InvalidParameterValueException
	_, err = client.Invoke(ctx, &lambda.InvokeInput{FunctionName: aws.String("approval")})
	if !errors.As(err, &invalid) || invalid.ErrorMessage() != "You cannot invoke a durable function using an unqualified ARN." {
		t.Errorf("an unqualified name gave %v", err)
	}
	_, err = client.CheckpointDurableExecution(ctx, &lambda.CheckpointDurableExecutionInput{
		DurableExecutionArn: aws.String("arn:aws:lambda:us-east-1:000000000000:function:approval:$LATEST/durable-execution/x/y"),
		CheckpointToken:     aws.String("abcd"),
	})
	if !errors.As(err, &invalid) || invalid.ErrorMessage() != "Invalid checkpoint token" {
		t.Errorf("an unknown execution's checkpoint gave %v", err)
	}
	_, err = client.SendDurableExecutionCallbackHeartbeat(ctx, &lambda.SendDurableExecutionCallbackHeartbeatInput{CallbackId: aws.String("nonsense")})
	if !errors.As(err, &invalid) {
		t.Errorf("a callback ID that is none gave %v", err)
	}
	out, err := client.Invoke(ctx, &lambda.InvokeInput{FunctionName: aws.String("approval:$LATEST"), InvocationType: types.InvocationTypeDryRun})
	if err != nil || out.StatusCode != 204 || out.DurableExecutionArn != nil {
		t.Errorf("a dry run gave %+v, %v", out, err)
	}
}

func TestSDKFunctionListings(t *testing.T) {
	_, client := newApproval(t)
	ctx := t.Context()
	list, err := client.ListFunctions(ctx, &lambda.ListFunctionsInput{})
	if err != nil || len(list.Functions) != 1 || *list.Functions[0].FunctionName != "approval" {
		t.Fatalf("functions %+v, %v", list, err)
	}
	f, err := client.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: aws.String("approval")})
	if err != nil || *f.DurableConfig.ExecutionTimeout != 900 || *f.DurableConfig.RetentionPeriodInDays != 14 {
		t.Errorf("configuration %+v, %v", f, err)
	}
	if _, err := client.GetFunction(ctx, &lambda.GetFunctionInput{FunctionName: aws.String("approval")}); err != nil {
		t.Error(err)
	}
	if _, err := client.ListVersionsByFunction(ctx, &lambda.ListVersionsByFunctionInput{FunctionName: aws.String("approval")}); err != nil {
		t.Error(err)
	}
	if _, err := client.ListAliases(ctx, &lambda.ListAliasesInput{FunctionName: aws.String("approval")}); err != nil {
		t.Error(err)
	}
}
