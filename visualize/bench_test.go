package visualize

import (
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/durablegen/durablegen/dsl"
)

func claimProgram(b testing.TB) (*dsl.Program, *dsl.WorkflowDecl) {
	archive, err := txtar.ParseFile("testdata/claim.txtar")
	if err != nil {
		b.Fatal(err)
	}
	p := checked(b, archive)
	return p, p.Workflows[len(p.Workflows)-1]
}

func BenchmarkGraph(b *testing.B) {
	p, w := claimProgram(b)
	b.ReportAllocs()
	for b.Loop() {
		NewGraph(p, w)
	}
}

func BenchmarkMermaid(b *testing.B) {
	p, w := claimProgram(b)
	b.ReportAllocs()
	for b.Loop() {
		Mermaid(p, w, Normal)
	}
}

func BenchmarkDocument(b *testing.B) {
	p, _ := claimProgram(b)
	b.ReportAllocs()
	for b.Loop() {
		Document(p, p.Files[0])
	}
}

func BenchmarkOverlay(b *testing.B) {
	g := NewGraph(claimProgram(b))
	var events []event
	for len(events) < 3000 {
		events = append(events, event{Type: "StepStarted", ID: "register", At: at("10:00:00")}, event{Type: "StepSucceeded", ID: "register", At: at("10:00:01")})
	}
	x := executed(events)
	b.ReportAllocs()
	for b.Loop() {
		Overlay(g, x, "", at("10:00:01"))
	}
}

// TestLargeWorkflowsAreDrawnInTime: four times the statements take about four times
// as long; quadratic work would take sixteen times.
func TestLargeWorkflowsAreDrawnInTime(t *testing.T) {
	if testing.Short() {
		t.Skip("measures time")
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
			start := time.Now()
			Mermaid(&dsl.Program{}, w, Normal)
			best = min(best, time.Since(start))
		}
		return best
	}
	small, large := took(500), took(2000)
	if large > 12*small {
		t.Errorf("500 statements take %v, 2,000 take %v", small, large)
	}
	t.Log(small, large)
}
