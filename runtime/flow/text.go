package flow

import (
	"encoding"
	"encoding/json"
	"reflect"
	"strconv"
	"time"
	"unicode/utf8"
)

// Text gives a value as it stands in a text: a string as it is, numbers in
// decimal and without an exponent unless that gets long, a time in UTC with milliseconds, a duration as "1h30m0s", what is
// absent as "none", lists, maps and records as JSON. An existing Go type has its JSON
// form, too: its String method may say anything, and look at a clock.
func Text(v any) string {
	rv := reflect.ValueOf(v)
	switch rv.Kind() {
	case reflect.Invalid:
		return "none"
	case reflect.Pointer:
		if rv.IsNil() {
			return "none"
		}
		return Text(rv.Elem().Interface())
	}
	switch v := v.(type) {
	case string:
		return v
	case time.Time:
		return timeText(v)
	case Duration:
		return v.String()
	case JSON:
		return v.text()
	case json.Marshaler, encoding.TextMarshaler:
		return jsonText(rv)
	}
	switch kind := rv.Kind(); kind {
	case reflect.String:
		return rv.String()
	case reflect.Bool:
		return strconv.FormatBool(rv.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.FormatInt(rv.Int(), 10)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return strconv.FormatUint(rv.Uint(), 10)
	case reflect.Float32, reflect.Float64:
		return string(appendFloat(nil, rv.Float(), rv.Type().Bits()))
	}
	return jsonText(rv)
}

// Part is text[lo:hi], in characters.
func Part[T ~string](text T, lo, hi int) string {
	s := string(text)
	from, to, at := -1, -1, 0
	for i := range s {
		if at == lo {
			from = i
		}
		if at == hi {
			to = i
		}
		at++
	}
	if lo == at {
		from = len(s)
	}
	if hi == at {
		to = len(s)
	}
	if from < 0 || to < from {
		fail("part [%d:%d] is out of range: the text has %d %s", lo, hi, at, plural(at, "character"))
	}
	return s[from:to]
}

// Rest is text[lo:], in characters.
func Rest[T ~string](text T, lo int) string {
	return Part(text, lo, utf8.RuneCountInString(string(text)))
}

// jsonText gives the JSON of a value, a text without its quotes.
func jsonText(rv reflect.Value) string {
	text, err := encode(rv)
	if err != nil {
		fail("%v", err)
	}
	var s string
	if len(text) > 0 && text[0] == '"' && json.Unmarshal(text, &s) == nil {
		return s
	}
	return string(text)
}
