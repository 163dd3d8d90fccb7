package durable

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/durablegen/durablegen/runtime/wire"
)

// Random workflows on the strict service, in virtual time: undisturbed, with crashes
// and slow calls. What each must come to is worked out from the program alone.

var (
	simSeed  = flag.Uint64("sim.seed", 0, "run the simulation with this seed only")
	simCount = flag.Int("sim.count", 300, "number of random workflows")
)

// Boom is the declared error of the simulation.
type Boom struct {
	At string `json:"at"`
}

func (e *Boom) Error() string     { return "boom at " + e.At }
func (e *Boom) ErrorType() string { return "Boom" }

type nodeKind int

const (
	nodeStep nodeKind = iota
	nodeOnce          // at most once
	nodeUndo          // a step with an undo
	nodeWait
	nodeCallback
	nodeOpen // a callback that is created and awaited after the next sibling, or never
	nodePoll
	nodeFail
	nodeGroup
	nodeTry // a group whose failure is caught
	nodeLoop
	nodeParallel
	nodeMap
	nodeSelect
	nodeMin // a parallel of which one branch has to succeed
	nodeKinds
)

// node is a piece of a random program.
type node struct {
	kind    nodeKind
	name    string
	path    string // unique
	fails   int    // attempts that fail first
	seconds int    // what it takes: wait, answer, delay between checks
	checks  int
	sleep   time.Duration // what a body takes
	never   bool          // an opened callback is not awaited
	undone  bool          // a whole with an undo of its own
	any     bool          // whichever case of the select wins
	added   bool          // the branches are added while the parallel runs
	kids    []*node
}

type generator struct {
	rnd   *rand.Rand
	size  int
	slow  bool // bodies take time
	paths int
}

func (g *generator) node(depth int, name string, mayFail bool) *node {
	g.size--
	g.paths++
	n := &node{name: name, path: fmt.Sprintf("%s.%d", name, g.paths), seconds: 1 + g.rnd.IntN(5)}
	kinds := int(nodeKinds)
	if depth <= 0 || g.size <= 0 {
		kinds = int(nodeGroup)
	}
	n.kind = nodeKind(g.rnd.IntN(kinds))
	if n.kind == nodeFail && !mayFail {
		n.kind = nodeStep
	}
	if g.slow && g.rnd.IntN(3) == 0 {
		n.sleep = time.Duration(g.rnd.IntN(4000)) * time.Millisecond
	}
	switch n.kind {
	case nodeStep, nodeUndo:
		if g.rnd.IntN(4) == 0 {
			n.fails = 1 + g.rnd.IntN(2)
		}
	case nodePoll:
		n.checks = 1 + g.rnd.IntN(4)
	case nodeOpen:
		n.never = g.rnd.IntN(3) == 0
	case nodeGroup, nodeTry:
		n.kids = g.list(depth-1, 1+g.rnd.IntN(3), mayFail || n.kind == nodeTry)
		n.undone = g.rnd.IntN(3) == 0
	case nodeLoop:
		n.checks = 1 + g.rnd.IntN(3)
		n.kids = g.list(depth-1, 1+g.rnd.IntN(2), false)
	case nodeParallel, nodeMap:
		n.checks = g.rnd.IntN(3) // the maximum of unfinished ones; 0: none
		n.undone = g.rnd.IntN(4) == 0
		n.added = g.rnd.IntN(2) == 0
		branches := g.rnd.IntN(4)
		failing := -1
		if mayFail && branches > 0 && g.rnd.IntN(3) == 0 {
			failing = g.rnd.IntN(branches)
		}
		for i := range branches {
			b := &node{kind: nodeGroup, name: fmt.Sprintf("b%d", i), kids: g.list(depth-1, 1+g.rnd.IntN(2), false)}
			if i == failing {
				g.paths++
				b.kids = append(b.kids, &node{kind: nodeFail, name: "boom", path: fmt.Sprintf("boom.%d", g.paths)})
			}
			n.kids = append(n.kids, b)
		}
	case nodeSelect, nodeMin:
		for i := range 2 + g.rnd.IntN(2) {
			kind := []nodeKind{nodeWait, nodeCallback, nodePoll}[g.rnd.IntN(3)]
			g.paths++
			n.kids = append(n.kids, &node{kind: kind, name: fmt.Sprintf("c%d", i), path: fmt.Sprintf("c%d.%d", i, g.paths), seconds: 1 + g.rnd.IntN(5), checks: 1 + g.rnd.IntN(3)})
		}
	}
	return n
}

// tied reports whether several cases of a select settle first at the same moment, one of them
// by a check: the select may look while that runs.
func (n *node) tied() bool {
	first, atOnce, polled := -1, 0, false
	for _, k := range n.kids {
		at := expectNode(k, "").seconds
		if first < 0 || at < first {
			first, atOnce, polled = at, 0, false
		}
		if at == first {
			atOnce++
			polled = polled || k.kind == nodePoll
		}
	}
	return atOnce > 1 && polled
}

func (g *generator) list(depth, length int, mayFail bool) []*node {
	var out []*node
	for i := range length {
		out = append(out, g.node(depth, fmt.Sprintf("n%d", i), mayFail && i == length-1))
	}
	return out
}

// program is a random workflow and what is to become of it.
type program struct {
	root  []*node
	nodes []*node
	slow  bool
}

func newProgram(seed uint64, slow bool) *program {
	g := &generator{rnd: rand.New(rand.NewPCG(seed, 7)), size: 14, slow: slow}
	p := &program{root: g.list(3, 1+g.rnd.IntN(4), true), slow: slow}
	p.collect(p.root)
	return p
}

func (p *program) collect(list []*node) {
	for _, n := range list {
		p.nodes = append(p.nodes, n)
		p.collect(n.kids)
	}
}

// world is what the steps of a run have done.
type world struct {
	mu     sync.Mutex
	done   map[string]int
	undone map[string]int
}

func (w *world) add(m map[string]int, path string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	m[path]++
}

func (p *program) function(w *world) *Function {
	return Workflow(Definition{Name: "random", LogHandler: slog.DiscardHandler, Errors: Errors(&Boom{})}, func(ctx *Context, _ any) (string, error) {
		return runList(ctx, w, p.root, "")
	})
}

// runList runs nodes as generated code would.
func runList(ctx *Context, w *world, list []*node, turn string) (string, error) {
	var out []string
	var open *Callback[string]
	var opened *node
	for _, n := range list {
		v, cb, err := runNode(ctx, w, n, turn)
		if err != nil {
			return "", err
		}
		out = append(out, v)
		if open != nil && !opened.never {
			v, err := open.Await(ctx)
			if err != nil {
				return "", err
			}
			out = append(out, v)
		}
		open, opened = cb, n
	}
	return strings.Join(out, " "), nil
}

func runNode(ctx *Context, w *world, n *node, turn string) (value string, cb *Callback[string], err error) {
	path := n.path + turn
	body := func(c context.Context) (string, error) {
		if n.sleep > 0 {
			select {
			case <-time.After(n.sleep):
			case <-c.Done():
				return "", c.Err()
			}
		}
		if Attempt(c) <= n.fails {
			return "", errors.New("not yet")
		}
		w.add(w.done, path)
		return n.name, nil
	}
	retry := &RetryPolicy{Attempts: 3, Every: time.Second, Jitter: JitterNone, Backoff: 1}
	undo := func(c *Context) error {
		return Do(c, &StepSpec{Name: "undo " + n.name, Retry: retry}, func(context.Context) error {
			w.add(w.undone, path)
			return nil
		})
	}
	switch n.kind {
	case nodeStep:
		value, err = Step(ctx, &StepSpec{Name: n.name, Retry: retry}, body)
	case nodeOnce:
		value, err = Step(ctx, &StepSpec{Name: n.name, AtMostOnce: true}, body)
		if interrupted := (*InterruptedError)(nil); errors.As(err, &interrupted) {
			value, err = n.name, nil
		}
	case nodeUndo:
		value, err = Step(ctx, &StepSpec{Name: n.name, Undoable: true, Retry: retry}, body)
		if err == nil {
			Undo(ctx, &UndoSpec{Of: n.name}, undo)
		}
	case nodeWait:
		value, err = n.name, Wait(ctx, &WaitSpec{Name: n.name}, time.Duration(n.seconds)*time.Second)
	case nodeCallback:
		value, err = WaitForCallback[string](ctx, &CallbackSpec{Name: n.path, ID: n.name, Timeout: time.Hour}, func(context.Context, string) error { return nil })
	case nodeOpen:
		cb, err = CreateCallback[string](ctx, &CallbackSpec{Name: n.path, ID: n.name, Timeout: time.Hour})
		value = n.name
	case nodePoll:
		var got int
		got, err = WaitForCondition(ctx, &ConditionSpec{Name: n.name, Every: time.Duration(n.seconds) * time.Second}, 0,
			func(_ context.Context, last int) (int, error) { return last + 1, nil },
			func(v int) (bool, error) { return v == n.checks, nil })
		value = fmt.Sprint(n.name, got)
	case nodeFail:
		err = &Boom{At: n.name}
	case nodeGroup, nodeTry:
		value, err = RunInChildContext(ctx, &ContextSpec{Name: n.name}, func(c *Context) (string, error) {
			return runList(c, w, n.kids, turn)
		})
		if n.kind == nodeTry && Catchable(err) {
			return "caught " + err.Error(), nil, nil
		}
		registerWhole(ctx, w, n, path, err)
	case nodeLoop:
		var out []string
		for i := range n.checks {
			c := ctx.Turn(i)
			v, err := RunInChildContext(c, &ContextSpec{Name: n.name}, func(c *Context) (string, error) {
				return runList(c, w, n.kids, fmt.Sprint(turn, "/", i))
			})
			if err != nil {
				return "", nil, err
			}
			out = append(out, v)
		}
		value = strings.Join(out, " ")
	case nodeParallel:
		outs := make([]string, len(n.kids))
		var branches []*BranchSpec
		for i, b := range n.kids {
			branches = append(branches, Branch(b.name, func(c *Context) (string, error) { return runList(c, w, b.kids, turn) }, &outs[i]))
		}
		spec := &BatchSpec{Name: n.name, MaxConcurrency: limit(n.checks)}
		if !n.added {
			err = Parallel(ctx, spec, branches...)
		} else {
			_, err = ParallelFunc(ctx, spec, func(p *Branches) error {
				for i, b := range branches {
					p.Add(b)
					// What is awaited here holds nothing up.
					if n.checks == 1 || i == len(branches)-1 {
						if err := p.Await(b); err != nil {
							return err
						}
					}
				}
				return nil
			})
		}
		value = strings.Join(outs, "|")
		registerWhole(ctx, w, n, path, err)
	case nodeMap:
		var outs []string
		outs, err = Map(ctx, &BatchSpec{Name: n.name, MaxConcurrency: limit(n.checks)}, n.kids, func(c *Context, i int, b *node) (string, error) {
			return runList(c, w, b.kids, turn)
		})
		value = strings.Join(outs, "|")
		registerWhole(ctx, w, n, path, err)
	case nodeSelect:
		outs := make([]string, len(n.kids))
		var cases []*CaseSpec
		for i, k := range n.kids {
			cases = append(cases, Case(fmt.Sprint(i), func(c *Context) (string, error) {
				v, _, err := runNode(c, w, k, turn)
				return v, err
			}, &outs[i]))
		}
		var won string
		if won, err = Select(ctx, &ContextSpec{Name: n.name}, cases...); err == nil {
			index, _ := strconv.Atoi(won)
			if value = outs[index]; n.any {
				value = "any"
			}
		}
	case nodeMin:
		one := 1
		var batch *Batch[string]
		batch, err = MapBatch(ctx, &BatchSpec{Name: n.name, MinSuccessful: &one}, n.kids, func(c *Context, i int, k *node) (string, error) {
			v, _, err := runNode(c, w, k, turn)
			return v, err
		})
		if err == nil {
			value = "min"
			if len(batch.Results()) == 0 {
				err = errors.New("nothing succeeded")
			}
		}
	}
	return value, cb, err
}

func limit(n int) *int {
	if n == 0 {
		return nil
	}
	return &n
}

// registerWhole registers an undo in the place of those inside.
func registerWhole(ctx *Context, w *world, n *node, path string, err error) {
	if err == nil && n.undone {
		Undo(ctx, &UndoSpec{Of: n.name, Block: true, Name: "undo all"}, func(c *Context) error {
			return Do(c, &StepSpec{Name: "undo"}, func(context.Context) error {
				w.add(w.undone, path)
				return nil
			})
		})
	}
}

// expectation is what a piece of a program comes to.
type expectation struct {
	value   string
	err     string
	kept    []string // undos in force
	ran     []string // steps that must have run
	seconds int      // in virtual time, if no body takes any
}

func expectList(list []*node, turn string) expectation {
	var out expectation
	var values []string
	openAt, openFor := -1, 0
	openNever := true
	for _, n := range list {
		e := expectNode(n, turn)
		out.kept = append(out.kept, e.kept...)
		out.ran = append(out.ran, e.ran...)
		start := out.seconds
		out.seconds += e.seconds
		if e.err != "" {
			out.err, out.value, out.kept = e.err, "", nil
			return out
		}
		values = append(values, e.value)
		if openAt >= 0 {
			if !openNever {
				values = append(values, "answer")
				out.seconds = max(out.seconds, openAt+openFor)
			}
			openAt = -1
		}
		if n.kind == nodeOpen {
			openAt, openFor, openNever = start, n.seconds, n.never
		}
	}
	out.value = strings.Join(values, " ")
	return out
}

func expectNode(n *node, turn string) expectation {
	path := n.path + turn
	whole := func(e expectation) expectation {
		if e.err == "" && n.undone {
			e.kept = []string{path}
		}
		return e
	}
	switch n.kind {
	case nodeStep:
		return expectation{value: n.name, ran: []string{path}, seconds: n.fails}
	case nodeOnce:
		return expectation{value: n.name}
	case nodeUndo:
		return expectation{value: n.name, ran: []string{path}, kept: []string{path}, seconds: n.fails}
	case nodeWait:
		return expectation{value: n.name, seconds: n.seconds}
	case nodeCallback:
		return expectation{value: "answer", seconds: n.seconds}
	case nodeOpen:
		return expectation{value: n.name}
	case nodePoll:
		return expectation{value: fmt.Sprint(n.name, n.checks), seconds: (n.checks - 1) * n.seconds}
	case nodeFail:
		return expectation{err: "boom at " + n.name}
	case nodeGroup:
		return whole(expectList(n.kids, turn))
	case nodeTry:
		e := expectList(n.kids, turn)
		if e.err != "" {
			return expectation{value: "caught " + e.err, ran: nil, seconds: e.seconds}
		}
		return whole(e)
	case nodeLoop:
		var out expectation
		var values []string
		for i := range n.checks {
			e := expectList(n.kids, fmt.Sprint(turn, "/", i))
			values = append(values, e.value)
			out.kept, out.ran = append(out.kept, e.kept...), append(out.ran, e.ran...)
			out.seconds += e.seconds
		}
		out.value = strings.Join(values, " ")
		return out
	case nodeParallel, nodeMap:
		return whole(expectBatch(n, turn))
	case nodeSelect, nodeMin:
		var best *expectation
		for _, k := range n.kids {
			e := expectNode(k, turn)
			if best == nil || e.seconds < best.seconds {
				best = &e
			}
		}
		if n.kind == nodeMin {
			best.value = "min"
		}
		if n.any {
			best.value = "any"
		}
		return *best
	}
	panic("no such node")
}

func expectBatch(n *node, turn string) expectation {
	var out expectation
	var values []string
	// lanes holds when each of those that may run at once is free.
	lanes := make([]int, max(1, len(n.kids)))
	if n.checks > 0 && n.checks < len(lanes) {
		lanes = lanes[:n.checks]
	}
	failedAt := -1
	for _, b := range n.kids {
		e := expectList(b.kids, turn)
		lane := 0
		for i := range lanes {
			if lanes[i] < lanes[lane] {
				lane = i
			}
		}
		start := lanes[lane]
		lanes[lane] = start + e.seconds
		if e.err != "" {
			out.err, failedAt = e.err, lanes[lane]
		}
		values = append(values, e.value)
		out.kept, out.ran = append(out.kept, e.kept...), append(out.ran, e.ran...)
		out.seconds = max(out.seconds, lanes[lane])
	}
	if failedAt >= 0 {
		return expectation{err: out.err, seconds: failedAt}
	}
	out.value = strings.Join(values, "|")
	return out
}

// simulate runs a program, and compares.
func simulate(t *testing.T, seed uint64, slow bool, disturb func(s *service)) (calls int) {
	p := newProgram(seed, slow)
	w := &world{done: map[string]int{}, undone: map[string]int{}}
	begin := time.Now()
	s := newService(t, p.function(w), "null")
	for _, n := range p.nodes {
		// What is disturbed takes another time, so that another case may be first.
		n.any = n.kind == nodeSelect && (slow || disturb != nil || n.tied())
		if n.kind == nodeCallback || n.kind == nodeOpen {
			s.answers[n.path] = answered(time.Duration(n.seconds)*time.Second, `"answer"`)
		}
	}
	if disturb != nil {
		disturb(s)
	}
	out := s.run()
	want := expectList(p.root, "")
	got := ""
	if out.Status == wire.InvocationFailed {
		got = out.Error.ErrorMessage
	}
	if got != want.err {
		t.Errorf("seed %d: failed with %q, want %q", seed, got, want.err)
	}
	if want.err == "" && out.Status == wire.InvocationSucceeded && *out.Result != mustJSON(want.value) {
		t.Errorf("seed %d: gave %s, want %q", seed, *out.Result, want.value)
	}
	for _, path := range want.ran {
		if want.err == "" && w.done[path] == 0 {
			t.Errorf("seed %d: %s never ran", seed, path)
		}
		if disturb == nil && w.done[path] > 1 {
			t.Errorf("seed %d: %s ran %d times", seed, path, w.done[path])
		}
	}
	kept := map[string]bool{}
	if want.err == "" {
		for _, path := range want.kept {
			kept[path] = true
		}
	}
	p.checkUndos(t, seed, w, s, kept)
	if !slow && disturb == nil {
		if elapsed := time.Since(begin); elapsed != time.Duration(want.seconds)*time.Second {
			t.Errorf("seed %d: took %v, want %ds", seed, elapsed, want.seconds)
		}
	}
	if t.Failed() {
		t.Logf("seed %d, slow %v\n%s\n%s", seed, slow, s.history(), strings.Join(s.log, "\n"))
	}
	return s.calls
}

// checkUndos: what is in force was not undone, and what ran for good and is not in
// force was.
func (p *program) checkUndos(t *testing.T, seed uint64, w *world, s *service, kept map[string]bool) {
	for path, n := range w.undone {
		if n > 0 && kept[path] {
			t.Errorf("seed %d: %s was undone", seed, path)
		}
	}
	var walk func(list []*node, turn string, covered bool)
	walk = func(list []*node, turn string, covered bool) {
		for _, n := range list {
			path := n.path + turn
			inForce := kept[path]
			if n.kind == nodeUndo && w.done[path] > 0 && !covered && !inForce && w.undone[path] == 0 {
				t.Errorf("seed %d: %s ran and was never undone", seed, path)
			}
			if n.kind == nodeLoop {
				for i := range n.checks {
					walk(n.kids, fmt.Sprint(turn, "/", i), covered)
				}
				continue
			}
			// Under a whole with an undo of its own, that one may stand for those inside.
			walk(n.kids, turn, covered || n.undone)
		}
	}
	walk(p.root, "", false)
}

func TestRandomWorkflows(t *testing.T) {
	seeds := make([]uint64, 0, *simCount)
	for i := range *simCount {
		seeds = append(seeds, uint64(i+1))
	}
	if *simSeed != 0 {
		seeds = []uint64{*simSeed}
	}
	for _, seed := range seeds {
		for _, slow := range []bool{false, true} {
			calls := 0
			synctest.Test(t, func(t *testing.T) { calls = simulate(t, seed, slow, nil) })
			if t.Failed() {
				t.Fatalf("seed %d, slow %v", seed, slow)
			}
			rnd := rand.New(rand.NewPCG(seed, 11))
			for range 6 {
				synctest.Test(t, func(t *testing.T) {
					simulate(t, seed, slow, func(s *service) {
						crashes := map[int]bool{}
						for range 1 + rnd.IntN(3) {
							crashes[1+rnd.IntN(calls+1)] = rnd.IntN(2) == 0
						}
						s.fault = func(call int, after bool) error {
							if when, ok := crashes[call]; ok && when == after {
								return errKilled
							}
							return nil
						}
						if rnd.IntN(2) == 0 {
							s.latency = func() time.Duration { return time.Duration(rnd.IntN(1500)) * time.Millisecond }
						}
						s.noStore = rnd.IntN(4) == 0
						s.page = rnd.IntN(3)
					})
				})
				if t.Failed() {
					t.Fatalf("seed %d, slow %v, disturbed", seed, slow)
				}
			}
		}
	}
}
