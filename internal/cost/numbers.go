package cost

import "math"

// Metric is something that an execution takes some of.
type Metric int

// What is counted. All are counts, but for Written (bytes), Busy and Waiting (seconds).
const (
	Steps       Metric = iota // steps, built-in ones and submitters of callbacks included
	Polls                     // operations, not their checks
	Waits                     // and timers of groups, calls and invokes
	Callbacks                 // that the outside answers
	Invokes                   // of other functions
	Contexts                  // groups, calls, batches, their items and branches, selects, undo blocks, and what is around a callback
	Operations                // all of them, as the service's limit counts
	Retries                   // attempts of steps and submitters after the first
	Checks                    // of polls
	Billed                    // operations as AWS charges them: see Metered
	Written                   // bytes of payloads and errors
	Suspensions               // ends of waiting, each of which takes another invocation
	Busy                      // seconds in the bodies of steps
	Waiting                   // seconds in which nothing runs
	metrics
)

// metricNames are their names, in JSON too.
var metricNames = [metrics]string{
	"steps", "polls", "waits", "callbacks", "invokes", "contexts", "operations", "retries", "checks", "billed", "written", "suspensions", "busySeconds", "waitingSeconds",
}

func (m Metric) String() string { return metricNames[m] }

// Numbers has a number for each metric; +Inf where there is no bound.
type Numbers [metrics]float64

// one is a single operation of a kind.
func one(kind Metric) Numbers {
	var n Numbers
	n[kind], n[Operations], n[Billed] = 1, 1, 1
	return n
}

// of is a number of one metric.
func of(m Metric, x float64) Numbers {
	var n Numbers
	n[m] = x
	return n
}

func (n Numbers) add(list ...Numbers) Numbers {
	for i := range list {
		for m := range n {
			n[m] += list[i][m]
		}
	}
	return n
}

// times multiplies; nothing without end is nothing.
func (n Numbers) times(x float64) Numbers {
	for m := range n {
		n[m] = product(n[m], x)
	}
	return n
}

func product(a, b float64) float64 {
	if a == 0 || b == 0 {
		return 0
	}
	return a * b
}

func (n Numbers) min(o Numbers) Numbers {
	for m := range n {
		n[m] = min(n[m], o[m])
	}
	return n
}

func (n Numbers) max(o Numbers) Numbers {
	for m := range n {
		n[m] = max(n[m], o[m])
	}
	return n
}

// span is from how much to how much something may be, and how much is expected.
type span struct{ least, most, expected float64 }

func exactly(x float64) span { return span{x, x, x} }

var endless = math.Inf(1)

// bounded is a span of numbers with the same factors.
type bounded struct{ least, most, expected Numbers }

func (b bounded) add(list ...bounded) bounded {
	for i := range list {
		b.least, b.most, b.expected = b.least.add(list[i].least), b.most.add(list[i].most), b.expected.add(list[i].expected)
	}
	return b
}

// always is what happens in any event.
func always(n Numbers) bounded { return bounded{n, n, n} }

// some is a number of one metric.
func some(m Metric, s span) bounded {
	return bounded{of(m, s.least), of(m, s.most), of(m, s.expected)}
}
