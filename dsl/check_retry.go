package dsl

import (
	"go/constant"
	"slices"
)

// retried is what a `retry` belongs to.
type retried struct {
	what    string // in words
	fails   []*ErrorType
	timeout bool // an attempt may take too long
	several bool // it is all of a kind, which have no declared error in common
}

// RetryOf gives the `retry` clauses that hold for an operation: its own, else those of the
// declaration of what it calls.
func RetryOf(op *OpBase, decl *Policy) []*RetryClause {
	if len(op.Use.Retry) > 0 {
		return op.Use.Retry
	}
	return decl.Retry
}

// firstRetry gives the first `retry` that allows another attempt; nil if there is none.
func firstRetry(list []*RetryClause) *RetryClause {
	for _, r := range list {
		if !r.None {
			return r
		}
	}
	return nil
}

// longestRetry gives how long the delays of one of the retries last altogether; 0 if they
// are not constant.
func longestRetry(list []*RetryClause) (most int64) {
	for _, r := range list {
		if !r.None {
			most = max(most, scheduleTotal(constInt(r.Times), &r.Schedule, float64(defaultRetryEvery), defaultRetryBackoff, float64(defaultRetryMax)))
		}
	}
	return most
}

// retries checks the `retry` clauses of a declaration, which are constant, or of a use.
func (c *checker) retries(list []*RetryClause, constant bool, of *retried) {
	for i, r := range list {
		if len(list) > 1 && r.None {
			c.errorf(codeRetryOrder, r.Span, "`retry none` stands alone").
				help("a failure that no `retry` covers is not retried; `except` takes some out")
			return
		}
		c.retryClause(r, constant)
		if r.On != nil && r.Except != nil {
			second := r.Except
			if r.On.Start > second.Start {
				second = r.On
			}
			c.errorf(codeBadClause, second.Span, "a `retry` has `on` or `except`, not both").
				help("`on` says what is retried, `except` that all is but this")
		}
		for _, names := range [...]*Failures{r.On, r.Except} {
			if names != nil {
				c.retryFailures(names, of)
			}
		}
		declared := r.On != nil && !slices.ContainsFunc(r.On.Types, func(t *ErrorType) bool { return t.Builtin })
		r.Exact = r.On != nil && (i < len(list)-1 || !declared)
	}
	c.retryOrder(list, of)
}

// retryClause checks the number and the delays of one `retry`.
func (c *checker) retryClause(r *RetryClause, constant bool) {
	if r.None {
		return
	}
	if !isNilExpr(r.Times) {
		ok := false
		if constant {
			ok = c.constExpr(r.Times, Int, "the number of retries")
		} else {
			ok = c.exprAs(r.Times, Int, "the number of retries")
		}
		if ok {
			if v := r.Times.Const(); v != nil && v.Kind() == intKind && isZero(v) {
				c.errorf(codeLimit, r.Times.Range(), "`retry 0` retries nothing").help("write `retry none`").
					fix("write `none`", Edit{r.Times.Range(), "none"})
			} else {
				c.atLeast(r.Times, 1, "the number of retries")
				c.atMost(r.Times, maxOperations-1, "the number of retries")
			}
		}
	}
	c.schedule(&r.Schedule, constant)
}

const intKind = constant.Int

// retryFailures resolves the failures that a `retry` names, which are among those that what
// it belongs to fails with.
func (c *checker) retryFailures(list *Failures, of *retried) {
	list.Types = nil
	for _, n := range list.Errors {
		t := c.failureType(n)
		switch {
		case t == nil:
		case t == errUnexpected || t.Undeclared || t == errTimeout && of.timeout || slices.Contains(of.fails, t):
			list.Types = append(list.Types, t)
		case t == errTimeout:
			c.errorf(codeNeverRaised, n.Span, "%s never fails with `Timeout`", of.what).help("it has no `timeout`")
		case t.Builtin:
			c.errorf(codeNeverRaised, n.Span, "%s never fails with `%s`", of.what, n.Text).
				help("of the built-in errors a `retry` names `Timeout` and `Unexpected`")
		case of.several:
			c.errorf(codeBadClause, n.Span, "not all of them fail with `%s`", n.Text).
				help("defaults name failures in quotes, `Timeout` and `Unexpected`; say what is done about a declared error where it is declared")
		default:
			c.errorf(codeNeverRaised, n.Span, "%s never fails with `%s`", of.what, n.Text).
				help("add it to the `fails` of the declaration, or take it out here")
		}
	}
}

// failureType finds what a name among failures stands for: an error, or, in quotes, the
// failures that are not declared and bear it.
func (c *checker) failureType(n *Name) *ErrorType {
	if !n.Quoted {
		return c.errorType(n)
	}
	t, isError := c.types[n.Text].(*ErrorType)
	switch {
	case n.Text == "":
		c.errorf(codeUnknownError, n.Span, "the name of an error is empty")
		return nil
	case builtinError(n.Text) != nil || isError && t != nil:
		what := "declared"
		if !isError {
			what = "built in"
		}
		c.errorf(codeUnknownError, n.Span, "`%s` is %s, and stands without quotes", n.Text, what).
			help("quotes name failures that are not declared").
			fix("write `"+n.Text+"`", Edit{n.Span, n.Text})
		return nil
	}
	if d := c.arriving[n.Text]; d != nil {
		c.errorf(codeUnknownError, n.Span, "a failure called `%s` arrives as `%s`", n.Text, d.Name.Text).note(d.Name.Span, "declared here").
			help("name `%s`, which must stand in the `fails` of what fails with it", d.Name.Text)
		return nil
	}
	if c.bearing[n.Text] == nil {
		if c.bearing == nil {
			c.bearing = map[string]*ErrorType{}
		}
		c.bearing[n.Text] = &ErrorType{Name: n.Text, Fields: errUnexpected.Fields, Builtin: true, Undeclared: true}
	}
	return c.bearing[n.Text]
}

// retryOrder reports a `retry` that those above leave nothing to.
func (c *checker) retryOrder(list []*RetryClause, of *retried) {
	all := of.kinds(list)
	seen := map[*ErrorType]bool{}
	for _, r := range list {
		if r.None || !r.resolved() {
			return
		}
		at := Span{r.Start, r.Start + Pos(len("retry"))}
		some, fresh := false, false
		for _, t := range all {
			if r.covers(t) {
				some, fresh = true, fresh || !seen[t]
			}
		}
		switch {
		case !some:
			c.errorf(codeRetryOrder, at, "this `retry` covers nothing").help("`except` leaves no failure over; write `retry none`")
		case !fresh:
			c.errorf(codeRetryOrder, at, "this `retry` never decides").
				help("those above cover all that it covers; the first that covers a failure decides")
		case r.On != nil:
			for i, t := range r.On.Types {
				if seen[t] {
					c.errorf(codeRetryOrder, r.On.Errors[i].Span, "`%s` is covered by a `retry` above", t.Name).help("take it out")
				}
			}
		}
		for _, t := range all {
			seen[t] = seen[t] || r.covers(t)
		}
	}
}

// kinds gives the failures that the retries tell apart.
func (of *retried) kinds(list []*RetryClause) []*ErrorType {
	all := append([]*ErrorType{errUnexpected}, of.fails...)
	if of.timeout {
		all = append(all, errTimeout)
	}
	for _, r := range list {
		for _, names := range [...]*Failures{r.On, r.Except} {
			if names == nil {
				continue
			}
			for _, t := range names.Types {
				if !slices.Contains(all, t) {
					all = append(all, t)
				}
			}
		}
	}
	return all
}

// resolved reports whether all that a `retry` names is known.
func (r *RetryClause) resolved() bool {
	return (r.On == nil || len(r.On.Types) == len(r.On.Errors)) && (r.Except == nil || len(r.Except.Types) == len(r.Except.Errors))
}

// covers reports whether a `retry` is for failures of a type: a declared or built-in one, or
// one that stands for those that bear its name.
func (r *RetryClause) covers(t *ErrorType) bool {
	switch {
	case r.Except != nil:
		return !r.Except.names(t)
	case r.On != nil && r.On.names(t):
		return true
	}
	return !r.Exact && t.Builtin
}

// names reports whether failures of a type are among those named.
func (f *Failures) names(t *ErrorType) bool {
	return slices.ContainsFunc(f.Types, func(x *ErrorType) bool { return x == t || x == errUnexpected && t.Undeclared })
}
