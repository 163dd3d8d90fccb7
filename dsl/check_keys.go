package dsl

import (
	"fmt"
	"strings"
)

// keyed is a use of a step that is idempotent by a key of its own.
type keyed struct {
	op    *StepOp
	above []Node // the nodes that it stands in, outermost first
}

// sameKeys warns of uses of a step that give it a key that another use, or another turn of
// its loop, gives it too: it takes that for a repetition, and does nothing.
func (c *checker) sameKeys() {
	for _, w := range c.program.Workflows {
		if w.Body == nil {
			continue
		}
		uses, assigned := map[string][]keyed{}, map[*Block]map[*Var]bool{}
		for _, use := range keyedUses(w) {
			d := use.op.Decl
			key := keyText{args: map[*Var]Expr{}}
			for i, p := range d.Params {
				if i < len(use.op.Args) {
					key.args[p.Var] = use.op.Args[i]
				}
			}
			key.write(d.Policy.Idempotent.Value)
			if key.unknown {
				continue
			}
			if loop, of := use.sameInTurns(&key, assigned); loop != nil {
				c.sameKey(use, of, "each turn gives step `%s` the same key").note(wordSpan(loop), "of this")
				continue
			}
			name := d.Name.Text + "\x00" + key.String()
			for _, before := range uses[name] {
				if follows(use, before) {
					c.sameKey(use, differing(before.op, use.op), "step `%s` has this key a second time").note(before.op.Callee.Span, "the first use")
					break
				}
			}
			uses[name] = append(uses[name], use)
		}
	}
}

// sameKey warns of a use whose key is that of another one, from which it differs in some
// parameters.
func (c *checker) sameKey(use keyed, differ []*Param, message string) *Diagnostic {
	d := c.errorf(codeSameKey, use.op.Callee.Span, message+", and takes it for a repetition", use.op.Callee.Text)
	d.Severity = Warning
	decl := use.op.Decl
	key := c.text(decl.Policy.Idempotent.Value.Range())
	if len(differ) == 0 {
		return d.help("if more than one is meant, let step `%s` be plain `idempotent`: its key is then another one for each operation and turn", decl.Name.Text)
	}
	var names []string
	for _, p := range differ {
		names = append(names, "{"+p.Name.Text+"}")
	}
	if !strings.Contains(key, `"`) {
		key = "{" + key + "}"
	}
	key = strings.Trim(key, `"`)
	return d.help("what differs is no part of the key: write `idempotent by \"%s %s\"`, or plain `idempotent`, whose key is another one for each operation and turn", key, strings.Join(names, " "))
}

// keyedUses gives the uses of steps with a key of their own, in source order.
func keyedUses(w *WorkflowDecl) []keyed {
	var uses []keyed
	var visit func(n Node, above []Node)
	visit = func(n Node, above []Node) {
		if op, ok := n.(*StepOp); ok && op.Decl != nil && op.Decl.Policy.Idempotent != nil && !isNilExpr(op.Decl.Policy.Idempotent.Value) {
			uses = append(uses, keyed{op, append([]Node(nil), above...)})
		}
		above = append(above, n)
		n.inspect(func(below Node) bool {
			if _, ok := below.(Expr); !ok {
				visit(below, above)
			}
			return false
		})
	}
	visit(w.Body, nil)
	return uses
}

// sameInTurns gives the innermost loop or map around a use that repeats it with one key
// while something else that it is given differs, and the parameters for that. A loop that
// gives it the same each time may do so until it succeeds.
func (u keyed) sameInTurns(key *keyText, memo map[*Block]map[*Var]bool) (loop Node, differ []*Param) {
	for i := len(u.above) - 1; i >= 0; i-- {
		n := u.above[i]
		var body *Block
		switch n := n.(type) {
		case *MapOp:
			body = n.Body
		case *ForStmt:
			body = n.Body
		case *WhileStmt:
			body = n.Body
		}
		if body == nil || i+1 == len(u.above) || u.above[i+1] != Node(body) {
			continue // it is no loop, or one in whose catch or undo this stands
		}
		if leaves(u.above[i:]) {
			return nil, nil
		}
		assigned := memo[body]
		if assigned == nil {
			assigned = assignedIn(body)
			memo[body] = assigned
		}
		within := func(v *Var) bool {
			return assigned[v] || v.Span.Start >= n.Range().Start && v.Span.End <= n.Range().End
		}
		for v := range key.vars {
			if within(v) {
				return nil, nil
			}
		}
		for j, p := range u.op.Decl.Params {
			if j < len(u.op.Args) && reads(u.op.Args[j], within) {
				differ = append(differ, p)
			}
		}
		if _, isMap := n.(*MapOp); isMap || len(differ) > 0 {
			return n, differ
		}
	}
	return nil, nil
}

// assignedIn gives the variables that a block assigns.
func assignedIn(b *Block) map[*Var]bool {
	vars := map[*Var]bool{}
	Inspect(b, func(n Node) bool {
		if a, ok := n.(*AssignStmt); ok && !a.Define {
			vars[a.Var] = true
		}
		return true
	})
	return vars
}

// reads reports whether an expression reads a variable of some kind.
func reads(e Node, kind func(*Var) bool) bool {
	found := false
	Inspect(e, func(n Node) bool {
		id, ok := n.(*IdentExpr)
		found = found || ok && id.Var != nil && kind(id.Var)
		return !found
	})
	return found
}

// follows reports whether an execution may well come to b behind a, which is written first,
// with the first having succeeded. In doubt it may not.
func follows(b, a keyed) bool {
	n := 0
	for n < len(a.above) && n < len(b.above) && a.above[n] == b.above[n] {
		n++
	}
	if n < len(b.above) && b.above[n] == Node(a.op) { // in what follows it
		_, undo := b.above[n+1].(*Undo)
		return undo
	}
	below := func(u keyed) Node {
		if n < len(u.above) {
			return u.above[n]
		}
		return u.op
	}
	first, second := below(a), below(b)
	switch at := a.above[n-1].(type) {
	case *IfStmt, *SwitchStmt, *SelectStmt, *SelectCase:
		return false
	case *Block:
		return !leaves(a.above[n:]) && !correlated(a.above[n:], b.above[n:])
	case *TryStmt, *GroupOp, *ParallelOp, *MapOp:
		if _, caught := second.(*Catch); !caught {
			return true // it is a branch beside the other one, or the undo of the whole
		}
		switch first.(type) {
		case *Catch, *Undo:
			return false
		}
		return !leaves(a.above[n+1:]) && operatesBehind(at, a.op, second)
	default: // what follows one operation excludes each other
		return false
	}
}

// operatesBehind reports whether an operation stands behind op in what a catch belongs to:
// one that may fail when op has succeeded.
func operatesBehind(in Node, op Operation, catch Node) bool {
	found := false
	Inspect(in, func(n Node) bool {
		o, ok := n.(Operation)
		found = found || ok && o.Range().Start > op.Range().End && o.Range().End <= catch.Range().Start
		return !found
	})
	return found
}

// leaves reports whether a block among those around a use never comes to its end, other
// than by giving the value of a body.
func leaves(above []Node) bool {
	for i, n := range above {
		b, ok := n.(*Block)
		if !ok || !b.Leaves {
			continue
		}
		if i > 0 {
			switch above[i-1].(type) {
			case *GroupOp, *Branch, *MapOp:
				continue
			}
		}
		return true
	}
	return false
}

// correlated reports whether both uses hang on decisions that read one variable, which may
// be the contrary of each other.
func correlated(a, b []Node) bool {
	read := map[*Var]bool{}
	decisions(a, func(v *Var) bool { read[v] = true; return false })
	return decisions(b, func(v *Var) bool { return read[v] })
}

// decisions reports whether a decision among the nodes reads a variable of some kind.
func decisions(list []Node, kind func(*Var) bool) bool {
	for _, n := range list {
		switch n := n.(type) {
		case *IfStmt:
			if reads(n.Cond, kind) {
				return true
			}
		case *SwitchStmt:
			if reads(n.Subject, kind) {
				return true
			}
		case *WhileStmt:
			if reads(n.Cond, kind) {
				return true
			}
		}
	}
	return false
}

// differing gives the parameters for which two uses of a step have different arguments.
func differing(a, b *StepOp) []*Param {
	var list []*Param
	for i, p := range a.Decl.Params {
		if i >= len(a.Args) || i >= len(b.Args) {
			continue
		}
		var x, y keyText
		x.write(a.Args[i])
		y.write(b.Args[i])
		if x.unknown || y.unknown || x.String() != y.String() {
			list = append(list, p)
		}
	}
	return list
}

// wordSpan is the place of the word that a loop or map begins with.
func wordSpan(n Node) Span {
	switch n := n.(type) {
	case *MapOp:
		return n.Keyword
	case *ForStmt:
		return Span{n.Start, n.Start + Pos(len("for"))}
	default:
		return Span{n.Range().Start, n.Range().Start + Pos(len("while"))}
	}
}

// keyText writes an expression such that two with the same text have the same value
// wherever both are evaluated, with arguments in the place of parameters.
type keyText struct {
	strings.Builder
	args    map[*Var]Expr
	vars    map[*Var]bool // that it reads
	unknown bool          // there is no such text
}

func (k *keyText) write(e Expr) {
	if v := e.Const(); v != nil {
		fmt.Fprintf(k, "%s(%s)", e.Type(), v.ExactString())
		return
	}
	switch e := e.(type) {
	case *ParenExpr:
		k.write(e.X)
	case *IdentExpr:
		k.variable(e.Var)
	case *SelectorExpr:
		if e.Execution {
			k.list("execution." + e.Name.Text)
			return
		}
		k.list("."+e.Name.Text, e.X)
	case *IndexExpr:
		k.list("[]", e.X, e.Index)
	case *UnaryExpr:
		k.list(e.Op, e.X)
	case *BinaryExpr:
		k.list(e.Op, e.X, e.Y)
	case *StringExpr:
		k.text(e)
	case *CallExpr:
		k.list("call "+e.Func.Text, e.Args...)
	default: // too much to compare
		k.unknown = true
	}
}

// variable writes a variable, unless it may have another value elsewhere.
func (k *keyText) variable(v *Var) {
	if arg, ok := k.args[v]; ok && v != nil {
		args := k.args
		k.args = nil
		k.write(arg)
		k.args = args
		return
	}
	if v == nil || v.Assigned > 0 {
		k.unknown = true
		return
	}
	if k.vars == nil {
		k.vars = map[*Var]bool{}
	}
	k.vars[v] = true
	fmt.Fprintf(k, "%p", v)
}

func (k *keyText) list(what string, parts ...Expr) {
	k.WriteString(what)
	k.WriteByte('(')
	for _, e := range parts {
		k.write(e)
		k.WriteByte(',')
	}
	k.WriteByte(')')
}

// text writes a text with holes; one that is a hole alone is the text that stands there.
func (k *keyText) text(e *StringExpr) {
	if len(e.Parts) == 1 && e.Parts[0].Hole != nil && e.Parts[0].Format == nil && e.Parts[0].Hole.Type() == String {
		k.write(e.Parts[0].Hole)
		return
	}
	k.WriteByte('"')
	for _, part := range e.Parts {
		if part.Hole == nil {
			fmt.Fprintf(k, "%q", part.Text)
			continue
		}
		format := ""
		if part.Format != nil {
			format = part.Format.Text
		}
		k.list("{"+format+"}", part.Hole)
	}
	k.WriteByte('"')
}
