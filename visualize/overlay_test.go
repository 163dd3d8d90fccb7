package visualize

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"
)

// at gives a time of the day on which the test's executions run.
func at(clock string) time.Time {
	t, err := time.Parse("2006-01-02 15:04:05", "2026-03-01 "+clock)
	if err != nil {
		panic(err)
	}
	return t.UTC()
}

// orderHistory is the history of an order until it waits for the restaurant: the
// card was charged at the second attempt.
var orderHistory = []event{
	{Type: "ExecutionStarted", ID: "e", At: at("10:00:00")},
	{Type: "StepStarted", ID: "saveOrder", Name: "saveOrder", At: at("10:00:00")},
	{Type: "StepSucceeded", ID: "saveOrder", Name: "saveOrder", At: at("10:00:01"), Attempt: 1},
	{Type: "StepStarted", ID: "announce", At: at("10:00:01")},
	{Type: "StepSucceeded", ID: "announce", At: at("10:00:02"), Attempt: 1},
	{Type: "StepStarted", ID: "charge", At: at("10:00:02")},
	{Type: "StepFailed", ID: "charge", At: at("10:00:03"), Attempt: 1, Until: at("10:00:05"), Error: "Unavailable", Message: "try later"},
	{Type: "InvocationCompleted", At: at("10:00:03")},
	{Type: "StepStarted", ID: "charge", At: at("10:00:05")},
	{Type: "StepSucceeded", ID: "charge", At: at("10:00:06"), Attempt: 2},
	{Type: "ContextStarted", ID: "askRestaurant", Name: "askRestaurant", SubType: "WaitForCallback", At: at("10:00:06")},
	{Type: "CallbackStarted", ID: "askRestaurant_c", ParentID: "askRestaurant", At: at("10:00:06"), Until: at("10:10:06"), CallbackID: "cb1"},
	{Type: "StepStarted", ID: "askRestaurant_s", ParentID: "askRestaurant", At: at("10:00:06")},
	{Type: "StepSucceeded", ID: "askRestaurant_s", ParentID: "askRestaurant", At: at("10:00:07"), Attempt: 1},
}

func archiveGraph(t *testing.T, file, workflow string) *Graph {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	p := checked(t, archive)
	for _, w := range p.Workflows {
		if w.Name.Text == workflow {
			return NewGraph(p, w)
		}
	}
	t.Fatal("no workflow " + workflow)
	return nil
}

func TestSentence(t *testing.T) {
	answered := append(orderHistory[:len(orderHistory):len(orderHistory)],
		event{Type: "CallbackSucceeded", ID: "askRestaurant_c", ParentID: "askRestaurant", At: at("10:04:00")},
		event{Type: "ContextSucceeded", ID: "askRestaurant", At: at("10:04:00")})
	packed := append(answered[:len(answered):len(answered)],
		event{Type: "ContextStarted", ID: "parallel", At: at("10:04:01")},
		event{Type: "ContextStarted", ID: "parallel-labels", ParentID: "parallel", At: at("10:04:01")},
		event{Type: "ContextStarted", ID: "parallel-labels-map", ParentID: "parallel-labels", At: at("10:04:01")},
		event{Type: "ContextStarted", ID: "parallel-labels-map-_i0", ParentID: "parallel-labels-map", At: at("10:04:01")},
		event{Type: "StepStarted", ID: "parallel-labels-map-_i0-printLabel", ParentID: "parallel-labels-map-_i0", At: at("10:04:01")},
		event{Type: "StepStarted", ID: "parallel-labels-map-_i1-printLabel", ParentID: "parallel-labels-map-_i1", At: at("10:04:02")},
		event{Type: "StepSucceeded", ID: "parallel-labels-map-_i0-printLabel", ParentID: "parallel-labels-map-_i0", At: at("10:04:02")})
	polled := append(answered[:len(answered):len(answered)],
		event{Type: "WaitStarted", ID: "wait", At: at("10:05:00"), Until: at("10:35:00")},
		event{Type: "WaitSucceeded", ID: "wait", At: at("10:35:00")},
		event{Type: "StepStarted", ID: "locate", SubType: "WaitForCondition", At: at("10:35:00")},
		event{Type: "StepSucceeded", ID: "locate", SubType: "WaitForCondition", At: at("10:35:01"), Attempt: 1, Until: at("10:36:01")})
	refunded := append(orderHistory[:len(orderHistory):len(orderHistory)],
		event{Type: "CallbackTimedOut", ID: "askRestaurant_c", ParentID: "askRestaurant", At: at("10:10:06"), Error: "Callback.Timeout"},
		event{Type: "ContextFailed", ID: "askRestaurant", At: at("10:10:07"), Error: "Timeout"},
		event{Type: "StepStarted", ID: "charge_u", At: at("10:10:07")},
		event{Type: "StepSucceeded", ID: "charge_u", At: at("10:10:08")},
		event{Type: "ExecutionFailed", ID: "e", At: at("10:10:08"), Error: "RestaurantSilent"})
	tests := []struct {
		name   string
		events []event
		now    string
		want   string
	}{
		{"nothing yet", nil, "10:00:00", "It is between two operations, or its function is being started."},
		{"a step runs", orderHistory[:4], "10:00:05", "It runs `step announce` since 10:00:01 UTC (4s); if its process has died, it is started again by itself."},
		{"a retry", orderHistory[:8], "10:00:04", "`step charge` has failed once (Unavailable: try later) and is tried again at 10:00:05 UTC; it goes on by itself."},
		{"an answer", orderHistory, "10:04:06", "It waits for an answer to `callback askRestaurant` since 10:00:06 UTC (4m), until 10:10:06 UTC (6m more); answer with `durablegen callback succeed cb1`."},
		{"a wait", polled[:len(polled)-3], "10:15:00", "It waits at `wait minutes(reply.minutes)` since 10:05:00 UTC (10m), until 10:35:00 UTC (20m more); it goes on by itself."},
		{"a poll", polled, "10:35:31", "`poll locate` has been asked once since 10:35:00 UTC (31s) and is asked again at 10:36:01 UTC; it goes on by itself."},
		{"items", packed, "10:04:05", "It runs `step printLabel` since 10:04:02 UTC (3s); if its process has died, it is started again by itself."},
		{"failed", refunded, "12:00:00", "It has failed: RestaurantSilent."},
		{"failed with a message", []event{{Type: "ExecutionFailed", Error: "Unexpected", Message: "no route to host"}}, "12:00:00", "It has failed: Unexpected: no route to host."},
		{"failed with a declared error", []event{{Type: "ExecutionFailed", Error: "OrderRejected", Message: "OrderRejected: reason: closed"}}, "12:00:00", "It has failed: OrderRejected: reason: closed."},
		{"timed out", []event{{Type: "ExecutionTimedOut"}}, "12:00:00", "It has timed out."},
		{"stopped", []event{{Type: "ExecutionStopped", Message: "by hand."}}, "12:00:00", "It was stopped: by hand."},
	}
	g := archiveGraph(t, "order.txtar", "fulfilOrder")
	spans := regexp.MustCompile(` \([\dms ]+( more)?\)|; answer with .*`)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			run := Overlay(g, executed(test.events), "", at(test.now))
			if got := run.Sentence(); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			if got, want := run.Standing(), strings.TrimSuffix(spans.ReplaceAllString(test.want, ""), ".")+"."; got != want {
				t.Errorf("on a page\ngot  %s\nwant %s", got, want)
			}
			if len(run.Strange) > 0 {
				t.Errorf("strange: %v", run.Strange)
			}
		})
	}
	run := Overlay(g, executed(refunded), "", at("12:00:00"))
	if run.States["charge"].Undone != 1 || run.States["charge"].Retries != 1 || run.States["askRestaurant"].Failed != 1 {
		t.Errorf("charge %+v, askRestaurant %+v", run.States["charge"], run.States["askRestaurant"])
	}
	text := run.Mermaid(Normal)
	for _, want := range []string{"undone", "1 retry"} {
		if !strings.Contains(text, want) {
			t.Errorf("the diagram does not say %q:\n%s", want, text)
		}
	}
	// A frame that is under way says so by its border: the branch that is stands out.
	if text := Overlay(g, executed(packed), "", at("10:05:00")).Mermaid(Normal); !strings.Contains(text, "class n_parallel__labels__map waitingFrame\n") || !strings.Contains(text, "class n_parallel waitingFrame\n") {
		t.Errorf("the frames do not wait:\n%s", text)
	}
	if items := Overlay(g, executed(packed), "", at("10:05:00")).States["parallel-labels-map-printLabel"]; items == nil || items.Started != 2 || items.Succeeded != 1 || items.Open != 1 {
		t.Errorf("printLabel %+v", items)
	}
}

// TestLosersAreNotWaitedFor: the wait of a select that an answer has won goes on in
// the service's record.
func TestLosersAreNotWaitedFor(t *testing.T) {
	g := archiveGraph(t, "statements.txtar", "make")
	events := []event{
		{Type: "ContextStarted", ID: "select", At: at("10:00:00")},
		{Type: "WaitStarted", ID: "select-wait", ParentID: "select", At: at("10:00:00"), Until: at("12:00:00")},
	}
	if got := Overlay(g, executed(events), "", at("10:30:00")).Sentence(); !strings.HasPrefix(got, "It waits at `wait 30d`") {
		t.Error(got)
	}
	events = append(events, event{Type: "ContextSucceeded", ID: "select", At: at("10:20:00")})
	x := executed(events)
	if run := Overlay(g, x, "", at("10:30:00")); len(x.Waits()) > 0 || run.States["select-wait"].Left != 1 || run.Look(g.Node("select-wait")) != "left" {
		t.Errorf("it waits for %d; the wait %+v", len(x.Waits()), run.States["select-wait"])
	}
}

// TestOverlayStaysOnTheGraph lays histories of random programs over their graphs,
// turns and items included, also where IDs are hashed for their length.
func TestOverlayStaysOnTheGraph(t *testing.T) {
	for seed := int64(1); seed <= 200; seed++ {
		p, w := randomProgram(seed, 12)
		g := NewGraph(p, w)
		var events []event
		count := 0
		g.Walk(func(n *Node) {
			if n.Op == nil || n.Kind == Undo {
				return
			}
			// A turn of a loop, and an item in every scope around it.
			id := strings.ReplaceAll(n.ID, "-", "_i7-") + "_i3"
			events = append(events, event{Type: "StepStarted", ID: id, At: at("10:00:00")}, event{Type: "StepSucceeded", ID: id, At: at("10:00:01")})
			count++
		})
		run := Overlay(g, executed(events), "", at("10:00:01"))
		if len(run.Strange) > 0 {
			t.Fatalf("program %d: %v is not on the graph", seed, run.Strange)
		}
		if len(run.States) != count+1 {
			t.Fatalf("program %d: %d operations ran, %d are marked", seed, count, len(run.States)-1)
		}
	}
}

// TestOverlayTellsDays: what takes longer than a day says so.
func TestOverlayTellsDays(t *testing.T) {
	g := archiveGraph(t, "statements.txtar", "make")
	events := []event{
		{Type: "ContextStarted", ID: "select", At: at("10:00:00")},
		{Type: "WaitStarted", ID: "select-wait", ParentID: "select", At: at("10:00:00"), Until: at("10:00:00").AddDate(0, 0, 30)},
	}
	text := Overlay(g, executed(events), "", at("10:30:00")).Mermaid(Normal)
	if want := "since 10#58;00#58;00 until 2026#45;03#45;31 10#58;00#58;00"; !strings.Contains(strings.ReplaceAll(text, "<br/>", " "), want) {
		t.Errorf("the diagram does not say %q:\n%s", want, text)
	}
}

// TestOverlayCountsWhatIsUndone: an undo of some turns is not one of all.
func TestOverlayCountsWhatIsUndone(t *testing.T) {
	g := archiveGraph(t, "order.txtar", "fulfilOrder")
	var events []event
	for _, turn := range []string{"_i0", "_i1", "_i2"} {
		events = append(events, event{Type: "StepStarted", ID: "charge" + turn, At: at("10:00:00")}, event{Type: "StepSucceeded", ID: "charge" + turn, At: at("10:00:01")})
	}
	events = append(events, event{Type: "StepStarted", ID: "charge_i1_u", At: at("10:00:02")}, event{Type: "StepSucceeded", ID: "charge_i1_u", At: at("10:00:03")})
	run := Overlay(g, executed(events), "", at("10:00:04"))
	if s := run.States["charge"]; s.Undone != 1 || s.Succeeded != 3 || run.Look(g.Node("charge")) != "ok" {
		t.Errorf("charge %+v looks %s", s, run.Look(g.Node("charge")))
	}
	if text := run.Mermaid(Normal); !strings.Contains(text, "✓ 2 ↩ 1") {
		t.Errorf("the diagram does not count:\n%s", text)
	}
}

// TestAwaitOfALentHandle: in the picture of a called workflow, nothing tells of a callback that
// its caller has opened but what has been done behind it.
func TestAwaitOfALentHandle(t *testing.T) {
	g := archiveGraph(t, "lent.txtar", "stay")
	events := []event{
		{Type: "CallbackStarted", ID: "cancel", Name: "cancel", At: at("10:00:00"), CallbackID: "cb1"},
		{Type: "ContextStarted", ID: "stay", Name: "stay", At: at("10:00:00")},
		{Type: "StepStarted", ID: "stay-book", ParentID: "stay", At: at("10:00:00")},
		{Type: "StepSucceeded", ID: "stay-book", ParentID: "stay", At: at("10:00:01"), Attempt: 1},
	}
	await := ""
	g.Walk(func(n *Node) {
		if n.Keyword == "await" {
			await = n.ID
		}
	})
	if run := Overlay(g, executed(events), "stay", at("10:30:00")); run.States["book"].Succeeded != 1 || run.States[await] != nil && run.States[await].Succeeded > 0 || len(run.Strange) > 0 {
		t.Errorf("book %+v, await %+v, strange %v", run.States["book"], run.States[await], run.Strange)
	}
	events = append(events, event{Type: "CallbackSucceeded", ID: "cancel", At: at("10:20:00")},
		event{Type: "StepStarted", ID: "stay-release", ParentID: "stay", At: at("10:20:00")})
	if run := Overlay(g, executed(events), "stay", at("10:30:00")); run.States[await] == nil || run.States[await].Succeeded != 1 || run.States["release"].Open != 1 || len(run.Strange) > 0 {
		t.Errorf("await %+v, release %+v, strange %v", run.States[await], run.States["release"], run.Strange)
	}
}
