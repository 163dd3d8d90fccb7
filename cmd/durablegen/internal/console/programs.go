package console

import (
	"net/http"
	"slices"
	"sync"
	"time"
)

// maxProgramLines is how many of the lines of a program are kept.
const maxProgramLines = 200

// Programs is what the programs of the outside world do.
type Programs struct {
	mu      sync.Mutex
	list    []*program
	n       int           // changes so far
	changed chan struct{} // closed by the next change
}

// program is one of them, as pages are told of it.
type program struct {
	Name   string        `json:"name"`
	State  string        `json:"state"`
	Ailing bool          `json:"ailing,omitempty"`
	Since  int64         `json:"since"`
	Lines  []programLine `json:"lines,omitempty"`
}

type programLine struct {
	Time int64  `json:"time"`
	Text string `json:"text"`
}

// NewPrograms begins without any.
func NewPrograms() *Programs { return &Programs{changed: make(chan struct{})} }

// change does something to a program, which comes to be if it is not there.
func (p *Programs) change(name string, do func(*program)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.list, func(known *program) bool { return known.Name == name })
	if i < 0 {
		i = len(p.list)
		p.list = append(p.list, &program{Name: name})
	}
	do(p.list[i])
	p.told()
}

func (p *Programs) told() {
	p.n++
	close(p.changed)
	p.changed = make(chan struct{})
}

// Keep forgets all programs but those of the names.
func (p *Programs) Keep(names []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.list = slices.DeleteFunc(p.list, func(known *program) bool { return !slices.Contains(names, known.Name) })
	p.told()
}

// Line takes in what a program wrote.
func (p *Programs) Line(name, line string) {
	p.change(name, func(known *program) {
		if len(known.Lines) >= maxProgramLines {
			known.Lines = slices.Clone(known.Lines[maxProgramLines/10:])
		}
		known.Lines = append(known.Lines, programLine{millis(time.Now()), cutBytes(line, maxLogLineBytes)})
	})
}

// State takes in how a program is, and whether it should be otherwise.
func (p *Programs) State(name, state string, ailing bool) {
	p.change(name, func(known *program) { known.State, known.Ailing, known.Since = state, ailing, millis(time.Now()) })
}

// state gives all programs, and a channel that is closed when something has changed.
func (p *Programs) state() (list []program, n int, changed <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	list = []program{}
	for _, known := range p.list {
		list = append(list, *known) // its lines are never written to again
	}
	return list, p.n, p.changed
}

// programStream tells what the programs do.
func (c *Console) programStream(w http.ResponseWriter, r *http.Request) {
	s := newStream(c, w, r)
	if !s.begin() {
		return
	}
	for {
		list, n, changed := c.opts.Programs.state()
		if !s.send(map[string]any{"programs": list, "now": millis(c.engine.Now())}, n) {
			return
		}
		if !s.await(changed) {
			return
		}
		select { // what comes at once is told at once
		case <-s.ctx.Done():
			return
		case <-time.After(s.pause()):
		}
	}
}
