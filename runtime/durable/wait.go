package durable

import "time"

// WaitSpec describes a wait. With ID and Name empty its identity is "wait".
type WaitSpec struct {
	Name, ID, Pos string
}

// Wait suspends for d, rounded up to whole seconds and at least one.
func Wait(ctx *Context, spec *WaitSpec, d time.Duration) error {
	panic("not implemented")
}

// WaitUntil suspends until t by the service's clock, at least for a second.
func WaitUntil(ctx *Context, spec *WaitSpec, t time.Time) error {
	panic("not implemented")
}
