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

var _ json.Number = json.Number(strings.TrimSpace("1"))
