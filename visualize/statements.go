package visualize

import (
	"fmt"

	"github.com/durablegen/durablegen/dsl"
)

// What each statement looks like: in the graph that flow diagrams are drawn from, in an
// outline, and in a sequence diagram.

// stmt adds what the graph shows of a statement that is not plain, and gives the ways out of it.
func (b *builder) stmt(s *scope, stmt dsl.Stmt, in []exit) []exit {
	switch stmt := stmt.(type) {
	case *dsl.OpStmt:
		return b.operation(s, stmt.Op, "", in)
	case *dsl.AssignStmt:
		return b.operation(s, stmt.Value.Op, "", in)
	case *dsl.VarStmt:
		return b.operation(s, stmt.Value.Op, "", in)
	case *dsl.IfStmt:
		return b.ifStmt(s, stmt, in)
	case *dsl.SwitchStmt:
		return b.switchStmt(s, stmt, in)
	case *dsl.ForStmt:
		return b.forStmt(s, stmt, in)
	case *dsl.WhileStmt:
		return b.whileStmt(s, stmt, in)
	case *dsl.SelectStmt:
		return b.selectStmt(s, stmt, in)
	case *dsl.TryStmt:
		return b.tryStmt(s, stmt, in)
	case *dsl.BreakStmt:
		b.leave(s, "break", stmt.Pos(), in)
		return nil
	case *dsl.ContinueStmt:
		b.leave(s, "continue", stmt.Pos(), in)
		return nil
	case *dsl.ReturnStmt:
		return b.returnStmt(s, stmt, in)
	case *dsl.YieldStmt:
		return b.yieldStmt(s, stmt, in)
	case *dsl.FailStmt:
		return b.failStmt(s, stmt, in)
	case *dsl.LogStmt: // is plain text
	case *dsl.CommitStmt:
		n := b.aside(s, &Node{Kind: Commit, Name: "commit", Pos: stmt.Pos()})
		b.connect(in, n)
		s.drops, s.undoes = merge(s.drops, s.undoes), nil
		return []exit{{from: n.ID}}
	case *dsl.AgainStmt:
		b.connect(in, b.aside(s, &Node{Kind: Again, Keyword: "again", Name: nameText(stmt.Callee), More: argNotes(stmt), Pos: stmt.Pos(), exprs: stmt.Args}))
		return nil
	}
	panic(fmt.Sprintf("visualize: no form for a %T", stmt))
}

// plainText is the text of a statement that only computes; empty for others.
func plainText(stmt dsl.Stmt) string {
	switch stmt := stmt.(type) {
	case *dsl.LogStmt:
		return "log " + exprText(stmt.Message)
	case *dsl.VarStmt:
		switch {
		case stmt.Value == nil:
			return "var " + stmt.Name.Text + " " + dsl.TypeText(stmt.Type)
		case stmt.Value.Op == nil:
			return "var " + stmt.Name.Text + " = " + exprText(stmt.Value.Expr)
		}
	case *dsl.AssignStmt:
		if stmt.Value.Op == nil {
			name := stmt.Name.Text
			for _, f := range stmt.Path {
				name += "." + f.Text
			}
			if stmt.Index != nil {
				name += "[" + exprText(stmt.Index) + "]"
			}
			return name + " = " + exprText(stmt.Value.Expr)
		}
	default: // has a form of its own
	}
	return ""
}

// exprsOf gives what a statement of plainText computes.
func exprsOf(stmt dsl.Stmt) []dsl.Expr {
	switch stmt := stmt.(type) {
	case *dsl.LogStmt:
		return []dsl.Expr{stmt.Message}
	case *dsl.VarStmt:
		if stmt.Value != nil {
			return []dsl.Expr{stmt.Value.Expr}
		}
	case *dsl.AssignStmt:
		if stmt.Index != nil { // which may be out of range
			return []dsl.Expr{&dsl.IndexExpr{Index: stmt.Index}, stmt.Value.Expr}
		}
		return []dsl.Expr{stmt.Value.Expr}
	default: // is not plain
	}
	return nil
}

// stmt gives the entries of a statement.
func (o *outline) stmt(stmt dsl.Stmt) []*entry {
	switch stmt := stmt.(type) {
	case *dsl.OpStmt:
		return o.operation(stmt.Op)
	case *dsl.AssignStmt:
		return o.value(stmt.Value.Op, stmt, Plain)
	case *dsl.VarStmt:
		if stmt.Value == nil {
			return o.value(nil, stmt, Plain)
		}
		return o.value(stmt.Value.Op, stmt, Plain)
	case *dsl.ReturnStmt:
		if stmt.Value == nil {
			return o.at(stmt, Return)
		}
		return append(o.operation(stmt.Value.Op), o.at(stmt, Return)...)
	case *dsl.YieldStmt:
		return append(o.value(stmt.Value.Op, stmt, Plain), o.at(stmt, Jump)...)
	case *dsl.LogStmt:
		return o.at(stmt, Plain)
	case *dsl.FailStmt:
		return o.at(stmt, Fail)
	case *dsl.BreakStmt, *dsl.ContinueStmt:
		return o.at(stmt, Jump)
	case *dsl.AgainStmt:
		return o.at(stmt, Again)
	case *dsl.CommitStmt:
		return o.at(stmt, Commit)
	case *dsl.IfStmt:
		return o.ifStmt(stmt)
	case *dsl.SwitchStmt:
		return o.switchStmt(stmt)
	case *dsl.ForStmt:
		return o.framed(o.at(stmt, Loop), o.block(stmt.Body))
	case *dsl.WhileStmt:
		return o.framed(o.at(stmt, Loop), o.block(stmt.Body))
	case *dsl.TryStmt:
		inside, n := o.block(stmt.Body), o.places[place{stmt.Pos(), Try}]
		if n == nil { // an overview has no tries
			return inside
		}
		return o.framed(o.at(stmt, Try), append(inside, o.catches(n, stmt.Catches)...))
	case *dsl.SelectStmt:
		return o.selectStmt(stmt)
	}
	return nil
}

// stmt writes what passes between the lanes.
func (s *sequence) stmt(stmt dsl.Stmt) {
	switch stmt := stmt.(type) {
	case *dsl.OpStmt:
		s.operation(stmt.Op, "")
	case *dsl.AssignStmt:
		s.value(stmt.Value, stmt.Name.Text)
	case *dsl.VarStmt:
		if stmt.Value != nil {
			s.value(*stmt.Value, stmt.Name.Text)
		}
	case *dsl.IfStmt:
		if speaks(stmt) {
			switch {
			case stmt.Else != nil:
				s.ifStmt("alt", stmt)
			case breaks(stmt.Then):
				s.ifStmt("break", stmt)
			default:
				s.ifStmt("opt", stmt)
			}
			s.line("end")
		}
	case *dsl.SwitchStmt:
		if speaks(stmt) {
			s.switchStmt(stmt)
		}
	case *dsl.ForStmt:
		if acts(stmt) {
			s.within("loop", "for "+nameText(stmt.Elem)+" in "+exprText(stmt.List), func() { s.block(stmt.Body) })
			s.line("end")
		}
	case *dsl.WhileStmt:
		if acts(stmt) {
			text := "while " + exprText(stmt.Cond)
			if stmt.AtMost != nil {
				text += ", at most " + exprText(stmt.AtMost) + " times"
			}
			s.within("loop", text, func() { s.block(stmt.Body) })
			s.line("end")
		}
	case *dsl.SelectStmt:
		s.selectStmt(stmt)
	case *dsl.TryStmt:
		if speaks(stmt) {
			s.within("critical", "try", func() { s.block(stmt.Body) })
			s.options(stmt.Catches)
			s.line("end")
		}
	case *dsl.BreakStmt:
		s.note("break: the loop ends")
	case *dsl.ContinueStmt:
		s.note("continue: the next turn")
	case *dsl.ReturnStmt:
		text := "done"
		if v := stmt.Value; v != nil {
			if v.Op != nil {
				s.operation(v.Op, "")
				text = "its result"
			} else if r, ok := v.Expr.(*dsl.RecordExpr); ok {
				text = nameText(r.Name)
			} else {
				text = exprText(v.Expr)
			}
		}
		s.message("workflow", "-->>", "caller", text)
	case *dsl.AgainStmt:
		s.message("workflow", "-->>", "caller", "goes on as a new execution")
	case *dsl.YieldStmt:
		s.value(stmt.Value, "")
		if stmt.Value.Op == nil && s.branches > 0 {
			s.note("yield " + exprText(stmt.Value.Expr))
		}
	case *dsl.FailStmt:
		name := exprText(stmt.Value)
		if stmt.Type != nil {
			name = stmt.Type.Name
		}
		s.note("fail " + name)
	case *dsl.LogStmt:
	case *dsl.CommitStmt:
		s.note("commit: nothing above is undone any more")
	}
}
