package flow

import (
	"testing"
	"time"
	_ "time/tzdata"
)

// TestZones: clocks are put forward on 29 March 2026 at 01:00 UTC, and back on 25 October.
func TestZones(t *testing.T) {
	for _, c := range []struct{ zone, local, utc string }{
		{"Europe/Berlin", "2026-01-31T13:00:00Z", "2026-01-31T12:00:00Z"},
		{"Europe/Berlin", "2026-07-31T14:00:00Z", "2026-07-31T12:00:00Z"},
		{"Europe/Berlin", "2026-03-29T01:59:00Z", "2026-03-29T00:59:00Z"},
		{"Europe/Berlin", "2026-03-29T03:00:00Z", "2026-03-29T01:00:00Z"},
		{"Europe/Berlin", "2026-10-25T02:30:00Z", "2026-10-25T00:30:00Z"},
		{"Europe/Berlin", "2026-10-25T03:00:00Z", "2026-10-25T02:00:00Z"},
		{"America/New_York", "2026-01-31T23:00:00Z", "2026-02-01T04:00:00Z"},
		{"Australia/Lord_Howe", "2026-01-31T23:00:00Z", "2026-01-31T12:00:00Z"},
		{"Asia/Kathmandu", "2026-02-01T00:00:00Z", "2026-01-31T18:15:00Z"},
		{"UTC", "2026-02-01T00:00:00Z", "2026-02-01T00:00:00Z"},
	} {
		local, utc := ParseTime(c.local), ParseTime(c.utc)
		if got, err := Local(utc, c.zone); err != nil || !got.Equal(local) {
			t.Errorf("%s in %s is %v (%v), want %s", c.utc, c.zone, got, err, c.local)
		}
		if got, err := UTC(local, c.zone); err != nil || !got.Equal(utc) {
			t.Errorf("%s of %s is %v (%v), want %s", c.local, c.zone, got, err, c.utc)
		}
	}
	if got, err := UTC(ParseTime("2026-03-29T02:30:00Z"), "Europe/Berlin"); err != nil || !got.Equal(ParseTime("2026-03-29T01:30:00Z")) {
		t.Errorf("a time that is left out is %v (%v)", got, err)
	}
	if got, err := Local(ParseTime("2026-10-25T01:30:00Z"), "Europe/Berlin"); err != nil || !got.Equal(ParseTime("2026-10-25T02:30:00Z")) {
		t.Errorf("the second half past two is %v (%v)", got, err)
	}
	for _, zone := range []string{"", "Local", "Mars/Olympus", "../etc/passwd", "Europe"} {
		if _, err := Local(time.Now(), zone); err == nil {
			t.Errorf("%q is a zone", zone)
		}
		if _, err := UTC(time.Now(), zone); err == nil {
			t.Errorf("%q is a zone", zone)
		}
	}
}
