package changes

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/durablegen/durablegen/dsl"
)

// Places says under which names people see the files of both versions.
type Places struct{ Old, New *dsl.SourceSet }

// at gives the place of a change: in the new version, or where it was in the old one.
func (p Places) at(c *Change) (at dsl.Position, old bool) {
	if c.Pos != 0 && p.New != nil {
		return p.New.Position(c.Pos), false
	}
	if c.Old != 0 && p.Old != nil {
		return p.Old.Position(c.Old), true
	}
	return dsl.Position{}, false
}

// loud is how a text says what becomes of an execution.
var loud = map[Effect]string{
	Nothing: "goes on", Left: "goes on", Late: "goes on, late", Depends: "depends", Again: "RUNS AGAIN", Unknown: "UNKNOWN", Breaks: "BREAKS",
}

// WriteText prints a report for people.
func WriteText(w io.Writer, r *Report, places Places) {
	for _, f := range r.changed() {
		fmt.Fprintf(w, "%s, workflow `%s`: %s\n", r.Package, f.Name, Summary(f.Effect()))
		own, told := r.own(f)
		if len(told) > 0 {
			fmt.Fprintf(w, "\n  it calls %s: see there\n", ticks(told))
		}
		for _, c := range own {
			fmt.Fprintf(w, "\n  %s%s\n", prefix(places, c), c.Text)
			for _, v := range c.Verdicts {
				fmt.Fprintf(w, "      %s: %s: %s\n", v.Where, loud[v.Effect], v.Text)
			}
			for _, other := range c.Others {
				fmt.Fprintf(w, "      others: %s\n", other)
			}
			if c.Remedy != "" && c.Effect() >= Depends {
				fmt.Fprintf(w, "      remedy: %s\n", c.Remedy)
			}
		}
		fmt.Fprintln(w)
	}
}

func prefix(places Places, c *Change) string {
	at, old := places.at(c)
	switch {
	case at.Line == 0:
		return ""
	case old:
		return fmt.Sprintf("%s:%d (before): ", at.File, at.Line)
	}
	return fmt.Sprintf("%s:%d:%d: ", at.File, at.Line, at.Column)
}

// Summary says in a few words what becomes of the executions of a workflow, or of a package.
func Summary(e Effect) string {
	return [...]string{
		"executions go on", "executions go on; something recorded is left", "executions go on; something runs late",
		"executions go on if what has been decided comes out as before", "something runs again", "nobody can tell what becomes of executions", "executions break",
	}[e]
}

// changed gives the workflows with changes.
func (r *Report) changed() []*Workflow {
	var out []*Workflow
	for _, f := range r.Workflows {
		if len(f.Changes) > 0 {
			out = append(out, f)
		}
	}
	return out
}

// own gives the changes of a workflow that are not told where they were made: in the
// workflows that it calls, whose names are told.
func (r *Report) own(f *Workflow) (own []*Change, told []string) {
	for _, c := range f.Changes {
		elsewhere := ""
		for _, other := range r.Workflows {
			if c.Call != "" && other != f && slices.ContainsFunc(other.Changes, func(o *Change) bool {
				return o.Call == "" && o.Kind == c.Kind && o.Pos == c.Pos && o.Old == c.Old
			}) {
				elsewhere = other.Name
			}
		}
		if elsewhere == "" {
			own = append(own, c)
		} else if !slices.Contains(told, elsewhere) {
			told = append(told, elsewhere)
		}
	}
	return own, told
}

// jsonChange is a line of WriteJSON.
type jsonChange struct {
	Package  string        `json:"package"`
	Workflow string        `json:"workflow"`
	Kind     string        `json:"kind"`
	Effect   string        `json:"effect"`
	Text     string        `json:"text"`
	File     string        `json:"file,omitempty"`
	Line     int           `json:"line,omitempty"`
	Column   int           `json:"column,omitempty"`
	Before   bool          `json:"before,omitempty"` // the place is in the old version
	Call     string        `json:"call,omitempty"`
	Verdicts []jsonVerdict `json:"verdicts"`
	Others   []string      `json:"others,omitempty"`
	Remedy   string        `json:"remedy,omitempty"`
}

type jsonVerdict struct {
	Stage     string `json:"stage"`
	Operation string `json:"operation,omitempty"`
	Where     string `json:"where"`
	Effect    string `json:"effect"`
	Text      string `json:"text"`
}

// WriteJSON prints a report as one JSON object a line, for each change.
func WriteJSON(w io.Writer, r *Report, places Places) {
	for _, f := range r.changed() {
		for _, c := range f.Changes {
			at, old := places.at(c)
			out := jsonChange{
				Package: r.Package, Workflow: f.Name, Kind: c.Kind, Effect: c.Effect().String(), Text: c.Text,
				File: at.File, Line: at.Line, Column: at.Column, Before: old, Call: c.Call,
				Others: c.Others, Remedy: c.Remedy, Verdicts: []jsonVerdict{},
			}
			for _, v := range c.Verdicts {
				out.Verdicts = append(out.Verdicts, jsonVerdict{v.At.Stage.String(), v.At.Operation, v.Where, v.Effect.String(), v.Text})
			}
			line, err := json.Marshal(out)
			if err != nil {
				panic(err) // texts and numbers only
			}
			fmt.Fprintf(w, "%s\n", line)
		}
	}
}

// WriteGitHub prints a report as workflow commands, which GitHub shows at the lines of a
// change.
func WriteGitHub(w io.Writer, r *Report, places Places) {
	for _, f := range r.changed() {
		for _, c := range f.Changes {
			severity := "notice"
			switch c.Effect() {
			case Breaks:
				severity = "error"
			case Unknown, Again, Depends:
				severity = "warning"
			case Nothing, Left, Late: // worth a notice
			}
			text := c.Text
			for _, v := range c.Verdicts {
				text += fmt.Sprintf("\n%s: %s: %s", v.Where, loud[v.Effect], v.Text)
			}
			for _, other := range c.Others {
				text += "\nothers: " + other
			}
			if c.Remedy != "" {
				text += "\nremedy: " + c.Remedy
			}
			place := ""
			if at, old := places.at(c); at.Line > 0 && !old {
				place = fmt.Sprintf("file=%s,line=%d,col=%d,", property.Replace(at.File), at.Line, at.Column)
			}
			fmt.Fprintf(w, "::%s %stitle=%s::%s\n", severity, place, property.Replace(f.Name+": "+c.Kind), command.Replace(text))
		}
	}
}

var (
	command  = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// WriteMarkdown prints a report for a comment of a review.
func WriteMarkdown(w io.Writer, r *Report, places Places) {
	for _, f := range r.Workflows {
		if len(f.Changes) == 0 {
			fmt.Fprintf(w, "**%s**: no change\n\n", cell(f.Name))
			continue
		}
		fmt.Fprintf(w, "### %s: %s\n\n%s", cell(f.Name), Summary(f.Effect()), Markdown(r, f, places))
	}
}

// Markdown gives the changes of a workflow, as items of a list.
func Markdown(r *Report, f *Workflow, places Places) string {
	var b strings.Builder
	own, told := r.own(f)
	if len(told) > 0 {
		fmt.Fprintf(&b, "* it calls %s: see there\n", ticks(told))
	}
	for _, c := range own {
		place := strings.TrimSuffix(prefix(places, c), ": ")
		if place != "" {
			place = "`" + strings.ReplaceAll(place, "`", "'") + "`: "
		}
		fmt.Fprintf(&b, "* %s%s\n", cell(place), cell(c.Text))
		if len(c.Verdicts) > 0 {
			fmt.Fprint(&b, "\n  | executions | |\n  |---|---|\n")
		}
		for _, v := range c.Verdicts {
			mark := loud[v.Effect]
			if v.Effect >= Again {
				mark = "**" + mark + "**"
			}
			fmt.Fprintf(&b, "  | %s | %s: %s |\n", cell(v.Where), mark, cell(v.Text))
		}
		fmt.Fprintln(&b)
		for _, other := range c.Others {
			fmt.Fprintf(&b, "  Others: %s\n\n", cell(other))
		}
		if c.Remedy != "" && c.Effect() >= Depends {
			fmt.Fprintf(&b, "  Remedy: %s\n\n", cell(c.Remedy))
		}
	}
	return b.String()
}

// cell is a text for a cell of a table.
func cell(s string) string { return strings.NewReplacer("|", "\\|", "\n", " ").Replace(s) }
