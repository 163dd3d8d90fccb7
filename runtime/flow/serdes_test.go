package flow

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"
)

type colour string

func (c colour) Valid() bool { return c == "red" || c == "green" }

type part struct {
	SKU  string  `json:"sku"`
	Note *string `json:"note,omitempty"`
}

// Foreign is left to encoding/json where it is embedded by a pointer.
type Foreign struct {
	SKU string `json:"sku"`
}

type everything struct {
	Name   string         `json:"name"`
	Count  int            `json:"count"`
	Price  float64        `json:"price"`
	Ready  bool           `json:"ready"`
	Data   []byte         `json:"data"`
	At     time.Time      `json:"at"`
	Wait   Duration       `json:"wait"`
	Any    JSON           `json:"any"`
	Parts  []part         `json:"parts"`
	Stock  map[string]int `json:"stock"`
	Colour colour         `json:"colour"`
	Tints  map[colour]int `json:"tints"`
	Parent *everything    `json:"parent,omitempty"`
}

const everythingText = `{"name":"Zoë \"<&>\"\n\u0001","count":-3,"price":1.5,"ready":true,"data":"AAEC","at":"2026-01-31T12:00:00.123Z",` +
	`"wait":"1h30m0s","any":{"a":[1,null]},"parts":[{"sku":"x"},{"sku":"y","note":"n"}],"stock":{"a":1,"b":2},"colour":"red","tints":{"green":1}}`

func TestValuesComeBackAsTheyWere(t *testing.T) {
	var v everything
	if err := Decode(everythingText, &v); err != nil {
		t.Fatal(err)
	}
	again, err := Encode(v)
	if err != nil {
		t.Fatal(err)
	}
	if again != everythingText {
		t.Errorf("got  %s\nwant %s", again, everythingText)
	}
	v.Parent = new(v)
	nested, err := Encode(v)
	if err != nil {
		t.Fatal(err)
	}
	var back everything
	if err := Decode(nested, &back); err != nil || back.Parent == nil || back.Parent.Name != v.Name {
		t.Errorf("%v %+v", err, back)
	}
}

func TestDecodingIsStrict(t *testing.T) {
	for _, test := range []struct {
		into any
		text string
		want string
	}{
		{new(part), `{}`, `field "sku" is missing`},
		{new(part), `{"sku":null}`, `sku: a string is needed, not null`},
		{new(part), `{"SKU":"x"}`, `field "sku" is missing`},
		{new(part), `{"sku":"x","more":{"deep":[1]}}`, ``},
		{new(part), `{"sku":"x","note":null}`, ``},
		{new([]part), `null`, `a list is needed, not null`},
		{new([]part), `[{"sku":"x"},{"sku":1}]`, `[1].sku: a string is needed, not a number`},
		{new(map[string][]part), `{"a":[{}]}`, `["a"][0]: field "sku" is missing`},
		{new(map[string]int), `null`, `an object is needed, not null`},
		{new(int), `1.0`, `1.0 is no int of 64 bits`},
		{new(int), `1e3`, `1e3 is no int of 64 bits`},
		{new(int), `9223372036854775808`, `9223372036854775808 is no int of 64 bits`},
		{new(int), `"1"`, `an int is needed, not a string`},
		{new(float64), `1`, ``},
		{new(float64), `1e999`, `1e999 does not fit into a float`},
		{new(bool), `1`, `a bool is needed, not a number`},
		{new(colour), `"blue"`, `"blue" is no colour`},
		{new(map[colour]int), `{"blue":1}`, `"blue" is no colour`},
		{new(Duration), `"soon"`, `"soon" is no duration, such as "1h30m0s"`},
		{new(time.Time), `"2026-01-31"`, `"2026-01-31" is no time, such as "2026-01-31T12:00:00Z"`},
		{new([]byte), `"%"`, `"%" is no base64`},
		{new(None), `{"anything":1}`, ``},
		{new(*int), `null`, ``},
		{new(*int), ``, ``},
		{new(string), `"a" "b"`, `not JSON: more than one value at byte 4`},
		{new(string), `"a`, `not JSON: a string without end at byte 2`},
		{new([]int), `[1,]`, `[1]: an int is needed, not no JSON`},
		{new(string), "\"a\xff\"", `not JSON: a byte that is no UTF-8 at byte 2`},
		{new(string), `"\ud83d"`, `not JSON: half of a surrogate pair at byte 1`},
		{new(map[string]int), `{"a":1,"\u0061":2}`, `the key "a" is given twice`},
		{new(part), `{"sku":"x","sku":"y"}`, `field "sku" is given twice`},
		{new(struct{ *Foreign }), `{"sku":1}`, `Foreign.sku: a string is needed, not a number`},
		{new(JSON), strings.Repeat("[", 5000), `not JSON: too deep at byte 1001`},
	} {
		err := Decode(test.text, test.into)
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("%T from %.40s: got %q, want %q", test.into, test.text, got, test.want)
		}
	}
}

func TestEncodingIsStrict(t *testing.T) {
	for _, test := range []struct {
		v    any
		text string
		want string
	}{
		{[]int(nil), `[]`, ``},
		{map[string]int(nil), `{}`, ``},
		{(*int)(nil), `null`, ``},
		{None{}, `null`, ``},
		{JSON(""), `null`, ``},
		{JSON("{"), ``, `not JSON: no name of a field at byte 1`},
		{colour("blue"), ``, `"blue" is no colour`},
		{[]colour{"red", "blue"}, ``, `[1]: "blue" is no colour`},
		{math.NaN(), ``, `NaN is not a number that a float can hold`},
		{map[string]float64{"a": math.Inf(1)}, ``, `["a"]: +Inf is not a number that a float can hold`},
		{"\uFFFD<", "\"\uFFFD<\"", ``},
		{"\xff<", ``, `"\xff<" is no text in UTF-8; bytes can hold it`},
		{map[string]int{"\xff": 1, "\xfe": 2}, ``, `"\xfe" is no text in UTF-8; bytes can hold it`},
		{struct {
			*Foreign
		}{&Foreign{SKU: "\xff"}}, ``, `it holds text that is not UTF-8`},
		{JSON("\"\xff\""), ``, `not JSON: a byte that is no UTF-8 at byte 1`},
		{1e21, `1e+21`, ``},
		{struct {
			Counts
			A int `json:"a"`
		}{A: 1}, `{"reason":"","count":0,"begun":0,"succeeded":0,"failed":0,"started":0,"notStarted":0,"total":0,"a":1}`, ``},
	} {
		got, err := Encode(test.v)
		msg := ""
		if err != nil {
			msg = err.Error()
		}
		if got != test.text || msg != test.want {
			t.Errorf("%#v: got %s %q, want %s %q", test.v, got, msg, test.text, test.want)
		}
	}
}

// encoding/json reads what we write, and we read what it writes.
func FuzzAgreesWithEncodingJSON(f *testing.F) {
	f.Add(everythingText)
	f.Add(`{"name":"\ud83d\ude00 \ud83d","any":[]}`)
	f.Fuzz(func(t *testing.T, text string) {
		var v everything
		if Decode(text, &v) != nil {
			return
		}
		if !json.Valid([]byte(text)) {
			t.Fatalf("we read what is no JSON: %q", text)
		}
		out, err := Encode(v)
		if err != nil {
			if strings.Contains(err.Error(), "in the year") {
				return
			}
			t.Fatal(err)
		}
		var theirs everything
		if err := json.Unmarshal([]byte(out), &theirs); err != nil {
			t.Fatalf("encoding/json does not read %s: %v", out, err)
		}
		var again everything
		if err := Decode(out, &again); err != nil {
			t.Fatal(err)
		}
		if second, _ := Encode(again); second != out {
			t.Fatalf("%s\n%s", out, second)
		}
	})
}

func TestCopyOfWhatHoldsNoReferenceIsFree(t *testing.T) {
	v := struct {
		A string
		B time.Time
		C [3]int
	}{A: "a"}
	if n := testing.AllocsPerRun(100, func() { _ = Copy(v) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
	if copierOf(timeType) != nil {
		t.Error("a time is looked into")
	}
}

func TestCopySharesNothing(t *testing.T) {
	var v everything
	if err := Decode(everythingText, &v); err != nil {
		t.Fatal(err)
	}
	v.Parent = new(v)
	before, _ := Encode(v)
	c := Copy(v)
	c.Data[0] = 9
	c.Parts[1].SKU = "changed"
	*c.Parts[1].Note = "changed"
	c.Stock["a"] = 9
	c.Tints["red"] = 1
	c.Parent.Name = "changed"
	c.Parent.Parts[0].SKU = "changed"
	if after, _ := Encode(v); after != before {
		t.Errorf("the original has changed:\n%s\n%s", before, after)
	}
}

func TestJSONIsReadByNamesAndNumbers(t *testing.T) {
	j := JSON(`{"a": {"b": [1, "x", null, true, 2.5]}, "n": null}`)
	for _, test := range []struct{ name, got, want string }{
		{"path", outcome(func() int { return IntOf(*j.Field("a").Field("b").Index(0)) }), "1"},
		{"text", outcome(func() string { return StringOf(*j.Field("a").Field("b").Index(1)) }), "x"},
		{"null", Text(j.Field("a").Field("b").Index(2)), "none"},
		{"bool", outcome(func() bool { return BoolOf(*j.Field("a").Field("b").Index(3)) }), "true"},
		{"float", outcome(func() float64 { return FloatOf(*j.Field("a").Field("b").Index(4)) }), "2.5"},
		{"no int", outcome(func() int { return IntOf(*j.Field("a").Field("b").Index(4)) }), "! 2.5 is no int"},
		{"short", Text(j.Field("a").Field("b").Index(5)), "none"},
		{"null field", Text(j.Field("n")), "none"},
		{"no field", Text(j.Field("x").Field("y").Index(0)), "none"},
		{"no object", outcome(func() string { return StringOf(*j.Field("a")) }), `! {"b": [1, "x", null, true, 2.5]} is no string`},
	} {
		if test.got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, test.got, test.want)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	b.ReportAllocs()
	b.SetBytes(int64(len(everythingText)))
	for b.Loop() {
		var v everything
		if err := Decode(everythingText, &v); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeEncodingJSON(b *testing.B) {
	b.ReportAllocs()
	b.SetBytes(int64(len(everythingText)))
	for b.Loop() {
		var v everything
		if err := json.Unmarshal([]byte(everythingText), &v); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	var v everything
	_ = Decode(everythingText, &v)
	b.ReportAllocs()
	b.SetBytes(int64(len(everythingText)))
	for b.Loop() {
		if _, err := Encode(v); err != nil {
			b.Fatal(err)
		}
	}
}

func TestCopyHasNoNilListsAndMaps(t *testing.T) {
	type part struct {
		Codes []string       `json:"codes"`
		Stock map[string]int `json:"stock"`
	}
	b, err := json.Marshal(Copy(struct {
		Parts []part `json:"parts"`
		None  []part `json:"none"`
		Maybe *part  `json:"maybe"`
	}{Parts: make([]part, 1)}))
	if want := `{"parts":[{"codes":[],"stock":{}}],"none":[],"maybe":null}`; err != nil || string(b) != want {
		t.Errorf("%s, %v; want %s", b, err, want)
	}
}
