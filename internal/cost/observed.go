package cost

import "github.com/durablegen/durablegen/dsl"

// Counted is something that was counted in a run of a workflow.
type Counted struct {
	Node dsl.Node
	What What
}

// What is counted at a node.
type What int

// What is counted at nodes.
const (
	Visits    What = iota // of a statement, block, branch, catch, case, operation: control has come there
	Turned                // turns of a loop, and items of a map, that have begun
	Stumbled              // a statement has failed in an expression of its own
	Begun                 // an operation is on record
	Succeeded             // an operation has succeeded
	Failed                // an operation has failed, and none of its catches took it
	Halted                // an operation was given up
	Repeated              // attempts of a step or submitter after the first
	Checked               // checks of a poll
	Undone                // an operation was taken back
	Timed                 // the timer of an operation is on record
	Opened                // the callback inside of a `callback` is on record
	Submitted             // its submitter is on record
)

// Observed is what was counted in runs, to reckon with in the place of assumptions.
type Observed map[Counted]int

// ratio is how much of something there was to each visit of a node.
func (o Observed) ratio(n dsl.Node, what What, of dsl.Node) float64 {
	return o.per(n, what, of, Visits)
}

func (o Observed) per(n dsl.Node, what What, of dsl.Node, per What) float64 {
	all := o[Counted{of, per}]
	if all == 0 {
		return 0
	}
	return float64(o[Counted{n, what}]) / float64(all)
}
