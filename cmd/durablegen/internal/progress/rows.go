package progress

import (
	"fmt"
	"strings"
	"time"

	"github.com/durablegen/durablegen/internal/cleantext"
	"github.com/durablegen/durablegen/internal/textwidth"
	"github.com/durablegen/durablegen/internal/words"
	"github.com/durablegen/durablegen/runtime/wire"
)

// Row is one line of the list.
type Row struct {
	Depth int
	State State
	Name  string
	Note  string
	Plain bool // about rows that are left out; no mark
}

// maxItems is how many items of a map the list shows at a time.
const maxItems = 8

// Rows lays the operations out as a tree, in at most limit rows: finished ones are
// left out first, the oldest before the others.
func (m *Model) Rows(now time.Time, limit int) []Row {
	var rows []Row
	var visit func(ops []*Operation, depth int)
	visit = func(ops []*Operation, depth int) {
		for _, o := range ops {
			if o.folded() {
				continue
			}
			rows = append(rows, o.row(depth, now))
			visit(o.shownChildren(), depth+1)
		}
	}
	visit(m.Top, 0)
	return fit(rows, limit)
}

// fit leaves rows out until the others have room.
func fit(rows []Row, limit int) []Row {
	if limit < 2 || len(rows) <= limit {
		return rows
	}
	surplus := len(rows) - limit + 1 // and one row that tells so
	left := make([]bool, len(rows))
	out, done := 0, 0
	for _, finished := range []bool{true, false} {
		for i, r := range rows {
			if out < surplus && !left[i] && (r.State == Succeeded) == finished {
				left[i] = true
				out++
				if finished {
					done++
				}
			}
		}
	}
	text := fmt.Sprintf("… %d more", out)
	if done == out {
		text += ", all done"
	}
	fitted := []Row{{Name: text, Plain: true}}
	for i, r := range rows {
		if !left[i] {
			fitted = append(fitted, r)
		}
	}
	return fitted
}

// shownChildren gives what is shown below an operation: of a map, the items that
// are at work or have failed.
func (o *Operation) shownChildren() []*Operation {
	if o.SubType != wire.SubTypeMap || len(o.children) <= maxItems {
		return o.children
	}
	var shown []*Operation
	for _, c := range o.children {
		if c.State != Succeeded && len(shown) < maxItems {
			shown = append(shown, c)
		}
	}
	return shown
}

func (o *Operation) row(depth int, now time.Time) Row {
	r := Row{Depth: depth, State: o.State, Name: o.Name, Note: o.Note}
	if o.SubType == wire.SubTypeMap {
		items, done := 0, 0
		for _, c := range o.children {
			if c.SubType != wire.SubTypeMapIteration { // an undo
				continue
			}
			items++
			if c.ended() {
				done++
			}
		}
		if items > 0 {
			r.Note = strings.TrimSpace(fmt.Sprintf("%d of %d %s", done, items, o.Note))
		}
	}
	switch {
	case o.ended() && o.Ended.Sub(o.Started) >= time.Second:
		r.Note = strings.TrimSpace(r.Note + " (" + words.Duration(o.Ended.Sub(o.Started)) + ")")
	case !o.ended() && now.Sub(o.Started) >= time.Second:
		r.Note = strings.TrimSpace(r.Note + " (for " + words.Duration(now.Sub(o.Started)) + ")")
	}
	return r
}

var marks = map[State]struct{ mark, color string }{
	Running:   {"●", "36"},
	Waiting:   {"◌", "33"},
	Retrying:  {"↻", "33"},
	Succeeded: {"✓", "32"},
	Failed:    {"✗", "31"},
	Dropped:   {"-", "2"},
}

// Text writes the row in at most width columns.
func (r Row) Text(width int, color bool) string {
	indent := strings.Repeat("  ", r.Depth)
	if r.Plain {
		return textwidth.Cut("  "+r.Name, width)
	}
	m := marks[r.State]
	name := cleantext.Line(r.Name)
	name += strings.Repeat(" ", max(0, min(34, width/2)-len(indent)-textwidth.Of(name)))
	text := indent + m.mark + " " + name + " " + cleantext.Line(r.Note)
	text = textwidth.Cut(strings.TrimRight(text, " "), width)
	if !color {
		return text
	}
	return strings.Replace(text, m.mark, "\x1b["+m.color+"m"+m.mark+"\x1b[0m", 1)
}
