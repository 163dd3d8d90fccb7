package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/durablegen/durablegen/runtime/durable"
	"github.com/durablegen/durablegen/runtime/durabletest"
	"github.com/durablegen/durablegen/runtime/flow"
)

var update = flag.Bool("update", false, "rewrite the expected histories")

// world is Steps as a test wants them. Script says by the step's argument what each
// attempt does: an error fails, a string is the result, the last entry counts for
// all attempts after it.
type world struct {
	script map[string][]any

	mu    sync.Mutex
	calls []string
}

func (w *world) call(ctx context.Context, step, what string) (string, error) {
	w.mu.Lock()
	w.calls = append(w.calls, step+" "+what)
	w.mu.Unlock()
	entries := w.script[step+" "+what]
	if entries == nil {
		entries = w.script[what]
	}
	if len(entries) == 0 {
		return what, nil
	}
	switch e := entries[min(max(durable.Attempt(ctx), 1), len(entries))-1].(type) {
	case error:
		return "", fmt.Errorf("wrapped: %w", e)
	case string:
		return e, nil
	}
	panic("no script entry")
}

func (w *world) Act(ctx context.Context, what string) (string, error) {
	return w.call(ctx, "act", what)
}

func (w *world) Undo(ctx context.Context, what string) error {
	_, err := w.call(ctx, "undo", what)
	return err
}

func (w *world) Once(ctx context.Context, what string) (string, error) {
	return w.call(ctx, "once", what)
}

func (w *world) Read(ctx context.Context, what string) (string, error) {
	return w.call(ctx, "read", what)
}

func (w *world) Count(_ context.Context, _ string, before int) (int, error) { return before + 1, nil }

func (w *world) Slow(ctx context.Context, what string) (string, error) {
	return w.call(ctx, "slow", what)
}

// Mangle changes all that it can reach of its argument.
func (w *world) Mangle(_ context.Context, r Record) (Record, error) {
	out := Record{Text: r.Text + "!", N: r.N + 1, List: append([]string{"new"}, r.List...), Maybe: r.Maybe}
	r.List[0] = "mangled"
	if r.Maybe != nil {
		r.Maybe.N = -1
	}
	return out, nil
}

func (w *world) Size(_ context.Context, text string) (int, error) { return len(text), nil }

func (w *world) Ask(ctx context.Context, _, what string) error {
	_, err := w.call(ctx, "ask", what)
	return err
}

// workflow gives a workflow of the package by its name.
func workflow(t testing.TB, name string, w *world) *durable.Function {
	for _, f := range Workflows(w) {
		if f.Definition().Name == name {
			return f
		}
	}
	t.Fatalf("no workflow %s", name)
	return nil
}

// object is a JSON input.
type object map[string]any

func items(list ...any) []object {
	var out []object
	for i := 0; i < len(list); i += 2 {
		out = append(out, object{"name": list[i], "n": list[i+1]})
	}
	return out
}

type script map[string][]any

var (
	bad1, bad2, bad3, bad6 = &BadError{Code: 1}, &BadError{Code: 2}, &BadError{Code: 3}, &BadError{Code: 6}
	worse                  = &WorseError{}
	oops                   = fmt.Errorf("oops")
)

// cases name the workflow, what it gets, and what becomes of it outside.
var cases = []struct {
	name     string
	workflow string
	input    any
	script   script
	answers  map[string][]durabletest.Answer
	want     string // the result, or the error's type and data
	racy     bool   // what else is started differs from run to run, so the history does too
}{
	{name: "undo in reverse", workflow: "undoOrder", input: "fail", want: `Bad {"code":1}`},
	{name: "undo nothing", workflow: "undoOrder", input: "go on", want: `"abcfghilast"`},
	{name: "undo before the end", workflow: "undoOrder", input: "", script: script{"act last": {worse}}, want: `Worse {}`},
	{name: "undo inside a group", workflow: "undoOrder", input: "", script: script{"act c": {bad2}}, want: `Bad {"code":2}`},
	{name: "undo a branch", workflow: "undoOrder", input: "", script: script{"act g": {bad2}}, want: `Bad {"code":2}`, racy: true},
	{name: "undo arguments", workflow: "undoArguments", input: nil, want: `Bad {"code":3}`},
	{name: "undo not what a catch assigned", workflow: "undoArguments", input: nil, script: script{"act a": {worse}}, want: `Bad {"code":3}`},
	{name: "undo fails", workflow: "undoFails", input: nil, script: script{"undo b": {bad6}}, want: `"undo failed: g"`},
	{name: "undo of a group only", workflow: "undoFails", input: nil, want: `"bad 2"`},
	{name: "undo of items", workflow: "undoItems", input: items("a", 1, "b", 2, "c", -3, "d", 4), want: `Bad {"code":-3}`},
	{name: "items", workflow: "undoItems", input: items("a", 1, "b", 2), want: `["a","b"]`},

	{name: "loops", workflow: "loops", input: items("a", 0, "skip", 0, "again", 0, "b", 0),
		want: `["ax","ay","0","againx","againy","bx","by","3"]`},
	{name: "loop left by a switch", workflow: "loops", input: items("stop", 0, "b", 0), want: `["stopx","stopy"]`},
	{name: "loop left by a catch", workflow: "loops", input: items("a", 0, "b", 0, "c", 0), script: script{"act a": {bad1}, "act b": {bad2}}, want: `[]`},
	{name: "loop failed again", workflow: "loops", input: items("a", 0), script: script{"act a": {bad3}}, want: `Bad {"code":3}`},
	{name: "loop with a caught value", workflow: "loops", input: items("a", 0), script: script{"act a": {worse}}, want: `["worsex","worsey","0"]`},
	{name: "catch all", workflow: "loops", input: items("a", 0), script: script{"read ax": {oops}}, want: `Bad {"code":7}`},
	{name: "retries", workflow: "loops", input: items("a", 0), script: script{"act a": {oops, oops, "c"}}, want: `["cx","cy","0"]`},
	{name: "retries used up", workflow: "loops", input: items("a", 0), script: script{"act a": {oops}}, want: `Error {}`},
	{name: "counted", workflow: "counted", input: 3, want: `6`},
	{name: "tries", workflow: "tries", input: object{"what": "w", "n": 5}, want: `"w 2 a b c"`},
	{name: "try divides by zero", workflow: "tries", input: object{"what": "w", "n": 0}, want: `"w division by zero: 10 / 0 a b c"`},
	{name: "try caught", workflow: "tries", input: object{"what": "w", "n": 1}, script: script{"act w": {bad6}}, want: `" bad 6 a b c"`},
	{name: "try returns in a catch", workflow: "tries", input: object{"what": "w", "n": 1}, script: script{"act w": {worse}}, want: `"worse"`},
	{name: "try left by break", workflow: "tries", input: object{"what": "b", "n": 10}, want: `"b 1 a"`},
	{name: "try left by return", workflow: "tries", input: object{"what": "w", "n": 10}, script: script{"act b": {"return"}}, want: `"returned b"`},
	{name: "try left by continue and failure", workflow: "tries", input: object{"what": "w", "n": 10},
		script: script{"act a": {"next"}, "act b": {"fail"}, "act c": {worse}}, want: `"w 1 (5) Worse"`},
	{name: "try inner", workflow: "tries", input: object{"what": "a", "n": 10}, script: script{"act inner": {bad1}}, want: `"a 1 inner"`},
	{name: "try outer", workflow: "tries", input: object{"what": "a", "n": 10}, script: script{"act inner": {bad3}}, want: `"a 1 outer 3"`},
	{name: "keeps its value", workflow: "keeps", input: "a", script: script{"act a": {worse}, "act second": {bad1}}, want: `"old"`},
	{name: "takes a value", workflow: "keeps", input: "a", script: script{"act second": {bad1}}, want: `"a"`},
	{name: "copies of arguments", workflow: "mutates", input: object{"text": "t", "n": 1, "list": []string{"a", "b"}, "maybe": object{"name": "m", "n": 5}},
		want: `{"text":"tt!","n":100,"list":["a","b","new","a","b"],"maybe":{"name":"m","n":5}}`},

	{name: "parallel", workflow: "batch", input: items("a", 0, "b", 0, "c", 0), want: `["a","b","c","one","l","r"]`},
	{name: "parallel fails", workflow: "batch", input: items("a", 0, "b", 0, "c", 0), script: script{"act b": {bad2}}, want: `Bad {"code":2}`, racy: true},
	{name: "parallel fails deep", workflow: "batch", input: items("a", 0), script: script{"act l": {worse}}, want: `Worse {}`, racy: true},
	{name: "minimum", workflow: "least", input: object{"items": items("a", 0, "b", 0), "n": 2}, want: `["a","b"]`},
	{name: "minimum of more than there are", workflow: "least", input: object{"items": items("a", 0), "n": 2}, want: `Unexpected {}`},
	{name: "minimum not reached", workflow: "least", input: object{"items": items("a", 0, "b", 0), "n": 2}, script: script{"read a": {bad1}}, want: `Bad {"code":1}`, racy: true},
	{name: "tolerant", workflow: "tolerant", input: items("a", 0, "b", 0, "c", 0), script: script{"read b": {bad1}, "read pb": {bad2}}, want: `21`},
	{name: "not tolerated", workflow: "tolerant", input: items("a", 0, "b", 0, "c", 0), script: script{"read b": {bad1}, "read c": {bad2}}, want: `Bad {"code":1}`, racy: true},
	{name: "settled", workflow: "settle", input: items("a", 0, "b", 0, "c", 0), script: script{"act b": {bad1}, "act pb": {worse}},
		want: `{"yes":211,"first":"Bad in Bad: 1","reason":"ALL_COMPLETED SUCCEEDED FAILED 2"}`},
	{name: "settled runs all", workflow: "decided", input: items("a", 0, "b", 0, "c", 0), script: script{"act b": {bad1}},
		want: `"0SUCCEEDED 1FAILED 2SUCCEEDED ALL_COMPLETED 3"`},
	{name: "empty batches", workflow: "empty", input: []object{}, want: `0`},
	{name: "deep", workflow: "deep", input: items("a", 0, "b", 0), want: `"2 other"`},
	{name: "deep failure", workflow: "deep", input: items("a", 0, "fail", 7), want: `"bad 7"`, racy: true},

	{name: "asks", workflow: "asks", input: "w", answers: map[string][]durabletest.Answer{
		"ask": {durabletest.Succeed("yes").After(time.Minute)}, "second": {durabletest.Succeed("no")}}, want: `"yes no"`},
	{name: "asks in vain", workflow: "asks", input: "w", answers: map[string][]durabletest.Answer{
		"ask": {durabletest.Silence()}, "second": {durabletest.Silence()}}, want: `"later Timeout"`},
	{name: "refused", workflow: "asks", input: "w", answers: map[string][]durabletest.Answer{"ask": {durabletest.Fail(bad3)}}, want: `Bad {"code":3}`},
	{name: "an answer that is no name", workflow: "asks", input: "w", answers: map[string][]durabletest.Answer{"ask": {durabletest.Succeed("maybe")}}, want: `Unexpected {}`},
	{name: "two phases", workflow: "twoPhases", input: nil, answers: map[string][]durabletest.Answer{
		"sign": {durabletest.Succeed("signed").After(20 * time.Minute)}}, want: `"signed"`},
	{name: "no heartbeat", workflow: "twoPhases", input: nil, answers: map[string][]durabletest.Answer{"sign": {durabletest.Silence()}}, want: `"no heartbeat"`},
	{name: "polls", workflow: "polls", input: "w", script: script{"read w": {"a", oops, "done"}}, want: `"done 13"`},
	{name: "polls too long", workflow: "polls", input: "w", script: script{"read w": {"a"}}, want: `"exhausted 13"`},
	{name: "poll ended by a declared error", workflow: "polls", input: "w", script: script{"read w": {"a", bad2}}, want: `Bad {"code":2}`},
	{name: "race won by an answer", workflow: "races", input: "w", answers: map[string][]durabletest.Answer{
		"ask": {durabletest.Succeed("yes").After(time.Minute)}, "sign": {durabletest.Succeed("signed").After(12 * time.Minute)}}, want: `"answer yes signed"`},
	{name: "race won by silence", workflow: "races", input: "w", answers: map[string][]durabletest.Answer{
		"ask": {durabletest.Succeed("yes").After(30 * time.Minute)}, "sign": {durabletest.Succeed("signed").After(11 * time.Minute)}}, want: `"silence signed"`},
	{name: "invokes", workflow: "invokes", input: "w", want: `"w2b3"`},
	{name: "invoke undone", workflow: "invokes", input: "fail", want: `Bad {"code":4}`},
	{name: "built-in steps", workflow: "builtins", input: nil, want: `"true 36 true"`},
	{name: "evaluates", workflow: "evaluates", input: object{"n": 100, "list": []string{"a", "bc"}}, want: `"cb"`},
	{name: "division by zero", workflow: "evaluates", input: object{"n": 0, "list": []string{}}, want: `Unexpected {}`},
	{name: "Go types", workflow: "usesGoTypes", input: object{"price": 5, "bill": object{
		"total": object{"createdAt": "2026-01-31T12:00:00Z", "value": 10, "currency": "EUR", "level": 0, "ratio": 0.25, "tags": []string{"t"}},
		"page":  object{"items": []any{}}, "code": "abc", "limits": object{"USD": 30}}},
		want: `{"createdAt":"2026-01-31T12:00:00.000Z","tags":["t","changed"],"value":20,"currency":"EUR","note":"none before","parts":[{"createdAt":"2026-01-31T12:00:00.000Z",` +
			`"tags":["changed"],"value":10,"currency":"EUR","note":"abc","level":0,"ratio":0.25}],"level":1,"ratio":0.75}`},
	{name: "forms that only Go has", workflow: "readsForms", input: object{"big": 7, "forms": object{
		"any": object{"list": []any{41, nil}}, "meta": object{"a": object{"b": 1}}, "raw": object{"source": "aws.s3"}, "number": 1.50,
		"anon": object{"X": 5}, "array": []int{1, 2}, "state": "on", "codes": object{"7": "seven"}, "delay": 1500000000, "size": "12", "made": "99",
		"lists": nil}},
		want: `"{\"b\":1} \"aws.s3\" 3s 13 1m0s 4s {\"X\":5} 42 7 7s"`},
	{name: "forms that are missing", workflow: "readsForms", input: object{"big": json.Number("18446744073709551615"), "forms": object{"size": "0", "made": "1"}},
		want: `Unexpected {}`},
	{name: "index out of range", workflow: "evaluates", input: object{"n": 50, "list": []string{"a"}}, want: `Unexpected {}`},
	{name: "a panic in a func", workflow: "evaluates", input: object{"n": 100, "list": []string{"a", ""}}, want: `Unexpected {}`},
}

// TestEveryBoundary runs every case undisturbed, compares its end and its history,
// and again with the process killed before and after every checkpoint.
func TestEveryBoundary(t *testing.T) {
	var histories strings.Builder
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			first := true
			setup := func(t testing.TB) *durabletest.Env {
				env := durabletest.New(t, workflow(t, c.workflow, &world{script: c.script}))
				for name, answers := range c.answers {
					env.Answer(name, answers...)
				}
				return env.Target("remote:live", func(input json.RawMessage) (any, error) {
					var in struct {
						What string `json:"what"`
						N    int    `json:"n"`
					}
					err := json.Unmarshal(input, &in)
					return fmt.Sprint(in.What, in.N), err
				})
			}
			durabletest.EveryBoundary(t, setup, c.input, func(t testing.TB, run *durabletest.Run) {
				if got := end(run); got != c.want {
					t.Errorf("got  %s\nwant %s\n%s", got, c.want, run.History())
				}
				if first && !c.racy {
					first = false
					fmt.Fprintf(&histories, "# %s\n%s\n", c.name, random.ReplaceAllString(run.Signature(), "(random)"))
				}
			})
		})
	}
	golden(t, "histories.txt", histories.String())
}

// random matches what differs from run to run: callback IDs, times, UUIDs, numbers.
var random = regexp.MustCompile(`"[0-9a-f]{60,}"|"\d{4}-\d\d-\d\dT[0-9:.]+Z"|"[0-9a-f]{8}-[0-9a-f-]{27}"|\b0\.\d{6,}(e-\d+)?`)

// end gives the result of an execution, or its error.
func end(run *durabletest.Run) string {
	if e := run.Error(); e != nil {
		data := "{}"
		if e.ErrorData != "" && e.ErrorType != "Unexpected" {
			data = e.ErrorData
		}
		return e.ErrorType + " " + data
	}
	if r := run.Execution().Result; r != nil {
		return *r
	}
	return ""
}

func golden(t *testing.T, name, got string) {
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the histories have changed; run with -update and look at the difference\n%s",
			diff.Diff(path, want, "now", []byte(got)))
	}
}

// The order of undos is that of the calls.
func TestUndosRunInReverse(t *testing.T) {
	w := &world{}
	run := durabletest.New(t, workflow(t, "undoOrder", w)).Run("fail")
	run.MustFail("Bad", nil)
	var undone []string
	for _, call := range w.calls {
		if what, ok := strings.CutPrefix(call, "undo "); ok {
			undone = append(undone, what)
		}
	}
	if want := []string{"i", "whole", "g", "f", "e", "d", "c1", "c2", "b", "a"}; !slices.Equal(undone, want) {
		t.Errorf("got %v, want %v", undone, want)
	}
}

// A step that runs at most once is never repeated: what a crash leaves is caught.
func TestAtMostOnce(t *testing.T) {
	for k, want := range map[int]string{1: `"a"`, 2: `"a"`, 3: `"once interrupted"`} {
		w := &world{}
		env := durabletest.New(t, workflow(t, "atMostOnce", w))
		if k > 1 {
			env.CrashAt(k-1, durabletest.Before)
		}
		run := env.Run("a")
		if got := end(run); got != want || len(w.calls) != 1 {
			t.Errorf("crash %d: got %s, want %s, after %v\n%s", k-1, got, want, w.calls, run.History())
		}
	}
}

// Fill changes all that it can reach, too.
func (w *world) Fill(_ context.Context, forms Forms) (Forms, error) {
	kept, err := flow.Encode(forms)
	if m, ok := forms.Any.(map[string]any); ok {
		m["list"].([]any)[0] = "changed"
	}
	if m, ok := forms.Meta["a"].(map[string]any); ok {
		m["b"] = "changed"
	}
	var out Forms
	return out, errors.Join(err, flow.Decode(kept, &out))
}

// Pay changes all that it can reach.
func (w *world) Pay(_ context.Context, amount Amount, code Code) (AmountPage, error) {
	out := AmountPage{Items: []Amount{amount}, Next: new(amount)}
	out.Items[0].Note = new(string(code[:]))
	if len(amount.Tags) > 0 {
		amount.Tags[0] = "changed"
	}
	return out, nil
}
