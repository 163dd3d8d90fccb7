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

// TestAskLeavesOutDefaults: nothing is typed for a field that has a default, the first one and
// those of an error, too: then it is left out. What is typed is sent.
func TestAskLeavesOutDefaults(t *testing.T) {
	var set dsl.SourceSet
	file, problems := dsl.Parse(set.Add("report.flow", []byte(`flow 1

package report

enum Mood { good as "GOOD", bad as "BAD" }
type Report { note string = "fine", days int = 7, mood Mood = Mood.bad, tags []string = ["new"], by string }
error Late { why string = "rain", by string }
`)))
	program, more := dsl.Check(&set, []*dsl.File{file}, dsl.CheckOptions{})
	if program == nil {
		t.Fatal(problems, more)
	}
	q := Question{Callback: "ask", Known: true, Result: file.Decls[1].(*dsl.TypeDecl).Type, Fails: []*dsl.ErrorType{file.Decls[2].(*dsl.ErrorDecl).Type}}
	for typed, want := range map[string]string{
		"\n\n\n\nme\n":                      `{"by": "me"}`,
		"\"\"\n8\nGOOD\n[]\nme\n":           `{"note": "", "days": 8, "mood": "GOOD", "tags": [], "by": "me"}`,
		"ill\nx\n\nbad\n\n\nme\n":           `{"note": "ill", "by": "me"}`,
		"{\"by\": \"me\"}\n":                `{"by": "me"}`,
		"{\"note\": \"a\"}\n\n\n\n\nme\n":   `{"by": "me"}`,
		"fail Late\n\nme\n":                 `{"by": "me"}`,
		"fail Late\nsnow\nme\n":             `{"why": "snow", "by": "me"}`,
		"later in the year\n\n\n\nme and\n": `{"note": "later in the year", "by": "me and"}`,
	} {
		var out strings.Builder
		a, err := Ask(context.Background(), Lines(strings.NewReader(typed)), &out, q)
		got := a.Data
		if a.Result != nil {
			got = *a.Result
		}
		if err != nil || got != want {
			t.Errorf("%q: got %s, %v\nwant %s\nscreen:\n%s", typed, got, err, want, out.String())
		}
		if says := `note (string, or nothing for "fine"): `; a.Result != nil && !strings.Contains(out.String(), says) {
			t.Errorf("%q: nothing says %s:\n%s", typed, says, out.String())
		}
		if says := `asks for Report { note string = "fine", days int = 7, mood Mood = "BAD", tags []string = ["new"], by string }`; !strings.Contains(out.String(), says) {
			t.Errorf("%q: nothing says %s:\n%s", typed, says, out.String())
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
