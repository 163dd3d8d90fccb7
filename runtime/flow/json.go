package flow

import (
	"reflect"
	"strconv"
	"time"

	"github.com/durablegen/durablegen/internal/jsonscan"
)

// JSON is any JSON value, as text. It never changes, so that it can be shared.
// The empty one is null.
type JSON string

// text gives the JSON.
func (j JSON) text() string {
	if j == "" {
		return "null"
	}
	return string(j)
}

// MarshalJSON implements json.Marshaler.
func (j JSON) MarshalJSON() ([]byte, error) { return []byte(j.text()), nil }

// UnmarshalJSON implements json.Unmarshaler.
func (j *JSON) UnmarshalJSON(text []byte) error {
	*j = JSON(text)
	return nil
}

// As gives the value of a type that a JSON value is.
func As[T any](j JSON) T {
	var v T
	if err := Decode(j.text(), &v); err != nil {
		fail("%v", err)
	}
	return v
}

// Member gives the value of an enum that a text names.
func Member[E interface {
	~string
	Valid() bool
}, T ~string](text T) E {
	e := E(text)
	if !e.Valid() {
		fail("%s is no %s", quote(string(text)), reflect.TypeFor[E]().Name())
	}
	return e
}

// JSONOf gives the JSON of a value of Go.
func JSONOf(v any) JSON {
	text, err := Encode(v)
	if err != nil {
		fail("%v", err)
	}
	return JSON(text)
}

// Field gives a field of an object; nil if j is nil or no object, if it has no such
// field, or if that is null.
func (j *JSON) Field(name string) *JSON {
	if j == nil {
		return nil
	}
	s, err := jsonscan.New(j.text())
	if err != nil || s.Next() != '{' {
		return nil
	}
	var found *JSON
	err = s.Object(func(key string) error {
		text, err := s.Skip()
		if err == nil && key == name {
			found = present(text)
		}
		return err
	})
	if err != nil {
		return nil
	}
	return found
}

// Index gives an element of a list; nil if j is nil or no list, if it is shorter, or
// if the element is null.
func (j *JSON) Index(i int) *JSON {
	if j == nil {
		return nil
	}
	s, err := jsonscan.New(j.text())
	if err != nil || s.Next() != '[' {
		return nil
	}
	var found *JSON
	err = s.List(func(at int) error {
		text, err := s.Skip()
		if err == nil && at == i {
			found = present(text)
		}
		return err
	})
	if err != nil {
		return nil
	}
	return found
}

func present(text string) *JSON {
	if text == "null" {
		return nil
	}
	return new(JSON(text))
}

// StringOf gives the text that a JSON value is.
func StringOf(j JSON) string {
	s := j.scan()
	if s.Next() != '"' {
		fail("%s is no string", shown(j))
	}
	text, err := s.Text()
	if err != nil {
		fail("%v", err)
	}
	return text
}

// IntOf gives the whole number that a JSON value is.
func IntOf(j JSON) int {
	text, err := j.scan().Number()
	if err != nil {
		fail("%s is no int", shown(j))
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		fail("%s is no int", shown(j))
	}
	return int(n)
}

// FloatOf gives the number that a JSON value is.
func FloatOf(j JSON) float64 {
	text, err := j.scan().Number()
	if err != nil {
		fail("%s is no float", shown(j))
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		fail("%s is no float", shown(j))
	}
	return f
}

// BoolOf gives the bool that a JSON value is.
func BoolOf(j JSON) bool {
	value, ok := j.scan().Bool()
	if !ok {
		fail("%s is no bool", shown(j))
	}
	return value
}

// TimeOf gives the time that a JSON value is.
func TimeOf(j JSON) time.Time { return ParseTime(StringOf(j)) }

// DurationOf gives the length of time that a JSON value is.
func DurationOf(j JSON) Duration { return ParseDuration(StringOf(j)) }

// scan begins to read a value.
func (j JSON) scan() *jsonscan.Scanner {
	s, err := jsonscan.New(j.text())
	if err != nil {
		fail("%v", err)
	}
	return s
}

// shown cuts a JSON value for a message.
func shown(j JSON) string {
	text := j.text()
	if len(text) > 60 {
		text = text[:60] + "…"
	}
	return text
}
