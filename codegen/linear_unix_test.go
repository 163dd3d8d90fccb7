//go:build unix

package codegen_test

import (
	"syscall"
	"testing"
	"time"

	"github.com/durablegen/durablegen/dsl"
)

// Four times the input takes about four times the time. The bound is wide, since
// machines are noisy; what it finds is anything quadratic.
func TestTimeIsLinear(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a second")
	}
	small, big := parseAndCheck(t, large(t, 50)), parseAndCheck(t, large(t, 200))
	best := func(p *dsl.Program) time.Duration {
		least := time.Hour
		for range 5 {
			start := cpuTime(t)
			generate(t, p)
			least = min(least, cpuTime(t)-start)
		}
		return least
	}
	a, b := best(small), best(big)
	if b > 8*a {
		t.Errorf("four times the input takes %.1f times the time: %v, %v", float64(b)/float64(a), a, b)
	}
}

// cpuTime is what the process has used, which other processes don't change.
func cpuTime(t *testing.T) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Skip(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
