package visualize

import (
	"fmt"
	"strings"

	"github.com/durablegen/durablegen/dsl"
)

// operation follows an operation with its catches and its undo. lead is the name
// of the branch, if the operation is one.
func (b *builder) operation(s *scope, op dsl.Operation, lead string, in []exit) []exit {
	if sel, ok := op.(*dsl.SelectStmt); ok {
		return b.selectStmt(s, sel, in)
	}
	n := b.operationNode(s, op, b.id(s, op))
	n.Lead = lead
	if c := nameText(op.Base().Callee); n.Name == lead && c != "" {
		n.Name = c // a label that only repeats the branch says nothing
	}
	b.connect(in, n)
	var out []exit
	if !n.endless {
		out = append(out, exit{from: n.ID})
	}
	out = append(out, b.catches(s, n, op.Base())...)
	b.undo(s, n, op)
	return out
}

// id gives the ID of an operation. `await` is none of the service and has no
// identity: its node counts as those of other statements do.
func (b *builder) id(s *scope, op dsl.Operation) string {
	if _, ok := op.(*dsl.AwaitOp); ok {
		return s.id("await", "")
	}
	return join(s.prefix, op.Base().Identity)
}

// operationNode makes the node of an operation, with all that a frame holds.
func (b *builder) operationNode(s *scope, op dsl.Operation, id string) *Node {
	base := op.Base()
	n := b.node(&Node{ID: id, Op: op, Pos: base.Pos()})
	n.Name = title(base)
	switch op := op.(type) {
	case *dsl.StepOp:
		n.Kind = Step
		describeStep(n, op.Decl, base, op.Args)
	case *dsl.CallbackOp:
		n.Kind, n.Keyword = Callback, "callback"
		describeCallback(n, op.Decl, base, op.Args)
	case *dsl.OpenOp:
		n.Kind, n.Keyword = Callback, "open"
		describeCallback(n, op.Decl, base, nil)
	case *dsl.AwaitOp:
		n.Kind, n.Keyword = Callback, "await"
	case *dsl.InvokeOp:
		n.Kind, n.Keyword = Invoke, "invoke"
		if op.Decl != nil {
			n.Doc = firstSentence(op.Decl.Doc)
			n.More = append(n.More, op.Decl.TargetText())
		}
		n.Notes = appendClause(n.Notes, "timeout ", nil, base.Use.Timeout)
		n.More = append(n.More, callText(base, op.Args))
	case *dsl.CallOp:
		n.Kind, n.Keyword, n.Target = Call, "call", op.Decl
		if op.Decl != nil {
			n.Doc = firstSentence(op.Decl.Doc)
		}
		n.Notes = appendClause(n.Notes, "timeout ", nil, base.Use.Timeout)
		n.More = append(n.More, callText(base, op.Args))
	case *dsl.WaitOp:
		n.Kind = Wait
		describeWait(n, op)
	case *dsl.PollOp:
		n.Kind, n.Keyword = Poll, "poll"
		describePoll(n, op)
	case *dsl.GroupOp:
		n.Kind, n.Keyword = Group, "group"
		if op.Until != nil {
			n.Notes = append(n.Notes, "until await "+nameText(op.Until.Callee))
		}
		n.Notes = appendClause(n.Notes, "timeout ", nil, base.Use.Timeout)
		n.endless = !b.body(n, op.Body)
	case *dsl.ParallelOp:
		n.Kind, n.Keyword = Parallel, settledText(op.Settled)+"parallel"
		n.Name = labelText(base)
		n.Notes = limitNotes(op.Limits)
		all := b.branches(n, op)
		n.endless = !all && !op.Settled && op.Min == nil && op.Tolerate == nil
	case *dsl.MapOp:
		n.Kind, n.Keyword = Map, settledText(op.Settled)+"map"
		n.Name = nameText(op.Item) + " in " + exprText(op.List)
		if l := labelText(base); l != "" {
			n.Name = l + ", " + n.Name
		}
		n.Notes = limitNotes(op.Limits)
		b.body(n, op.Body) // which an empty list never enters
	case *dsl.SelectStmt:
		panic("visualize: a select is drawn as a statement")
	}
	return n
}

// title is what people call an operation: its label, or what it names.
func title(base *dsl.OpBase) string {
	if l := labelText(base); l != "" {
		return l
	}
	return nameText(base.Callee)
}

func labelText(base *dsl.OpBase) string {
	if base.Label != nil && base.Label.As != nil {
		return base.Label.As.Value
	}
	return ""
}

func callText(base *dsl.OpBase, args []dsl.Expr) string {
	return nameText(base.Callee) + argsText(args)
}

func settledText(settled bool) string {
	if settled {
		return "settled "
	}
	return ""
}

// catches draws the error paths of an operation: to its own catches, and to the end of
// the workflow. Those to the catches of a try leave from its frame.
func (b *builder) catches(s *scope, n *Node, base *dsl.OpBase) []exit {
	errors := base.Raises
	var out []exit
	undoes, registered := s.undoes, s.undoes
	all := false
	for i, c := range base.Catches {
		s.undoes = undoes
		label, rest, ok := catchLabel(c, errors)
		if errors = rest; !ok {
			continue
		}
		out = append(out, b.arm(s, c.Body, exit{from: n.ID, kind: Error, label: label, way: i})...)
		registered = merge(registered, s.undoes)
		if c.Types == nil {
			all = true
			break
		}
	}
	s.undoes = undoes
	if !all {
		errors, _ = b.raise(s, errors, false)
		b.uncaught(s, n, errors)
	}
	s.undoes = registered
	return out
}

// uncaught draws the errors that leave the workflow: the ones in its `fails`. Those
// that leave an inner scope go on at its frame.
func (b *builder) uncaught(s *scope, n *Node, errors []*dsl.ErrorType) {
	if s.inner {
		return
	}
	var names []string
	var leave []*dsl.ErrorType
	for _, e := range errors {
		if !e.Builtin || containsType(s.fails, e) {
			names, leave = append(names, e.Name), append(leave, e)
		}
	}
	if len(names) == 0 {
		return
	}
	end := b.aside(s, &Node{Kind: Fail, Name: strings.Join(names, ", "), Pos: n.Pos, Undoes: reversed(s.undoes), errors: leave})
	s.ends = append(s.ends, end)
	b.edge(exit{from: n.ID, kind: Error, way: len(n.Op.Base().Catches)}, end.ID)
}

// undo draws what takes an operation back, and registers it. Of a frame without
// an undo of its own, the undos registered inside are handed over.
func (b *builder) undo(s *scope, n *Node, op dsl.Operation) {
	u := op.Base().Undo
	if u == nil {
		s.undoes = append(s.undoes, undoesWithin(n)...)
		return
	}
	id := n.ID + "_u"
	var un *Node
	if u.Op != nil {
		un = b.operationNode(s, u.Op, id)
		b.undoCatches(un, u.Op.Base())
	} else {
		un = b.node(&Node{ID: id, Pos: u.Pos()})
		b.body(un, u.Body)
	}
	un.Kind, un.Keyword = Undo, "undo"
	b.edge(exit{from: un.ID, kind: TakeBack}, n.ID)
	s.undoes = append(s.undoes, un.ID)
}

// catchLabel tells what leads to a catch, and what it leaves of the errors of an operation.
// ok is false if nothing leads there.
func catchLabel(c *dsl.Catch, errors []*dsl.ErrorType) (label string, rest []*dsl.ErrorType, ok bool) {
	if c.Types == nil {
		return "any error", errors, true
	}
	names, rest := caught(c, errors, false)
	return strings.Join(names, ", "), rest, len(names) > 0
}

// undoCatches draws the catches of an undo's operation. What follows them is the
// next undo, so their exits lead nowhere in the graph.
func (b *builder) undoCatches(n *Node, base *dsl.OpBase) {
	// The service gives no names to what is in there, so two catches of one scope
	// are told apart by the operation that is undone.
	inner := &scope{prefix: n.ID, inner: true, yields: new([]exit)}
	errors := base.Raises
	for i, c := range base.Catches {
		label, rest, ok := catchLabel(c, errors)
		if errors = rest; !ok {
			continue
		}
		out := b.arm(inner, c.Body, exit{from: n.ID, kind: Error, label: label, way: i})
		for _, x := range out {
			b.edge(x, "")
		}
	}
}

// undoesWithin lists the undos that a frame hands over, in the order in which they are registered.
func undoesWithin(n *Node) []string {
	var ids []string
	replaced := map[string]bool{}
	walk(n.Nodes, func(c *Node) {
		if c.Kind == Undo {
			if !c.dropped {
				ids = append(ids, c.ID)
			}
			replaced[strings.TrimSuffix(c.ID, "_u")] = true
		}
	})
	var out []string
	for _, id := range ids {
		if !within(replaced, strings.TrimSuffix(id, "_u")) {
			out = append(out, id)
		}
	}
	return out
}

// within reports whether an operation lies inside one of a set.
func within(set map[string]bool, id string) bool {
	for i := range id {
		if id[i] == '-' && set[id[:i]] {
			return true
		}
	}
	return false
}

// body fills a frame with a block that is a scope of its own, and reports whether
// its end can be reached.
func (b *builder) body(frame *Node, block *dsl.Block) bool {
	outer := b.frame
	b.frame = frame
	frame.Frame = true
	var yields []exit
	inner := &scope{prefix: frame.ID, inner: true, yields: &yields}
	ends := b.block(inner, block, []exit{{from: frame.ID}})
	kept := inner.given
	if len(ends) > 0 {
		kept = merge(kept, inner.undoes)
	}
	for _, id := range inner.drops {
		b.graph.byID[id].dropped = !contains(kept, id)
	}
	ends = append(ends, yields...)
	if len(ends) > 0 {
		end := b.aside(inner, &Node{Kind: End, Pos: block.End})
		b.connect(ends, end)
	}
	b.frame = outer
	return len(ends) > 0
}

// branches fills the frame of a parallel, and reports whether all can succeed.
func (b *builder) branches(frame *Node, op *dsl.ParallelOp) bool {
	all := true
	outer := b.frame
	b.frame = frame
	frame.Frame = true
	for _, br := range op.Branches {
		prefix := join(frame.ID, br.Name.Text)
		if br.Op != nil {
			// An operation's exits and catches are the branch's end.
			var yields []exit
			inner := &scope{prefix: prefix, inner: true, yields: &yields}
			out := b.operation(inner, br.Op, br.Name.Text, []exit{{from: frame.ID}})
			out = append(out, yields...)
			all = all && len(out) > 0
			if len(out) > 1 {
				b.connect(out, b.aside(inner, &Node{Kind: End, Pos: br.End}))
			} else if len(out) == 1 {
				b.edge(out[0], "")
			}
			continue
		}
		n := b.node(&Node{ID: prefix, Kind: Branch, Lead: br.Name.Text, Pos: br.Pos()})
		frame.Starts = append(frame.Starts, n.ID)
		all = b.body(n, br.Body) && all
	}
	b.frame = outer
	return all
}

func (b *builder) selectStmt(s *scope, stmt *dsl.SelectStmt, in []exit) []exit {
	n := b.node(&Node{ID: join(s.prefix, stmt.Identity), Kind: Select, Keyword: "select", Name: labelText(&stmt.OpBase), Op: stmt, Frame: true, Pos: stmt.Pos()})
	b.connect(in, n)
	outer := b.frame
	b.frame = n
	inner := &scope{prefix: n.ID, inner: true}
	labels := make([]string, len(stmt.Cases))
	for i, c := range stmt.Cases {
		o := b.operationNode(inner, c.Op, b.id(inner, c.Op))
		n.Starts = append(n.Starts, o.ID)
		b.drops(inner, o, c)
		labels[i] = strings.TrimSpace(o.Keyword + " " + o.Name)
	}
	b.frame = outer
	var out []exit
	undoes, registered := s.undoes, s.undoes
	for i, c := range stmt.Cases {
		s.undoes = undoes
		out = append(out, b.arm(s, c.Body, exit{from: n.ID, label: labels[i], way: i})...)
		registered = merge(registered, s.undoes)
	}
	if stmt.Else != nil {
		s.undoes = undoes
		out = append(out, b.arm(s, stmt.Else, exit{from: n.ID, label: "else", way: len(stmt.Cases)})...)
		registered = merge(registered, s.undoes)
	}
	s.undoes = undoes
	out = append(out, b.catches(s, n, &stmt.OpBase)...)
	s.undoes = merge(registered, s.undoes)
	return out
}

// dropped is the name of the end of a case that is out of its select.
const dropped = "dropped"

// drops draws the catches of a case, at the end of which it is dropped.
func (b *builder) drops(s *scope, n *Node, c *dsl.SelectCase) {
	errors := n.Op.Base().Raises
	for i, catch := range c.Catches {
		label, rest, ok := catchLabel(catch, errors)
		if errors = rest; !ok {
			continue
		}
		way := exit{from: n.ID, kind: Error, label: label, way: i}
		b.within(way, func() []exit {
			if ends := b.block(s, catch.Body, []exit{way}); len(ends) > 0 {
				b.connect(ends, b.aside(s, &Node{Kind: Jump, Name: dropped, Pos: catch.End}))
			}
			return nil
		})
	}
}

// join extends a path by a name, encoded as the service's IDs are.
func join(prefix, name string) string {
	if prefix == "" {
		return encode(name)
	}
	return prefix + "-" + encode(name)
}

// encode writes a name so that only letters and digits stand for themselves.
func encode(name string) string {
	var b strings.Builder
	for i := 0; i < len(name); i++ {
		c := name[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "_%02X", c)
		}
	}
	return b.String()
}
