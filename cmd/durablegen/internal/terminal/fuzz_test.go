package terminal

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/payload"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/cleantext"
	"github.com/durablegen/durablegen/internal/execution"
	"github.com/durablegen/durablegen/internal/textwidth"
	"github.com/durablegen/durablegen/runtime/wire"
)

// shows fails unless a text that goes to the terminal holds nothing that steers it.
func shows(t *testing.T, what, text string) {
	t.Helper()
	if text != cleantext.Text(text) {
		t.Errorf("%s: %q", what, text)
	}
}

// FuzzProgress shows executions whose names, errors and logs hold anything: a row is a
// line of its width, and no line steers the terminal.
func FuzzProgress(f *testing.F) {
	f.Add("charge", "Error", "no\nluck", `{"level":"warn","message":"hello","n":1}`, 40)
	f.Add("\x1b]0;x\a", "\u202e", "\u009b2J", "{\"msg\":\"\x1b[31m\"}", 3)
	f.Add("寿司👩‍👧", "", "\xff", `{"message":"\u001b[2J","a":"\u202e"}`, 0)
	f.Fuzz(func(t *testing.T, name, kind, message, log string, width int) {
		cause := &wire.EventError{Payload: &wire.ErrorObject{ErrorType: kind, ErrorMessage: message, StackTrace: []string{log, message}}}
		x := new(execution.Execution)
		for _, e := range []wire.Event{
			{EventType: wire.EventExecutionStarted, EventTimestamp: at(0)},
			{EventType: wire.EventStepStarted, Id: "charge", Name: name, EventTimestamp: at(0)},
			{EventType: wire.EventStepFailed, Id: "charge", EventTimestamp: at(1), StepFailedDetails: &wire.StepEndedDetails{Error: cause, RetryDetails: &wire.RetryDetails{CurrentAttempt: 1, NextAttemptDelaySeconds: 9}}},
			{EventType: wire.EventContextStarted, Id: name, Name: kind, SubType: wire.SubTypeMap, EventTimestamp: at(1)},
			{EventType: wire.EventStepStarted, Id: message, ParentId: name, Name: kind, EventTimestamp: at(1)},
			{EventType: wire.EventStepFailed, Id: message, ParentId: name, EventTimestamp: at(2), StepFailedDetails: &wire.StepEndedDetails{Error: cause}},
			{EventType: wire.EventChainedInvokeStarted, Id: log, Name: log, ChainedInvokeStartedDetails: &wire.ChainedInvokeStartedDetails{FunctionName: name}},
			{EventType: wire.EventInvocationCompleted, InvocationCompletedDetails: &wire.InvocationCompletedDetails{Error: cause}},
			{EventType: wire.EventExecutionFailed, EventTimestamp: at(3), ExecutionFailedDetails: &wire.ErrorDetails{Error: cause}},
		} {
			if line, ok := LineOf(x, x.Apply(&e), &e); ok {
				shows(t, "a line", line.String())
				if strings.Contains(line.String(), "\n") {
					t.Errorf("a line of several: %q", line)
				}
			}
		}
		width = 1 + (width&0xff)%200
		for _, r := range Rows(x, at(9).Go(), 1000) {
			row := r.Text(width, false)
			shows(t, "a row", row)
			if strings.Contains(row, "\n") || textwidth.Of(row) > max(width, 1) {
				t.Errorf("a row of %d columns has %d: %q", width, textwidth.Of(row), row)
			}
		}
		shows(t, "a stack", Stack(cause.Payload))
		text, level := LogText(log)
		var out strings.Builder
		NewLines(&out).Say(level + text)
		Complain(&out, errors.New(message))
		shows(t, "the screen", out.String())
	})
}

// FuzzAsk types anything at a question: what is taken is a value of the type, and what is
// said steers no terminal.
func FuzzAsk(f *testing.F) {
	for _, typed := range []string{
		"yes\n20\nbusy", "n\n20\n\n", "maybe\ntrue\nx\n20\n\n", `{"accepted": true, "minutes": 20}`, "fail Refuse\nfail Refused too late\nbecause", "fail\nfail \x1b[2J x",
		"\x1b[31m\n\u202e\n", "null\nnull", "{\"accepted\": true,\n", "y\n1,\n1\n\"", "later",
	} {
		f.Add(typed)
	}
	refused := &dsl.ErrorType{Name: "Refused", Fields: []*dsl.FieldEntry{field("why", dsl.String), field("when", &dsl.Optional{Elem: dsl.Time})}}
	color := &dsl.Enum{Name: "Color"}
	questions := []Question{
		{"ask", true, reply, []*dsl.ErrorType{refused}}, {"ask", true, nil, nil}, {"ask", false, nil, nil}, {"ask", true, dsl.String, nil}, {"ask", true, dsl.Int, nil},
		{"ask", true, &dsl.Optional{Elem: dsl.Duration}, nil}, {"ask", true, &dsl.List{Elem: dsl.Float}, nil}, {"ask", true, color, nil},
	}
	f.Fuzz(func(t *testing.T, typed string) {
		for _, q := range questions {
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			var out strings.Builder
			a, err := Ask(ctx, Lines(strings.NewReader(typed)), &out, q)
			cancel()
			if ctx.Err() == context.DeadlineExceeded {
				t.Fatal("it asks for ever")
			}
			shows(t, "the screen", out.String())
			if err != nil {
				continue
			}
			text, of := "null", q.Result
			switch {
			case a.ErrorType != "":
				of = nil
				if a.ErrorType == refused.Name && q.Fails != nil {
					text, of = a.Data, refused
				}
			case a.Result != nil:
				text = *a.Result
			}
			v, problems := payload.Parse([]byte(text))
			if problems == nil {
				problems = payload.Check(v, of, "it")
			}
			if problems != nil {
				t.Errorf("%q was taken as %s: %v", text, of, problems)
			}
		}
	})
}
