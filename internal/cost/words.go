package cost

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/durablegen/durablegen/internal/words"
)

const without = "no bound"

// count is a number of things.
func count(x float64) string {
	switch {
	case math.IsInf(x, 1):
		return without
	case x == math.Trunc(x) || x >= 1000:
		return grouped(math.Round(x))
	}
	return strings.TrimSuffix(strconv.FormatFloat(x, 'f', 1, 64), ".0")
}

// grouped writes a whole number with commas.
func grouped(x float64) string {
	digits := strconv.FormatFloat(x, 'f', 0, 64)
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}

// size is a number of bytes.
func size(x float64) string {
	switch {
	case math.IsInf(x, 1):
		return without
	case x < 1<<10:
		return fmt.Sprintf("%.0f B", x)
	case x < 1<<20:
		return fmt.Sprintf("%.1f KB", x/(1<<10))
	case x < 1<<30:
		return fmt.Sprintf("%.1f MB", x/(1<<20))
	}
	return fmt.Sprintf("%.1f GB", x/(1<<30))
}

// long is a time.
func long(seconds float64) string {
	switch {
	case math.IsInf(seconds, 1) || seconds > yearLimit*100:
		return without
	case seconds < 1:
		return words.Duration(secondsOf(seconds).Round(time.Millisecond))
	}
	return words.Duration(secondsOf(seconds).Round(time.Second))
}

func secondsOf(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }

// Dollars is an amount of money, with two digits that count.
func Dollars(x float64) string {
	switch abs := math.Abs(x); {
	case math.IsInf(x, 0):
		return without
	case abs >= 1000:
		return sign(x) + "$" + grouped(math.Round(abs))
	case abs >= 1:
		return sign(x) + fmt.Sprintf("$%.2f", abs)
	case abs == 0:
		return "$0"
	default:
		digits := 1 - int(math.Floor(math.Log10(abs)))
		return sign(x) + fmt.Sprintf("$%.*f", digits, abs)
	}
}

func sign(x float64) string {
	if x < 0 {
		return "-"
	}
	return ""
}

// text is a value of the unit.
func (u Unit) text(x float64) string { return [...]func(float64) string{count, size, long}[u](x) }
