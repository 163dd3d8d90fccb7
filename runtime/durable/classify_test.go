package durable

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/durablegen/durablegen/runtime/wire"
)

// What a call to the service may come to, over the wire, and what becomes of the
// invocation.
func TestAnswersOfTheService(t *testing.T) {
	const (
		again  = "invoked again"
		over   = "FAILED"
		paused = "PENDING"
	)
	page := http.Header{"Content-Type": {"text/html"}}
	code := func(code string) http.Header { return http.Header{"X-Amzn-Errortype": {code}} }
	for _, test := range []struct {
		name   string
		status int
		header http.Header
		body   string
		want   string
	}{
		{"an empty answer", 200, nil, ``, again},
		{"an answer without a state", 200, nil, `{"CheckpointToken":"t"}`, again},
		{"an answer cut short", 200, nil, `{"CheckpointToken":"t","NewExecutionState":{"Opera`, again},
		{"a page of a proxy", 200, page, `<html>`, again},
		{"an answer without a token", 200, nil, `{"NewExecutionState":{"Operations":[]}}`, paused},
		{"too many requests", 429, code("TooManyRequestsException"), `{"Message":"slow down"}`, again},
		{"too many requests, by a proxy", 429, page, `<html>`, again},
		{"throttled with another status", 400, code("ThrottlingException"), `{"message":"Rate exceeded"}`, again},
		{"a time-out", 408, page, `<html>`, again},
		{"a time-out with a code", 400, code("RequestTimeoutException"), `{}`, again},
		{"an expired token", 403, code("ExpiredTokenException"), `{"message":"The security token included in the request is expired"}`, again},
		{"an unknown token", 403, code("UnrecognizedClientException"), `{"message":"The security token included in the request is invalid."}`, again},
		{"a signature that is too old", 403, code("InvalidSignatureException"), `{"message":"Signature expired"}`, again},
		{"a broken service", 500, code("ServiceException"), `{}`, again},
		{"a proxy without a service", 502, page, `<html>`, again},
		{"a refusal by a proxy", 403, page, `<html>`, again},
		{"a stale token", 400, code("InvalidParameterValueException"), `{"message":"Invalid Checkpoint Token"}`, again},
		{"a wrong update", 400, code("InvalidParameterValueException"), `{"message":"Inconsistent operation type."}`, over},
		{"a key that is gone", 502, code("KMSNotFoundException"), `{"Message":"no key"}`, over},
		{"no permission", 403, code("AccessDeniedException"), `{"Message":"not authorized"}`, over},
		{"no function", 404, code("ResourceNotFoundException"), `{"Message":"no"}`, over},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				for name, values := range test.header {
					w.Header()[name] = values
				}
				w.WriteHeader(test.status)
				w.Write([]byte(test.body))
			}))
			defer server.Close()
			t.Setenv("AWS_ENDPOINT_URL_LAMBDA", server.URL)
			t.Setenv("AWS_REGION", "us-east-1")
			t.Setenv("AWS_ACCESS_KEY_ID", "test")
			t.Setenv("AWS_SECRET_ACCESS_KEY", "test")
			client := newLambdaClient(aws.NopRetryer{})
			f := workflow(func(ctx *Context) (any, error) { return named(ctx, "a") })
			judge := func(call string, out wire.InvocationOutput, err error, want string) {
				got := string(out.Status)
				if err != nil {
					got = again
				}
				if got != want {
					t.Errorf("%s: %s %+v %v, want %s", call, got, out.Error, err, want)
				}
			}
			out, err := f.Invoke(context.Background(), client, quickInput())
			judge("checkpoint", out, err, test.want)
			if test.want == paused {
				return // no token is asked for
			}
			in := quickInput()
			in.InitialExecutionState.NextMarker = "more"
			out, err = f.Invoke(context.Background(), client, in)
			judge("state", out, err, test.want)
		})
	}
	if c := classify(errors.New("connection reset")); c.kind != cutOff {
		t.Error("a broken connection is not left to the next invocation")
	}
	if c := classify(context.Canceled); c.kind != cutOff || !strings.Contains(c.Error(), "has ended") {
		t.Error(c)
	}
}
