package words

import (
	"errors"
	"fmt"
	"math"
	"os"
	"testing"
	"time"
)

func TestList(t *testing.T) {
	for want, names := range map[string][]string{"none": nil, "`a`": {"a"}, "`a`, `b` and `c`": {"a", "b", "c"}} {
		if got := List(names); got != want {
			t.Errorf("%v: %s", names, got)
		}
	}
}

func TestNumbers(t *testing.T) {
	for got, want := range map[string]string{
		Count(1, "file"): "1 file", Count(0, "file"): "0 files", Count(2, "fix"): "2 fixes", Count(2, "retry"): "2 retries", Count(2, "day"): "2 days",
		Times(1): "once", Times(2): "twice", Times(3): "3 times",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 42 * time.Millisecond: "42ms", 1500 * time.Millisecond: "2s", 90 * time.Second: "1m30s", 50*time.Hour + time.Minute: "2d2h1m", -time.Hour: "-1h",
		math.MinInt64: "-106751d23h47m16s", math.MaxInt64: "106751d23h47m16s",
	} {
		if got := Duration(d); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
}

func TestSeconds(t *testing.T) {
	for n, want := range map[int]string{90: "1m30s", math.MaxInt64: "106751d23h47m16s", math.MinInt64: "-106751d23h47m16s"} {
		if got := Seconds(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}

func TestClock(t *testing.T) {
	now := time.Date(2026, 3, 1, 0, 30, 0, 0, time.UTC)
	for at, want := range map[time.Time]string{
		now.Add(time.Minute): "00:31:00", now.Add(-time.Hour): "2026-02-28 23:30:00",
		now.In(time.FixedZone("", -3600)): "00:30:00",
	} {
		if got := Clock(at, now); got != want {
			t.Errorf("%v: %s, want %s", at, got, want)
		}
	}
}

func TestError(t *testing.T) {
	for _, test := range []struct{ kind, message, data, want string }{
		{"E", "bad\n luck", "", "E: bad luck"}, {"E", "E: bad", "", "E: bad"}, {"E", "E", "", "E"}, {"E", "", `{"n":1}`, `E {"n":1}`}, {"E", "", "{}", "E"},
		{"", "bad", "", "bad"}, {"", "", "", ""},
	} {
		if got := Error(test.kind, test.message, test.data); got != test.want {
			t.Errorf("%q %q %q: %q, want %q", test.kind, test.message, test.data, got, test.want)
		}
	}
}

func TestCause(t *testing.T) {
	_, err := os.Open("there/is/none")
	if got := Cause(fmt.Errorf("open: %w", err)); got.Error() != "no such file or directory" {
		t.Errorf("of a file: %v", got)
	}
	err = os.Rename("there/is/none", "nowhere")
	if got := Cause(err); got.Error() != "no such file or directory" {
		t.Errorf("of a renaming: %v", got)
	}
	if err := errors.New("x"); Cause(err) != err {
		t.Error("another error is not itself")
	}
}
