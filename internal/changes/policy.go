package changes

import (
	"fmt"
	"slices"
	"strings"

	"github.com/durablegen/durablegen/dsl"
)

// repetition is what the declaration of a step says of repeating it, and how loudly to tell
// that it is repeated.
func repetition(p *point) string {
	d, ok := p.decl.(*dsl.StepDecl)
	switch {
	case !ok:
		return map[string]string{
			"callback": "whoever was asked is asked again", "invoke": "the function is invoked again",
			"wait": "the time begins anew", "call": "all that it did, too", "group": "all that it did, too",
			"map": "all of its items", "parallel": "all of its branches",
		}[p.kind]
	case d.Builtin != "":
		return "it gives another value"
	case d.Policy.Reads != nil:
		return "it `reads` only"
	case d.Policy.Idempotent != nil:
		return "it is `idempotent`, with another key unless it has one of its own"
	case d.Policy.AtMostOnce != nil:
		return "MONEY: it is `at most once`, and happens twice"
	case d.Policy.AtLeastOnce != nil:
		return "MONEY: it is `at least once`, and what it does twice may do harm"
	}
	return "nothing says that it bears repetition"
}

// policy compares how two operations are repeated, bounded and called.
func (c *comparer) policy(o, n *point) {
	before, after := onceOf(o), onceOf(n)
	switch {
	case before && !after:
		c.add(Policy, o, n, "%s is not `at most once` any more", n.title()).
			verdict(Under, o, Again, "an attempt that was cut off is made again, and may have taken effect: MONEY").
			verdict(Past, o, Nothing, "its outcome stays")
	case !before && after:
		c.add(Policy, o, n, "%s is `at most once`", n.title()).
			verdict(Under, o, Depends, "an attempt that was cut off is `Interrupted`").
			verdict(Past, o, Nothing, "its outcome stays")
	}
}

// stored compares where the results of two operations are kept.
func (c *comparer) stored(o, n *point) {
	was, is := storedOf(o), storedOf(n)
	if was == is {
		return
	}
	text := "%s keeps its result outside of the record"
	if was {
		text = "%s keeps its result in the record"
	}
	c.add(Policy, o, n, text, n.title()).
		verdict(Before, o, Nothing, "its result is kept as the new text says").
		verdict(Under, o, Nothing, "its result is kept as the new text says").
		verdict(Past, o, Nothing, "its outcome stays, and is read from where it is").
		Remedy = "leave the function its store (`DURABLEGEN_STORE`) until no execution of before is under way"
}

func storedOf(p *point) bool {
	d, ok := p.decl.(*dsl.StepDecl)
	return ok && p.kind == "step" && d.Policy.Stored != nil
}

// given compares what two operations are given, and how they are repeated and bounded.
func (c *comparer) given(o, n *point) {
	if o.args != n.args {
		ch := c.add(Arguments, o, n, "%s is given something else", n.title()).
			verdict(Before, o, Nothing, "it is given what the new text says")
		if n.kind == "step" || n.kind == "poll" {
			ch.verdict(Under, o, Nothing, "the next attempt is given what the new text says")
		}
		ch.verdict(Past, o, Nothing, "its outcome stays")
	}
	if was, is := targetOf(o), targetOf(n); was != is {
		c.add(Policy, o, n, "%s invokes `%s`, and invoked `%s`", n.title(), is, was).
			verdict(Before, o, Nothing, "the new function is invoked").
			verdict(Under, o, Nothing, "the former one is awaited").
			verdict(Past, o, Nothing, "its outcome stays")
	}
	if o.clauses != n.clauses {
		ch := c.add(Policy, o, n, "%s is repeated or bounded otherwise", n.title()).
			verdict(Before, o, Nothing, "the new clauses hold")
		switch n.kind {
		case "callback", "open", "wait":
			ch.verdict(Under, o, Nothing, "the times with which it began stay")
		case "step", "poll":
			ch.verdict(Under, o, Nothing, "the new clauses hold from the next attempt on")
		}
		ch.verdict(Past, o, Nothing, "its outcome stays")
	}
}

// targetOf says which Lambda function is invoked; empty if none is.
func targetOf(p *point) string {
	if d, ok := p.decl.(*dsl.FunctionDecl); ok {
		return d.TargetText()
	}
	return ""
}

func onceOf(p *point) bool {
	d, ok := p.decl.(*dsl.StepDecl)
	return ok && p.kind == "step" && d.Policy.AtMostOnce != nil
}

// undo compares what takes two operations back.
func (c *comparer) undo(o, n *point) {
	was, is := o.undo, n.undo
	switch {
	case was == nil && is == nil:
	case is == nil:
		c.add(Undo, o, n, "%s has no `undo` any more", n.title()).
			verdict(From, o, Left, "a failure does not take it back: MONEY").
			verdict(Undoing, o, Breaks, "if its undo has begun, nobody asks for that")
	case was == nil:
		c.add(Undo, o, n, "%s has an `undo`", n.title()).
			verdict(From, o, Depends, "a later failure takes it back, unless it lies in a scope that has ended").
			verdict(Undoing, o, Depends, "it is taken back, too")
	case was.kind != is.kind && !(was.inner != nil && is.inner != nil):
		c.add(Undo, o, n, "the undo of %s is a %s, and was a %s", n.title(), is.kind, was.kind).
			verdict(Past, o, Nothing, "the new one takes it back").
			verdict(From, was, Breaks, "recorded is a %s, and a %s is wanted", was.kind, is.kind)
	case was.callee != is.callee && is.kind != "undo" && was.kind != "undo":
		effect, text := Breaks, fmt.Sprintf("recorded is `%s`, and `%s` is wanted", was.callee, is.callee)
		if is.was {
			effect, text = Nothing, "it counts as the same, by `was`"
		}
		c.add(Undo, o, n, "%s is taken back by `%s`, and was by `%s`", n.title(), is.callee, was.callee).
			verdict(Past, o, Nothing, "the new one takes it back").
			verdict(Under, was, effect, "%s", text).
			verdict(Past, was, Nothing, "it has been taken back").
			Remedy = fmt.Sprintf("if `%s` is only the new name, write `was %q` at the undo", is.callee, was.callee)
	default:
		for i := range min(len(was.inner), len(is.inner)) {
			c.scopes(was.inner[i], is.inner[i])
		}
	}
}

// logic compares what is computed and decided in two scopes, and reports whether that has
// changed.
func (c *comparer) logic(old, new *scope) bool {
	gone, fresh := decided(old, new)
	if len(gone) == 0 && len(fresh) == 0 && (!reorders(old, new) || old.unordered) {
		return false
	}
	ch := &Change{Kind: Logic, Text: "what is decided and computed has changed" + inside(new)}
	text := "goes on if what has been decided comes out as before; what the new way has runs late, or again where the old one did it, too; what the old one had is left"
	if handles(gone) && handles(fresh) && len(gone)+len(fresh) > 0 {
		ch.Kind, ch.Text = Catches, "what is done about failures has changed"+inside(new)
		text = "goes on unless such a failure is on record; then the new way is gone"
	}
	if len(fresh) > 0 {
		ch.Pos = fresh[0].pos
	}
	if len(gone) > 0 {
		ch.Old = gone[0].pos
	}
	if old.owner != nil {
		ch.Call = old.owner.call
		if old.owner.kind == "call" {
			ch.Call = old.owner.path
		}
	}
	if len(gone)+len(fresh) == 0 {
		ch.Text = "what is decided and computed stands in another order" + inside(new)
	}
	if text := told(gone); text != "" {
		ch.Text += "; gone: " + text
	}
	if text := told(fresh); text != "" {
		ch.Text += "; new: " + text
	}
	ch.verdict(stageOf(old), old.owner, Depends, "%s", text)
	if old.undoable && old.owner != nil && old.owner.kind != "undo" {
		ch.verdict(Past, old.owner, Breaks, "if it comes out otherwise: it is entered again for its undos, and may hold nothing new")
	}
	if old.undoable {
		ch.Verdicts = append(ch.Verdicts, Verdict{
			At: Position{Stage: Undoing, Operation: pathOf(old)}, Effect: Breaks, Where: "while it takes back what it did" + inside(old),
			Text: "if it comes out otherwise, so that nothing fails there",
		})
	}
	ch.Remedy = "replay the histories of the executions that there are: `durablegen rehearse`"
	c.changes = append(c.changes, ch)
	return true
}

// handles reports whether all of it stands in catches.
func handles(list []piece) bool {
	return !slices.ContainsFunc(list, func(p piece) bool { return !p.caught })
}

func stageOf(s *scope) Stage {
	if s.owner == nil {
		return Anywhere
	}
	return From
}

func pathOf(s *scope) string {
	if s.owner == nil {
		return ""
	}
	return s.owner.path
}

func inside(s *scope) string {
	if s.owner == nil {
		return ""
	}
	return " in " + s.owner.title()
}

// told shows the first few pieces.
func told(list []piece) string {
	var texts []string
	for _, p := range list {
		text := "`" + strings.ReplaceAll(p.shown, "`", "'") + "`"
		if p.shown != "" && !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	if n := len(texts); n > 3 {
		texts = append(texts[:3], fmt.Sprintf("%d more", n-3))
	}
	return strings.Join(texts, ", ")
}

// pairMoves tells of what was added and removed: the same callee in both has been renamed
// or moved, and runs again. So does what stands inside of these, or of a branch that is new or
// gone.
func (c *comparer) pairMoves() {
	paired := map[*point]bool{}
	var alone []*point // that are gone, and nothing in their place
	for _, old := range c.removed {
		best := slices.IndexFunc(c.added, func(a *arrival) bool { return !paired[a.p] && alike(a.p, old) && a.old == old.in })
		if best < 0 {
			best = slices.IndexFunc(c.added, func(a *arrival) bool { return !paired[a.p] && alike(a.p, old) })
		}
		if best < 0 {
			alone = append(alone, old)
			continue
		}
		paired[c.added[best].p], paired[old] = true, true
		c.move(old, c.added[best])
	}
	var fresh, gone []*point
	for _, a := range c.added {
		if !paired[a.p] {
			fresh = append(fresh, a.p)
		}
	}
	fresh, gone = parts(append(fresh, c.parts.fresh...)), parts(append(alone, c.parts.gone...))
	for _, old := range gone {
		if i := slices.IndexFunc(fresh, func(n *point) bool { return !paired[n] && moves(old, n) }); i >= 0 {
			paired[fresh[i]], paired[old] = true, true
			c.across(old, fresh[i])
		}
	}
	for _, old := range alone {
		if !paired[old] {
			c.leave(old)
		}
	}
	for _, a := range c.added {
		if !paired[a.p] {
			ch := c.add(Added, nil, a.p, "%s is new", a.p.title())
			c.late(ch, a, a.p.title()+" runs late")
		}
	}
}

// parts gives operations and those inside of them.
func parts(list []*point) []*point {
	var out []*point
	for _, p := range list {
		out = append(out, p)
		for _, s := range p.inner {
			out = append(out, parts(s.ops)...)
		}
	}
	return out
}

// moves reports whether an operation that is gone may be one that is new in another scope. A
// wait may be any; that the time begins anew is told of one that bears the same name.
func moves(o, n *point) bool {
	return o.op != nil && n.op != nil && alike(n, o) && (n.callee != "" || n.kind == "wait" && n.ident == o.ident)
}

// across tells of an operation that stands in another scope, inside of what is new or gone.
func (c *comparer) across(o, n *point) {
	ch := c.add(Moved, o, n, "%s stands elsewhere, as %s", o.title(), n.title())
	ch.Remedy = "leave it in the scope and the loops where it was"
	ch.verdict(Before, o, Nothing, "it runs once")
	ch.again(o, n)
	if o.undo != nil {
		ch.verdict(Undoing, o, Breaks, "if its undo has begun, nobody asks for that")
	}
}

// again enters that what one operation has done is done by another one once more.
func (ch *Change) again(o, n *point) {
	again := repetition(n)
	if again != "" {
		again = ": " + again
	}
	ch.verdict(From, o, Again, "%s runs again%s", n.title(), again)
}

// alike reports whether an operation does what another one did.
func alike(n, o *point) bool {
	if n.kind != o.kind {
		return false
	}
	if n.callee != "" {
		return n.callee == o.callee
	}
	return n.name == o.name || n.kind == "wait"
}

// leave tells of an operation that is gone.
func (c *comparer) leave(o *point) {
	ch := c.add(Removed, o, nil, "%s is gone", o.title()).
		verdict(Before, o, Nothing, "it does not run").
		verdict(From, o, Left, "its record is left; what waits there is not waited for")
	if o.undo != nil {
		ch.verdict(Past, o, Left, "a failure does not take it back: MONEY")
		ch.verdict(Undoing, o, Breaks, "if its undo has begun, nobody asks for that")
	}
}

// move tells of an operation that has another identity.
func (c *comparer) move(o *point, a *arrival) {
	n := a.p
	kind, text := Moved, fmt.Sprintf("%s stands elsewhere, as %s", o.title(), n.title())
	remedy := "leave it in the scope and the loops where it was"
	if a.old == o.in && len(n.loops) == len(o.loops) {
		kind, text = Renamed, fmt.Sprintf("%s is called %s now, without `was`", o.title(), n.title())
		remedy = fmt.Sprintf("write `was %q` at it", o.ident)
	}
	ch := c.add(kind, o, n, "%s", text)
	ch.Remedy = remedy
	if kind == Moved && passable(o) {
		ch.verdict(Before, o, Late, "where its old place was passed over, it runs late")
	} else {
		ch.verdict(Before, o, Nothing, "it runs once")
	}
	ch.again(o, n)
	if a.next = nil; !c.late(ch, a, "") && o.undo != nil {
		ch.verdict(Undoing, o, Breaks, "if its undo has begun, nobody asks for that")
	}
}

// passable reports whether an execution may be past an operation that it has not run: one under
// a condition, in a loop or in a map.
func passable(o *point) bool {
	for {
		if o.under != "" || len(o.loops) > 0 {
			return true
		}
		if o = o.in.owner; o == nil {
			return false
		}
		if o.kind == "map" {
			return true
		}
	}
}

// late tells of executions that are past the place of a new operation, and reports whether
// of those that take back what they did, too.
func (c *comparer) late(ch *Change, a *arrival, text string) (undoing bool) {
	if a.old.unordered {
		ch.verdict(From, a.old.owner, Nothing, "it starts where nothing is decided yet")
		return false
	}
	if a.next != nil {
		ch.verdict(Before, a.next, Nothing, "it runs in its place")
		ch.verdict(From, a.next, Late, "%s", text)
		at := &ch.Verdicts[len(ch.Verdicts)-1].At
		for _, p := range a.behind {
			at.Or = append(at.Or, p.path)
		}
	}
	if a.old.undoable && a.old.owner != nil && a.old.owner.kind != "undo" {
		ch.verdict(Past, a.old.owner, Breaks, "it is entered again for its undos, and may hold nothing new")
	}
	if a.old.undoable || undoesAround(a.old) {
		v := Verdict{At: Position{Stage: Undoing, Operation: pathOf(a.old)}, Effect: Breaks, Where: "while it takes back what it did" + inside(a.old), Text: "if it comes to the new operation on its way there"}
		ch.Verdicts = append(ch.Verdicts, v)
		return true
	}
	return false
}

func undoesAround(s *scope) bool {
	for ; s.owner != nil; s = s.owner.in {
		if s.owner.in.undoable {
			return true
		}
	}
	return false
}
