package coverage

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/words"
	"github.com/durablegen/durablegen/visualize"
)

// percent is a share to one decimal, rounded down: what is not all is not 100%.
func percent(share float64) string { return fmt.Sprintf("%.1f%%", math.Floor(share*10)/10) }

// missing says of an item what no test has done.
func missing(item visualize.Item) string {
	switch item.Kind {
	case visualize.WayItem:
		return fmt.Sprintf("`%s` never takes the way `%s`", item.What, item.Label)
	case visualize.ErrorItem:
		if item.Label == "any error" {
			return fmt.Sprintf("`%s` never fails", item.What)
		}
		return fmt.Sprintf("`%s` never fails with `%s`", item.What, item.Label)
	case visualize.EndItem:
		return fmt.Sprintf("`%s` is never come to", item.What)
	case visualize.CrashItem:
		if item.Note == "" {
			return fmt.Sprintf("`%s`: the process is never killed", item.What)
		}
		return fmt.Sprintf("`%s`: the process is never killed %s a checkpoint of it", item.What, item.Note)
	case visualize.OperationItem, visualize.UndoItem:
	}
	return fmt.Sprintf("`%s` never runs", item.What)
}

// WriteText prints what was not taken, for people.
func WriteText(out io.Writer, list []*Package) {
	workflows, runs := 0, 0
	for _, p := range list {
		runs += p.Runs
		for _, w := range p.Workflows {
			workflows++
			p.writeText(out, w)
		}
	}
	t := Total(list)
	by := words.Count(runs, "execution")
	if runs > 1 {
		by += ", no two alike"
	}
	fmt.Fprintf(out, "%s taken: %d of %d in %s, by %s\n", percent(t.Percent()), t.Taken, t.Total, words.Count(workflows, "workflow"), by)
}

func (p *Package) writeText(out io.Writer, w *Workflow) {
	t := w.Tally()
	fmt.Fprintf(out, "%s, workflow `%s`: %s\n  %s\n", p.Dir, w.Decl.Name.Text, percent(t.Percent()), w.kinds())
	for _, text := range p.missed(w) {
		fmt.Fprintf(out, "  %s\n", text)
	}
	for _, item := range w.Items {
		if item.Way == visualize.Untold {
			fmt.Fprintf(out, "  %s: not counted, as no history tells: %s\n", p.place(item.Pos), strings.TrimSuffix(item.What+": "+item.Label, ": "))
		}
	}
	fmt.Fprintln(out)
}

// missed says what was not taken, a line each: what is behind that in number alone.
func (p *Package) missed(w *Workflow) []string {
	if w.Coverage.Runs == 0 {
		return []string{p.place(w.Decl.Pos()) + ": no test runs it"}
	}
	crashes := w.of(visualize.CrashItem)
	uncrashed := crashes.Taken == 0 && !w.Coverage.Kills()
	var out []string
	behind := 0
	for _, item := range w.Items {
		switch {
		case item.Way != visualize.NotTaken:
		case item.Behind:
			behind++
		case item.Kind != visualize.CrashItem || !uncrashed:
			out = append(out, p.place(item.Pos)+": "+missing(item))
		}
	}
	if uncrashed && crashes.Total > 0 {
		out = append(out, fmt.Sprintf("%s: no test kills its process; `durabletest.EveryBoundary` does at each checkpoint", p.place(w.Decl.Pos())))
	}
	if behind > 0 {
		out = append(out, fmt.Sprintf("and %d more behind these", behind))
	}
	return out
}

func (p *Package) place(pos dsl.Pos) string {
	at := p.Shown.Position(pos)
	return fmt.Sprintf("%s:%d:%d", at.File, at.Line, at.Column)
}

// kinds counts the items of a workflow by their kind, as a sentence has it.
func (w *Workflow) kinds() string {
	var parts []string
	for _, kind := range visualize.ItemKinds {
		if t := w.of(kind); t.Total > 0 {
			parts = append(parts, fmt.Sprintf("%ss %d of %d", kind, t.Taken, t.Total))
		}
	}
	return strings.Join(parts, ", ")
}

// jsonWorkflow is a line of WriteJSON.
type jsonWorkflow struct {
	Package    string           `json:"package"`
	Workflow   string           `json:"workflow"`
	File       string           `json:"file"`
	Line       int              `json:"line"`
	Executions int              `json:"executions"`
	Stale      int              `json:"stale,omitempty"`
	Strange    int              `json:"strange,omitempty"`
	Percent    float64          `json:"percent"`
	All        Tally            `json:"all"`
	Kinds      map[string]Tally `json:"kinds"`
	Missed     []jsonItem       `json:"missed"`
	Untold     []jsonItem       `json:"untold,omitempty"`
}

type jsonItem struct {
	Kind   string `json:"kind"`
	What   string `json:"what"`
	Label  string `json:"label,omitempty"`
	Note   string `json:"note,omitempty"`
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
}

// WriteJSON prints one JSON object a line, for each workflow.
func WriteJSON(out io.Writer, list []*Package) error {
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	for _, p := range list {
		for _, w := range p.Workflows {
			if err := e.Encode(p.json(w)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *Package) json(w *Workflow) *jsonWorkflow {
	at, all := p.Shown.Position(w.Decl.Pos()), w.Tally()
	j := &jsonWorkflow{
		Package: p.Dir, Workflow: w.Decl.Name.Text, File: at.File, Line: at.Line, Executions: w.Coverage.Runs, Stale: p.Stale, Strange: p.Strange,
		Percent: math.Floor(all.Percent()*10) / 10, All: all, Kinds: map[string]Tally{}, Missed: []jsonItem{},
	}
	for _, kind := range visualize.ItemKinds {
		j.Kinds[kind.String()] = w.of(kind)
	}
	for _, item := range w.Items {
		at := p.Shown.Position(item.Pos)
		i := jsonItem{item.Kind.String(), item.What, item.Label, item.Note, at.File, at.Line, at.Column}
		switch item.Way {
		case visualize.NotTaken:
			j.Missed = append(j.Missed, i)
		case visualize.Untold:
			j.Untold = append(j.Untold, i)
		}
	}
	return j
}

// WriteMarkdown writes a page for a review or the summary of a CI job: a table, and of each
// workflow what was not taken and its diagram.
func WriteMarkdown(out io.Writer, list []*Package) {
	fmt.Fprint(out, "| workflow | taken |")
	for _, kind := range visualize.ItemKinds {
		fmt.Fprintf(out, " %ss |", kind)
	}
	fmt.Fprintf(out, "\n|---|--:|%s\n", strings.Repeat("--:|", len(visualize.ItemKinds)))
	for _, p := range list {
		for _, w := range p.Workflows {
			fmt.Fprintf(out, "| `%s` in `%s` | %s |", w.Decl.Name.Text, p.Dir, percent(w.Tally().Percent()))
			for _, kind := range visualize.ItemKinds {
				t := w.of(kind)
				fmt.Fprintf(out, " %d / %d |", t.Taken, t.Total)
			}
			fmt.Fprintln(out)
		}
	}
	t := Total(list)
	fmt.Fprintf(out, "| all | **%s** |%s\n", percent(t.Percent()), strings.Repeat(" |", len(visualize.ItemKinds)))
	for _, p := range list {
		for _, w := range p.Workflows {
			p.writeMarkdown(out, w)
		}
	}
}

func (p *Package) writeMarkdown(out io.Writer, w *Workflow) {
	fmt.Fprintf(out, "\n<details>\n<summary>%s: %s</summary>\n\n", w.Decl.Name.Text, percent(w.Tally().Percent()))
	for _, text := range p.missed(w) {
		fmt.Fprintf(out, "* %s\n", text)
	}
	if picture := w.Coverage.Markdown(visualize.Normal); picture != "" {
		fmt.Fprintf(out, "\n%s", picture)
	} else {
		fmt.Fprintf(out, "\nThe diagram is too large for a page: `durablegen diagram --coverage DIR --workflow %s --format svg %s` draws it.\n", w.Decl.Name.Text, p.Dir)
	}
	fmt.Fprint(out, "\n</details>\n")
}
