package cost

import (
	"fmt"
	"math"
	"strings"

	"github.com/durablegen/durablegen/dsl"
)

// Factor is something that varies from execution to execution.
type Factor struct {
	What  string // "items", "turns", "checks", "attempts", "share", "time" or "size"
	Name  string // under which it may be assumed
	Unit  Unit
	Pos   dsl.Pos
	Text  string // where it stands, as it is written
	Least float64
	Most  float64 // +Inf if the text gives no bound
	// Expected is what was assumed: Given tells whether somebody said so.
	Expected float64
	Given    bool
	// Remedy says what would bound it, if nothing does.
	Remedy string

	names []string
	// leaves: it is assumed that mostly nothing leaves a loop there.
	leaves bool
}

// Unbounded reports whether nothing bounds it.
func (f *Factor) Unbounded() bool { return math.IsInf(f.Most, 1) }

// Loud reports whether a reader wants to know of it: it was given, or several times of
// something were assumed, or a way was.
func (f *Factor) Loud() bool {
	return f.Given || f.What == "items" || f.What == "turns" || f.What == "checks" || f.What == "share" && (f.leaves || f.Expected > 0 && f.Expected < 1)
}

// factor notes a factor and gives its range.
func (w *walker) factor(f Factor) span {
	if w.known {
		return span{f.Least, f.Most, f.Expected}
	}
	id := factorID{f.Pos, f.What, f.Name}
	if old := w.factors[id]; old != nil {
		w.note(old)
		return span{old.Least, old.Most, old.Expected}
	}
	at := w.place(f.Pos)
	f.names = append(f.names, f.Name, at)
	for _, name := range f.names {
		v, ok := w.assumed.Values[key(name, f.Unit)]
		if !ok {
			continue
		}
		if !math.IsNaN(v.Most) {
			f.Most = min(f.Most, max(v.Most, f.Least))
			f.Expected = min(f.Expected, f.Most)
			f.Given = true
		}
		if !math.IsNaN(v.Expected) {
			if v.Expected < f.Least || v.Expected > f.Most {
				w.wrong(fmt.Errorf("%s=%s: %s: from %s to %s are possible (%s)", name, f.Unit.text(v.Expected), f.What, f.Unit.text(f.Least), f.Unit.text(f.Most), at))
			}
			f.Expected, f.Given = v.Expected, true
		}
	}
	w.factors[id] = &f
	w.note(&f)
	return span{f.Least, f.Most, f.Expected}
}

// factorID tells factors apart.
type factorID struct {
	pos        dsl.Pos
	what, name string
}

// note adds a factor to those of the workflow that is being walked.
func (w *walker) note(f *Factor) {
	if !w.has[f] {
		w.has[f] = true
		w.noted = append(w.noted, f)
	}
}

func (w *walker) wrong(err error) {
	if w.err == nil {
		w.err = err
	}
}

func (w *walker) place(p dsl.Pos) string {
	at := w.prog.Position(p)
	return fmt.Sprintf("%s:%d", at.File, at.Line)
}

// source is the text of a node in one line.
func (w *walker) source(n dsl.Node) string {
	if w.known {
		return ""
	}
	at := n.Range()
	src := w.prog.Sources.Source(at.Start)
	if src == nil {
		return ""
	}
	text := src.Text[src.Offset(at.Start):min(src.Offset(at.End), len(src.Text))]
	return strings.Join(strings.Fields(string(text)), " ")
}

// turns is how often a loop turns, or how many items a map has: at least and at most so
// often as the text says.
func (w *walker) turns(what, text, remedy string, names []string, pos dsl.Pos, least, most, likely float64) span {
	if w.known && math.IsInf(most, 1) {
		most = max(least, 1)
	}
	expected := max(min(likely, most), least)
	return w.factor(Factor{What: what, Name: names[0], names: names[1:], Pos: pos, Text: text, Least: least, Most: most, Expected: expected, Remedy: remedy})
}

// willing is how readily a way of a decision is taken of which nothing is said.
type willing int

const (
	asSaid willing = iota
	evenly
	toLeave // it leads to nothing but out of the loop
	toFail  // it leads to nothing but a failure
	never
)

// shares are the shares of the ways of a decision. Those of which nothing is said share the
// rest evenly, but for those that lead to a failure alone, or out of a loop: nothing fails, and
// a loop has its turns, unless it is said. Where they are all that is left, they are taken.
func (w *walker) shares(pos dsl.Pos, text string, names []string, flows []flow) []float64 {
	out := make([]float64, len(names))
	if w.known {
		return out
	}
	ranks := make([]willing, len(names))
	var number [never]int
	rest, first := 1.0, never
	for i, name := range names {
		var ok bool
		if out[i], ok = w.saidShare(pos, name, i == 0); !ok {
			ranks[i] = w.willing(&flows[i])
			first = min(first, ranks[i])
		}
		rest -= out[i]
		number[ranks[i]]++
	}
	if rest < -1e-9 {
		w.wrong(fmt.Errorf("%s: the shares of `%s` come to more than 1", w.place(pos), text))
	}
	if first == never && rest > 1e-9 {
		w.wrong(fmt.Errorf("%s: the shares of `%s` come to less than 1", w.place(pos), text))
	}
	rest = max(rest, 0)
	left := first < toLeave && number[toLeave] > 0
	open := rest
	for i := range names {
		if left && ranks[i] == toLeave {
			out[i] = min(w.at.chance(w.at.ends.behind(&flows[i])), rest) / float64(number[toLeave])
			open -= out[i]
		}
	}
	for i, name := range names {
		if ranks[i] == first {
			out[i] = open / float64(number[first])
		}
		f := Factor{What: "share", Name: name, Pos: pos, Text: text, Most: 1, Expected: out[i], Given: ranks[i] == asSaid, names: []string{name}, leaves: left}
		if i == 0 {
			f.names = append(f.names, w.place(pos))
		}
		w.noteShare(&f)
	}
	return out
}

// noteShare notes the share of a way; one without a name is what the others leave.
func (w *walker) noteShare(f *Factor) {
	id := factorID{f.Pos, f.What, f.Name}
	if w.factors[id] == nil {
		w.factors[id] = f
	}
	if f.Name != "" {
		w.note(w.factors[id])
	}
}

// willing is how readily a way is taken that has a flow.
func (w *walker) willing(f *flow) willing {
	switch ends := w.at.ends.behind(f); {
	case ends.onlyFail():
		return toFail
	case w.at.loop && ends.onlyLeave():
		return toLeave
	}
	return evenly
}

// saidShare is what was said of the share of a way, under its name, or, of the first, under
// its place.
func (w *walker) saidShare(pos dsl.Pos, name string, first bool) (float64, bool) {
	at := w.place(pos)
	for _, n := range []string{name, at} {
		if n == at && !first || n == "" {
			continue
		}
		v, ok := w.assumed.Values[n]
		switch {
		case !ok || math.IsNaN(v.Expected):
		case v.Expected <= 1:
			return v.Expected, true
		case n == name: // else something else on that line is meant
			w.wrong(fmt.Errorf("%s=%s: it is a share of the times, from 0 to 1 or 100%% (%s)", name, count(v.Expected), at))
		}
	}
	return 0, false
}
