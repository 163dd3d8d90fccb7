package durable

import (
	"context"
	"log/slog"
	"os"
	"sync"

	"github.com/durablegen/durablegen/internal/opid"
)

// logSink makes the loggers of one invocation.
type logSink struct {
	inv  *invocation
	once sync.Once
	base *slog.Logger
}

func newLogSink(inv *invocation) *logSink { return &logSink{inv: inv} }

// logger gives the logger of the invocation itself.
func (l *logSink) logger() *slog.Logger {
	l.once.Do(func() {
		h := l.inv.fn.def.LogHandler
		switch own := h.(type) {
		case nil:
			h = newLambdaHandler(os.Stdout)
		case *lambdaHandler:
			bound := *own
			bound.bound = true
			h = &bound
		}
		l.base = slog.New(h).With(l.inv.fields()...)
	})
	return l.base
}

// fields says of which execution, and of which invocation, a record is.
func (inv *invocation) fields() []any {
	return []any{slog.String("durableExecutionArn", inv.arn), slog.String("requestId", inv.requestID)}
}

// fieldsOf says of which operation a record is: by its ID, its name, and the names that
// lead to it.
func fieldsOf(id, name, path string) []any {
	fields := []any{slog.String("operationId", id)}
	if name != "" {
		fields = append(fields, slog.String("operationName", name))
	}
	if words := opid.Words(path); words != "" {
		fields = append(fields, slog.String("operation", words))
	}
	return fields
}

// fields says of which attempt a record is.
func (a *attemptContext) fields() []any {
	return append(fieldsOf(a.op.id, a.spec.name, a.path), slog.Int("attempt", a.number))
}

// scopeLogger gives the logger of a scope.
func (inv *invocation) scopeLogger(s *scope) *slog.Logger {
	l := inv.logs.logger()
	if s.op != nil {
		l = l.With(fieldsOf(s.op.id, s.spec.name, s.path)...)
	}
	if inv.fn.def.LogReplay {
		return l
	}
	return slog.New(&replayHandler{Handler: l.Handler(), scope: s})
}

// attemptLogger gives the logger of a step's body. A body runs once for every
// attempt, so nothing is dropped.
func (inv *invocation) attemptLogger(a *attemptContext) *slog.Logger {
	return inv.logs.logger().With(a.fields()...)
}

// replayHandler drops the records of a scope that replays.
type replayHandler struct {
	slog.Handler
	scope *scope
}

// Enabled implements [slog.Handler].
func (h *replayHandler) Enabled(ctx context.Context, level slog.Level) bool {
	if !h.Handler.Enabled(ctx, level) {
		return false
	}
	return !h.scope.isReplaying()
}

// WithAttrs implements [slog.Handler].
func (h *replayHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &replayHandler{Handler: h.Handler.WithAttrs(attrs), scope: h.scope}
}

// WithGroup implements [slog.Handler].
func (h *replayHandler) WithGroup(name string) slog.Handler {
	return &replayHandler{Handler: h.Handler.WithGroup(name), scope: h.scope}
}
