package dsl

// packageDefaults checks the defaults of the package, and gives them to the declarations that
// have no such clause of their own.
func (c *checker) packageDefaults() {
	all := map[string]*Defaults{}
	for _, f := range c.program.Files {
		c.file = f
		for _, d := range f.Defaults {
			word := d.Of.Text
			if before := all[word]; before != nil {
				c.errorf(codeDuplicateClause, Span{d.Start, d.Of.End}, "a second `defaults %s`", word).
					note(Span{before.Start, before.Of.End}, "the first one").help("they hold for the whole package: write all clauses into one")
				continue
			}
			all[word] = d
			c.constants(func() { c.defaultPolicy(d) })
		}
	}
	for _, f := range c.program.Files {
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *StepDecl:
				d.Policy.inherit(all["step"])
			case *CallbackDecl:
				d.Policy.inherit(all["callback"])
			case *WorkflowDecl:
				d.Policy.inherit(all["workflow"])
			default: // has no defaults
			}
		}
	}
}

// inherit takes what is not said from defaults, and forgets what it had from others.
func (p *Policy) inherit(d *Defaults) {
	*p = p.Own()
	if d == nil {
		return
	}
	p.Defaults = d
	if len(p.Retry) == 0 && p.AtMostOnce == nil {
		p.Retry = d.Policy.Retry
	}
	for _, c := range [...][2]**Clause{{&p.Timeout, &d.Policy.Timeout}, {&p.Heartbeat, &d.Policy.Heartbeat}, {&p.Retention, &d.Policy.Retention}} {
		if *c[0] == nil {
			*c[0] = *c[1]
		}
	}
}

// defaultPolicy checks the clauses of defaults.
func (c *checker) defaultPolicy(d *Defaults) {
	p := &d.Policy
	what := "`defaults " + d.Of.Text + "`"
	if p.Fails != nil {
		c.errorf(codeBadClause, p.Fails.Span, "%s has no `fails`", what).help("what something fails with stands at its own declaration")
	}
	c.refuseRepetition(p, what, "how a step bears repetition is something that each one has to say for itself")
	of := &retried{what: what, timeout: true, several: true}
	switch d.Of.Text {
	case "step":
		c.refuse(p.Heartbeat, "heartbeat", what, "a heartbeat is a sign of life from outside: it belongs to callbacks")
		c.refuse(p.Retention, "retention", what, "the retention of histories belongs to workflows")
		c.stepTimes(p, of)
	case "callback":
		c.refuse(p.Retention, "retention", what, "the retention of histories belongs to workflows")
		of.timeout = false
		c.answerTimes(p, of)
		c.heartbeatWithin(p.Heartbeat, p.Timeout)
	case "workflow":
		c.refuseRetry(p, what, "an execution is never started again; `defaults step` says how steps are retried")
		c.refuse(p.Heartbeat, "heartbeat", what, "a heartbeat belongs to callbacks")
		c.executionTimes(p)
	}
	written := false
	Inspect(d, func(n Node) bool {
		written = written || n != Node(d)
		return !written
	})
	if !written && !c.incomplete(d.Span) {
		c.errorf(codeBadClause, Span{d.Start, d.Of.End}, "%s says nothing", what).help("write what holds where nothing is written, such as `defaults step  retry 3 every 1s`")
	}
}
