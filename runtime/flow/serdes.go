package flow

import (
	"fmt"
	"reflect"

	"github.com/durablegen/durablegen/internal/jsonscan"
	"github.com/durablegen/durablegen/runtime/durable"
)

// Serdes is the JSON of the language's values. It is stricter than encoding/json: a
// field that is missing is an error unless its type is a pointer or its tag says
// omitempty, null stands only for a pointer, ints have no fraction, the names of
// enums are checked by their Valid method, times are UTC in milliseconds, lists
// and maps are never null, text is UTF-8. A field or key that is given twice is an
// error; unknown fields are ignored. Existing Go types are read as encoding/json does,
// see [Import]. No value, the empty text, is null.
type Serdes struct{}

var _ durable.Serdes = Serdes{}

// Serialize implements durable.Serdes.
func (Serdes) Serialize(v any, _ durable.SerdesInfo) (string, error) {
	text, err := encode(reflect.ValueOf(v))
	if err != nil {
		return "", err
	}
	return string(text), nil
}

// Deserialize implements durable.Serdes.
func (Serdes) Deserialize(text string, v any, _ durable.SerdesInfo) error { return Decode(text, v) }

// Encode gives the JSON of a value.
func Encode(v any) (string, error) { return Serdes{}.Serialize(v, durable.SerdesInfo{}) }

// Decode fills what v points to from JSON.
func Decode(text string, v any) error {
	target := reflect.ValueOf(v)
	if target.Kind() != reflect.Pointer || target.IsNil() {
		return fmt.Errorf("can't decode into a %T", v)
	}
	if text == "" {
		text = "null"
	}
	s, err := jsonscan.New(text)
	if err != nil {
		return err
	}
	if err := codecOf(target.Type().Elem(), false).decode(s, target.Elem()); err != nil {
		return err
	}
	return s.End()
}

func encode(v reflect.Value) ([]byte, error) {
	if !v.IsValid() {
		return []byte("null"), nil
	}
	return codecOf(v.Type(), false).encode(make([]byte, 0, 128), v)
}

// valueError is a problem with one part of a value.
type valueError struct {
	path string // such as order.items[2].sku
	what string
}

func (e *valueError) Error() string {
	if e.path == "" {
		return e.what
	}
	return e.path + ": " + e.what
}

func problem(format string, args ...any) error {
	return &valueError{what: fmt.Sprintf(format, args...)}
}

// within puts a step in front of an error's path.
func within(step string, err error) error {
	e, ok := err.(*valueError)
	if !ok {
		return err
	}
	switch {
	case e.path == "":
		e.path = step
	case e.path[0] == '[':
		e.path = step + e.path
	default:
		e.path = step + "." + e.path
	}
	return e
}
