package dsl

import (
	"fmt"
	"io"
	"strings"
)

// WriteGitHub prints diagnostics as workflow commands, which GitHub shows at the
// lines of a change.
func WriteGitHub(w io.Writer, set *SourceSet, ds Diagnostics) {
	for _, d := range ds {
		from, to := set.Position(d.Span.Start), set.Position(d.Span.End)
		text := d.Message
		for _, n := range d.Notes {
			text += "\nnote: " + n.Message
			if p := set.Position(n.Span.Start); p.Line > 0 {
				text += fmt.Sprintf(" (%s:%d:%d)", p.File, p.Line, p.Column)
			}
		}
		if d.Help != "" {
			text += "\nhelp: " + d.Help
		}
		if d.Fix != nil {
			text += "\nfix: " + d.Fix.Message
		}
		var place string
		if from.Line > 0 {
			place = fmt.Sprintf("file=%s,line=%d,endLine=%d,", githubProperty.Replace(from.File), from.Line, to.Line)
			// Columns across lines mean nothing to GitHub.
			if from.Line == to.Line {
				place += fmt.Sprintf("col=%d,endColumn=%d,", from.Column, to.Column)
			}
		}
		fmt.Fprintf(w, "::%s %stitle=%s::%s\n", d.Severity, place, githubProperty.Replace(string(d.Code)), githubText.Replace(text))
	}
}

var (
	githubText     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	githubProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)
