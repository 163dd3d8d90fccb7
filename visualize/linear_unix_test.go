//go:build unix

package visualize

import (
	"syscall"
	"testing"
	"time"

	"github.com/durablegen/durablegen/dsl"
)

// TestLargeWorkflowsAreDrawnInTime: four times the statements take about four times
// as long; quadratic work would take sixteen times.
func TestLargeWorkflowsAreDrawnInTime(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a second")
	}
	took := func(n int) time.Duration {
		w := &dsl.WorkflowDecl{Body: &dsl.Block{}}
		w.Name = &dsl.Name{Text: "large"}
		g := &generator{}
		for i := 0; i < n; i++ {
			op := &dsl.StepOp{}
			g.base(&op.OpBase, nil)
			w.Body.Stmts = append(w.Body.Stmts, &dsl.IfStmt{Cond: g.ident(), Then: &dsl.Block{Stmts: []dsl.Stmt{&dsl.OpStmt{Op: op}}}})
		}
		best := time.Hour
		for range 5 {
			start := cpuTime(t)
			Mermaid(&dsl.Program{}, w, Normal)
			best = min(best, cpuTime(t)-start)
		}
		return best
	}
	small, large := took(500), took(2000)
	if large > 12*small {
		t.Errorf("500 statements take %v, 2,000 take %v", small, large)
	}
	t.Log(small, large)
}

// cpuTime is what the process has used, which other processes don't change.
func cpuTime(t *testing.T) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Skip(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
