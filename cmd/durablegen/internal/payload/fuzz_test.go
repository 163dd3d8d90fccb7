package payload

import (
	"testing"
	"time"

	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/runtime/flow"
)

// FuzzCheck: a value in which nothing is wrong is one that the workflow can read.
func FuzzCheck(f *testing.F) {
	type item struct {
		Name string         `json:"name"`
		In   *item          `json:"in"`
		By   map[string]int `json:"by"`
	}
	type order struct {
		Text  string        `json:"text"`
		Count int           `json:"count"`
		Share float64       `json:"share"`
		Paid  bool          `json:"paid"`
		At    time.Time     `json:"at"`
		For   flow.Duration `json:"for"`
		Data  []byte        `json:"data"`
		Note  *string       `json:"note"`
		Items []item        `json:"items"`
	}
	field := func(name string, t dsl.Type) *dsl.FieldEntry { return &dsl.FieldEntry{Name: name, JSON: name, Type: t} }
	itemType := &dsl.Record{Name: "Item"}
	itemType.Fields = []*dsl.FieldEntry{field("name", dsl.String), field("in", &dsl.Optional{Elem: itemType}), field("by", &dsl.Map{Key: dsl.String, Elem: dsl.Int})}
	orderType := &dsl.Record{Name: "Order", Fields: []*dsl.FieldEntry{
		field("text", dsl.String), field("count", dsl.Int), field("share", dsl.Float), field("paid", dsl.Bool), field("at", dsl.Time), field("for", dsl.Duration),
		field("data", dsl.Bytes), field("note", &dsl.Optional{Elem: dsl.String}), field("items", &dsl.List{Elem: itemType}),
	}}
	const whole = `{"text": "a\u00e4", "count": 3, "share": 1e-3, "paid": true, "at": "2026-01-31T08:30:00Z", "for": "1h30m", "data": "aGk=", "note": null,
		"items": [{"name": "", "in": {"name": "x", "by": {}}, "by": {"a": -1}}]}`
	f.Add(whole)
	f.Add(Example(orderType))
	f.Add(`{"text": 1, "cuont": "3", "share": 1e999, "paid": null, "at": "2026-01-31T8:30:00,5Z", "for": "soon", "data": "?", "items": {}}`)
	f.Add(`{"text": "\ud800", "count": 9223372036854775808, "share": -0, "paid": false, "at": "2026-02-30T08:30:00+25:00", "for": "9999999h", "data": "aGk=\n", "items": []}`)
	f.Fuzz(func(t *testing.T, text string) {
		v, problems := ParseGiven(text)
		if problems != nil {
			return
		}
		for _, as := range []struct {
			declared dsl.Type
			into     any
		}{
			{orderType, new(order)}, {itemType, new(item)}, {dsl.String, new(string)}, {dsl.Int, new(int)}, {dsl.Float, new(float64)}, {dsl.Bool, new(bool)},
			{dsl.Time, new(time.Time)}, {dsl.Duration, new(flow.Duration)}, {dsl.Bytes, new([]byte)}, {&dsl.Optional{Elem: dsl.Int}, new(*int)},
			{&dsl.List{Elem: dsl.Float}, new([]float64)}, {&dsl.Map{Key: dsl.String, Elem: &dsl.Optional{Elem: orderType}}, new(map[string]*order)},
		} {
			found := Check(v, as.declared, "it")
			for _, p := range found {
				if p.Message == "" || p.Start < 0 || p.End < p.Start || p.End > max(len(text), 1) {
					t.Errorf("%d-%d of %d: %q", p.Start, p.End, len(text), p.Message)
				}
			}
			if found != nil || v.Kind == Null {
				continue
			}
			if err := flow.Decode(text, as.into); err != nil {
				t.Errorf("nothing is wrong with %s as %s, but: %v", text, as.declared, err)
			}
		}
	})
	// What is offered as an example must do.
	if v, problems := Parse([]byte(Example(orderType))); problems != nil || Check(v, orderType, "it") != nil {
		f.Error(Example(orderType), problems, Check(v, orderType, "it"))
	}
}
