package wire

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"time"
)

// Time is a moment in whole milliseconds since the Unix epoch; the zero value
// means "not set". It encodes as a millisecond number, as in the invocation
// envelope, and decodes an RFC 3339 text, a millisecond number (from 1e11 on) or
// a number of seconds, which may have a fraction.
type Time int64

// TimeOf gives the moment t, rounded down to milliseconds.
func TimeOf(t time.Time) Time {
	if t.IsZero() {
		return 0
	}
	return Time(t.UnixMilli())
}

// Go gives the moment in UTC; the zero time.Time if t is not set.
func (t Time) Go() time.Time {
	if t == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(t)).UTC()
}

// MarshalJSON implements json.Marshaler.
func (t Time) MarshalJSON() ([]byte, error) {
	return strconv.AppendInt(nil, int64(t), 10), nil
}

// UnmarshalJSON implements json.Unmarshaler.
func (t *Time) UnmarshalJSON(b []byte) error {
	b = bytes.TrimSpace(b)
	if bytes.Equal(b, []byte("null")) {
		*t = 0
		return nil
	}
	if len(b) > 1 && b[0] == '"' {
		v, err := time.Parse(time.RFC3339Nano, string(b[1:len(b)-1]))
		if err != nil {
			return fmt.Errorf("wire: timestamp %s is not RFC 3339", b)
		}
		*t = TimeOf(v)
		return nil
	}
	f, err := strconv.ParseFloat(string(b), 64)
	if err != nil || math.IsNaN(f) || math.Abs(f) > 1e15 {
		return fmt.Errorf("wire: timestamp %s is neither a number nor a text", b)
	}
	if math.Abs(f) < 1e11 {
		f *= 1000
	}
	*t = Time(math.Round(f))
	return nil
}

// Seconds is a moment like Time that encodes as a number of seconds, with a
// fraction where there is one, as in the bodies of the API's responses.
type Seconds Time

// MarshalJSON implements json.Marshaler.
func (s Seconds) MarshalJSON() ([]byte, error) { return s.AppendJSON(nil), nil }

// AppendJSON appends the JSON form to b.
func (s Seconds) AppendJSON(b []byte) []byte {
	if s < 0 {
		return strconv.AppendFloat(b, float64(s)/1000, 'f', -1, 64)
	}
	b = strconv.AppendInt(b, int64(s)/1000, 10)
	ms := int64(s) % 1000
	if ms == 0 {
		return b
	}
	b = append(b, '.', byte('0'+ms/100), byte('0'+ms/10%10), byte('0'+ms%10))
	return bytes.TrimRight(b, "0")
}

// UnmarshalJSON implements json.Unmarshaler; it takes what Time takes.
func (s *Seconds) UnmarshalJSON(b []byte) error { return (*Time)(s).UnmarshalJSON(b) }

// Go gives the moment in UTC; the zero time.Time if s is not set.
func (s Seconds) Go() time.Time { return Time(s).Go() }
