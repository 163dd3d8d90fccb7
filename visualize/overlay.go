package visualize

import (
	"fmt"
	"sort"
	"strings"
	"time"

	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/words"
)

// Event is a line of an execution's history, as far as a diagram needs it. Type,
// ID, ParentID, Name and SubType are those of GetDurableExecutionHistory.
type Event struct {
	Type     string // "StepStarted"
	ID       string // of the operation
	ParentID string
	Name     string
	SubType  string
	At       time.Time
	// Until is when what begins here ends by itself: a wait, a callback's timeout;
	// or when a step that failed here, or a poll, is tried again. Zero if never.
	Until      time.Time
	Attempt    int    // of a step that ended
	Error      string // the type of the error
	Message    string // of the error
	CallbackID string
	Target     string // the function that is invoked
}

// Run is what an execution has done so far, laid over its graph.
type Run struct {
	Graph  *Graph
	States map[string]*State // by node ID; nodes never reached have none
	Ended  string            // "succeeded", "failed", "timed out", "stopped"; empty while it runs
	Error  string            // type and message, if it failed
	Waits  []Waiting         // what it waits for, longest first
	// Strange are IDs of the history that the graph does not have: those of called
	// workflows' operations are not among them.
	Strange []string

	through map[string]bool // nodes that are no operations and have been passed; on demand
}

// State is what happened at a node, over all turns and items.
type State struct {
	Started, Succeeded, Failed int
	Retries                    int  // attempts that failed and were followed by another, or are to be
	Waiting                    bool // something has started and not ended
	Undone                     bool // its undo has succeeded
	Error                      string
}

// Waiting is something that an execution waits for.
type Waiting struct {
	Node   *Node
	ID     string // of the operation, with its turns and items
	Why    string // "an answer", "a retry", "the next check", "time", "a function", "a step"
	Since  time.Time
	Until  time.Time // zero if there is no limit
	Events Event     // that began it
	Tries  int       // attempts or checks so far
}

// Overlay lays the history of an execution over the graph of its workflow.
func Overlay(g *Graph, events []Event) *Run {
	o := &overlay{
		run:   &Run{Graph: g, States: map[string]*State{".start": {Started: 1, Succeeded: 1}}},
		nodes: map[string]*Node{}, paths: map[string]string{}, open: map[string]*Waiting{}, parents: map[string]string{}, deadlines: map[string]Event{},
		started: map[string]bool{}, strange: map[string]bool{}, scopes: map[string]bool{},
	}
	g.Walk(func(n *Node) {
		if i := strings.LastIndexByte(n.ID, '-'); i > 0 {
			o.scopes[n.ID[:i]] = true
		}
	})
	for _, e := range events {
		o.event(e)
	}
	o.finish()
	return o.run
}

type overlay struct {
	run       *Run
	nodes     map[string]*Node  // by operation ID
	paths     map[string]string // by operation ID: the path of IDs that were hashed
	open      map[string]*Waiting
	parents   map[string]string
	deadlines map[string]Event // of callbacks, by the ID of the operation around them
	started   map[string]bool
	strange   map[string]bool
	scopes    map[string]bool // of operations; a branch of one operation has no node of its own
}

func (o *overlay) event(e Event) {
	kind, what, ok := eventType(e.Type)
	if !ok {
		return
	}
	if kind == "Execution" {
		if what != "Started" {
			o.run.Ended = map[string]string{"Succeeded": "succeeded", "Failed": "failed", "TimedOut": "timed out", "Stopped": "stopped"}[what]
			o.run.Error = words.Error(e.Error, e.Message, "")
		}
		return
	}
	n, inner := o.find(e)
	if n == nil {
		return
	}
	o.parents[e.ID] = e.ParentID
	if inner {
		// The callback and the submitter of a wait for a callback: the callback
		// tells how long there is time for an answer.
		if kind == "Callback" && what == "Started" {
			o.deadlines[e.ParentID] = e
		}
		return
	}
	s := o.run.States[n.ID]
	if s == nil {
		s = &State{}
		o.run.States[n.ID] = s
	}
	switch what {
	case "Started":
		if !o.started[e.ID] {
			o.started[e.ID] = true
			s.Started++
		}
		w := o.open[e.ID]
		if w == nil {
			w = &Waiting{Node: n, ID: e.ID, Since: e.At}
			o.open[e.ID] = w
		}
		w.Events, w.Until = e, e.Until
		w.Why = map[string]string{"Step": "a step", "Wait": "time", "Callback": "an answer", "ChainedInvoke": "a function", "Context": "what is inside"}[kind]
	case "Succeeded":
		if kind == "Step" && !e.Until.IsZero() {
			o.again(e, "the next check")
			return
		}
		s.Succeeded++
		s.Error = ""
		delete(o.open, e.ID)
		o.taken(n)
	case "Failed", "TimedOut", "Stopped", "Cancelled":
		s.Error = words.Error(e.Error, e.Message, "")
		if kind == "Step" && !e.Until.IsZero() {
			s.Retries++
			o.again(e, "a retry")
			return
		}
		if what != "Cancelled" {
			s.Failed++
		}
		delete(o.open, e.ID)
	}
}

// again notes that a step or a poll is tried again later.
func (o *overlay) again(e Event, why string) {
	if w := o.open[e.ID]; w != nil {
		w.Why, w.Until, w.Tries, w.Events = why, e.Until, e.Attempt, e
	}
}

// taken marks the operation that an undo has taken back.
func (o *overlay) taken(undo *Node) {
	if undo.Kind != Undo {
		return
	}
	if s := o.run.States[strings.TrimSuffix(undo.ID, "_u")]; s != nil {
		s.Undone = true
	}
}

// eventType splits "StepStarted" into "Step" and "Started".
func eventType(t string) (kind, what string, ok bool) {
	for _, what := range []string{"Started", "Succeeded", "Failed", "TimedOut", "Stopped", "Cancelled"} {
		if kind, ok := strings.CutSuffix(t, what); ok {
			return kind, what, true
		}
	}
	return "", "", false
}

// find gives the node of an event's operation. inner says that the operation is
// the callback or the submitter inside a wait for a callback, or an item.
func (o *overlay) find(e Event) (n *Node, inner bool) {
	path := e.ID
	if strings.HasPrefix(e.ID, "_h") {
		// The path of this ID is too long to be read from it; but its scope is
		// known, and its name in there.
		if path = o.paths[e.ID]; path == "" {
			path = join(o.path(e.ParentID), e.Name)
			if e.SubType == "MapIteration" {
				path = o.path(e.ParentID) + "-_i0"
			}
			if p := o.nodes[e.ParentID]; p != nil && p.Kind == Callback {
				path = o.path(e.ParentID) + "_c"
			}
			o.paths[e.ID] = path
		}
	}
	id, marks := stripMarks(path)
	n = o.run.Graph.Node(id)
	if n == nil {
		if !o.scopes[id] && !o.foreign(id) {
			o.strange[e.ID] = true
		}
		return nil, false
	}
	o.nodes[e.ID] = n
	return n, marks
}

func (o *overlay) path(id string) string {
	if p := o.paths[id]; p != "" {
		return p
	}
	return id
}

// foreign reports whether an ID lies inside an operation that has no nodes of its
// own here: a call, or a step's own.
func (o *overlay) foreign(id string) bool {
	for i := len(id) - 1; i > 0; i-- {
		if id[i] == '-' {
			if n := o.run.Graph.Node(id[:i]); n != nil {
				return n.Kind == Call || n.Kind == Undo
			}
		}
	}
	return false
}

// stripMarks takes the marks of turns and items from a path; inner says that the
// last segment is a part of an operation, not one itself.
func stripMarks(path string) (id string, inner bool) {
	var out []string
	for _, segment := range strings.Split(path, "-") {
		name, marks := segment, ""
		for i := 0; i+1 < len(segment); i++ {
			if segment[i] == '_' && 'a' <= segment[i+1] && segment[i+1] <= 'z' {
				name, marks = segment[:i], segment[i:]
				break
			}
		}
		if strings.Contains(marks, "_u") {
			name += "_u"
		}
		// An item is a segment of its mark alone; its node is that of the map.
		inner = name == "" || strings.HasSuffix(marks, "_c") || strings.HasSuffix(marks, "_s")
		if name != "" {
			out = append(out, name)
		}
	}
	return strings.Join(out, "-"), inner
}

// finish works out what is waited for: of the operations that are open, those with
// nothing open inside.
func (o *overlay) finish() {
	if o.run.Ended == "" {
		for id, w := range o.open {
			if o.over(id) {
				continue
			}
			if s := o.run.States[w.Node.ID]; s != nil {
				s.Waiting = true
			}
			if e, ok := o.deadlines[id]; ok {
				w.Why, w.Until, w.Events = "an answer", e.Until, e
			}
			if w.Why != "what is inside" {
				o.run.Waits = append(o.run.Waits, *w)
			}
		}
	}
	sort.Slice(o.run.Waits, func(i, j int) bool {
		a, b := o.run.Waits[i], o.run.Waits[j]
		if !a.Since.Equal(b.Since) {
			return a.Since.Before(b.Since)
		}
		return a.ID < b.ID
	})
	for id := range o.strange {
		o.run.Strange = append(o.run.Strange, id)
	}
	sort.Strings(o.run.Strange)
}

// over reports whether a scope around an operation has ended: what lost in a select
// or was left behind by a batch stays open in the history, but nobody waits for it.
func (o *overlay) over(id string) bool {
	for p := o.parents[id]; p != ""; p = o.parents[p] {
		if o.started[p] && o.open[p] == nil {
			return true
		}
	}
	return false
}

// Sentence says in words where the execution stands: why it waits, since when,
// until when, and how to go on.
func (r *Run) Sentence(now time.Time) string { return r.sentence(now, true) }

// Standing says the same for a page that stays open: without how long ago that is and
// how much longer it takes, so that it is true until something happens.
func (r *Run) Standing(now time.Time) string { return r.sentence(now, false) }

func (r *Run) sentence(now time.Time, spans bool) string {
	has := "It has "
	if r.Ended == "stopped" {
		has = "It was "
	}
	switch {
	case r.Ended != "" && r.Error != "":
		return has + r.Ended + ": " + strings.TrimSuffix(r.Error, ".") + "."
	case r.Ended != "":
		return has + r.Ended + "."
	case len(r.Waits) == 0:
		return "It is between two operations, or its function is being started."
	}
	text := r.Waits[0].sentence(now, spans)
	if n := len(r.Waits) - 1; n > 0 {
		text += fmt.Sprintf(" It waits for %s more.", words.Count(n, "thing"))
	}
	return text
}

func (w Waiting) sentence(now time.Time, spans bool) string {
	name := nodeTitle(w.Node)
	since := "since " + words.Clock(w.Since, now) + " UTC"
	if spans {
		since += " (" + words.Duration(now.Sub(w.Since)) + ")"
	}
	until := "; there is no time limit"
	if !w.Until.IsZero() {
		until = ", until " + words.Clock(w.Until, now) + " UTC"
		if spans && w.Until.After(now) {
			until += " (" + words.Duration(w.Until.Sub(now)) + " more)"
		}
	}
	switch w.Why {
	case "an answer":
		how := ""
		if w.Events.CallbackID != "" {
			how = "; answer with `durablegen callback succeed " + w.Events.CallbackID + "`"
		}
		return fmt.Sprintf("It waits for an answer to `%s` %s%s%s.", name, since, until, how)
	case "time":
		return fmt.Sprintf("It waits at `%s` %s%s; it goes on by itself.", name, since, until)
	case "a retry":
		return fmt.Sprintf("`%s` has failed %s (%s) and is tried again at %s; it goes on by itself.", name, words.Times(max(w.Tries, 1)), words.Error(w.Events.Error, w.Events.Message, ""), words.Clock(w.Until, now)+" UTC")
	case "the next check":
		return fmt.Sprintf("`%s` has been asked %s %s and is asked again at %s; it goes on by itself.", name, words.Times(max(w.Tries, 1)), since, words.Clock(w.Until, now)+" UTC")
	case "a function":
		return fmt.Sprintf("It waits for the function `%s` at `%s` %s%s.", w.Events.Target, name, since, until)
	}
	return fmt.Sprintf("It runs `%s` %s; if its process has died, it is started again by itself.", name, since)
}

// nodeTitle is an operation as the language names it.
func nodeTitle(n *Node) string {
	keyword := n.Keyword
	if _, ok := n.Op.(*dsl.StepOp); ok && n.Kind == Step {
		keyword = "step"
	}
	return strings.TrimSpace(keyword + " " + n.Name)
}

// Mermaid draws the graph with what has happened: what ran, waits, failed, was
// retried or undone, and how often; what was not reached is pale.
func (r *Run) Mermaid(detail Detail) string {
	d := &drawing{graph: r.Graph, detail: detail, view: reduce(r.Graph, detail), run: r}
	return d.draw("Flow of the workflow " + r.Graph.Workflow.Name.Text + " with what has happened")
}

// runDefs are the classes of states; they come after those of kinds, and so win.
var runDefs = []struct{ name, style string }{
	{"pale", "opacity:0.6"},
	{"ok", "fill:#2da44e4d,stroke:#2da44e,stroke-width:2px"},
	{"waiting", "fill:#d4a72c66,stroke:#d4a72c,stroke-width:4px"},
	{"failed", "fill:#f8514966,stroke:#f85149,stroke-width:3px"},
	{"undone", "fill:#e36f284d,stroke:#e36f28,stroke-width:2px,stroke-dasharray:4 3"},
	{"waitingFrame", "stroke:#d4a72c,stroke-width:4px"},
	{"failedFrame", "stroke:#f85149,stroke-width:3px"},
	{"undoneFrame", "stroke:#e36f28,stroke-width:2px,stroke-dasharray:4 3"},
}

// frameClasses are the classes of frames by state: their border alone says it, so
// that what they hold stands out.
var frameClasses = map[string]string{"waiting": "waitingFrame", "failed": "failedFrame", "undone": "undoneFrame"}

// class gives the class of a node's state; none for one that control has passed
// and that is no operation.
func (r *Run) class(n *Node) string {
	s := r.States[n.ID]
	switch {
	case n.Op == nil && n.Kind != Undo:
		if r.passed()[n.ID] {
			return ""
		}
		return "pale"
	case s == nil:
		return "pale"
	case s.Waiting:
		return "waiting"
	case s.Undone:
		return "undone"
	case s.Failed > 0:
		return "failed"
	case s.Succeeded > 0:
		return "ok"
	}
	return "pale"
}

// marks gives what is written on a node: a mark behind its title, and notes below.
func (r *Run) marks(n *Node) (mark string, notes []string) {
	s := r.States[n.ID]
	if s == nil || n.Op == nil && n.Kind != Undo {
		return "", nil
	}
	many := s.Started > 1
	switch {
	case s.Waiting:
		mark, notes = " ⏳", append(notes, waitNote(r, n))
		if many {
			notes = append(notes, fmt.Sprintf("%d of %d done", s.Succeeded, s.Started))
		}
	case s.Undone:
		mark, notes = " ↩", append(notes, "undone")
	case many && s.Failed > 0:
		notes = append(notes, fmt.Sprintf("✓ %d, ✗ %d", s.Succeeded, s.Failed))
	case s.Failed > 0:
		mark, notes = " ✗", append(notes, words.FirstLine(s.Error))
	case many:
		mark, notes = " ✓", append(notes, fmt.Sprintf("%d times", s.Succeeded))
	case s.Succeeded > 0:
		mark = " ✓"
	}
	if s.Retries > 0 {
		notes = append(notes, "↻ "+words.Count(s.Retries, "retry"))
	}
	return mark, notes
}

// passed tells through which nodes control has gone, as far as the history shows:
// from what ended, along its edges, as long as something that has started lies behind.
func (r *Run) passed() map[string]bool {
	if r.through != nil {
		return r.through
	}
	r.through = map[string]bool{}
	from := map[string][]*Edge{}
	for _, e := range r.Graph.Edges {
		from[e.From] = append(from[e.From], e)
	}
	var visit func(id string)
	next := func(e *Edge) bool {
		n := r.Graph.Node(e.To)
		return n.Op == nil && !r.through[n.ID] && (n.Kind != Return || r.Ended == "succeeded") &&
			(n.Kind != Fail || r.Ended == "failed" || len(from[n.ID]) > 0)
	}
	visit = func(id string) {
		r.through[id] = true
		var live []*Edge
		for _, e := range from[id] {
			if r.leads(e.To, from, map[string]bool{}) {
				live = append(live, e)
			}
		}
		if live == nil {
			live = from[id]
		}
		for _, e := range live {
			if next(e) {
				visit(e.To)
			}
		}
	}
	visit(".start")
	for id, s := range r.States {
		for _, e := range from[id] {
			if next(e) && (e.Kind == Error && s.Failed > 0 || e.Kind != Error && s.Succeeded > 0) {
				visit(e.To)
			}
		}
		if n := r.Graph.Node(id); n != nil && n.Frame {
			for _, start := range n.Starts {
				if r.Graph.Node(start).Op == nil && !r.through[start] {
					visit(start)
				}
			}
		}
	}
	return r.through
}

// leads reports whether a node is, or has behind it, an operation that has started.
func (r *Run) leads(id string, from map[string][]*Edge, seen map[string]bool) bool {
	if r.Graph.Node(id).Op != nil {
		return r.States[id] != nil
	}
	seen[id] = true
	for _, e := range from[id] {
		if !seen[e.To] && r.leads(e.To, from, seen) {
			return true
		}
	}
	return false
}

func waitNote(r *Run, n *Node) string {
	for _, w := range r.Waits {
		if w.Node.ID == n.ID {
			text := "since " + w.Since.UTC().Format("15:04:05")
			if !w.Until.IsZero() {
				text += " until " + w.Until.UTC().Format("15:04:05")
			}
			return text
		}
	}
	return "under way"
}
