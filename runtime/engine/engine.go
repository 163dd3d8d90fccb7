package engine

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/durablegen/durablegen/internal/httpguard"
	"github.com/durablegen/durablegen/runtime/engine/internal/core"
	"github.com/durablegen/durablegen/runtime/engine/internal/store"
	"github.com/durablegen/durablegen/runtime/wire"
)

// Options say how an engine works. The zero value is an engine in memory, in
// real time, with the service's limits.
type Options struct {
	// Dir is the folder of the store, one SQLite file named durablegen.db;
	// it is made if it doesn't exist. Empty: in memory.
	Dir string

	// Clock gives the time; nil is the machine's clock.
	Clock Clock

	// SkipTime lets the engine's time jump to the next deadline when no
	// invocation is running or due, no chained target is at work, and no open
	// callback is expected to be answered.
	SkipTime bool

	// Callbacks tells, for each callback that opens, who will answer it. It is
	// asked again for open ones after a restart. It must return quickly and not call
	// the engine. nil: every callback is expected to be answered from outside.
	Callbacks func(OpenCallback) CallbackPlan

	// Invokes tells, for each function that an execution invokes, who stands for it. It is asked
	// several times for an invocation, after a restart too, and has to say the same each time. It
	// must return quickly and not call the engine. nil: nobody stands for any.
	Invokes func(OpenInvoke) InvokePlan

	// Versions gives what runs a published version. It is asked when one is published and, for those of
	// before, by New; it must return quickly and not call the engine. nil: a version runs what its function
	// did when it was published, and nothing after a restart.
	Versions func(PublishedVersion) Invoker

	// Publishing is asked before a version is published: it may take its time, until what is registered
	// is what is meant. An error refuses the publication. nil: nobody is asked.
	Publishing func(context.Context) error

	// Region and Account make up ARNs; empty: us-east-1 and 000000000000.
	Region, Account string

	// Limits are the service's limits where they are zero.
	Limits Limits

	// InvocationRetries are the pauses before a failed invocation is repeated; the last one stays.
	// nil: 1, 2, 4, 8, 16, 32 and 60 s.
	InvocationRetries []time.Duration

	// SpreadRetries makes these pauses up to a half shorter, each execution's by its own ID, so that
	// those that failed together are not repeated together.
	SpreadRetries bool

	// InvocationFailures is how many invocations in a row may fail without anything having been
	// recorded in between; then the execution fails. 0: no bound, as on AWS: it goes on until the
	// execution's time-out. What keeps the engine itself from starting a function never counts.
	InvocationFailures int

	// Faults are errors of the service itself with which calls of handlers (checkpoint and state)
	// are answered at random, so that it can be seen what a workflow makes of them.
	Faults Faults

	// AllowedHosts are names and addresses, besides the loopback ones, that the HTTP API accepts
	// in the Host header; "*" is any address, but no name: that might be somebody else's, whose
	// DNS leads here. Whoever reaches the API can run code as the engine's user.
	AllowedHosts []string

	// Logger receives what the engine has to say about itself; nil discards it.
	Logger *slog.Logger
}

// Limits are the sizes and counts that the engine enforces. A field that is
// zero has the service's value.
type Limits struct {
	Payload       int // result of a step, context or callback, in bytes; 1 MiB
	ErrorObject   int // all fields of an error as JSON, in bytes; 1 MiB
	ChainedInput  int // 1 MiB
	AsyncOutput   int // input or result of an execution started as Event or by another execution; 1 MiB
	SyncOutput    int // input or result of an execution started and waited for; 6 MiB
	Operations    int // operations of one execution; 3,000
	StorageBytes  int // payloads written by one execution; 100 MB
	EnvelopeBytes int // operations given with an invocation before paging starts; 5 MB
}

// Engine is the service. Its methods may be used from any goroutine.
type Engine struct {
	opts     Options
	limits   core.Limits
	guard    httpguard.Guard
	retries  core.Retries
	store    store.Store
	schedule *schedule
	hub      *hub
	log      *slog.Logger
	ctx      context.Context // ends with the engine
	cancel   context.CancelFunc
	work     sync.WaitGroup // invocations and calls
	started  atomic.Bool
	draining atomic.Bool
	moved    chan struct{} // something has happened while draining
	readers  chan struct{} // holds one for each answer that may be large

	publishing sync.Mutex   // while something is published or an alias changes
	choosing   sync.RWMutex // for reading from the choice of a version until its execution is stored

	mu          sync.Mutex
	functions   map[string]*served
	running     map[string]*execution // by execution ID
	starting    map[[2]string]chan struct{}
	lastKey     int64
	invocations map[string]string // ARNs of executions by the request IDs of running invocations
	closed      bool
	forgetAt    wire.Time        // when to look for expired executions again
	setAside    map[string]error // running executions that can't go on, by ID; only written by New
	stopTending func()
}

// New opens the store and returns an engine that doesn't do anything yet:
// register the functions, then Start it. It fails if another process has the store.
func New(o Options) (*Engine, error) {
	st := store.Memory()
	if o.Dir != "" {
		var err error
		if st, err = store.Open(o.Dir); err != nil {
			return nil, err
		}
	}
	return newEngineOn(st, o)
}

// newEngineOn makes an engine on a store.
func newEngineOn(st store.Store, o Options) (*Engine, error) {
	if o.Clock == nil {
		o.Clock = RealClock()
	}
	if o.Region == "" {
		o.Region = "us-east-1"
	}
	if o.Account == "" {
		o.Account = "000000000000"
	}
	if o.InvocationRetries == nil {
		for _, seconds := range []time.Duration{1, 2, 4, 8, 16, 32, 60} {
			o.InvocationRetries = append(o.InvocationRetries, seconds*time.Second)
		}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	e := &Engine{
		opts:        o,
		limits:      o.Limits.core(),
		guard:       httpguard.Guard{Hosts: o.AllowedHosts},
		store:       st,
		log:         o.Logger,
		functions:   map[string]*served{},
		running:     map[string]*execution{},
		starting:    map[[2]string]chan struct{}{},
		invocations: map[string]string{},
		moved:       make(chan struct{}, 1),
		readers:     make(chan struct{}, readersAtOnce),
		setAside:    map[string]error{},
	}
	e.retries.Limit, e.retries.Spread = o.InvocationFailures, o.SpreadRetries
	for _, d := range o.InvocationRetries {
		e.retries.Pauses = append(e.retries.Pauses, wire.Time(d.Milliseconds()))
	}
	e.ctx, e.cancel = context.WithCancel(context.Background())
	info := st.Info()
	e.lastKey = info.LastKey
	e.hub = newHub(st, info.LastSeq)
	e.schedule = &schedule{clock: o.Clock, skip: o.SkipTime, jumped: e.hub.clockJump, store: st.SetOffset, rewind: st.Rewind}
	running, err := st.Running()
	if err != nil {
		st.Close()
		return nil, fmt.Errorf("the executions in %s can't be read: %w; `durablegen store check` tells more", o.Dir, err)
	}
	if err := e.loadPublished(); err != nil {
		st.Close()
		return nil, fmt.Errorf("the versions in %s can't be read: %w; `durablegen store check` tells more", o.Dir, err)
	}
	e.schedule.begin(info, len(running), e.log.Warn)
	for _, h := range running {
		e.restore(h)
	}
	return e, nil
}

// core gives the limits with the service's values where they are zero.
func (l Limits) core() core.Limits {
	c := core.DefaultLimits
	set := func(to *int, v int) {
		if v != 0 {
			*to = v
		}
	}
	set(&c.Payload, l.Payload)
	set(&c.ErrorObject, l.ErrorObject)
	set(&c.ChainedInput, l.ChainedInput)
	set(&c.AsyncOutput, l.AsyncOutput)
	set(&c.SyncOutput, l.SyncOutput)
	set(&c.Operations, l.Operations)
	set(&c.StorageBytes, l.StorageBytes)
	set(&c.Envelope, l.EnvelopeBytes)
	return c
}

// restore brings a running execution back into memory. One whose record is damaged is set
// aside: it does not go on, and the others do.
func (e *Engine) restore(h store.Execution) {
	x := e.newExecution(h)
	var err error
	var facts []core.Fact
	if x.state, facts, err = e.rebuild(&h); err != nil {
		e.setAside[h.ARN.ID] = err
		e.log.Error("an execution is set aside: it does not go on, and the others do", "execution", h.ARN.String(), "error", err)
		return
	}
	x.shed(facts)
	e.running[h.ARN.ID] = x
}

// rebuild reads the state of an execution. What can't be read is told as a refusal.
func (e *Engine) rebuild(h *store.Execution) (s *core.State, facts []core.Fact, err error) {
	if err = h.Damage; err == nil {
		facts, err = e.store.Facts(h.Key)
	}
	if err == nil {
		if s, err = core.Rebuild(facts, &e.limits); err == nil {
			return s, facts, nil
		}
	}
	return nil, nil, errDamaged(h, err)
}

// errDamaged tells of an execution whose record can't be read as it was written.
func errDamaged(h *store.Execution, err error) error {
	return &wire.APIError{Code: "ServiceException", HTTPStatus: 500, Message: "The record of execution " + h.ARN.Name + " is damaged: " + err.Error() +
		"; `durablegen store check` tells more, and the way back is a backup"}
}

// Register adds a function, or replaces the one of the same name. Executions of
// it that were waiting for it go on, once the engine is started.
func (e *Engine) Register(f Function) error {
	if err := f.fill(); err != nil {
		return err
	}
	e.mu.Lock()
	next := served{versions: map[string]*Function{}}
	if s := e.functions[f.Name]; s != nil {
		next = *s
	}
	next.latest = &f
	e.functions[f.Name] = &next
	e.mu.Unlock()
	if e.started.Load() {
		for _, x := range e.executions() {
			if x.arn.Function == f.Name {
				x.do(nil)
			}
		}
	}
	return nil
}

// Unregister removes a function. Its invocations that are running come to their ends, and its
// executions wait until there is a function of the name again; those on published versions go on.
func (e *Engine) Unregister(name string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if s := e.functions[name]; s != nil {
		next := *s
		next.latest = nil
		e.functions[name] = &next
	}
}

// executions gives the running executions, the oldest first.
func (e *Engine) executions() []*execution {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.SortedFunc(maps.Values(e.running), func(a, b *execution) int { return cmp.Compare(a.key, b.key) })
}

// Start fires overdue timers in the order in which they were due, and invokes
// again what was running when the engine last ended.
func (e *Engine) Start() error {
	e.schedule.enter()
	defer e.schedule.leave()
	loaded := e.executions()
	for _, x := range loaded {
		x.insist("the end of an execution", func() error {
			return x.do(func(s *core.State, now wire.Time) (*core.Change, error) { return s.Recover(now), nil })
		})
		x.resume()
	}
	if err := e.dropVersions(); err != nil {
		e.log.Error("a version that was deleted is kept until the next start", "error", err)
	}
	for d := e.schedule.overdue(); d != nil; d = e.schedule.overdue() {
		d.do(d.due)
	}
	e.started.Store(true)
	e.schedule.start()
	for _, x := range loaded {
		x.reconcile()
	}
	// Among them are those that were started by callers who didn't wait for this.
	for _, x := range e.executions() {
		x.do(nil)
	}
	if e.opts.Dir != "" {
		e.tend(tending{at: e.opts.Clock.Now()})
	}
	return nil
}

// Close ends the engine: invocations still running are cancelled and recorded nowhere.
// What was acknowledged stays. Invokers are the caller's to close.
func (e *Engine) Close() error {
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		return nil
	}
	e.closed = true
	if e.stopTending != nil {
		e.stopTending()
	}
	e.mu.Unlock()
	e.schedule.close()
	e.cancel()
	e.work.Wait()
	e.hub.close()
	return e.store.Close()
}

// Now is the engine's time, which may be ahead of its clock's.
func (e *Engine) Now() time.Time { return e.schedule.now().Go() }

// Advance moves the engine's time forward. What falls due then happens, the
// earliest first.
func (e *Engine) Advance(d time.Duration) {
	if d > 0 {
		e.schedule.advance(wire.Time(d.Milliseconds()))
	}
}

// Idle waits until no invocation is running or due and nothing is being stored:
// whatever happens next comes from a timer or from outside.
func (e *Engine) Idle(ctx context.Context) error {
	select {
	case <-e.schedule.whenIdle():
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// errClosed answers everything once the engine is closed.
var errClosed = &wire.APIError{Code: "ServiceException", Message: "The engine is closed.", HTTPStatus: 500}
