package answers

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/durablegen/durablegen/dsl"
)

var known = []Callback{
	{Names: []string{"ask", "ask again"}, Result: dsl.Bool, Fails: []*dsl.ErrorType{
		{Name: "Refused", Fields: []*dsl.FieldEntry{{Name: "why", JSON: "why", Type: dsl.String}}},
	}},
	{Names: []string{"confirm"}},
}

// A path is one operation's own answer, before those of its label and name.
func TestAnswersByPath(t *testing.T) {
	callbacks := []Callback{{Names: []string{"ask", "ask/again"}, Result: dsl.Bool, Together: []string{"ask"}}}
	a, problems := Parse([]byte(`{"answers": {"labels[2]/ask": {"result": true}, "ask": {"result": false}, "ask/again": {"silence": true}, "ask[1]": {"silence": true}}}`), callbacks)
	if problems != nil {
		t.Fatal(problems)
	}
	if got := fmt.Sprint(a.Paths()); got != "[labels[2]/ask ask[1]]" {
		t.Errorf("paths %s", got)
	}
	if x, _ := a.For(0, "labels[2]/ask", "ask"); x.Result == nil || *x.Result != "true" {
		t.Errorf("by path: %+v", x)
	}
	if x, _ := a.For(5, "ask"); x.Result == nil || *x.Result != "false" {
		t.Errorf("by name: %+v", x)
	}
	for text, want := range map[string]string{
		`{"answers": {"labels[2]/task": {"silence": true}}}`: "no callback has the name `labels[2]/task`",
		`{"answers": {"labels[2]/ask": {"result": 1}}}`:      "the result must be a boolean (`bool`), not a number",
		`{"answers": {"ask": [{"result": true}]}}`:           "`ask` may be open several times at once, so that it is chance which answer of a list each gets",
	} {
		_, problems := Parse([]byte(text), callbacks)
		if len(problems) != 1 || problems[0].Message != want {
			t.Errorf("%s: %v, want %s", text, problems, want)
		}
	}
}

func TestAnswers(t *testing.T) {
	a, problems := Parse([]byte(`{
		"programs": {"big-boss": {"package": "./boss", "args": ["-x"], "env": {"A": "b"}}},
		"answers": {
			"ask": [{"result": true, "after": "1d2h"}, {"failure": {"type": "Refused", "message": "no", "data": {"why": "late"}}}, {"program": "big-boss"}],
			"ask again": {"silence": true, "heartbeat": "30s"},
			"confirm": {"after": "20m", "heartbeat": "1m"}
		}}`), known)
	if problems != nil {
		t.Fatal(problems)
	}
	if p := a.Programs[0]; p.EnvName() != "BIG_BOSS_URL" || p.Package != "./boss" || p.Args[0] != "-x" || p.Env[0] != "A=b" {
		t.Errorf("program %+v", p)
	}
	if x, _ := a.For(0, "ask"); *x.Result != "true" || x.After != 26*time.Hour {
		t.Errorf("first: %+v", x)
	}
	if x, _ := a.For(1, "ask"); x.Failure == nil || x.Failure.Type != "Refused" || x.Failure.Data != `{"why": "late"}` {
		t.Errorf("second: %+v", x)
	}
	if x, _ := a.For(2, "ask"); x.Program != "big-boss" {
		t.Errorf("third: %+v", x)
	}
	if x, ok := a.For(3, "ask"); ok {
		t.Errorf("fourth: %+v", x)
	}
	if x, ok := a.For(7, "ask again", "ask"); !ok || !x.Silent || x.Heartbeat != 30*time.Second {
		t.Errorf("label: %+v", x)
	}
	if x, ok := a.For(7, "confirm"); !ok || x.Result != nil || x.After != 20*time.Minute || x.Heartbeat != time.Minute {
		t.Errorf("confirm: %+v", x)
	}
}

func TestMistakes(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`{"answer": {}}`, "the file knows no `answer` (did you mean `answers`?)"},
		{`[]`, "the file must be an object with `programs` and `answers`, not a list"},
		{`{"answers": {"asck": {}}}`, "no callback has the name `asck` (did you mean `ask`?)"},
		{`{"answers": {"other": {}}}`, "no callback has the name `other` (there are `ask`, `ask again` and `confirm`)"},
		{`{"answers": {"ask": {}}}`, "the answer lacks the result, which is of type `bool` (give it one of `result`, `failure`, `silence` and `program`)"},
		{`{"answers": {"ask": {"result": "yes"}}}`, "the result must be a boolean (`bool`), not a text"},
		{`{"answers": {"ask": {"results": true}}}`, "an answer knows no `results` (did you mean `result`?)"},
		{`{"answers": {"confirm": {"result": 1}}}`, "`confirm` is a bare confirmation: it has no result (write null, or leave `result` out)"},
		{`{"answers": {"ask": {"failure": {"type": "Refuse"}}}}`, "`ask` does not fail with `Refuse` (did you mean `Refused`?)"},
		{`{"answers": {"ask": {"failure": {"type": "Refused"}}}}`, "the failure lacks `data` with `why` of `Refused`"},
		{`{"answers": {"ask": {"failure": {"type": "Refused", "data": {"wy": "x"}}}}}`, "`Refused` has no field `wy` (did you mean `why`?)"},
		{`{"answers": {"ask": {"result": true, "silence": true}}}`, "an answer is one thing; this one has `result` and `silence`"},
		{`{"answers": {"ask": {"silence": true, "after": "1m"}}}`, "`after` does not go with `silence`: it tells when a result or failure comes"},
		{`{"answers": {"confirm": {"heartbeat": "0s"}}}`, "`heartbeat` must be above zero: it is how often a sign of life comes"},
		{`{"answers": {"confirm": {"heartbeat": 5}}}`, "`heartbeat` must be a text, not a number"},
		{`{"programs": {"boss": {"package": "x"}}, "answers": {"ask": {"program": "boss", "heartbeat": "1m"}}}`, "`heartbeat` does not go with `program`, which gives its own signs of life"},
		{`{"answers": {"ask": {"result": true, "after": "soon"}}}`, "`after`: \"soon\" is not a duration such as \"20m\", \"1h30m\" or \"2d\""},
		{`{"answers": {"ask": {"program": "boss"}}}`, "no program has the name `boss` (add it to `programs`)"},
		{`{"programs": {"a b": {"package": "x"}}}`, "the name of a program has letters, digits, `-` and `_` only: it becomes the variable that tells its URL"},
		{`{"programs": {"a": {}}}`, "the program `a` lacks `package`, the folder or import path of its Go package"},
	} {
		_, problems := Parse([]byte(c.text), known)
		var got []string
		for _, p := range problems {
			s := p.Message
			if p.Help != "" {
				s += " (" + p.Help + ")"
			}
			got = append(got, s)
		}
		if s := strings.Join(got, "; "); !strings.HasPrefix(s, c.want) {
			t.Errorf("%s\n got %s\nwant %s", c.text, s, c.want)
		}
	}
}

func TestDuration(t *testing.T) {
	for text, want := range map[string]string{"20m": "20m0s", "2d": "48h0m0s", "1w1d1h": "193h0m0s", "500ms": "500ms"} {
		if d, err := Duration(text); err != nil || fmt.Sprint(d) != want {
			t.Errorf("%s: %v, %v", text, d, err)
		}
	}
	for _, text := range []string{"", "x", "-1m", "1", "99999999d"} {
		if d, err := Duration(text); err == nil {
			t.Errorf("%q: %v", text, d)
		}
	}
}
