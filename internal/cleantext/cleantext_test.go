package cleantext

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestLine(t *testing.T) {
	for text, want := range map[string]string{
		"plain, ünïcödé, 寿司, 👩‍👧":   "plain, ünïcödé, 寿司, 👩‍👧",
		"\x1b[31mred\x1b[0m":        "�[31mred�[0m",
		"a\r\nb\tc":                 "a  b c",
		"pay \u202e001\u202c":       "pay �001�",
		"\u2066x\u2069\u200f":       "�x��",
		"\u009b2J\x7f\x00":          "�2J��",
		"a\ufeffb\u00adc\U000e0041": "a�b�c�",
		"not \xff UTF-8":            "not � UTF-8",
		"می\u200cخواهم":             "می\u200cخواهم",
	} {
		if got := Line(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if got := Text("a\n\tb\x1b"); got != "a\n\tb�" {
		t.Errorf("several lines: %q", got)
	}
}

func FuzzText(f *testing.F) {
	f.Add("\x1b]0;x\a\u202e\u009b\r")
	f.Fuzz(func(t *testing.T, s string) {
		text := Text(s)
		for _, r := range text {
			if r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
				t.Errorf("%q shows %U", s, r)
			}
		}
		if !utf8.ValidString(text) || strings.ContainsAny(Line(s), "\n\t") {
			t.Errorf("%q: %q", s, text)
		}
	})
}
