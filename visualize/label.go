package visualize

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/durablegen/durablegen/internal/cleantext"
	"github.com/durablegen/durablegen/internal/textwidth"
)

// Text in a diagram passes two hands: lines makes it fit, escape makes it safe.

// lines breaks text into at most max lines of about width columns, at spaces where
// there are some. What does not fit is cut, and ends in an ellipsis.
func lines(text string, width, max int) []string {
	var out []string
	var line strings.Builder
	used := 0
	flush := func() {
		out = append(out, strings.TrimSpace(line.String()))
		line.Reset()
		used = 0
	}
	for _, word := range strings.Fields(printable(text)) {
		w := textwidth.Of(word)
		if used > 0 && used+1+w > width {
			flush()
		}
		if used > 0 {
			line.WriteByte(' ')
			used++
		}
		for word != "" {
			// A word that is longer than a line is broken before a dot or a bracket,
			// else wherever the line is full.
			character, rest, c := textwidth.Next(word)
			if used+c > width+8 || used > width && strings.Contains(".([{&|", character) || used+c > width && c == 2 {
				flush()
			}
			line.WriteString(character)
			used += c
			word = rest
		}
		if len(out) > max {
			break
		}
	}
	if used > 0 {
		flush()
	}
	if len(out) > max {
		out = out[:max]
		last := []rune(out[max-1])
		if len(last) > width-1 {
			last = last[:width-1]
		}
		text := string(last)
		if i := strings.LastIndexByte(text, ' '); i > width/2 {
			text = text[:i]
		}
		out[max-1] = strings.TrimRight(text, " .,") + "…"
	}
	return out
}

// printable drops what has no picture of its own.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, cleantext.Line(text))
}

// escape writes text so that Mermaid shows it as it is: letters, digits and the
// plainest punctuation stand for themselves, all else is a character reference.
// That keeps out quotes, brackets, HTML, Markdown, comments, directives, icons and
// formulas, none of which can be written without what is replaced here.
func escape(text string) string {
	var b strings.Builder
	var before rune
	for i, r := range text {
		if joins(before, r) {
			b.WriteString("#8203;")
		}
		if safe(r, before, i, text) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "#%d;", r)
		}
		before = r
	}
	return b.String()
}

func safe(r, before rune, i int, text string) bool {
	switch {
	case r < 0x80:
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
			return true
		case r == ' ':
			// "direction LR" is a statement to Mermaid, even within quotes.
			return !strings.HasSuffix(text[:i], "direction")
		case r == ',':
			return true
		case r == '/':
			return before != '/' // a scheme's slashes begin a link
		case r == '.':
			// "1. " begins a Markdown list, "www." a link.
			return !digits(text[:i]) && !strings.HasSuffix(strings.ToLower(text[:i]), "www")
		case r == '(' || r == ')':
			return !digits(text[:i])
		}
		return false
	case r == 'ﬂ' || r == '°' || r == '¶' || r == 'ß':
		return false // by which Mermaid itself marks references
	}
	return unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsNumber(r) || r == '×' || r == '…' || strings.ContainsRune("·↩✗↯→↻✓⏳○†", r) || r >= 0x1F000 || r == 0x200D || r == 0xFE0F
}

// joins reports whether Mermaid takes two characters for more than themselves even
// when they are references: a line end, an icon, a formula, a reference. A space
// of no width then stands between them.
func joins(a, b rune) bool {
	return a == '\\' || a == '$' && b == '$' || a == ':' && b == 'f' || a == 'ﬂ' || a == '¶'
}

func digits(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}
