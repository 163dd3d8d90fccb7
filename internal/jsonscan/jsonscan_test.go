package jsonscan_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/durablegen/durablegen/internal/jsonscan"
)

// check reads one value.
func check(text string) error {
	s, err := jsonscan.New(text)
	if err != nil {
		return err
	}
	if _, err := s.Skip(); err != nil {
		return err
	}
	return s.End()
}

func TestWhatIsWrong(t *testing.T) {
	for text, want := range map[string]string{
		"":                       "not JSON: no value at byte 0",
		"{":                      "not JSON: no name of a field at byte 1",
		`{"a" 1}`:                "not JSON: no colon at byte 5",
		`{"a":1 "b":2}`:          "not JSON: no comma at byte 7",
		`[1 2]`:                  "not JSON: no comma at byte 3",
		`[1,]`:                   "not JSON: no value at byte 3",
		"1 2":                    "not JSON: more than one value at byte 2",
		"01":                     "not JSON: more than one value at byte 1",
		"-":                      "not JSON: a number without digits at byte 1",
		"1.":                     "not JSON: a number without digits behind its point at byte 2",
		"1e+":                    "not JSON: a number without an exponent at byte 3",
		`"a`:                     "not JSON: a string without end at byte 2",
		`"a\`:                    "not JSON: a string without end at byte 2",
		"\"a\nb\"":               "not JSON: a control character in a string at byte 2",
		`"\x"`:                   "not JSON: an unknown escape in a string at byte 1",
		`"\u12x4"`:               "not JSON: an escape without four hex digits at byte 1",
		`"a\ud83dx"`:             "not JSON: half of a surrogate pair at byte 2",
		`"\ude00"`:               "not JSON: half of a surrogate pair at byte 1",
		`"\ud83d\u0041"`:         "not JSON: half of a surrogate pair at byte 1",
		"\"a\xff\"":              "not JSON: a byte that is no UTF-8 at byte 2",
		"\"\uFFFD\xff\"":         "not JSON: a byte that is no UTF-8 at byte 4",
		"\x00":                   "not JSON: no value at byte 0",
		"tru":                    "not JSON: no value at byte 0",
		strings.Repeat("[", 2e3): "not JSON: too deep at byte 1001",
	} {
		if err := check(text); err == nil || err.Error() != want {
			t.Errorf("%.20q gave %v, want %s", text, err, want)
		}
	}
}

// What is read here is what encoding/json reads, and what that alters is refused.
func FuzzScanner(f *testing.F) {
	for _, text := range []string{
		`{"a":[1,-0.5e3,true,null,{"b\n":"\u00e9\ud83d\ude00\/"}]} `, `"\ud83d"`, "\"\xff\"", `[]`, `{}`, `"\u0000"`, "", "[[[", `{"a":1,"a":2}`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		err := check(text)
		if want := json.Valid([]byte(text)) && utf8.ValidString(text); err == nil && !want {
			t.Errorf("%q was read", text)
		} else if err != nil && want && !strings.Contains(err.Error(), "surrogate") && !strings.Contains(err.Error(), "deep") {
			t.Errorf("%q gave %v", text, err)
		}
		s, err := jsonscan.New(text)
		if err != nil || s.Next() != '"' {
			return
		}
		if got, err := s.Text(); err == nil && s.End() == nil {
			var want string
			if err := json.Unmarshal([]byte(text), &want); err != nil || got != want {
				t.Errorf("%q gave %q, want %q, %v", text, got, want, err)
			}
		}
	})
}
