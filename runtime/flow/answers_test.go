package flow_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/durablegen/durablegen/runtime/durable"
	"github.com/durablegen/durablegen/runtime/flow"
)

// api notes what it is asked.
type api struct {
	got  string
	fail error
}

func (a *api) SendDurableExecutionCallbackSuccess(_ context.Context, in *lambda.SendDurableExecutionCallbackSuccessInput, _ ...func(*lambda.Options)) (*lambda.SendDurableExecutionCallbackSuccessOutput, error) {
	a.got = fmt.Sprintf("success %s %s", *in.CallbackId, in.Result)
	return nil, a.fail
}

func (a *api) SendDurableExecutionCallbackFailure(_ context.Context, in *lambda.SendDurableExecutionCallbackFailureInput, _ ...func(*lambda.Options)) (*lambda.SendDurableExecutionCallbackFailureOutput, error) {
	a.got = fmt.Sprintf("failure %s %s %q %s", *in.CallbackId, *in.Error.ErrorType, *in.Error.ErrorMessage, *in.Error.ErrorData)
	return nil, a.fail
}

func (a *api) SendDurableExecutionCallbackHeartbeat(_ context.Context, in *lambda.SendDurableExecutionCallbackHeartbeatInput, _ ...func(*lambda.Options)) (*lambda.SendDurableExecutionCallbackHeartbeatOutput, error) {
	a.got = "heartbeat " + *in.CallbackId
	return nil, a.fail
}

type reply struct {
	Accepted bool `json:"accepted"`
	Minutes  int  `json:"minutes"`
}

type refused struct {
	Why string `json:"why"`
}

func (e *refused) Error() string     { return "refused: " + e.Why }
func (e *refused) ErrorType() string { return "Refused" }

func TestCallbacksAreAnsweredOverHTTP(t *testing.T) {
	for _, test := range []struct {
		method, url, body string
		fail              error
		status            int
		want              string // of the API, or of the response
	}{
		{"POST", "/answers/a%2Fb==", `{"accepted":true,"minutes":5,"more":1}`, nil, 204, `success a/b== {"accepted":true,"minutes":5}`},
		{"POST", "/ask?callbackId=c1", `{"accepted":true,"minutes":5}`, nil, 204, `success c1 {"accepted":true,"minutes":5}`},
		{"POST", "/answers/c1", `{"accepted":true}`, nil, 400, `field "minutes" is missing`},
		{"POST", "/answers/c1", `{`, nil, 400, `not JSON: no name of a field at byte 1`},
		{"POST", "/answers/c1?fail=Refused", `{"why":"closed"}`, nil, 204, `failure c1 Refused "refused: closed" {"why":"closed"}`},
		{"POST", "/answers/c1?fail=Refused", `{}`, nil, 400, `field "why" is missing`},
		{"POST", "/answers/c1?fail=Refused", ``, nil, 400, `field "why" is missing`},
		{"POST", "/answers/c1", ``, nil, 400, `an object is needed, not null`},
		{"POST", "/answers/c1?fail=Other", `{}`, nil, 400, `the callback ask does not fail with "Other"`},
		{"POST", "/answers/c1?heartbeat=true", ``, nil, 204, `heartbeat c1`},
		{"POST", "/ask", `{}`, nil, 400, `callbackId is missing`},
		{"GET", "/ask?callbackId=c1", ``, nil, 405, `a callback is answered by POST`},
		{"POST", "/answers/c1?heartbeat=true", ``, errors.New("secret"), 502, `the callback could not be answered`},
		{"POST", "/answers/c1", strings.Repeat(" ", 2<<20), nil, 413, `the answer is too large`},
	} {
		client := &api{fail: test.fail}
		answers := &flow.Answers[reply]{Client: client, Callback: "ask", Errors: durable.Errors(&refused{})}
		mux := http.NewServeMux()
		mux.Handle("/answers/{callbackId}", answers)
		mux.Handle("/ask", answers)
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest(test.method, test.url, strings.NewReader(test.body)))
		got := client.got
		if test.status != 204 {
			got = strings.TrimSpace(w.Body.String())
		}
		if w.Code != test.status || got != test.want {
			t.Errorf("%s %s: got %d %s, want %d %s", test.method, test.url, w.Code, got, test.status, test.want)
		}
	}
}

func TestAnErrorThatIsNotDeclaredIsNotSent(t *testing.T) {
	client := &api{}
	answers := &flow.Answers[flow.None]{Client: client, Callback: "ask"}
	if err := answers.Fail(context.Background(), "c1", &refused{}); err == nil || client.got != "" {
		t.Errorf("got %v, %s", err, client.got)
	}
}
