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
	var fixes [][]edit
	for _, d := range ds {
		if d.Fix == nil || len(d.Fix.Edits) == 0 {
			continue
		}
		var edits []edit
		for _, e := range d.Fix.Edits {
			from, to := src.Offset(e.Span.Start), src.Offset(e.Span.End)
			if from < 0 || to > len(src.Text) || from > to {
				edits = nil
				break
			}
			edits = append(edits, edit{from, to, e.New})
		}
		if edits != nil {
			sort.SliceStable(edits, func(i, j int) bool { return edits[i].from < edits[j].from })
			fixes = append(fixes, edits)
		}
	}
	sort.SliceStable(fixes, func(i, j int) bool { return fixes[i][0].from < fixes[j][0].from })
	var edits []edit
	for _, fix := range fixes {
		if n := len(edits); n > 0 && (fix[0].from < edits[n-1].to || fix[0].from == edits[n-1].from) {
			continue
		}
		edits = append(edits, fix...)
		applied++
	}
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
