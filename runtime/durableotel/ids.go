package durableotel

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// IDGenerator is what the SDK's tracer providers take for an ID generator. The spans of an
// execution get IDs that follow from what they are for; all others random ones.
type IDGenerator struct{}

// IDs gives the ID generator that a tracer provider needs for [New].
func IDs() IDGenerator { return IDGenerator{} }

// wanted is what the plugin wants for the IDs of a span that it starts.
type wanted struct {
	trace trace.TraceID
	span  trace.SpanID // zero: any
}

type wantedKey struct{}

// NewIDs gives the IDs of a span without a parent.
func (g IDGenerator) NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID) {
	w, _ := ctx.Value(wantedKey{}).(wanted)
	for !w.trace.IsValid() {
		binary.NativeEndian.PutUint64(w.trace[:8], rand.Uint64())
		binary.NativeEndian.PutUint64(w.trace[8:], rand.Uint64())
	}
	return w.trace, g.NewSpanID(ctx, w.trace)
}

// NewSpanID gives the ID of a span in a trace.
func (IDGenerator) NewSpanID(ctx context.Context, _ trace.TraceID) trace.SpanID {
	w, _ := ctx.Value(wantedKey{}).(wanted)
	for !w.span.IsValid() {
		binary.NativeEndian.PutUint64(w.span[:], rand.Uint64())
	}
	return w.span
}

// spanID is the ID of what is named in an execution.
func spanID(arn, what string) (id trace.SpanID) {
	sum := sha256.Sum256([]byte(what + "\x00" + arn))
	copy(id[:], sum[:])
	return id
}

// The names of an execution's spans, for their IDs. The name of an operation is its ID, which
// has no spaces.
const (
	ofCaller   = "the caller" // which nobody has told of
	ofWorkflow = "the workflow"
)

// caller is what an execution is told of the trace that it belongs to.
type caller struct {
	trace   trace.TraceID
	span    trace.SpanID
	sampled sampling
}

type sampling int

const (
	undecided sampling = iota
	sampled
	dropped
)

// parseHeader reads an X-Ray trace header, such as
//
//	Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1
//
// What is missing or malformed stays zero.
func parseHeader(header string) (c caller) {
	for field := range strings.SplitSeq(header, ";") {
		key, value, _ := strings.Cut(strings.TrimSpace(field), "=")
		switch key {
		case "Root":
			if parts := strings.Split(value, "-"); len(parts) == 3 && parts[0] == "1" && len(parts[1]) == 8 {
				c.trace = trace.TraceID(decoded(parts[1]+parts[2], len(c.trace)))
			}
		case "Parent":
			c.span = trace.SpanID(decoded(value, len(c.span)))
		case "Sampled":
			switch value {
			case "1":
				c.sampled = sampled
			case "0":
				c.sampled = dropped
			}
		}
	}
	return c
}

// decoded gives n bytes, zeros if the text is not their hexadecimal form.
func decoded(text string, n int) []byte {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != n {
		return make([]byte, n)
	}
	return b
}

// header is the X-Ray trace header that makes a span the caller.
func header(span trace.SpanContext) string {
	id := span.TraceID().String()
	flag := 0
	if span.IsSampled() {
		flag = 1
	}
	return fmt.Sprintf("Root=1-%s-%s;Parent=%s;Sampled=%d", id[:8], id[8:], span.SpanID(), flag)
}

// complete gives a caller to an execution that has none, the same in each invocation. A
// trace ID begins with a time, as those of X-Ray do.
func (c caller) complete(arn string, started time.Time) caller {
	if !c.trace.IsValid() {
		sum := sha256.Sum256([]byte(arn))
		binary.BigEndian.PutUint32(c.trace[:], uint32(started.Unix()))
		copy(c.trace[4:], sum[:])
		c.span = trace.SpanID{}
	}
	if !c.span.IsValid() {
		c.span = spanID(arn, ofCaller)
	}
	return c
}
