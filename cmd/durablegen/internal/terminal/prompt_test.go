package terminal

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/payload"
	"github.com/durablegen/durablegen/dsl"
)

func field(name string, t dsl.Type) *dsl.FieldEntry {
	return &dsl.FieldEntry{Name: name, JSON: name, Type: t}
}

var reply = &dsl.Record{Name: "Reply", Fields: []*dsl.FieldEntry{
	field("accepted", dsl.Bool), field("minutes", dsl.Int), field("reason", &dsl.Optional{Elem: dsl.String}),
}}

func TestAsk(t *testing.T) {
	refused := []*dsl.ErrorType{{Name: "Refused", Fields: []*dsl.FieldEntry{field("why", dsl.String)}}}
	for name, c := range map[string]struct {
		q     Question
		typed string
		want  string
		says  string
	}{
		"field by field":     {Question{"ask", true, reply, nil}, "yes\n20\nbusy", `{"accepted": true, "minutes": 20, "reason": "busy"}`, "? ask asks for Reply { accepted bool, minutes int, reason string? }"},
		"optional left out":  {Question{"ask", true, reply, nil}, "n\n20\n\n", `{"accepted": false, "minutes": 20}`, "reason (string, or nothing): "},
		"again after a slip": {Question{"ask", true, reply, nil}, "maybe\ntrue\nx\n20\n\n", `{"accepted": true, "minutes": 20}`, "it must be a boolean"},
		"all as JSON":        {Question{"ask", true, reply, nil}, `{"accepted": true, "minutes": 20}`, `{"accepted": true, "minutes": 20}`, ""},
		"wrong JSON":         {Question{"ask", true, reply, nil}, "{\"acepted\": true, \"minutes\": 20}\n{\"accepted\": true, \"minutes\": 20}", `{"accepted": true, "minutes": 20}`, "did you mean `accepted`?"},
		"a text":             {Question{"ask", true, dsl.String, nil}, `five o'clock`, `"five o'clock"`, ""},
		"a quotation":        {Question{"ask", true, dsl.String, nil}, `"no", she said`, `"\"no\", she said"`, ""},
		"a text in quotes":   {Question{"ask", true, dsl.String, nil}, `"a\tb"`, `"a\tb"`, ""},
		"confirmation":       {Question{"ask", true, nil, nil}, "\n", "", "? ask waits to be confirmed"},
		"unknown type":       {Question{"ask", false, nil, nil}, "{\"a\": 1}", `{"a": 1}`, "JSON, or nothing: "},
		"failure":            {Question{"ask", true, reply, refused}, "fail Refuse\nfail Refused too late\nbecause", "Refused/too late/" + `{"why": "because"}`, "did you mean Refused?"},
		"other failure":      {Question{"ask", true, reply, nil}, "fail Broken no way", "Broken/no way/", ""},
	} {
		var out strings.Builder
		a, err := Ask(context.Background(), Lines(strings.NewReader(c.typed)), &out, c.q)
		got := ""
		switch {
		case err != nil:
			got = err.Error()
		case a.ErrorType != "":
			got = a.ErrorType + "/" + a.Message + "/" + a.Data
		case a.Result != nil:
			got = *a.Result
		}
		if got != c.want || !strings.Contains(out.String(), c.says) {
			t.Errorf("%s: got %s\nwant %s\nscreen:\n%s", name, got, c.want, out.String())
		}
	}
}

func TestAskLater(t *testing.T) {
	for _, typed := range []string{"later\n", "", "true\n"} {
		_, err := Ask(context.Background(), Lines(strings.NewReader(typed)), new(strings.Builder), Question{"ask", true, reply, nil})
		if !errors.Is(err, ErrLater) {
			t.Errorf("%q: %v", typed, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Ask(ctx, make(chan string), new(strings.Builder), Question{"ask", true, reply, nil}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestExample(t *testing.T) {
	if got := payload.Example(reply); got != `{"accepted": true, "minutes": 1}` {
		t.Error(got)
	}
}
