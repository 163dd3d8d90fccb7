package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/durablegen/durablegen/runtime/conformance/judge"
)

// TestRequirements runs every requirement of the folder that DURABLEGEN_CONFORMANCE
// names, a checkout of AWS's suite or a copy, against the engine and the real
// binary over HTTP, in real time.
func TestRequirements(t *testing.T) {
	dir := os.Getenv("DURABLEGEN_CONFORMANCE")
	if dir == "" {
		t.Skip("DURABLEGEN_CONFORMANCE names no folder of requirements")
	}
	if testing.Short() {
		t.Skip("takes a minute")
	}
	requirements, err := judge.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(requirements) == 0 {
		t.Fatalf("no requirements in %s", dir)
	}
	score(t, startService(t), requirements, checkOpenEnds)
}

// score runs requirements, eight at a time, and reports them in order; check, if
// not nil, may add problems.
func score(t *testing.T, s *service, requirements []*judge.Requirement, check func(*judge.Verdict)) {
	t.Helper()
	j := &judge.Judge{Endpoint: s.url, Logs: s.logs}
	verdicts := make([]*judge.Verdict, len(requirements))
	places := make(chan struct{}, 8)
	var running sync.WaitGroup
	for i, r := range requirements {
		places <- struct{}{}
		running.Go(func() {
			defer func() { <-places }()
			verdicts[i] = j.Run(t.Context(), r)
		})
	}
	running.Wait()

	passed, optional, missing := 0, 0, 0
	for _, v := range verdicts {
		if check != nil {
			check(v)
		}
		t.Run(v.ID, func(t *testing.T) {
			switch {
			case v.Passed():
				passed++
			case v.Missing:
				missing++
				t.Error("there is no such function")
			case v.Optional:
				optional++
				t.Logf("optional, failed:\n%s", report(v))
			default:
				t.Errorf("%s\n%s", v.Description, report(v))
			}
		})
	}
	fmt.Printf("%s: %d of %d requirements reached (%d optional failed, %d missing)\n",
		t.Name(), passed, len(verdicts), optional, missing)
}

// report tells what is wrong and shows the history.
func report(v *judge.Verdict) string {
	var b strings.Builder
	for _, p := range v.Problems {
		fmt.Fprintf(&b, "  %s\n", p)
	}
	show := func(v any) {
		line, _ := json.Marshal(v)
		if len(line) > 600 {
			line = append(line[:600], "…"...)
		}
		fmt.Fprintf(&b, "    %s\n", line)
	}
	for _, e := range v.Events {
		show(e)
	}
	for _, r := range v.Records {
		show(r.Fields)
	}
	fmt.Fprintf(&b, "  %s %s, %s", v.ARN, v.EndStatus, v.Elapsed)
	return b.String()
}

// openEnds are results that the requirements leave open and that these workflows
// settle: JSON, or the type and message of an error.
var openEnds = map[string]struct{ result, failure string }{
	"1-13": {result: `"patience"`},
	"1-14": {result: `"schedule"`},
	"1-15": {result: `"recovered"`},
	"1-16": {failure: "TransientError: TransientError: 1"},
	"1-17": {failure: "Lost: Lost"},
	"1-19": {failure: "Error: it broke"},
	"2-1":  {result: `null`},
	"2-2":  {result: `null`},
	"3-4":  {failure: "Error: it broke"},
	"3-8":  {failure: "Error: it broke"},
	"3-11": {result: `300008`},
	"3-15": {failure: "Broken: Broken"},
	"4-1":  {result: `"${CB_PAYLOAD}"`},
	"4-2":  {result: `"${CB_PAYLOAD}"`},
	"4-3":  {failure: "Timeout: "},
	"4-4":  {failure: "HeartbeatTimeout: "},
	"4-5":  {result: `"${CB_PAYLOAD}"`},
	"4-6":  {failure: "RejectedError: not approved"},
	"4-7":  {failure: "RejectedError: not approved"},
	"4-9":  {result: `"${CB_PAYLOAD}"`},
	"4-11": {failure: "Timeout: "},
	"4-12": {result: `"${CB_PAYLOAD}"`},
	"4-18": {result: `["${CB_PAYLOAD_A}","${CB_PAYLOAD_B}"]`},
	"5-1":  {result: `"${INPUT_1}"`},
	"5-2":  {result: `"${INPUT_1}"`},
	"5-3":  {result: `{"nested":{"key":"value","items":[1,2,3]},"source":"test"}`},
	"5-5":  {failure: "TargetError: target failed"},
	"5-7":  {result: `{"length":1000005}`},
	"5-8":  {result: `"${PAYLOAD}"`},
	"5-9":  {result: `null`},
	"5-11": {result: `"computed"`},
	"5-14": {result: `null`},
	"5-15": {result: `{"data":"HELLO"}`},
	"6-6":  {failure: "Exhausted: "},
	"6-7":  {failure: "CheckBroken: CheckBroken"},
	"7-1":  {result: `"${CB_PAYLOAD}"`},
	"7-2":  {result: `"${CB_PAYLOAD}"`},
	"7-3":  {result: `"${CB_PAYLOAD}"`},
	"7-4":  {failure: "RejectedError: not approved"},
	"7-5":  {failure: "Timeout: "},
	"7-7":  {failure: "Error: nobody is there"},
	"7-9":  {result: `"${CB_PAYLOAD2}"`},
	"7-12": {failure: "HeartbeatTimeout: "},
	"7-13": {result: `"${CB_PAYLOAD}"`},
	"8-7":  {failure: "Broken: Broken"},
	"9-6":  {failure: "Broken: Broken"},
}

// checkOpenEnds adds what is wrong with a result to the verdict's problems.
func checkOpenEnds(v *judge.Verdict) {
	want, known := openEnds[v.ID]
	if !known || v.EndStatus == "" {
		return
	}
	if want.failure != "" {
		kind, _ := v.Failure["ErrorType"].(string)
		message, _ := v.Failure["ErrorMessage"].(string)
		if got := kind + ": " + message; !strings.HasPrefix(got, want.failure) {
			v.Problems = append(v.Problems, fmt.Sprintf("the error is %q, not %q", got, want.failure))
		}
		return
	}
	decoder := json.NewDecoder(strings.NewReader(want.result))
	decoder.UseNumber()
	var result any
	if err := decoder.Decode(&result); err != nil {
		panic(err)
	}
	if filled := v.Variables.Fill(result); !judge.Equal(filled, v.Output) {
		v.Problems = append(v.Problems, fmt.Sprintf("the result is %v, not %v", v.Output, filled))
	}
}

// TestEverythingIsServed holds the list of functions against the suites' sizes.
func TestEverythingIsServed(t *testing.T) {
	served := map[string]int{}
	for _, f := range functions() {
		served[f.Definition().Name]++
	}
	want := []string{"target-echo", "target-echo-2", "target-fail", "target-measure"}
	for suite, size := range []int{1: 20, 2: 5, 3: 18, 4: 19, 5: 16, 6: 13, 7: 15, 8: 22, 9: 20, 10: 23} {
		for n := 1; n <= size; n++ {
			want = append(want, fmt.Sprintf("%d-%d", suite, n))
		}
	}
	for _, name := range want {
		if n := served["conformance-"+name]; n != 1 {
			t.Errorf("conformance-%s is served %d times", name, n)
		}
		delete(served, "conformance-"+name)
	}
	for name := range served {
		t.Errorf("%s is served, and nobody asks for it", name)
	}
}
