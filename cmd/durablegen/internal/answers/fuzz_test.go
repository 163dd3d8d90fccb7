package answers

import "testing"

// FuzzParse reads files of answers, with callbacks that are known and with any: what is
// wrong has its place in the text, and what is read can be used.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		`{"programs": {"big-boss": {"package": "./boss", "args": ["-x"], "env": {"A": "b"}}}, "answers": {"ask": {"program": "big-boss"}}}`,
		`{"answers": {"ask": [{"result": true, "after": "1d2h"}, {"failure": {"type": "Refused", "message": "no", "data": {"why": "late"}}}], "confirm": {"after": "20m"}}}`,
		`{"answers": {"ask again": {"silence": true}, "confirm": [], "asck": {}}}`,
		`{"answers": {"ask": {"after": "10000w10000w", "result": null}}}`,
		`[{}]`, `{"answers": [1], "programs": null}`, `{"programs": {"a-b": {}, "A_B": 1, "": {}}}`, ``,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, callbacks := range [][]Asked{nil, {}, known, functions} {
			a, problems := Parse(text, callbacks)
			if (a == nil) != (problems != nil) {
				t.Fatalf("answers %v and problems %v", a, problems)
			}
			for _, p := range problems {
				if p.Message == "" || p.Start < 0 || p.End < p.Start || p.Start > len(text) || p.End > len(text) {
					t.Errorf("%d-%d of %d: %q", p.Start, p.End, len(text), p.Message)
				}
			}
			if a == nil {
				continue
			}
			for name, all := range a.answers {
				for use := range len(all) + 2 {
					if x, _ := a.For(use, name); x.After < 0 {
						t.Errorf("%s is answered before it is asked, by %v", name, -x.After)
					}
				}
			}
		}
	})
}

// FuzzDuration reads durations; none is negative, however long it is written.
func FuzzDuration(f *testing.F) {
	for _, text := range []string{"20m", "1w2d3h", "10000w10000w", "9000w9223372036s", "106751d23h47m16s", "-1h", "", "1d1"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if d, err := Duration(text); d < 0 || err != nil && d != 0 {
			t.Errorf("%q is %v, %v", text, d, err)
		}
	})
}
