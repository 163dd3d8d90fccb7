package visualize

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/durablegen/durablegen/dsl"
)

// Sequence draws a workflow as a Mermaid sequence diagram: what passes between the
// caller, the workflow, its steps, people (whoever answers callbacks), and other
// functions. There are no more lanes than these, so that it can be read in a page.
func Sequence(p *dsl.Program, w *dsl.WorkflowDecl) string {
	s := &sequence{ids: map[string]string{}}
	s.join("caller", "actor", "caller")
	s.join("workflow", "participant", w.Name.Text)
	s.indent = 1
	s.message("caller", "->>", "workflow", w.Name.Text+paramsText(w.Params))
	for _, key := range lanes(w.Body) {
		role := "participant"
		if key == "people" {
			role = "actor"
		}
		s.join(key, role, strings.Replace(key, "functions", "other functions", 1))
	}
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

const sequenceSettings = `%%%%{init: {"sequence": {"width": 130, "actorMargin": 24, "messageMargin": 26, "noteMargin": 6, "boxMargin": 6, "messageFontSize": 14, "mirrorActors": %t}}}%%%%`

// lanes gives the lanes beside those of caller and workflow, in their order.
func lanes(b *dsl.Block) []string {
	used := map[string]bool{}
	dsl.Inspect(b, func(n dsl.Node) bool {
		switch n.(type) {
		case *dsl.Undo:
			return false
		case *dsl.StepOp, *dsl.PollOp:
			used["steps"] = true
		case *dsl.CallbackOp, *dsl.AwaitOp, *dsl.OpenOp:
			used["people"] = true
		case *dsl.CallOp, *dsl.InvokeOp:
			used["functions"] = true
		}
		return true
	})
	return slices.DeleteFunc([]string{"steps", "people", "functions"}, func(lane string) bool { return !used[lane] })
}

type sequence struct {
	ids          map[string]string // of participants, by what they stand for
	participants []string
	out          strings.Builder
	indent       int
	branches     int // conditions around, in the scope: groups, branches and items have their own
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
	s.line(s.ids[from] + arrow + s.ids[to] + ": " + plainLines(lines(text, 30, 3)))
}

// note stands over the workflow; within a block it reaches to the next lane, so that
// there is room for the block's head.
func (s *sequence) note(text string) {
	over := s.ids["workflow"]
	if s.indent > 1 && len(s.participants) > 2 {
		over += ",p2"
	}
	s.line("Note over " + over + ": " + plainLines(lines(text, 30, 4)))
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

// head is text on the one line that the head of a block has.
func head(text string) string { return plain(strings.Join(lines(text, 52, 1), "")) }

func plainLines(lines []string) string {
	for i, l := range lines {
		lines[i] = plain(l)
	}
	return strings.Join(lines, "<br/>")
}

// plain writes text for a message, a note or a head. Mermaid measures, and in heads
// breaks, character references by what they are written with. So text stands there as
// it is, but for the few characters that would be more than text: they have twins that
// look alike.
func plain(text string) string {
	var b strings.Builder
	var before rune
	for i, r := range text {
		next := text[i+utf8.RuneLen(r):]
		switch {
		case r == '#':
			r = '♯'
		case r == ';':
			r = '\u037e'
		case r == '<' && next != "" && !strings.ContainsRune(" =", rune(next[0])):
			r = '‹'
		case joins(before, r), r == 'n' && before == '\\', r == ':' && strings.HasSuffix(text[:i], "wrap"), r == '%' && before == '%':
			b.WriteString("\u200b")
		}
		b.WriteRune(r)
		before = r
	}
	return b.String()
}

func (s *sequence) block(b *dsl.Block) {
	for _, stmt := range b.Stmts {
		s.stmt(stmt)
	}
}

func (s *sequence) value(v dsl.Value, name string) {
	if v.Op != nil {
		s.operation(v.Op, name)
	}
}

func (s *sequence) ifStmt(keyword string, stmt *dsl.IfStmt) {
	s.within(keyword, exprText(stmt.Cond), func() { s.branch(stmt.Then) })
	switch e := stmt.Else.(type) {
	case *dsl.IfStmt:
		s.ifStmt("else", e)
	case *dsl.Block:
		s.within("else", "otherwise", func() { s.branch(e) })
	}
}

func (s *sequence) switchStmt(stmt *dsl.SwitchStmt) {
	keyword := "alt"
	for _, c := range stmt.Cases {
		var choices []string
		for _, e := range c.Choices {
			choices = append(choices, exprText(e))
		}
		s.within(keyword, exprText(stmt.Subject)+" is "+strings.Join(choices, ", "), func() { s.branch(c.Body) })
		keyword = "else"
	}
	if stmt.Else != nil {
		s.within(keyword, "otherwise", func() { s.branch(stmt.Else) })
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
		s.message("workflow", "->>", "steps", callText(base, op.Args))
		if base.Result != nil {
			s.message("steps", "-->>", "workflow", answer)
		}
	case *dsl.CallbackOp, *dsl.CallOp:
		s.ask(op)
		s.answer(op, name)
	case *dsl.OpenOp:
		s.note("open " + nameText(base.Callee))
	case *dsl.AwaitOp:
		s.answer(op, name)
	case *dsl.InvokeOp:
		s.message("workflow", "->>", "functions", callText(base, op.Args))
		s.message("functions", "-->>", "workflow", answer)
	case *dsl.WaitOp:
		if op.Until {
			s.note("wait until " + exprText(op.For))
		} else {
			s.note("wait " + exprText(op.For))
		}
	case *dsl.PollOp:
		s.within("loop", scheduleText(op.Schedule, false)+" until "+exprText(op.Until), func() {
			s.message("workflow", "->>", "steps", callText(base, op.Args))
			s.message("steps", "-->>", "workflow", answer)
		})
		s.line("end")
	case *dsl.GroupOp:
		text := "group " + title(base)
		if op.Until != nil {
			text += " until await " + nameText(op.Until.Callee)
		}
		s.within("critical", text, func() { s.scope(op.Body) })
		s.options(base.Catches)
		s.line("end")
		s.undo(base.Undo)
		return
	case *dsl.ParallelOp:
		keyword := "par"
		for _, br := range op.Branches {
			s.within(keyword, br.Name.Text, func() {
				if br.Op != nil {
					s.operation(br.Op, "")
				} else {
					s.scope(br.Body)
				}
			})
			keyword = "and"
		}
		s.line("end")
	case *dsl.MapOp:
		s.within("loop", "at once for each "+nameText(op.Item)+" in "+exprText(op.List), func() { s.scope(op.Body) })
		s.line("end")
	case *dsl.SelectStmt:
		panic("visualize: a select is drawn as a statement")
	}
	s.undo(base.Undo)
	s.catches(base.Catches)
}

// scope writes a body that `yield` leaves.
func (s *sequence) scope(b *dsl.Block) {
	around := s.branches
	s.branches = 0
	s.block(b)
	s.branches = around
}

// undo notes what takes an operation back.
func (s *sequence) undo(u *dsl.Undo) {
	if u == nil {
		return
	}
	var names []string
	dsl.Inspect(u, func(n dsl.Node) bool {
		if op, ok := n.(dsl.Operation); ok {
			if name := title(op.Base()); name != "" {
				names = append(names, name)
			}
		}
		return true
	})
	s.note("undo " + strings.Join(names, ", ") + " if something fails later")
}

// ask writes the first half of what others do: the message to them.
func (s *sequence) ask(op dsl.Operation) {
	switch op := op.(type) {
	case *dsl.CallbackOp:
		s.message("workflow", "->>", "people", callText(op.Base(), op.Args))
	case *dsl.CallOp:
		s.message("workflow", "->>", "functions", callText(op.Base(), op.Args))
	default: // asks nobody, or is written in one piece
	}
}

// answer writes the second half; name is the variable that takes it.
func (s *sequence) answer(op dsl.Operation, name string) {
	from, what := "people", nameText(op.Base().Callee)
	switch op := op.(type) {
	case *dsl.CallOp:
		from = "functions"
	case *dsl.AwaitOp:
		if h, ok := op.Handle.Type.(*dsl.Handle); ok {
			what = h.Decl.Name.Text
		}
	default: // is answered by people
	}
	if name == "" {
		name = what + " is done"
	}
	s.message(from, "-->>", "workflow", name)
}

// selectStmt writes what all cases ask for, then one half for each, headed by what wins.
func (s *sequence) selectStmt(stmt *dsl.SelectStmt) {
	for _, c := range stmt.Cases {
		s.ask(c.Op)
	}
	for _, c := range stmt.Cases {
		for _, catch := range c.Catches {
			if speaks(catch.Body) {
				s.within("opt", caseTitle(c.Op)+" is dropped on "+errorsText(catch), func() { s.branch(catch.Body) })
				s.line("end")
			}
		}
	}
	keyword := "alt"
	for _, c := range stmt.Cases {
		head := "first: " + caseTitle(c.Op)
		if stmt.Else != nil {
			head = "there: " + caseTitle(c.Op)
		}
		s.within(keyword, head, func() {
			switch c.Op.(type) {
			case *dsl.CallbackOp, *dsl.CallOp, *dsl.AwaitOp:
				s.answer(c.Op, nameText(c.Name))
			default:
				s.operation(c.Op, nameText(c.Name))
			}
			s.branch(c.Body)
		})
		keyword = "else"
	}
	if stmt.Else != nil {
		s.within("else", "nothing is there", func() { s.branch(stmt.Else) })
	}
	s.line("end")
	s.catches(stmt.Catches)
}

// caseTitle is a case of a select as the language writes it.
func caseTitle(op dsl.Operation) string {
	switch op := op.(type) {
	case *dsl.WaitOp:
		if op.Until {
			return "wait until " + exprText(op.For)
		}
		return "wait " + exprText(op.For)
	case *dsl.CallbackOp:
		return "callback " + title(op.Base())
	case *dsl.CallOp:
		return "call " + title(op.Base())
	case *dsl.PollOp:
		return "poll " + title(op.Base())
	case *dsl.AwaitOp:
		return "await " + title(op.Base())
	case *dsl.MapOp:
		return "map " + nameText(op.Item) + " in " + exprText(op.List)
	case *dsl.ParallelOp:
		return strings.TrimSpace("parallel " + title(op.Base()))
	case *dsl.GroupOp:
		return "group " + title(op.Base())
	default: // is called as it is titled
	}
	return title(op.Base())
}

// branch writes a block that is entered under a condition.
func (s *sequence) branch(b *dsl.Block) {
	s.branches++
	s.block(b)
	s.branches--
}

// catches writes the ways of errors after an operation.
func (s *sequence) catches(catches []*dsl.Catch) {
	for _, c := range catches {
		if !speaks(c.Body) {
			continue
		}
		keyword := "opt"
		if breaks(c.Body) {
			keyword = "break"
		}
		s.within(keyword, "on "+errorsText(c), func() { s.branch(c.Body) })
		s.line("end")
	}
}

// options writes the ways of errors out of a group or a try, as parts of its frame.
func (s *sequence) options(catches []*dsl.Catch) {
	for _, c := range catches {
		s.within("option", "on "+errorsText(c), func() { s.branch(c.Body) })
	}
}

func errorsText(c *dsl.Catch) string {
	if text := namesText(c.Errors); text != "" {
		return text
	}
	return "any error"
}

// breaks reports whether a block leaves what is around it, and not for its next turn.
func breaks(b *dsl.Block) bool {
	if !b.Leaves || len(b.Stmts) == 0 {
		return false
	}
	_, next := b.Stmts[len(b.Stmts)-1].(*dsl.ContinueStmt)
	return !next
}

// acts reports whether a statement holds anything that passes between the lanes.
func acts(n dsl.Node) bool {
	found := false
	dsl.Inspect(n, func(n dsl.Node) bool {
		switch n.(type) {
		case dsl.Operation, *dsl.ReturnStmt, *dsl.AgainStmt, *dsl.FailStmt:
			found = true
		}
		return !found
	})
	return found
}

// speaks reports whether a sequence shows anything of a statement or block: something
// that passes between the lanes, or a jump that decides whether what follows does.
func speaks(n dsl.Node) bool {
	found := acts(n)
	dsl.Inspect(n, func(n dsl.Node) bool {
		switch n.(type) {
		case *dsl.ForStmt, *dsl.WhileStmt:
			return false // the jumps in there are its own
		case *dsl.BreakStmt, *dsl.ContinueStmt, *dsl.YieldStmt:
			found = true
		}
		return !found
	})
	return found
}
