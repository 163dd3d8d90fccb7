package judge

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// approval is a requirement with everything that a file can ask for.
const approval = `
description: A step, a callback with two answers, a list
handler: text for people
invocations: |
  - more of it
AsyncInvoke: true
Variables:
  NAME: ${GEN_STR:10}
  TEXT: ok-${GEN_STR:4}
Input: {name: "${NAME}", list: [1, true, null]}
ExpectedResult:
  ExecutionStatus: SUCCEEDED
  Result: {text: "${TEXT}", n: 2}
CallbackActions:
  - CallbackName: ${NAME}
    Operation: heartbeat
  - CallbackName: '*'
    Operation: success
    Payload: {status: "${TEXT}"}
    Delay: 0.01
ExpectedExecutionHistory:
  - {EventType: StepStarted, SubType: Step, EventId: 2, Id: "${STEP}", EventTimestamp: '*', StepStartedDetails: {}}
  - EventType: StepSucceeded
    EventId: 3
    Id: ${STEP}
    StepSucceededDetails:
      Result: {Payload: '"${TEXT}"', Truncated: false}
      RetryDetails: {CurrentAttempt: 1}
  - EventType: CallbackStarted
    EventId: 4
    Name: ${NAME}
    CallbackStartedDetails: {CallbackId: "${/^cb-/}", Timeout: 5}
  - {EventType: CallbackSucceeded, EventId: 6, CallbackSucceededDetails: '*'}
ExpectedLogs:
  - match: {message: '/said ${TEXT}/', level: INFO}
    count: 2
    after: {message: begin}
  - match: {message: '/ERROR/'}
    count: 0
`

// life is what a service tells about the execution, NAME and TEXT standing for the
// variables.
const life = `[
 {"EventType":"ExecutionStarted","EventId":1,"EventTimestamp":1,"Id":"x","ExecutionStartedDetails":{"Input":{"Payload":"INPUT","Truncated":false}}},
 {"EventType":"StepStarted","EventId":2,"EventTimestamp":1.5,"Id":"greet","SubType":"Step","StepStartedDetails":{}},
 {"EventType":"StepSucceeded","EventId":3,"EventTimestamp":2,"Id":"greet","SubType":"Step","StepSucceededDetails":{"Result":{"Payload":"\"TEXT\"","Truncated":false},"RetryDetails":{"CurrentAttempt":1}}},
 {"EventType":"CallbackStarted","EventId":4,"EventTimestamp":2,"Id":"ask","Name":"NAME","CallbackStartedDetails":{"CallbackId":"cb-1/=","Timeout":5}},
 {"EventType":"InvocationCompleted","EventId":5,"EventTimestamp":2,"InvocationCompletedDetails":{"RequestId":"r1","StartTimestamp":1,"EndTimestamp":2}},
 {"EventType":"CallbackSucceeded","EventId":6,"EventTimestamp":3,"Id":"ask","Name":"NAME","CallbackSucceededDetails":{"Result":{"Payload":"ANSWER","Truncated":false}}},
 {"EventType":"InvocationCompleted","EventId":7,"EventTimestamp":3,"InvocationCompletedDetails":{"RequestId":"r2","StartTimestamp":3,"EndTimestamp":3}},
 {"EventType":"ExecutionSucceeded","EventId":8,"EventTimestamp":3,"Id":"x","ExecutionSucceededDetails":{"Result":{"Payload":"{\"text\":\"TEXT\",\"n\":2.0}","Truncated":false}}}
]`

// fake is a service that knows one execution, and the client that reaches it. Its
// events up to the callback's start are there at once, the rest once the callback has
// been answered.
type fake struct {
	events    []map[string]any
	logs      []string
	edit      func(*fake) // plants a fault once the execution is known
	visible   int
	status    string
	result    string
	failure   map[string]any
	heartbeat bool
	requests  []string
}

func newFake(edit func(*fake)) *fake {
	return &fake{edit: edit, visible: 5, status: "SUCCEEDED"}
}

// RoundTrip makes the fake a client's transport.
func (f *fake) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	f.ServeHTTP(w, r)
	return w.Result(), nil
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	path := r.URL.EscapedPath()
	f.requests = append(f.requests, r.Method+" "+path+" "+string(body))
	switch {
	case strings.HasSuffix(path, "/invocations"):
		if strings.Contains(path, "conformance-9-99") {
			w.Header().Set("X-Amzn-ErrorType", "ResourceNotFoundException")
			w.WriteHeader(404)
			return
		}
		var in struct{ Name string }
		json.Unmarshal(body, &in)
		f.result = `{"text":"TEXT","n":2.0}`
		f.logs = []string{
			`{"durableExecutionArn":"arn:x/$LATEST","message":"begin","timestamp":"2026-01-01T00:00:00.001Z"}`,
			`{"executionArn":"arn:x/$LATEST","message":"he said TEXT","level":"INFO","timestamp":"2026-01-01T00:00:00.001Z"}`,
			`{"executionArn":"arn:x/$LATEST","message":"she said TEXT","level":"INFO","timestamp":"2026-01-01T00:00:00.002Z"}`,
			`{"executionArn":"arn:other","message":"ERROR said TEXT","level":"INFO"}`,
			`no JSON: ERROR`,
		}
		json.Unmarshal([]byte(strings.ReplaceAll(life, "NAME", in.Name)), &f.events)
		details(f.events[0])["Input"].(map[string]any)["Payload"] = string(body)
		if f.edit != nil {
			f.edit(f)
		}
		w.Header().Set("X-Amz-Durable-Execution-Arn", "arn:x/$LATEST")
		w.WriteHeader(202)
	case strings.HasSuffix(path, "/heartbeat"):
		f.heartbeat = true
	case strings.HasSuffix(path, "/fail"):
		f.visible = len(f.events)
	case strings.HasSuffix(path, "/succeed"):
		if path != "/2025-12-01/durable-execution-callbacks/cb-1%2F%3D/succeed" || !f.heartbeat {
			w.WriteHeader(400)
			return
		}
		f.visible = len(f.events)
	case strings.HasSuffix(path, "/history"):
		from := 0
		fmt.Sscan(r.URL.Query().Get("Marker"), &from)
		visible := f.events[:min(f.visible, len(f.events))]
		page := map[string]any{"Events": visible[from:min(from+2, len(visible))]}
		if from+2 < len(visible) {
			page["NextMarker"] = fmt.Sprint(from + 2)
		}
		json.NewEncoder(w).Encode(page)
	case strings.HasSuffix(path, "/stop"):
		f.status = "STOPPED"
		io.WriteString(w, `{"StopTimestamp":1}`)
	default:
		json.NewEncoder(w).Encode(map[string]any{"Status": f.status, "Result": f.result, "Error": f.failure})
	}
}

// judged runs the requirement against the fake, whose TEXT is the variable's. The
// judge's time is virtual.
func judged(t *testing.T, f *fake, yaml string) (v *Verdict) {
	t.Helper()
	r, err := Parse("suite/1-1.yaml", []byte(yaml))
	if err != nil {
		t.Fatal(err)
	}
	// The fake cannot know the random part.
	r.Variables["TEXT"] = "TEXT"
	j := &Judge{Endpoint: "http://service", Client: &http.Client{Transport: f}}
	j.Logs = func(arn string) []LogRecord {
		var book LogBook
		for _, line := range f.logs {
			book.Add(time.Now(), line)
		}
		return book.Records(arn)
	}
	synctest.Test(t, func(t *testing.T) { v = j.Run(t.Context(), r) })
	return v
}

func TestARightHistoryPasses(t *testing.T) {
	f := newFake(nil)
	v := judged(t, f, approval)
	if !v.Passed() {
		t.Fatalf("problems: %q", v.Problems)
	}
	if len(v.Events) != 8 || v.Output.(map[string]any)["text"] != "TEXT" || v.ARN != "arn:x/$LATEST" {
		t.Errorf("verdict: %+v", v)
	}
	if !slices.ContainsFunc(f.requests, func(r string) bool { return strings.HasSuffix(r, `/succeed {"status": "TEXT"}`) }) {
		t.Errorf("the callback was answered otherwise: %q", f.requests)
	}
	if !strings.HasSuffix(f.requests[0], `{"list": [1, true, null], "name": "`+v.Variables["NAME"].(string)+`"}`) {
		t.Errorf("the input was %q", f.requests[0])
	}
}

func details(e map[string]any) map[string]any {
	return e[e["EventType"].(string)+"Details"].(map[string]any)
}

// Each fault alone must be seen.
func TestAWrongHistoryFails(t *testing.T) {
	renumber := func(f *fake) {
		for i := range f.events {
			f.events[i]["EventId"] = i + 1
		}
		f.visible = min(f.visible, len(f.events))
	}
	for name, edit := range map[string]func(*fake){
		"an event is missing":                func(f *fake) { f.events = slices.Delete(f.events, 4, 5); f.visible = 4; renumber(f) },
		"an event is missing and its number": func(f *fake) { f.events = slices.Delete(f.events, 4, 5); f.visible = 4 },
		"an event too many": func(f *fake) {
			more := map[string]any{"EventType": "WaitStarted", "Id": "w", "EventTimestamp": 1, "WaitStartedDetails": map[string]any{"Duration": 1}}
			f.events = slices.Insert(f.events, 1, more)
			f.visible++
			renumber(f)
		},
		"two events change places":  func(f *fake) { f.events[1], f.events[2] = f.events[2], f.events[1]; renumber(f) },
		"another ID":                func(f *fake) { f.events[2]["Id"] = "other" },
		"another name":              func(f *fake) { f.events[3]["Name"] = "other"; f.events[5]["Name"] = "other" },
		"another subtype":           func(f *fake) { f.events[1]["SubType"] = "Other"; f.events[2]["SubType"] = "Other" },
		"a subtype that changes":    func(f *fake) { f.events[2]["SubType"] = "Other" },
		"another payload":           func(f *fake) { details(f.events[2])["Result"].(map[string]any)["Payload"] = `TEXT` },
		"truncated":                 func(f *fake) { details(f.events[2])["Result"].(map[string]any)["Truncated"] = true },
		"a number as text":          func(f *fake) { details(f.events[3])["Timeout"] = "5" },
		"another number":            func(f *fake) { details(f.events[3])["Timeout"] = 5.5 },
		"another attempt":           func(f *fake) { details(f.events[2])["RetryDetails"].(map[string]any)["CurrentAttempt"] = 2 },
		"no match":                  func(f *fake) { details(f.events[3])["CallbackId"] = "xcb-1" },
		"a free member is missing":  func(f *fake) { delete(f.events[5], "CallbackSucceededDetails") },
		"a free member is null":     func(f *fake) { f.events[5]["CallbackSucceededDetails"] = nil },
		"empty details are missing": func(f *fake) { delete(f.events[1], "StepStartedDetails") },
		"a gap at the end":          func(f *fake) { f.events[7]["EventId"] = 9 },
		"an event after the end": func(f *fake) {
			f.events = append(f.events, map[string]any{"EventType": "WaitStarted", "Id": "w", "EventId": 9, "EventTimestamp": 3, "WaitStartedDetails": map[string]any{}})
		},
		"an ID used twice":                  func(f *fake) { f.events[3]["Id"] = "greet"; f.events[5]["Id"] = "greet" },
		"an illegal ID":                     func(f *fake) { f.events[3]["Id"] = "a b"; f.events[5]["Id"] = "a b" },
		"a parent that is none":             func(f *fake) { f.events[1]["ParentId"] = "p"; f.events[2]["ParentId"] = "p" },
		"another input":                     func(f *fake) { details(f.events[0])["Input"].(map[string]any)["Payload"] = "{}" },
		"no input":                          func(f *fake) { delete(details(f.events[0]), "Input") },
		"a start without a time":            func(f *fake) { delete(f.events[0], "EventTimestamp") },
		"an event without a time":           func(f *fake) { f.events[4]["EventTimestamp"] = nil },
		"an invocation without a start":     func(f *fake) { delete(details(f.events[4]), "StartTimestamp") },
		"an invocation without an end":      func(f *fake) { delete(details(f.events[6]), "EndTimestamp") },
		"an invocation that ends too early": func(f *fake) { details(f.events[4])["EndTimestamp"] = 0.5 },
		"time runs backwards":               func(f *fake) { f.events[6]["EventTimestamp"] = 2.9 },
		"a request ID used twice":           func(f *fake) { details(f.events[6])["RequestId"] = "r1" },
		"no invocation before the end":      func(f *fake) { f.events = slices.Delete(f.events, 6, 7); renumber(f) },
		"failed":                            func(f *fake) { f.status = "FAILED" },
		"another result":                    func(f *fake) { f.result = `{"text":"TEXT","n":3}` },
		"more in the result":                func(f *fake) { f.result = `{"text":"TEXT","n":2,"m":1}` },
		"a result that is no JSON":          func(f *fake) { f.result = `TEXT` },
		"the result differs from the event": func(f *fake) { f.result = `{"n":2,"text":"TEXT"}` },
		"it stands still":                   func(f *fake) { f.events = f.events[:7] },
		"a log record is missing":           func(f *fake) { f.logs = slices.Delete(f.logs, 2, 3) },
		"a log record too many":             func(f *fake) { f.logs = append(f.logs, f.logs[2]) },
		"another level":                     func(f *fake) { f.logs[2] = strings.Replace(f.logs[2], "INFO", "WARN", 1) },
		"a log record that must not be":     func(f *fake) { f.logs[3] = strings.Replace(f.logs[3], "other", "x/$LATEST", 1) },
		"a log record too early":            func(f *fake) { f.logs[0] = strings.Replace(f.logs[0], "00.001", "00.002", 1) },
		"the anchor is missing":             func(f *fake) { f.logs = f.logs[1:] },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := judged(t, newFake(edit), approval)
			if v.Passed() {
				t.Error("it passed")
			}
			if v.Missing {
				t.Error("it counts as missing")
			}
		})
	}
}

func TestTheRunEndsOnceTheHistoryMatches(t *testing.T) {
	open := approval[:strings.Index(approval, "ExpectedResult")] + `
ExpectedExecutionHistory:
  - {EventType: StepSucceeded, EventId: 3, StepSucceededDetails: {}}
`
	f := newFake(func(f *fake) { f.status = "RUNNING" })
	v := judged(t, f, open)
	if !v.Passed() {
		t.Fatalf("problems: %q", v.Problems)
	}
	if f.status != "STOPPED" {
		t.Error("the execution was left running")
	}
}

func TestCallbacksThatCannotBeAnswered(t *testing.T) {
	for name, yaml := range map[string]string{
		"no action fits":         strings.Replace(strings.Replace(approval, "CallbackName: '*'", "CallbackName: ${/^z+$/}", 1), "CallbackName: ${NAME}", "CallbackName: other", 1),
		"the engine refuses one": strings.Replace(approval, "Operation: heartbeat", "Operation: success", 1),
	} {
		t.Run(name, func(t *testing.T) {
			if v := judged(t, newFake(nil), yaml); v.Passed() {
				t.Error("it passed")
			}
		})
	}
}

// Marks and expressions that a few requirements have.
func TestMarks(t *testing.T) {
	for _, c := range []struct {
		name, want, got string
		fits            bool
	}{
		{"JSON in a text", `{"$json": {"a": "${/^.+$/}", "n": 41}}`, `"{\"a\": \"x\", \"n\": 41, \"more\": 1}"`, true},
		{"JSON in a text, another value", `{"$json": {"a": "y"}}`, `"{\"a\": \"x\"}"`, false},
		{"JSON in a text: an expression meets texts only", `{"$json": {"a": "${/4/}"}}`, `"{\"a\": 41}"`, false},
		{"JSON that stands in no text", `{"$json": {"a": "x"}}`, `{"a": "x"}`, false},
		{"a text that is no JSON", `{"$json": "*"}`, `"{"`, false},
		{"two JSON values", `{"$json": "*"}`, `"{} {}"`, false},
		{"absent", `{"$absent": [["d", "e"], ["d", "f", "g"]], "d": {}}`, `{"d": {"x": 1, "f": {}}}`, true},
		{"absent as null", `{"$absent": [["d", "e"]]}`, `{"d": {"e": null}}`, true},
		{"present", `{"$absent": [["x"], ["d", "e"]]}`, `{"d": {"e": 0}}`, false},
		{"the empty object as text", `{"p": "${/^\\{\\}$/}"}`, `{"p": {}}`, true},
		{"another object as text", `{"p": "${/^\\{\\}$/}"}`, `{"p": {"q": 1}}`, false},
		{"looking ahead", `"${/(?is)(?=.*\\bgot\\b(?:(?!\\bnot\\b).)*\\bstep\\b).*/}"`, `"Got a\nSTEP"`, true},
		{"looking ahead in vain", `"${/(?is)(?=.*\\bgot\\b(?:(?!\\bnot\\b).)*\\bstep\\b).*/}"`, `"got not a step"`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			want, err1 := decode([]byte(c.want))
			got, err2 := decode([]byte(c.got))
			if err := errors.Join(err1, err2); err != nil {
				t.Fatal(err)
			}
			m := &matcher{vars: Variables{}}
			m.match("it", want, got)
			if fits := len(m.differences) == 0; fits != c.fits {
				t.Errorf("fits: %v, differences %q", fits, m.differences)
			}
		})
	}
}

// An execution that has to fail may have to fail with a certain error.
func TestTheErrorIsCompared(t *testing.T) {
	failed := approval[:strings.Index(approval, "ExpectedResult")] + `
ExpectedResult:
  ExecutionStatus: FAILED
  Error: {ErrorType: '${/(?i)refused/}', ErrorMessage: 'no ${TEXT}'}
CallbackActions:
  - {CallbackName: '*', Operation: heartbeat}
  - {CallbackName: '*', Operation: success, Payload: 1}
ExpectedExecutionHistory: []
`
	for name, c := range map[string]struct {
		err    map[string]any
		passes bool
	}{
		"right":           {map[string]any{"ErrorType": "Refused", "ErrorMessage": "no TEXT", "ErrorData": "1"}, true},
		"another type":    {map[string]any{"ErrorType": "Other", "ErrorMessage": "no TEXT"}, false},
		"another message": {map[string]any{"ErrorType": "Refused", "ErrorMessage": "no"}, false},
		"no message":      {map[string]any{"ErrorType": "Refused"}, false},
		"none":            {nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(func(f *fake) { f.status, f.failure = "FAILED", c.err })
			if v := judged(t, f, failed); v.Passed() != c.passes {
				t.Errorf("passed: %v, problems %q", v.Passed(), v.Problems)
			}
		})
	}
}

// An action can wait for the end of the invocation, and a failure can say nothing.
func TestAnActionAfterTheInvocation(t *testing.T) {
	held := approval[:strings.Index(approval, "ExpectedResult")] + `
CallbackActions:
  - {CallbackName: '*', Operation: failure, AfterInvocationCompleted: true}
ExpectedExecutionHistory:
  - {EventType: CallbackSucceeded, EventId: 6}
`
	for name, c := range map[string]struct {
		edit   func(*fake)
		passes bool
	}{
		"it completes":         {func(f *fake) {}, true},
		"it does not complete": {func(f *fake) { f.visible = 4 }, false},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(c.edit)
			v := judged(t, f, held)
			sent := slices.ContainsFunc(f.requests, func(r string) bool { return strings.HasSuffix(r, `/fail {}`) })
			if v.Passed() != c.passes || sent != c.passes {
				t.Errorf("passed: %v, answered: %v, problems %q, requests %q", v.Passed(), sent, v.Problems, f.requests)
			}
		})
	}
}

func TestSpansThatNobodyComparesDoNotPass(t *testing.T) {
	if v := judged(t, newFake(nil), approval+"TelemetryAssertions: {minimum_spans: 0}\n"); v.Passed() {
		t.Error("it passed")
	}
}

func TestAMissingFunctionIsNoPass(t *testing.T) {
	r, err := Parse("9-99.yaml", []byte("Input:\n"))
	if err != nil {
		t.Fatal(err)
	}
	v := (&Judge{Endpoint: "http://service", Client: &http.Client{Transport: newFake(nil)}}).Run(t.Context(), r)
	if !v.Missing || v.Passed() {
		t.Errorf("%+v", v)
	}
}

func TestWhatIsUnknownIsRefused(t *testing.T) {
	for _, yaml := range []string{
		"Inputs: 1", "ExpectedResult: {Status: SUCCEEDED}", "CallbackActions: [{Operation: explode}]",
		"CallbackActions: [{Operation: success, Wait: 1}]", "ExpectedLogs: [{count: 1, of: x}]",
		"ExpectedExecutionHistory: [{EventType: StepStarted}]", "ExpectedExecutionHistory: [{EventId: 1, Id: {$xml: a}}]",
		"CallbackActions: [{Operation: success, AfterInvocationCompleted: 1}]", "ExpectedResult: {Error: boom}", "optional: maybe", "- a", "", "a: [",
	} {
		if _, err := Parse("1-1.yaml", []byte(yaml)); err == nil {
			t.Errorf("%q was read", yaml)
		}
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"step/1-10.yaml": "Input: b", "step/1-9.yaml": "Input: a", "map/9-1.yaml": "Surprise: 1", "general/11-1.yaml": "",
		"otel/otel-execution-10.yaml": "Input: c", "otel/otel-execution-9.yaml": "Input: c", "new/dag-1.yaml": "Input: d",
		"template.yaml": "Surprise: 1", "step/README.md": "", "step/1-9.yaml.orig": "a: [",
	} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	all, err := Load(dir)
	var ids []string
	for _, r := range all {
		ids = append(ids, r.ID)
	}
	if want := "1-9 1-10 9-1 11-1 dag-1 otel-execution-9 otel-execution-10"; err != nil || strings.Join(ids, " ") != want {
		t.Fatalf("got %q %v, want %s", ids, err, want)
	}
	if all[0].ID != "1-9" || all[1].Input != "b" || all[1].Suite != "step" || all[1].Unreadable != nil {
		t.Errorf("%+v %+v", all[0], all[1])
	}
	if v := new(Judge).Run(t.Context(), all[2]); all[2].ID != "9-1" || v.Passed() {
		t.Errorf("a file that can't be read passed: %+v", v)
	}
}

func TestEqual(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{`2`, `2.0`, true}, {`2`, `"2"`, false}, {`1`, `true`, false}, {`0`, `false`, false}, {`null`, `null`, true},
		{`null`, `""`, false}, {`[1,2]`, `[1,2]`, true}, {`[1,2]`, `[2,1]`, false}, {`{"a":1,"b":2}`, `{"b":2,"a":1e0}`, true},
		{`{"a":1}`, `{"a":1,"b":null}`, false}, {`[]`, `{}`, false}, {`"a"`, `["a"]`, false},
		{`12345678901234567890`, `12345678901234567891`, false},
	} {
		a, err1 := decode([]byte(c.a))
		b, err2 := decode([]byte(c.b))
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		if Equal(a, b) != c.want || Equal(b, a) != c.want {
			t.Errorf("Equal(%s, %s) != %v", c.a, c.b, c.want)
		}
	}
}

func TestPythonJSON(t *testing.T) {
	v, _ := decode([]byte(`{"b":[1,2.5,"é<😀\n"],"a":null,"c":{},"d":[]}`))
	if got, want := string(pythonJSON(v)), `{"a": null, "b": [1, 2.5, "\u00e9<\ud83d\ude00\n"], "c": {}, "d": []}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestASyncCallerWaitsForTheEnd(t *testing.T) {
	sync := strings.Replace(approval, "AsyncInvoke: true", "AsyncInvoke: false", 1)
	v := judged(t, newFake(nil), sync)
	if v.Passed() {
		t.Error("an answer before the end passed")
	}
	if !slices.ContainsFunc(v.Problems, func(p string) bool { return strings.Contains(p, "before the history was complete") }) {
		t.Errorf("problems: %q", v.Problems)
	}
}
