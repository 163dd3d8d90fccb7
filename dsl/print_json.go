package dsl

import (
	"encoding/json"
	"io"
)

// The shape of a diagnostic in JSON. Lines and columns count from 1, columns in
// characters; the end is exclusive. What is not there is left out.
type jsonDiagnostic struct {
	jsonPlace
	Severity string     `json:"severity"`
	Code     Code       `json:"code,omitempty"`
	Message  string     `json:"message"`
	Notes    []jsonNote `json:"notes,omitempty"`
	Help     string     `json:"help,omitempty"`
	Fix      *jsonFix   `json:"fix,omitempty"`
}

type jsonPlace struct {
	File      string `json:"file"`
	Line      int    `json:"line"`
	Column    int    `json:"column"`
	EndLine   int    `json:"endLine"`
	EndColumn int    `json:"endColumn"`
}

type jsonNote struct {
	*jsonPlace
	Message string `json:"message"`
}

type jsonFix struct {
	Message string     `json:"message"`
	Edits   []jsonEdit `json:"edits"`
}

type jsonEdit struct {
	jsonPlace
	New string `json:"new"`
}

// WriteJSON prints diagnostics for programs: one object a line.
func WriteJSON(w io.Writer, set *SourceSet, ds Diagnostics) {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	place := func(s Span) jsonPlace {
		from, to := set.Position(s.Start), set.Position(s.End)
		return jsonPlace{from.File, from.Line, from.Column, to.Line, to.Column}
	}
	for _, d := range ds {
		out := jsonDiagnostic{jsonPlace: place(d.Span), Severity: d.Severity.String(), Code: d.Code, Message: d.Message, Help: d.Help}
		for _, n := range d.Notes {
			note := jsonNote{Message: n.Message}
			if set.Source(n.Span.Start) != nil {
				p := place(n.Span)
				note.jsonPlace = &p
			}
			out.Notes = append(out.Notes, note)
		}
		if d.Fix != nil {
			out.Fix = &jsonFix{Message: d.Fix.Message}
			for _, e := range d.Fix.Edits {
				out.Fix.Edits = append(out.Fix.Edits, jsonEdit{place(e.Span), e.New})
			}
		}
		enc.Encode(out)
	}
}
