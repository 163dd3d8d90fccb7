package durable

import (
	"strconv"

	"github.com/durablegen/durablegen/internal/opid"
	"github.com/durablegen/durablegen/runtime/wire"
)

// Map runs body for each item, concurrently, each in a child context, and returns
// what they returned, in the order of the items. It fails with the error of the
// first failed item in that order. With MinSuccessful or a tolerance, items
// without a result give the zero Out; use [MapBatch] to tell them apart.
func Map[In, Out any](ctx *Context, spec *BatchSpec, items []In, body func(ctx *Context, i int, item In) (Out, error)) ([]Out, error) {
	out, err := runMap(ctx, spec, items, body, false)
	if err != nil {
		return nil, err
	}
	if err := out.Err(); err != nil {
		return nil, err
	}
	values := make([]Out, len(out.Items))
	for i := range out.Items {
		if v := out.Items[i].Value; v != nil {
			values[i] = *v
		}
	}
	return values, nil
}

// MapBatch is [Map] which returns what became of every item, and does not fail
// because items did.
func MapBatch[In, Out any](ctx *Context, spec *BatchSpec, items []In, body func(ctx *Context, i int, item In) (Out, error)) (*Batch[Out], error) {
	return runMap(ctx, spec, items, body, true)
}

func runMap[In, Out any](ctx *Context, spec *BatchSpec, items []In, body func(ctx *Context, i int, item In) (Out, error), settled bool) (*Batch[Out], error) {
	spec = orZero(spec)
	b := &batch{
		spec: spec, settled: settled, items: newItems(len(items)),
		s: &opSpec{
			typ: wire.TypeContext, subType: wire.SubTypeMap, name: spec.Name,
			segment: segmentOf(spec.ID, spec.Name, "map"), pos: spec.Pos,
		},
	}
	for i := range b.items {
		b.items[i].spec = opSpec{
			typ: wire.TypeContext, subType: wire.SubTypeMapIteration, pos: spec.Pos,
			name: itemName(spec, "map-item-", i), marks: opid.Turn(i),
		}
	}
	values := make([]Out, len(items)) // each is written by its item
	b.body = func(c *Context, it *item) (*string, error) {
		i := it.index
		v, err := body(c, i, items[i])
		if err != nil {
			return nil, err
		}
		text, err := c.roundTrip(v, &values[i], spec.ItemSerdes, c.scope.op, c.scope.spec)
		it.fresh = err == nil
		return text, err
	}
	b.load = func(c *Context, it *item) error {
		return c.decodeText(it.text, &values[it.index], spec.ItemSerdes, it.op, &it.spec)
	}
	out := &Batch[Out]{}
	b.out = out
	b.assemble = func(c *Context) error {
		return out.finish(c, b, func(i int) *Out { return &values[i] })
	}
	if err := ctx.runBatch(b); err != nil {
		return nil, err
	}
	if b.own {
		return out, nil
	}
	return out, b.assemble(ctx)
}

func itemName(spec *BatchSpec, prefix string, i int) string {
	if spec.ItemName != nil {
		return spec.ItemName(i)
	}
	return prefix + strconv.Itoa(i)
}
