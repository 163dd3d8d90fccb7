package changes

import (
	"slices"
	"strings"

	"github.com/durablegen/durablegen/internal/opid"
)

// Standing is where an execution stands: which of its operations are on record. Operations
// are known by their paths in the old version, without turns and items.
type Standing struct {
	begun, open, ended map[string]bool
}

// Record enters an operation that is on record, by its ID, and whether it has ended.
func (s *Standing) Record(id string, ended bool) {
	if s.begun == nil {
		s.begun, s.open, s.ended = map[string]bool{}, map[string]bool{}, map[string]bool{}
	}
	path := opid.Bare(id)
	if opid.Hashed(id) {
		path = anyLong
	}
	s.begun[path] = true
	if ended {
		s.ended[path] = true
	} else {
		s.open[path] = true
	}
}

// anyLong stands for the paths of which only hashes are known: with turns, items and what is
// called they were longer than an ID may be.
const anyLong = "\x00"

// in reports whether an operation may be among some.
func (s *Standing) in(set map[string]bool, p Position) bool {
	return set[p.Operation] || set[anyLong] && len(p.Operation) > 24
}

// at reports whether the execution is at a position: in some turn or item.
func (s *Standing) at(p Position) bool {
	switch p.Stage {
	case Anywhere:
		return true
	case Before:
		return !s.begun[p.Operation]
	case Under:
		return s.in(s.open, p)
	case From:
		return s.in(s.begun, p) || slices.ContainsFunc(p.Or, func(path string) bool { return s.in(s.begun, Position{Operation: path}) })
	case Past:
		return s.in(s.ended, p)
	case Undoing:
		for path := range s.begun {
			if strings.HasSuffix(path, opid.Undo) {
				return true // of this scope, or of one around that takes it along
			}
		}
	}
	return false
}

// Effect is the worst that the changes of the workflow can do to an execution that stands
// there.
func (s *Standing) Effect(w *Workflow) Effect {
	worst := Nothing
	for _, c := range w.Changes {
		for _, v := range c.Verdicts {
			if s.at(v.At) {
				worst = max(worst, v.Effect)
			}
		}
	}
	return worst
}
