package flow

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/durablegen/durablegen/runtime/durable"
)

// outcome gives a value's text, or the message of the failure.
func outcome[T any](compute func() T) string {
	v, err := Eval("order.flow:1:2", compute)
	if err != nil {
		if e, ok := errors.AsType[*durable.UnexpectedError](err); ok {
			return "! " + e.Message
		}
		return "!! " + err.Error()
	}
	return Text(v)
}

func TestArithmeticFailsWhereAResultDoesNotFit(t *testing.T) {
	const big, small = math.MaxInt64, math.MinInt64
	for _, test := range []struct{ name, got, want string }{
		{"add", outcome(func() int { return Add(2, 3) }), "5"},
		{"add negative", outcome(func() int { return Add(2, -3) }), "-1"},
		{"add over", outcome(func() int { return Add(big, 1) }), "! 9223372036854775807 + 1 does not fit"},
		{"add under", outcome(func() int { return Add(small, -1) }), "! -9223372036854775808 + -1 does not fit"},
		{"sub", outcome(func() int { return Sub(2, 3) }), "-1"},
		{"sub over", outcome(func() int { return Sub(big, -1) }), "! 9223372036854775807 - -1 does not fit"},
		{"sub under", outcome(func() int { return Sub(small, 1) }), "! -9223372036854775808 - 1 does not fit"},
		{"sub smallest", outcome(func() int { return Sub(0, small) }), "! 0 - -9223372036854775808 does not fit"},
		{"mul", outcome(func() int { return Mul(-4, 3) }), "-12"},
		{"mul zero", outcome(func() int { return Mul(0, small) }), "0"},
		{"mul over", outcome(func() int { return Mul(big, 2) }), "! 9223372036854775807 * 2 does not fit"},
		{"mul smallest", outcome(func() int { return Mul(small, -1) }), "! -9223372036854775808 * -1 does not fit"},
		{"mul smallest turned", outcome(func() int { return Mul(-1, small) }), "! -1 * -9223372036854775808 does not fit"},
		{"mul to smallest", outcome(func() int { return Mul(small/2, 2) }), "-9223372036854775808"},
		{"div", outcome(func() int { return Div(-7, 2) }), "-3"},
		{"div zero", outcome(func() int { return Div(1, 0) }), "! division by zero: 1 / 0"},
		{"div smallest", outcome(func() int { return Div(small, -1) }), "! -9223372036854775808 / -1 does not fit"},
		{"rem", outcome(func() int { return Rem(-7, 2) }), "-1"},
		{"rem smallest", outcome(func() int { return Rem(small, -1) }), "0"},
		{"rem zero", outcome(func() int { return Rem(1, 0) }), "! division by zero: 1 % 0"},
		{"neg", outcome(func() int { return Neg(3) }), "-3"},
		{"neg smallest", outcome(func() int { return Neg(small) }), "! -(-9223372036854775808) does not fit"},
		{"abs", outcome(func() int { return Abs(-3) }), "3"},
		{"small ints", outcome(func() int8 { return Add(int8(100), 100) }), "! 100 + 100 does not fit"},
		{"small product", outcome(func() int8 { return Mul(int8(-128), -1) }), "! -128 * -1 does not fit"},
		{"unsigned", outcome(func() uint8 { return Sub(uint8(1), 2) }), "! 1 - 2 does not fit"},
		{"unsigned quotient", outcome(func() uint64 { return Div(uint64(6), 2) }), "3"},
		{"unsigned sum", outcome(func() uint64 { return Add(uint64(math.MaxUint64), 1) }), "! 18446744073709551615 + 1 does not fit"},
		{"float", outcome(func() float64 { return Div(1.0, 4) }), "0.25"},
		{"float over", outcome(func() float64 { return Mul(1e308, 10) }), "! 1e+308 * 10 is not a number that a float can hold"},
		{"float zero", outcome(func() float64 { return Div(1.0, 0) }), "! division by zero: 1 / 0"},
		{"sum", outcome(func() int { return Sum([]int{1, 2, 3}) }), "6"},
		{"sum of none", outcome(func() int { return Sum[int](nil) }), "0"},
		{"truncate", outcome(func() int { return Truncate(-2.9) }), "-2"},
		{"truncate over", outcome(func() int { return Truncate(1e19) }), "! 1e+19 does not fit into an int"},
		{"truncate edge", outcome(func() int { return Truncate(float64(1 << 63)) }), "! 9.223372036854776e+18 does not fit into an int"},
		{"parse", outcome(func() int { return ParseInt(" 42 ") }), "42"},
		{"parse wrong", outcome(func() int { return ParseInt("4.2") }), `! "4.2" is no int`},
		{"parse float", outcome(func() float64 { return ParseFloat("4.2") }), "4.2"},
		{"parse infinity", outcome(func() float64 { return ParseFloat("Inf") }), `! "Inf" is no float`},
		{"minutes", outcome(func() Duration { return Minutes(90) }), "1h30m0s"},
		{"half minutes", outcome(func() Duration { return Minutes(1.5) }), "1m30s"},
		{"days over", outcome(func() Duration { return Days(200000) }), "! 200000 days do not fit into a duration"},
		{"scale", outcome(func() Duration { return Scale(Seconds(10), 0.25) }), "2.5s"},
		{"unscale", outcome(func() Duration { return Unscale(Seconds(10), 4.0) }), "2.5s"},
		{"unscale zero", outcome(func() Duration { return Unscale(Seconds(10), 0.0) }), "! division by zero: 10s / 0"},
		{"index", outcome(func() int { return Index([]int{1, 2}, 1) }), "2"},
		{"index over", outcome(func() int { return Index([]int{1}, 1) }), "! index 1 is out of range: the list has 1 element"},
		{"index under", outcome(func() int { return Index([]int{1, 2}, -1) }), "! index -1 is out of range: the list has 2 elements"},
		{"slice", outcome(func() []int { return Slice([]int{1, 2, 3}, 1, 3) }), "[2,3]"},
		{"slice turned", outcome(func() []int { return Slice([]int{1, 2, 3}, 2, 1) }), "! slice [2:1] is out of range: the list has 3 elements"},
		{"panic", outcome(func() int { panic("boom") }), "! panic: boom"},
		{"nil map", outcome(func() int { var p *int; return *p }), "! panic: runtime error: invalid memory address or nil pointer dereference"},
	} {
		if test.got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, test.got, test.want)
		}
	}
}

func TestTimesStayWithinTheYearsThatJSONHas(t *testing.T) {
	at := time.Date(2026, 1, 31, 12, 0, 0, 1_999_999, time.FixedZone("CET", 3600))
	if got, want := Text(After(at, Minutes(1))), "2026-01-31T11:01:00.001Z"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := outcome(func() time.Time { return After(time.Date(9999, 12, 31, 23, 0, 0, 0, time.UTC), Hours(2)) }); !strings.HasPrefix(got, "! 9999-") {
		t.Errorf("beyond the year 9999: %s", got)
	}
	if got, want := Text(Between(at, Before(at, Seconds(2)))), "2.000999999s"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestEvalNamesThePlace(t *testing.T) {
	_, err := Eval("order.flow:57:9", func() int { return Div(1, 0) })
	if got, want := err.Error(), "order.flow:57:9: division by zero: 1 / 0"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestAppendSharesNothing(t *testing.T) {
	list := make([]int, 1, 10)
	a, b := Append(list, 1), Append(list, 2)
	if a[1] != 1 || b[1] != 2 {
		t.Errorf("two lists share their end: %v %v", a, b)
	}
}
