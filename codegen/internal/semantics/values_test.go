package semantics

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/durablegen/durablegen/runtime/durabletest"
)

// full is an input with something in every field.
func full() object {
	return object{
		"text": "ä \"q\" \u2028", "n": 9007199254740993, "f": 0.1, "yes": true, "raw": "AAEC/w==", "at": "2026-03-01T12:00:00.123456789+02:00",
		"d": "1h30m0s", "any": object{"b": []any{1, nil, "x"}, "a": 1.50}, "list": []int{3, 1}, "byName": object{"b": 1, "a": 2},
		"answer": "later", "maybe": nil, "nested": []any{object{"k": items("i", 1)}}, "unknown": object{"x": 1},
	}
}

// Values of every type survive the record: integers of 64 bits, times in
// milliseconds and UTC; unknown fields are dropped.
func TestValues1And5Survive(t *testing.T) {
	s := scenario{workflow: "values", input: full(), script: script{"give b": {oops}}}
	s.everywhere(t, `{"text":"ä \"q\" `+"\u2028"+`","n":9007199254740993,"f":0.1,"yes":true,"raw":"AAEC/w==","at":"2026-03-01T10:00:00.123Z",`+
		`"d":"1h30m0s","any":{"a":1.5,"b":[1,null,"x"]},"list":[3,1],"byName":{"a":2,"b":1},"answer":"later","nested":[{"k":[{"name":"i","n":1}]}]}`, nil)
}

// What comes in is checked, and so is what steps give.
func TestValues2Checked(t *testing.T) {
	for name, test := range map[string]struct {
		change func(object)
		want   string
	}{
		"missing field":      {func(o object) { delete(o, "n") }, `field "n" is missing`},
		"null":               {func(o object) { o["text"] = nil }, "text"},
		"fraction":           {func(o object) { o["n"] = 1.5 }, "n"},
		"too large":          {func(o object) { o["n"] = json.RawMessage("9223372036854775808") }, "n"},
		"exponent":           {func(o object) { o["n"] = json.RawMessage("1e3") }, "n"},
		"text for a number":  {func(o object) { o["n"] = "1" }, "n"},
		"no enum name":       {func(o object) { o["answer"] = "maybe" }, "answer"},
		"enum in other case": {func(o object) { o["answer"] = "Yes" }, "answer"},
		"no time":            {func(o object) { o["at"] = "yesterday" }, "at"},
		"no duration":        {func(o object) { o["d"] = "1 hour" }, "d"},
		"no base64":          {func(o object) { o["raw"] = "%%" }, "raw"},
		"infinite":           {func(o object) { o["f"] = json.RawMessage("1e999") }, "f"},
		"deep":               {func(o object) { o["nested"] = []any{object{"k": []any{object{"name": "x"}}}} }, `nested[0]["k"][0]: field "n" is missing`},
	} {
		t.Run(name, func(t *testing.T) {
			in := full()
			test.change(in)
			run, w := scenario{workflow: "values", input: in}.run(t)
			if e := run.Error(); e == nil || e.ErrorType != "Unexpected" || !strings.Contains(e.ErrorMessage, test.want) || len(w.calls) > 0 {
				t.Errorf("%s; want one that tells of %q", end(run), test.want)
			}
		})
	}
}

// A list or map is never null: what Go code leaves nil is empty, and null is refused
// where data comes in.
func TestValues3NullLists(t *testing.T) {
	for field, want := range map[string]string{"list": "list: a list is needed, not null", "byName": "byName: an object is needed, not null"} {
		in := full()
		in[field] = nil
		scenario{workflow: "values", input: in}.once(t, "Unexpected: the input does not decode: "+want)
	}
	s := scenario{workflow: "values", input: full(), script: script{"give b": {`{"text":"t","answer":"yes","any":1}`}}}
	s.everywhere(t, `{"text":"t","n":0,"f":0,"yes":false,"raw":"","at":"0001-01-01T00:00:00.000Z","d":"0s","any":1,"list":[],"byName":{},"answer":"yes","nested":[]}`, nil)
	s = scenario{workflow: "given", input: "x", script: script{"give x": {`{"answer":"perhaps","any":1}`}}}
	s.everywhere(t, `"the result can't be encoded: answer: \"perhaps\" is no Answer"`, nil)
}

func TestValues1Arithmetic(t *testing.T) {
	const big, small = math.MaxInt64, math.MinInt64
	for _, test := range []struct {
		op   string
		a, b int
		x, y float64
		want string
	}{
		{"+", big, 1, 0, 0, "9223372036854775807 + 1 does not fit"},
		{"+", big, -1, 0, 0, "9223372036854775806 0"},
		{"-", small, 1, 0, 0, "-9223372036854775808 - 1 does not fit"},
		{"*", big, 2, 0, 0, "does not fit"},
		{"*", small, -1, 0, 0, "does not fit"},
		{"/", small, -1, 0, 0, "does not fit"},
		{"/", -7, 2, 0, 0, "-3 0"},
		{"/", 1, 0, 0, 0, "division by zero"},
		{"%", -7, 2, 0, 0, "-1 0"},
		{"%", 1, 0, 0, 0, "division by zero"},
		{"neg", small, 0, 0, 0, "does not fit"},
		{"abs", small, 0, 0, 0, "does not fit"},
		{"sum", big, 1, 0, 0, "does not fit"},
		{"f+", 0, 0, 1e308, 1e308, "1e+308 + 1e+308 is not a number that a float can hold"},
		{"f*", 0, 0, 1e200, 1e200, "1e+200 * 1e+200 is not a number that a float can hold"},
		{"f/", 0, 0, 1, 0, "division by zero"},
		{"f/", 0, 0, 0, 0, "division by zero"},
		{"f/", 0, 0, 1e-320, 10, "0 "},
		// x*y is rounded before it is subtracted, so that this is 0 on every processor.
		{"fma", 0, 0, 0.1, 0.3, "0 0"},
		{"int", 0, 0, 1e19, 0, "does not fit"},
		{"int", 0, 0, -1.9, 0, "-1 0"},
		{"round", 0, 0, 2.5, 0, "3 0"},
		{"round", 0, 0, -2.5, 0, "-3 0"},
		{"days", 200000, 0, 0, 0, "do not fit"},
		{"parse", 0, 0, 0, 0, "12x"},
		{"slice", 1, 3, 0, 0, "2 0"},
		{"slice", 2, 1, 0, 0, "out of range"},
		{"slice", 0, 4, 0, 0, "out of range"},
		{"min", 0, 0, 0, 0, "7 0"},
		{"whole", 0, 0, -2.5, 0, "0 -3"},
		{"whole", 0, 0, 0.49999999999999994, 0, "0 0"},
		{"whole", 0, 0, -0.3, 0, "0 0"},
		{"round2", 2, 0, 1.005, 0, "0 1.01"},
		{"round2", 2, 0, -0.125, 0, "0 -0.13"},
		{"round2", 2, 0, -0.001, 0, "0 0"},
		{"round2", 0, 0, 1e21, 0, "0 1e+21"},
		{"round2", 16, 0, 1, 0, "16 digits behind the point"},
		{"round2", -1, 0, 1, 0, "-1 digits behind the point"},
		{"range", 3, 7, 0, 0, "4 0"},
		{"range", 7, 3, 0, 0, "0 0"},
		{"range", small, big, 0, 0, "18446744073709551615 numbers"},
		{"range", 0, 1000001, 0, 0, "1000001 numbers"},
		{"part", 1, 3, 0, 0, "23 0"},
		{"part", 6, 6, 0, 0, "is no int"},
		{"part", 3, 1, 0, 0, "part [3:1] is out of range: the text has 6 characters"},
		{"part", 0, 7, 0, 0, "out of range"},
		{"part", -1, 2, 0, 0, "out of range"},
		{"rest", 5, 3, 0, 0, "0 0"},
		{"rest", 2, 6, 0, 0, "0 0"},
		{"rest", 2, 7, 0, 0, "out of range: the text has 3 characters"},
		{"months", 1, 0, 0, 0, "20240229 0"},
		{"months", 13, 0, 0, 0, "20250228 0"},
		{"months", -1, 0, 0, 0, "20231231 0"},
		{"months", -2, 0, 0, 0, "20231130 0"},
		{"months", big, 0, 0, 0, "beyond the year 9999"},
		{"months", small, 0, 0, 0, "before the year 0"},
		{"years", 1, 0, 0, 0, "20250228 0"},
		{"years", 4, 0, 0, 0, "20280229 0"},
		{"years", 7976, 0, 0, 0, "beyond the year 9999"},
		{"years", small, 0, 0, 0, "before the year 0"},
		{"weekday", 0, 0, 0, 0, "0 0"},
		{"weekday", 6, 0, 0, 0, "6 0"},
		{"time", 1, 0, 0, 0, "25 0"},
		{"time", 10, 0, 0, 0, `"2024-02-210\" is no time`},
		{"duration", -2, 0, 0, 0, "-120 0"},
	} {
		run, _ := scenario{workflow: "arithmetic", input: object{"op": test.op, "a": test.a, "b": test.b, "x": test.x, "y": test.y}}.run(t)
		if got := end(run); !strings.Contains(got, test.want) || !strings.HasPrefix(got, `"`) {
			t.Errorf("%d %s %d, %v, %v: %s, want %s", test.a, test.op, test.b, test.x, test.y, got, test.want)
		}
	}
}

// A field with a default may be missing or null; it holds what the default says then.
func TestValues4Defaults(t *testing.T) {
	const byDefault = `"list":["a","` + "`" + `"],"byName":{"k":-1},"answer":"later","text":"t\"q","n":1,"f":0.5,"yes":true,"d":"1h30m0s"}`
	const others = `,{"list":[],"byName":{"k":-1},"answer":"later","text":"mine","n":1,"f":0.5,"yes":true,"d":"1h30m0s"}` +
		`,{"list":["a","` + "`" + `"],"byName":{"k":-1},"answer":"later","text":"t\"q","n":7,"f":0.5,"yes":true,"d":"1h30m0s"}]`
	s := scenario{workflow: "defaults", input: object{}}
	s.everywhere(t, `[{`+byDefault+others, nil)
	s.input = object{"list": nil, "byName": nil, "answer": nil, "text": nil, "n": nil, "f": nil, "yes": nil, "d": nil}
	s.everywhere(t, `[{`+byDefault+others, nil)
	s.input = object{"list": []string{}, "byName": object{}, "answer": "no", "text": "", "n": 0, "f": 0, "yes": false, "d": "0s"}
	s.everywhere(t, `[{"list":[],"byName":{},"answer":"no","text":"","n":0,"f":0,"yes":false,"d":"0s"}`+others, nil)
	s.input = object{"list": []any{nil}}
	s.once(t, "Unexpected: the input does not decode: list[0]: a string is needed, not null")
}

// A json becomes a value of a type as data from outside does.
func TestValues4Typed(t *testing.T) {
	for in, want := range map[string]string{
		`[{}]`:                 `"1 later {\"list\":[\"a\",\"` + "`" + `\"],\"byName\":{\"k\":-1},\"answer\":\"later\",\"text\":\"t\\\"q\",\"n\":1,\"f\":0.5,\"yes\":true,\"d\":\"1h30m0s\"} 1 true"`,
		`[]`:                   "index 0 is out of range",
		`{}`:                   "a list is needed, not an object",
		`[{"answer":"maybe"}]`: `[0].answer: \"maybe\" is no Answer`,
		`[{"n":1.5}]`:          "[0].n: 1.5 is no int",
		`null`:                 "a list is needed, not null",
	} {
		run, _ := scenario{workflow: "typed", input: object{"j": json.RawMessage(in), "answer": "later"}}.run(t)
		if got := end(run); !strings.Contains(got, want) || !strings.HasPrefix(got, `"`) {
			t.Errorf("%s gave %s, want %s", in, got, want)
		}
	}
	scenario{workflow: "typed", input: object{"j": json.RawMessage(`[{}]`), "answer": "so"}}.once(t, `"\"so\" is no Answer"`)
}

// To change a map makes another one, in a replay too.
func TestValues6Entries(t *testing.T) {
	s := scenario{workflow: "entries", input: map[string]int{"b": 1, "a": 2}}
	s.everywhere(t, `"a2 b1, b11 x10, b2 x3, a range from 0 to 2000000 has 2000000 numbers; 1000000 are possible"`, nil)
	s.input = map[string]int{"a": 2}
	s.everywhere(t, `"a2, b10 x10, b2 x3, division by zero: 1 / 0"`, nil)
}

// Numbers read as people write them, and are rounded as they read.
func TestValues7Texts(t *testing.T) {
	for _, test := range []struct {
		f    string
		n    int
		want string
	}{
		{"1000000", 7, "1000000 1000000.00 1000000 0007"},
		{"123456789.125", -7, "123456789.125 123456789.13 123456789 -007"},
		{"-0.005", 12345, "-0.005 -0.01 0 12345"},
		{"1e21", 0, "1e+21 1000000000000000000000.00 1000000000000000000000 0000"},
		{"0.0000001", 0, "1e-7 0.00 0 0000"},
	} {
		in := object{"f": json.RawMessage(test.f), "n": test.n, "at": "2026-03-01T23:05:00-02:00"}
		scenario{workflow: "formats", input: in}.once(t, `"`+test.want+` Mon 2 Mar 2026 01:05 true false xybxy"`)
	}
}

// A func with statements changes nothing but its own variables, and fails where it is called.
func TestValues8Funcs(t *testing.T) {
	for a, want := range map[int]string{2: `"1 0 -3 2 1"`, 9: `"1 0 1 2 3 4 9 1"`, 0: `"1 0 1"`} {
		scenario{workflow: "computed", input: object{"m": object{"a": a}, "list": []int{1}}}.everywhere(t, want, nil)
	}
	scenario{workflow: "computed", input: object{"m": object{}, "list": []int{1}}}.everywhere(t, `"1 0 1"`, nil)
	s := scenario{workflow: "computed", input: object{"m": object{"a": 4}, "list": []int{1}}}
	run, _ := s.run(t)
	if got := end(run); !strings.Contains(got, "values.flow:") || !strings.Contains(got, "division by zero: 7 / 0") {
		t.Error(got)
	}
}

// An execution's ID and name are the same everywhere in it and at every replay.
func TestValues9Execution(t *testing.T) {
	s := scenario{workflow: "itself", input: []string{"a"}}
	s.everywhere(t, `"a true false true true true"`, nil)
}

// The zone of a time is asked for once, by a step.
func TestValues10Zones(t *testing.T) {
	s := scenario{workflow: "zones", input: object{"at": "2026-03-28T22:30:00Z", "zone": "Europe/Berlin"}}
	s.everywhere(t, `"2026-03-28T23:30:00.000Z 2026-03-29T07:00:00.000Z 510"`, func(t testing.TB, run *durabletest.Run, _ *world) {
		same(t, "operations", ids(run), []string{"local", "utc", "wait"})
	})
	s.input = object{"at": "2026-03-28T22:30:00Z", "zone": "Mars/Olympus"}
	s.everywhere(t, `"\"Mars/Olympus\" is no time zone, such as \"Europe/Berlin\""`, nil)
}

// Maps are walked by their sorted keys, also when a process dies in every turn.
func TestValues3SortedKeys(t *testing.T) {
	s := scenario{workflow: "sorted", input: map[string]int{"b": 1, "B": 2, "a": 0, "é": 4, "": 5, "aa": 6}}
	s.everywhere(t, `"5B2a0aa6b1é4BaaabéBaabé"`, func(t testing.TB, run *durabletest.Run, _ *world) {
		same(t, "operations", ids(run), []string{"act_i0", "act_i1", "act_i2", "act_i3", "act_i4", "act_i5"})
	})
}

func TestValues4JSON(t *testing.T) {
	for in, want := range map[string]string{
		`{"name":"x","list":[7]}`:   `"x 7"`,
		`{"list":[]}`:               `"no name 0"`,
		`{"name":null,"list":null}`: `"no name 0"`,
		`[]`:                        `"no name 0"`,
		`null`:                      `"no name 0"`,
		`{"name":5}`:                "5",
		`{"list":["x"]}`:            "x",
		`{"list":[1.5]}`:            "1.5",
	} {
		run, _ := scenario{workflow: "anything", input: json.RawMessage(in)}.run(t)
		if got := end(run); !strings.Contains(got, want) || !strings.HasPrefix(got, `"`) {
			t.Errorf("%s gave %s, want %s", in, got, want)
		}
	}
}
