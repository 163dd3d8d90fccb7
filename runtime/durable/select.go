package durable

// Case is one of the alternatives of a [Select].
type Case struct{}

// NewCase describes a case. body gets the select's context. out is set if the case
// wins.
func NewCase[T any](body func(*Context) (T, error), out *T) *Case { panic("not implemented") }

// Named gives the case a name, by which its win is recorded, so that cases may
// be reordered while executions run. Without one it is recorded by its index.
func (c *Case) Named(name string) *Case { panic("not implemented") }

// Select runs the cases concurrently in one child context, until one has settled.
// Of those that have when it looks, the first in written order wins; what it
// recorded as the winner stands for ever. The others are given up. If the winning
// case failed, Select fails with its error.
func Select(ctx *Context, spec *ContextSpec, cases ...*Case) (winner int, err error) {
	panic("not implemented")
}
