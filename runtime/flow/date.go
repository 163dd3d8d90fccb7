package flow

import "time"

// ParseTime is the time that a text tells: RFC 3339, or a date, which begins in UTC.
func ParseTime[T ~string](text T) time.Time {
	t, err := time.Parse(time.RFC3339, string(text))
	if err != nil {
		t, err = time.Parse(time.DateOnly, string(text))
	}
	if err != nil {
		fail("%s is no time, such as \"2026-01-31T12:00:00Z\" or \"2026-01-31\"", quote(string(text)))
	}
	return moment(t)
}

// ParseDuration is the length of time that a text tells, such as "1h30m0s".
func ParseDuration[T ~string](text T) Duration {
	var d Duration
	if err := d.UnmarshalText([]byte(text)); err != nil {
		fail("%v", err)
	}
	return d
}

// AddMonths is the same day and time of day n months later, the last day of a month that
// has no such day: one month after 31 January is 28 or 29 February.
func AddMonths(t time.Time, n int) time.Time { return addMonths(t, n, 1, "months") }

// AddYears is the same day and time of day n years later; 28 February for 29 February
// where there is none.
func AddYears(t time.Time, n int) time.Time { return addMonths(t, n, 12, "years") }

func addMonths(t time.Time, n, months int, unit string) time.Time {
	t = moment(t)
	// More than all years there are would not change what is said, but overflow.
	first := time.Date(t.Year(), t.Month()+time.Month(min(max(n, -200_000), 200_000)*months), 1, 0, 0, 0, 0, time.UTC)
	if y := first.Year(); y < 0 || y > 9999 {
		fail("%s and %d %s is beyond the year 9999 or before the year 0", timeText(t), n, unit)
	}
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(t.Day(), last)-1).Add(t.Sub(StartOfDay(t)))
}

// StartOfDay is midnight before a time, in UTC.
func StartOfDay(t time.Time) time.Time { return moment(t).Truncate(24 * time.Hour) }

// Weekday is the day of the week in UTC, from 0 for Sunday to 6 for Saturday.
func Weekday(t time.Time) int { return int(moment(t).Weekday()) }

// Format writes a time in UTC after one of Go's layouts.
func Format(t time.Time, layout string) string { return moment(t).Format(layout) }
