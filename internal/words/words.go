// Package words says small things in English, the same way everywhere: how long, how
// many, which ones, when, and what an error is.
package words

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"strings"
	"time"
)

// List gives names as a sentence has them: "`a`, `b` and `c`"; "none" of none.
func List(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = "`" + n + "`"
	}
	switch len(quoted) {
	case 0:
		return "none"
	case 1:
		return quoted[0]
	}
	return strings.Join(quoted[:len(quoted)-1], ", ") + " and " + quoted[len(quoted)-1]
}

// Count gives "1 file", "2 files", "2 fixes", "3 retries".
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	switch {
	case strings.HasSuffix(noun, "x"):
		noun += "e"
	case strings.HasSuffix(noun, "ry"):
		noun = noun[:len(noun)-1] + "ie"
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// Times gives "once", "twice", "3 times".
func Times(n int) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return fmt.Sprintf("%d times", n)
}

// Duration writes a duration as the language does: "0s", "1m30s", "2h", "3d4h". Below
// a second it is to the millisecond, above in seconds.
func Duration(d time.Duration) string {
	if d < 0 {
		return "-" + Duration(-max(d, -math.MaxInt64)) // the smallest has no counterpart
	}
	if d < time.Second {
		return d.Round(time.Millisecond).String()
	}
	d = d.Round(time.Second)
	var b strings.Builder
	for _, unit := range []struct {
		size time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}} {
		if n := d / unit.size; n > 0 {
			fmt.Fprintf(&b, "%d%s", n, unit.name)
			d -= n * unit.size
		}
	}
	return b.String()
}

// Seconds is Duration of whole seconds, at most as many as a duration has.
func Seconds(n int) string {
	const most = int(math.MaxInt64 / time.Second)
	return Duration(time.Duration(max(-most, min(n, most))) * time.Second)
}

// Clock gives a time of day in UTC, with the day if it is another one than now's.
func Clock(t, now time.Time) string {
	t, now = t.UTC(), now.UTC()
	if t.Format(time.DateOnly) == now.Format(time.DateOnly) {
		return t.Format(time.TimeOnly)
	}
	return t.Format(time.DateTime)
}

// Error gives type and message of a failure in one line. Messages of declared errors
// begin with their type: it is not said twice. data, a JSON object, stands in for a
// message that is missing.
func Error(kind, message, data string) string {
	message = strings.Join(strings.Fields(message), " ")
	switch {
	case message == "" && data != "" && data != "{}":
		return strings.TrimSpace(kind + " " + data)
	case message == "" || message == kind || kind == "" || strings.HasPrefix(message, kind+": "):
		return cmp.Or(message, kind)
	}
	return kind + ": " + message
}

// Cause strips from an error the operation and the path, which the message around it
// names already.
func Cause(err error) error {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
}

// FirstLine gives a text up to its first line end.
func FirstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
