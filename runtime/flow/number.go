package flow

import (
	"math"
	"math/big"
	"reflect"
	"strconv"
	"strings"
)

// Number is what can be computed with: int, float and duration, and Go types based
// on numbers.
type Number interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~float32 | ~float64
}

// isFloat reports whether T has fractions.
func isFloat[T Number]() bool {
	one := T(1)
	return one/2 != 0
}

// finite gives back a float, and fails for infinities and what is no number.
func finite[T Number](x T, op string, a, b T) T {
	if f := float64(x); math.IsInf(f, 0) || math.IsNaN(f) {
		fail("%v %s %v is not a number that a float can hold", a, op, b)
	}
	return x
}

func overflow[T Number](op string, a, b T) {
	fail("%v %s %v does not fit", a, op, b)
}

// Add is a + b.
func Add[T Number](a, b T) T {
	sum := a + b
	if isFloat[T]() {
		return finite(sum, "+", a, b)
	}
	if b >= 0 && sum < a || b < 0 && sum > a {
		overflow("+", a, b)
	}
	return sum
}

// Sub is a - b.
func Sub[T Number](a, b T) T {
	diff := a - b
	if isFloat[T]() {
		return finite(diff, "-", a, b)
	}
	if b >= 0 && diff > a || b < 0 && diff < a {
		overflow("-", a, b)
	}
	return diff
}

// Mul is a * b. A float's product is rounded before anything is added to it, so
// that all processors agree.
func Mul[T Number](a, b T) T {
	product := T(a * b)
	if isFloat[T]() {
		return finite(product, "*", a, b)
	}
	if a != 0 && (product/a != b || a == negative[T]() && b == smallest[T]() || b == negative[T]() && a == smallest[T]()) {
		overflow("*", a, b)
	}
	return product
}

// Div is a / b; of ints without the fraction.
func Div[T Number](a, b T) T {
	if b == 0 {
		fail("division by zero: %v / 0", a)
	}
	if isFloat[T]() {
		return finite(a/b, "/", a, b)
	}
	if b == negative[T]() && a == smallest[T]() {
		overflow("/", a, b)
	}
	return a / b
}

// Rem is a % b, which has the sign of a.
func Rem[T Number](a, b T) T {
	if b == 0 {
		fail("division by zero: %v %% 0", a)
	}
	if b == negative[T]() {
		return 0
	}
	return a - a/b*b
}

// Neg is -x.
func Neg[T Number](x T) T {
	if !isFloat[T]() && x != 0 && -x == x || unsigned[T]() && x != 0 {
		fail("-(%v) does not fit", x)
	}
	return -x
}

// Abs is x without its sign.
func Abs[T Number](x T) T {
	if x < 0 {
		return Neg(x)
	}
	return x
}

func unsigned[T Number]() bool {
	zero := T(0)
	return zero-1 > 0
}

// negative is -1; no number that Div and Mul have to look at if T has no signs.
func negative[T Number]() T {
	if unsigned[T]() || isFloat[T]() {
		return 0
	}
	zero := T(0)
	return zero - 1
}

// smallest is the int that has no counterpart with the other sign.
func smallest[T Number]() T {
	if isFloat[T]() {
		return 0
	}
	x := T(1)
	for x > 0 {
		next := x * 2
		if next == 0 {
			return 0 // T has no signs
		}
		x = next
	}
	return x
}

// Sum adds up a list; 0 if it is empty.
func Sum[T Number](list []T) T {
	var sum T
	for _, x := range list {
		sum = Add(sum, x)
	}
	return sum
}

// Truncate is a float without its fraction.
func Truncate[T ~float32 | ~float64](x T) int {
	t := math.Trunc(float64(x))
	if !(t >= -(1<<63) && t < 1<<63) {
		fail("%v does not fit into an int", x)
	}
	return int(t)
}

// ToInt is a whole number without sign as an int.
func ToInt[T ~uint | ~uint64](x T) int {
	if uint64(x) > math.MaxInt64 {
		fail("%d does not fit into an int", x)
	}
	return int(x)
}

// Fixed writes a number with so many digits behind the point. The number is rounded as it
// reads, halves away from zero: with two digits 1.005 is 1.01 and -0.125 is -0.13.
func Fixed[T ~float32 | ~float64](x T, digits int) string {
	if digits < 0 || digits > 15 {
		fail("%d digits behind the point; 0 to 15 are possible", digits)
	}
	text := strconv.FormatFloat(math.Abs(float64(x)), 'f', -1, reflect.TypeFor[T]().Bits())
	whole, fraction, _ := strings.Cut(text, ".")
	up := len(fraction) > digits && fraction[digits] >= '5'
	fraction = (fraction + strings.Repeat("0", digits))[:digits]
	n, _ := new(big.Int).SetString(whole+fraction, 10)
	if up {
		n.Add(n, big.NewInt(1))
	}
	sign := ""
	if x < 0 && n.Sign() != 0 {
		sign = "-"
	}
	text = n.String()
	if digits == 0 {
		return sign + text
	}
	text = strings.Repeat("0", max(0, digits+1-len(text))) + text
	return sign + text[:len(text)-digits] + "." + text[len(text)-digits:]
}

// Round is the number that [Fixed] writes.
func Round[T ~float32 | ~float64](x T, digits int) T {
	f, _ := strconv.ParseFloat(Fixed(x, digits), 64)
	return T(f)
}

// ParseInt is the number that a text is: digits, with a sign or without.
func ParseInt[T ~string](text T) int {
	n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	if err != nil {
		fail("%s is no int", quote(string(text)))
	}
	return int(n)
}

// ParseFloat is the number that a text is.
func ParseFloat[T ~string](text T) float64 {
	s := strings.TrimSpace(string(text))
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) || strings.ContainsAny(s, "xX_") {
		fail("%s is no float", quote(string(text)))
	}
	return f
}

// quote shows a text in a message, cut where it is long.
func quote(s string) string {
	if len(s) > 60 {
		s = s[:60] + "…"
	}
	return strconv.Quote(s)
}
