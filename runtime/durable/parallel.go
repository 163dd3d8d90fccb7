package durable

import (
	"encoding/json"

	"github.com/durablegen/durablegen/internal/opid"
	"github.com/durablegen/durablegen/runtime/wire"
)

// BranchSpec is a branch of a parallel: see [Branch].
type BranchSpec struct {
	name   string
	run    func(c *Context, own Serdes) (*string, error)
	load   func(c *Context, it *item, own Serdes) error
	assign func()
	item   *item // that it has become, in a [ParallelFunc]
}

// Branch describes a branch. name is recorded, and is the branch's identity; if it
// is empty, the identity is the branch's index. out is set by the goroutine that
// called Parallel, after all branches have ended or by [Branches.Await], if this one has
// succeeded; it may be nil.
func Branch[T any](name string, body func(*Context) (T, error), out *T) *BranchSpec {
	var value T // written by the branch
	return &BranchSpec{
		name: name,
		run: func(c *Context, own Serdes) (*string, error) {
			v, err := body(c)
			if err != nil {
				return nil, err
			}
			return c.roundTrip(v, &value, own, c.scope.op, c.scope.spec)
		},
		load: func(c *Context, it *item, own Serdes) error {
			return c.decodeText(it.text, &value, own, it.op, &it.spec)
		},
		assign: func() {
			if out != nil {
				*out = value
			}
		},
	}
}

// Parallel runs branches concurrently, each in a child context. It fails with the
// error of the first failed branch in written order.
func Parallel(ctx *Context, spec *BatchSpec, branches ...*BranchSpec) error {
	out, err := runParallel(ctx, spec, branches, false)
	if err != nil {
		return err
	}
	return out.Err()
}

// ParallelBatch is [Parallel] which returns what became of every branch, and does
// not fail because branches did. The values are the recorded texts.
func ParallelBatch(ctx *Context, spec *BatchSpec, branches ...*BranchSpec) (*Batch[json.RawMessage], error) {
	return runParallel(ctx, spec, branches, true)
}

func runParallel(ctx *Context, spec *BatchSpec, branches []*BranchSpec, settled bool) (*Batch[json.RawMessage], error) {
	b, out := newParallel(spec)
	b.settled = settled
	b.items = newItems(len(branches))
	for i, branch := range branches {
		b.nameBranch(b.items[i], branch)
	}
	if err := ctx.finishParallel(b, out); err != nil {
		return nil, err
	}
	return out, nil
}

// newParallel makes a parallel, as yet without branches, and what it will give.
func newParallel(spec *BatchSpec) (*batch, *Batch[json.RawMessage]) {
	spec = orZero(spec)
	b := &batch{
		spec: spec,
		s: &opSpec{
			typ: wire.TypeContext, subType: wire.SubTypeParallel, name: spec.Name,
			segment: segmentOf(spec.ID, spec.Name, "parallel"), pos: spec.Pos,
		},
	}
	b.body = func(c *Context, it *item) (*string, error) {
		text, err := it.branch.run(c, spec.ItemSerdes)
		it.fresh = err == nil
		return text, err
	}
	b.load = func(c *Context, it *item) error { return it.branch.load(c, it, spec.ItemSerdes) }
	out := &Batch[json.RawMessage]{}
	b.out = out
	b.assemble = func(c *Context) error {
		return out.finish(c, b, func(i int) *json.RawMessage {
			raw := json.RawMessage("null")
			if text := b.items[i].text; text != nil {
				raw = json.RawMessage(*text)
			}
			return &raw
		})
	}
	return b, out
}

// nameBranch makes the next item that of a branch. Branches are identified by their
// names if all have one.
func (b *batch) nameBranch(it *item, branch *BranchSpec) {
	it.branch = branch
	it.spec = opSpec{typ: wire.TypeContext, subType: wire.SubTypeParallelBranch, pos: b.spec.Pos, name: branch.name, segment: branch.name}
	if branch.name == "" {
		it.spec.name, it.spec.marks = itemName(b.spec, "parallel-branch-", it.index), opid.Turn(it.index)
	}
	b.named = branch.name != "" && (b.named || it.index == 0)
}

// finishParallel runs a parallel and sets its branches' variables.
func (c *Context) finishParallel(b *batch, out *Batch[json.RawMessage]) error {
	if err := c.runBatch(b); err != nil {
		return err
	}
	if b.own {
		return b.assignOwn(c, out)
	}
	if err := b.assemble(c); err != nil {
		return err
	}
	for _, it := range b.items {
		if it.status == ItemSucceeded {
			it.assign()
		}
	}
	return nil
}

// assign sets the branch's variable, once: from then on it is the workflow's.
func (it *item) assign() {
	if !it.assigned {
		it.assigned = true
		it.branch.assign()
	}
}

// assignOwn sets the branches' variables from an outcome that the spec's own Serdes
// has decoded.
func (b *batch) assignOwn(c *Context, out *Batch[json.RawMessage]) error {
	for i, it := range b.items[:min(len(out.Items), len(b.items))] {
		if v := out.Items[i].Value; v != nil {
			text := string(*v)
			it.text = &text
			if err := b.load(c, it); err != nil {
				return c.diverge(b.c.scope.op, b.s, "a result that does not decode: "+err.Error())
			}
			it.assign()
		}
	}
	return nil
}
