package console

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/flowdir"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/cleantext"
	"github.com/durablegen/durablegen/runtime/engine"
	"github.com/durablegen/durablegen/runtime/wire"
	"github.com/durablegen/durablegen/visualize"
)

func TestListFilters(t *testing.T) {
	f := serve(t)
	for i := range 250 {
		f.start("many", fmt.Sprintf("batch-%03d", i), "0")
	}
	f.start("order", "Order-7", "5")
	f.idle()
	type page struct {
		Rows []row
		Next string
	}
	var all, next, named, running page
	f.must("GET", "/api/executions", nil, &all)
	if len(all.Rows) != 100 || all.Rows[0].Name != "Order-7" || all.Next == "" {
		t.Errorf("the first page has %d rows, first %+v", len(all.Rows), all.Rows[0])
	}
	f.must("GET", "/api/executions?marker="+url.QueryEscape(all.Next), nil, &next)
	if len(next.Rows) != 100 || next.Rows[0].Name == all.Rows[99].Name {
		t.Errorf("the second page begins with %+v", next.Rows[0])
	}
	f.must("GET", "/api/executions?name=ER-7", nil, &named)
	if len(named.Rows) != 1 || named.Rows[0].Name != "Order-7" {
		t.Errorf("a part of a name finds %+v", named.Rows)
	}
	f.must("GET", "/api/executions?status=RUNNING&function=order", nil, &running)
	if len(running.Rows) != 1 {
		t.Errorf("running: %+v", running.Rows)
	}
}

// The list says of each execution what it waits for or how it failed, and finds it by that.
func TestListTellsWhereTheyStand(t *testing.T) {
	f := serve(t)
	f.start("many", "done", "3")
	waits := f.start("order", "waits", "5")
	f.start("order", "asked", "5")
	f.start("order", "broken", `"no number"`)
	f.idle()
	if _, err := f.engine.Stop(t.Context(), waits, &wire.ErrorObject{ErrorType: "Mistake", ErrorMessage: "by " + hostile}); err != nil {
		t.Fatal(err)
	}
	f.start("order", "waits-too", "5")
	f.idle()
	find := func(query string) string {
		t.Helper()
		var page struct{ Rows []row }
		f.must("GET", "/api/executions?"+query, nil, &page)
		var found []string
		for _, r := range page.Rows {
			found = append(found, r.Name+": "+r.Stands)
		}
		slices.Sort(found)
		return strings.Join(found, "\n")
	}
	waiting := "asked: " + waitName + "\nwaits-too: " + waitName
	for query, want := range map[string]string{
		"why=time": waiting, "why=answer": "", "why=retry": "", "stands=" + url.QueryEscape(strings.ToUpper(waitName)): waiting,
		"stands=mistake": "waits: Mistake: by " + cleantext.Line(hostile), "name=done": "done: ",
	} {
		if got := find(query); got != want {
			t.Errorf("%s finds\n%s\nwant\n%s", query, got, want)
		}
	}
	if got := find("stands=does+not+decode"); !strings.HasPrefix(got, "broken: Unexpected: ") {
		t.Errorf("an error finds %q", got)
	}
	strays := f.start("order", "strays", "6")
	f.idle()
	if _, err := f.engine.Stop(t.Context(), strays, &wire.ErrorObject{ErrorType: "NonDeterministicExecutionError", ErrorMessage: "strays"}); err != nil {
		t.Fatal(err)
	}
	if got := find("why=divergence"); got != "strays: NonDeterministicExecutionError: strays" {
		t.Errorf("diverged are %q", got)
	}
	for query, want := range map[string]string{
		"input=NO+num": "broken: ", "error=does+not+DECODE": "broken: ", "result=small": "", "result=3": "done: ", "input=5&why=time": "asked: ",
	} {
		if got := find(query); want == "" && got != "" || !strings.HasPrefix(got, want) {
			t.Errorf("%s finds %q", query, got)
		}
	}
	f.engine.Advance(2 * time.Hour)
	f.idle()
	if got := find("why=answer"); got != "asked: approve\nwaits-too: approve" {
		t.Errorf("people are waited for by\n%s", got)
	}
}

func TestListStreamTellsWhatChangesAndResumes(t *testing.T) {
	f := serve(t)
	s := f.stream("/api/executions/stream", "")
	arn := f.start("many", "one", "1")
	wanting := f.stream("/api/executions/stream?input=7", "")
	f.start("many", "of-seven", "7")
	f.start("many", "of-eight", "8")
	text := func(s *streamed, want string) {
		t.Helper()
		for !strings.Contains(s.text.String(), want) {
			s.next()
		}
	}
	text(s, `"SUCCEEDED"`)
	s.close()
	text(wanting, `"of-eight"`)
	for !strings.Contains(wanting.text.String(), `"lacks":true`) {
		wanting.next()
	}
	wanting.close()
	f.start("many", "while-away", "1")
	f.idle()
	again := f.stream("/api/executions/stream", s.id)
	text(again, `"while-away"`)
	if strings.Contains(again.text.String(), arn) {
		t.Errorf("what was known is told again:\n%s", again.text.String())
	}
}

func TestExecutionStreamResumes(t *testing.T) {
	f := serve(t)
	arn := f.start("order", "one", "5")
	f.idle()
	s := f.stream(executionPath("/api/execution/stream", arn), "")
	first := s.until(func(u update) bool { return u.Overlay != nil && len(*u.Waits) == 1 })
	if first.Overlay.Sentence == "" || !strings.Contains(first.Overlay.Sentence, "It waits at") {
		t.Errorf("the sentence is %q", first.Overlay.Sentence)
	}
	if w := (*first.Waits)[0]; w.Why != "time" || !w.Skip || !strings.HasPrefix(w.Place, "order.flow:2") {
		t.Errorf("it waits for %+v", w)
	}
	seen := first.Events[len(first.Events)-1].N
	s.close()
	f.must("POST", "/api/skip", map[string]string{"ARN": arn, "Operation": (*first.Waits)[0].ID}, nil)
	f.idle()
	again := f.stream(executionPath("/api/execution/stream", arn), s.id)
	u := again.next()
	if len(u.Events) == 0 || u.Events[0].N != seen+1 {
		t.Fatalf("after event %d it goes on with %+v", seen, u.Events)
	}
	if len(u.Operations) != 3 {
		t.Errorf("operations: %+v", u.Operations)
	}
	asks := func(u update) bool { return u.Waits != nil && len(*u.Waits) == 1 && (*u.Waits)[0].Answer != nil }
	if !asks(u) {
		u = again.until(asks)
	}
	w := (*u.Waits)[0]
	if w.Answer.Written != "Approval" || len(w.Answer.Fails) != 1 || w.Heartbeat == 0 || w.Answer.Types["Approval"] == nil {
		t.Errorf("the form is made from %+v", w.Answer)
	}
}

func TestCallbackIsAnsweredByItsOperation(t *testing.T) {
	f := serve(t)
	arn := f.start("order", "one", "5")
	f.idle()
	f.engine.Advance(time.Hour)
	f.idle()
	open, err := f.engine.OpenCallbacks(t.Context(), arn)
	if err != nil || len(open) != 1 {
		t.Fatal(open, err)
	}
	s := f.stream(executionPath("/api/execution/stream", arn), "")
	s.until(func(u update) bool { return u.Waits != nil && len(*u.Waits) == 1 })
	operation := open[0].OperationID

	act := func(body map[string]any) (out struct{ Problems []problem }) {
		t.Helper()
		body["ARN"], body["Operation"] = arn, operation
		f.must("POST", "/api/callback", body, &out)
		return out
	}
	if p := act(map[string]any{"Action": "succeed", "Value": `{"granted": "yes", "bye": "Olga"}`}).Problems; len(p) < 2 || p[0].Line != 1 || p[0].Column != 13 {
		t.Errorf("a wrong answer: %+v", p)
	}
	if p := act(map[string]any{"Action": "succeed"}).Problems; len(p) != 1 {
		t.Errorf("no answer: %+v", p)
	}
	if p := act(map[string]any{"Action": "fail", "Type": "Refused", "Message": "no"}).Problems; len(p) != 1 || !strings.Contains(p[0].Message, "reason") {
		t.Errorf("an error without its field: %+v", p)
	}
	act(map[string]any{"Action": "heartbeat"})

	// The ID comes when it is asked for by itself, and in no other way.
	id := open[0].CallbackID
	var revealed struct{ ID string }
	f.must("POST", "/api/callback", map[string]any{"ARN": arn, "Operation": operation, "Action": "reveal"}, &revealed)
	if revealed.ID != id {
		t.Errorf("revealed: %q", revealed.ID)
	}
	for n := 1; n < 20; n++ {
		status, text := f.ask("GET", executionPath("/api/text", arn)+fmt.Sprintf("&ref=event/%d", n), nil)
		if status == http.StatusOK && strings.Contains(text, id) {
			t.Errorf("event %d has the ID: %s", n, text)
		}
	}
	_, text := f.ask("GET", executionPath("/api/operation", arn)+"&id="+url.QueryEscape(operation), nil)

	act(map[string]any{"Action": "succeed", "Value": `{"granted": true, "by": "Olga"}`})
	f.idle()
	u := s.until(func(u update) bool { return u.Head != nil && u.Head.Status == "SUCCEEDED" })
	if u.Head.Result == nil || !strings.HasSuffix(u.Head.Result.Text, `by Olga"`) || len(*u.Waits) != 0 {
		t.Errorf("the end: %+v", u.Head)
	}
	if strings.Contains(s.text.String()+text, id) {
		t.Error("the stream has the callback's ID")
	}
	if status, _ := f.ask("POST", "/api/callback", map[string]any{"ARN": arn, "Operation": operation, "Action": "succeed", "Value": "1"}); status != http.StatusConflict {
		t.Errorf("a second answer: %d", status)
	}
}

func TestStartChecksTheInput(t *testing.T) {
	f := serve(t)
	var out struct {
		ARN      string
		Existed  bool
		Problems []problem
	}
	f.must("POST", "/api/start", startRequest{"order", "", "", "{\n \"a\": 1}"}, &out)
	if out.ARN != "" || len(out.Problems) != 1 || !strings.Contains(out.Problems[0].Message, "must be a number") {
		t.Errorf("a wrong input: %+v", out)
	}
	f.must("POST", "/api/start", startRequest{"order", "", "", "5"}, &out)
	if out.ARN == "" {
		t.Error("it was not started")
	}
	if status, text := f.ask("POST", "/api/start", startRequest{"order", "", "a b", "5"}); status != http.StatusBadRequest || !strings.Contains(text, "name") {
		t.Errorf("a wrong name: %d %s", status, text)
	}
	f.must("POST", "/api/stop", map[string]string{"ARN": out.ARN, "Message": "enough"}, nil)
	x, err := f.engine.Execution(t.Context(), out.ARN, true)
	if err != nil || x.Status != "STOPPED" || x.Error.ErrorMessage != "enough" {
		t.Errorf("stopped: %+v %v", x, err)
	}
}

// Nothing that a run brings is in the text that Mermaid gets, and what a program brings
// is escaped there.
func TestDiagramsHoldNothingOfARun(t *testing.T) {
	f := serve(t)
	arn := f.start("order", "one", "5")
	f.idle()
	var out struct{ Drawings []sheet }
	f.must("GET", executionPath("/api/execution", arn), nil, &out)
	if len(out.Drawings) != 1 {
		t.Fatalf("%d diagrams", len(out.Drawings))
	}
	for _, bad := range []string{"<img", "<script", "</script", "cents <", "5 cents"} {
		if strings.Contains(out.Drawings[0].Mermaid, bad) {
			t.Errorf("the diagram has %q:\n%s", bad, out.Drawings[0].Mermaid)
		}
	}
}

func TestLongTextsAreCut(t *testing.T) {
	f := serve(t)
	input := `"` + strings.Repeat("x", 50_000) + `"`
	arn := f.start("order", "one", input) // the workflow can't read it, and fails
	f.idle()
	s := f.stream(executionPath("/api/execution/stream", arn), "")
	u := s.until(func(u update) bool { return u.Head != nil && u.Head.Status == "FAILED" })
	if in := u.Head.Input; len(in.Text) > maxShown+10 || in.Size != len(input) || in.All != "input" {
		t.Errorf("%d bytes of %d, all is %q", len(in.Text), in.Size, in.All)
	}
	var all struct{ Text string }
	f.must("GET", executionPath("/api/text", arn)+"&ref=input", nil, &all)
	if all.Text != input {
		t.Errorf("all of it is %d bytes", len(all.Text))
	}
}

// A page that looks on while hundreds of operations run is told of them in few messages.
func TestManyOperationsAreCoalesced(t *testing.T) {
	f := serve(t)
	arn := f.start("many", "big", "500")
	s := f.stream(executionPath("/api/execution/stream", arn), "")
	messages, events, rows := 0, 0, map[string]bool{}
	began := time.Now()
	s.until(func(u update) bool {
		messages++
		events += len(u.Events)
		for _, o := range u.Operations {
			rows[o.ID] = true
		}
		return u.Head != nil && u.Head.Status != "RUNNING"
	})
	if len(rows) < 1000 || events < 2000 {
		t.Errorf("%d operations, %d events", len(rows), events)
	}
	if limit := 10 + int(time.Since(began)/longPause)*2; messages > limit {
		t.Errorf("%d messages, not at most %d", messages, limit)
	}
}

func TestLogsAreKept(t *testing.T) {
	l := newLogs(time.Now)
	for i := range maxLogLines + 10 {
		l.add("a", &engine.LogLine{Text: fmt.Sprintf(`{"message": "line %d", "operationName": "charge", "attempt": 2, "level": "warn"}`, i)})
	}
	lines, _ := l.after("a", 0)
	if last := lines[len(lines)-1]; len(lines) > maxLogLines || last.Text != fmt.Sprint("line ", maxLogLines+9) || last.Operation != "charge" || last.Attempt != 2 || last.Level != "WARN" {
		t.Errorf("%d lines, the last is %+v", len(lines), last)
	}
	if more, _ := l.after("a", lines[len(lines)-1].Seq); len(more) != 0 {
		t.Errorf("%d more", len(more))
	}
}

// TestLinesOfAnotherStart: a page goes on after the last line that it knows, which an
// earlier start has numbered.
func TestLinesOfAnotherStart(t *testing.T) {
	now := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	before := newLogs(func() time.Time { return now })
	for range 3 {
		before.add("arn", &engine.LogLine{Text: "before"})
	}
	known, _ := before.after("arn", 0)
	now = now.Add(time.Second)
	after := newLogs(func() time.Time { return now })
	after.add("arn", &engine.LogLine{Text: "after"})
	if lines, _ := after.after("arn", known[2].Seq); len(lines) != 1 {
		t.Errorf("the page misses a line: it is told of %d", len(lines))
	}
}

// TestPayloadsAreNoValuesOfJavaScript: only what this console itself has written is
// parsed by JavaScript; payloads are read by json.mjs, which keeps their text.
func TestPayloadsAreNoValuesOfJavaScript(t *testing.T) {
	may := map[string]int{ // how often, and of what
		"json.mjs":  3, // to validate, and for single strings
		"api.mjs":   2, // answers, in which payloads are strings
		"start.mjs": 1, // the list of remembered inputs, which are strings
	}
	files, err := filepath.Glob("assets/*.mjs")
	if err != nil || len(files) < 5 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(text), "JSON.parse("); n != may[filepath.Base(file)] {
			t.Errorf("%s calls JSON.parse %d times, want %d: payloads are read by json.mjs", file, n, may[filepath.Base(file)])
		}
	}
}

// TestLinesOfNodesAreFound: an undo that the diagram shows as a line in its node leads
// to that node.
func TestLinesOfNodesAreFound(t *testing.T) {
	dir := t.TempDir()
	flow := "flow 1\n\npackage shop\n\nstep pay() string  idempotent\nstep refund(p string)  idempotent\n\nworkflow buy() {\n    p := step pay()\n        undo step refund(p)\n    step refund(p)\n}\n"
	if err := os.WriteFile(filepath.Join(dir, "shop.flow"), []byte(flow), 0o600); err != nil {
		t.Fatal(err)
	}
	pkg, err := flowdir.Load(flowdir.Folder{Dir: dir, Files: []string{"shop.flow"}}, dsl.CheckOptions{})
	if err != nil || pkg.Program == nil {
		t.Fatal(err, pkg.Diagnostics)
	}
	d := newCatalog([]*flowdir.Package{pkg}).drawings("buy", visualize.Normal, "")[0]
	if host, want := d.Hosts[visualize.ElementID("pay_u")], visualize.ElementID("pay"); host != want {
		t.Errorf("the undo is in %q, want %q; of %v", host, want, d.Hosts)
	}
}

// The page of an execution leads to those in which its workflow goes on, and shows what each
// was given itself.
func TestExecutionsOfAChain(t *testing.T) {
	f := serve(t)
	arn := f.start("chained", "one", "1")
	f.idle()
	first := f.stream(executionPath("/api/execution/stream", arn), "").until(func(u update) bool { return u.Head != nil && u.Head.After != nil }).Head
	if first.Result != nil || first.Before != nil || !strings.HasPrefix(first.After.Name, "one-2-") {
		t.Errorf("the first is %+v", first)
	}
	second := f.stream(executionPath("/api/execution/stream", first.After.ARN), "").until(func(u update) bool { return u.Head != nil && u.Head.Result != nil }).Head
	if second.Before == nil || *second.Before != (neighbour{arn, "one"}) || second.After != nil || second.Input.Text != "2" || second.Result.Text != "2" {
		t.Errorf("the second is %+v", second)
	}
}
