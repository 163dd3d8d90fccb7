package visualize

import (
	"strings"

	"github.com/durablegen/durablegen/dsl"
)

// What stands in small print: the clauses, in the words of the language.

func workflowNotes(w *dsl.WorkflowDecl) []string {
	var notes []string
	if c := w.Policy.Timeout; c != nil {
		notes = append(notes, "timeout "+exprText(c.Value))
	}
	return notes
}

func describeStep(n *Node, decl *dsl.StepDecl, base *dsl.OpBase, args []dsl.Expr) {
	n.More = append(n.More, callText(base, args))
	if decl == nil {
		return
	}
	n.Doc = firstSentence(decl.Doc)
	if decl.Builtin != "" {
		return
	}
	p := decl.Policy
	if p.AtMostOnce != nil {
		n.Notes = append(n.Notes, "at most once")
	}
	if p.AtLeastOnce != nil {
		n.Notes = append(n.Notes, "at least once")
	}
	if p.Stored != nil {
		n.More = append(n.More, "stored")
	}
	retry := dsl.RetryOf(base, &p)
	for _, r := range retry {
		n.Notes = append(n.Notes, retryText(r))
	}
	if len(retry) == 0 && p.AtMostOnce == nil {
		n.More = append(n.More, "retry 5 every 5s ×2 max 1m, by default")
	}
	if own := p.Own(); len(retry) > 0 && len(own.Retry)+len(base.Use.Retry) == 0 {
		n.More = append(n.More, "retry by `defaults step`")
	}
	n.Notes = appendClause(n.Notes, "timeout ", p.Timeout, base.Use.Timeout)
	switch {
	case p.Reads != nil:
		n.More = append(n.More, "reads")
	case p.Idempotent != nil && p.Idempotent.Value != nil:
		n.More = append(n.More, "idempotent by "+exprText(p.Idempotent.Value))
	case p.Idempotent != nil:
		n.More = append(n.More, "idempotent")
	case p.AtMostOnce == nil && p.AtLeastOnce == nil:
		n.More = append(n.More, "at least once")
	}
}

// appendClause adds a clause: the one at the use, else the declaration's.
func appendClause(notes []string, words string, decl, use *dsl.Clause) []string {
	if use != nil {
		decl = use
	}
	if decl == nil {
		return notes
	}
	return append(notes, words+exprText(decl.Value))
}

func retryText(r *dsl.RetryClause) string {
	if r.None {
		return "no retry"
	}
	text := "retry " + exprText(r.Times)
	if s := scheduleText(r.Schedule, false); s != "" {
		text += " " + s
	}
	if r.On != nil {
		text += " on " + namesText(r.On.Errors)
	}
	if r.Except != nil {
		text += " except " + namesText(r.Except.Errors)
	}
	return text
}

func describeCallback(n *Node, decl *dsl.CallbackDecl, base *dsl.OpBase, args []dsl.Expr) {
	if args != nil {
		n.More = append(n.More, callText(base, args))
	}
	if decl == nil {
		return
	}
	n.Doc = firstSentence(decl.Doc)
	n.Notes = appendClause(n.Notes, "answer within ", decl.Policy.Timeout, base.Use.Timeout)
	n.Notes = appendClause(n.Notes, "heartbeat ", decl.Policy.Heartbeat, base.Use.Heartbeat)
}

func describeWait(n *Node, op *dsl.WaitOp) {
	text := exprText(op.For)
	if op.Until {
		text = "until " + text
	}
	n.Keyword = "wait"
	if n.Name == "" {
		n.Name = text
		return
	}
	n.Notes = append(n.Notes, text)
}

func describePoll(n *Node, op *dsl.PollOp) {
	var often []string
	if s := scheduleText(op.Schedule, false); s != "" {
		often = append(often, s)
	}
	if op.AtMost != nil {
		often = append(often, "at most "+exprText(op.AtMost)+" times")
	}
	n.Notes = append(n.Notes, strings.Join(often, ", "))
	n.Notes = append(n.Notes, "until "+exprText(op.Until))
	n.More = append(n.More, callText(&op.OpBase, op.Args))
	if op.Decl != nil {
		n.Doc = firstSentence(op.Decl.Doc)
	}
}

func limitNotes(l dsl.Limits) []string {
	var notes []string
	if l.Max != nil {
		notes = append(notes, exprText(l.Max)+" at a time")
	}
	if l.Min != nil {
		notes = append(notes, "until "+exprText(l.Min)+" succeeded")
	}
	if l.Tolerate != nil {
		percent := ""
		if l.Percent {
			percent = "%"
		}
		notes = append(notes, "tolerates "+exprText(l.Tolerate)+percent+" failures")
	}
	return notes
}
