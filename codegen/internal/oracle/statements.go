package oracle

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/durablegen/durablegen/codegen/internal/oracle/world"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/cost"
	"github.com/durablegen/durablegen/runtime/wire"
	"github.com/durablegen/durablegen/visualize"
)

// kind says how a statement, block or operation ended.
type kind int

const (
	goesOn    kind = iota
	breaks         // out of a loop
	continues      // with the next turn
	gives          // by return or yield
	fails
	halts // it was given up
	drops // a case of a select: its failure was caught
)

// outcome is what became of a statement, block or operation.
type outcome struct {
	kind    kind
	value   any
	failure *failure
	word    string  // by which it leaves the frames around it, if it gives a value
	early   bool    // it failed before the operation began: its catches don't see it
	open    bool    // no record tells: it was refused, or given up and could not undo itself
	next    *string // the input of the execution as which the workflow goes on; nil if it does not
}

func failed(f *failure) outcome { return outcome{kind: fails, failure: f} }

func (s *scope) block(b *dsl.Block, vars env) outcome {
	s.count(b, cost.Visits)
	for _, stmt := range b.Stmts {
		if out := s.stmt(stmt, vars); out.kind != goesOn {
			return out
		}
	}
	return outcome{}
}

func (s *scope) stmt(stmt dsl.Stmt, vars env) outcome {
	x := s.x
	s.walk.visit(s.walk.at(visualize.Plain, stmt.Pos()))
	if _, op := stmt.(dsl.Operation); !op {
		s.count(stmt, cost.Visits)
	}
	switch stmt := stmt.(type) {
	case *dsl.OpStmt:
		return s.operation(stmt.Op, vars, func(any) {})
	case *dsl.AssignStmt:
		if stmt.Index != nil {
			return s.entry(stmt, vars)
		}
		return s.assignment(stmt, stmt.Value, vars, func(v any) {
			vars[stmt.Var] = with(vars[stmt.Var], stmt.Path, v)
		})
	case *dsl.VarStmt:
		if stmt.Value == nil {
			return outcome{}
		}
		return s.assignment(stmt, *stmt.Value, vars, func(v any) { vars[stmt.Var] = v })
	case *dsl.IfStmt:
		d := s.walk.at(visualize.Decision, stmt.Pos())
		s.walk.visit(d)
		cond, f := x.eval(stmt.Cond, vars)
		switch {
		case f != nil:
			s.count(stmt, cost.Stumbled)
			return failed(f)
		case cond.(bool):
			return s.block(stmt.Then, vars)
		}
		s.walk.leaves(d, visualize.Flow, 1, "")
		switch otherwise := stmt.Else.(type) {
		case *dsl.Block:
			return s.block(otherwise, vars)
		case *dsl.IfStmt:
			return s.stmt(otherwise, vars)
		}
		return outcome{}
	case *dsl.SwitchStmt:
		return s.choose(stmt, vars)
	case *dsl.ForStmt:
		loop := s.walk.at(visualize.Loop, stmt.Pos())
		s.walk.visit(loop)
		list, f := x.eval(stmt.List, vars)
		if f != nil {
			s.count(stmt, cost.Stumbled)
			return failed(f)
		}
		var out outcome
		turn := 0
		each(list, func(key, elem any) bool {
			if stmt.IndexVar != nil {
				vars[stmt.IndexVar] = key
			}
			vars[stmt.ElemVar] = elem
			out = s.turn(loop, stmt, turn, stmt.Body, vars)
			turn++
			return out.kind == goesOn
		})
		return endLoop(out)
	case *dsl.WhileStmt:
		return s.while(stmt, vars)
	case *dsl.SelectStmt:
		return s.race(stmt, vars)
	case *dsl.TryStmt:
		n := s.walk.at(visualize.Try, stmt.Pos())
		s.walk.visit(n)
		out := s.frame(n, stmt.Body, vars)
		if out.kind == fails {
			return s.catch(n, stmt.Catches, out.failure, vars)
		}
		s.leaveFrame(n, out)
		return out
	case *dsl.BreakStmt:
		s.walk.visit(s.walk.at(visualize.Jump, stmt.Pos()))
		return outcome{kind: breaks}
	case *dsl.ContinueStmt:
		s.walk.visit(s.walk.at(visualize.Jump, stmt.Pos()))
		return outcome{kind: continues}
	case *dsl.ReturnStmt:
		if stmt.Value == nil || stmt.Value.Op == nil {
			s.walk.visit(s.walk.at(visualize.Return, stmt.Pos()))
		}
		if stmt.Value == nil {
			return outcome{kind: gives}
		}
		out := s.give(stmt, *stmt.Value, vars)
		if stmt.Value.Op != nil && out.kind == gives {
			s.walk.visit(s.walk.at(visualize.Return, stmt.Pos()))
		}
		return out
	case *dsl.YieldStmt:
		out := s.give(stmt, stmt.Value, vars)
		if out.kind == gives {
			s.walk.visit(s.walk.at(visualize.Jump, stmt.Pos()))
			out.word = "yield"
		}
		return out
	case *dsl.FailStmt:
		s.walk.visit(s.walk.at(visualize.Fail, stmt.Pos()))
		return s.fail(stmt, vars)
	case *dsl.LogStmt:
		if _, f := x.eval(stmt.Message, vars); f != nil {
			s.count(stmt, cost.Stumbled)
			return failed(f)
		}
		return outcome{}
	case *dsl.CommitStmt:
		s.walk.visit(s.walk.at(visualize.Commit, stmt.Pos()))
		s.commit()
		return outcome{}
	case *dsl.AgainStmt:
		return s.again(stmt, vars)
	}
	panic("unknown statement")
}

// again goes on as a new execution, whose input is all that is left of this one.
func (s *scope) again(stmt *dsl.AgainStmt, vars env) outcome {
	s.walk.visit(s.walk.at(visualize.Again, stmt.Pos()))
	fields := map[string]json.RawMessage{}
	for i, p := range stmt.Decl.Params {
		v, f := s.x.eval(stmt.Args[i], vars)
		if f != nil {
			s.count(stmt, cost.Stumbled)
			return failed(f)
		}
		fields[p.Name.Text] = json.RawMessage(encode(p.Var.Type, v))
	}
	if rec := s.reach("again_a", wire.TypeStep, wire.SubTypeAgain, "again"); rec.Status != wire.StatusSucceeded {
		disagree("the start of the new execution is %s", rec.Status)
	}
	text, err := json.Marshal(fields)
	if err != nil {
		panic(err)
	}
	next := world.Canonical(string(text))
	return outcome{kind: gives, next: &next}
}

// assignment computes or runs the value of a statement, nil for that of a branch.
func (s *scope) assignment(stmt dsl.Node, v dsl.Value, vars env, store func(any)) outcome {
	if v.Op != nil {
		return s.operation(v.Op, vars, store)
	}
	value, f := s.x.eval(v.Expr, vars)
	if f != nil {
		s.count(stmt, cost.Stumbled)
		return failed(f)
	}
	store(value)
	return outcome{}
}

// entry assigns an entry of a map; its key is computed after the value.
func (s *scope) entry(stmt *dsl.AssignStmt, vars env) outcome {
	var wrong *failure
	out := s.assignment(stmt, stmt.Value, vars, func(v any) {
		key, f := s.x.eval(stmt.Index, vars)
		if wrong = f; f != nil {
			return
		}
		old := vars[stmt.Var]
		for _, name := range stmt.Path {
			old = old.(*record).fields[name.Text]
		}
		m := maps.Clone(old.(map[string]any))
		m[mapKey(key)] = v
		vars[stmt.Var] = with(vars[stmt.Var], stmt.Path, m)
	})
	if wrong != nil {
		s.count(stmt, cost.Stumbled)
		return failed(wrong)
	}
	return out
}

// with gives a record with another value for one of its fields.
func with(v any, path []*dsl.Name, to any) any {
	if len(path) == 0 {
		return to
	}
	out := &record{fields: maps.Clone(v.(*record).fields)}
	out.fields[path[0].Text] = with(out.fields[path[0].Text], path[1:], to)
	return out
}

func (s *scope) give(stmt dsl.Node, v dsl.Value, vars env) outcome {
	var value any
	out := s.assignment(stmt, v, vars, func(v any) { value = v })
	if out.kind == goesOn {
		out = outcome{kind: gives, value: value}
	}
	return out
}

func (s *scope) choose(stmt *dsl.SwitchStmt, vars env) outcome {
	d := s.walk.at(visualize.Decision, stmt.Pos())
	s.walk.visit(d)
	subject, f := s.x.eval(stmt.Subject, vars)
	if f != nil {
		s.count(stmt, cost.Stumbled)
		return failed(f)
	}
	if stmt.OfError {
		return s.chooseError(d, stmt, subject, vars)
	}
	for i, c := range stmt.Cases {
		s.walk.leaves(d, visualize.Flow, i, "")
		if slices.ContainsFunc(c.Choices, func(e dsl.Expr) bool {
			v, _ := s.x.eval(e, vars)
			return equal(subject, v)
		}) {
			s.count(c, cost.Visits)
			return s.block(c.Body, vars)
		}
	}
	s.walk.leaves(d, visualize.Flow, len(stmt.Cases), "")
	if stmt.Else != nil {
		return s.block(stmt.Else, vars)
	}
	return outcome{}
}

// chooseError takes the case that names an error, or what there is for none.
func (s *scope) chooseError(d *visualize.Node, stmt *dsl.SwitchStmt, subject any, vars env) outcome {
	var f *failure
	if r, ok := subject.(*record); ok {
		f = r.err
	}
	for i, c := range stmt.Cases {
		s.walk.leaves(d, visualize.Flow, i, "")
		if f == nil && !c.None || f != nil && !isOne(f, c.Types) {
			continue
		}
		s.count(c, cost.Visits)
		if c.Var != nil {
			vars[c.Var] = bound(f, c.Types)
		}
		return s.block(c.Body, vars)
	}
	s.walk.leaves(d, visualize.Flow, len(stmt.Cases), "")
	if stmt.Else != nil {
		return s.block(stmt.Else, vars)
	}
	return outcome{}
}

// bound is what a variable for an error of one of several types holds.
func bound(f *failure, types []*dsl.ErrorType) *record {
	r := &record{fields: map[string]any{"type": f.typ, "operation": "", "message": "", "name": f.name()}, err: f}
	if len(types) == 1 {
		maps.Copy(r.fields, f.fields)
	}
	return r
}

// frame runs the inside of a loop or a try.
func (s *scope) frame(n *visualize.Node, body *dsl.Block, vars env) outcome {
	outer := s.walk
	s.walk = outer.inside(n)
	defer func() { s.walk = outer }()
	out := s.block(body, vars)
	if out.kind == goesOn {
		s.walk.end(body.End)
	}
	return out
}

// leaveFrame leaves a loop or a try as its inside has ended.
func (s *scope) leaveFrame(n *visualize.Node, out outcome) {
	switch word := out.word; {
	case out.kind == goesOn:
		s.walk.leaves(n, visualize.Flow, 0, "")
	case out.kind == breaks:
		s.walk.jump(n, "break")
	case out.kind == continues:
		s.walk.jump(n, "continue")
	case out.kind == gives && word != "":
		s.walk.jump(n, word)
	}
}

// turn runs one turn of a loop; a continue has no more to say behind it.
func (s *scope) turn(frame *visualize.Node, loop dsl.Node, i int, body *dsl.Block, vars env) outcome {
	if s.turns == nil {
		s.turns = map[dsl.Node]int{}
	}
	s.turns[loop] = i
	s.count(loop, cost.Turned)
	out := s.frame(frame, body, vars)
	if out.kind == continues {
		out = outcome{}
	}
	if out.kind == gives {
		s.leaveFrame(frame, out)
	} else if out.kind != fails {
		s.walk.leaves(frame, visualize.Flow, 0, "")
	}
	return out
}

func endLoop(out outcome) outcome {
	if out.kind == breaks {
		return outcome{}
	}
	return out
}

func (s *scope) while(stmt *dsl.WhileStmt, vars env) outcome {
	loop := s.walk.at(visualize.Loop, stmt.Pos())
	s.walk.visit(loop)
	bound := int64(-1)
	if stmt.AtMost != nil {
		v, f := s.x.eval(stmt.AtMost, vars)
		if f != nil {
			s.count(stmt, cost.Stumbled)
			return failed(f)
		}
		bound = max(v.(int64), 0)
	}
	for i := 0; bound < 0 || int64(i) < bound; i++ {
		cond, f := s.x.eval(stmt.Cond, vars)
		if f != nil {
			s.count(stmt, cost.Stumbled)
			return failed(f)
		}
		if !cond.(bool) {
			break
		}
		if out := s.turn(loop, stmt, i, stmt.Body, vars); out.kind != goesOn {
			return endLoop(out)
		}
	}
	return outcome{}
}

// takes reports whether a catch is meant for a failure.
func takes(c *dsl.Catch, f *failure) bool { return len(c.Types) == 0 || isOne(f, c.Types) }

// isOne reports whether a failure is of one of several types.
func isOne(f *failure, types []*dsl.ErrorType) bool {
	return slices.ContainsFunc(types, func(t *dsl.ErrorType) bool {
		return t.Name == f.typ || t.Undeclared && f.typ == "Unexpected" && t.Name == f.foreign
	})
}

// catch runs the first of the catches that is meant for a failure, or passes it on. What
// catches Interrupted goes to its end though the batch around has been decided.
func (s *scope) catch(n *visualize.Node, list []*dsl.Catch, f *failure, vars env) outcome {
	for i, c := range list {
		if !takes(c, f) {
			continue
		}
		if c.Var != nil {
			vars[c.Var] = bound(f, c.Types)
		}
		if s.mode == stopped && f.typ == "Interrupted" {
			s.mode = live
			defer func() { s.mode = stopped }()
		}
		s.walk.leaves(n, visualize.Error, i, "")
		s.count(c, cost.Visits)
		out := s.block(c.Body, vars)
		if out.kind == goesOn {
			s.walk.visit(s.walk.at(visualize.Jump, c.End)) // of a case that is dropped
		}
		return out
	}
	s.walk.uncaught(n, len(list), f)
	return failed(f)
}

func (s *scope) fail(stmt *dsl.FailStmt, vars env) outcome {
	if stmt.Again != nil {
		return failed(vars[stmt.Again].(*record).err)
	}
	f := &failure{typ: stmt.Type.Name, why: "raised"}
	if _, ok := stmt.Value.(*dsl.RecordExpr); ok {
		v, wrong := s.x.eval(stmt.Value, vars)
		if wrong != nil {
			return failed(wrong)
		}
		f.fields = v.(*record).fields
	}
	return failed(f)
}
