package payload

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/durablegen/durablegen/dsl"
)

func TestParseKnowsPlaces(t *testing.T) {
	text := ` {"a" : [1, {"b": "xä"}], "c": null}`
	v, problems := Parse([]byte(text))
	if problems != nil {
		t.Fatal(problems)
	}
	at := func(v *Value) string { return text[v.Start:v.End] }
	if got := at(v); got != strings.TrimSpace(text) {
		t.Errorf("whole: %s", got)
	}
	if m := v.Members[0]; text[m.KeyStart:m.KeyEnd] != `"a"` {
		t.Errorf("key: %s", text[m.KeyStart:m.KeyEnd])
	}
	if got := at(v.Get("a").Items[1].Get("b")); got != `"xä"` {
		t.Errorf("b: %s", got)
	}
	if got := v.Get("c"); got.Kind != Null || at(got) != "null" {
		t.Errorf("c: %v", got)
	}
}

func TestParseProblems(t *testing.T) {
	for text, want := range map[string]string{
		"":                     "0: there is no JSON: the text is empty",
		`{"a": 1,}`:            "8: not JSON: invalid character '}'",
		`{"a": 1} x`:           "9: more text after the value",
		`{"a": 1},`:            "8: more text after the value",
		"0 :":                  "2: more text after the value",
		`{"a": [1`:             "8: the JSON ends too early",
		`{"a": 1, "a": 2}`:     "9: `a` stands here twice",
		`{a: 1}`:               "1: not JSON: invalid character 'a'",
		"{\"a\": \"\xff\"}":    "0: the text is not UTF-8",
		strings.Repeat("[", 3): "3: the JSON ends too early",
	} {
		_, problems := Parse([]byte(text))
		if len(problems) != 1 {
			t.Errorf("%q: %v", text, problems)
			continue
		}
		got := fmt.Sprintf("%d: %s", problems[0].Start, problems[0].Message)
		if !strings.HasPrefix(got, want) {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

// FuzzParse: a text is JSON with one value for each key, or something is wrong at a
// place in it; and every value stands where it says.
func FuzzParse(f *testing.F) {
	f.Add(`{"a": [1, {"b": "x"}], "c": null}`)
	f.Add(` [ -1.5e3 , "\ud800" , {"" : true} ] `)
	f.Add(strings.Repeat(`[`, 2000))
	f.Fuzz(func(t *testing.T, text string) {
		v, problems := Parse([]byte(text))
		if (v == nil) != (problems != nil) {
			t.Fatalf("value %v and problems %v", v, problems)
		}
		for _, p := range problems {
			if p.Start < 0 || p.Start > len(text) || p.End < p.Start || p.End > len(text) {
				t.Fatalf("problem outside the text: %+v", p)
			}
		}
		Diagnostics(new(dsl.SourceSet).Add("fuzz.json", []byte(text)), problems)
		if v == nil {
			return
		}
		if compact := Compact(text); Compact(compact) != compact {
			t.Errorf("%q is made compact twice", compact)
		}
		places(t, text, v)
	})
}

func places(t *testing.T, text string, v *Value) {
	if own := text[v.Start:v.End]; !json.Valid([]byte(own)) || strings.TrimSpace(own) != own {
		t.Errorf("%s is %q", v.Kind, own)
	}
	for _, item := range v.Items {
		places(t, text, item)
	}
	for _, m := range v.Members {
		var key string
		if err := json.Unmarshal([]byte(text[m.KeyStart:m.KeyEnd]), &key); err != nil || key != m.Key {
			t.Errorf("%q stands at %q", m.Key, text[m.KeyStart:m.KeyEnd])
		}
		places(t, text, m.Value)
	}
}
