package durable

import (
	"context"
	"log/slog"
)

// IdempotencyKey gives a key that is the same in every attempt and replay of the
// step whose body's context ctx is, and that no other step shares. Outside of a
// step it is empty.
func IdempotencyKey(ctx context.Context) string {
	panic("not implemented")
}

// WithIdempotencyKey gives a context in which [IdempotencyKey] is key.
func WithIdempotencyKey(ctx context.Context, key string) context.Context {
	panic("not implemented")
}

// Attempt gives the number of the running attempt of a step or a condition's
// check, 1 for the first; 0 outside of one.
func Attempt(ctx context.Context) int {
	panic("not implemented")
}

// StepLogger gives the logger of the step whose body's context ctx is. Its
// records carry the operation's ID and name and the attempt.
func StepLogger(ctx context.Context) *slog.Logger {
	panic("not implemented")
}
