package console

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/browsertest"
	"github.com/durablegen/durablegen/internal/execution"
	"github.com/durablegen/durablegen/runtime/engine"
	"github.com/durablegen/durablegen/runtime/wire"
)

// TestHistoryIsSaved: the file has every event with its data, but not the ID of a callback
// that somebody could still answer.
func TestHistoryIsSaved(t *testing.T) {
	f := serve(t)
	arn := f.start("order", "saved", "5")
	f.idle()
	f.engine.Advance(2 * time.Hour)
	f.idle()
	saved := func() (text string, events []wire.Event) {
		t.Helper()
		status, text := f.ask(http.MethodGet, executionPath("/api/history", arn), nil)
		if status != http.StatusOK {
			t.Fatalf("%d %s", status, text)
		}
		for line := range strings.Lines(text) {
			var e wire.Event
			if err := json.Unmarshal([]byte(line), &e); err != nil {
				t.Fatal(err)
			}
			events = append(events, e)
		}
		return text, events
	}
	callbacks, err := f.engine.OpenCallbacks(t.Context(), arn)
	if err != nil || len(callbacks) != 1 {
		t.Fatal(callbacks, err)
	}
	text, events := saved()
	if all, _ := f.engine.History(t.Context(), arn, engine.HistoryQuery{}); len(all) != len(events) || len(execution.Of(events).Waits()) != 1 {
		t.Errorf("of %d events %d were saved", len(all), len(events))
	}
	if strings.Contains(text, callbacks[0].CallbackID) || !strings.Contains(text, "5 cents") {
		t.Errorf("saved was\n%s", text)
	}
	if _, err := f.engine.Stop(t.Context(), arn, nil); err != nil {
		t.Fatal(err)
	}
	if text, _ := saved(); !strings.Contains(text, callbacks[0].CallbackID) {
		t.Error("the ID of a callback that nobody can answer any more is left out")
	}
	if status, _ := f.ask(http.MethodGet, executionPath("/api/history", arn+"x"), nil); status != http.StatusNotFound {
		t.Errorf("of no execution: status %d", status)
	}
}

// TestCommandsOfAnExecution: a shell reads each command as what it says, whatever is in the
// input.
func TestCommandsOfAnExecution(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no sh")
	}
	p := browse(t, serve(t))
	p.Await("document.querySelector('#filter-name')")
	const input = `{"a":"it's $HOME \"and\" \\` + "`id`" + ` \n","b":"é"}`
	script := fmt.Sprintf(`(async () => {
		const {session} = await import('/assets/api.mjs');
		session.endpoint = 'http://127.0.0.1:9470';
		const {commandsOf} = await import('/assets/commands.mjs');
		return JSON.stringify(commandsOf("arn:aws:lambda:x:1:function:f:$LATEST/durable-execution/n/i", {name: 'n', function: 'f'}, {text: %q}).map(([, command]) => command));
	})()`, input)
	var commands []string
	if err := json.Unmarshal([]byte(browsertest.Eval[string](p, script)), &commands); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, command := range commands {
		out, err := exec.Command(sh, "-c", `durablegen() { printf '%s|' durablegen "$@"; }; aws() { printf '%s|' aws "$@"; case "$*" in *stdin*) cat;; esac; }; `+strings.TrimSuffix(command, " > n.jsonl")).Output()
		if err != nil {
			t.Errorf("%s: %v", command, err)
		}
		got = append(got, string(out))
	}
	const arn, endpoint, url = "--durable-execution-arn|arn:aws:lambda:x:1:function:f:$LATEST/durable-execution/n/i|", "--endpoint|http://127.0.0.1:9470|", "--endpoint-url|http://127.0.0.1:9470|"
	for i, want := range []string{
		"durablegen|show|f/n|" + endpoint, "aws|lambda|get-durable-execution|" + arn + url,
		"durablegen|history|f/n|--json|" + endpoint, "aws|lambda|get-durable-execution-history|" + arn + "--include-execution-data|" + url,
		"durablegen|start|f|--input|" + input + "|" + endpoint,
		"aws|lambda|invoke|--function-name|f:$LATEST|--invocation-type|Event|--payload|fileb:///dev/stdin|" + url + "/dev/stdout|" + input,
	} {
		if i >= len(got) || got[i] != want {
			t.Errorf("command %d is read as\n%v, want\n%s", i, got[min(i, len(got)-1)], want)
		}
	}
}

// TestEventsAreSearched: of events and logs the page shows those that hold a text, and those
// alone when more come.
func TestEventsAreSearched(t *testing.T) {
	f := serve(t)
	arn := f.start("order", "searched", "5")
	f.idle()
	p := browse(t, f)
	p.Do(chromedp.Navigate(f.base + executionPath("/execution", arn) + "&part=events"))
	p.Await("document.querySelectorAll('#part-events .row').length > 2")
	p.Do(chromedp.SendKeys(".sought", "STEPSUCC"))
	const rows = "[...document.querySelectorAll('#part-events .row .type')].map((e) => e.textContent).join()"
	p.Await(rows + " === 'StepSucceeded' && document.querySelector('.found').textContent.startsWith('1 of ')")
	f.engine.Advance(2 * time.Hour)
	p.Await(rows + " === 'StepSucceeded,StepSucceeded'") // the callback has been sent
	p.Do(chromedp.Click("#tab-timeline"))
	p.Await("document.querySelector('.sought').hidden")

	// What a form makes of what is filled in is shown before it is sent.
	p.Await("document.querySelector('.w-answer details.sent[open] code')?.textContent === '{\"by\":\"\"}'")
	p.Fill(".w-answer form:not([hidden]) input:not([type=checkbox])", "Olga")
	p.Await("document.querySelector('.w-answer details.sent code').textContent === '{\"by\":\"Olga\"}'")
	p.Do(chromedp.Click(".w-answer form:not([hidden]) button[type=submit]"))
	p.Await("document.querySelector('.w-answer .problems')?.textContent.includes('granted')") // which nobody has chosen
}
