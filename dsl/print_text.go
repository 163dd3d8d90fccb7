package dsl

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/durablegen/durablegen/internal/cleantext"
	"github.com/durablegen/durablegen/internal/textwidth"
)

// WriteText prints diagnostics for people: each with the line that it is about
// and carets below the very characters, its notes, what to change, and the fix
// that there is. Color is for terminals.
func WriteText(w io.Writer, set *SourceSet, ds Diagnostics, color bool) {
	p := textPrinter{w: w, set: set, color: color}
	for i := range ds {
		if i > 0 {
			p.printf("\n")
		}
		p.diagnostic(&ds[i])
	}
}

type textPrinter struct {
	w     io.Writer
	set   *SourceSet
	color bool
}

// Colors of the terminal, by what they are for.
const (
	red    = "1;31"
	yellow = "1;33"
	blue   = "1;34"
	green  = "1;32"
	bold   = "1"
)

func (p *textPrinter) printf(format string, args ...any) { fmt.Fprintf(p.w, format, args...) }

func (p *textPrinter) paint(color, text string) string {
	if !p.color || text == "" {
		return text
	}
	return "\x1b[" + color + "m" + text + "\x1b[0m"
}

func (p *textPrinter) diagnostic(d *Diagnostic) {
	color := red
	if d.Severity == Warning {
		color = yellow
	}
	kind := d.Severity.String()
	if d.Code != "" {
		kind += "[" + string(d.Code) + "]"
	}
	head := p.paint(color, kind) + ": " + p.paint(bold, d.Message)
	// All excerpts of a diagnostic share the width of their line numbers.
	width := len(strconv.Itoa(p.set.Position(d.Span.Start).Line))
	for _, n := range d.Notes {
		width = max(width, len(strconv.Itoa(p.set.Position(n.Span.Start).Line)))
	}
	if p.set.Source(d.Span.Start) == nil {
		p.printf("%s\n", head)
	} else {
		pos := p.set.Position(d.Span.Start)
		p.printf("%s:%d:%d: %s\n", pos.File, pos.Line, pos.Column, head)
		p.excerpt(d.Span, width, color)
	}
	margin := strings.Repeat(" ", width) + " "
	for _, n := range d.Notes {
		if p.set.Source(n.Span.Start) == nil {
			p.printf("%s%s %s: %s\n", margin, p.paint(blue, "="), p.paint(bold, "note"), n.Message)
			continue
		}
		pos := p.set.Position(n.Span.Start)
		p.printf("%s%s %s: %s (%s:%d:%d)\n", margin, p.paint(blue, "="), p.paint(bold, "note"), n.Message, pos.File, pos.Line, pos.Column)
		p.excerpt(n.Span, width, blue)
	}
	if d.Help != "" {
		p.printf("%s%s %s: %s\n", margin, p.paint(blue, "="), p.paint(bold, "help"), d.Help)
	}
	if d.Fix != nil {
		p.printf("%s%s %s: %s\n", margin, p.paint(blue, "="), p.paint(green, "fix"), d.Fix.Message)
	}
}

// tabWidth is how wide a tab is printed in an excerpt.
const tabWidth = 4

// maxExcerpt is how wide the excerpt of a long line is, in columns.
const maxExcerpt = 110

// excerpt prints the first line of a span with carets below what of it the span
// covers. Of a very long line it prints the part around the carets.
func (p *textPrinter) excerpt(s Span, width int, color string) {
	src := p.set.Source(s.Start)
	pos := src.Position(s.Start)
	line := src.Line(pos.Line)
	from := pos.Offset - src.lines[pos.Line-1]
	from = min(from, len(line))
	end := max(from, min(len(line), from+int(s.End-s.Start)))
	more := end < from+int(s.End-s.Start) && strings.TrimSpace(line[from:end]) != ""

	cut := ""
	if start := windowStart(line, from); start > 0 {
		cut = "… "
		line, from, end = line[start:], from-start, end-start
	}
	shown, before, under := cells(line, from, end)
	before += utf8.RuneCountInString(cut)
	gutter := strings.Repeat(" ", width) + " " + p.paint(blue, "|")
	p.printf("%s\n", gutter)
	p.printf("%s %s%s\n", p.paint(blue, fmt.Sprintf("%*d |", width, pos.Line)), cut, shown)
	marks := strings.Repeat("^", max(1, under))
	if more {
		marks += "..."
	}
	p.printf("%s %s%s\n", gutter, strings.Repeat(" ", before), p.paint(color, marks))
}

// windowStart gives the offset from which a line is shown, so that what stands at
// `at` can be seen.
func windowStart(line string, at int) int {
	if utf8.RuneCountInString(line[:at]) < maxExcerpt {
		return 0
	}
	start := max(0, at-maxExcerpt/2)
	for start > 0 && !utf8.RuneStart(line[start]) {
		start--
	}
	return start
}

// cells gives a line as it is shown, how many columns stand before offset from,
// and how many between from and end. Tabs become spaces, what can't be seen a
// placeholder, and characters of double or no width count as such.
func cells(line string, from, end int) (shown string, before, under int) {
	var b strings.Builder
	column := 0
	for rest := line; rest != ""; {
		at := len(line) - len(rest)
		if column > maxExcerpt && at > end {
			b.WriteString(" …")
			break
		}
		var character string
		var columns int
		character, rest, columns = textwidth.Next(rest)
		if at <= from {
			before = column
		}
		if character == "\t" {
			columns = tabWidth - column%tabWidth
			character = strings.Repeat(" ", columns)
		} else if seen := cleantext.Text(character); seen != character {
			character, columns = seen, textwidth.Of(seen)
		}
		b.WriteString(character)
		column += columns
		if at < end {
			under = column - before
		}
	}
	if from >= len(line) {
		before, under = column, 0
	}
	return b.String(), before, under
}
