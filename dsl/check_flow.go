package dsl

// The state of a body at one point: which variables have a value, which places
// are known to be present, and whether the point can be reached at all.
//
// A state is a stack of layers, each holding only what differs from the one
// below. A branch of the control flow is a layer on top; at the end of the
// branches their layers are joined into the one below. So a branch costs what
// happens in it, not what is known around it.

// place is a variable or a chain of its fields: what a test for `none` shows to
// be present. The path of the variable itself is empty.
type place struct {
	root *Var
	path string
}

type flow struct{ top *layer }

type layer struct {
	below *layer
	vars  map[*Var]*varState
	dead  bool // this point can't be reached
}

// varState is what a layer knows of one variable.
type varState struct {
	assigned assignment
	killed   bool            // what the layers below know of its places holds no more
	present  map[string]bool // by path
}

type assignment int8

const (
	unchanged assignment = iota // the layer below knows
	assignedHere
	unassigned
)

func newFlow() *flow { return &flow{top: &layer{}} }

func (l *layer) state(v *Var) *varState {
	s := l.vars[v]
	if s == nil {
		if l.vars == nil {
			l.vars = map[*Var]*varState{}
		}
		s = &varState{}
		l.vars[v] = s
	}
	return s
}

// isAssigned: a variable of which no layer knows anything has a value.
func (l *layer) isAssigned(v *Var) bool {
	for ; l != nil; l = l.below {
		if l.dead {
			return true
		}
		if s := l.vars[v]; s != nil && s.assigned != unchanged {
			return s.assigned == assignedHere
		}
	}
	return true
}

func (l *layer) isPresent(p place) bool {
	for ; l != nil; l = l.below {
		s := l.vars[p.root]
		if s == nil {
			continue
		}
		if present, known := s.present[p.path]; known {
			return present
		}
		if s.killed {
			return false
		}
	}
	return false
}

func (f *flow) dead() bool { return f.top.dead }

// leave marks what follows as unreachable.
func (f *flow) leave() { f.top.dead = true }

// assume notes that places are present.
func (f *flow) assume(places []place) {
	for _, p := range places {
		f.top.state(p.root).setPresent(p.path, true)
	}
}

func (s *varState) setPresent(path string, present bool) {
	if s.present == nil {
		s.present = map[string]bool{}
	}
	s.present[path] = present
}

// assign notes that a variable has got a value: what was known of its places is void.
func (f *flow) assign(v *Var) {
	s := f.top.state(v)
	s.assigned = assignedHere
	s.killed = true
	s.present = nil
}

// assignField notes that a field of a variable has got a value, so that what was
// known of it and of what is below it is void. Paths that only begin with the
// same letters are dropped too, which is harmless.
func (f *flow) assignField(p place) {
	known := map[string]bool{}
	for l := f.top; l != nil; l = l.below {
		s := l.vars[p.root]
		if s == nil {
			continue
		}
		for path, present := range s.present {
			if _, seen := known[path]; !seen {
				known[path] = present
			}
		}
		if s.killed {
			break
		}
	}
	s := f.top.state(p.root)
	for path := range known {
		if len(path) >= len(p.path) && path[:len(p.path)] == p.path {
			s.setPresent(path, false)
		}
	}
}

// kill voids what is known of the places of a variable.
func (f *flow) kill(v *Var) {
	s := f.top.state(v)
	s.killed = true
	s.present = nil
}

// unassign marks a variable as without a value.
func (f *flow) unassign(v *Var) { f.top.state(v).assigned = unassigned }

// branch runs fn on a layer of its own and returns that layer.
func (f *flow) branch(fn func()) *layer {
	l := &layer{below: f.top}
	f.top = l
	fn()
	f.top = l.below
	return l
}

// join makes the current point the one where layers made by branch meet.
func (f *flow) join(layers ...*layer) {
	live := layers[:0:0]
	for _, l := range layers {
		if l != nil && !l.dead {
			live = append(live, l)
		}
	}
	switch len(live) {
	case 0:
		f.top.dead = true
	case 1:
		f.top.merge(live[0])
	default:
		f.top.meet(live)
	}
}

// merge takes over what the only branch that comes through has changed.
func (l *layer) merge(b *layer) {
	for v, s := range b.vars {
		t := l.state(v)
		if s.assigned != unchanged {
			t.assigned = s.assigned
		}
		if s.killed {
			t.killed, t.present = true, nil
		}
		for path, present := range s.present {
			t.setPresent(path, present)
		}
	}
}

// meet keeps what all of several branches agree on.
func (l *layer) meet(branches []*layer) {
	touched := map[*Var][]*layer{}
	var order []*Var
	for _, b := range branches {
		for v := range b.vars {
			if touched[v] == nil {
				order = append(order, v)
			}
			touched[v] = append(touched[v], b)
		}
	}
	for _, v := range order {
		by := touched[v]
		all := len(by) == len(branches)
		assigned := all || l.isAssigned(v)
		killed := false
		paths := map[string]bool{}
		for _, b := range by {
			s := b.vars[v]
			assigned = assigned && b.isAssigned(v)
			killed = killed || s.killed
			for path := range s.present {
				paths[path] = true
			}
		}
		for path := range paths {
			p := place{v, path}
			present := all || l.isPresent(p)
			for _, b := range by {
				present = present && b.isPresent(p)
			}
			paths[path] = present
		}
		before := l.isAssigned(v)
		t := l.state(v)
		if assigned != before {
			t.assigned = unassigned
			if assigned {
				t.assigned = assignedHere
			}
		}
		if killed {
			t.killed, t.present = true, nil
		}
		for path, present := range paths {
			t.setPresent(path, present)
		}
	}
}

// snapshot copies what has changed since base into one layer on top of base.
func (f *flow) snapshot(base *layer) *layer {
	var chain []*layer
	for l := f.top; l != nil && l != base; l = l.below {
		chain = append(chain, l)
	}
	out := &layer{below: base}
	for i := len(chain) - 1; i >= 0; i-- {
		out.merge(chain[i])
	}
	return out
}
