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
}

// Branch describes a branch. name is recorded, and is the branch's identity; if it
// is empty, the identity is the branch's index. out is set by the goroutine that
// called Parallel, after all branches have ended, if this one has succeeded; it may be
// nil.
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
	spec = orZero(spec)
	b := &batch{
		spec: spec, settled: settled, items: make([]item, len(branches)),
		s: &opSpec{
			typ: wire.TypeContext, subType: wire.SubTypeParallel, name: spec.Name,
			segment: segmentOf(spec.ID, spec.Name, "parallel"), pos: spec.Pos,
		},
	}
	b.named = len(branches) > 0
	for i, branch := range branches {
		s := opSpec{typ: wire.TypeContext, subType: wire.SubTypeParallelBranch, pos: spec.Pos, name: branch.name, segment: branch.name}
		if branch.name == "" {
			b.named = false
			s.name, s.marks = itemName(spec, "parallel-branch-", i), opid.Turn(i)
		}
		b.items[i].spec = s
	}
	b.body = func(c *Context, i int) (*string, error) {
		text, err := branches[i].run(c, spec.ItemSerdes)
		b.items[i].fresh = err == nil
		return text, err
	}
	b.load = func(c *Context, it *item) error { return branches[it.index].load(c, it, spec.ItemSerdes) }
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
	if err := ctx.runBatch(b); err != nil {
		return nil, err
	}
	if b.own {
		return out, b.assignOwn(ctx, out, branches)
	}
	if err := b.assemble(ctx); err != nil {
		return nil, err
	}
	for i := range b.items {
		if b.items[i].status == ItemSucceeded {
			branches[i].assign()
		}
	}
	return out, nil
}

// assignOwn sets the branches' variables from an outcome that the spec's own Serdes
// has decoded.
func (b *batch) assignOwn(c *Context, out *Batch[json.RawMessage], branches []*BranchSpec) error {
	for i := range min(len(out.Items), len(branches)) {
		if v := out.Items[i].Value; v != nil {
			text := string(*v)
			b.items[i].text = &text
			if err := b.load(c, &b.items[i]); err != nil {
				return c.diverge(b.c.scope.op, b.s, "a result that does not decode: "+err.Error())
			}
			branches[i].assign()
		}
	}
	return nil
}
