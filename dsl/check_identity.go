package dsl

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// identify gives an operation its name within its scope, and reports names that
// the scope has already and names that the service would refuse.
func (c *checker) identify(op Operation) {
	base := op.Base()
	b := c.body
	base.Scope = b.scope
	base.Loops = nil
	if _, isAwait := op.(*AwaitOp); isAwait {
		return // no operation of the service
	}
	for _, l := range b.loops {
		base.Loops = append(base.Loops, l.node)
		switch loop := l.node.(type) {
		case *ForStmt:
			loop.Turns = true
		case *WhileStmt:
			loop.Turns = true
		}
	}
	b.scope.Ops = append(b.scope.Ops, op)

	at := base.Keyword
	base.Segment = opWord(op)
	if base.Callee != nil {
		base.Segment = base.Callee.Text
		at = base.Callee.Span
	}
	if l := base.Label; l != nil && l.As != nil {
		base.Segment = l.As.Value
		at = l.As.Span
	}
	base.Identity = base.Segment
	idAt := at
	if l := base.Label; l != nil && l.Was != nil {
		base.Identity = l.Was.Value
		idAt = l.Was.Span
		c.legalName(op, l.Was.Value, l.Was.Span, true)
	}
	isLabel := base.Label != nil && base.Label.As != nil
	if base.Segment == "" && !isLabel {
		return // the parser found no name
	}
	c.legalName(op, base.Segment, at, isLabel)

	if before := b.segments[base.Segment]; before != nil {
		c.twin(op, before, at)
		return
	}
	b.segments[base.Segment] = op
	if before := b.ids[base.Identity]; before != nil {
		c.errorf(codeWasCollision, idAt, "two operations of one scope have the identity `%s`", base.Identity).
			note(nameSpan(before), "the other one").
			help("each recorded result belongs to one operation: give one of them another name with `as`, or take out a `was`")
		return
	}
	b.ids[base.Identity] = op
}

// nameSpan is the place of what names an operation.
func nameSpan(op Operation) Span {
	base := op.Base()
	switch {
	case base.Label != nil && base.Label.As != nil:
		return base.Label.As.Span
	case base.Callee != nil:
		return base.Callee.Span
	}
	return base.Keyword
}

// legalName reports names that the service does not take.
func (c *checker) legalName(op Operation, name string, at Span, isLabel bool) {
	ascii := true
	for i := 0; i < len(name); i++ {
		ascii = ascii && name[i] >= ' ' && name[i] <= '~'
	}
	what := fmt.Sprintf("the name `%s`", shorten(name))
	if isLabel {
		what = "this label"
	}
	var p *Diagnostic
	switch {
	case name == "":
		c.errorf(codeBadLabel, at, "this label is empty").help("write what people should read: `as \"first charge\"`")
	case !ascii:
		p = c.errorf(codeBadLabel, at, "%s has other characters than printable ASCII", what)
	case len(name) > maxName:
		p = c.errorf(codeBadLabel, at, "%s is longer than %d characters", what, maxName)
	}
	if p != nil {
		p.help("the service records names of 1 to %d printable ASCII characters", maxName)
		if _, isParallel := op.(*ParallelOp); !isLabel && !isParallel {
			p.help("give it one that the service can record: `as \"…\"`")
		}
	}
}

// functionName reports the name of a workflow that no Lambda function can have.
func (c *checker) functionName(name *Name) {
	if name == nil {
		return
	}
	ascii := true
	for i := 0; i < len(name.Text); i++ {
		ascii = ascii && name.Text[i] < utf8.RuneSelf
	}
	var p *Diagnostic
	switch {
	case !ascii:
		p = c.errorf(codeBadLabel, name.Span, "the name of a workflow is made of the letters `a` to `z`, digits and `_`")
	case len(name.Text) > maxFunctionName:
		p = c.errorf(codeBadLabel, name.Span, "the name of a workflow is at most %d characters long", maxFunctionName)
	default:
		return
	}
	p.help("it becomes the name of a Lambda function, which knows no others")
}

// twin reports the second operation of a name in one scope. Which of the two is the newer
// one, and has no record yet, only the author knows.
func (c *checker) twin(op, before Operation, at Span) {
	base := op.Base()
	label := c.freeLabel(base.Segment)
	c.errorf(codeTwin, at, "a second `%s` in one scope", base.Segment).note(nameSpan(before), "the first one").
		help("operations are known by their names: give the newer one a label, `as %q`; the older one keeps its name, under which executions have recorded it", label)
	c.body.segments[label] = op // so that the next twin is offered another one
}

// freeLabel makes a label that no operation of the scope has.
func (c *checker) freeLabel(name string) string {
	if i := strings.LastIndexByte(name, ' '); i > 0 && strings.Trim(name[i+1:], "0123456789") == "" {
		name = name[:i]
	}
	if c.body.freeLabels == nil {
		c.body.freeLabels = map[string]int{}
	}
	for {
		c.body.freeLabels[name] = max(c.body.freeLabels[name], 1) + 1
		label := fmt.Sprintf("%s %d", name, c.body.freeLabels[name])
		if c.body.segments[label] == nil {
			return label
		}
	}
}
