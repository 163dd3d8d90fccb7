package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/durablegen/durablegen/conformance/judge"
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
	for _, r := range requirements {
		correct(r)
	}
	score(t, startService(t), requirements, checkOpenEnds)
}

// correct mends what is wrong in a requirement itself.
func correct(r *judge.Requirement) {
	// The two checksums that 13-1 expects are those of another payload, of the same
	// length, than the one that it sends.
	if r.ID == "13-1" && r.Variables["PAYLOAD"] == "filesystem-serdes-round-trip-payload-13-1" {
		r.Variables["PAYLOAD"] = "filesystem-serdes-round-trip-payload-11-1"
	}
	// There is a newer edition, which differs by that.
	if r.ID == "otel-execution-21" && r.Telemetry != nil {
		r.Telemetry.Quiescence = 5 * time.Second
	}
}

// open are the requirements that are not reached yet, and why. They are run like
// all others, stand in the score, and fail the test once they are served.
var open = map[string]string{}

// score runs requirements, eight at a time, and reports them in order; check, if
// not nil, may add problems.
func score(t *testing.T, s *service, requirements []*judge.Requirement, check func(*judge.Verdict)) {
	t.Helper()
	j := &judge.Judge{Endpoint: s.url, Logs: s.logs, Spans: s.spans, Service: spansService}
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

	var tally tally
	for _, v := range verdicts {
		if check != nil {
			check(v)
		}
		t.Run(v.ID, func(t *testing.T) { tally.take(t, v) })
	}
	fmt.Printf("%s: %s\n", t.Name(), &tally)
}

// tally counts verdicts.
type tally struct {
	all, passed, optional, missing int
	open                           map[string][]string // by reason
}

// take counts a verdict, and fails the test of a requirement that should be
// reached and isn't, or that is said to be open and is served.
func (c *tally) take(t *testing.T, v *judge.Verdict) {
	c.all++
	why, isOpen := open[v.ID]
	switch {
	case v.Unreadable != nil:
		t.Error(v.Unreadable)
	case isOpen && v.Missing:
		if c.open == nil {
			c.open = map[string][]string{}
		}
		c.open[why] = append(c.open[why], v.ID)
	case isOpen:
		t.Errorf("conformance-%s is served, though it stands in the list `open`: take it out there\n%s", v.ID, report(v))
	case v.Passed():
		c.passed++
	case v.Missing:
		c.missing++
		t.Errorf("there is no function conformance-%s: serve it, or give the reason in the list `open`", v.ID)
	case v.Optional:
		c.optional++
		t.Logf("optional, failed:\n%s", report(v))
	default:
		t.Errorf("%s\n%s", v.Description, report(v))
	}
}

func (c *tally) String() string {
	n := 0
	var list strings.Builder
	for _, why := range slices.Sorted(maps.Keys(c.open)) {
		ids := c.open[why]
		n += len(ids)
		fmt.Fprintf(&list, "\n  open, %d: %s (%s)", len(ids), why, strings.Join(ids, " "))
	}
	return fmt.Sprintf("%d of %d requirements reached (%d open, %d optional failed, %d missing)%s",
		c.passed, c.all, n, c.optional, c.missing, &list)
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
	for _, s := range v.Spans {
		show(s)
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

// TestReadmeSaysWhatIsOpen holds the page for people against the list.
func TestReadmeSaysWhatIsOpen(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for id, why := range open {
		suite := id[:strings.LastIndexByte(id, '-')]
		row := func(line string) bool {
			return strings.Contains(line, why) && (strings.Contains(line, "`"+id+"`") || strings.Contains(line, "`"+suite+"-1` to `-"))
		}
		if !slices.ContainsFunc(strings.Split(string(text), "\n"), row) {
			t.Errorf("README.md does not say that %s is open, and why: %s", id, why)
		}
	}
}

// suites are the numbers of requirements that AWS has, by suite. 10 is of this
// package's own making.
var suites = map[string]int{
	"1": 20, "2": 5, "3": 18, "4": 19, "5": 16, "6": 13, "7": 15, "8": 24, "9": 20, "10": 23, "11": 1, "13": 1,
	"otel-execution": 26, "otel-invocation": 26,
}

// TestEverythingIsServed holds the list of functions against the suites' sizes.
func TestEverythingIsServed(t *testing.T) {
	served := map[string]int{}
	for _, f := range functions() {
		served[f.Definition().Name]++
	}
	want := []string{
		"target-echo", "target-echo-2", "target-fail", "target-measure",
		"otel-execution-11-target", "otel-execution-18-target", "otel-invocation-11-target", "otel-invocation-18-target",
	}
	for suite, size := range suites {
		for n := 1; n <= size; n++ {
			if id := fmt.Sprintf("%s-%d", suite, n); open[id] == "" {
				want = append(want, id)
			}
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
