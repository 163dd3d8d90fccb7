package engine

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/durablegen/durablegen/runtime/wire"
)

// waiting is a handler that opens a callback and waits for it.
func waiting(r *run) (wire.InvocationOutput, error) {
	switch cb := r.ops["k"]; cb.Status {
	case "":
		return pending, r.checkpoint(callbackUpdate("k", 0, 0))
	case wire.StatusSucceeded:
		if cb.CallbackDetails.Result == nil {
			return wire.InvocationOutput{Status: wire.InvocationSucceeded}, nil
		}
		return succeeded(*cb.CallbackDetails.Result), nil
	default:
		return failed(cb.CallbackDetails.Error.ErrorType, cb.CallbackDetails.Error.ErrorMessage), nil
	}
}

// request makes a request to the API and decodes the answer.
func request(t *testing.T, e *Engine, method, path, body string, header ...string) (*http.Response, map[string]any) {
	t.Helper()
	r := httptest.NewRequest(method, "http://localhost"+path, strings.NewReader(body))
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	e.Handler().ServeHTTP(w, r)
	resp := w.Result()
	if resp.Header.Get("X-Amzn-Requestid") == "" {
		t.Error("no request ID")
	}
	var v map[string]any
	b, _ := io.ReadAll(resp.Body)
	if len(b) > 0 && b[0] == '{' {
		if err := json.Unmarshal(b, &v); err != nil {
			t.Errorf("%s %s answered %s", method, path, b)
		}
	}
	return resp, v
}

func wantError(t *testing.T, resp *http.Response, body map[string]any, status int, code string) {
	t.Helper()
	if resp.StatusCode != status || resp.Header.Get("X-Amzn-Errortype") != code || body["__type"] != code || body["message"] == "" || resp.Header.Get("Content-Type") != "application/json" {
		t.Errorf("answered %d %v %v, want %d %s", resp.StatusCode, resp.Header, body, status, code)
	}
}

func TestPaths(t *testing.T) {
	e := newEngineFor(t, Options{Clock: NewManualClock(epoch)}, MaxSyncTimeout, map[string]script{"orders": waiting})
	arn := start(t, e, StartInput{Function: "orders", Name: "a", Input: str(`{"n":1}`)})
	e.Idle(t.Context())
	for _, label := range []string{pathEscape(arn), arn, url.PathEscape(arn), strings.ReplaceAll(arn, "$", "%24")} {
		resp, body := request(t, e, "GET", durablePath+label, "")
		if resp.StatusCode != 200 || body["DurableExecutionArn"] != arn || body["InputPayload"] != `{"n":1}` || body["StartTimestamp"] != 1767225600.0 || body["ExecutionDataIncluded"] != true {
			t.Errorf("%s answered %v", label, body)
		}
		resp, body = request(t, e, "GET", durablePath+label+"/history", "")
		if resp.StatusCode != 200 || len(body["Events"].([]any)) != 3 {
			t.Errorf("%s: history %v", label, body)
		}
	}
	resp, body := request(t, e, "GET", durablePath+pathEscape(arn)+"?IncludeExecutionData=false", "")
	if _, there := body["InputPayload"]; resp.StatusCode != 200 || there || body["ExecutionDataIncluded"] != false {
		t.Errorf("without data: %v", body)
	}
	for _, c := range []struct {
		method, path, body string
		status             int
		code               string
	}{
		{"GET", "/", "", 404, "ResourceNotFoundException"},
		{"GET", "/2025-12-01/durable-executions/", "", 400, "ValidationException"},
		{"GET", durablePath + "nonsense", "", 400, "ValidationException"},
		{"GET", durablePath + "nonsense/history", "", 400, "ValidationException"},
		{"GET", durablePath + "nonsense/state?CheckpointToken=abcd", "", 400, "ValidationException"},
		{"DELETE", durablePath + "nonsense", "", 400, "ValidationException"},
		{"DELETE", durablePath + pathEscape(arn), "", 409, "ResourceConflictException"},
		{"POST", durablePath + "nonsense/pause", "", 400, "ValidationException"},
		{"POST", durablePath + "nonsense/resume", "", 400, "ValidationException"},
		{"POST", durablePath + pathEscape(arn) + "/resume", "", 409, "ResourceConflictException"},
		{"POST", durablePath + pathEscape(arn) + "/pause", "[", 400, "SerializationException"},
		{"POST", durablePath + pathEscape(arn) + "/pause", `{"ClientToken":"a b"}`, 400, "ValidationException"},
		{"POST", durablePath + pathEscape(arn) + "/pause", `{"Reason":"` + strings.Repeat("ä", 1025) + `"}`, 400, "ValidationException"},
		{"GET", durablePath + pathEscape(arn) + "/stop", "", 404, "ResourceNotFoundException"},
		{"GET", durablePath + pathEscape(strings.Replace(arn, "us-east-1", "eu-west-1", 1)), "", 404, "ResourceNotFoundException"},
		{"GET", durablePath + pathEscape(arn) + "/history?MaxItems=1001", "", 400, "ValidationException"},
		{"GET", durablePath + pathEscape(arn) + "/history?MaxItems=-1", "", 400, "ValidationException"},
		{"GET", durablePath + pathEscape(arn) + "/history?MaxItems=x", "", 400, "SerializationException"},
		{"GET", durablePath + pathEscape(arn) + "/history?IncludeExecutionData=perhaps", "", 400, "SerializationException"},
		{"GET", durablePath + pathEscape(arn) + "/history?Marker=x", "", 400, "InvalidParameterValueException"},
		{"GET", durablePath + pathEscape(arn) + "/state", "", 400, "ValidationException"},
		{"GET", durablePath + pathEscape(arn) + "/state?CheckpointToken=abcd", "", 400, "InvalidParameterValueException"},
		{"POST", durablePath + pathEscape(arn) + "/checkpoint", "{", 400, "SerializationException"},
		{"POST", durablePath + pathEscape(arn) + "/checkpoint", `{"CheckpointToken":1}`, 400, "SerializationException"},
		{"POST", durablePath + pathEscape(arn) + "/checkpoint", "", 400, "ValidationException"},
		{"POST", durablePath + pathEscape(arn) + "/checkpoint", `{"CheckpointToken":"abcd"}`, 400, "InvalidParameterValueException"},
		{"POST", durablePath + "nonsense/checkpoint", `{"CheckpointToken":"abcd"}`, 400, "ValidationException"},
		{"POST", durablePath + "nonsense/stop", `{}`, 400, "ValidationException"},
		{"POST", callbackPath + "%C3%A4/succeed", "", 400, "ValidationException"},
		{"POST", callbackPath + "abcd/succeed", "", 400, "InvalidParameterValueException"},
		{"POST", callbackPath + "abcd/fail", "[", 400, "SerializationException"},
		{"POST", callbackPath + "abcd/other", "", 404, "ResourceNotFoundException"},
		{"GET", listPath + "nobody/durable-executions", "", 404, "ResourceNotFoundException"},
		{"GET", listPath + "orders/durable-executions?Statuses=HAPPY", "", 400, "ValidationException"},
		{"GET", listPath + "orders/durable-executions?StartedAfter=soon", "", 400, "SerializationException"},
		{"GET", listPath + "orders/durable-executions?StartedAfter=NaN&Statuses=HAPPY", "", 400, "SerializationException"},
		{"GET", listPath + "orders/durable-executions?Statuses=RUNNING&Statuses=FAILED", "", 400, "InvalidParameterValueException"},
		{"GET", listPath + "nobody/durable-executions?Statuses=RUNNING&Statuses=FAILED", "", 400, "InvalidParameterValueException"},
		{"GET", listPath + "orders/durable-executions?Statuses=RUNNING&Statuses=HAPPY", "", 400, "ValidationException"},
		{"GET", listPath + "orders/durable-executions?" + strings.Repeat("Statuses=RUNNING&", 11), "", 400, "ValidationException"},
		{"GET", listPath + "nobody/durable-executions?MaxItems=1001", "", 400, "ValidationException"},
		{"GET", listPath + "orders/durable-executions?DurableExecutionName=a%20b", "", 400, "ValidationException"},
		{"GET", listPath + "orders/durable-executions?Marker=x", "", 400, "InvalidParameterValueException"},
		{"GET", functionPath + "/orders/aliases/live", "", 404, "ResourceNotFoundException"},
		{"GET", functionPath + "/nobody/aliases/live", "", 404, "ResourceNotFoundException"},
		{"POST", functionPath + "/orders/invocations?Qualifier=$LATEST", "{", 400, "InvalidRequestContentException"},
		{"POST", functionPath + "/orders/invocations", "{}", 400, "InvalidParameterValueException"},
		{"POST", functionPath + "/orders:7/invocations", "{}", 404, "ResourceNotFoundException"},
		{"POST", functionPath + "/a%20b/invocations", "{}", 400, "ValidationException"},
		{"GET", functionPath + "/nobody", "", 404, "ResourceNotFoundException"},
	} {
		resp, body := request(t, e, c.method, c.path, c.body)
		t.Run(c.method+" "+c.path, func(t *testing.T) { wantError(t, resp, body, c.status, c.code) })
	}
}

func TestHostCheck(t *testing.T) {
	for _, c := range []struct {
		allowed, host string
		want          int
	}{
		{"engine.example", "localhost", 200}, {"engine.example", "localhost:9000", 200}, {"engine.example", "127.0.0.1:1", 200},
		{"engine.example", "[::1]:80", 200}, {"engine.example", "api.localhost", 200}, {"engine.example", "engine.example:9000", 200},
		{"engine.example", "evil.example", 403}, {"engine.example", "10.0.0.1", 403},
		{"engine.example", "localhost.evil.example", 403}, {"engine.example", "", 403},
		{"*", "10.0.0.1:9000", 200}, {"*", "evil.example", 403},
	} {
		e := newEngine(t, Options{AllowedHosts: []string{c.allowed}}, nil)
		r := httptest.NewRequest("GET", "http://localhost"+functionPath, nil)
		r.Host = c.host
		w := httptest.NewRecorder()
		e.Handler().ServeHTTP(w, r)
		if w.Code != c.want {
			t.Errorf("%s allowed, Host %q: %d, want %d", c.allowed, c.host, w.Code, c.want)
		}
	}
}

// What a page of another origin causes starts nothing and can't be read.
func TestOriginCheck(t *testing.T) {
	e := newEngine(t, Options{}, map[string]script{"orders": waiting})
	for origin, want := range map[string]int{
		"": 200, "http://localhost": 200, "https://evil.example": 403, "null": 403, "http://localhost:1234": 403,
	} {
		resp, _ := request(t, e, "GET", functionPath, "", "Origin", origin)
		if resp.StatusCode != want {
			t.Errorf("Origin %q: %d, want %d", origin, resp.StatusCode, want)
		}
		if resp.Header.Get("X-Content-Type-Options") != "nosniff" || resp.Header.Get("Cross-Origin-Resource-Policy") != "same-origin" {
			t.Errorf("Origin %q: the answer can be embedded: %v", origin, resp.Header)
		}
	}
	// A form, for which no preflight is made.
	resp, _ := request(t, e, "POST", functionPath+"/orders:$LATEST/invocations", "{}",
		"Content-Type", "text/plain", "X-Amz-Invocation-Type", "Event", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document")
	if resp.StatusCode != 403 {
		t.Errorf("a form got %d", resp.StatusCode)
	}
	if page, err := e.ListExecutions(t.Context(), ExecutionFilter{}); err != nil || len(page.Executions) != 0 {
		t.Errorf("it started %v, %v", page, err)
	}
}

func TestInvokeKinds(t *testing.T) {
	e := newEngineFor(t, Options{}, MaxSyncTimeout, map[string]script{"orders": waiting, "quick": func(r *run) (wire.InvocationOutput, error) {
		in := r.in.InitialExecutionState.Operations[0].ExecutionDetails.InputPayload
		if in == nil {
			return wire.InvocationOutput{Status: wire.InvocationSucceeded}, nil
		}
		return succeeded(*in), nil
	}})
	e.Register(Function{Name: "plain", Plain: true, Aliases: map[string]string{"live": "7"}, Versions: []string{"7"}, Invoker: PlainFunc(func(_ context.Context, event []byte) ([]byte, error) {
		if string(event) == `"fail"` {
			return nil, &InvocationError{Type: "Broken", Message: "as asked"}
		}
		return append([]byte("got "), event...), nil
	})})
	invoke := func(name, body string, header ...string) (*http.Response, string) {
		name, query, _ := strings.Cut(name, "?")
		r := httptest.NewRequest("POST", "http://localhost"+functionPath+"/"+name+"/invocations?"+query, strings.NewReader(body))
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		w := httptest.NewRecorder()
		e.Handler().ServeHTTP(w, r)
		return w.Result(), w.Body.String()
	}
	resp, body := invoke("quick:$LATEST", `{"n": 1}`, "X-Amzn-Trace-Id", "Root=1-2-3")
	if resp.StatusCode != 200 || body != `{"n": 1}` || resp.Header.Get("X-Amz-Executed-Version") != "$LATEST" {
		t.Errorf("answered %d %s", resp.StatusCode, body)
	}
	_, got := request(t, e, "GET", durablePath+pathEscape(resp.Header.Get("X-Amz-Durable-Execution-Arn")), "")
	if toJSON(got["TraceHeader"]) != `{"XAmznTraceId":"Root=1-2-3"}` {
		t.Errorf("execution %v", got)
	}
	resp, body = invoke("000000000000:function:quick:$LATEST", "")
	if resp.StatusCode != 200 || body != "" {
		t.Errorf("without input: %d %q", resp.StatusCode, body)
	}
	resp, _ = invoke("quick?Qualifier=$LATEST", "{}", "X-Amz-Invocation-Type", "DryRun")
	if resp.StatusCode != 204 || resp.Header.Get("X-Amz-Durable-Execution-Arn") != "" {
		t.Errorf("dry run: %d", resp.StatusCode)
	}
	resp, body = invoke("orders?Qualifier=$LATEST", "{}", "X-Amz-Invocation-Type", "Event", "X-Amz-Durable-Execution-Name", "a")
	arn := resp.Header.Get("X-Amz-Durable-Execution-Arn")
	if resp.StatusCode != 202 || body != "" || !strings.Contains(arn, "/durable-execution/a/") {
		t.Errorf("event: %d %q %s", resp.StatusCode, body, arn)
	}
	resp, body = invoke("orders?Qualifier=$LATEST", "{} ", "X-Amz-Invocation-Type", "Event", "X-Amz-Durable-Execution-Name", "a")
	if resp.StatusCode != 409 || !strings.Contains(body, "DurableExecutionAlreadyStartedException") {
		t.Errorf("same name, other bytes: %d %s", resp.StatusCode, body)
	}
	for _, bad := range []string{"a b", strings.Repeat("x", 65)} {
		resp, body = invoke("orders?Qualifier=$LATEST", "{}", "X-Amz-Invocation-Type", "Event", "X-Amz-Durable-Execution-Name", bad)
		if resp.StatusCode != 400 || !strings.Contains(body, "durableExecutionName") {
			t.Errorf("name %q: %d %s", bad, resp.StatusCode, body)
		}
	}
	resp, body = invoke("orders:$LATEST", "{}", "X-Amz-Invocation-Type", "Later")
	if resp.StatusCode != 400 {
		t.Errorf("unknown type: %d %s", resp.StatusCode, body)
	}
	resp, body = invoke("plain", `1`)
	if resp.StatusCode != 200 || body != "got 1" || resp.Header.Get("X-Amz-Durable-Execution-Arn") != "" {
		t.Errorf("plain: %d %s", resp.StatusCode, body)
	}
	resp, body = invoke("plain:live", `"fail"`)
	if resp.StatusCode != 200 || resp.Header.Get("X-Amz-Function-Error") != "Unhandled" || body != `{"errorMessage":"as asked","errorType":"Broken"}` || resp.Header.Get("X-Amz-Executed-Version") != "7" {
		t.Errorf("plain: %d %v %s", resp.StatusCode, resp.Header, body)
	}
}

func TestLogTail(t *testing.T) {
	e := newEngineFor(t, Options{}, MaxSyncTimeout, map[string]script{"orders": func(r *run) (wire.InvocationOutput, error) {
		for i := range 1000 {
			r.e.LogLine(LogLine{Function: "orders", RequestID: requestIDOf(r), Text: fmt.Sprintf("line %d", i)})
		}
		return succeeded("1"), nil
	}})
	for kind, want := range map[string]bool{"Tail": true, "None": false, "": false} {
		resp, _ := request(t, e, "POST", functionPath+"/orders/invocations?Qualifier=$LATEST", "{}", "X-Amz-Log-Type", kind)
		b, err := base64.StdEncoding.DecodeString(resp.Header.Get("X-Amz-Log-Result"))
		if err != nil || want != strings.HasSuffix(string(b), "line 998\nline 999\n") || want != (len(b) == 4096) {
			t.Errorf("%q: %d bytes %q, %v", kind, len(b), b, err)
		}
	}
}

func TestPayloadLimitsOfInvoke(t *testing.T) {
	e := newEngineFor(t, Options{Limits: Limits{AsyncOutput: 10, SyncOutput: 20}}, MaxSyncTimeout, map[string]script{"quick": func(r *run) (wire.InvocationOutput, error) {
		return succeeded("1"), nil
	}})
	for kind, limit := range map[string]int{"Event": 10, "RequestResponse": 20} {
		for _, n := range []int{limit, limit + 1} {
			resp, body := request(t, e, "POST", functionPath+"/quick/invocations?Qualifier=$LATEST", `"`+strings.Repeat("x", n-2)+`"`, "X-Amz-Invocation-Type", kind)
			if n <= limit && resp.StatusCode >= 300 {
				t.Errorf("%s with %d bytes: %d %v", kind, n, resp.StatusCode, body)
			}
			if n > limit {
				wantError(t, resp, body, 413, "RequestTooLargeException")
			}
		}
	}
}

func TestListing(t *testing.T) {
	clock := NewManualClock(epoch)
	e := newEngine(t, Options{Clock: clock}, map[string]script{"orders": waiting, "quick": func(r *run) (wire.InvocationOutput, error) { return succeeded("1"), nil }})
	for _, name := range []string{"a", "b", "c"} {
		start(t, e, StartInput{Function: "orders", Name: name})
		clock.Advance(time.Second)
	}
	wait(t, e, start(t, e, StartInput{Function: "quick", Name: "d"}))
	for query, want := range map[string]string{
		"":                                       "c b a",
		"?ReverseOrder=true":                     "a b c",
		"?MaxItems=2":                            "c b +",
		"?MaxItems=3":                            "c b a",
		"?DurableExecutionName=b":                "b",
		"?Statuses=SUCCEEDED":                    "",
		"?Statuses=RUNNING":                      "c b a",
		"?StartedAfter=2026-01-02":               "",
		"?StartedAfter=2026-01-01T00%3A00%3A00Z": "c b",
		"?StartedBefore=1767225602":              "b a",
		"?StartedAfter=1767225600&StartedBefore=1767225602": "b",
		"?Qualifier=%24LATEST":                              "c b a",
	} {
		resp, body := request(t, e, "GET", listPath+"orders/durable-executions"+query, "")
		if resp.StatusCode != 200 {
			t.Errorf("%s: %v", query, body)
			continue
		}
		var got []string
		for _, x := range body["DurableExecutions"].([]any) {
			got = append(got, x.(map[string]any)["DurableExecutionName"].(string))
		}
		if m, ok := body["NextMarker"].(string); ok {
			got = append(got, "+")
			_, rest := request(t, e, "GET", listPath+"orders/durable-executions?MaxItems=2&Marker="+m, "")
			if n := len(rest["DurableExecutions"].([]any)); n != 1 || rest["NextMarker"] != nil {
				t.Errorf("the next page is %v", rest)
			}
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%s: %s, want %s", query, s, want)
		}
	}
	all, err := e.ListExecutions(t.Context(), ExecutionFilter{})
	if err != nil || len(all.Executions) != 4 {
		t.Errorf("all functions: %s, %v", toJSON(all), err)
	}
}

func TestHistoryPaging(t *testing.T) {
	e := newEngine(t, Options{Clock: NewManualClock(epoch)}, map[string]script{"orders": func(r *run) (wire.InvocationOutput, error) {
		for _, id := range []string{"a", "b", "c"} {
			if err := r.checkpoint(stepUpdates(id, `"secret"`)...); err != nil {
				return wire.InvocationOutput{}, err
			}
		}
		return succeeded("1"), nil
	}})
	long := newEngine(t, Options{Clock: NewManualClock(epoch)}, map[string]script{"orders": func(r *run) (wire.InvocationOutput, error) {
		var all []wire.OperationUpdate
		for i := range 100 {
			all = append(all, stepUpdates(fmt.Sprint("s", i), strings.Repeat("x", 100_000))...)
		}
		return succeeded("1"), r.checkpoint(all...)
	}})
	arn := start(t, long, StartInput{Function: "orders"})
	wait(t, long, arn)
	for query, want := range map[string][2]int{ // events of the first page, and the last one's number
		"?MaxItems=1000&IncludeExecutionData=false": {203, 203},
		"?MaxItems=100":                    {100, 100},
		"?MaxItems=101&ReverseOrder=true":  {101, 103},
		"?MaxItems=1000":                   {126, 126}, // 6 MB
		"?MaxItems=1000&ReverseOrder=true": {126, 78},
		"?MaxItems=1000&ReverseOrder=true&Marker=" + formatMarker(51): {50, 1},
	} {
		_, body := request(t, long, "GET", durablePath+pathEscape(arn)+"/history"+query, "")
		events := body["Events"].([]any)
		last := events[len(events)-1].(map[string]any)["EventId"]
		if more := body["NextMarker"] != nil; len(events) != want[0] || last != float64(want[1]) || more != (want[1] != 1 && want[1] != 203) {
			t.Errorf("%s: %d events, the last is %v, more: %v", query, len(events), last, more)
		}
	}

	arn = start(t, e, StartInput{Function: "orders"})
	wait(t, e, arn)
	const total = 9
	for _, reverse := range []bool{false, true} {
		for size := 1; size <= total+1; size++ {
			var got []int
			marker := ""
			for {
				q := url.Values{"MaxItems": {string(rune('0'+size/10)) + string(rune('0'+size%10))}, "IncludeExecutionData": {"false"}}
				if reverse {
					q.Set("ReverseOrder", "true")
				}
				if marker != "" {
					q.Set("Marker", marker)
				}
				resp, body := request(t, e, "GET", durablePath+pathEscape(arn)+"/history?"+q.Encode(), "")
				if resp.StatusCode != 200 {
					t.Fatalf("answered %v", body)
				}
				if strings.Contains(toJSON(body), "secret") {
					t.Error("there is data in it")
				}
				for _, ev := range body["Events"].([]any) {
					got = append(got, int(ev.(map[string]any)["EventId"].(float64)))
				}
				m, more := body["NextMarker"].(string)
				if !more {
					break
				}
				marker = m
			}
			for i := range got {
				want := i + 1
				if reverse {
					want = total - i
				}
				if len(got) != total || got[i] != want {
					t.Fatalf("pages of %d, reverse %v: %v", size, reverse, got)
				}
			}
		}
	}
}

// FuzzHTTP sends all kinds of requests: the API answers each with JSON, an
// error code where it refuses, and never falls over.
func FuzzHTTP(f *testing.F) {
	e, err := New(Options{})
	if err != nil {
		f.Fatal(err)
	}
	defer e.Close()
	if err := e.Register(Function{Name: "orders", Invoker: DurableFunc(func(context.Context, wire.InvocationInput) (wire.InvocationOutput, error) {
		return succeeded("1"), nil
	})}); err != nil {
		f.Fatal(err)
	}
	e.Start()
	out, err := e.StartExecution(context.Background(), StartInput{Function: "orders", Qualifier: latest, Name: "a"})
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range []string{
		durablePath + pathEscape(out.ARN), durablePath + pathEscape(out.ARN) + "/history?MaxItems=1", durablePath + out.ARN + "/checkpoint",
		durablePath + "x/stop", durablePath + "x/state?CheckpointToken=a", callbackPath + "abcd/succeed", callbackPath + "abcd/fail", listPath + "orders/durable-executions?Statuses=RUNNING",
		functionPath + "/orders/invocations?Qualifier=$LATEST", functionPath, functionPath + "/orders/configuration", "/%2F/%zz",
	} {
		f.Add("POST", path, []byte(`{"CheckpointToken":"AAAA","Updates":[{"Id":"a","Type":"STEP","Action":"START"}]}`))
		f.Add("GET", path, []byte(""))
	}
	f.Fuzz(func(t *testing.T, method, path string, body []byte) {
		u, err := url.ParseRequestURI(path)
		if err != nil || !strings.HasPrefix(path, "/") {
			return
		}
		r := &http.Request{Method: method, URL: u, Host: "localhost", Header: http.Header{}, Body: io.NopCloser(strings.NewReader(string(body))), ContentLength: int64(len(body))}
		w := httptest.NewRecorder()
		e.Handler().ServeHTTP(w, r)
		switch {
		case w.Code >= 500:
			t.Errorf("%s %s answered %d %s", method, path, w.Code, w.Body)
		case w.Code >= 400 && (w.Header().Get("X-Amzn-Errortype") == "" || !json.Valid(w.Body.Bytes())):
			t.Errorf("%s %s answered %d without an error code: %s", method, path, w.Code, w.Body)
		case w.Code == 200 && w.Body.Len() > 0 && !json.Valid(w.Body.Bytes()):
			t.Errorf("%s %s answered %s", method, path, w.Body)
		}
	})
}

// FuzzOperationJSON compares the encoder of operations with the library's.
func FuzzOperationJSON(f *testing.F) {
	f.Add("plain", `quoted "text"`, "ünï\x00\n\t\\", int64(1767225600123))
	f.Add("", "\xff\xfe", "<&>\u2028", int64(0))
	f.Fuzz(func(t *testing.T, id, name, payload string, at int64) {
		o := wire.Operation{
			Id: id, Name: name, Type: wire.TypeStep, Status: wire.StatusSucceeded, StartTimestamp: wire.Time(at),
			StepDetails: &wire.StepDetails{Attempt: 3, Result: &payload, Error: &wire.ErrorObject{ErrorMessage: name}},
		}
		var got wire.Operation
		text := appendOperation(nil, &o)
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		want := wire.Operation{}
		b, _ := json.Marshal(o)
		json.Unmarshal(b, &want)
		if at < 1e12 { // seconds below and milliseconds above can't be told apart
			got.StartTimestamp, want.StartTimestamp = 0, 0
		}
		if at > 1e14 {
			return
		}
		if toJSON(got) != toJSON(want) {
			t.Errorf("%s reads as %s, want %s", text, toJSON(got), toJSON(want))
		}
	})
}
