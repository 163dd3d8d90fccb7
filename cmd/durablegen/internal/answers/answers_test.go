package answers

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/durablegen/durablegen/dsl"
)

var known = []Asked{
	{Names: []string{"ask", "ask again"}, Result: dsl.Bool, Fails: []*dsl.ErrorType{
		{Name: "Refused", Fields: []*dsl.FieldEntry{{Name: "why", JSON: "why", Type: dsl.String}}},
	}},
	{Names: []string{"confirm"}},
}

// A path is one operation's own answer, before those of its label and name.
func TestAnswersByPath(t *testing.T) {
	callbacks := []Asked{{Names: []string{"ask", "ask/again"}, Result: dsl.Bool, Together: []string{"ask"}}}
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
		`{"answers": {"labels[2]/task": {"silence": true}}}`: "no callback or function has the name `labels[2]/task`",
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
		{`{"answers": {"asck": {}}}`, "no callback or function has the name `asck` (did you mean `ask`?)"},
		{`{"answers": {"other": {}}}`, "no callback or function has the name `other` (there are `ask`, `ask again` and `confirm`)"},
		{`{"answers": {"ask": {}}}`, "the answer lacks the result, which is of type `bool` (give it one of `result`, `failure`, `silence` and `program`)"},
		{`{"answers": {"ask": {"result": "yes"}}}`, "the result must be a boolean (`bool`), not a text"},
		{`{"answers": {"ask": {"results": true}}}`, "an answer knows no `results` (did you mean `result`?)"},
		{`{"answers": {"confirm": {"result": 1}}}`, "the callback `confirm` has no result (write null, or leave `result` out)"},
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

// functions are what workflows invoke, beside a callback.
var functions = []Asked{
	{Names: []string{"render", "again"}, Function: "render-report:live", Result: dsl.Int, Fails: known[0].Fails},
	{Names: []string{"weigh"}, Function: "scales"},
	{Names: []string{"publish"}, Function: "publish:1", Served: true},
	{Names: []string{"ask"}, Result: dsl.Bool},
}

func TestFunctions(t *testing.T) {
	a, problems := Parse([]byte(`{
		"programs": {"scales": {"command": ["python3", "scales.py"], "dir": "tools", "env": {"A": "b"}}, "desk": {"package": "./desk"}},
		"answers": {
			"render": [{"result": 4, "after": "2d"}, {"failure": {"type": "Refused", "data": {"why": "late"}}}, {"silence": true}],
			"weigh":  {"program": "scales"},
			"ask":    {"program": "desk"}
		}}`), functions)
	if problems != nil {
		t.Fatal(problems)
	}
	if p := a.Programs[0]; p.Function != "scales" || fmt.Sprintf("%v %s %v", p.Command, p.Dir, p.Env) != "[python3 scales.py] tools [A=b]" {
		t.Errorf("a function's program: %+v", p)
	}
	if a.Programs[1].Function != "" {
		t.Errorf("a callback's program: %+v", a.Programs[1])
	}
	if x, ok := a.For(1, "render"); !ok || x.Failure == nil || x.Failure.Data != `{"why": "late"}` {
		t.Errorf("second: %+v", x)
	}
	for text, want := range map[string]string{
		`{"answers": {"publish": {"result": null}}}`:                   "`publish` is served here, as function `publish:1`: it answers by itself",
		`{"answers": {"render": {"result": "four"}}}`:                  "the result must be a number (`int`), not a text",
		`{"answers": {"render": {"after": "1m"}}}`:                     "the answer lacks the result, which is of type `int`",
		`{"answers": {"again": {"failure": {"type": "Refuse"}}}}`:      "`render` does not fail with `Refuse`",
		`{"answers": {"weigh": {"result": 1}}}`:                        "the function `weigh` has no result",
		`{"answers": {"weigh": {"after": "16m"}}}`:                     "`weigh` is named without a qualifier, so it is not durable, and Lambda ends it after 15m",
		`{"answers": {"weigh": {"silence": true, "heartbeat": "1s"}}}`: "`heartbeat` does not go with a function: only a callback has signs of life",
		`{"programs": {"x": {"package": "x"}}, "answers": {"weigh": {"program": "x"}, "ask": {"program": "x"}}}`: "the program `x` answers the function `weigh`, so it can't be the callback `ask` too: " +
			"the one listens on an address, the other is a Lambda bootstrap",
		`{"programs": {"x": {"command": ["x"], "args": ["y"]}}}`: "the program `x` has a `command`, which begins with the program and has its arguments: leave out `package` and `args`",
		`{"programs": {"x": {"command": []}}}`:                   "`command` must begin with a program",
		`{"programs": {"x": {"command": "x y"}}}`:                "`command` must be a list of texts, not a text",
		`{"programs": {"x": {"package": "x", "dir": "y"}}}`:      "`dir` is where a `command` is started; the program `x` has none",
		`{"programs": {"x": {"env": {}}}}`:                       "the program `x` lacks `package`, the folder or import path of its Go package, or `command`, what starts it",
	} {
		_, problems := Parse([]byte(text), functions)
		if len(problems) == 0 || problems[0].Message != want {
			t.Errorf("%s\n got %v\nwant %s", text, problems, want)
		}
	}
}

func TestPlain(t *testing.T) {
	for name, want := range map[string]bool{
		"f": true, "f:live": false, "f:$LATEST": false,
		"arn:aws:lambda:us-east-1:123456789012:function:f": true, "arn:aws:lambda:us-east-1:123456789012:function:f:1": false,
	} {
		if Plain(name) != want {
			t.Errorf("%s: %v", name, !want)
		}
	}
}
