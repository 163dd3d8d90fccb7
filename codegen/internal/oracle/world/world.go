// Package world is the outside of random programs: what their steps, callbacks and
// functions do, as pure functions of a seed, a name, the arguments and the number of
// the attempt. The programs under test and the reference interpreter both ask it.
package world

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// Reply is what one attempt of a step, or one invocation, does.
type Reply struct {
	Value json.RawMessage // its result, if Error is empty
	Error string          // the type of a declared error; "plain", "panic" or "slow"
	Code  int             // the data of the error Bad
	After *time.Duration  // when the failure says to try again; nil if it does not
}

// The ways to fail that are no declared errors.
const (
	Plain = "plain"
	Panic = "panic"
	Slow  = "slow" // until its time-out
)

func source(parts ...any) *rand.Rand {
	h := fnv.New64a()
	fmt.Fprintln(h, parts...)
	return rand.New(rand.NewPCG(h.Sum64(), 7))
}

// Step says what an attempt of a step does. fails are the errors that it declares,
// result is its type; calm steps seldom fail.
func Step(seed uint64, name, result string, fails []string, timed, calm bool, args string, attempt int) Reply {
	r := source(seed, name, args)
	code := r.IntN(5)
	luck, after := r.IntN(100), 1+r.IntN(3)
	switch {
	case calm && seed%5 != 4:
		luck -= 22
	case seed%3 == 0 && luck >= 86, seed%3 == 1 && luck > 68:
		luck -= 18 // few failures: such executions come further
	}
	failing := func(kind string) Reply {
		reply := Reply{Error: kind, Code: code}
		if code == 3 && kind != Panic && kind != Slow {
			after := time.Duration(luck%4) * 45 * time.Second
			reply.After = &after
		}
		return reply
	}
	switch {
	case name == "once" && luck >= 50 && luck < 68:
		return failing(Slow)
	case strings.HasPrefix(name, "broken"): // a step for edits of what it fails with
		return failing(fails[0])
	case luck < 68:
	case luck < 74 && attempt <= after:
		return failing(Plain)
	case luck < 76 && attempt <= after:
		return failing(Panic)
	case luck >= 76 && luck < 79 && timed && attempt <= after:
		return failing(Slow)
	case luck >= 79 && luck < 84:
		return failing(Plain)
	case luck >= 84 && luck < 86:
		return failing("Worse") // whether it is declared or not
	case luck >= 86 && luck < 90 && len(fails) > 0 && attempt <= after:
		return failing(fails[r.IntN(len(fails))])
	case luck >= 90 && len(fails) > 0:
		return failing(fails[r.IntN(len(fails))])
	}
	return Reply{Value: Value(source(seed, name, args, attempt), result)}
}

// Answer is what the outside does about a callback: it gives a value, fails or keeps
// silent.
type Answer struct {
	Reply
	Silent bool
	After  time.Duration
}

// Callback says what becomes of the callbacks of a name.
func Callback(seed uint64, name string) Answer {
	r := source(seed, "callback", name)
	a := Answer{After: time.Duration(r.IntN(25)*2) * time.Minute}
	result := "Kind"
	if strings.HasPrefix(name, "tell") {
		result = "none"
	}
	switch luck := r.IntN(100); {
	case luck < 60:
		a.Value = Value(r, result)
	case luck < 80:
		a.Silent = true
	case luck < 92:
		a.Error = "Worse"
	case luck < 96:
		a.Error, a.Code = "Bad", r.IntN(5)
	default:
		a.Error = Plain
	}
	return a
}

// Invoke says what the function remote does with its input.
func Invoke(seed uint64, input string) Reply {
	r := source(seed, "remote", input)
	switch luck := r.IntN(100); {
	case luck < 75:
		return Reply{Value: Value(r, "Item")}
	case luck < 88:
		return Reply{Error: "Bad", Code: r.IntN(5)}
	case luck < 92:
		return Reply{Error: "Worse"}
	}
	return Reply{Error: Plain}
}

// Value makes the JSON of a value of a type.
func Value(r *rand.Rand, typ string) json.RawMessage {
	text, err := json.Marshal(value(r, typ, 0))
	if err != nil {
		panic(err)
	}
	return text
}

func value(r *rand.Rand, typ string, depth int) any {
	if elem, ok := strings.CutSuffix(typ, "?"); ok {
		if r.IntN(3) == 0 {
			return nil
		}
		return value(r, elem, depth)
	}
	if elem, ok := strings.CutPrefix(typ, "[]"); ok {
		list := []any{}
		for range r.IntN(4) {
			list = append(list, value(r, elem, depth+1))
		}
		return list
	}
	switch typ {
	case "", "none":
		return nil
	case "int":
		switch r.IntN(30) {
		case 0:
			return int64(9223372036854775807)
		case 1:
			return int64(-9223372036854775808)
		}
		return r.IntN(12) - 2
	case "float":
		return []float64{0, 0.5, -1.25, 3, 1e21, 1e-7, 123456789.25, 0.1, 1.7e308}[r.IntN(9)]
	case "bool":
		return r.IntN(2) == 0
	case "string":
		return []string{"a", "b", "c", "", "x{y}", "größer", "7", "a,b", "<&>", "q\"\\\n"}[r.IntN(10)]
	case "Kind":
		return []string{"small", "L", "huge"}[r.IntN(3)]
	case "time":
		return fmt.Sprintf("2020-01-%02dT%02d:00:00.%03dZ", 1+r.IntN(28), r.IntN(24), r.IntN(1000))
	case "duration":
		return (time.Duration(1+r.IntN(60)) * 90 * time.Second).String()
	case "map[string]int":
		m := map[string]any{}
		for range r.IntN(4) {
			m[value(r, "string", depth).(string)] = r.IntN(9)
		}
		return m
	case "Part":
		m := map[string]any{"id": "p" + strconv.Itoa(r.IntN(9)), "price": value(r, "float", depth)}
		return m
	case "Item":
		m := map[string]any{"name": value(r, "string", depth), "n": value(r, "int", depth), "kind": value(r, "Kind", depth),
			"at": value(r, "time", depth), "pause": value(r, "duration", depth), "parts": value(r, "[]Part", depth)}
		if r.IntN(2) == 0 {
			m["tag"] = value(r, "string", depth)
		}
		return m
	}
	if strings.HasPrefix(typ, "Extra") { // see the edits of types
		return map[string]any{"a": value(r, "int", depth), "b": value(r, "string", depth), "size": "big"}
	}
	panic("no value of type " + typ)
}
