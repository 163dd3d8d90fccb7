package visualize

import (
	"testing"

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
