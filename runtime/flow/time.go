package flow

import (
	"fmt"
	"math"
	"time"
)

// Duration is a length of time. Its JSON is text, such as "1h30m0s".
type Duration time.Duration

// String gives the duration as Go writes it.
func (d Duration) String() string { return time.Duration(d).String() }

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("%s is no duration, such as \"1h30m0s\"", quote(string(text)))
	}
	*d = Duration(v)
	return nil
}

// Seconds is a duration of n seconds.
func Seconds[T Number](n T) Duration { return units(n, time.Second, "seconds") }

// Minutes is a duration of n minutes.
func Minutes[T Number](n T) Duration { return units(n, time.Minute, "minutes") }

// Hours is a duration of n hours.
func Hours[T Number](n T) Duration { return units(n, time.Hour, "hours") }

// Days is a duration of n days of 24 hours.
func Days[T Number](n T) Duration { return units(n, 24*time.Hour, "days") }

// Limit gives a time limit that was computed to a spec, in which zero means that there is
// none: zero becomes negative, which is refused.
func Limit(d Duration) time.Duration {
	if d == 0 {
		return -1
	}
	return time.Duration(d)
}

// Times gives a number of retries or checks that was computed to a spec, as [Limit] does.
func Times(n int) int {
	if n == 0 {
		return -1
	}
	return n
}

// Factor gives a factor of delays that was computed to a spec, as [Limit] does.
func Factor[T Number](f T) float64 {
	if f == 0 {
		return -1
	}
	return float64(f)
}

func units[T Number](n T, unit time.Duration, name string) Duration {
	if isFloat[T]() {
		return fromFloat(float64(n)*float64(unit), "%v %s do not fit into a duration", n, name)
	}
	d := int64(n) * int64(unit)
	if d/int64(unit) != int64(n) || n > 0 && d < 0 {
		fail("%v %s do not fit into a duration", n, name)
	}
	return Duration(d)
}

// fromFloat rounds a number of nanoseconds towards zero.
func fromFloat(ns float64, message string, args ...any) Duration {
	if !(math.Abs(ns) < 1<<63) {
		fail(message, args...)
	}
	return Duration(ns)
}

// Scale is d * f.
func Scale[T ~float32 | ~float64](d Duration, f T) Duration {
	return fromFloat(float64(d)*float64(f), "%v * %v does not fit into a duration", d, f)
}

// Unscale is d / f.
func Unscale[T ~float32 | ~float64](d Duration, f T) Duration {
	if f == 0 {
		fail("division by zero: %v / 0", d)
	}
	return fromFloat(float64(d)/float64(f), "%v / %v does not fit into a duration", d, f)
}

// After is t + d.
func After(t time.Time, d Duration) time.Time { return inRange(t.Add(time.Duration(d)), t, "+", d) }

// Before is t - d.
func Before(t time.Time, d Duration) time.Time {
	if d == math.MinInt64 {
		fail("-(%v) does not fit", d)
	}
	return inRange(t.Add(-time.Duration(d)), t, "-", d)
}

// inRange fails for times whose text has no place for their year, and keeps whole
// milliseconds.
func inRange(t, from time.Time, op string, d Duration) time.Time {
	t = moment(t)
	if y := t.Year(); y < 0 || y > 9999 {
		fail("%s %s %v is beyond the year 9999 or before the year 0", timeText(from), op, d)
	}
	return t
}

// Between is a - b.
func Between(a, b time.Time) Duration {
	d := a.Sub(b)
	if d == math.MaxInt64 || d == math.MinInt64 {
		fail("%s - %s does not fit into a duration", timeText(a), timeText(b))
	}
	return Duration(d)
}

// moment makes a time of the language: UTC, whole milliseconds.
func moment(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

const timeLayout = "2006-01-02T15:04:05.000Z"

func timeText(t time.Time) string { return moment(t).Format(timeLayout) }
