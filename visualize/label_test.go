package visualize

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/durablegen/durablegen/internal/textwidth"
)

func TestLines(t *testing.T) {
	tests := []struct {
		text       string
		width, max int
		want       string
	}{
		{"short", 10, 2, "short"},
		{"two words here", 9, 2, "two words|here"},
		{"one two three four five", 9, 2, "one two|three…"},
		{"tab\tand\nline", 20, 2, "tab and line"},
		{"注文を受け付けて", 8, 3, "注文を受|け付けて"},
		{"order.items.first.price.amount.total.cents", 14, 4, "order.items.first|.price.amount.total|.cents"},
		{"hidden\u202etext\u0000", 20, 1, "hiddentext"},
		{"", 10, 2, ""},
	}
	for _, test := range tests {
		if got := strings.Join(lines(test.text, test.width, test.max), "|"); got != test.want {
			t.Errorf("lines(%q, %d, %d) = %q, want %q", test.text, test.width, test.max, got, test.want)
		}
	}
}

func FuzzLabel(f *testing.F) {
	f.Add("a \"b\" <c> #35; ﬂ°°35¶ß %%{init}%% 1. x")
	f.Fuzz(func(t *testing.T, text string) {
		cut := lines(text, 30, 3)
		if len(cut) > 3 {
			t.Errorf("%q has %d lines", text, len(cut))
		}
		for _, l := range cut {
			if textwidth.Of(l) > 40 {
				t.Errorf("%q has a line of %d columns", text, textwidth.Of(l))
			}
		}
		safe := escape(text)
		if !utf8.ValidString(safe) || strings.ContainsAny(safe, "\"'`<>[]{}|\\\n\r%&*_~$:@") {
			t.Errorf("%q is escaped as %q", text, safe)
		}
	})
}
