package flow

import (
	"encoding/json"
	"math"
	"testing"
	"time"
)

// Go types whose String says something else than their JSON.
type (
	numbered int
	named    string
	spelt    int
	drawn    struct{ N int }
)

func (numbered) String() string               { return "wrong" }
func (named) String() string                  { return "wrong" }
func (drawn) String() string                  { return "wrong" }
func (spelt) String() string                  { return "wrong" }
func (s spelt) MarshalText() ([]byte, error)  { return []byte("<" + string(rune('a'+s)) + ">"), nil }
func (s *spelt) UnmarshalText(b []byte) error { *s = spelt(b[1] - 'a'); return nil }

// TestTextOfEveryType holds what stands in texts and in the messages of declared
// errors, whose optional fields are pointers.
func TestTextOfEveryType(t *testing.T) {
	at := time.Date(2026, 1, 31, 12, 0, 0, 0, time.FixedZone("", 3600))
	for _, c := range []struct {
		value any
		want  string
	}{
		{"a", "a"},
		{7, "7"},
		{2.5, "2.5"},
		{1e6, "1000000"},
		{1e21, "1e+21"},
		{true, "true"},
		{at, "2026-01-31T11:00:00.000Z"},
		{Duration(90 * time.Minute), "1h30m0s"},
		{JSON(`{"a": 1}`), `{"a": 1}`},
		{[]string{"a", "b"}, `["a","b"]`},
		{numbered(3), "3"},
		{named("n"), "n"},
		{spelt(1), "<b>"},
		{drawn{2}, `{"N":2}`},
		{float32(0.1), "0.1"},
		{uint8(200), "200"},
		{[]numbered{1}, "[1]"},
		{new(7), "7"},
		{new("a"), "a"},
		{new(at), "2026-01-31T11:00:00.000Z"},
		{new(Duration(time.Minute)), "1m0s"},
		{(*int)(nil), "none"},
		{(*time.Time)(nil), "none"},
		{(*Duration)(nil), "none"},
		{(*JSON)(nil), "none"},
	} {
		if got := Text(c.value); got != c.want {
			t.Errorf("Text(%#v) = %q, want %q", c.value, got, c.want)
		}
	}
}

// TestFloatsReadAsInJSON: in a text and in what is stored.
func TestFloatsReadAsInJSON(t *testing.T) {
	for _, f := range []float64{0, math.Copysign(0, -1), 0.1, 1e20, 1e21, 1e-6, 1e-7, 1.5e-9, 1e-10, 1.7e308, -5e-324, 1e100, 3e-208, 123456789.25} {
		want, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		if stored, err := Encode(f); err != nil || stored != string(want) || Text(f) != string(want) {
			t.Errorf("%v is stored as %s (%v) and reads %s, want %s", f, stored, err, Text(f), want)
		}
	}
}
