package local

import (
	"sync"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/answers"
	"github.com/durablegen/durablegen/runtime/engine"
	"github.com/durablegen/durablegen/runtime/wire"
)

// Planner tells the engine who will answer the callbacks of an execution: what the
// answers say, or somebody outside.
type Planner struct {
	Answers *answers.Answers
	// Names gives the names under which a callback may stand in the answers, the one
	// that decides first.
	Names func(engine.OpenCallback) []string
	// Open is told of callbacks that the answers leave to people, once each.
	Open func(engine.OpenCallback)
	// Program is told of callbacks that programs answer, before they are asked.
	Program func(engine.OpenCallback)

	mu    sync.Mutex
	uses  map[string]int            // how often the answers to a name have been used
	known map[operationKey]int      // use by operation
	told  map[operationKey]struct{} // whom Open was told of
}

type operationKey struct{ execution, operation string }

// Recall tells the planner what an execution has opened so far, so that it counts
// on from there.
func (p *Planner) Recall(execution, function string, history []wire.Event) {
	names := map[string]string{}
	for _, e := range history {
		if e.Name != "" {
			names[e.Id] = e.Name
		}
		if e.EventType == wire.EventCallbackStarted {
			name := e.Name
			if name == "" {
				name = names[e.ParentId]
			}
			p.use(engine.OpenCallback{ExecutionARN: execution, Function: function, OperationID: e.Id, Name: name})
		}
	}
}

// use gives which use of its name in the answers a callback is, counted from 0.
func (p *Planner) use(cb engine.OpenCallback) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := operationKey{cb.ExecutionARN, cb.OperationID}
	if n, ok := p.known[key]; ok {
		return n
	}
	if p.known == nil {
		p.known, p.uses, p.told = map[operationKey]int{}, map[string]int{}, map[operationKey]struct{}{}
	}
	name := p.Answers.Key(p.Names(cb)...)
	n := p.uses[name]
	p.uses[name] = n + 1
	p.known[key] = n
	return n
}

// Unused gives the paths of the answers at which nothing was asked.
func (p *Planner) Unused() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var unused []string
	for _, path := range p.Answers.Paths() {
		if p.uses[path] == 0 {
			unused = append(unused, path)
		}
	}
	return unused
}

// Answer finds what the answers say of a callback.
func (p *Planner) Answer(cb engine.OpenCallback) (answers.Answer, bool) {
	return p.Answers.For(p.use(cb), p.Names(cb)...)
}

// Plan is the engine's [engine.Options.Callbacks].
func (p *Planner) Plan(cb engine.OpenCallback) engine.CallbackPlan {
	answer, ok := p.Answer(cb)
	switch {
	case !ok:
		p.tell(cb)
		return engine.CallbackPlan{}
	case answer.Silent:
		return engine.CallbackPlan{Silent: true, Heartbeat: answer.Heartbeat}
	case answer.Program != "":
		if p.Program != nil {
			p.Program(cb)
		}
		return engine.CallbackPlan{}
	}
	given := &engine.CallbackAnswer{Result: answer.Result}
	if f := answer.Failure; f != nil {
		given = &engine.CallbackAnswer{Error: &wire.ErrorObject{ErrorType: f.Type, ErrorMessage: f.Message, ErrorData: f.Data}}
	}
	return engine.CallbackPlan{Answer: given, After: answer.After, Heartbeat: answer.Heartbeat}
}

func (p *Planner) tell(cb engine.OpenCallback) {
	key := operationKey{cb.ExecutionARN, cb.OperationID}
	p.mu.Lock()
	_, told := p.told[key]
	p.told[key] = struct{}{}
	p.mu.Unlock()
	if !told && p.Open != nil {
		go p.Open(cb) // it may take its time; the engine is waiting
	}
}
