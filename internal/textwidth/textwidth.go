// Package textwidth tells how many columns text takes in a terminal, by the rules of
// Unicode for what is one character to a reader: a letter with its accents, a flag, a
// family of emoji.
package textwidth

import "github.com/rivo/uniseg"

// Of gives the columns that a text takes on one line. Control characters take none.
func Of(s string) int { return uniseg.StringWidth(s) }

// Next splits the first character, as a reader sees it, from a text. It gives the
// columns that the character takes.
func Next(s string) (character, rest string, columns int) {
	if s != "" && s[0] < 0x80 && (len(s) == 1 || s[1] < 0x80) && s[0] != '\r' { // ASCII is quick
		if s[0] >= ' ' && s[0] != 0x7f {
			columns = 1
		}
		return s[:1], s[1:], columns
	}
	character, rest, columns, _ = uniseg.FirstGraphemeClusterInString(s, -1)
	return character, rest, columns
}

// Cut shortens a text that takes more than a number of columns; it then ends in "…",
// which is among them.
func Cut(s string, columns int) string {
	used, keep := 0, 0 // keep is what fits with the ellipsis behind it
	for rest := s; rest != ""; {
		_, after, width := Next(rest)
		used += width
		if used > columns {
			return s[:keep] + "…"
		}
		rest = after
		if used < columns {
			keep = len(s) - len(rest)
		}
	}
	return s
}
