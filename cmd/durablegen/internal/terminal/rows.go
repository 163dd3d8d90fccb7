package terminal

import (
	"fmt"
	"strings"
	"time"

	"github.com/durablegen/durablegen/internal/cleantext"
	"github.com/durablegen/durablegen/internal/execution"
	"github.com/durablegen/durablegen/internal/textwidth"
	"github.com/durablegen/durablegen/internal/words"
	"github.com/durablegen/durablegen/runtime/wire"
)

// Row is one line of the list.
type Row struct {
	Depth int
	State execution.State
	Name  string
	Note  string
	Left  bool // left behind, whatever its state
	Plain bool // about rows that are left out; no mark
}

// maxItems is how many items of a map the list shows at a time.
const maxItems = 8

// Rows lays the operations out as a tree, in at most limit rows: finished ones are
// left out first, the oldest before the others.
func Rows(x *execution.Execution, now time.Time, limit int) []Row {
	var rows []Row
	var visit func(ops []*execution.Operation, depth int)
	visit = func(ops []*execution.Operation, depth int) {
		for _, o := range ops {
			if o.Folded() {
				continue
			}
			rows = append(rows, rowOf(o, depth, now))
			visit(shownChildren(o), depth+1)
		}
	}
	visit(x.Top(), 0)
	return fit(rows, limit)
}

// Count tells how many operations have succeeded, those that are shown as a part of
// others left out.
func Count(x *execution.Execution) int {
	n := 0
	for _, o := range x.Operations {
		if o.State == execution.Succeeded && !o.Folded() {
			n++
		}
	}
	return n
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
			if out < surplus && !left[i] && (r.State == execution.Succeeded) == finished {
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
func shownChildren(o *execution.Operation) []*execution.Operation {
	if o.SubType != wire.SubTypeMap || len(o.Children) <= maxItems {
		return o.Children
	}
	var shown []*execution.Operation
	for _, c := range o.Children {
		if c.State != execution.Succeeded && len(shown) < maxItems {
			shown = append(shown, c)
		}
	}
	return shown
}

func rowOf(o *execution.Operation, depth int, now time.Time) Row {
	var notes []string
	add := func(note string) {
		if note != "" {
			notes = append(notes, note)
		}
	}
	note := o.Note()
	if o.SubType == wire.SubTypeMap {
		counts := items(o)
		if add(counts); counts != "" && note == "failed" {
			note = "" // the mark says so, and the counts why
		}
	}
	if o.Left() {
		note = "left behind"
	}
	add(note)
	switch {
	case o.Left():
	case o.Over() && o.Ended.Sub(o.Started) >= time.Second:
		add("(" + words.Duration(o.Ended.Sub(o.Started)) + ")")
	case !o.Over() && now.Sub(o.Started) >= time.Second:
		add("(for " + words.Duration(now.Sub(o.Started)) + ")")
	}
	return Row{Depth: depth, State: o.State, Left: o.Left(), Name: o.Label(), Note: strings.Join(notes, " ")}
}

// items tells how many items of a map have ended, and how many of them failed.
func items(o *execution.Operation) string {
	all, over, failed := 0, 0, 0
	for _, c := range o.Children {
		if !c.Item() { // an undo
			continue
		}
		all++
		if c.Over() {
			over++
		}
		if c.State == execution.Failed {
			failed++
		}
	}
	switch {
	case all == 0:
		return ""
	case failed > 0:
		return fmt.Sprintf("%d of %d, %d failed", over, all, failed)
	}
	return fmt.Sprintf("%d of %d", over, all)
}

var marks = map[execution.State]struct{ mark, color string }{
	execution.Running:   {"●", "36"},
	execution.Waiting:   {"◌", "33"},
	execution.Retrying:  {"↻", "33"},
	execution.Succeeded: {"✓", "32"},
	execution.Failed:    {"✗", "31"},
	execution.Cancelled: {"-", "2"},
}

// Text writes the row in at most width columns.
func (r Row) Text(width int, color bool) string {
	indent := strings.Repeat("  ", r.Depth)
	if r.Plain {
		return textwidth.Cut("  "+r.Name, width)
	}
	m := marks[r.State]
	if r.Left {
		m = marks[execution.Cancelled]
	}
	name := cleantext.Line(r.Name)
	name += strings.Repeat(" ", max(0, min(34, width/2)-len(indent)-textwidth.Of(name)))
	text := indent + m.mark + " " + name + " " + cleantext.Line(r.Note)
	text = textwidth.Cut(strings.TrimRight(text, " "), width)
	if !color {
		return text
	}
	return strings.Replace(text, m.mark, "\x1b["+m.color+"m"+m.mark+"\x1b[0m", 1)
}
