package durabletest_test

import (
	"context"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/durablegen/durablegen/runtime/durable"
	"github.com/durablegen/durablegen/runtime/engine"
	"github.com/durablegen/durablegen/runtime/wire"
)

// The client that a deployed function uses, against the service's HTTP API.
func TestLambdaClient(t *testing.T) {
	eng, err := engine.New(engine.Options{SkipTime: true})
	if err != nil {
		t.Fatal(err)
	}
	defer eng.Close()
	server := httptest.NewServer(eng.Handler())
	defer server.Close()
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_LAMBDA": server.URL, "AWS_REGION": "us-east-1",
		"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
	} {
		t.Setenv(name, value)
	}
	client := durable.NewLambdaClient()

	f := durable.Workflow(definition, func(ctx *durable.Context, n int) ([]string, error) {
		items := make([]int, n)
		out, err := durable.Map(ctx, &durable.BatchSpec{}, items, func(ctx *durable.Context, i, _ int) (string, error) {
			return durable.Step(ctx, &durable.StepSpec{Name: "print"}, func(c context.Context) (string, error) {
				if i == 0 && durable.Attempt(c) == 1 {
					return "", &Refused{"no paper"}
				}
				return string(rune('a' + i)), nil
			})
		})
		if err != nil {
			return nil, err
		}
		_, err = durable.Step(ctx, &durable.StepSpec{Name: "check", Retry: durable.NoRetry}, func(context.Context) (int, error) {
			return 0, &Refused{"<no>"}
		})
		out = append(out, err.Error())
		if err := durable.Wait(ctx, &durable.WaitSpec{}, time.Hour); err != nil {
			return nil, err
		}
		return out, nil
	})
	if err := eng.Register(engine.Function{Name: "order", Invoker: engine.DurableFunc(
		func(ctx context.Context, in wire.InvocationInput) (wire.InvocationOutput, error) {
			return f.Invoke(ctx, client, in)
		})}); err != nil {
		t.Fatal(err)
	}
	if err := eng.Start(); err != nil {
		t.Fatal(err)
	}
	input := "3"
	started, err := eng.StartExecution(context.Background(), engine.StartInput{Function: "order", Qualifier: "$LATEST", Input: &input})
	if err != nil {
		t.Fatal(err)
	}
	x, err := eng.WaitExecution(context.Background(), started.ARN)
	if err != nil {
		t.Fatal(err)
	}
	if want := `["a","b","c","refused: <no>"]`; x.Result == nil || *x.Result != want {
		t.Errorf("%s, %v %+v, want %s", x.Status, x.Result, x.Error, want)
	}

	_, err = client.Checkpoint(context.Background(), started.ARN, wire.CheckpointInput{CheckpointToken: "c3RhbGU="})
	refused, ok := err.(*wire.APIError)
	if !ok || refused.Code != "InvalidParameterValueException" || refused.HTTPStatus != 400 {
		t.Errorf("a stale token gave %#v", err)
	}
}
