package cost

import (
	"fmt"
	"math"
	"slices"

	"github.com/durablegen/durablegen/dsl"
)

// Limits of the service.
const (
	operationLimit = 3000
	storageLimit   = 100e6 // bytes written by an execution
	yearLimit      = 366 * 24 * 3600
	attemptLimit   = 15 * 60 // seconds of an invocation
)

// Amounts is what an execution takes and costs.
type Amounts struct {
	Numbers
	Invocations float64
	GBSeconds   float64
	Retained    float64 // GB-months
	Cost        Cost
}

// Estimate is what an execution of a workflow takes.
type Estimate struct {
	Workflow string
	Pos      dsl.Pos
	// Least is that of an execution that comes to a `return` or to the end; one that fails may
	// take less. Most is that of any, with all of its undos. Expected goes by the assumptions.
	Least, Expected, Most Amounts
	// Factors is what varies, in order of place.
	Factors []*Factor
	// Assumed are the assumptions, and Prices what was reckoned with.
	Assumed Assumptions
	Prices  Prices

	waits, timeout float64 // seconds that it is expected to wait, and may last
}

// Of estimates the workflows of a program. It fails if an assumption names nothing that
// varies, or is not possible.
func Of(p *dsl.Program, a Assumptions) ([]*Estimate, error) {
	prices, err := PricesIn(a.Region)
	if err != nil {
		return nil, err
	}
	w := newWalker(p, a, nil)
	var out []*Estimate
	var all []*Factor
	for _, d := range p.Workflows {
		w.noted, w.has = nil, map[*Factor]bool{}
		b := w.execution(d)
		e := &Estimate{Workflow: d.Name.Text, Pos: d.Pos(), Assumed: a, Prices: prices}
		e.waits, e.timeout = b.expected[Waiting], timeoutOf(d)
		e.Least, e.Expected, e.Most = e.amounts(d, b.least), e.amounts(d, b.expected), e.amounts(d, b.most)
		e.Factors = w.noted
		slices.SortStableFunc(e.Factors, func(a, b *Factor) int { return int(a.Pos) - int(b.Pos) })
		out, all = append(out, e), append(all, w.noted...)
	}
	if w.err == nil {
		w.err = a.unused(all)
	}
	return out, w.err
}

// Predict is what executions of a workflow record on the average in which so much was
// counted. Sizes and times are not predicted.
func Predict(p *dsl.Program, d *dsl.WorkflowDecl, seen Observed) Numbers {
	return newWalker(p, Default(), seen).execution(d).expected
}

// execution is a workflow as an execution of its own.
func (w *walker) execution(d *dsl.WorkflowDecl) bounded {
	out := w.workflow(d).scope()
	least := out.ok.least
	if !out.ok.possible {
		least = out.bad.least
	}
	b := bounded{least, out.all().most, out.expected}
	input := exactly(0)
	for i, p := range d.Params {
		s := w.payload(p.Var.Type, maxInput, p.Name.Text, p.Pos())
		if len(d.Params) > 1 {
			name := float64(len(p.Name.Text) + 4)
			s = span{0, s.most + name, s.expected + name}
		}
		if i == 0 {
			s.least = 0 // unknown fields may go along, absent ones be left out
		}
		input = span{input.least, input.most + s.most, input.expected + s.expected}
	}
	input.most = maxInput // whatever goes along
	result := w.payload(d.ResultType, maxInput, d.Name.Text, d.Pos())
	result.least, result.most = 0, max(result.most, maxError)
	return b.add(always(of(Billed, 1)), some(Written, input), some(Written, result))
}

// timeoutOf is for how long an execution may last, in seconds: a day where nothing is said.
func timeoutOf(d *dsl.WorkflowDecl) float64 {
	if d.Policy.Timeout == nil {
		return 24 * 3600
	}
	return min(seconds(d.Policy.Timeout.Value, yearLimit), yearLimit)
}

// amounts adds what follows from the numbers.
func (e *Estimate) amounts(d *dsl.WorkflowDecl, n Numbers) Amounts {
	a := e.Assumed
	// The service ends what goes on for longer, or writes more.
	n[Waiting] = min(n[Waiting], timeoutOf(d))
	if !math.IsInf(n[Written], 1) {
		n[Written] = min(n[Written], storageLimit)
	}
	days := float64(a.Retain)
	if d.Policy.Retention != nil {
		days = seconds(d.Policy.Retention.Value, days*24*3600) / (24 * 3600)
	}
	out := Amounts{Numbers: n, Invocations: 1 + n[Suspensions]}
	out.GBSeconds = product(float64(a.Memory)/1024, product(out.Invocations, a.Replay.Seconds())+n[Busy])
	out.Retained = product(n[Written]/gigabyte, (min(n[Waiting]+n[Busy], timeoutOf(d))+days*24*3600)/month)
	out.Cost = e.Prices.of(usage{n[Billed], n[Written], out.Retained, out.Invocations, out.GBSeconds}, a.Arm)
	return out
}

// Unbounded are the factors that have no bound.
func (e *Estimate) Unbounded() []*Factor {
	return slices.DeleteFunc(slices.Clone(e.Factors), func(f *Factor) bool { return !f.Unbounded() })
}

// Change is how the estimate of a workflow differs from that of an earlier version.
type Change struct {
	Workflow      string
	Before, After *Estimate // nil if it was not there, or is not any more
}

// Difference compares two estimates of a workflow, one of which may be nil.
func Difference(before, after *Estimate) *Change {
	c := &Change{Before: before, After: after}
	if after != nil {
		c.Workflow = after.Workflow
	} else if before != nil {
		c.Workflow = before.Workflow
	}
	return c
}

// Same reports whether nothing differs that a reader would see.
func (c *Change) Same() bool {
	if c.Before == nil || c.After == nil {
		return c.Before == c.After
	}
	b, a := c.Before, c.After
	return b.Least.same(a.Least) && b.Expected.same(a.Expected) && b.Most.same(a.Most)
}

func (a Amounts) same(b Amounts) bool {
	for m := range a.Numbers {
		if !alike(a.Numbers[m], b.Numbers[m]) {
			return false
		}
	}
	return alike(a.Cost.Total(), b.Cost.Total())
}

func alike(a, b float64) bool {
	return a == b || math.Abs(a-b) <= 1e-9*max(math.Abs(a), math.Abs(b))
}

// Cost is by how many dollars an execution is expected to cost more, or less if it is
// negative; Million is of a million.
func (c *Change) Cost() float64 {
	var cost float64
	if c.After != nil {
		cost += c.After.Expected.Cost.Total()
	}
	if c.Before != nil {
		cost -= c.Before.Expected.Cost.Total()
	}
	return cost
}

// Million is [Change.Cost] of a million executions.
func (c *Change) Million() float64 { return c.Cost() * 1e6 }

// String is the change in one line; empty if there is none.
func (c *Change) String() string {
	switch {
	case c.Same():
		return ""
	case c.Before == nil:
		return fmt.Sprintf("%s a million, %s operations", Dollars(c.After.Expected.Cost.Total()*1e6), count(c.After.Expected.Numbers[Operations]))
	case c.After == nil:
		return "it is gone"
	}
	return fmt.Sprintf("expected: %s → %s a million, operations %s → %s; at most %s → %s operations",
		Dollars(c.Before.Expected.Cost.Total()*1e6), Dollars(c.After.Expected.Cost.Total()*1e6),
		count(c.Before.Expected.Numbers[Operations]), count(c.After.Expected.Numbers[Operations]),
		count(c.Before.Most.Numbers[Operations]), count(c.After.Most.Numbers[Operations]))
}

// Table gives the lines in which two estimates differ: what it is, and what was and is
// expected, and the most that was and is possible. A workflow that is not there has nothing.
func (c *Change) Table() [][5]string {
	var before, after Estimate
	if c.Before != nil {
		before = *c.Before
	}
	if c.After != nil {
		after = *c.After
	}
	var out [][5]string
	for _, r := range rows {
		line := [5]string{r.name}
		same := true
		for i, a := range [...]Amounts{before.Expected, after.Expected, before.Most, after.Most} {
			line[i+1] = r.tell(r.of(a))
			same = same && (i%2 == 0 || line[i+1] == line[i])
		}
		if !same {
			out = append(out, line)
		}
	}
	return out
}
