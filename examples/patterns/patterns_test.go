package patterns

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/durablegen/durablegen/runtime/durabletest"
)

// The inputs of workflows with several parameters.
type (
	texts  = map[string]any
	answer = durabletest.Answer
)

const day = 24 * time.Hour

var (
	trip    = Trip{ID: "trip-1", City: "Rome"}
	change  = Change{ID: "change-1", Author: "ada", Reviewers: []string{"ada", "ben", "cyd", "dan"}}
	invoice = Invoice{ID: "invoice-1", Customer: "ada", Manager: "ben"}
)

// refuse makes a desk refuse what is said with an error.
func refuse(err error, what ...string) func(string) error {
	return func(asked string) error {
		if slices.Contains(what, asked) {
			return err
		}
		return nil
	}
}

// TestPatterns runs each pattern: as it should go, and as it was made for.
func TestPatterns(t *testing.T) {
	for _, test := range []struct {
		name     string
		workflow string
		input    any
		answers  map[string][]answer
		refuse   func(string) error
		want     any    // the result
		fails    string // or the error
		done     []string
		took     time.Duration // at least, if it is set
		anyOrder bool
	}{
		{name: "cancel: nobody does", workflow: "planTrip", input: trip,
			answers: map[string][]answer{"cancel": {durabletest.Silence()}},
			want:    "room in Rome, seat to Rome",
			done:    []string{"offer to cancel trip-1", "book a room in Rome", "book a seat to Rome"}},
		{name: "cancel: while it waits", workflow: "planTrip", input: trip,
			answers: map[string][]answer{"cancel": {durabletest.Succeed("rain").After(time.Hour)}},
			want:    "cancelled: rain",
			done:    []string{"offer to cancel trip-1", "book a room in Rome", "release the room in Rome"}},
		{name: "listen", workflow: "chat", input: "hello",
			answers: map[string][]answer{"message": {durabletest.Succeed("hi").After(time.Hour), durabletest.Succeed("fine").After(3 * day), durabletest.Succeed("bye")}},
			want:    3,
			done:    []string{"say hello", "say hi, too", "say fine, too"}},
		{name: "listen: nobody there", workflow: "chat", input: "hello",
			answers: map[string][]answer{"message": {durabletest.Silence()}},
			want:    0, done: []string{"say hello"}},
		{name: "commit", workflow: "subscribe", input: "ada",
			refuse: refuse(errors.New("sold out"), "send issue 2"),
			fails:  "Error",
			done:   []string{"charge month 0", "send issue 0", "charge month 1", "send issue 1", "charge month 2", "refund receipt 2"}},
		{name: "clean up", workflow: "trainModel", input: "chess", want: 1.0 / 13,
			done: []string{"rent a cluster for chess", "train 0", "train 1", "train 2", "train 3", "give back the cluster of chess"}},
		{name: "clean up: a failure", workflow: "trainModel", input: "chess",
			refuse: refuse(errors.New("no gradient"), "train 1"),
			fails:  "Error",
			done:   []string{"rent a cluster for chess", "train 0", "give back the cluster of chess"}},
		{name: "clean up: too late", workflow: "trainModel", input: "alchemy", fails: "Timeout", took: 7 * day,
			done: []string{"rent a cluster for alchemy", "give back the cluster of alchemy"}},
		{name: "race: the bike", workflow: "dispatch", input: "Main St 1",
			answers: map[string][]answer{
				"bike": {durabletest.Succeed(Offer{Courier: "ben"}).After(time.Minute)},
				"van":  {durabletest.Succeed(Offer{Courier: "cyd"}).After(2 * time.Minute)}},
			want: "ben", done: []string{"book ben"}},
		{name: "race: no bike", workflow: "dispatch", input: "Main St 1",
			answers: map[string][]answer{
				"bike": {durabletest.Silence()},
				"van":  {durabletest.Succeed(Offer{Courier: "cyd"}).After(7 * time.Minute)}},
			want: "cyd", done: []string{"book cyd"}},
		{name: "race: nobody", workflow: "dispatch", input: "Main St 1",
			answers: map[string][]answer{"bike": {durabletest.Silence()}, "van": {durabletest.Silence()}},
			fails:   "NobodyDrives"},
		{name: "four eyes", workflow: "review", input: change,
			answers: map[string][]answer{"sign": {durabletest.Succeed(true).After(time.Hour), durabletest.Succeed(false).After(2 * time.Hour), durabletest.Succeed(true).After(day)}},
			want:    []string{"ben", "dan"}, done: []string{"merge change-1"}},
		{name: "four eyes: one only", workflow: "review", input: change,
			answers: map[string][]answer{"sign": {durabletest.Silence(), durabletest.Succeed(true), durabletest.Succeed(false)}},
			fails:   "NotSigned"},
		{name: "reminders: paid after the second", workflow: "collect", input: invoice,
			answers: map[string][]answer{"paid": {durabletest.Succeed(nil).After(13 * day)}},
			want:    "paid", took: 13 * day,
			done: []string{"send invoice-1", "remind ada, 1", "remind ada, 2"}},
		{name: "reminders: never", workflow: "collect", input: invoice,
			answers: map[string][]answer{"paid": {durabletest.Silence()}},
			want:    "written off", took: 60 * day,
			done: []string{"send invoice-1", "remind ada, 1", "remind ada, 2", "remind ada, 3", "ask ben about invoice-1"}},
		{name: "rate", workflow: "broadcast", input: texts{"numbers": strings.Split("0123456789abcdefghijklm", ""), "text": "hi"},
			want: 23, took: 2 * time.Second,
			done: broadcastTo("0123456789abcdefghijklm")},
		{name: "large results", workflow: "printBook", input: 5,
			want: 5 * chapterSize, took: time.Hour, done: []string{fmt.Sprintf("ship %d", 5*chapterSize)}},
		{name: "agent", workflow: "agent", input: "my order",
			answers: map[string][]answer{"approve": {durabletest.Succeed(true).After(time.Hour)}},
			want:    "order-7 is paid back", done: []string{"pay back order-7"}},
		{name: "agent: not approved", workflow: "agent", input: "my order",
			answers: map[string][]answer{"approve": {durabletest.Silence()}},
			want:    "refused"},
		{name: "poison", workflow: "loadAll", input: []string{"a", "b", "c"},
			refuse: refuse(&MalformedError{Line: 7}, "load b"),
			want:   Loaded{Rows: 20, SetAside: 1}, anyOrder: true,
			done: []string{"load a", "load c", "set b aside: Malformed: 7"}},
		{name: "etl", workflow: "copyTable", input: texts{"table": "orders"},
			want: Copied{Rows: 300},
			done: []string{`copy orders from ""`, `copy orders from "b"`, `copy orders from "c"`}},
		{name: "etl: resumed", workflow: "copyTable", input: texts{"table": "orders", "from": "c"},
			want: Copied{Rows: 100}, done: []string{`copy orders from "c"`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			desk := &Desk{}
			setup := func(t testing.TB) *durabletest.Env {
				desk = &Desk{Refuse: test.refuse}
				env := durabletest.NewFor(t, test.workflow, Workflows(desk)...)
				for callback, answers := range test.answers {
					env.Answer(callback, answers...)
				}
				return env
			}
			durabletest.EveryBoundary(t, setup, test.input, func(t testing.TB, run *durabletest.Run) {
				if test.fails != "" {
					run.MustFail(test.fails, nil)
				} else if got, want := result(t, run), encode(t, test.want); got != want {
					t.Errorf("the result is %s, want %s", got, want)
				}
				done := desk.Done()
				if test.anyOrder {
					slices.Sort(done)
				}
				if !reflect.DeepEqual(done, append([]string{}, test.done...)) {
					t.Errorf("done were %q, want %q", done, test.done)
				}
				events := run.Events()
				if took := events[len(events)-1].EventTimestamp.Go().Sub(events[0].EventTimestamp.Go()); took < test.took {
					t.Errorf("it took %s, want %s at least", took, test.took)
				}
			})
		})
	}
}

// TestMailbox has letters come while others are answered, more at a time than are looked for,
// and one whose writer has died before it rang: each is answered once, in their order.
func TestMailbox(t *testing.T) {
	var desk *Desk
	setup := func(t testing.TB) *durabletest.Env {
		rings := 0
		mu := sync.Mutex{}
		desk = &Desk{}
		box := desk
		desk.Refuse = func(what string) error {
			if what == "reply to 1" { // meanwhile, others write
				for n := 2; n <= 8; n++ {
					box.Write(Letter{Number: n})
				}
			}
			return nil
		}
		return durabletest.NewFor(t, "answerLetters", Workflows(desk)...).AnswerFunc("bell", func(durabletest.Callback) answer {
			mu.Lock()
			defer mu.Unlock()
			rings++
			switch rings {
			case 1:
				box.Write(Letter{Number: 1, Text: "hello"})
				return durabletest.Succeed(nil).After(time.Minute) // for letter 2
			case 4:
				box.Write(Letter{Number: 9, Text: "bye"})
			}
			return durabletest.Silence()
		})
	}
	durabletest.EveryBoundary(t, setup, texts{"room": "sea view", "last": 0}, func(t testing.TB, run *durabletest.Run) {
		if got := result(t, run); got != "9" {
			t.Errorf("the result is %s", got)
		}
		var want []string
		for n := range 9 {
			want = append(want, fmt.Sprintf("reply to %d", n+1))
		}
		if done := desk.Done(); !slices.Equal(done, want) {
			t.Errorf("done were %q", done)
		}
	})
}

func broadcastTo(numbers string) (done []string) {
	for _, number := range strings.Split(numbers, "") {
		done = append(done, "text hi to "+number)
	}
	return done
}

func result(t testing.TB, run *durabletest.Run) string {
	var out json.RawMessage
	run.MustSucceed(&out)
	return string(out)
}

func encode(t testing.TB, v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var update = flag.Bool("update", false, "write the diagrams of docs/patterns.md anew")

var region = regexp.MustCompile(`(?s)(<!-- durablegen: diagram \w+ from \.\./examples/patterns/(\w+\.flow) -->\n)(.*?)(<!-- /durablegen -->)`)

// TestPage holds docs/patterns.md to the files of this folder: each is shown in full but for
// its head, with the diagram of its own page. -update writes the diagrams.
func TestPage(t *testing.T) {
	const path = "../../docs/patterns.md"
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*.flow")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	diagrams := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, body, _ := strings.Cut(string(text), "package patterns\n\n")
		if !strings.Contains(string(page), "```flow\n"+body+"```\n") {
			t.Errorf("the page does not show %s as it is", file)
		}
		diagrams[file] = diagramOf(t, file)
	}
	if shown := strings.Count(string(page), "```flow\n"); shown != len(files) {
		t.Errorf("the page shows %d blocks of Flow, and there are %d files", shown, len(files))
	}
	drawn := region.ReplaceAllStringFunc(string(page), func(old string) string {
		part := region.FindStringSubmatch(old)
		text := diagrams[part[2]]
		delete(diagrams, part[2])
		return part[1] + text + part[4]
	})
	for file := range diagrams {
		t.Errorf("the page has no diagram of %s", file)
	}
	switch {
	case drawn == string(page):
	case *update:
		if err := os.WriteFile(path, []byte(drawn), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Error("the diagrams of the page are stale: run this test with -update")
	}
}

// diagramOf gives the diagram with its legend from the generated page of a file.
func diagramOf(t *testing.T, file string) string {
	text, err := os.ReadFile(file + ".md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "```mermaid\n")
	diagram, _, ok := strings.Cut(rest, "</sub>\n")
	if !ok {
		t.Fatalf("%s.md has no diagram", file)
	}
	return "```mermaid\n" + diagram + "</sub>\n"
}
