package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/durablegen/durablegen/conformance/judge"
	"github.com/durablegen/durablegen/internal/otlpsink"
)

var update = flag.Bool("update", false, "write testdata/traces.txt anew")

// TestTraces holds the whole traces of the functions for OpenTelemetry against
// testdata/traces.txt: so they are held also where no copy of the suite is at hand, and
// where the suite leaves something open.
func TestTraces(t *testing.T) {
	if testing.Short() {
		t.Skip("takes twenty seconds")
	}
	t.Parallel()
	s := startService(t)
	if s.spans == nil {
		t.Skip("nobody takes spans")
	}
	late := func(payloads ...any) (all []judge.CallbackAction) {
		for _, p := range payloads {
			all = append(all, judge.CallbackAction{Name: "*", Operation: "success", Payload: p, HasPayload: true, AfterInvocation: true})
		}
		return all
	}
	callbacks := map[int][]judge.CallbackAction{
		10: late("done"), 23: late("done"), 26: late("target", "one", "two"),
		17: refusals, 25: {{Name: "*", Operation: "failure", AfterInvocation: true}},
	}
	j := &judge.Judge{Endpoint: s.url}
	var ids []string
	trees := make([]string, 2*suites["otel-execution"])
	places := make(chan struct{}, 8)
	var running sync.WaitGroup
	for n := 1; n <= suites["otel-execution"]; n++ {
		for _, view := range []string{"execution", "invocation"} {
			i, id := len(ids), fmt.Sprintf("otel-%s-%d", view, n)
			ids = append(ids, id)
			places <- struct{}{}
			running.Go(func() {
				defer func() { <-places }()
				r := requirementOf(t, id, "{}", "", "", callbacks[n])
				r.Status = map[int]string{4: "FAILED", 12: "FAILED", 13: "FAILED", 14: "FAILED", 15: "TIMED_OUT", 16: "FAILED",
					17: "FAILED", 18: "FAILED", 19: "FAILED", 25: "FAILED"}[n]
				if r.Status == "" {
					r.Status = "SUCCEEDED"
				}
				v := j.Run(t.Context(), r)
				if !v.Passed() {
					t.Errorf("%s: %q", id, v.Problems)
				}
				trees[i] = otlpsink.Tree(traceOf(v.ARN, s.spans()))
			})
		}
	}
	running.Wait()
	var got strings.Builder
	for i, id := range ids {
		fmt.Fprintf(&got, "%s\n\n    %s\n", id, strings.ReplaceAll(trees[i], "\n", "\n    "))
	}
	const file = "testdata/traces.txt"
	text := strings.ReplaceAll(got.String(), "    \n", "\n")
	if *update {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if text != string(want) {
		t.Errorf("the traces are others than in %s; with -update they are\n%s", file, text)
	}
}

// traceOf gives the spans that are in a trace with an execution's.
func traceOf(arn string, all []otlpsink.Span) (own []otlpsink.Span) {
	for _, of := range all {
		if of.Attributes["durable.execution.arn"] != arn {
			continue
		}
		for _, s := range all {
			if s.TraceID == of.TraceID {
				own = append(own, s)
			}
		}
		return own
	}
	return nil
}
