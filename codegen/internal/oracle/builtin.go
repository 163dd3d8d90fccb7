package oracle

import (
	"fmt"
	"maps"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/durablegen/durablegen/dsl"
)

// builtin is a function of the language.
func builtin(name string, args []any) any {
	if j, ok := args[0].(jsonText); ok && len(args) == 1 {
		t := map[string]dsl.Basic{"string": dsl.String, "int": dsl.Int, "float": dsl.Float, "bool": dsl.Bool, "time": dsl.Time, "duration": dsl.Duration}[name]
		v, ok := decode(t, string(j))
		if !ok {
			panic(unexpected("%s of %s", name, j))
		}
		return v
	}
	switch name {
	case "len":
		switch v := args[0].(type) {
		case string:
			return int64(utf8.RuneCountInString(v))
		case []any:
			return int64(len(v))
		case map[string]any:
			return int64(len(v))
		}
	case "append":
		return slices.Concat([]any{}, args[0].([]any), args[1:])
	case "contains":
		switch v := args[0].(type) {
		case string:
			return strings.Contains(v, args[1].(string))
		case []any:
			return slices.ContainsFunc(v, func(e any) bool { return equal(e, args[1]) })
		case map[string]any:
			_, ok := v[args[1].(string)]
			return ok
		}
	case "join":
		var parts []string
		for _, p := range args[0].([]any) {
			parts = append(parts, p.(string))
		}
		return strings.Join(parts, args[1].(string))
	case "split":
		out := []any{}
		for _, p := range strings.Split(args[0].(string), args[1].(string)) {
			out = append(out, p)
		}
		return out
	case "trim":
		return strings.TrimSpace(args[0].(string))
	case "lower":
		return strings.ToLower(args[0].(string))
	case "upper":
		return strings.ToUpper(args[0].(string))
	case "min", "max":
		list, single := args[0].([]any)
		if !single {
			list = args
		}
		var best any
		for _, v := range list {
			if best == nil || name == "min" && compare(v, best) < 0 || name == "max" && compare(v, best) > 0 {
				best = v
			}
		}
		return best
	case "sum":
		var total any = int64(0)
		for i, v := range args[0].([]any) {
			if i == 0 {
				total = v
				continue
			}
			total = arithmetic("+", total, v)
		}
		return total
	case "abs":
		if f, ok := args[0].(float64); ok {
			return math.Abs(f)
		}
		if n := args[0].(int64); n < 0 {
			return unary("-", n)
		}
		return args[0]
	case "round":
		if len(args) == 1 {
			return math.Round(args[0].(float64)) + 0 // -0 is 0
		}
		f, _ := strconv.ParseFloat(fixed(args[0].(float64), args[1].(int64)), 64)
		return f
	case "startsWith":
		return strings.Index(args[0].(string), args[1].(string)) == 0
	case "endsWith":
		return strings.TrimSuffix(args[0].(string), args[1].(string))+args[1].(string) == args[0].(string)
	case "replace":
		return strings.Join(strings.Split(args[0].(string), args[1].(string)), args[2].(string))
	case "range":
		from, to := int64(0), args[len(args)-1].(int64)
		if len(args) == 2 {
			from = args[0].(int64)
		}
		if n := whole("-", max(from, to), from); n > 1_000_000 {
			panic(unexpected("a range of %d", n))
		}
		out := []any{}
		for i := from; i < to; i++ {
			out = append(out, i)
		}
		return out
	case "flatten":
		out := []any{}
		for _, list := range args[0].([]any) {
			out = append(out, list.([]any)...)
		}
		return out
	case "delete":
		out := maps.Clone(args[0].(map[string]any))
		delete(out, mapKey(args[1]))
		return out
	case "addMonths":
		return months(args[0].(time.Time), args[1].(int64))
	case "addYears":
		return months(args[0].(time.Time), whole("*", args[1].(int64), 12))
	case "startOfDay":
		t := args[0].(time.Time).UTC()
		return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	case "weekday":
		return int64(args[0].(time.Time).UTC().Weekday())
	case "time":
		for _, layout := range []string{time.RFC3339Nano, "2006-01-02"} {
			if t, err := time.Parse(layout, args[0].(string)); err == nil {
				return t.UTC().Truncate(time.Millisecond)
			}
		}
		panic(unexpected("time(%q)", args[0]))
	case "duration":
		d, err := time.ParseDuration(args[0].(string))
		if err != nil {
			panic(unexpected("duration(%q)", args[0]))
		}
		return d
	case "sort":
		out := slices.Clone(args[0].([]any))
		slices.SortStableFunc(out, compare)
		return out
	case "keys":
		out := []any{}
		each(args[0], func(k, _ any) bool { out = append(out, k); return true })
		return out
	case "first", "last":
		list := args[0].([]any)
		switch {
		case len(list) == 0:
			return nil
		case name == "first":
			return list[0]
		}
		return list[len(list)-1]
	case "string":
		return textOf(args[0])
	case "int":
		switch v := args[0].(type) {
		case int64:
			return v
		case float64:
			t := math.Trunc(v)
			if !(t >= -(1<<63) && t < 1<<63) {
				panic(unexpected("int(%v)", v))
			}
			return int64(t)
		case string:
			n, err := strconv.ParseInt(strings.TrimSpace(v), 10, 64)
			if err != nil {
				panic(unexpected("int(%q)", v))
			}
			return n
		}
	case "float":
		switch v := args[0].(type) {
		case int64:
			return float64(v)
		case float64:
			return v
		case string:
			f, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
			if err != nil || math.IsInf(f, 0) || math.IsNaN(f) || strings.ContainsAny(v, "xX_") {
				panic(unexpected("float(%q)", v))
			}
			return f
		}
	case "seconds":
		return time.Duration(whole("*", args[0].(int64), int64(time.Second)))
	case "minutes":
		return time.Duration(whole("*", args[0].(int64), int64(time.Minute)))
	case "hours":
		return time.Duration(whole("*", args[0].(int64), int64(time.Hour)))
	case "days":
		return time.Duration(whole("*", args[0].(int64), int64(24*time.Hour)))
	}
	panic(fmt.Sprintf("%s(%T)", name, args[0]))
}

// mapKey is a key as JSON has it.
func mapKey(v any) string {
	if member, ok := v.(*dsl.EnumValue); ok {
		return member.JSON
	}
	return v.(string)
}

// months looks for the day that is so many months later, from the end of the month down.
func months(t time.Time, n int64) time.Time {
	t = t.UTC()
	at := int64(t.Year())*12 + int64(t.Month()) - 1
	if n > 200_000 || n < -200_000 || at+n < 0 || at+n >= 120_000 {
		panic(unexpected("%d months", n))
	}
	at += n
	for day := t.Day(); ; day-- {
		out := time.Date(int(at/12), time.Month(at%12+1), day, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
		if out.Day() == day {
			return out
		}
	}
}

// fixed rounds what a number reads like, halves away from zero, by exact fractions.
func fixed(x float64, digits int64) string {
	if digits < 0 || digits > 15 {
		panic(unexpected("%d digits", digits))
	}
	exact, _ := new(big.Rat).SetString(strconv.FormatFloat(x, 'f', -1, 64))
	text := exact.FloatString(int(digits)) // rounds halves away from zero
	if strings.Trim(text, "-0.") == "" {
		return strings.TrimPrefix(text, "-")
	}
	return text
}
