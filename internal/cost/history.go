package cost

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/durablegen/durablegen/internal/execution"
	"github.com/durablegen/durablegen/internal/words"
	"github.com/durablegen/durablegen/runtime/wire"
)

// Bill is what an execution has taken and cost, by its history.
type Bill struct {
	Amounts
	// Seconds is how long its invocations ran, together.
	Seconds float64
	// Running: it has not ended; what it has taken so far is told.
	Running bool
	// Missing is how many payloads the history was read without: their size is not known.
	Missing int
	Prices  Prices
	Assumed Assumptions
}

// OfHistory adds up the history of an execution. Of the assumptions it needs memory,
// processor, region and retention alone. Invocations that the service started and that have
// not ended are not in a history.
func OfHistory(events []wire.Event, a Assumptions) (*Bill, error) {
	prices, err := PricesIn(a.Region)
	if err != nil {
		return nil, err
	}
	b := &Bill{Running: true, Prices: prices, Assumed: a}
	b.Numbers[Billed] = 1
	begun := map[string]bool{}
	var first, last time.Time
	for i := range events {
		e := &events[i]
		last = e.EventTimestamp.Go()
		if i == 0 {
			first = last
		}
		b.payloads(e)
		switch e.EventType {
		case wire.EventExecutionSucceeded, wire.EventExecutionFailed, wire.EventExecutionTimedOut, wire.EventExecutionStopped:
			b.Running = false
		case wire.EventInvocationCompleted:
			b.invocation(e.InvocationCompletedDetails)
		default:
			b.operation(e, begun)
		}
	}
	b.Numbers[Suspensions] = max(b.Invocations-1, 0)
	b.Numbers[Waiting] = max(last.Sub(first).Seconds()-b.Seconds, 0)
	b.GBSeconds = b.Seconds * float64(a.Memory) / 1024
	b.Retained = b.Numbers[Written] / gigabyte * (last.Sub(first).Seconds() + float64(a.Retain)*24*3600) / month
	b.Cost = prices.of(usage{b.Numbers[Billed], b.Numbers[Written], b.Retained, b.Invocations, b.GBSeconds}, a.Arm)
	return b, nil
}

// operation counts the first event of an operation, and the ends of attempts.
func (b *Bill) operation(e *wire.Event, begun map[string]bool) {
	kind, ok := kindOf(e)
	if !ok || e.Id == "" {
		return
	}
	if !begun[e.Id] {
		begun[e.Id] = true
		b.Numbers = b.Numbers.add(one(kind))
	}
	end := execution.StepEnded(e)
	switch {
	case end == nil:
	case kind == Polls:
		b.Numbers = b.Numbers.add(of(Checks, 1), of(Billed, 1))
	case end.RetryDetails != nil && end.RetryDetails.NextAttemptDelaySeconds > 0:
		b.Numbers = b.Numbers.add(of(Retries, 1), of(Billed, 1))
	}
}

func kindOf(e *wire.Event) (Metric, bool) {
	switch e.EventType {
	case wire.EventStepStarted, wire.EventStepSucceeded, wire.EventStepFailed:
		if e.SubType == wire.SubTypeWaitForCondition {
			return Polls, true
		}
		return Steps, true
	case wire.EventWaitStarted, wire.EventWaitSucceeded, wire.EventWaitCancelled:
		return Waits, true
	case wire.EventCallbackStarted, wire.EventCallbackSucceeded, wire.EventCallbackFailed, wire.EventCallbackTimedOut:
		return Callbacks, true
	case wire.EventChainedInvokeStarted, wire.EventChainedInvokeSucceeded, wire.EventChainedInvokeFailed, wire.EventChainedInvokeTimedOut, wire.EventChainedInvokeStopped:
		return Invokes, true
	case wire.EventContextStarted, wire.EventContextSucceeded, wire.EventContextFailed:
		return Contexts, true
	default: // is no operation's
		return 0, false
	}
}

// invocation adds one; AWS rounds its time up to whole milliseconds. One that failed is
// repeated, which counts.
func (b *Bill) invocation(d *wire.InvocationCompletedDetails) {
	b.Invocations++
	if d == nil {
		return
	}
	took := d.EndTimestamp.Go().Sub(d.StartTimestamp.Go())
	b.Seconds += math.Ceil(float64(took)/float64(time.Millisecond)) / 1000
	if d.Error != nil {
		b.Numbers[Billed]++
	}
}

// payloads adds the bytes that an event brings.
func (b *Bill) payloads(e *wire.Event) {
	input, result := execution.Payloads(e)
	for _, p := range []*string{input, result} {
		if p != nil {
			b.Numbers[Written] += float64(len(*p))
		}
	}
	if err := execution.ErrorOf(e); err != nil {
		text, _ := json.Marshal(err)
		b.Numbers[Written] += float64(len(text))
	}
	if execution.Truncated(e) {
		b.Missing++
	}
}

// WriteBill prints what an execution has cost, for people.
func WriteBill(w io.Writer, b *Bill) {
	writeTable(w, table(b.Amounts))
	for _, note := range b.notes() {
		fmt.Fprintln(w, "\n"+note)
	}
}

// notes says what the numbers don't.
func (b *Bill) notes() []string {
	var notes []string
	if b.Running {
		notes = append(notes, "It has not ended: this is what it has taken so far, without the invocation that runs.")
	}
	if b.Missing > 0 {
		notes = append(notes, fmt.Sprintf("The history was read without data: the size of %s is not in it.", words.Count(b.Missing, "payload")))
	}
	processor := "x86"
	if b.Assumed.Arm {
		processor = "arm64"
	}
	basis := fmt.Sprintf("Its invocations ran for %.3g seconds. Reckoned with %d MB, %s; kept for %s; list prices of %s as of %s",
		b.Seconds, b.Assumed.Memory, processor, words.Count(b.Assumed.Retain, "day"), b.Prices.Region, PricesOf)
	if !b.Prices.Known {
		basis += "; durable operations and their data at those of us-east-1, since its own are not known"
	}
	return append(notes, basis+".")
}

// WriteBillMarkdown prints it as a table of Markdown.
func WriteBillMarkdown(w io.Writer, b *Bill) {
	fmt.Fprint(w, "| | |\n|---|---:|\n")
	markdownRows(w, table(b.Amounts))
	for _, note := range b.notes() {
		fmt.Fprintln(w, "\n"+note)
	}
}

// WriteBillJSON prints it as one JSON object.
func WriteBillJSON(w io.Writer, b *Bill) {
	out := b.object()
	out["seconds"], out["running"], out["missingPayloads"], out["region"], out["pricesOf"] = b.Seconds, b.Running, b.Missing, b.Prices.Region, PricesOf
	writeLine(w, out)
}
