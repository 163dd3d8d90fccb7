package flow

import (
	"encoding/json"
	"strings"
	"testing"
)

type foreignPart struct {
	Text  string
	List  []string
	Inner struct{ N int }
}

type foreign struct {
	foreignPart
	Parts []foreignPart
	Map   map[string]foreignPart
	Any   any
	Raw   json.RawMessage
}

var _ = Import[foreign]()

type ofTheLanguage struct {
	Foreign foreign `json:"foreign"`
	Own     string  `json:"own"`
}

// Existing Go types are read as encoding/json reads them; what is around them is read
// as strictly as ever, and so is the same type elsewhere.
func TestImportedTypesAreReadAsGoReadsThem(t *testing.T) {
	for text, want := range map[string]string{
		`{"foreign": {}, "own": "x"}`: `{"foreign":{"Text":"","List":[],"Inner":{"N":0},"Parts":[],"Map":{},"Any":null,"Raw":null},"own":"x"}`,
		`{"foreign": {"Text": null, "List": null, "Inner": null, "Parts": [{"Text": "a"}, null], "Map": {"m": {}}, "Any": [1, {"b": null}], "Raw": {"c":9007199254740993}}, "own": "x"}`: `{"foreign":{"Text":"","List":[],"Inner":{"N":0},` +
			`"Parts":[{"Text":"a","List":[],"Inner":{"N":0}},{"Text":"","List":[],"Inner":{"N":0}}],"Map":{"m":{"Text":"","List":[],"Inner":{"N":0}}},"Any":[1,{"b":null}],"Raw":{"c":9007199254740993}},"own":"x"}`,
		`{"foreign": {}}`:                        `field "own" is missing`,
		`{"foreign": null, "own": "x"}`:          `foreign: an object is needed, not null`,
		`{"foreign": {"Text": 1}, "own": "x"}`:   `foreign.Text: a string is needed, not a number`,
		`{"foreign": {"Parts": 1}, "own": null}`: `foreign.Parts: a list is needed, not a number`,
	} {
		var v ofTheLanguage
		got := ""
		if err := Decode(text, &v); err != nil {
			got = err.Error()
		} else if got, err = Encode(v); err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", text, got, want)
		}
	}
	var part foreignPart
	if err := Decode(`{}`, &part); err == nil || !strings.Contains(err.Error(), "missing") {
		t.Errorf("a type that is part of an imported one is read leniently by itself: %v", err)
	}
}

func TestCopyOfWhatIsBehindAnInterface(t *testing.T) {
	v := foreign{Any: map[string]any{"list": []any{1, map[string]any{"a": 1}}}}
	c := Copy(v)
	c.Any.(map[string]any)["list"].([]any)[1].(map[string]any)["a"] = 2
	c.Any.(map[string]any)["list"].([]any)[0] = 2
	if got, _ := Encode(v.Any); got != `{"list":[1,{"a":1}]}` {
		t.Errorf("the copy shares what it holds: %s", got)
	}
	if c.Raw != nil {
		t.Error("a RawMessage that is nil becomes an empty one, which is no JSON")
	}
}
