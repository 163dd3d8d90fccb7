package cost

import (
	"fmt"
	"math"

	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/words"
)

// Reaches says of each limit of the service whether an execution may come to it.
func (e *Estimate) Reaches() []string {
	most := e.Most
	var lines []string
	say := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	switch n := most.Numbers[Operations]; {
	case math.IsInf(n, 1):
		say("operations: nothing keeps it below %s; it fails with `Unexpected` there, and takes back what it did", grouped(operationLimit))
	case n > operationLimit:
		say("operations: as many as %s, of %s", count(n), grouped(operationLimit))
	}
	if n := most.Numbers[Operations]; !math.IsInf(n, 1) {
		if each := storageLimit / max(n+most.Numbers[Retries]+most.Numbers[Checks], 1); each < maxPayload {
			say("written: 100 MB come together if each payload has %s", size(each))
		}
	} else {
		say("written: nothing keeps it below 100 MB")
	}
	if e.waits > e.timeout {
		say("time: it is expected to wait for %s, and lasts %s at most", long(e.waits), long(e.timeout))
	}
	if x := e.Expected; x.Numbers[Busy] > attemptLimit*x.Invocations {
		say("time: its steps are expected to run for %s in %s, each of which lasts 15 minutes at most", long(x.Numbers[Busy]), words.Count(int(x.Invocations), "invocation"))
	}
	return lines
}

// Check warns of the workflows of a program that come to a limit of the service on a way on
// which nothing fails, by what their text says alone: a number that it does not tell is taken
// for one.
func Check(p *dsl.Program) dsl.Diagnostics {
	w := newWalker(p, Default(), nil)
	w.known = true
	var ds dsl.Diagnostics
	for _, d := range p.Workflows {
		ok := w.workflow(d).scope().ok
		if !ok.possible {
			continue
		}
		warn := func(help, format string, args ...any) {
			ds = append(ds, dsl.Diagnostic{
				Code: dsl.ReachesLimit, Severity: dsl.Warning, Span: d.Name.Span, Message: fmt.Sprintf(format, args...), Help: help,
			})
		}
		if n := ok.most[Operations]; n > operationLimit {
			warn("let it go on as a new execution in time, by `again`, or give parts of it one of their own, by `invoke`", "`%s` can come to %s operations, and an execution may have %s", d.Name.Text, count(n), grouped(operationLimit))
		}
		limit, what := float64(yearLimit), "an execution may last 366 days"
		if t := d.Policy.Timeout; t != nil {
			limit = seconds(t.Value, limit)
			what = "its `timeout` is " + words.Duration(secondsOf(limit))
		}
		if least := ok.least[Waiting]; least > limit {
			warn("", "`%s` waits for %s at least, and %s", d.Name.Text, long(least), what)
		}
	}
	return ds
}
