package durable

import (
	"context"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
)

// NewLogHandler gives a handler that writes records in the JSON form of Lambda, one
// a line: timestamp, level, message and the attributes. It writes those from the
// level on that AWS_LAMBDA_LOG_LEVEL names; INFO if it names none. A record that is
// logged with the context of a step's body tells the execution, the operation and the
// attempt, as those of [StepLogger] do:
//
//	slog.SetDefault(slog.New(durable.NewLogHandler(os.Stdout))) // in main
//	slog.InfoContext(ctx, "charged", "amount", amount)          // in a step
//
// An attribute whose name a record has already (timestamp, level, message, and time and
// msg, which slog calls them) gets an underscore behind it.
func NewLogHandler(w io.Writer) slog.Handler { return newLambdaHandler(w) }

func newLambdaHandler(w io.Writer) *lambdaHandler {
	h := slog.NewJSONHandler(w, &slog.HandlerOptions{Level: logLevel(), ReplaceAttr: lambdaAttr})
	return &lambdaHandler{Handler: h, root: h}
}

// lambdaHandler is slog's JSON handler, for records that Lambda and CloudWatch read.
type lambdaHandler struct {
	slog.Handler              // root, with all that was done to it
	root         slog.Handler // without attributes and groups
	done         []func(slog.Handler) slog.Handler
	grouped      bool // attributes are no longer those of the record itself
	bound        bool // the fields are its attributes already
}

// Handle implements [slog.Handler].
func (h *lambdaHandler) Handle(ctx context.Context, r slog.Record) error {
	out := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	r.Attrs(func(a slog.Attr) bool {
		out.AddAttrs(h.apart(a))
		return true
	})
	a, ok := ctx.Value(attemptKey{}).(*attemptContext)
	if !ok || h.bound {
		return h.Handler.Handle(ctx, out)
	}
	var fields slog.Record
	fields.Add(a.inv.fields()...)
	fields.Add(a.fields()...)
	var attrs []slog.Attr
	fields.Attrs(func(a slog.Attr) bool {
		attrs = append(attrs, a)
		return true
	})
	handler := h.root.WithAttrs(attrs)
	for _, do := range h.done {
		handler = do(handler)
	}
	return handler.Handle(ctx, out)
}

// WithAttrs implements [slog.Handler].
func (h *lambdaHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	own := slices.Clone(attrs)
	for i, a := range own {
		own[i] = h.apart(a)
	}
	return h.with(h.grouped, func(h slog.Handler) slog.Handler { return h.WithAttrs(own) })
}

// WithGroup implements [slog.Handler].
func (h *lambdaHandler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	return h.with(true, func(h slog.Handler) slog.Handler { return h.WithGroup(name) })
}

func (h *lambdaHandler) with(grouped bool, do func(slog.Handler) slog.Handler) slog.Handler {
	return &lambdaHandler{
		Handler: do(h.Handler), root: h.root, done: append(slices.Clip(h.done), do), grouped: grouped, bound: h.bound,
	}
}

// apart keeps an attribute from being taken for what every record has.
func (h *lambdaHandler) apart(a slog.Attr) slog.Attr {
	switch a.Key {
	case slog.TimeKey, slog.MessageKey, slog.LevelKey, "timestamp", "message":
		if !h.grouped {
			a.Key += "_"
		}
	}
	return a
}

// The levels that Lambda has and slog does not.
const (
	levelTrace = slog.LevelDebug - 4
	levelFatal = slog.LevelError + 4
)

func logLevel() slog.Level {
	switch strings.ToUpper(os.Getenv("AWS_LAMBDA_LOG_LEVEL")) {
	case "TRACE":
		return levelTrace
	case "DEBUG":
		return slog.LevelDebug
	case "WARN":
		return slog.LevelWarn
	case "ERROR":
		return slog.LevelError
	case "FATAL":
		return levelFatal
	}
	return slog.LevelInfo
}

// levelName gives the level of Lambda at or below a level: Lambda takes a record whose
// level it does not know for INFO.
func levelName(level slog.Level) string {
	switch {
	case level >= levelFatal:
		return "FATAL"
	case level >= slog.LevelError:
		return "ERROR"
	case level >= slog.LevelWarn:
		return "WARN"
	case level >= slog.LevelInfo:
		return "INFO"
	case level >= slog.LevelDebug:
		return "DEBUG"
	}
	return "TRACE"
}

// lambdaAttr gives the built-in attributes the names and the form that Lambda uses.
func lambdaAttr(groups []string, a slog.Attr) slog.Attr {
	if len(groups) > 0 {
		return a
	}
	switch a.Key {
	case slog.TimeKey:
		if a.Value.Kind() == slog.KindTime {
			return slog.String("timestamp", a.Value.Time().UTC().Format("2006-01-02T15:04:05.000Z"))
		}
	case slog.LevelKey:
		if level, ok := a.Value.Any().(slog.Level); ok {
			return slog.String(slog.LevelKey, levelName(level))
		}
	case slog.MessageKey:
		a.Key = "message"
	}
	return a
}
