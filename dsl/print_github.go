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
		var properties []string
		property := func(name string, value any) {
			properties = append(properties, name+"="+githubProperty.Replace(fmt.Sprint(value)))
		}
		if from.Line > 0 {
			property("file", from.File)
			property("line", from.Line)
			property("endLine", to.Line)
			// Columns across lines mean nothing to GitHub.
			if from.Line == to.Line {
				property("col", from.Column)
				property("endColumn", to.Column)
			}
		}
		if d.Code != "" {
			property("title", d.Code)
		}
		command := strings.TrimSpace(d.Severity.String() + " " + strings.Join(properties, ","))
		fmt.Fprintf(w, "::%s::%s\n", command, githubText.Replace(text))
	}
}

var (
	githubText     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	githubProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)
