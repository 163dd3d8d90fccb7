package jsonscan

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"
)

// Replaced reports whether encoding/json had to alter text that is not UTF-8 in what
// it has written: it writes U+FFFD as an escape for that, and only for that.
func Replaced(written []byte) bool {
	for rest := written; ; {
		i := bytes.Index(rest, []byte(`\ufffd`))
		if i < 0 {
			return false
		}
		slashes := i - len(bytes.TrimRight(rest[:i], `\`))
		if slashes%2 == 0 {
			return true
		}
		rest = rest[i+1:]
	}
}

// Explain tells in the words of this package what encoding/json found wrong.
func Explain(err error) string {
	var wrongType *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &wrongType):
		text := fmt.Sprintf("%s is needed, not %s", needed(wrongType.Type), given(wrongType.Value))
		if wrongType.Field != "" {
			text = wrongType.Field + ": " + text
		}
		return text
	case errors.As(err, &syntax):
		return (&SyntaxError{strings.TrimPrefix(syntax.Error(), "json: "), int(syntax.Offset)}).Error()
	}
	return strings.TrimPrefix(err.Error(), "json: ")
}

// CheckNull refuses null for a type of which it is no value: where encoding/json leaves
// the zero value as if that had been meant. It is a value of what can be nil, of a
// struct without fields, and of a type whose zero value is written as null.
func CheckNull(t reflect.Type) error {
	switch t.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Map, reflect.Slice:
		return nil
	case reflect.Struct:
		if t.NumField() == 0 {
			return nil
		}
	}
	if text, err := json.Marshal(reflect.New(t).Interface()); err == nil && string(text) == "null" {
		return nil
	}
	return errors.New(needed(t) + " is needed, not null")
}

func needed(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "a bool"
	case reflect.String:
		return "a string"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "an int"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Struct, reflect.Map:
		if t == reflect.TypeFor[time.Time]() {
			return "a time"
		}
		return "an object"
	}
	return "a " + t.String()
}

func given(value string) string {
	switch value {
	case "object":
		return "an object"
	case "array":
		return "a list"
	}
	kind, detail, _ := strings.Cut(value, " ") // such as "number 1.5"
	if detail != "" {
		return detail
	}
	return "a " + kind
}
