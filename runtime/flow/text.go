package flow

import (
	"fmt"
	"reflect"
	"time"
)

// Text gives a value as it stands in a text: a string as it is, numbers in
// decimal, a time in UTC with milliseconds, a duration as "1h30m0s", what is
// absent as "none", lists, maps and records as JSON.
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
	case JSON:
		return v.text()
	case fmt.Stringer:
		return v.String()
	}
	switch rv.Kind() {
	case reflect.String:
		return rv.String()
	case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Float32, reflect.Float64:
		return fmt.Sprint(v)
	}
	text, err := encode(rv)
	if err != nil {
		fail("%v", err)
	}
	return string(text)
}
