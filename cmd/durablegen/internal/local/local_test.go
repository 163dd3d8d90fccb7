package local

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/answers"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/gobuild"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/runtime/engine"
	"github.com/durablegen/durablegen/runtime/wire"
)

func TestPlannerCountsUsesOverRestarts(t *testing.T) {
	a, problems := answers.Parse([]byte(`{"answers": {"ask": [{"result": 1}, {"silence": true}, {"failure": {"type": "No"}, "after": "2m"}]}}`), nil)
	if problems != nil {
		t.Fatal(problems)
	}
	asked := make(chan string, 1)
	newPlanner := func() *Planner {
		return &Planner{Answers: a,
			Names: func(a Asked) []string { return []string{a.Name, "ask"} },
			Open:  func(cb engine.OpenCallback) { asked <- cb.OperationID },
		}
	}
	first := newPlanner()
	if plan := first.Plan(engine.OpenCallback{ExecutionARN: "x", OperationID: "ask", Name: "ask"}); plan.Answer == nil || *plan.Answer.Result != "1" {
		t.Errorf("first use: %+v", plan)
	}
	again := newPlanner()
	again.Recall("x", "f", []wire.Event{
		{EventType: wire.EventContextStarted, Id: "ask", Name: "ask"},
		{EventType: wire.EventCallbackStarted, Id: "ask_c", ParentId: "ask"},
	})
	if plan := again.Plan(engine.OpenCallback{ExecutionARN: "x", OperationID: "again", Name: "again"}); !plan.Silent {
		t.Errorf("second use: %+v", plan)
	}
	third := engine.OpenCallback{ExecutionARN: "x", OperationID: "third", Name: "third"}
	for range 2 { // the engine asks again after a restart
		if plan := again.Plan(third); plan.Answer == nil || plan.Answer.Error.ErrorType != "No" || plan.After != 2*time.Minute {
			t.Errorf("third use: %+v", plan)
		}
	}
	if plan := again.Plan(engine.OpenCallback{ExecutionARN: "x", OperationID: "fourth", Name: "fourth"}); plan != (engine.CallbackPlan{}) {
		t.Errorf("fourth use: %+v", plan)
	}
	if id := <-asked; id != "fourth" {
		t.Errorf("asked for %s", id)
	}
}

func TestAQuestionIsAskedAgain(t *testing.T) {
	var got []string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = append(got, r.Method+" "+r.URL.Path+" "+string(body))
	}))
	defer server.Close()
	program := &Program{Name: "desk", Address: strings.TrimPrefix(server.URL, "http://")}
	dir := t.TempDir()
	path := filepath.Join(dir, "questions.jsonl")

	questions, err := OpenQuestions(path)
	if err != nil {
		t.Fatal(err)
	}
	questions.Expect("secret")
	relay, err := NewRelay(program, questions, OpenAddresses(dir))
	if err != nil {
		t.Fatal(err)
	}
	for _, body := range []string{"hello", "answer secret"} {
		response, err := http.Post(relay.URL+"/ask", "text/plain", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
	}
	relay.Close()

	// Another process, later: the same address, and only the open question is repeated.
	later, err := OpenQuestions(path)
	if err != nil {
		t.Fatal(err)
	}
	second, err := NewRelay(program, later, OpenAddresses(dir))
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	if second.URL != relay.URL {
		t.Errorf("the relay moved from %s to %s", relay.URL, second.URL)
	}
	if asked, err := later.Repeat(t.Context(), "secret", []*Program{program}); !asked || err != nil {
		t.Errorf("repeated: %v, %v", asked, err)
	}
	if asked, err := later.Repeat(t.Context(), "other", []*Program{program}); asked || err != nil {
		t.Errorf("of another: %v, %v", asked, err)
	}
	if s := strings.Join(got, "; "); s != "POST /ask hello; POST /ask answer secret; POST /ask answer secret" {
		t.Error(s)
	}
}

// An invocation that the end of the service cuts off has not failed.
func TestCloseFailsNoInvocation(t *testing.T) {
	store := t.TempDir()
	silent := filepath.Join(t.TempDir(), "bootstrap") // it asks for no event
	if err := os.WriteFile(silent, []byte("#!/bin/sh\nexec sleep 600\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	serve := func() *Service {
		s, err := Open(Config{Store: store, Address: "127.0.0.1:0", Failures: 1})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Serve([]Binary{{Path: silent, Functions: []gobuild.Function{{Name: "orders"}}}}); err != nil {
			t.Fatal(err)
		}
		if err := s.Start(); err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := serve()
	started, err := s.Engine.StartExecution(t.Context(), engine.StartInput{Function: "orders:$LATEST"})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		for a := (engine.Activity{}); a.Kind != engine.ActivityInvoked; {
			if a, err = s.Engine.Activity(t.Context(), started.ARN); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = serve()
		events, err := s.Engine.History(t.Context(), started.ARN, engine.HistoryQuery{})
		if err != nil || len(events) != 1 {
			t.Errorf("%d events, %v", len(events), err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestPlace(t *testing.T) {
	at, ok := Place(&wire.ErrorObject{ErrorMessage: "x", StackTrace: []string{"main.go:3", "charge (order.flow:57:5)"}})
	if !ok || at != (dsl.Position{File: "order.flow", Line: 57, Column: 5}) {
		t.Errorf("place %+v, %v", at, ok)
	}
	if _, ok := Place(&wire.ErrorObject{ErrorMessage: "no place"}); ok {
		t.Error("a place where there is none")
	}
	var set dsl.SourceSet
	src := set.Add("a.flow", []byte("flow 1\n\n  wärme := step heat()\n"))
	span, ok := SpanAt(src, dsl.Position{File: "a.flow", Line: 3, Column: 12})
	if !ok || string(src.Text[src.Offset(span.Start):src.Offset(span.End)]) != "step" {
		t.Errorf("span %v, %v", span, ok)
	}
	if _, ok := SpanAt(src, dsl.Position{Line: 99, Column: 1}); ok {
		t.Error("a line that is not there")
	}
}

func TestNewExecutionName(t *testing.T) {
	for _, workflow := range []string{"fulfilOrder", "größe messen", strings.Repeat("x", 100)} {
		name := NewExecutionName(workflow, time.Now())
		if err := CheckExecutionName(name); err != nil {
			t.Error(err)
		}
	}
}

func TestUserEnvironment(t *testing.T) {
	got := userEnvironment([]string{"RESTAURANT_URL=http://x", "AWS_SECRET_ACCESS_KEY=real", "AWS_PROFILE=prod", "_HANDLER=h", "TZ=x", "EMPTY="})
	if want := "[RESTAURANT_URL=http://x EMPTY=]"; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
}
