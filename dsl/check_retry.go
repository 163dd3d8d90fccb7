package dsl

// What a `retry` covers.

// retryCovers checks which failures a `retry` names.
func (c *checker) retryCovers(r *RetryClause, of retried) {
	if r.On != nil && r.Except != nil {
		second := r.Except
		if r.On.Start > second.Start {
			second = r.On
		}
		c.errorf(codeBadClause, second.Span, "a `retry` has `on` or `except`, not both").
			help("`on` says which declared errors are retried, `except` that all failures are but these")
	}
	if r.On != nil {
		c.retryFailures(r.On, of, false)
	}
	if r.Except != nil {
		c.retryFailures(r.Except, of, true)
	}
}

// retried is what a `retry` belongs to.
type retried struct {
	what    string // in words
	fails   *FailsClause
	timeout bool // an attempt may take too long
}

// retryFailures resolves the failures that a `retry` names, which are among those that what
// it belongs to fails with.
func (c *checker) retryFailures(list *Failures, of retried, except bool) {
	declared := map[string]bool{}
	if of.fails != nil {
		for _, n := range of.fails.Errors {
			declared[n.Text] = true
		}
	}
	list.Types = nil
	for _, n := range list.Errors {
		t := c.errorType(n)
		if t == nil {
			continue
		}
		switch {
		case except && (t == errUnexpected || t == errTimeout && of.timeout):
			list.Types = append(list.Types, t)
		case t.Builtin && !except:
			c.errorf(codeNeverRaised, n.Span, "`%s` is built in; `on` names declared errors", n.Text).
				help("undeclared errors and `Timeout` are retried in any case")
		case t == errTimeout:
			c.errorf(codeNeverRaised, n.Span, "%s never fails with `Timeout`", of.what).help("it has no `timeout`")
		case !declared[n.Text]:
			c.errorf(codeNeverRaised, n.Span, "%s never fails with `%s`", of.what, n.Text).
				help("add it to the `fails` of the declaration, or take it out here")
		default:
			list.Types = append(list.Types, t)
		}
	}
}
