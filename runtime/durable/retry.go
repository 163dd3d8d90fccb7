package durable

import "time"

// Jitter says how a delay is spread.
type Jitter int

const (
	// JitterFull takes a random part of the delay.
	JitterFull Jitter = iota
	// JitterHalf takes at least half of the delay.
	JitterHalf
	// JitterNone takes all of it.
	JitterNone
)

// RetryPolicy decides whether and when a failed attempt is followed by another.
// The delay before the n-th further attempt is Every × Backoffⁿ⁻¹, at most Max,
// spread by Jitter, in whole seconds and at least one.
type RetryPolicy struct {
	// Attempts is how many attempts may follow the first.
	Attempts int
	// Every is the first delay; zero means 5 s.
	Every time.Duration
	// Backoff is the factor from one delay to the next; zero means 2.
	Backoff float64
	// Max bounds the delay; zero means 5 min.
	Max time.Duration
	// Jitter spreads the delay.
	Jitter Jitter
	// On names the declared errors that are retried too. The others that a step
	// declares in Fails are final.
	On []string
	// Strategy, if set, decides instead of all the above: attempt is the number of
	// the one that failed, 1 for the first.
	Strategy func(err error, attempt int) (delay time.Duration, again bool)
}

var (
	// DefaultRetry is five more attempts, after 5 s, doubling up to 60 s, with
	// full jitter.
	DefaultRetry = &RetryPolicy{Attempts: 5, Every: 5 * time.Second, Backoff: 2, Max: time.Minute}
	// NoRetry is a single attempt.
	NoRetry = &RetryPolicy{}
)
