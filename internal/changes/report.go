package changes

import (
	"github.com/durablegen/durablegen/dsl"
)

// Effect is what becomes of an execution; each is worse than the one before.
type Effect int

const (
	Nothing Effect = iota // it goes on as if nothing had changed
	Left                  // what is recorded is not asked for any more
	Late                  // something runs later than it stands
	Depends               // it goes on if what has been decided comes out as before
	Again                 // something that was done is done once more
	Unknown               // nobody can tell, since nobody knows what one of the versions says
	Breaks                // it fails, and what it has done is not taken back
)

func (e Effect) String() string {
	return [...]string{"nothing", "left", "late", "depends", "again", "unknown", "breaks"}[e]
}

// Stage is where an execution stands, seen from an operation.
type Stage int

const (
	Anywhere Stage = iota // wherever it stands
	Before                // the operation has not begun
	Under                 // the operation has begun, and has not ended
	From                  // the operation has begun, and may have ended
	Past                  // the operation has ended
	Undoing               // the scope around the operation is being taken back
)

func (s Stage) String() string {
	return [...]string{"anywhere", "before", "under", "from", "past", "undoing"}[s]
}

// Position is where an execution stands.
type Position struct {
	Stage Stage
	// Operation is the path of the operation in the old version, as package opid writes
	// it without turns and items; empty for Anywhere.
	Operation string
	// Or are paths of operations behind it in the same scope: an execution that has begun one
	// of them has gone by, whether or not its way led over the first.
	Or []string
}

// Verdict is what comes of the executions at a position.
type Verdict struct {
	At     Position
	Effect Effect
	Where  string // the position in words: "past `charge`"
	Text   string // what comes of it: "`charge` runs again"
}

// Change is one difference between two versions of a workflow.
type Change struct {
	Kind string  // such as "added", "callee" or "result"; see the constants
	Text string  // what has changed, in a sentence without its full stop
	Pos  dsl.Pos // in the new version, of what was changed; 0 if that is gone
	Old  dsl.Pos // in the old version; 0 if it was not there
	// Verdicts say what becomes of executions under way.
	Verdicts []Verdict
	// Others says who else notices, a sentence each.
	Others []string
	// Remedy says how to keep executions whole; empty if nothing is known, or needed.
	Remedy string
	// Call is the path of the call whose workflow was changed; empty for the workflow's own.
	Call string
}

// Kinds of changes.
const (
	Added     = "added"     // an operation
	Removed   = "removed"   // an operation
	Renamed   = "renamed"   // an operation, with or without `was`
	Moved     = "moved"     // an operation, into another scope or loop
	Reordered = "reordered" // the operations of a scope
	Kind      = "kind"      // another kind of operation under a kept name
	Callee    = "callee"    // an operation calls something else
	Arguments = "arguments" // of an operation
	Result    = "result"    // the type of an operation's result
	Errors    = "errors"    // the data of an error
	Policy    = "policy"    // repetition, times, limits
	Undo      = "undo"      // of an operation
	Case      = "case"      // of a select
	Logic     = "logic"     // conditions, loops, and what is computed
	Catches   = "catches"   // of an operation
	Signature = "signature" // of the workflow
	NewFlow   = "workflow added"
	GoneFlow  = "workflow removed"
	Unclear   = "unclear" // what a version of the workflow says
)

// Effect is the worst that the change does.
func (c *Change) Effect() Effect {
	worst := Nothing
	for _, v := range c.Verdicts {
		worst = max(worst, v.Effect)
	}
	return worst
}

// Workflow is what has changed in one.
type Workflow struct {
	Name    string
	Changes []*Change
}

// Effect is the worst that the changes of the workflow do.
func (w *Workflow) Effect() Effect {
	worst := Nothing
	for _, c := range w.Changes {
		worst = max(worst, c.Effect())
	}
	return worst
}

// Report is what has changed in a package. Old and New are its versions; nil for one in
// which the package is not there.
type Report struct {
	Package   string
	Old, New  *dsl.Program
	Workflows []*Workflow // by name
}

// Effect is the worst that the changes of the package do.
func (r *Report) Effect() Effect {
	worst := Nothing
	for _, w := range r.Workflows {
		worst = max(worst, w.Effect())
	}
	return worst
}

// Unclear reports whether a version of some workflow is not clear.
func (r *Report) Unclear() bool {
	for _, w := range r.Workflows {
		for _, c := range w.Changes {
			if c.Kind == Unclear {
				return true
			}
		}
	}
	return false
}
