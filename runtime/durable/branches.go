package durable

import (
	"encoding/json"

	"github.com/durablegen/durablegen/internal/opid"
)

// Branches takes the branches of a parallel while it runs: see [ParallelFunc]. It
// belongs to the function that it was passed to, and to its goroutine.
type Branches struct {
	b      *batch
	c      *Context // around the parallel
	sealed bool     // the function has returned
	lost   error    // why what has ended can't be taken from the record
}

// ParallelFunc is [Parallel] whose branches are added by register, which can await some
// of them and decide by what they gave which ones come next. The parallel ends when
// register has returned and what it has added has ended, or earlier by the rules of
// spec, of which the percentage is judged once register has returned.
//
// register runs again in every invocation, also when the parallel has ended, so what it
// adds must follow from what it has awaited. It has no operations of its own: ctx is not
// to be used in it. If it fails or panics before the parallel is decided, the parallel
// fails with that error: what runs is awaited, what has succeeded is undone, and register
// does not run any more. An error that is not [Catchable] it has to return at once.
//
// ParallelFunc returns what became of the branches, the values as their texts. It fails
// with the error of the first failed branch, in the order in which they were added, if
// the parallel failed by its rules. The outcome is always taken from the branches' own
// records, so they can't be Flat, and what the Serdes of spec stores is for those who
// look at the record.
func ParallelFunc(ctx *Context, spec *BatchSpec, register func(*Branches) error) (*Batch[json.RawMessage], error) {
	b, out := newParallel(spec)
	b.register = register
	if err := ctx.finishParallel(b, out); err != nil {
		return nil, err
	}
	if err := out.Err(); err != nil {
		return nil, err
	}
	return out, nil
}

// Add adds a branch. It starts when there is room for it by MaxConcurrency, at the
// earliest when the function waits or returns, in the order in which they were added.
// Once the parallel is decided none starts any more.
func (p *Branches) Add(branch *BranchSpec) {
	b, inv := p.b, p.b.inv
	inv.mu.Lock()
	defer inv.mu.Unlock()
	if p.refusalLocked() != nil {
		return
	}
	if branch == nil || branch.item != nil {
		inv.misuseLocked(b.s, "a branch has been added that is nil or has been added before")
		return
	}
	it := &item{index: len(b.items)}
	b.nameBranch(it, branch)
	it.path = opid.Join(b.c.scope.path, it.spec.segment, it.spec.marks)
	branch.item = it
	b.items = append(b.items, it)
}

// Await waits until a branch that was added has ended, and gives its error, or sets its
// variable. The error is not [Catchable] if the workflow can't go on now, and if the
// parallel has been decided without the branch.
func (p *Branches) Await(branch *BranchSpec) error {
	b, inv := p.b, p.b.inv
	inv.mu.Lock()
	if refused := p.refusalLocked(); refused != nil {
		inv.mu.Unlock()
		return refused
	}
	if branch == nil || !b.has(branch.item) {
		defer inv.mu.Unlock()
		return inv.misuseLocked(b.s, "a branch is awaited that has not been added")
	}
	it := branch.item
	var stop error
	if b.c.scope.rebuild {
		inv.mu.Unlock()
		stop = p.rebuild()
		inv.mu.Lock()
	} else if refused := b.runLocked(it); refused != nil {
		stop = refused
	}
	status := it.status
	inv.mu.Unlock()
	switch {
	case stop != nil:
		return stop
	case status == ItemSucceeded:
		return p.take(it)
	case status == ItemFailed:
		return p.c.decodeError(it.err, &it.spec, nil)
	}
	return errAbandoned
}

// has reports whether it is an item of b.
func (b *batch) has(it *item) bool {
	return it != nil && it.index < len(b.items) && b.items[it.index] == it
}

// take sets the variable of a branch that has succeeded. If its result was too large to
// store it runs once more.
func (p *Branches) take(it *item) error {
	if it.replay {
		if err := p.b.replay(it); err != nil {
			return err
		}
	}
	if err := p.b.freshen(p.c, it); err != nil {
		return err
	}
	it.assign()
	return nil
}

// refusalLocked says why p must not be used, or nil. While its goroutine waits, a
// branch is asking.
func (p *Branches) refusalLocked() error {
	inv := p.b.inv
	switch {
	case p.sealed:
		return inv.misuseLocked(p.b.s, "its branches have been used after the function they were passed to had returned")
	case p.c.task.state != running:
		return inv.misuseLocked(p.b.s, "its branches have been used by a branch; they belong to the function they were passed to")
	case p.lost != nil:
		return p.lost
	}
	return nil
}

// registerLocked has the items of a batch added. What its function fails with counts
// unless the batch was decided before.
func (b *batch) registerLocked(c *Context) {
	inv := b.inv
	b.open = true
	inv.mu.Unlock()
	p := &Branches{b: b, c: c}
	err := p.run()
	inv.mu.Lock()
	ctl := controlOf(err)
	if ctl != nil && !b.decided {
		b.gaveUp = worse(b.gaveUp, ctl) // more would have come
		return
	}
	b.open = false
	switch {
	case b.decided:
	case err != nil:
		b.breakLocked(err)
	case b.spec.MinSuccessful != nil && *b.spec.MinSuccessful > len(b.items):
		b.breakLocked(b.tooFew(b.c))
	}
}

// run runs the function that adds branches.
func (p *Branches) run() error {
	defer func() {
		p.b.inv.mu.Lock()
		p.sealed = true
		p.b.inv.mu.Unlock()
	}()
	_, err := p.c.guard(func(*Context) (*string, error) { return nil, p.b.register(p) })
	return err
}

// breakLocked decides a batch by an error that is not of its items.
func (b *batch) breakLocked(err error) {
	b.broken = err
	b.decideLocked()
}

// registerAgain has the items of a batch that has ended added. What its function fails
// with had no effect, or the batch would have failed.
func (b *batch) registerAgain(c *Context, text *string) error {
	p := &Branches{b: b, c: c}
	err := p.run()
	if p.lost == nil {
		p.lost = p.rebuild()
	}
	if p.lost != nil {
		return p.lost
	}
	if ctl := controlOf(err); ctl != nil && ctl.kind > abandoned {
		return err
	}
	b.reason = b.verdict()
	var rec recordedReason
	if text != nil && json.Unmarshal([]byte(*text), &rec) == nil && rec.Reason != "" {
		b.reason = rec.Reason
	}
	if b.reason != AllCompleted {
		return nil
	}
	for _, it := range b.items {
		if !it.ended() {
			return c.diverge(b.c.scope.op, &it.spec, "nothing, in a parallel of which all branches have ended")
		}
	}
	return nil
}

// recordedReason is what all recorded forms of a batch have.
type recordedReason struct {
	Reason CompletionReason `json:"completionReason"`
}

// rebuild takes what became of the branches that are new from their records.
func (p *Branches) rebuild() error {
	b, inv := p.b, p.b.inv
	inv.mu.Lock()
	items := b.items[b.admitted:]
	b.admitted = len(b.items)
	for _, it := range items {
		switch op := inv.ops[opid.Of(it.path)]; {
		case op == nil:
		case op.rec.Status.Terminal():
			it.status = ItemSucceeded // or failed
		default:
			it.status = ItemStarted
		}
	}
	inv.mu.Unlock()
	p.lost = b.rebuild(items)
	return p.lost
}
