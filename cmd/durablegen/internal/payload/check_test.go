package payload

import (
	"fmt"
	"strings"
	"testing"

	"github.com/durablegen/durablegen/dsl"
)

var (
	item     = record("Item", field("sku", dsl.String), field("quantity", dsl.Int))
	delivery = &dsl.Enum{Name: "Delivery", Values: []*dsl.EnumValue{{JSON: "preparing"}, {JSON: "delivered"}}}
	order    = record("Order", field("id", dsl.String), field("items", &dsl.List{Elem: item}),
		field("note", &dsl.Optional{Elem: dsl.String}), field("status", &dsl.Optional{Elem: delivery}),
		field("at", &dsl.Optional{Elem: dsl.Time}), field("prices", &dsl.Optional{Elem: &dsl.Map{Key: delivery, Elem: dsl.Float}}))
)

func record(name string, fields ...*dsl.FieldEntry) *dsl.Record {
	return &dsl.Record{Name: name, Fields: fields}
}

func field(name string, t dsl.Type) *dsl.FieldEntry {
	return &dsl.FieldEntry{Name: name, JSON: name, Type: t}
}

func TestCheck(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`{"id": "a", "items": []}`, ``},
		{`{"id": "a", "items": [{"sku": "x", "quantity": 2}], "note": null, "status": "delivered", "prices": {"delivered": 1.5}}`, ``},
		{`{"id": 17, "items": []}`, "`id` must be a text (`string`), not a number @17 (write it in quotes: \"17\")"},
		{`{"idd": "a", "items": []}`, "`Order` has no field `idd` @\"idd\" (did you mean `id`?)"},
		{`{"items": []}`, "the input lacks `id` of `Order` @{"},
		{`{"id": "a", "items": [], "sum": 1}`, "`Order` has no field `sum` @\"sum\" (there are `id`, `items`, `note`, `status`, `at` and `prices`)"},
		{`{"id": "a", "items": [{"sku": "x", "quantity": 1.5}]}`, "`quantity` must be a whole number of 64 bits (`int`), not 1.5 @1.5"},
		{`{"id": "a", "items": [7]}`, "`items`[0] must be an object with the fields of `Item`, not a number @7"},
		{`{"id": "a", "items": [], "status": "deliverd"}`, "`status` must be one of `Delivery`: preparing, delivered @\"deliverd\" (did you mean `delivered`?)"},
		{`{"id": "a", "items": [], "at": "tomorrow"}`, "`at` must be a time such as \"2026-01-31T08:30:00Z\" (`time`) @\"tomorrow\""},
		{`{"id": "a", "items": [], "prices": {"lost": 1}}`, "the key must be one of `Delivery`: preparing, delivered @\"lost\""},
		{`null`, "the input must be an object with the fields of `Order`, not null @null"},
	} {
		v, problems := Parse([]byte(c.text))
		if problems != nil {
			t.Fatal(problems)
		}
		var got []string
		for _, p := range Check(v, order, "the input") {
			s := fmt.Sprintf("%s @%s", p.Message, c.text[p.Start:p.End])
			if p.Help != "" {
				s += " (" + p.Help + ")"
			}
			got = append(got, s)
		}
		if s := strings.Join(got, "; "); s != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.text, s, c.want)
		}
	}
}

// A name of the language is no text of JSON where `as` gives another.
func TestCheckNamesOfMembers(t *testing.T) {
	size := &dsl.Enum{Name: "Size", Values: []*dsl.EnumValue{{Name: "small", JSON: "small"}, {Name: "large", JSON: "L"}, {Name: "swap", JSON: "other"}, {Name: "other", JSON: "swap"}}}
	keyed := record("Keyed", field("size", &dsl.List{Elem: size}), field("by", &dsl.Map{Key: size, Elem: dsl.Int}))
	for text, want := range map[string]string{
		`{"size": ["L", "small", "swap", "other"], "by": {"L": 1}}`: "",
		`{"size": ["large"], "by": {}}`:                             "`size`[0] must be one of `Size`: small, L, other, swap; `large` is written \"L\" in JSON",
		`{"size": [], "by": {"large": 1}}`:                          "the key must be one of `Size`: small, L, other, swap; `large` is written \"L\" in JSON",
		`{"size": ["smal"], "by": {}}`:                              "`size`[0] must be one of `Size`: small, L, other, swap; did you mean `small`?",
	} {
		v, _ := Parse([]byte(text))
		got := ""
		for _, p := range Check(v, keyed, "the input") {
			got += p.Message + "; " + p.Help
		}
		if got != want {
			t.Errorf("%s\n got %s\nwant %s", text, got, want)
		}
	}
}

func TestCheckEvent(t *testing.T) {
	params := []*dsl.Param{
		{Name: &dsl.Name{Text: "to"}, Var: &dsl.Var{Type: dsl.String}},
		{Name: &dsl.Name{Text: "times"}, Var: &dsl.Var{Type: dsl.Int}},
	}
	v, _ := Parse([]byte(`{"to": "x", "time": 1}`))
	problems := CheckEvent(v, params)
	if len(problems) != 1 || problems[0].Help != "did you mean `times`?" {
		t.Errorf("several parameters: %+v", problems)
	}
	v, _ = Parse([]byte(`"x"`))
	if problems := CheckEvent(v, params[:1]); problems != nil {
		t.Errorf("one parameter: %+v", problems)
	}
}

// Nothing at all is null: a value of an optional type, and of JSON.
func TestMayLack(t *testing.T) {
	for _, test := range []struct {
		t    dsl.Type
		want bool
	}{
		{nil, true}, {&dsl.Optional{Elem: dsl.Int}, true}, {dsl.JSON, true}, {dsl.Int, false}, {dsl.Bool, false}, {dsl.String, false}, {dsl.Time, false},
		{&dsl.List{Elem: dsl.Int}, false}, {&dsl.Map{Key: dsl.String, Elem: dsl.Int}, false}, {&dsl.Enum{Name: "Mood"}, false}, {record("Empty"), false},
	} {
		if got := MayLack(test.t); got != test.want {
			t.Errorf("%v may be left out: %v", test.t, got)
		}
	}
	for text, want := range map[string]Kind{"": Null, " \n": Null, "null": Null, "5": Number} {
		if v, problems := ParseGiven(text); problems != nil || v.Kind != want {
			t.Errorf("%q is %v, %v", text, v, problems)
		}
	}
}

// A Go type is read as Go reads it: what is missing or null in it is the zero value, and
// some fields look otherwise in JSON than in the language.
func TestCheckGoTypes(t *testing.T) {
	invoice := &dsl.GoType{Name: "Invoice", Under: record("Invoice",
		field("id", dsl.String),
		&dsl.FieldEntry{Name: "Delay", JSON: "delay", Type: dsl.Duration, Wire: dsl.Int},
		&dsl.FieldEntry{Name: "Size", JSON: "size", Type: dsl.Int, Wire: dsl.String},
		field("meta", dsl.JSON),
		field("amount", &dsl.GoType{Name: "decimal.Decimal", Under: record("decimal.Decimal")}),
		field("tags", &dsl.List{Elem: dsl.String}),
		field("rows", &dsl.List{Elem: &dsl.Map{Key: dsl.String, Elem: &dsl.List{Elem: dsl.Int}}}),
	)}
	for text, want := range map[string]string{
		`{}`: "",
		`{"id": null, "tags": null, "delay": 1500, "size": "7", "meta": [1, {}], "amount": "12.50", "more": 1}`: "",
		`{"amount": 12.5}`: "",
		`{"tags": [null], "rows": [null, {"a": null, "b": [null, 1]}]}`: "",
		`{"rows": [{"a": [true]}]}`:                                     "`rows`[0][\"a\"][0] must be a number (`int`), not a boolean",
		`{"delay": "1s"}`:                                               "`delay` must be a number (`int`), not a text",
		`{"size": 7}`:                                                   "`size` must be a text (`string`), not a number",
		`{"tags": ["a", 1]}`:                                            "`tags`[1] must be a text (`string`), not a number",
		`null`:                                                          "the input must be an object (`Invoice`), not null",
	} {
		v, problems := Parse([]byte(text))
		if problems != nil {
			t.Fatal(problems)
		}
		got := ""
		for _, p := range Check(v, invoice, "the input") {
			got += p.Message
		}
		if got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
	if got := Example(invoice); got != `{"id": "text", "delay": 1, "size": "text", "meta": null, "amount": null, "tags": [], "rows": []}` {
		t.Errorf("the example is %s", got)
	}
}
