package main

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// TestAWSParts runs the bootstraps of the examples on AWS's Runtime Interface Emulator against
// AWS's own emulator of the durable API: they end as they do on the engine.
//
// That emulator skips the time of waits, never that of a callback nobody answers. So whoever
// stays silent in an example until a callback times out answers here, and says the same in both runs.
func TestAWSParts(t *testing.T) {
	parts := findAWSParts(t)
	root := repository(t)
	for _, example := range []struct {
		name     string
		workflow string
		invoked  []string // the workflows that it invokes
		answers  string   // as in answers.json; empty: that file
	}{
		{name: "foodorder", workflow: "fulfilOrder"},
		{name: "episoder", workflow: "writeUp"},
		{name: "media", workflow: "publish", invoked: []string{"findColors"}},
		{name: "onboarding", workflow: "onboard", answers: `{
			"programs": {"site": {"package": "./cmd/site"}},
			"answers": {"confirm": {"silence": true}, "personalCall": {"result": "keep"}}
		}`},
		{name: "payment", workflow: "collect", answers: `{
			"programs": {"bank": {"package": "./cmd/bank"}},
			"answers": {"changeCard": {"result": "4242-4242-4242-4242"}}
		}`},
		{name: "podwhisperer", workflow: "caption"},
	} {
		t.Run(example.name, func(t *testing.T) {
			dir := filepath.Join(root, "examples", example.name)
			input, err := os.ReadFile(filepath.Join(dir, "input.json"))
			if err != nil {
				t.Fatal(err)
			}
			said := []byte(example.answers)
			if len(said) == 0 {
				if said, err = os.ReadFile(filepath.Join(dir, "answers.json")); err != nil {
					t.Fatal(err)
				}
			}
			var here, complaint bytes.Buffer
			if status := run([]string{"run", dir, "--workflow", example.workflow, "--answers", string(said), "--data", t.TempDir()}, strings.NewReader(""), &here, &complaint); status != 0 {
				t.Fatal(complaint.String())
			}

			binary := build(t, dir, "./bootstrap")
			var out *lambda.GetDurableExecutionOutput
			// On a busy machine AWS's service was seen to invoke no function any more, though a
			// callback had been answered: then all of it is started anew.
			for try := 1; out == nil; try++ {
				s := startAWSParts(t, parts, example.invoked...)
				env := s.startPrograms(t, dir, said)
				for _, workflow := range append(example.invoked, example.workflow) {
					s.serve(t, workflow, binary, env)
				}
				if out = s.executeWithin(t, example.workflow, string(input), time.Minute); out == nil && try == 3 {
					t.Fatal("it does not end")
				}
			}
			if out.Status != types.ExecutionStatusSucceeded {
				t.Fatalf("it ended as %s: %s", out.Status, complaintOf(out))
			}
			got, want := decoded(t, aws.ToString(out.Result)), decoded(t, here.String())
			if !reflect.DeepEqual(got, want) {
				t.Errorf("result %s\non the engine  %s", aws.ToString(out.Result), here.String())
			}
		})
	}
}

// TestAWSPartsCrash kills the process of a handler in the middle of two steps, and lets another one
// fail until its last attempt: on AWS's emulators, the execution goes on in the next process.
func TestAWSPartsCrash(t *testing.T) {
	parts := findAWSParts(t)
	dir := t.TempDir()
	if err := writeModule(repository(t), dir, "example.com/shop"); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"shop.flow": `flow 1

package shop

step before() int  idempotent
step flaky() int  idempotent retry 3 every 1m
step dies() int  idempotent
step diesOnce() int  at most once

workflow survive() []int {
    before := step before()
    flaky := step flaky()
    dies := step dies()
    once := step diesOnce()
        catch Interrupted { once = 0 }
    wait 1h
    return [before, flaky, dies, once]
}
`,
		"steps.go": `package shop

import (
	"context"
	"errors"
	"os"
	"syscall"
)

// Shop counts the runs of each step in files of the current folder.
type Shop struct{}

func New() *Shop { return &Shop{} }

func count(name string) (int, error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	if _, err := f.WriteString("x"); err != nil {
		return 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return int(info.Size()), nil
}

func die(name string) (int, error) {
	n, err := count(name)
	if err == nil && n == 1 {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
	return n, err
}

func (*Shop) Before(context.Context) (int, error)   { return count("before") }
func (*Shop) Dies(context.Context) (int, error)     { return die("dies") }
func (*Shop) DiesOnce(context.Context) (int, error) { return die("once") }

func (*Shop) Flaky(context.Context) (int, error) {
	n, err := count("flaky")
	if err == nil && n < 3 {
		err = errors.New("not yet")
	}
	return n, err
}
`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var out, complaint bytes.Buffer
	if status := run([]string{"generate", dir}, nil, &out, &complaint); status != 0 {
		t.Fatal(complaint.String())
	}
	s := startAWSParts(t, parts)
	s.serve(t, "survive", build(t, dir, "./bootstrap"), nil)
	end := s.execute(t, "survive", "{}")
	// Two runs of the step that died: it ran again. None of the one that must not.
	if got := aws.ToString(end.Result); end.Status != types.ExecutionStatusSucceeded || got != "[1,3,2,0]" {
		t.Errorf("it ended as %s with %s: %s", end.Status, got, complaintOf(end))
	}
	for step, want := range map[string]int{"before": 1, "flaky": 3, "dies": 2, "once": 1} {
		ran, err := os.ReadFile(filepath.Join(s.work, step))
		if err != nil || len(ran) != want {
			t.Errorf("%s ran %d times, want %d (%v)", step, len(ran), want, err)
		}
	}
}

// TestAWSPartsRehearse stops an execution on AWS's emulators, and rehearses edits with the history
// that their service gives: it is as good as the engine's.
func TestAWSPartsRehearse(t *testing.T) {
	parts := findAWSParts(t)
	const (
		head = "flow 1\n\npackage shop\n\nstep charge(n int) int  idempotent\nstep note(n int)  idempotent\ncallback approve(n int) bool  timeout 1h\n\n"
		flow = head + `workflow order(n int) int
    fails Timeout
{
    paid := step charge(n) as "first"
    group notes {
        map i in [1, 2] { step note(i) }
    }
    ok := callback approve(paid)
    step note(if ok { 1 } else { 0 }) as "last"
    return paid
}
`
		steps = `package shop

import "context"

type Shop struct{}

func New() *Shop { return &Shop{} }

func (*Shop) Charge(_ context.Context, n int) (int, error)         { return 2 * n, nil }
func (*Shop) Note(context.Context, int) error                      { return nil }
func (*Shop) Approve(_ context.Context, id string, n int) error    { return nil }
`
	)
	module := func(flow string) string {
		dir := t.TempDir()
		if err := writeModule(repository(t), dir, "example.com/shop"); err != nil {
			t.Fatal(err)
		}
		for name, text := range map[string]string{"shop.flow": flow, "steps.go": steps} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		var out, complaint bytes.Buffer
		if status := run([]string{"generate", dir}, nil, &out, &complaint); status != 0 {
			t.Fatal(complaint.String())
		}
		return dir
	}
	before := module(flow)
	s := startAWSParts(t, parts)
	s.serve(t, "order", build(t, before, "./bootstrap"), nil)
	file := filepath.Join(t.TempDir(), "history.json")
	if err := os.WriteFile(file, s.historyAt(t, "order", `21`, "CallbackStarted"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		edit, into string
		status     int
		want       string
	}{
		{"", "", 0, "goes on; waits at `approve`"},
		{`as "first"`, `as "paid"`, 0, "runs again; runs again: `paid` (shop.flow:12:13), which was done as `first_kcharge`"},
		{
			"    group notes {\n        map", "    group messages {\n        map", 0,
			"runs again; runs late: `messages` (shop.flow:13:5); runs again: `messages / map` (shop.flow:14:9), which was done as `notes-map`; " +
				"runs again: `messages / map / [0]` (shop.flow:14:9), which was done as `notes-map-_i0`; " +
				"runs again: `messages / map / [0] / note` (shop.flow:14:27), which was done as `notes-map-_i0-note`; " +
				"runs again: `messages / map / [1]` (shop.flow:14:9), which was done as `notes-map-_i1`; " +
				"runs again: `messages / map / [1] / note` (shop.flow:14:27), which was done as `notes-map-_i1-note`",
		},
		{
			`paid := step charge(n) as "first"`, "wait 1m as \"first\"\n    paid := n", 1,
			"diverges; the workflow has diverged from its record at operation \"first\"",
		},
	} {
		dir := module(strings.Replace(flow, test.edit, test.into, 1))
		var out, complaint bytes.Buffer
		status := run([]string{"rehearse", dir, "--file", file}, nil, &out, &complaint)
		_, told, _ := strings.Cut(out.String(), ": ")
		told = strings.ReplaceAll(strings.TrimSpace(told), "\n    ", "; ")
		if status != test.status || told != test.want && !(status == 1 && strings.HasPrefix(told, test.want)) {
			t.Errorf("%q for %q: status %d\n%s\n%s%s", test.into, test.edit, status, told, out.String(), complaint.String())
		}
	}
	var out, complaint bytes.Buffer
	if status := run([]string{"cost", "--file", file}, nil, &out, &complaint); status != 0 || !strings.Contains(out.String(), "operations") {
		t.Errorf("cost: %s%s", out.String(), complaint.String())
	}
}
