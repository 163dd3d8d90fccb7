package dsl

import (
	"fmt"
	"strings"
)

// reports are diagnostics under construction: their methods note, help, fix, edit and
// suggest add to one and return it.
type reports []*Diagnostic

// add reports a problem at a place.
func (r *reports) add(code Code, at Span, format string, args ...any) *Diagnostic {
	d := &Diagnostic{Code: code, Severity: Error, Span: at, Message: sentence(format, args)}
	*r = append(*r, d)
	return d
}

// list gives the diagnostics as they are handed out.
func (r reports) list() Diagnostics {
	ds := make(Diagnostics, len(r))
	for i, d := range r {
		ds[i] = *d
	}
	return ds
}

// note adds a fact with a place; a zero place is left out.
func (d *Diagnostic) note(at Span, format string, args ...any) *Diagnostic {
	d.Notes = append(d.Notes, Note{Span: at, Message: sentence(format, args)})
	return d
}

// help says what to write.
func (d *Diagnostic) help(format string, args ...any) *Diagnostic {
	d.Help = sentence(format, args)
	return d
}

// onFix, which tests set, is told of each fix where it is made.
var onFix func(*Fix)

// fix adds the edits that remove the problem.
func (d *Diagnostic) fix(message string, edits ...Edit) *Diagnostic {
	d.Fix = &Fix{Message: message, Edits: edits}
	if onFix != nil {
		onFix(d.Fix)
	}
	return d
}

// edit adds the fix of replacing what stands at a place.
func (d *Diagnostic) edit(at Span, text string, format string, args ...any) *Diagnostic {
	return d.fix(fmt.Sprintf(format, args...), Edit{at, text})
}

// suggest offers the near name in place of what is reported, if there is one.
func (d *Diagnostic) suggest(name string) *Diagnostic {
	if name == "" {
		return d
	}
	return d.help("did you mean `%s`?", name).edit(d.Span, name, "write `%s`", name)
}

// suggestName is suggest where names are the author's own: `orderA` is near `orderB`, and
// `cart` near `chart`, but only a slip of the keyboard is sure not to be meant. A name that
// begins with a capital is none of a variable.
func (d *Diagnostic) suggestName(written, name string) *Diagnostic {
	d.suggest(name)
	if !isSlip(written, name, 6) || isCapital(written) != isCapital(name) {
		d.Fix = nil
	}
	return d
}

// suggestWord is suggestName for a word of the language.
func (d *Diagnostic) suggestWord(written, word string) *Diagnostic {
	d.suggest(word)
	if !isSlip(written, word, 3) {
		d.Fix = nil
	}
	return d
}

// isSlip reports whether two names differ by the case of letters and underscores, by two
// letters in each other's place, or by one that is missing or too many between the first
// and the last, where so many of them are right or it is there twice.
func isSlip(written, meant string, letters int) bool {
	plain := func(s string) string { return strings.ToLower(strings.ReplaceAll(s, "_", "")) }
	a, b := plain(written), plain(meant)
	if len(a) > len(b) {
		a, b = b, a
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	switch len(b) - len(a) {
	case 0:
		return a == b || i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
	case 1:
		enough := len(a) >= letters || i > 0 && b[i] == b[i-1]
		return i > 0 && i < len(a) && enough && a[i:] == b[i+1:] && (b[i] < '0' || b[i] > '9')
	}
	return false
}

// sentence formats a message and turns "a" into "an" before quoted names that
// begin with a vowel.
func sentence(format string, args []any) string {
	text := fmt.Sprintf(format, args...)
	for from := 0; ; {
		i := strings.Index(text[from:], "a `")
		if i < 0 {
			return text
		}
		i += from
		from = i + len("a `")
		if (i == 0 || text[i-1] == ' ') && from < len(text) && strings.IndexByte("aeioAEIO", text[from]) >= 0 {
			text = text[:i] + "an" + text[i+1:]
			from++
		}
	}
}
