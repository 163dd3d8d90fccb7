package durable

import (
	"context"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
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
		if h == nil {
			h = NewLogHandler(os.Stdout)
		}
		l.base = slog.New(h).With("durableExecutionArn", l.inv.arn, "requestId", l.inv.requestID)
	})
	return l.base
}

// NewLogHandler gives a handler that writes records in the JSON form of Lambda, one
// a line: timestamp, level, message and the attributes. It writes those from the
// level on that AWS_LAMBDA_LOG_LEVEL names; INFO if it names none.
func NewLogHandler(w io.Writer) slog.Handler {
	return slog.NewJSONHandler(w, &slog.HandlerOptions{Level: logLevel(), ReplaceAttr: lambdaAttr})
}

func logLevel() slog.Level {
	switch strings.ToUpper(os.Getenv("AWS_LAMBDA_LOG_LEVEL")) {
	case "TRACE":
		return slog.LevelDebug - 4
	case "DEBUG":
		return slog.LevelDebug
	case "WARN":
		return slog.LevelWarn
	case "ERROR":
		return slog.LevelError
	case "FATAL":
		return slog.LevelError + 4
	}
	return slog.LevelInfo
}

// lambdaAttr gives the built-in attributes the names that Lambda uses.
func lambdaAttr(groups []string, a slog.Attr) slog.Attr {
	if len(groups) > 0 {
		return a
	}
	switch a.Key {
	case slog.TimeKey:
		return slog.String("timestamp", a.Value.Time().UTC().Format("2006-01-02T15:04:05.000Z"))
	case slog.MessageKey:
		a.Key = "message"
	}
	return a
}

// scopeLogger gives the logger of a scope.
func (inv *invocation) scopeLogger(s *scope) *slog.Logger {
	l := inv.logs.logger()
	if s.op != nil {
		l = l.With("operationId", s.op.id)
		if s.spec.name != "" {
			l = l.With("operationName", s.spec.name)
		}
	}
	if inv.fn.def.LogReplay {
		return l
	}
	return slog.New(&replayHandler{Handler: l.Handler(), scope: s})
}

// attemptLogger gives the logger of a step's body. A body runs once for every
// attempt, so nothing is dropped.
func (inv *invocation) attemptLogger(a *attemptContext) *slog.Logger {
	l := inv.logs.logger().With("operationId", a.op.id)
	if a.spec.name != "" {
		l = l.With("operationName", a.spec.name)
	}
	return l.With("attempt", a.number)
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
