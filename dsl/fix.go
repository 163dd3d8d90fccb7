package dsl

import (
	"bytes"
	"sort"
)

// ApplyFixes gives the text of a source with the fixes of its diagnostics
// applied, and how many there were. Of fixes that overlap the first one wins;
// the others are for the next round, after a new look at the result. Diagnostics
// of other sources are left alone.
func ApplyFixes(src *Source, ds Diagnostics) (text []byte, applied int) {
	type edit struct {
		from, to int
		text     string
	}
	var edits []edit
	free := func(from, to int) bool {
		for _, e := range edits {
			if from < e.to && e.from < to || from == e.from {
				return false
			}
		}
		return true
	}
	for _, d := range ds {
		if d.Fix == nil || len(d.Fix.Edits) == 0 {
			continue
		}
		ok := true
		for _, e := range d.Fix.Edits {
			from, to := src.Offset(e.Span.Start), src.Offset(e.Span.End)
			if from < 0 || to > len(src.Text) || from > to || !free(from, to) {
				ok = false
			}
		}
		if !ok {
			continue
		}
		applied++
		for _, e := range d.Fix.Edits {
			edits = append(edits, edit{src.Offset(e.Span.Start), src.Offset(e.Span.End), e.New})
		}
	}
	sort.SliceStable(edits, func(i, j int) bool { return edits[i].from < edits[j].from })
	var b bytes.Buffer
	at := 0
	for _, e := range edits {
		b.Write(src.Text[at:e.from])
		b.WriteString(e.text)
		at = e.to
	}
	b.Write(src.Text[at:])
	return b.Bytes(), applied
}
