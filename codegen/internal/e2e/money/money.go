// Package money stands for a package of the user's own whose types a .flow file
// uses.
package money

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Currency is a code such as EUR.
type Currency string

// The currencies that we take.
const (
	Euro   Currency = "EUR"
	Dollar Currency = "USD"
)

// Cents is an amount in the smallest unit.
type Cents int64

// Level has constants that are numbers.
type Level int

// The levels.
const (
	Low Level = iota
	High
)

// Meta is embedded.
type Meta struct {
	CreatedAt time.Time `json:"createdAt"`
	Tags      []string  `json:"tags,omitempty"`
}

// Amount is a sum of money.
type Amount struct {
	Meta
	Value    Cents             `json:"value"`
	Currency Currency          `json:"currency"`
	Note     *string           `json:"note,omitempty"`
	Parts    []Amount          `json:"parts,omitempty"`
	Rates    map[Currency]rate `json:"-"`
	Level    Level             `json:"level"`
	Ratio    float32           `json:"ratio"`
}

type rate float64

// Page is generic.
type Page[T any] struct {
	Items []T `json:"items"`
	Next  *T  `json:"next,omitempty"`
}

// Code writes its own JSON.
type Code [3]byte

// MarshalText implements encoding.TextMarshaler.
func (c Code) MarshalText() ([]byte, error) { return c[:], nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (c *Code) UnmarshalText(text []byte) error {
	if len(text) != 3 {
		return fmt.Errorf("%q is no code", text)
	}
	copy(c[:], text)
	return nil
}

// Forms has what JSON carries in other forms than Go.
type Forms struct {
	Any    any                 `json:"any"`
	Meta   map[string]any      `json:"meta"`
	Raw    json.RawMessage     `json:"raw"`
	Number json.Number         `json:"number"`
	Anon   struct{ X int }     `json:"anon"`
	Array  [2]int              `json:"array"`
	State  state               `json:"state"`
	Codes  map[int]string      `json:"codes"`
	Delay  time.Duration       `json:"delay"`
	Pause  *time.Duration      `json:"pause"`
	Size   int64               `json:"size,string"`
	Made   Stamp               `json:"made"`
	Lists  map[string][]string `json:"lists"`
}

type state string

// Limits can be made in the language, but for what is free in it.
type Limits struct {
	Wait  time.Duration
	Max   *time.Duration
	Extra map[string]any
}

// Big is larger than an int can be.
type Big uint64

// Stamp has methods of its pointer for JSON.
type Stamp struct{ at int64 }

// StampAt makes a stamp.
func StampAt(at int64) Stamp { return Stamp{at} }

// MarshalJSON implements json.Marshaler.
func (s *Stamp) MarshalJSON() ([]byte, error) { return fmt.Appendf(nil, "%q", fmt.Sprint(s.at)), nil }

// UnmarshalJSON implements json.Unmarshaler.
func (s *Stamp) UnmarshalJSON(text []byte) error {
	_, err := fmt.Sscanf(string(text), `"%d"`, &s.at)
	return err
}

var _ json.Number = json.Number(strings.TrimSpace("1"))
