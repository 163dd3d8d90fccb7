package durable

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

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
// spread by Jitter, in whole seconds and at least one. A step whose policy has a negative
// number or time in it, a Backoff below 1, or a time of more than 366 days, is refused.
type RetryPolicy struct {
	// Attempts is how many attempts may follow the first.
	Attempts int
	// Every is the first delay; zero means 5 s.
	Every time.Duration
	// Backoff is the factor from one delay to the next; zero means 2.
	Backoff float64
	// Max bounds the delay; zero means 5 min, or Every if that is longer.
	Max time.Duration
	// Jitter spreads the delay.
	Jitter Jitter
	// On names the declared errors that are retried too. The others that a step
	// declares in Fails are final.
	On []string
	// Only, if it is not empty, names all that is retried: declared errors, "Timeout",
	// "Unexpected" for whatever the step does not declare, and the types of such failures,
	// as an [*UnexpectedError] has them: "ThrottlingException".
	Only []string
	// Except, if it is not empty, names the failures that are final, in the same way. All
	// others are retried, declared ones too.
	Except []string
	// Else, if set, decides about failures that are not retried by this policy because of On,
	// Only or Except. Attempts are counted together: a policy allows another one as long as
	// fewer than its own number have followed the first, whatever they failed with.
	Else *RetryPolicy
	// Strategy, if set, decides about the number and the delays of the attempts, and about
	// all failures that Only and Except leave to it: attempt is the number of the one that
	// failed, 1 for the first. A negative delay fails the step.
	Strategy func(err error, attempt int) (delay time.Duration, again bool)
}

var (
	// DefaultRetry is five more attempts, after 5 s, doubling up to 60 s, with
	// full jitter.
	DefaultRetry = &RetryPolicy{Attempts: 5, Every: 5 * time.Second, Backoff: 2, Max: time.Minute}
	// NoRetry is a single attempt.
	NoRetry = &RetryPolicy{}
)

// unfit says why the policy can't be followed; empty if it can.
func (p *RetryPolicy) unfit() string {
	for ; p != nil; p = p.Else {
		if p.Attempts < 0 {
			return "the number of retries is less than 1; it must be at least 1"
		}
		if why := unfitDelays(p.Every, p.Backoff, p.Max); why != "" {
			return why
		}
	}
	return ""
}

// unfitDelays says why there can't be such delays; empty if there can. Zero is what
// applies where nothing is said.
func unfitDelays(every time.Duration, backoff float64, limit time.Duration) string {
	if backoff != 0 && !(backoff >= 1) {
		return "the factor of the delays is less than 1; it must be at least 1"
	}
	return cmp.Or(unfitTime("delay", every), unfitTime("longest delay", limit))
}

// unfitTime says why the service can't count a time; empty if it can.
func unfitTime(what string, d time.Duration) string {
	if d > maxDelay*time.Second {
		return "the " + what + " is longer than the 366 days that an execution may last"
	}
	return noTime(what, d)
}

// noTime says that a time is none; empty if it is one.
func noTime(what string, d time.Duration) string {
	if d < 0 {
		return "the " + what + " is no time at all; it must be more than 0s"
	}
	return ""
}

// next says after how many seconds the attempt that failed with err is followed by
// another, if it is. declared says that the step declares err.
func (p *RetryPolicy) next(err error, declared Declared, attempt int) (seconds int, again bool, failure error) {
	var unexpected *UnexpectedError
	if errors.As(err, &unexpected) && declared == nil && unexpected.Type == "" {
		return 0, false, nil // of the runtime: the next attempt would end the same
	}
	for ; p != nil && !p.covers(err, declared); p = p.Else {
	}
	if p == nil {
		return 0, false, nil
	}
	if p.Strategy != nil {
		delay, again := p.Strategy(err, attempt)
		if again && delay < 0 {
			return 0, false, &UnexpectedError{Message: fmt.Sprintf("the retry strategy gave the delay %v", delay)}
		}
		return wholeSeconds(delay), again, nil
	}
	if attempt > p.Attempts {
		return 0, false, nil
	}
	if delay, told := toldDelay(err, p.told()); told {
		return wholeSeconds(delay), true, nil
	}
	every, backoff, limit := p.Every, p.Backoff, p.Max
	if every == 0 {
		every = 5 * time.Second
	}
	if backoff == 0 {
		backoff = 2
	}
	if limit == 0 {
		limit = max(5*time.Minute, every)
	}
	return wholeSeconds(p.Jitter.spread(growing(every, backoff, limit, attempt))), true, nil
}

// told is the bound of a delay that a failure tells: Max, as long as somebody has written it.
func (p *RetryPolicy) told() time.Duration {
	if p == DefaultRetry {
		return 0
	}
	return p.Max
}

// RetryAfter is err, and tells when to try again, for a body that knows: the attempt that
// fails with it, or with what wraps it, is followed by the next one after d. That takes
// the place of what the policy computes, jitter included; whether there is a next attempt
// is up to the policy as ever, and so is [RetryPolicy.Max], where it is set, in bounding d.
// A d of zero or less is at once, which is a second. A [RetryPolicy.Strategy] decides by
// itself. A check of a condition that fails and tells a delay is followed by the next check
// likewise. RetryAfter of nil is nil.
//
//	if resp.StatusCode == http.StatusTooManyRequests {
//		return durable.RetryAfter(&BusyError{}, wait)
//	}
func RetryAfter(err error, d time.Duration) error {
	if err == nil {
		return nil
	}
	return &retryAfter{err, d}
}

// retryAfter is an error that tells a delay. In everything else it is the error itself.
type retryAfter struct {
	error
	delay time.Duration
}

func (e *retryAfter) Unwrap() error { return e.error }

// toldDelay gives the delay that an error tells, at most limit if there is one.
func toldDelay(err error, limit time.Duration) (delay time.Duration, told bool) {
	var e *retryAfter
	if !errors.As(err, &e) {
		return 0, false
	}
	if limit > 0 {
		return min(e.delay, limit), true
	}
	return e.delay, true
}

// covers reports whether a failure is one that the policy retries.
func (p *RetryPolicy) covers(err error, declared Declared) bool {
	switch {
	case len(p.Only) > 0:
		return bears(err, declared, p.Only)
	case len(p.Except) > 0:
		return !bears(err, declared, p.Except)
	case p.Strategy != nil || declared == nil:
		return true
	}
	return slices.Contains(p.On, declared.ErrorType())
}

// bears reports whether a failure has one of the names.
func bears(err error, declared Declared, names []string) bool {
	if declared != nil {
		return slices.Contains(names, declared.ErrorType())
	}
	name := errorTypeName(err)
	return slices.Contains(names, name) || !builtIn(name) && slices.Contains(names, typeUnexpected)
}

// growing is every × backoffⁿ⁻¹, at most limit if there is one.
func growing(every time.Duration, backoff float64, limit time.Duration, n int) time.Duration {
	delay := float64(every) * math.Pow(backoff, float64(n-1))
	if limit > 0 && delay > float64(limit) {
		return limit
	}
	if delay > maxDelay*float64(time.Second) || math.IsNaN(delay) {
		return maxDelay * time.Second
	}
	return time.Duration(delay)
}

func (j Jitter) spread(d time.Duration) time.Duration {
	switch j {
	case JitterFull:
		return time.Duration(rand.Float64() * float64(d))
	case JitterHalf:
		return d/2 + time.Duration(rand.Float64()*float64(d-d/2))
	}
	return d
}

// wholeSeconds rounds up, to at least one second and at most what the service
// takes.
func wholeSeconds(d time.Duration) int {
	seconds := int64(d / time.Second)
	if d%time.Second > 0 {
		seconds++
	}
	return int(min(max(seconds, 1), maxDelay))
}
