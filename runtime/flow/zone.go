package flow

import (
	"fmt"
	"time"
)

// Local gives what a clock on the wall shows in a time zone at a moment, as if it were UTC:
// its date, weekday and time of day are those of the place. The zone is a name of the IANA
// database, such as "Europe/Berlin". It is an error if nobody knows it.
func Local[T ~string](t time.Time, zone T) (time.Time, error) {
	loc, err := location(string(zone))
	if err != nil {
		return time.Time{}, err
	}
	return t.Add(offset(t, loc)), nil
}

// UTC gives the moment at which a clock on the wall shows a time in a time zone. Of the two
// moments of an hour that is repeated it is the first; a time that is left out, as clocks are
// put forward, counts from before that: half past two is half past three then.
func UTC[T ~string](local time.Time, zone T) (time.Time, error) {
	loc, err := location(string(zone))
	if err != nil {
		return time.Time{}, err
	}
	before := local.Add(-offset(local.Add(-24*time.Hour), loc))
	after := local.Add(-offset(local.Add(24*time.Hour), loc))
	for _, t := range []time.Time{before, after} {
		if t.Add(offset(t, loc)).Equal(local) {
			return moment(t), nil
		}
	}
	return moment(before), nil
}

func location(zone string) (*time.Location, error) {
	if zone == "" || zone == "Local" { // which Go takes for UTC and for what the machine is set to
		return nil, fmt.Errorf("%s is no time zone, such as \"Europe/Berlin\"", quote(zone))
	}
	loc, err := time.LoadLocation(zone)
	if err != nil {
		return nil, fmt.Errorf("%s is no time zone, such as \"Europe/Berlin\"", quote(zone))
	}
	return loc, nil
}

// offset is how far the clocks of a place are ahead of UTC at a moment.
func offset(t time.Time, loc *time.Location) time.Duration {
	_, seconds := t.In(loc).Zone()
	return time.Duration(seconds) * time.Second
}
