package visualize

import (
	"fmt"
	"strings"

	"github.com/durablegen/durablegen/dsl"
)

// Sequence draws a workflow as a Mermaid sequence diagram: what passes between the
// caller, the workflow, its steps, other functions, and whoever answers callbacks.
func Sequence(p *dsl.Program, w *dsl.WorkflowDecl) string {
	s := &sequence{ids: map[string]string{}}
	s.join("caller", "actor", "caller")
	s.join("workflow", "participant", w.Name.Text)
	s.indent = 1
	s.message("caller", "->>", "workflow", w.Name.Text+paramsText(w.Params))
	s.block(w.Body)
	var out strings.Builder
	// Mermaid draws 2,000 pixels of lifelines if the participants are not repeated below;
	// in a diagram that long it helps to have them there, too.
	long := strings.Count(s.out.String(), "\n") > 45
	fmt.Fprintf(&out, sequenceSettings+"\n", long)
	out.WriteString("sequenceDiagram\n")
	out.WriteString("    accTitle: " + escape("What the workflow "+w.Name.Text+" exchanges with others") + "\n")
	for _, line := range s.participants {
		out.WriteString("    " + line + "\n")
	}
	out.WriteString(s.out.String())
	return out.String()
}

const sequenceSettings = `%%%%{init: {"sequence": {"width": 190, "actorMargin": 24, "messageMargin": 26, "noteMargin": 6, "boxMargin": 6, "mirrorActors": %t}}}%%%%`

type sequence struct {
	ids          map[string]string // of participants, by what they stand for
	participants []string
	out          strings.Builder
	indent       int
}

func paramsText(params []*dsl.Param) string {
	names := make([]string, len(params))
	for i, p := range params {
		names[i] = nameText(p.Name)
	}
	return "(" + strings.Join(names, ", ") + ")"
}

// join gives the ID of a participant, and introduces it at its first part in the play.
func (s *sequence) join(key, role, name string) string {
	if id := s.ids[key]; id != "" {
		return id
	}
	id := fmt.Sprintf("p%d", len(s.ids))
	s.ids[key] = id
	s.participants = append(s.participants, role+" "+id+" as "+markup("", lines(name, 30, 2)))
	return id
}

func (s *sequence) line(text string) {
	s.out.WriteString(strings.Repeat("    ", s.indent) + text + "\n")
}

func (s *sequence) message(from, arrow, to, text string) {
	s.line(s.ids[from] + arrow + s.ids[to] + ": " + markup("", lines(text, 36, 3)))
}

func (s *sequence) note(text string) {
	s.line("Note over " + s.ids["workflow"] + ": " + markup("", lines(text, 36, 4)))
}

// within writes a block of the diagram: a keyword with its text, and what is inside.
func (s *sequence) within(keyword, text string, inside func()) {
	s.line(keyword + " " + head(text))
	s.indent++
	before := s.out.Len()
	inside()
	if s.out.Len() == before {
		s.note("goes on") // Mermaid can't lay out an empty block
	}
	s.indent--
}

// head is text on the one line that the head of a block has. Mermaid breaks it in
// the middle of a character reference, so the commonest ones are avoided.
func head(text string) string {
	var b strings.Builder
	for _, r := range strings.Join(lines(text, 44, 1), "") {
		if strings.ContainsRune("=!>+-*()[]|'", r) {
			b.WriteRune(r)
		} else {
			b.WriteString(escape(string(r)))
		}
	}
	return b.String()
}

func (s *sequence) block(b *dsl.Block) {
	for _, stmt := range b.Stmts {
		s.stmt(stmt)
	}
}

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
			case stmt.Then.Leaves:
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
		if speaks(stmt) {
			s.within("loop", "for "+nameText(stmt.Elem)+" in "+exprText(stmt.List), func() { s.block(stmt.Body) })
			s.line("end")
		}
	case *dsl.WhileStmt:
		if speaks(stmt) {
			s.within("loop", "while "+exprText(stmt.Cond), func() { s.block(stmt.Body) })
			s.line("end")
		}
	case *dsl.SelectStmt:
		keyword := "par"
		for _, c := range stmt.Cases {
			s.within(keyword, "the first one wins", func() {
				s.operation(c.Op, nameText(c.Name))
				s.block(c.Body)
			})
			keyword = "and"
		}
		s.line("end")
		s.catches(stmt.Catches)
	case *dsl.TryStmt:
		s.block(stmt.Body)
		s.catches(stmt.Catches)
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
	case *dsl.YieldStmt:
		s.value(stmt.Value, "")
	case *dsl.FailStmt:
		name := exprText(stmt.Value)
		if stmt.Type != nil {
			name = stmt.Type.Name
		}
		s.note("fail " + name)
	case *dsl.BreakStmt, *dsl.ContinueStmt, *dsl.LogStmt: // nobody else takes part
	}
}

func (s *sequence) value(v dsl.Value, name string) {
	if v.Op != nil {
		s.operation(v.Op, name)
	}
}

func (s *sequence) ifStmt(keyword string, stmt *dsl.IfStmt) {
	s.within(keyword, exprText(stmt.Cond), func() { s.block(stmt.Then) })
	switch e := stmt.Else.(type) {
	case *dsl.IfStmt:
		s.ifStmt("else", e)
	case *dsl.Block:
		s.within("else", "otherwise", func() { s.block(e) })
	}
}

func (s *sequence) switchStmt(stmt *dsl.SwitchStmt) {
	keyword := "alt"
	for _, c := range stmt.Cases {
		var choices []string
		for _, e := range c.Choices {
			choices = append(choices, exprText(e))
		}
		s.within(keyword, exprText(stmt.Subject)+" is "+strings.Join(choices, ", "), func() { s.block(c.Body) })
		keyword = "else"
	}
	if stmt.Else != nil {
		s.within(keyword, "otherwise", func() { s.block(stmt.Else) })
	}
	s.line("end")
}

// operation writes an operation; name is the variable that takes its result.
func (s *sequence) operation(op dsl.Operation, name string) {
	base := op.Base()
	answer := name
	if answer == "" {
		answer = "done"
	}
	switch op := op.(type) {
	case *dsl.StepOp:
		s.join("steps", "participant", "steps")
		s.message("workflow", "->>", "steps", callText(base, op.Args))
		if base.Result != nil {
			s.message("steps", "-->>", "workflow", answer)
		}
	case *dsl.CallbackOp:
		who := s.outside(base)
		s.message("workflow", "->>", who, callText(base, op.Args))
		s.message(who, "-->>", "workflow", answer)
	case *dsl.OpenOp:
		s.outside(base)
		s.note("open " + nameText(base.Callee))
	case *dsl.AwaitOp:
		who := "workflow"
		if op.Handle != nil {
			if h, ok := op.Handle.Type.(*dsl.Handle); ok {
				who = "callback " + h.Decl.Name.Text
				s.join(who, "actor", "who answers "+h.Decl.Name.Text)
			}
		}
		s.message(who, "-->>", "workflow", answer)
	case *dsl.InvokeOp:
		key := "function " + nameText(base.Callee)
		s.join(key, "participant", "function "+nameText(base.Callee))
		s.message("workflow", "->>", key, callText(base, op.Args))
		s.message(key, "-->>", "workflow", answer)
	case *dsl.CallOp:
		key := "workflow " + nameText(base.Callee)
		s.join(key, "participant", "workflow "+nameText(base.Callee))
		s.message("workflow", "->>", key, callText(base, op.Args))
		s.message(key, "-->>", "workflow", answer)
	case *dsl.WaitOp:
		if op.Until {
			s.note("wait until " + exprText(op.For))
		} else {
			s.note("wait " + exprText(op.For))
		}
	case *dsl.PollOp:
		s.join("steps", "participant", "steps")
		s.within("loop", scheduleText(op.Schedule, false)+" until "+exprText(op.Until), func() {
			s.message("workflow", "->>", "steps", callText(base, op.Args))
			s.message("steps", "-->>", "workflow", answer)
		})
		s.line("end")
	case *dsl.GroupOp:
		s.within("opt", "group "+title(base), func() { s.block(op.Body) })
		s.line("end")
	case *dsl.ParallelOp:
		keyword := "par"
		for _, br := range op.Branches {
			s.within(keyword, br.Name.Text, func() {
				if br.Op != nil {
					s.operation(br.Op, "")
				} else {
					s.block(br.Body)
				}
			})
			keyword = "and"
		}
		s.line("end")
	case *dsl.MapOp:
		s.within("loop", "at once for each "+nameText(op.Item)+" in "+exprText(op.List), func() { s.block(op.Body) })
		s.line("end")
	case *dsl.SelectStmt:
		panic("visualize: a select is drawn as a statement")
	}
	if u := base.Undo; u != nil {
		what := "a block"
		if u.Op != nil {
			what = title(u.Op.Base())
		}
		s.note("undo " + what + " if something fails later")
	}
	s.catches(base.Catches)
}

// outside is whoever answers a callback.
func (s *sequence) outside(base *dsl.OpBase) string {
	key := "callback " + nameText(base.Callee)
	s.join(key, "actor", "who answers "+nameText(base.Callee))
	return key
}

func (s *sequence) catches(catches []*dsl.Catch) {
	for _, c := range catches {
		if !speaks(c.Body) {
			continue
		}
		text := namesText(c.Errors)
		if text == "" {
			text = "any error"
		}
		keyword := "opt"
		if c.Body.Leaves {
			keyword = "break"
		}
		s.within(keyword, text, func() { s.block(c.Body) })
		s.line("end")
	}
}

// speaks reports whether a statement or block holds anything that a sequence shows.
func speaks(n dsl.Node) bool {
	found := false
	dsl.Inspect(n, func(n dsl.Node) bool {
		switch n.(type) {
		case dsl.Operation, *dsl.ReturnStmt, *dsl.FailStmt:
			found = true
		}
		return !found
	})
	return found
}
