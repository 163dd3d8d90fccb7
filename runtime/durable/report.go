package durable

import (
	"context"
	"errors"
	"log/slog"

	"github.com/durablegen/durablegen/internal/opid"
	"github.com/durablegen/durablegen/runtime/wire"
)

// What the log says of failures, so that whoever operates a function sees them without
// asking for histories. Each is told once: by the invocation whose record of it the
// service has accepted, never by a replay. That is done without the lock, since a
// handler of records writes to wherever it likes.

// Messages of the records. A tool that shows the history, too, leaves them out: see
// [reporter].
const (
	attemptFailed   = "attempt failed"
	checkFailed     = "check failed, taken for not yet"
	panicked        = "panic"
	executionFailed = "execution failed"
)

// reporter is the attribute "logger" of what the runtime says on its own.
const reporter = "durable"

// typePanic is the recorded type of a panic.
const typePanic = "Panic"

// report is what is told of a failure.
type report struct {
	message        string
	id, name, path string // of the operation, if it is one's
	attempt        int    // if not 0
	failure        *wire.ErrorObject
	retry          int // seconds until the next attempt, if not 0
}

// level is ERROR for what nobody has handled: the end of an execution, or a defect.
func (r *report) level() slog.Level {
	if r.message == executionFailed || r.failure.ErrorType == typePanic {
		return slog.LevelError
	}
	return slog.LevelWarn
}

// reportLocked logs a failure. The lock is released meanwhile.
func (inv *invocation) reportLocked(r report) {
	inv.mu.Unlock()
	defer inv.mu.Lock()
	inv.report(r)
}

func (inv *invocation) report(r report) {
	fields := []any{slog.String("logger", reporter)}
	if r.id != "" {
		fields = append(fields, fieldsOf(r.id, r.name, r.path)...)
	}
	if r.attempt > 0 {
		fields = append(fields, slog.Int("attempt", r.attempt))
	}
	fields = append(fields, slog.String("errorType", r.failure.ErrorType), slog.String("errorMessage", r.failure.ErrorMessage))
	if len(r.failure.StackTrace) > 0 {
		fields = append(fields, slog.Any("stackTrace", r.failure.StackTrace))
	}
	if r.retry > 0 {
		fields = append(fields, slog.Int("retryInSeconds", r.retry))
	}
	inv.log(r.level(), r.message, fields)
}

// log writes a record of the runtime's own. That a handler panics is not the
// execution's failure.
func (inv *invocation) log(level slog.Level, message string, fields []any) {
	defer func() { _ = recover() }()
	inv.logs.logger().Log(context.Background(), level, message, fields...)
}

// reportEnd logs that the execution fails, if it does.
func (inv *invocation) reportEnd(out wire.InvocationOutput, cause error) {
	if out.Status != wire.InvocationFailed {
		return
	}
	r := report{message: executionFailed, failure: out.Error}
	var diverged *DivergenceError
	if errors.As(cause, &diverged) && diverged.Operation != "" {
		r.id, r.path = opid.Of(diverged.Operation), diverged.Operation
		if op := inv.ops[r.id]; op != nil {
			r.name = op.rec.Name
		}
	}
	inv.report(r)
}

// reportPanicLocked logs that the workflow's own code has panicked in a scope whose
// failure, now recorded, it is.
func (inv *invocation) reportPanicLocked(sc *scope, err error, obj *wire.ErrorObject) {
	var p *panicError
	if sc.op != nil && errors.As(err, &p) {
		inv.reportLocked(report{message: panicked, id: sc.op.id, name: sc.spec.name, path: sc.path, failure: obj})
	}
}

// noticeLocked keeps what the operator of an execution should know, until it can be
// logged without the lock.
func (inv *invocation) noticeLocked(s *opSpec, path, message, recorded string) {
	fields := []any{slog.String("logger", reporter)}
	if words := opid.Words(path); words != "" {
		fields = append(fields, slog.String("operation", words))
	}
	if s.pos != "" {
		fields = append(fields, slog.String("source", s.pos))
	}
	inv.notices = append(inv.notices, notice{message, append(fields, slog.String("recorded", recorded))})
}

type notice struct {
	message string
	fields  []any
}

// tellNoticesLocked logs what has been kept. The lock is released meanwhile.
func (inv *invocation) tellNoticesLocked() {
	if len(inv.notices) == 0 {
		return
	}
	notices := inv.notices
	inv.notices = nil
	inv.mu.Unlock()
	defer inv.mu.Lock()
	for _, n := range notices {
		inv.log(slog.LevelWarn, n.message, n.fields)
	}
}
