package changes

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/durablegen/durablegen/dsl"
)

// Compare tells what an edit that made new of old does. One of the two may be nil: the
// package was not there, or is gone. They may come from [dsl.Resolve]; of a workflow that
// is not clear in one of them, only that is told.
func Compare(old, new *dsl.Program) *Report {
	r := &Report{Old: old, New: new}
	before, after := flows(old), flows(new)
	if new != nil {
		r.Package = new.Package
	} else if old != nil {
		r.Package = old.Package
	}
	names := map[string]bool{}
	for name := range before {
		names[name] = true
	}
	for name := range after {
		names[name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		o, n := before[name], after[name]
		w := &Workflow{Name: name}
		switch {
		case o == nil:
			w.Changes = []*Change{{Kind: NewFlow, Text: fmt.Sprintf("workflow `%s` is new", name), Pos: n.Name.Pos()}}
		case n == nil:
			w.Changes = []*Change{gone(name, o)}
		case unclear(old, o) != nil:
			w.Changes = []*Change{hidden("what `%s` was can't be known: %s", name, unclear(old, o))}
			w.Changes[0].Old, w.Changes[0].Pos = w.Changes[0].Pos, 0
		case unclear(new, n) != nil:
			w.Changes = []*Change{hidden("what `%s` is can't be known: %s", name, unclear(new, n))}
		default:
			c := &comparer{flow: name}
			c.signature(o, n)
			c.scopes(modelOf(old, o), modelOf(new, n))
			c.pairMoves()
			w.Changes = c.changes
			slices.SortStableFunc(w.Changes, func(a, b *Change) int { return cmp.Compare(b.Effect(), a.Effect()) })
		}
		r.Workflows = append(r.Workflows, w)
	}
	return r
}

func flows(p *dsl.Program) map[string]*dsl.WorkflowDecl {
	out := map[string]*dsl.WorkflowDecl{}
	if p != nil {
		for _, w := range p.Workflows {
			if w.Name != nil && w.Body != nil {
				out[w.Name.Text] = w
			}
		}
	}
	return out
}

func unclear(p *dsl.Program, w *dsl.WorkflowDecl) *dsl.Diagnostic {
	if d, unclear := p.Unclear[w]; unclear {
		return &d
	}
	return nil
}

func hidden(format, name string, d *dsl.Diagnostic) *Change {
	return &Change{
		Kind: Unclear, Text: fmt.Sprintf(format, name, d.Message), Pos: d.Span.Start,
		Verdicts: []Verdict{{Effect: Unknown, Where: "wherever it stands", Text: "nobody can tell what becomes of it"}},
		Remedy:   "compare with a version that `durablegen check` accepts; or replay the histories of the executions that there are: `durablegen rehearse`",
	}
}

func gone(name string, o *dsl.WorkflowDecl) *Change {
	return &Change{
		Kind: GoneFlow, Text: fmt.Sprintf("workflow `%s` is gone", name), Old: o.Name.Pos(),
		Verdicts: []Verdict{{Effect: Breaks, Where: "wherever it stands", Text: "no code is left that could go on with it"}},
		Others:   []string{"whoever starts it finds no such workflow"},
		Remedy:   "keep the workflow until its last execution has ended; or publish versions, on which executions stay",
	}
}

// comparer gathers the changes of a workflow.
type comparer struct {
	flow    string
	changes []*Change
	removed []*point
	added   []*arrival
	// parts are branches that are new or gone, of which is told already.
	parts struct{ fresh, gone []*point }
}

// arrival is an operation that is new where it stands.
type arrival struct {
	p    *point
	old  *scope // that it is new in, as it was
	next *point // of the old version: the first operation behind its place; nil if there is none
	loop bool   // next is the first one of a loop that both are in
	// behind are all of the old version that are begun only past its place, next among them.
	behind []*point
}

// add enters a change of an operation.
func (c *comparer) add(kind string, old, new *point, format string, args ...any) *Change {
	ch := &Change{Kind: kind, Text: fmt.Sprintf(format, args...)}
	if old != nil {
		ch.Old, ch.Call = old.pos, old.call
	}
	if new != nil {
		ch.Pos, ch.Call = new.pos, new.call
	}
	c.changes = append(c.changes, ch)
	return ch
}

// verdict enters what becomes of the executions at a position of an operation.
func (ch *Change) verdict(s Stage, p *point, e Effect, format string, args ...any) *Change {
	v := Verdict{At: Position{Stage: s}, Effect: e, Text: fmt.Sprintf(format, args...)}
	if p != nil {
		v.At.Operation = p.path
	}
	v.Where = where(s, p)
	ch.Verdicts = append(ch.Verdicts, v)
	return ch
}

func where(s Stage, p *point) string {
	if p == nil || s == Anywhere {
		return "wherever it stands"
	}
	switch s {
	case Before:
		return "before " + p.title()
	case Under:
		switch p.kind {
		case "callback", "wait", "poll", "open", "invoke":
			return "waiting at " + p.title()
		case "step":
			return "while " + p.title() + " runs"
		}
		return "inside " + p.title()
	case From:
		return "from " + p.title() + " on"
	case Past:
		return "past " + p.title()
	case Undoing:
		if around := p.in.owner; around != nil {
			return "while " + around.title() + " is taken back"
		}
		return "while it takes back what it did"
	}
	return ""
}

// signature compares what a workflow is started with, gives, and fails with.
func (c *comparer) signature(o, n *dsl.WorkflowDecl) {
	add := func(format string, args ...any) *Change {
		ch := &Change{Kind: Signature, Text: fmt.Sprintf(format, args...), Pos: n.Name.Pos(), Old: o.Name.Pos()}
		c.changes = append(c.changes, ch)
		return ch
	}
	if o.TakesHandle() == nil && n.TakesHandle() != nil {
		add("`%s` takes an open callback, and is no function any more", c.flow).verdict(Anywhere, nil, Breaks, "nothing runs it").
			Remedy = "give the workflow that takes it another name"
	} else if o.TakesHandle() != nil {
		// Nobody has started it.
	} else if why, ok := fits(event(o.Params), event(n.Params)); !ok || len(o.Params) == 1 && len(n.Params) > 1 {
		switch {
		case len(o.Params) == 1 && len(n.Params) > 1:
			why = "it was the value itself, and is an object with a field for each parameter now"
		case len(o.Params) > 1 && len(n.Params) == 1:
			why = "it was an object with a field for each parameter, and is the value itself now"
		}
		ch := add("the parameters of `%s` have changed", c.flow)
		ch.verdict(Anywhere, nil, Breaks, "its input does not fit: %s", why)
		ch.Others = []string{"whoever starts it: the event has to be another"}
		ch.Remedy = "add an optional field to a parameter that is a record, or an optional parameter where there are two or more; or give the new workflow another name"
	} else if !sameParams(o.Params, n.Params) {
		ch := add("the parameters of `%s` have changed; what was given before fits", c.flow)
		ch.verdict(Anywhere, nil, Nothing, "its input fits")
	}
	if why, ok := fits(o.ResultType, n.ResultType); !ok || !same(o.ResultType, n.ResultType) {
		ch := add("the result of `%s` is %s, and was %s", c.flow, typeText(n.ResultType), typeText(o.ResultType))
		ch.Others = []string{"whoever awaits it gets another result"}
		if !ok {
			ch.Others[0] += ": " + why
		}
	}
	gone, fresh := differ(errorNames(o.Fails), errorNames(n.Fails))
	if len(fresh) > 0 {
		add("`%s` may fail with %s", c.flow, ticks(fresh)).Others = []string{"whoever awaits it: an error more to expect"}
	}
	if len(gone) > 0 {
		add("`%s` does not fail with %s any more", c.flow, ticks(gone)).Others = []string{"whoever awaits it: an error less"}
	}
}

func sameParams(a, b []*dsl.Param) bool {
	return slices.EqualFunc(a, b, func(x, y *dsl.Param) bool {
		return x.Var != nil && y.Var != nil && same(x.Var.Type, y.Var.Type) && (x.Name.Text == y.Name.Text || len(a) == 1)
	})
}

// scopes compares the inside of two operations that are the same one.
func (c *comparer) scopes(old, new *scope) {
	matched := map[*point]*point{} // by that of the new version
	taken := map[*point]bool{}
	for _, n := range new.ops {
		for _, o := range old.ops {
			if !taken[o] && finds(n, o) {
				matched[n], taken[o] = o, true
				break
			}
		}
	}
	c.order(new, matched)
	for _, n := range new.ops {
		if o := matched[n]; o != nil {
			c.pair(o, n)
			continue
		}
		c.added = append(c.added, c.arrive(old, new, n, matched))
	}
	for _, o := range old.ops {
		if !taken[o] {
			c.removed = append(c.removed, o)
		}
	}
	if !c.logic(old, new) {
		c.arms(new, matched)
	}
}

// arms tells of operations that stand under another condition, where nothing that decides has
// changed.
func (c *comparer) arms(new *scope, matched map[*point]*point) {
	for _, n := range new.ops {
		if o := matched[n]; o != nil && o.under != n.under {
			c.add(Reordered, o, n, "%s stands under another condition, or under none", n.title()).
				verdict(Before, o, Late, "where it was passed over and is wanted now, it runs late")
		}
	}
}

// finds reports whether an operation of the new version asks for the record of one of the
// old, as the runtime does.
func finds(n, o *point) bool {
	if len(n.loops) != len(o.loops) {
		return false
	}
	switch {
	case n.ident == o.ident:
		return true
	case n.was && o.hidden != "" && o.hidden == n.ident && o.ident == n.name:
		return true // `as "pay" was "charge"`, for `charge() as "pay"`
	case n.hidden != "" && o.was && o.ident == n.hidden && o.name == n.name:
		return true // and back
	}
	return false
}

// order tells of operations that have changed places.
func (c *comparer) order(new *scope, matched map[*point]*point) {
	var last *point
	for _, n := range new.ops {
		o := matched[n]
		if o == nil || new.unordered {
			continue
		}
		if last != nil && slices.Index(o.in.ops, o) < slices.Index(o.in.ops, last) {
			c.add(Reordered, o, n, "%s stands at another place among the operations around it", n.title()).
				verdict(Before, o, Late, "what is on record keeps its result; what stands above it now and has not run yet runs late")
			return
		}
		last = o
	}
}

// arrive finds where executions have to stand to be past the place of a new operation.
func (c *comparer) arrive(old, new *scope, n *point, matched map[*point]*point) *arrival {
	a := &arrival{p: n, old: old}
	i := slices.Index(new.ops, n)
	for _, later := range new.ops[i+1:] {
		if o := matched[later]; o != nil {
			a.behind = append(a.behind, o)
		}
	}
	if len(a.behind) > 0 {
		a.next = a.behind[0]
	}
	for _, sibling := range new.ops[:i] {
		if o := matched[sibling]; o != nil && len(n.loops) > 0 && len(sibling.loops) > 0 && sibling.loops[0] == n.loops[0] {
			if !a.loop {
				a.next, a.loop = o, true // an earlier turn may be past its place
			}
			a.behind = append(a.behind, o)
		}
	}
	return a
}

// pair compares two operations of which the new one takes the record of the old.
func (c *comparer) pair(o, n *point) {
	if !c.sameKind(o, n) || !c.sameCallee(o, n) {
		return
	}
	if o.name != n.name && n.was {
		c.add(Renamed, o, n, "%s is called %s now, by `was`", o.title(), n.title()).verdict(From, o, Nothing, "its record is kept")
	} else if o.name != n.name {
		c.add(Renamed, o, n, "%s is called %s now", o.title(), n.title()).verdict(From, o, Nothing, "its record is kept")
	}
	c.result(o, n)
	c.errors(o, n)
	c.policy(o, n)
	c.stored(o, n)
	c.given(o, n)
	c.undo(o, n)
	switch n.kind {
	case "select":
		c.cases(o.inner[0], n.inner[0])
	case "parallel":
		c.branches(o, n)
	default:
		for i := range min(len(o.inner), len(n.inner)) {
			c.scopes(o.inner[i], n.inner[i])
		}
	}
}

// sameKind compares what the service knows of two operations.
func (c *comparer) sameKind(o, n *point) bool {
	group := func(p *point) bool { return p.kind == "group" || p.kind == "call" || p.kind == "undo" }
	if o.kind == n.kind && o.enclosed == n.enclosed || group(o) && group(n) {
		return true
	}
	was, is := o.kind, n.kind
	if was == is {
		without := map[bool]string{false: " without a timeout", true: " with a timeout"}
		was, is = was+without[o.enclosed], is+without[n.enclosed]
	}
	c.add(Kind, o, n, "%s is a %s, and was a %s", n.title(), is, was).
		verdict(Before, o, Nothing, "the %s runs", n.kind).
		verdict(From, o, Breaks, "recorded is a %s, and a %s is wanted", was, is).
		Remedy = fmt.Sprintf("give the %s another name, with `as`: what was recorded is left then", n.kind)
	return false
}

// sameCallee compares what two operations call. Where it is not the same, the results are
// those of others, and nothing else of them is compared.
func (c *comparer) sameCallee(o, n *point) bool {
	if o.callee == n.callee || o.kind != n.kind {
		return true
	}
	switch {
	case n.was, o.hidden == "" && n.hidden != "":
		how := "by `was`"
		if !n.was {
			how = "since the label is what it called"
		}
		c.add(Renamed, o, n, "%s calls `%s`, and called `%s`; it counts as the same, %s", n.title(), n.callee, o.callee, how).
			verdict(Before, o, Nothing, "`%s` is called", n.callee).
			verdict(Under, o, Depends, "the next attempt calls `%s`", n.callee).
			verdict(Past, o, Nothing, "the result of `%s` is taken", o.callee)
		return true
	}
	c.add(Callee, o, n, "%s calls `%s`, and called `%s`", n.title(), n.callee, o.callee).
		verdict(Before, o, Nothing, "`%s` is called", n.callee).
		verdict(From, o, Breaks, "recorded is a call of `%s`, and one of `%s` is wanted", o.callee, n.callee).
		Remedy = fmt.Sprintf("if `%s` is only the new name of `%s`, write `was %q`; else give the operation another label", n.callee, o.callee, o.callee)
	return false
}

// result compares the types of two results.
func (c *comparer) result(o, n *point) {
	was, is := resultOf(o), resultOf(n)
	switch n.kind {
	case "select", "parallel", "map":
		return // these are told of what is inside
	}
	why, ok := fits(was, is)
	if ok {
		if !same(was, is) {
			c.add(Result, o, n, "the result of %s is %s, and was %s; what is recorded fits", n.title(), typeText(is), typeText(was))
		}
		return
	}
	ch := c.add(Result, o, n, "the result of %s does not take what was given before", n.title())
	ch.Remedy = "make a new field optional, or give it a default; or give the operation a new name, so that it runs again"
	switch n.kind {
	case "callback", "open", "invoke":
		who := map[string]string{"invoke": "the function that it invokes"}[n.kind]
		if who == "" {
			who = "whoever answers " + n.title()
		}
		ch.verdict(From, o, Breaks, "an answer of before is `Unexpected`: %s", why)
		ch.Others = []string{who + " has to give another value: " + why}
	case "poll":
		ch.verdict(From, o, Breaks, "what the last check gave does not decode: %s", why)
	default:
		ch.verdict(Before, o, Nothing, "it gives the new result")
		ch.verdict(Past, o, Breaks, "its recorded result does not decode: %s", why)
	}
}

// resultOf is the type of what an operation, or a branch, gives.
func resultOf(p *point) dsl.Type {
	switch d := p.decl.(type) {
	case *dsl.StepDecl:
		return d.ResultType
	case *dsl.CallbackDecl:
		return d.ResultType
	case *dsl.FunctionDecl:
		return d.ResultType
	case *dsl.WorkflowDecl:
		return d.ResultType
	default: // nothing is called
	}
	if p.op != nil {
		return p.op.Base().Result
	}
	return nil
}

// errors compares the data of the errors that an operation fails with.
func (c *comparer) errors(o, n *point) {
	was := failsOf(o)
	for name, e := range failsOf(n) {
		c.arrivals(o, n, was[name], e)
		why, ok := fitsError(was[name], e)
		if ok {
			continue
		}
		ch := c.add(Errors, o, n, "%s: the data of `%s` does not take what was given before", n.title(), name)
		ch.Remedy = "make the new field optional, or give it a default"
		if n.kind == "step" || n.kind == "poll" || n.kind == "call" || n.kind == "group" {
			ch.verdict(Past, o, Breaks, "if it failed with `%s`: %s", name, why)
			continue
		}
		ch.verdict(From, o, Breaks, "a failure with `%s` is `Unexpected`: %s", name, why)
		ch.Others = []string{"whoever answers " + n.title() + " with `" + name + "`: " + why}
	}
}

// arrivals compares which failures from outside arrive as an error. What a step has failed
// with is on record as what it arrived as; what others recorded arrives anew at each replay.
func (c *comparer) arrivals(o, n *point, was, is *dsl.ErrorType) {
	if was == nil {
		was = &dsl.ErrorType{}
	}
	gone, fresh := differ(was.Bears, is.Bears)
	if len(gone)+len(fresh) == 0 || n.kind == "call" || n.kind == "group" {
		return
	}
	text, names := "%s: what fails as %s arrives as `%s`", fresh
	if len(fresh) == 0 {
		text, names = "%s: what fails as %s does not arrive as `%s` any more", gone
	}
	ch := c.add(Errors, o, n, text, n.title(), ticks(names), is.Name)
	if n.kind == "step" || n.kind == "poll" {
		ch.verdict(Under, o, Nothing, "the next attempt that fails so fails with the new error").verdict(Past, o, Nothing, "its outcome stays")
		return
	}
	ch.verdict(From, o, Depends, "a failure of that name is caught as the new error, on record or not")
}

func failsOf(p *point) map[string]*dsl.ErrorType {
	out := map[string]*dsl.ErrorType{}
	var list []*dsl.ErrorType
	switch d := p.decl.(type) {
	case *dsl.StepDecl:
		list = d.Fails
	case *dsl.CallbackDecl:
		list = d.Fails
	case *dsl.FunctionDecl:
		list = d.Fails
	default:
		if p.op != nil {
			list = p.op.Base().Raises
		}
	}
	for _, e := range list {
		out[e.Name] = e
	}
	return out
}

// branches compares those of two parallels, and c.cases those of two selects.
func (c *comparer) branches(o, n *point) {
	old, new := o.inner[0], n.inner[0]
	for _, b := range new.ops {
		i := slices.IndexFunc(old.ops, func(x *point) bool { return x.ident == b.ident })
		if i < 0 {
			c.add(Added, nil, b, "branch %s is new", b.title()).
				verdict(Before, o, Nothing, "it runs").
				verdict(Under, o, Late, "it starts beside the others").
				verdict(Past, o, Breaks, "the recorded result has nothing of `%s`", b.ident).
				Remedy = "put what is new into a `parallel` of its own, behind"
			c.parts.fresh = append(c.parts.fresh, b)
			continue
		}
		c.branch(old.ops[i], b)
	}
	for _, b := range old.ops {
		if !slices.ContainsFunc(new.ops, func(x *point) bool { return x.ident == b.ident }) {
			c.add(Removed, b, nil, "branch %s is gone", b.title()).verdict(From, b, Left, "what it did is left as it is")
			c.parts.gone = append(c.parts.gone, b)
		}
	}
}

func (c *comparer) branch(o, n *point) {
	was, is := branchResult(o), branchResult(n)
	if why, ok := fits(was, is); !ok {
		c.add(Result, o, n, "branch %s gives another type", n.title()).
			verdict(Past, o, Breaks, "its recorded result does not decode: %s", why)
	}
	for i := range min(len(o.inner), len(n.inner)) {
		c.scopes(o.inner[i], n.inner[i])
	}
}

func branchResult(p *point) dsl.Type {
	if around, ok := p.in.owner.op.(*dsl.ParallelOp); ok {
		for _, b := range around.Branches {
			if b.Name != nil && b.Name.Text == p.ident {
				return b.Result
			}
		}
	}
	return nil
}

func (c *comparer) cases(old, new *scope) {
	o, n := old.owner, new.owner
	for _, k := range new.ops {
		i := slices.IndexFunc(old.ops, func(x *point) bool { return x.ident == k.ident })
		if i < 0 {
			ch := c.add(Case, nil, k, "case %s of %s is new", k.title(), n.title()).
				verdict(From, o, Nothing, "it takes part where nothing has won yet")
			gone := func(x *point) bool {
				return x.kind == k.kind && x.callee == k.callee && !slices.ContainsFunc(new.ops, func(y *point) bool { return y.ident == x.ident })
			}
			if i := slices.IndexFunc(old.ops, gone); i >= 0 {
				ch.verdict(Under, o, Again, "what %s has done is done again", old.ops[i].title())
			}
			continue
		}
		was := old.ops[i]
		if was.hidden != "" && k.hidden != "" && was.hidden != k.hidden {
			c.add(Case, was, k, "case %s calls `%s`, and called `%s`", k.title(), k.callee, was.callee).
				verdict(From, o, Breaks, "if it has begun or won: recorded is `%s`, and `%s` is wanted", was.callee, k.callee).
				Remedy = fmt.Sprintf("if it is only the new name, write `was %q`; else give the case another label", was.callee)
			continue
		}
		if k.kind == "await" && was.args != k.args {
			c.add(Case, was, k, "case %s waits for another callback", k.title()).
				verdict(Past, o, Depends, "if it has won, the answer of the one before stays").
				Remedy = "let the cases that await the same callback stand in the order of before"
		}
		if why, ok := fits(resultOf(was), resultOf(k)); !ok {
			c.add(Result, was, k, "case %s gives another type", k.title()).
				verdict(From, o, Breaks, "if it has won, its value does not decode: %s", why)
		}
		if c.sameKind(was, k) {
			for i := range min(len(was.inner), len(k.inner)) {
				c.scopes(was.inner[i], k.inner[i])
			}
		}
	}
	for _, k := range old.ops {
		if !slices.ContainsFunc(new.ops, func(x *point) bool { return x.ident == k.ident }) {
			c.add(Case, k, nil, "case %s of %s is gone", k.title(), o.title()).
				verdict(Under, o, Left, "it is left").
				verdict(Past, o, Breaks, "if it has won: there is no such case").
				Remedy = "keep the case until no execution has it on record"
		}
	}
	c.otherwise(o, n)
	c.logic(old, new)
}

// differ gives what of two lists is in the first only, and in the second only.
func differ(old, new []string) (gone, fresh []string) {
	for _, name := range old {
		if !slices.Contains(new, name) {
			gone = append(gone, name)
		}
	}
	for _, name := range new {
		if !slices.Contains(old, name) {
			fresh = append(fresh, name)
		}
	}
	return gone, fresh
}

func errorNames(list []*dsl.ErrorType) []string {
	var names []string
	for _, e := range list {
		names = append(names, e.Name)
	}
	slices.SortFunc(names, cmp.Compare)
	return names
}

func ticks(names []string) string { return "`" + strings.Join(names, "`, `") + "`" }

func typeText(t dsl.Type) string {
	if t == nil {
		return "nothing"
	}
	return "`" + t.String() + "`"
}

// same reports whether two types of different programs are alike: each fits the other.
func same(a, b dsl.Type) bool {
	_, there := fits(a, b)
	_, back := fits(b, a)
	return there && back
}

// otherwise compares the `else` of two selects.
func (c *comparer) otherwise(o, n *point) {
	had, has := o.op.(*dsl.SelectStmt).Else != nil, n.op.(*dsl.SelectStmt).Else != nil
	switch {
	case has && !had:
		c.add(Case, o, n, "%s has an `else`, and does not wait any more", n.title()).
			verdict(Under, o, Nothing, "it is taken where nothing is there yet")
	case had && !has:
		c.add(Case, o, n, "the `else` of %s is gone", o.title()).
			verdict(Under, o, Nothing, "it waits").
			verdict(Past, o, Breaks, "if it was taken: there is no such case").
			Remedy = "keep the `else` until no execution has it on record"
	}
}
