package main

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// TestGoSDK drives the engine with AWS's SDK for Go, unmodified.
func TestGoSDK(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the binary and runs it")
	}
	t.Parallel()
	s := startService(t)
	client := lambda.New(lambda.Options{
		Region:       "us-east-1",
		BaseEndpoint: aws.String(s.url),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "dummy", SecretAccessKey: "dummy"}, nil
		}),
	})
	ctx := t.Context()
	invoke := func(t *testing.T, function string, kind types.InvocationType, payload string) *lambda.InvokeOutput {
		t.Helper()
		out, err := client.Invoke(ctx, &lambda.InvokeInput{
			FunctionName: aws.String(function), Qualifier: aws.String("$LATEST"), InvocationType: kind, Payload: []byte(payload)})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	history := func(t *testing.T, arn *string, page int32) []types.Event {
		t.Helper()
		pages := lambda.NewGetDurableExecutionHistoryPaginator(client, &lambda.GetDurableExecutionHistoryInput{
			DurableExecutionArn: arn, IncludeExecutionData: aws.Bool(true), MaxItems: page})
		var events []types.Event
		for pages.HasMorePages() {
			out, err := pages.NextPage(ctx)
			if err != nil {
				t.Fatal(err)
			}
			events = append(events, out.Events...)
		}
		return events
	}
	until := func(t *testing.T, done func() bool) {
		t.Helper()
		for deadline := time.Now().Add(2 * time.Minute); !done(); time.Sleep(50 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("it takes more than two minutes")
			}
		}
	}
	status := func(t *testing.T, arn *string) *lambda.GetDurableExecutionOutput {
		t.Helper()
		out, err := client.GetDurableExecution(ctx, &lambda.GetDurableExecutionInput{DurableExecutionArn: arn})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}

	t.Run("invoke, get, history, list", func(t *testing.T) {
		out := invoke(t, "conformance-9-2", types.InvocationTypeRequestResponse, "[1,2]")
		if string(out.Payload) != "[2,4]" || out.FunctionError != nil {
			t.Fatalf("%s %v", out.Payload, out.FunctionError)
		}
		if got := status(t, out.DurableExecutionArn); got.Status != types.ExecutionStatusSucceeded || aws.ToString(got.Result) != "[2,4]" {
			t.Errorf("%+v", got)
		}
		events := history(t, out.DurableExecutionArn, 2)
		for i, e := range events {
			if int(aws.ToInt32(e.EventId)) != i+1 {
				t.Errorf("event %d has number %d", i+1, aws.ToInt32(e.EventId))
			}
		}
		if len(events) != 9 || len(history(t, out.DurableExecutionArn, 0)) != 9 {
			t.Errorf("%d events", len(events))
		}
		listed, err := client.ListDurableExecutionsByFunction(ctx, &lambda.ListDurableExecutionsByFunctionInput{
			FunctionName: aws.String("conformance-9-2"), Statuses: []types.ExecutionStatus{types.ExecutionStatusSucceeded}})
		if err != nil || len(listed.DurableExecutions) != 1 || *listed.DurableExecutions[0].DurableExecutionArn != *out.DurableExecutionArn {
			t.Errorf("%v %+v", err, listed)
		}
	})
	t.Run("callback", func(t *testing.T) {
		out := invoke(t, "conformance-7-13", types.InvocationTypeEvent, `"ask"`)
		var callback *string
		until(t, func() bool {
			for _, e := range history(t, out.DurableExecutionArn, 0) {
				if e.CallbackStartedDetails != nil {
					callback = e.CallbackStartedDetails.CallbackId
				}
			}
			return callback != nil
		})
		if _, err := client.SendDurableExecutionCallbackHeartbeat(ctx, &lambda.SendDurableExecutionCallbackHeartbeatInput{CallbackId: callback}); err != nil {
			t.Fatal(err)
		}
		if _, err := client.SendDurableExecutionCallbackSuccess(ctx, &lambda.SendDurableExecutionCallbackSuccessInput{
			CallbackId: callback, Result: []byte(`"yes"`)}); err != nil {
			t.Fatal(err)
		}
		until(t, func() bool { return status(t, out.DurableExecutionArn).Status == types.ExecutionStatusSucceeded })
		_, err := client.SendDurableExecutionCallbackFailure(ctx, &lambda.SendDurableExecutionCallbackFailureInput{
			CallbackId: callback, Error: &types.ErrorObject{ErrorType: aws.String("Late")}})
		if late := (*types.CallbackTimeoutException)(nil); !errors.As(err, &late) {
			t.Errorf("a late answer: %v", err)
		}
	})
	t.Run("stop", func(t *testing.T) {
		out := invoke(t, "conformance-2-5", types.InvocationTypeEvent, "")
		if _, err := client.StopDurableExecution(ctx, &lambda.StopDurableExecutionInput{
			DurableExecutionArn: out.DurableExecutionArn, Error: &types.ErrorObject{ErrorType: aws.String("Enough")}}); err != nil {
			t.Fatal(err)
		}
		if got := status(t, out.DurableExecutionArn); got.Status != types.ExecutionStatusStopped || aws.ToString(got.Error.ErrorType) != "Enough" {
			t.Errorf("%+v", got)
		}
	})
	t.Run("refusals", func(t *testing.T) {
		_, err := client.Invoke(ctx, &lambda.InvokeInput{FunctionName: aws.String("nobody"), Qualifier: aws.String("$LATEST")})
		if unknown := (*types.ResourceNotFoundException)(nil); !errors.As(err, &unknown) {
			t.Errorf("an unknown function: %v", err)
		}
		_, err = client.Invoke(ctx, &lambda.InvokeInput{FunctionName: aws.String("conformance-1-1")})
		if invalid := (*types.InvalidParameterValueException)(nil); !errors.As(err, &invalid) || !strings.Contains(err.Error(), "unqualified") {
			t.Errorf("no qualifier: %v", err)
		}
	})
}
