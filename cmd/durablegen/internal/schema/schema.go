// Package schema says in JSON Schema which JSON the values of a program are: what starts a
// workflow, what comes of it, and what answers its callbacks.
//
// It says what the codec of runtime/flow reads and writes, as far as JSON Schema can: unknown
// fields are ignored, so they are allowed.
package schema

import (
	"encoding/json"
	"strings"
)

// Schema is a schema of draft 2020-12; the zero value allows anything.
type Schema struct {
	Ref              string          `json:"$ref,omitempty"`
	Title            string          `json:"title,omitempty"`
	Description      string          `json:"description,omitempty"`
	Type             string          `json:"type,omitempty"`
	Const            string          `json:"const,omitempty"`
	Enum             []string        `json:"enum,omitempty"`
	Format           string          `json:"format,omitempty"`
	Pattern          string          `json:"pattern,omitempty"`
	ContentEncoding  string          `json:"contentEncoding,omitempty"`
	ContentMediaType string          `json:"contentMediaType,omitempty"`
	ContentSchema    *Schema         `json:"contentSchema,omitempty"`
	Minimum          json.Number     `json:"minimum,omitempty"`
	Maximum          json.Number     `json:"maximum,omitempty"`
	Items            *Schema         `json:"items,omitempty"`
	Properties       members[Schema] `json:"properties,omitempty"`
	Required         []string        `json:"required,omitempty"`
	PropertyNames    *Schema         `json:"propertyNames,omitempty"`
	Additional       *Schema         `json:"additionalProperties,omitempty"`
	AnyOf            []*Schema       `json:"anyOf,omitempty"`
	Default          json.RawMessage `json:"default,omitempty"`
}

// members is an object whose members keep the order in which they were added.
type members[T any] []member[T]

type member[T any] struct {
	name  string
	value *T
}

func (m *members[T]) add(name string, value *T) { *m = append(*m, member[T]{name, value}) }

// MarshalJSON implements json.Marshaler.
func (m members[T]) MarshalJSON() ([]byte, error) {
	var b strings.Builder
	b.WriteByte('{')
	for i, e := range m {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := marshal(e.name)
		if err != nil {
			return nil, err
		}
		value, err := marshal(e.value)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return []byte(b.String()), nil
}

// marshal is json.Marshal for readers, who want to see < as such.
func marshal(v any) ([]byte, error) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return []byte(strings.TrimSpace(b.String())), err
}

// text gives a document as it is printed.
func text(document any) ([]byte, error) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(document)
	return []byte(b.String()), err
}
