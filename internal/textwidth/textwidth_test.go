package textwidth

import (
	"strings"
	"testing"
)

func TestOf(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, "abc": 3, "é": 1, "e\u0301": 1, "寿司": 4, "ｱ": 1, "한": 2, "👩‍👩‍👧": 2, "🇩🇪": 2, "✓": 1, "…": 1, "a\u200db": 2,
	} {
		if got := Of(text); got != want {
			t.Errorf("%q takes %d columns, want %d", text, got, want)
		}
		columns := 0
		var back strings.Builder
		for rest := text; rest != ""; {
			character, after, width := Next(rest)
			back.WriteString(character)
			rest, columns = after, columns+width
		}
		if columns != want || back.String() != text {
			t.Errorf("%q character by character: %q with %d columns", text, back.String(), columns)
		}
	}
}

func TestCut(t *testing.T) {
	for _, test := range []struct {
		text    string
		columns int
		want    string
	}{
		{"abc", 3, "abc"}, {"abcd", 3, "ab…"}, {"寿司屋", 6, "寿司屋"}, {"寿司屋", 5, "寿司…"}, {"寿司屋", 4, "寿…"},
		{"e\u0301e\u0301e\u0301", 2, "e\u0301…"}, {"👩‍👩‍👧x👩‍👩‍👧", 4, "👩‍👩‍👧x…"},
	} {
		if got := Cut(test.text, test.columns); got != test.want {
			t.Errorf("%q in %d columns: %q, want %q", test.text, test.columns, got, test.want)
		}
	}
}
