package oracle

import (
	"fmt"

	"github.com/durablegen/durablegen/codegen/internal/oracle/world"
)

// order says which calls of steps came after which: its parts one after the other,
// or all at a time.
type order struct {
	together bool
	parts    []*order
	// Of a single step:
	id       string
	what     calls
	attempts int // -1: that is open
}

// call adds a step to a sequence, by its ID.
func (o *order) call(id string, c calls) *order {
	leaf := &order{id: id, what: c}
	o.parts = append(o.parts, leaf)
	return leaf
}

// par adds parts that run at a time.
func (o *order) par() *order {
	group := &order{together: true}
	o.parts = append(o.parts, group)
	return group
}

// seq adds one of them.
func (o *order) seq() *order {
	one := &order{}
	o.parts = append(o.parts, one)
	return one
}

// judge compares the calls that steps have seen with what they should have.
func (o *order) judge(obs *world.Observation) string {
	at := map[string][]int{}
	for i, c := range obs.Calls {
		if c.ID == "" {
			if key := canonical([]any{c.Key}); key != c.Args {
				return fmt.Sprintf("%s%s has the key %q", c.Step, c.Args, c.Key)
			}
			continue
		}
		at[c.ID] = append(at[c.ID], i)
	}
	known := map[string]bool{}
	var problem string
	say := func(format string, args ...any) {
		if problem == "" {
			problem = fmt.Sprintf(format, args...)
		}
	}
	var walk func(o *order) (first, last int)
	walk = func(o *order) (first, last int) {
		first, last = -1, -1
		if o.id != "" {
			known[o.id] = true
			list := at[o.id]
			if o.what.keyed {
				list = nil
			}
			if !o.what.keyed && obs.Crash == "" && o.attempts >= 0 && len(list) != o.attempts {
				say("the body of %s ran %d times, and should have run %d times", o.id, len(list), o.attempts)
			}
			for _, i := range list {
				if c := obs.Calls[i]; c.Step != o.what.name || o.what.args != "" && c.Args != o.what.args {
					say("%s called %s%s, and should have called %s%s", o.id, c.Step, c.Args, o.what.name, o.what.args)
				}
			}
			if len(list) > 0 && o.attempts >= 0 { // what was given up may run on
				first, last = list[0], list[len(list)-1]
			}
			return first, last
		}
		for _, part := range o.parts {
			f, l := walk(part)
			if f < 0 {
				continue
			}
			if !o.together && first >= 0 && f < last {
				say("%s ran before %s", callAt(obs, f), callAt(obs, last))
			}
			if first < 0 || f < first {
				first = f
			}
			last = max(last, l)
		}
		return first, last
	}
	walk(o)
	recorded := map[string]bool{}
	for _, op := range obs.Operations {
		recorded[op.Id] = true
	}
	for id := range at {
		// When the process died, a body may have run of which nothing was recorded yet.
		if !known[id] && (recorded[id] || obs.Crash == "") {
			say("the body of %s ran, and should not have", id)
		}
	}
	return problem
}

func callAt(obs *world.Observation, i int) string {
	c := obs.Calls[i]
	return fmt.Sprintf("%s (call %d of %s%s)", c.ID, i, c.Step, c.Args)
}
