package oracle

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/durablegen/durablegen/codegen/internal/oracle/world"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/cost"
	"github.com/durablegen/durablegen/internal/opid"
	"github.com/durablegen/durablegen/runtime/wire"
	"github.com/durablegen/durablegen/visualize"
)

// interpreter runs a workflow one operation after the other, in time that it only
// reckons, and holds what it comes to against the record of a real run. Where the
// language leaves open what happens (which items of a batch that failed had started,
// which of two simultaneous cases won) it takes what the record says and looks
// whether that is allowed.
type interpreter struct {
	prog    *dsl.Program
	seed    uint64
	crashed bool
	records map[string]*wire.Operation
	seen    map[string]bool
	hidden  map[string]string // by path, what an operation with a label calls
	renamed map[string]bool   // by path: it may be on record under the name that it had
	known   map[string]string // by path, the ID of what `was` leads to elsewhere
	trails  trails            // where control has gone
	counts  cost.Observed     // how often; nil if nobody asks
	ends    map[string]int    // of attempts and checks, by ID
}

// mismatch is what the interpreter panics with where the record is not as it has to
// be.
type mismatch string

func disagree(format string, args ...any) { panic(mismatch(fmt.Sprintf(format, args...))) }

// judge compares a run with what the language says. It gives the first difference,
// or nothing.
func judge(prog *dsl.Program, c world.Case, obs *world.Observation) (went trails, problem string) {
	return count(prog, c, obs, nil)
}

// count is judge, and counts what the run has come to.
func count(prog *dsl.Program, c world.Case, obs *world.Observation, counts cost.Observed) (went trails, problem string) {
	if obs.Problem != "" {
		return nil, obs.Problem
	}
	x := &interpreter{ends: endsOf(obs), prog: prog, seed: c.Seed, crashed: obs.Crash != "" || obs.Rerun != "", records: map[string]*wire.Operation{}, seen: map[string]bool{}, hidden: map[string]string{}, renamed: map[string]bool{}, known: map[string]string{}, counts: counts}
	for i := range obs.Operations {
		if op := &obs.Operations[i]; op.Type != wire.TypeExecution {
			x.records[op.Id] = op
		}
	}
	defer func() {
		if r := recover(); r != nil {
			m, ok := r.(mismatch)
			if !ok {
				panic(r)
			}
			went, problem = nil, string(m)
		}
	}()
	var w *dsl.WorkflowDecl
	for _, d := range prog.Workflows {
		if d.Name.Text == c.Workflow {
			w = d
		}
	}
	x.trails = newTrails(prog, w)
	vars := env{}
	var input map[string]json.RawMessage
	json.Unmarshal(c.Input, &input)
	for _, p := range w.Params {
		text := string(input[p.Name.Text])
		v, ok := decode(p.Var.Type, text)
		if !ok {
			panic(fmt.Sprintf("the input does not fit %s: %s", p.Name.Text, text))
		}
		vars[p.Var] = v
	}
	log := &order{}
	s := &scope{x: x, log: log, clock: &span{}, walk: &walker{trail: x.trails[""]}}
	out := s.workflow(w, vars)
	if out.kind == fails {
		if f := s.undo(); f != nil {
			out.failure = f
		}
	}
	x.ended(w, out, obs)
	for id, op := range x.records {
		if !x.seen[id] {
			disagree("the record has %s %s (%s), which should not be", op.Type, id, op.Status)
		}
	}
	return x.trails, log.judge(obs)
}

// ended compares the end of the execution.
func (x *interpreter) ended(w *dsl.WorkflowDecl, out outcome, obs *world.Observation) {
	if (out.next == nil) != (obs.Next == nil) || out.next != nil && world.Canonical(*obs.Next) != *out.next {
		disagree("the workflow goes on with %s, and should with %s", text(obs.Next), text(out.next))
	}
	if out.next != nil {
		return
	}
	switch out.kind {
	case fails:
		if obs.Status != wire.ExecutionFailed || obs.Error == nil {
			disagree("the execution is %s with %s; it should fail with %s", obs.Status, text(obs.Result), out.failure)
		}
		if !sameError(obs.Error, out.failure) {
			disagree("the execution fails with %s (%s), and should with %s", obs.Error.ErrorType, obs.Error.ErrorMessage, out.failure)
		}
	case halts:
		panic("a workflow that does not end")
	default:
		want := encode(w.ResultType, out.value)
		if obs.Status != wire.ExecutionSucceeded {
			disagree("the execution is %s with %+v; it should give %s", obs.Status, obs.Error, want)
		}
		if got := world.Canonical(text(obs.Result)); got != want {
			disagree("the result is %s, and should be %s", got, want)
		}
	}
}

func text(s *string) string {
	if s == nil {
		return "null"
	}
	return *s
}

func (f *failure) String() string {
	if f.typ == "Bad" {
		return fmt.Sprintf("Bad %v", f.fields["code"])
	}
	return f.typ + " (" + f.why + ")"
}

// sameError compares a recorded error with one of the language. An unexpected one
// goes by the name that it had on the other side.
func sameError(obj *wire.ErrorObject, f *failure) bool {
	if f.typ == "Unexpected" {
		switch obj.ErrorType {
		case "Timeout", "HeartbeatTimeout", "Interrupted", "Stopped", "Exhausted", "UndoFailed":
			return false
		case "Bad", "Worse":
			return f.foreign == obj.ErrorType
		}
		return true
	}
	if f.typ == "Bad" {
		var data struct{ Code int64 }
		if json.Unmarshal([]byte(obj.ErrorData), &data) != nil || data.Code != f.fields["code"] {
			return false
		}
	}
	return obj.ErrorType == f.typ
}

// span is when something happens: between lo and hi after the start.
type span struct{ lo, hi time.Duration }

func (s *span) pass(lo, hi time.Duration) {
	s.lo += lo
	s.hi += hi
}

// mode says how far a scope goes.
type mode int

const (
	live    mode = iota // to its end
	stopped             // as far as its records; then it undoes itself
	closed              // as far as its records; nothing is undone
)

// scope is a context of the service.
type scope struct {
	x     *interpreter
	path  string
	id    string // of its record; empty for the workflow
	mode  mode
	dry   bool // nothing is compared: what would happen if it went to its end
	late  bool // it is part of what was stopped, and may have ended after that
	undos []*undoEntry
	turns map[dsl.Node]int
	clock *span
	log   *order
	walk  *walker // where it stands in the graph; nil if that is not looked at
}

// workflow runs the body of a workflow.
func (s *scope) workflow(w *dsl.WorkflowDecl, vars env) outcome {
	s.walk.visit(s.walk.at(visualize.Start, w.Pos()))
	out := s.block(w.Body, vars)
	if out.kind == goesOn {
		s.walk.visit(s.walk.at(visualize.Return, w.Body.End))
	}
	return out
}

// body runs the body of a scope that is a frame of the graph.
func (s *scope) body(b *dsl.Block, end dsl.Pos, vars env) outcome {
	out := s.block(b, vars)
	if out.kind == goesOn || out.kind == gives {
		s.walk.end(end)
	}
	return out
}

// undoEntry undoes one operation, or what a scope that has succeeded handed over.
type undoEntry struct {
	path  string
	of    dsl.Operation
	undo  *dsl.Undo
	name  string // of the operation
	vars  env
	args  []any
	inner []*undoEntry
	node  *visualize.Node // of the undo
	walk  *walker
}

// A path is made of the names of what is around; see docs on identity.
func join(scope, name, marks string) string {
	var b strings.Builder
	if scope != "" {
		b.WriteString(scope + "-")
	}
	for _, c := range []byte(name) {
		if c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "_%02X", c)
		}
	}
	return b.String() + marks
}

// idOf gives the ID of the operation at a path. Where a label hides what it calls, that
// stands behind it.
func (x *interpreter) idOf(path string) string {
	if id := x.known[path]; id != "" {
		return id
	}
	callee := x.hidden[path]
	if callee != "" {
		callee = join("", callee, "")
	}
	switch {
	case callee == "" && len(path) <= 64:
		return path
	case callee != "" && len(path)+len("_k")+len(callee) <= 64:
		return path + "_k" + callee
	}
	sum := sha256.Sum256([]byte(path))
	id := "_h" + base64.RawURLEncoding.EncodeToString(sum[:])
	if callee != "" {
		id += "_k" + callee
	}
	return id
}

// calls notes what an operation with a label calls.
func (x *interpreter) calls(path string, op dsl.Operation) {
	base := op.Base()
	switch op.(type) {
	case *dsl.GroupOp, *dsl.AwaitOp:
		return
	default: // calls something, or has no callee
	}
	switch {
	case base.Callee == nil || base.Label == nil:
	case base.Label.Was != nil:
		// It takes whatever stands there, with the name that it had and what it called; or what
		// has its label, if that called what it was.
		was := join("", base.Identity, "")
		i := strings.LastIndex(path, was)
		label := path[:i] + join("", base.Segment, "") + path[i+len(was):]
		for id := range x.records {
			at, callee, ok := opid.Callee(id)
			switch {
			case ok && slices.Contains(bases(path), at):
				x.hidden[path] = callee
			case ok && callee == base.Identity && slices.Contains(bases(label), at):
				x.known[path] = id
			default:
				continue
			}
			x.renamed[path] = true
		}
	case base.Label.As != nil && base.Callee.Text != base.Label.As.Value:
		x.hidden[path] = base.Callee.Text
	}
}

func bases(path string) []string {
	both := opid.Bases(path)
	return both[:]
}

// own is the path of an operation of the scope.
func (s *scope) own(base *dsl.OpBase) string {
	marks := ""
	for _, loop := range base.Loops {
		marks += fmt.Sprintf("_i%d", s.turns[loop])
	}
	return join(s.path, base.Identity, marks)
}

// reach comes to an operation. It gives its record, nil if there is none, which is
// right only where the scope was not to go on.
func (s *scope) reach(path string, typ wire.OperationType, subType, name string) *wire.Operation {
	if s.dry {
		return nil
	}
	id := s.x.idOf(path)
	rec := s.x.records[id]
	if rec == nil {
		if s.mode == live {
			disagree("there is no record of %s %s", subType, path)
		}
		return nil
	}
	if s.x.seen[id] {
		disagree("%s is reached twice", path)
	}
	s.x.seen[id] = true
	if rec.Type != typ || rec.SubType != subType || rec.Name != name && !s.x.renamed[path] {
		disagree("%s is recorded as %s %s %q, and should be %s %s %q", path, rec.Type, rec.SubType, rec.Name, typ, subType, name)
	}
	if s.id != "" && rec.ParentId != s.id {
		disagree("the parent of %s is %q, and should be %q", path, rec.ParentId, s.id)
	}
	if s.mode == live && !rec.Status.Terminal() && typ != wire.TypeCallback {
		disagree("%s is %s, and should have ended", path, rec.Status)
	}
	return rec
}

// child is a scope inside of this one.
func (s *scope) child(path string, m mode, log *order) *scope {
	return &scope{x: s.x, path: path, id: s.x.idOf(path), mode: m, dry: s.dry, late: s.late || s.mode == stopped, clock: s.clock, log: log}
}

// context runs a body as a scope of its own.
func (s *scope) context(path, subType, name string, result dsl.Type, body func(c *scope) outcome) outcome {
	return s.contextWith(path, nil, subType, name, result, body)
}

// contextWith is context for one that end has ended before its body was done, if that is
// not nil.
func (s *scope) contextWith(path string, end *failure, subType, name string, result dsl.Type, body func(c *scope) outcome) outcome {
	rec := s.reach(path, wire.TypeContext, subType, name)
	if rec == nil && !s.dry {
		return outcome{kind: halts}
	}
	c := s.child(path, s.mode, s.log)
	ended := rec == nil || rec.Status.Terminal()
	if ended && !(s.mode == stopped && failedUndo(rec)) {
		c.mode = live
	}
	if end != nil {
		c.mode = stopped
	}
	out := c.settle(body(c))
	if end != nil && (out.kind != fails || out.failure.typ != "UndoFailed") {
		out = failed(end)
	}
	switch {
	case out.kind == halts && ended && !s.dry:
		disagree("%s has ended as %s, though something in it has not", path, rec.Status)
	case out.kind == halts || !ended && out.kind != fails:
		return outcome{kind: halts}
	case !ended && !(c.mode == stopped && out.failure.typ == "UndoFailed"):
		return outcome{kind: halts}
	}
	s.compare(rec, path, result, out)
	if out.kind != fails {
		s.handOver(c)
	}
	return out
}

func failedUndo(rec *wire.Operation) bool {
	return rec != nil && rec.ContextDetails != nil && rec.ContextDetails.Error != nil && rec.ContextDetails.Error.ErrorType == "UndoFailed"
}

// settle undoes a scope whose body has not succeeded.
func (c *scope) settle(out outcome) outcome {
	if out.kind == fails && c.mode != closed || c.mode == stopped {
		if f := c.undo(); f != nil {
			return outcome{kind: fails, failure: f}
		}
	}
	if c.mode == stopped && out.kind != fails {
		return outcome{kind: halts}
	}
	return out
}

// compare holds the outcome of a context against its record.
func (s *scope) compare(rec *wire.Operation, path string, result dsl.Type, out outcome) {
	if s.dry {
		return
	}
	if out.kind == fails {
		if rec.Status != wire.StatusFailed || rec.ContextDetails == nil || rec.ContextDetails.Error == nil {
			disagree("%s is %s, and should have failed with %s", path, rec.Status, out.failure)
		}
		if !sameError(rec.ContextDetails.Error, out.failure) {
			disagree("%s has failed with %s (%s), and should have with %s", path, rec.ContextDetails.Error.ErrorType, rec.ContextDetails.Error.ErrorMessage, out.failure)
		}
		return
	}
	if rec.Status != wire.StatusSucceeded {
		disagree("%s is %s, and should have succeeded: %+v", path, rec.Status, rec.ContextDetails)
	}
	if result == nil || rec.ContextDetails == nil || rec.ContextDetails.Result == nil {
		return
	}
	if r, ok := result.(*dsl.Record); ok && r.Parallel != nil {
		return
	}
	if _, ok := result.(*dsl.Outcome); ok {
		return
	}
	if got, want := world.Canonical(*rec.ContextDetails.Result), encode(result, out.value); got != want {
		disagree("%s gave %s, and should have given %s", path, got, want)
	}
}

// handOver passes the undos of a scope that has succeeded on.
func (s *scope) handOver(c *scope) {
	if len(c.undos) > 0 {
		s.register(&undoEntry{path: c.path, inner: c.undos})
		c.undos = nil
	}
}

// register adds an undo, in the place of what the same operation handed over.
func (s *scope) register(e *undoEntry) {
	for i := range s.undos {
		if s.undos[i].path == e.path {
			s.undos[i] = e
			return
		}
	}
	s.undos = append(s.undos, e)
}

// commit drops what the scope has registered. One that was stopped may have been
// undoing itself when what it waited for ended: then it had not come here before.
func (s *scope) commit() {
	if s.mode != stopped || s.dry || !s.begun() {
		s.undos = nil
	}
}

// begun reports whether an undo of what the scope has registered is on record.
func (s *scope) begun() bool { return slices.ContainsFunc(s.undos, s.x.begun) }

// begun reports whether an undo of an entry is on record.
func (x *interpreter) begun(e *undoEntry) bool {
	if e.undo == nil {
		return slices.ContainsFunc(e.inner, x.begun)
	}
	return x.records[x.idOf(e.path+"_u")] != nil
}

// undo takes back what the scope has registered, last first.
func (s *scope) undo() *failure {
	list, m := s.undos, s.mode
	s.undos, s.mode = nil, live
	defer func() { s.mode = m }()
	bad := false
	s.undoAll(list, &bad)
	if bad {
		return &failure{typ: "UndoFailed", why: "an undo failed"}
	}
	return nil
}

func (s *scope) undoAll(list []*undoEntry, bad *bool) {
	for i := len(list) - 1; i >= 0; i-- {
		e := list[i]
		if e.undo == nil {
			s.undoAll(e.inner, bad)
			continue
		}
		path := e.path + "_u"
		s.count(e.of, cost.Undone)
		walk := e.walk.undo(e.node)
		var out outcome
		if e.undo.Op == nil {
			out = s.context(path, wire.SubTypeRunInChildContext, "undo "+e.name, nil, func(c *scope) outcome {
				c.walk = walk.inside(e.node)
				return c.body(e.undo.Body, e.undo.Body.End, maps.Clone(e.vars))
			})
			walk.ended(e.node, out)
		} else {
			outer := s.walk
			s.walk = walk
			s.count(e.undo.Op, cost.Visits)
			clauses, f := s.x.clauses(e.undo.Op, e.vars)
			if f != nil {
				panic(f)
			}
			out = s.start(e.undo.Op, path, clauses, e.args, e.vars)
			walk.ended(e.node, out)
			s.countOp(e.undo.Op, path, e.undo.Op.Base().Catches, out)
			if out.kind == fails {
				out = s.catch(e.node, e.undo.Op.Base().Catches, out.failure, e.vars)
			}
			s.walk = outer
		}
		*bad = *bad || out.kind == fails
	}
}
