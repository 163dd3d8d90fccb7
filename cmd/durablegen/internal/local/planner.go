package local

import (
	"fmt"
	"maps"
	"sync"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/answers"
	"github.com/durablegen/durablegen/internal/words"
	"github.com/durablegen/durablegen/runtime/engine"
	"github.com/durablegen/durablegen/runtime/wire"
)

// Planner tells the engine who will answer the callbacks of an execution, and who stands for the
// functions that it invokes: what the answers say, or somebody outside.
type Planner struct {
	Answers *answers.Answers
	// Names gives the names under which a callback or function may stand in the answers, the
	// one that decides first.
	Names func(Asked) []string
	// Open is told of callbacks that the answers leave to people, once each.
	Open func(engine.OpenCallback)
	// Program is told of callbacks that programs answer, before they are asked.
	Program func(engine.OpenCallback)
	// Functions are the programs that are functions, by name.
	Functions map[string]engine.Invoker
	// Each has the uses of a list counted for each execution by itself, and not over all of them.
	Each bool

	mu    sync.Mutex
	uses  map[string]int            // how often the answers to a name have been used
	known map[operationKey]int      // use by operation
	told  map[operationKey]struct{} // whom Open was told of
}

// Asked is a callback that an execution has opened, or a function that it invokes.
type Asked struct {
	Execution string // its ARN
	Function  string // that of the execution
	Operation string // its ID
	Parent    string // of the operation around it
	Name      string
	Target    string // what the execution names the function that it invokes; empty for a callback
}

func askedBack(cb engine.OpenCallback) Asked {
	return Asked{Execution: cb.ExecutionARN, Function: cb.Function, Operation: cb.OperationID, Parent: cb.ParentID, Name: cb.Name}
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
		asked := Asked{Execution: execution, Function: function, Operation: e.Id, Parent: e.ParentId, Name: e.Name}
		switch e.EventType {
		case wire.EventCallbackStarted:
			if asked.Name == "" {
				asked.Name = names[e.ParentId]
			}
			p.use(asked)
		case wire.EventChainedInvokeStarted:
			asked.Target = e.ChainedInvokeStartedDetails.FunctionName
			p.use(asked)
		}
	}
}

// Renewed gives a planner for other answers, which counts on from where this one is.
func (p *Planner) Renewed(a *answers.Answers, names func(Asked) []string, functions map[string]engine.Invoker) *Planner {
	p.mu.Lock()
	defer p.mu.Unlock()
	return &Planner{
		Answers: a, Names: names, Functions: functions, Open: p.Open, Program: p.Program, Each: p.Each,
		uses: maps.Clone(p.uses), known: maps.Clone(p.known), told: maps.Clone(p.told),
	}
}

// use gives which use of its name in the answers a callback or an invocation is, counted from 0.
func (p *Planner) use(a Asked) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := operationKey{a.Execution, a.Operation}
	if n, ok := p.known[key]; ok {
		return n
	}
	if p.known == nil {
		p.known, p.uses, p.told = map[operationKey]int{}, map[string]int{}, map[operationKey]struct{}{}
	}
	name := p.Answers.Key(p.Names(a)...)
	if p.Each {
		name = a.Execution + " " + name
	}
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
	a := askedBack(cb)
	return p.Answers.For(p.use(a), p.Names(a)...)
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
	return engine.CallbackPlan{Answer: given(answer), After: answer.After, Heartbeat: answer.Heartbeat}
}

// given is a result or failure of the answers as the engine gives it.
func given(a answers.Answer) *engine.CallbackAnswer {
	if f := a.Failure; f != nil {
		return failure(f.Type, f.Message, f.Data)
	}
	return &engine.CallbackAnswer{Result: a.Result}
}

func failure(kind, message, data string) *engine.CallbackAnswer {
	return &engine.CallbackAnswer{Error: &wire.ErrorObject{ErrorType: kind, ErrorMessage: message, ErrorData: data}}
}

// Invoke is the engine's [engine.Options.Invokes].
func (p *Planner) Invoke(in engine.OpenInvoke) engine.InvokePlan {
	a := Asked{Execution: in.ExecutionARN, Function: in.Function, Operation: in.OperationID, Parent: in.ParentID, Name: in.Name, Target: in.Target}
	names := p.Names(a)
	key := p.Answers.Key(names...)
	if !p.Answers.Knows(key) {
		return engine.InvokePlan{}
	}
	answer, ok := p.Answers.For(p.use(a), names...)
	switch {
	case !ok:
		n := words.Count(p.Answers.Len(key), "answer")
		return engine.InvokePlan{Answer: failure("NoAnswer", fmt.Sprintf("the answers have %s for `%s`, and it was invoked once more", n, key), "")}
	case answer.Silent && answers.Plain(in.Target):
		after := answers.LongestInvocation
		return engine.InvokePlan{Answer: failure(engine.ErrorTypeTimeout, fmt.Sprintf("Task timed out after %.2f seconds", after.Seconds()), ""), After: after}
	case answer.Silent:
		return engine.InvokePlan{Silent: true}
	case answer.Program != "":
		if f := p.Functions[answer.Program]; f != nil {
			return engine.InvokePlan{Invoker: f}
		}
		return engine.InvokePlan{Answer: failure("NoAnswer", fmt.Sprintf("the program `%s` of the answers runs as a server, and not as a function", answer.Program), "")}
	}
	plan := engine.InvokePlan{Answer: given(answer), After: answer.After}
	if plan.Answer.Error == nil && plan.Answer.Result == nil {
		null := "null" // which is what a function gives that returns nothing
		plan.Answer.Result = &null
	}
	return plan
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
