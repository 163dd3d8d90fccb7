package dsl

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// sample gives a file of about so many lines, with all that files are made of in
// ordinary proportions.
func sample(lines int) []byte {
	var b strings.Builder
	b.WriteString("flow 1\n\n// Package sample is large.\npackage sample\n\nerror Declined { reason string }\nenum Status { open, paid, lost }\n")
	for i := range lines / 54 {
		fmt.Fprintf(&b, `
// Order%[1]d is what a customer asks for.
type Order%[1]d {
    id       string
    customer string
    items    []string
    total    float
    note     string? as "remark" // what the customer adds
    status   Status
}
type Receipt%[1]d { orderId string, paymentId string, at time }

// Takes the money.
step charge%[1]d(order Order%[1]d, amount float) string
    fails Declined
    idempotent by order.id
    retry 5 every 1s backoff 2 max 30s jitter full
    timeout 20s
step refund%[1]d(paymentId string)  idempotent by paymentId
step print%[1]d(item string) string  idempotent
callback confirm%[1]d(order Order%[1]d) bool  timeout 1h
func score%[1]d(order Order%[1]d) float
func rebate%[1]d(x float) float = if x > 100.0 { x * 0.1 } else { 0.0 }

workflow fulfil%[1]d(order Order%[1]d) Receipt%[1]d
    fails Declined
    timeout 2d
{
    log "{order.id} is worth {score%[1]d(order)}"
    if order.total <= 0.0 || len(order.items) == 0 {
        fail Declined { reason: order.note ?? "nothing to pay" }
    }
    payment := step charge%[1]d(order, order.total - rebate%[1]d(order.total))
        undo step refund%[1]d(payment)
    labels := map item in order.items max 10 {
        yield step print%[1]d(item)
    }
    both := parallel {
        first:  step print%[1]d("{len(labels)} of {order.id}")
        second: {
            wait 10m
            yield [l + "!" for l in labels if l != ""]
        }
    }
    ok := callback confirm%[1]d(order)
        catch Timeout { ok = false }
    switch order.status {
        case open, paid { wait minutes(5) as "settle" }
        else { log "lost {both.first}, {len(both.second)}, {ok}" }
    }
    at := step now()
    return Receipt%[1]d { orderId: order.id, paymentId: payment, at: at }
}
`, i)
	}
	return []byte(b.String())
}

func bench(b *testing.B, work func(*Source) Diagnostics) {
	text := sample(10_000)
	lines := strings.Count(string(text), "\n")
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	b.ResetTimer()
	for b.Loop() {
		if ds := work(new(SourceSet).Add("sample.flow", text)); len(ds) > 0 {
			b.Fatal(ds[0].Message)
		}
	}
	b.ReportMetric(float64(lines)*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
}

func BenchmarkScan(b *testing.B) {
	bench(b, func(src *Source) Diagnostics { return scan(src).diags.list() })
}

func BenchmarkParse(b *testing.B) {
	bench(b, func(src *Source) Diagnostics {
		_, ds := Parse(src)
		return ds
	})
}

func BenchmarkFormat(b *testing.B) {
	bench(b, func(src *Source) Diagnostics {
		_, ds := Format(src)
		return ds
	})
}

// TestWorkIsLinear measures what parsing and formatting allocate: four times
// the input takes about four times as much, be it right or full of mistakes. (What
// takes quadratic time would take sixteen times.)
func TestWorkIsLinear(t *testing.T) {
	allocs := func(work func()) float64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		work()
		runtime.ReadMemStats(&after)
		return float64(after.TotalAlloc - before.TotalAlloc)
	}
	broken := func(n int) []byte {
		text := string(sample(n))
		text = strings.ReplaceAll(text, "at := step now()", "at = step now(")
		text = strings.ReplaceAll(text, "id       string", "id: string")
		return []byte(strings.ReplaceAll(text, "wait 10m", "wait 10 }"))
	}
	for _, c := range []struct {
		name string
		text func(int) []byte
	}{
		{"right", sample},
		{"broken", broken},
		{"open brackets", func(n int) []byte { return []byte("flow 1\npackage p\nconst x = " + strings.Repeat("(\n", n)) }},
		{"mixed brackets", func(n int) []byte { return []byte(strings.Repeat("[", n) + strings.Repeat(")", n)) }},
		{"open blocks", func(n int) []byte {
			return []byte("flow 1\npackage p\nworkflow w() {\n" + strings.Repeat("if x {\n", n))
		}},
		{"quotes", func(n int) []byte { return []byte(strings.Repeat("\"{\n", n)) }},
		{"comments", func(n int) []byte { return []byte(strings.Repeat("/* \n", n)) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			small, large := c.text(2_000), c.text(8_000)
			run := func(text []byte) float64 {
				return allocs(func() {
					src := new(SourceSet).Add("in.flow", text)
					Parse(src)
					Format(src)
				})
			}
			run(small)
			if a, b := run(small), run(large); b > 6*a {
				t.Errorf("%d bytes take %.0f bytes of memory, %d take %.0f", len(small), a, len(large), b)
			}
		})
	}
}
