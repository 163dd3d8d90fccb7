// Package cleantext makes text from outside safe to show. A name, a message or a
// payload may hold what steers a terminal, such as escape sequences, and what makes
// text look like another one, such as signs that turn the direction of writing.
// Everything that is printed from data goes through here; only what programs read, such
// as a result on standard output, stays as it is.
package cleantext

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line gives a text as one line: white space that moves the cursor becomes a space,
// and all else that can't be seen becomes "�".
func Line(s string) string { return clean(s, "") }

// Text is Line for several lines: line ends and tabs stay.
func Text(s string) string { return clean(s, "\n\t") }

func clean(s, kept string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < ' ' && strings.ContainsRune(kept, r):
			return r
		case r == '\t' || r == '\n' || r == '\v' || r == '\f' || r == '\r' || r == '\u0085' || r == '\u2028' || r == '\u2029':
			return ' '
		case Hidden(r):
			return utf8.RuneError
		}
		return r
	}, s)
}

// Hidden reports whether a character has no picture of its own: controls, the signs of
// direction, tags and what Unicode leaves to private use. The joiners that scripts and
// emoji need are not among them.
func Hidden(r rune) bool {
	switch {
	case ' ' <= r && r <= '~', r == '\u200c', r == '\u200d':
		return false
	}
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp, unicode.Noncharacter_Code_Point)
}
