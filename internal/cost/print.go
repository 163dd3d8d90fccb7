package cost

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/textwidth"
	"github.com/durablegen/durablegen/internal/words"
)

// row is a line of a table: how an amount is called, and told.
type row struct {
	name string
	tell func(float64) string
	of   func(Amounts) float64
	deep bool // a part of the line above
}

func metric(m Metric) func(Amounts) float64 { return func(a Amounts) float64 { return a.Numbers[m] } }

// rows is the table of an estimate; what is nothing in all columns is left out.
var rows = []row{
	{"operations", count, metric(Operations), false},
	{"steps", count, metric(Steps), true},
	{"polls", count, metric(Polls), true},
	{"waits and timers", count, metric(Waits), true},
	{"callbacks", count, metric(Callbacks), true},
	{"invokes", count, metric(Invokes), true},
	{"contexts", count, metric(Contexts), true},
	{"retries", count, metric(Retries), false},
	{"checks of polls", count, metric(Checks), false},
	{"billed operations", count, metric(Billed), false},
	{"written", size, metric(Written), false},
	{"invocations", count, func(a Amounts) float64 { return a.Invocations }, false},
	{"GB-seconds", decimals, func(a Amounts) float64 { return a.GBSeconds }, false},
	{"time that nothing runs", long, metric(Waiting), false},
	{"one execution", Dollars, func(a Amounts) float64 { return a.Cost.Total() }, false},
	{"a million", Dollars, million(Cost.Total), false},
	{"operations", Dollars, million(func(c Cost) float64 { return c.Operations }), true},
	{"data written", Dollars, million(func(c Cost) float64 { return c.Written }), true},
	{"data retained", Dollars, million(func(c Cost) float64 { return c.Retained }), true},
	{"requests", Dollars, million(func(c Cost) float64 { return c.Requests }), true},
	{"compute", Dollars, million(func(c Cost) float64 { return c.Compute }), true},
}

func million(part func(Cost) float64) func(Amounts) float64 {
	return func(a Amounts) float64 { return product(part(a.Cost), 1e6) }
}

func decimals(x float64) string {
	if math.IsInf(x, 1) {
		return without
	}
	if x >= 100 {
		return grouped(math.Round(x))
	}
	return fmt.Sprintf("%.3g", x)
}

// table gives the cells of the lines that say something.
func table(columns ...Amounts) [][]string {
	var out [][]string
	for _, r := range rows {
		cells := []string{r.name}
		if r.deep {
			cells[0] = "  " + r.name
		}
		something := !r.deep
		for _, a := range columns {
			x := r.of(a)
			something = something || x != 0
			cells = append(cells, r.tell(x))
		}
		if something {
			out = append(out, cells)
		}
	}
	return out
}

// writeTable sets numbers to the right.
func writeTable(w io.Writer, lines [][]string) {
	var width []int
	for _, cells := range lines {
		for i, text := range cells {
			if i == len(width) {
				width = append(width, 0)
			}
			width[i] = max(width[i], textwidth.Of(text))
		}
	}
	for _, cells := range lines {
		line := "  " + cells[0] + strings.Repeat(" ", width[0]-textwidth.Of(cells[0]))
		for i, text := range cells[1:] {
			line += strings.Repeat(" ", 3+width[i+1]-textwidth.Of(text)) + text
		}
		fmt.Fprintln(w, line)
	}
}

// WriteText prints estimates for people. set is the files under the names that people see.
func WriteText(w io.Writer, set *dsl.SourceSet, list []*Estimate) {
	for i, e := range list {
		if i > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "%s: workflow %s\n\n", place(set, e.Pos), e.Workflow)
		writeTable(w, append([][]string{{"", "least", "expected", "most"}}, table(e.Least, e.Expected, e.Most)...))
		for _, part := range []struct {
			title string
			lines []string
		}{{"assumed; --assume NAME=VALUE says otherwise", e.assumptions(set)}, {"without bound", e.boundless(set)}, {"limits", e.Reaches()}} {
			if len(part.lines) == 0 {
				continue
			}
			fmt.Fprintf(w, "\n  %s:\n", part.title)
			for _, line := range part.lines {
				fmt.Fprintf(w, "    %s\n", line)
			}
		}
	}
	if len(list) > 0 {
		fmt.Fprintf(w, "\n%s\n", list[0].basis())
	}
}

// assumptions tells what was taken for granted, a line each.
func (e *Estimate) assumptions(set *dsl.SourceSet) []string {
	var lines []string
	for _, f := range e.Factors {
		if f.Loud() && f.Name != "" {
			line := fmt.Sprintf("%s=%s  (%s)", f.Name, f.value(), place(set, f.Pos))
			if !f.Given && f.What != "share" {
				line += ", " + f.What + " " + f.limits()
			}
			lines = append(lines, line)
		}
	}
	return lines
}

func (f *Factor) value() string {
	switch {
	case f.Unit == Bytes:
		return strings.ReplaceAll(size(f.Expected), " ", "")
	case f.Unit == Seconds:
		return long(f.Expected)
	case f.What == "share":
		return fmt.Sprintf("%.3g%%", f.Expected*100)
	}
	return fmt.Sprintf("%.6g", f.Expected)
}

func (f *Factor) limits() string {
	if f.Unbounded() {
		return "without bound"
	}
	return fmt.Sprintf("from %s to %s", count(f.Least), count(f.Most))
}

// boundless tells what has no bound, and what would be one.
func (e *Estimate) boundless(set *dsl.SourceSet) []string {
	var lines []string
	for _, f := range e.Unbounded() {
		lines = append(lines, fmt.Sprintf("%s: %s of `%s`: %s", place(set, f.Pos), f.What, f.Text, f.Remedy))
	}
	return lines
}

// basis says what was reckoned with.
func (e *Estimate) basis() string {
	a := e.Assumed
	processor := "x86"
	if a.Arm {
		processor = "arm64"
	}
	text := fmt.Sprintf("Assumed: nothing fails; %d MB, %s; %s in a step, %s in an invocation besides, %s until an answer; %s where a type says no size; kept for %s where the workflow does not say.\nList prices of %s as of %s",
		a.Memory, processor, words.Duration(a.Step), words.Duration(a.Replay), words.Duration(a.Answer), size(a.Size), words.Count(a.Retain, "day"), e.Prices.Region, PricesOf)
	if !e.Prices.Known {
		text += "; durable operations and their data at those of us-east-1, since its own are not known"
	}
	return text + "."
}

func place(set *dsl.SourceSet, p dsl.Pos) string {
	at := set.Position(p)
	return fmt.Sprintf("%s:%d", at.File, at.Line)
}

// WriteMarkdown prints estimates as tables of Markdown.
func WriteMarkdown(w io.Writer, set *dsl.SourceSet, list []*Estimate) {
	for i, e := range list {
		if i > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "### `%s`\n\n| %s | least | expected | most |\n|---|---:|---:|---:|\n", e.Workflow, place(set, e.Pos))
		markdownRows(w, table(e.Least, e.Expected, e.Most))
		for _, part := range []struct {
			title string
			lines []string
		}{{"Assumed", e.assumptions(set)}, {"Without bound", e.boundless(set)}, {"Limits", e.Reaches()}} {
			if len(part.lines) > 0 {
				fmt.Fprintf(w, "\n**%s**\n\n", part.title)
			}
			for _, line := range part.lines {
				fmt.Fprintf(w, "* %s\n", line)
			}
		}
	}
	if len(list) > 0 {
		fmt.Fprintf(w, "\n%s\n", list[0].basis())
	}
}

func markdownRows(w io.Writer, lines [][]string) {
	for _, cells := range lines {
		name := strings.TrimSpace(cells[0])
		if name != cells[0] {
			name = "– " + name
		}
		fmt.Fprintf(w, "| %s | %s |\n", name, strings.Join(cells[1:], " | "))
	}
}

// amounts in JSON: what has no bound is null.
func (a Amounts) object() map[string]any {
	out := map[string]any{}
	put := func(name string, x float64) {
		out[name] = nil
		if !math.IsInf(x, 0) {
			out[name] = x
		}
	}
	for m, x := range a.Numbers {
		if m := Metric(m); m != Suspensions {
			put(m.String(), x)
		}
	}
	put("invocations", a.Invocations)
	put("gbSeconds", a.GBSeconds)
	put("retainedGBMonths", a.Retained)
	put("dollars", a.Cost.Total())
	return out
}

type jsonFactor struct {
	Name     string   `json:"name"`
	What     string   `json:"what"`
	File     string   `json:"file"`
	Line     int      `json:"line"`
	Least    float64  `json:"least"`
	Most     *float64 `json:"most"` // null: no bound
	Expected float64  `json:"expected"`
	Given    bool     `json:"given"`
	Remedy   string   `json:"remedy,omitempty"`
}

type jsonEstimate struct {
	Workflow string         `json:"workflow"`
	File     string         `json:"file"`
	Line     int            `json:"line"`
	Region   string         `json:"region"`
	PricesOf string         `json:"pricesOf"`
	Least    map[string]any `json:"least"`
	Expected map[string]any `json:"expected"`
	Most     map[string]any `json:"most"`
	Factors  []jsonFactor   `json:"factors"`
	Limits   []string       `json:"limits"`
}

// WriteJSON prints one JSON object a line, for each workflow.
func WriteJSON(w io.Writer, set *dsl.SourceSet, list []*Estimate) {
	for _, e := range list {
		at := set.Position(e.Pos)
		out := jsonEstimate{
			Workflow: e.Workflow, File: at.File, Line: at.Line, Region: e.Prices.Region, PricesOf: PricesOf,
			Least: e.Least.object(), Expected: e.Expected.object(), Most: e.Most.object(), Factors: []jsonFactor{}, Limits: append([]string{}, e.Reaches()...),
		}
		for _, f := range e.Factors {
			if f.Name == "" || f.What == "share" && !f.Loud() {
				continue
			}
			at := set.Position(f.Pos)
			j := jsonFactor{Name: f.Name, What: f.What, File: at.File, Line: at.Line, Least: f.Least, Expected: f.Expected, Given: f.Given, Remedy: f.Remedy}
			if !f.Unbounded() {
				j.Most, j.Remedy = &f.Most, ""
			}
			out.Factors = append(out.Factors, j)
		}
		writeLine(w, out)
	}
}

func writeLine(w io.Writer, v any) {
	line, err := json.Marshal(v)
	if err != nil {
		panic(err) // texts and finite numbers only
	}
	fmt.Fprintf(w, "%s\n", line)
}
