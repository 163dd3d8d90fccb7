package flow_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/durablegen/durablegen/runtime/durable"
	"github.com/durablegen/durablegen/runtime/engine"
	"github.com/durablegen/durablegen/runtime/flow"
	"github.com/durablegen/durablegen/runtime/wire"
)

// job says how an execution of the workflow of these tests is to end.
type job struct {
	End   string        `json:"end"`
	Left  int           `json:"left"` // how often it goes on as another execution
	Pause flow.Duration `json:"pause"`
}

type done struct {
	By   string  `json:"by"`
	Note *string `json:"note,omitempty"`
}

var errorsOfJobs = durable.Errors(&refused{})

func work(ctx *durable.Context, j job) (done, error) {
	if j.Left > 0 {
		j.Left--
		return done{}, durable.Again(ctx, nil, j)
	}
	if err := durable.Wait(ctx, &durable.WaitSpec{Name: "rest"}, time.Duration(j.Pause)); err != nil {
		return done{}, err
	}
	switch j.End {
	case "refused":
		return done{}, &refused{Why: "closed"}
	case "no such error":
		return done{}, errors.New("the disk is full")
	case "asks":
		return durable.RunInChildContext(ctx, &durable.ContextSpec{Name: "kitchen"}, func(ctx *durable.Context) (done, error) {
			ask, err := durable.CreateCallback[done](ctx, &durable.CallbackSpec{Name: "ask", Timeout: time.Hour})
			if err != nil {
				return done{}, err
			}
			return ask.Await(ctx)
		})
	}
	return done{By: "work"}, nil
}

// serve serves the workflow over HTTP, and gives the SDK's client of that, and one of the
// workflow.
func serve(t *testing.T) (*lambda.Client, *flow.Client[job, done]) {
	t.Helper()
	eng, err := engine.New(engine.Options{SkipTime: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { eng.Close() })
	server := httptest.NewServer(eng.Handler())
	t.Cleanup(server.Close)
	f := flow.Workflow(durable.Definition{Name: "work", Errors: errorsOfJobs}, work)
	err = eng.Register(engine.Function{
		Name: "work", Versions: []string{"1", "2"}, Aliases: map[string]string{"live": "1", "next": "2"}, ExecutionTimeout: time.Hour,
		Invoker: engine.DurableFunc(func(ctx context.Context, in wire.InvocationInput) (wire.InvocationOutput, error) {
			return f.Invoke(ctx, eng, in)
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := eng.Start(); err != nil {
		t.Fatal(err)
	}
	api := lambda.New(lambda.Options{
		BaseEndpoint: aws.String(server.URL), Region: "us-east-1",
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""), HTTPClient: server.Client(),
	})
	return api, clientOf(api, "work:live")
}

func clientOf(api flow.ExecutionClient, function string) *flow.Client[job, done] {
	return &flow.Client[job, done]{API: api, Function: function, Errors: errorsOfJobs, MaxPause: 5 * time.Millisecond}
}

func TestAClientReadsHowAnExecutionEnds(t *testing.T) {
	_, c := serve(t)
	ctx := t.Context()

	if got, err := c.Run(ctx, "order-1", job{Pause: flow.Duration(10 * time.Minute)}); err != nil || got.By != "work" {
		t.Errorf("got %+v, %v", got, err)
	}

	_, err := c.Run(ctx, "", job{End: "refused"})
	failed, ok := errors.AsType[*flow.ExecutionError](err)
	if !ok || failed.Status != wire.ExecutionFailed || !strings.Contains(failed.ARN, ":function:work:1/durable-execution/") {
		t.Fatalf("got %#v", err)
	}
	if declared, ok := errors.AsType[*refused](err); !ok || declared.Why != "closed" {
		t.Errorf("the declared error is %#v", failed.Err)
	}

	_, err = c.Run(ctx, "order-2", job{End: "no such error"})
	if e, ok := errors.AsType[*durable.UnexpectedError](err); !ok || e.Message != "the disk is full" {
		t.Errorf("got %#v", err)
	}
	if want := "work/order-2 has failed: the disk is full"; err == nil || err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}

	_, err = c.Run(ctx, "order-3", job{Pause: flow.Duration(2 * time.Hour)})
	if e, ok := errors.AsType[*flow.ExecutionError](err); !ok || e.Status != wire.ExecutionTimedOut {
		t.Errorf("got %#v", err)
	}
	if _, ok := errors.AsType[*durable.TimeoutError](err); !ok {
		t.Errorf("got %#v", err)
	}
}

func TestAClientDescribesAnExecutionThatIsUnderWay(t *testing.T) {
	api, c := serve(t)
	ctx := t.Context()
	x, err := c.Start(ctx, "order-1", job{End: "asks"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := x.Result(ctx); !errors.Is(err, flow.ErrUnderWay) {
		t.Errorf("got %v", err)
	}
	var d flow.Description
	for len(d.Waits) == 0 || d.Waits[0].Kind != "callback" {
		if d, err = x.Describe(ctx); err != nil {
			t.Fatal(err)
		}
	}
	w := d.Waits[0]
	if d.ARN != x.ARN || d.Status != wire.ExecutionRunning || d.Started.IsZero() || !d.Ended.IsZero() || len(d.Waits) != 1 ||
		w.Operation != "kitchen/ask" || w.Until.Sub(w.Since) != time.Hour {
		t.Errorf("got %+v", d)
	}

	waiting, cancel := context.WithTimeout(ctx, 30*time.Millisecond)
	defer cancel()
	if _, err := x.Wait(waiting); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a wait that is given up gives %v", err)
	}

	answers := &flow.Answers[done]{Client: api, Callback: "ask"}
	if err := answers.Succeed(ctx, w.CallbackID, done{By: "cook", Note: new("")}); err != nil {
		t.Fatal(err)
	}
	found, err := c.Find(ctx, "order-1")
	if err != nil || found.ARN != x.ARN {
		t.Fatalf("found %v, %v", found, err)
	}
	if got, err := found.Wait(ctx); err != nil || !reflect.DeepEqual(got, done{By: "cook", Note: new("")}) {
		t.Errorf("got %+v, %v", got, err)
	}
	if d, err := x.Describe(ctx); err != nil || d.Status != wire.ExecutionSucceeded || d.Ended.IsZero() || d.Waits != nil {
		t.Errorf("got %+v, %v", d, err)
	}
}

func TestAClientTellsThatAnExecutionWasStopped(t *testing.T) {
	api, c := serve(t)
	ctx := t.Context()
	x, err := c.Start(ctx, "order-1", job{End: "asks"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = api.StopDurableExecution(ctx, &lambda.StopDurableExecutionInput{
		DurableExecutionArn: &x.ARN, Error: &types.ErrorObject{ErrorType: aws.String("Refused"), ErrorMessage: aws.String("nobody wants it")},
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Execution(x.ARN).Wait(ctx)
	if e, ok := errors.AsType[*flow.ExecutionError](err); !ok || e.Status != wire.ExecutionStopped {
		t.Errorf("got %#v", err)
	}
	if e, ok := errors.AsType[*durable.StoppedError](err); !ok || e.Message != "nobody wants it" {
		t.Errorf("got %#v", err)
	}
}

func TestAClientFollowsAWorkflowThatGoesOn(t *testing.T) {
	_, c := serve(t)
	ctx := t.Context()
	x, err := c.Start(ctx, "order-1", job{Left: 3, End: "refused"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = x.Wait(ctx)
	failed, ok := errors.AsType[*flow.ExecutionError](err)
	if !ok || !strings.Contains(failed.ARN, "/order-1-4-") {
		t.Fatalf("got %#v", err)
	}
	if d, err := x.Describe(ctx); err != nil || d.ARN != failed.ARN || d.Status != wire.ExecutionFailed {
		t.Errorf("got %+v, %v", d, err)
	}
	if !strings.Contains(x.ARN, "/order-1/") {
		t.Errorf("the ARN has become %s", x.ARN)
	}
	if again, err := c.Start(ctx, "order-1", job{Left: 3, End: "refused"}); err != nil || again.ARN != x.ARN {
		t.Errorf("started again: %v, %v", again, err)
	}
	if got, err := c.Run(ctx, "", job{Left: 2}); err != nil || got.By != "work" {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestAStartUnderANameHappensOnce(t *testing.T) {
	api, c := serve(t)
	ctx := t.Context()
	in := job{End: "refused", Pause: flow.Duration(time.Minute)}
	x, err := c.Start(ctx, "order-1", in)
	if err != nil {
		t.Fatal(err)
	}
	for _, other := range []*flow.Client[job, done]{c, clientOf(api, "work:next"), clientOf(api, "arn:aws:lambda:us-east-1:000000000000:function:work:2")} {
		if again, err := other.Start(ctx, "order-1", in); err != nil || again.ARN != x.ARN {
			t.Errorf("%s: got %v, %v", other.Function, again, err)
		}
	}
	_, err = c.Start(ctx, "order-1", job{})
	taken, ok := errors.AsType[*flow.AlreadyStartedError](err)
	if !ok || taken.ARN != x.ARN || taken.Name != "order-1" || taken.Input != `{"end":"refused","left":0,"pause":"1m0s"}` {
		t.Errorf("got %#v", err)
	}

	// Somebody else writes the same in other words.
	_, err = api.Invoke(ctx, &lambda.InvokeInput{
		FunctionName: aws.String("work:live"), InvocationType: types.InvocationTypeEvent, DurableExecutionName: aws.String("order-2"),
		Payload: []byte(`{ "pause": "60s", "end": "refused", "left": 0, "by": "hand" }`),
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Start(ctx, "order-2", in); err != nil {
		t.Error(err)
	}

	a, err := c.Start(ctx, "", in)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := c.Start(ctx, "", in); err != nil || a.ARN == b.ARN {
		t.Errorf("without a name: %v and %v, %v", a, b, err)
	}
}

func TestWhatCannotBeStartedIsTold(t *testing.T) {
	api, c := serve(t)
	ctx := t.Context()
	for _, test := range []struct {
		client *flow.Client[job, done]
		name   string
		in     job
		want   string
	}{
		{c, "order 1", job{}, `"order 1" can't be the name of an execution: 1 to 64 letters, digits, - and _`},
		{c, strings.Repeat("x", 65), job{}, "can't be the name of an execution"},
		{clientOf(api, "work"), "order-1", job{}, `"work" names no alias or version of the function, such as "work:live"`},
		{clientOf(api, "arn:aws:lambda:us-east-1:000000000000:function:work"), "", job{}, "names no alias or version"},
		{clientOf(api, "play:live"), "", job{}, "play:live is not started"},
		{c, "order-1", job{End: "\xff"}, "the input of work:live: end: "},
	} {
		_, err := test.client.Start(ctx, test.name, test.in)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s %q: got %v, want %s", test.client.Function, test.name, err, test.want)
		}
	}
	if _, err := c.Find(ctx, "order-1"); !errors.Is(err, flow.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	gone := "arn:aws:lambda:us-east-1:000000000000:function:work:1/durable-execution/order-1/5f0c2b1e-0000-4000-8000-000000000000"
	if _, err := c.Execution(gone).Wait(ctx); !errors.Is(err, flow.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

// busy answers that an execution is under way, or, at each third time, that it was asked too much.
type busy struct {
	flow.ExecutionClient
	asked []time.Time
	until time.Time
}

func (b *busy) GetDurableExecution(_ context.Context, in *lambda.GetDurableExecutionInput, _ ...func(*lambda.Options)) (*lambda.GetDurableExecutionOutput, error) {
	b.asked = append(b.asked, time.Now())
	out := &lambda.GetDurableExecutionOutput{DurableExecutionArn: in.DurableExecutionArn, Status: types.ExecutionStatusRunning}
	switch {
	case !time.Now().Before(b.until):
		out.Status, out.Result = types.ExecutionStatusSucceeded, aws.String(`{"by":"work"}`)
	case len(b.asked)%3 == 0:
		return nil, &types.TooManyRequestsException{}
	}
	return out, nil
}

func TestAClientWaitsWithPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		b := &busy{until: start.Add(10 * time.Minute)}
		x := (&flow.Client[job, done]{API: b, Function: "work:live"}).Execution("arn")
		if got, err := x.Wait(t.Context()); err != nil || got.By != "work" {
			t.Fatalf("got %v, %v", got, err)
		}
		if first := b.asked[1].Sub(start); first < 150*time.Millisecond || first > 250*time.Millisecond {
			t.Errorf("it looks again after %v", first)
		}
		if n := len(b.asked); n < 600/7 || n > 600/3 {
			t.Errorf("it looks %d times in ten minutes", n)
		}
	})
}
