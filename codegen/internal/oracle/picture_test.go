package oracle

import (
	"fmt"
	"os"
	"time"

	"github.com/durablegen/durablegen/codegen/internal/oracle/world"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/execution"
	"github.com/durablegen/durablegen/runtime/wire"
	"github.com/durablegen/durablegen/visualize"
)

// judgePicture compares the picture of a run, drawn from its history alone, with where
// the interpreter has gone: node by node, edge by edge, end by end. What the picture says
// has to be so; where it does not tell, either may be.
func (seen tally) judgePicture(c world.Case, obs *world.Observation, went trails) string {
	x := execution.Of(obs.Events)
	for call, t := range went {
		run := visualize.Overlay(t.view.Graph, x, call, x.Started.Add(time.Hour))
		if problem := seen.compare(run, t, call, true); problem != "" {
			return problem
		}
		if problem := compareBare(run, visualize.Overlay(t.view.Graph, execution.Of(execution.Bare(obs.Events)), call, time.Time{})); problem != "" {
			return problem
		}
	}
	// While it ran, and where it was stopped, it had gone nowhere else.
	for _, n := range []int{len(obs.Events) / 3, len(obs.Events) * 2 / 3} {
		events := obs.Events[:n:n]
		if c.Seed%2 == 0 {
			events = append(events, wire.Event{EventId: n + 1, EventType: wire.EventExecutionStopped})
		}
		x := execution.Of(events)
		for call, t := range went {
			run := visualize.Overlay(t.view.Graph, x, call, x.Started.Add(time.Hour))
			if problem := seen.compare(run, t, call, false); problem != "" {
				return fmt.Sprintf("after %d events: %s", n, problem)
			}
		}
	}
	return ""
}

// compare compares one graph. Of a run that is not whole only what has happened is compared.
func (seen tally) compare(run *visualize.Run, t *trail, call string, whole bool) string {
	wrong := func(to string, way visualize.Way, is bool) bool {
		return !t.either[to] && (way == visualize.Taken && !is || whole && way == visualize.NotTaken && is)
	}
	words := map[visualize.Way]string{visualize.NotTaken: "not taken", visualize.Untold: "untold", visualize.Taken: "taken"}
	for _, e := range t.view.Edges {
		way, is := run.Went(e), t.edges[e]
		if whole {
			seen[fmt.Sprintf("edges: %s, which is %v", words[way], is)]++
		}
		if wrong(e.To, way, is) {
			return fmt.Sprintf("the picture of %q says of the edge %s → %s (%s %q) that it is %s, which is not so\n%s", call, e.From, e.To, e.Kind, e.Label, words[way], shown(run))
		}
	}
	problem := ""
	if whole && !run.Fits() {
		problem = fmt.Sprintf("no way through %q agrees with the history", call)
	}
	t.view.Walk(func(n *visualize.Node) {
		way, is := run.Passed(n), t.nodes[n]
		if whole {
			seen[fmt.Sprintf("nodes: %s, which is %v", words[way], is)]++
		}
		switch {
		case problem != "":
		case wrong(n.ID, way, is):
			problem = fmt.Sprintf("the picture of %q says of the node %s that it is %s, which is not so\n%s", call, n.ID, words[way], shown(run))
		case whole && run.States[n.ID] != nil && counted(n):
			s, e := run.States[n.ID], t.ended[n]
			if s.Succeeded != e.succeeded || s.Failed != e.failed {
				problem = fmt.Sprintf("the picture of %q says of %s that it has succeeded %d times and failed %d; it has %d and %d", call, n.ID, s.Succeeded, s.Failed, e.succeeded, e.failed)
			}
		}
	})
	return problem
}

// compareBare compares the picture of a run with that of its history without data and times.
func compareBare(run, bare *visualize.Run) string {
	for _, e := range run.Graph.Edges {
		if a, b := run.Went(e), bare.Went(e); a != b {
			return fmt.Sprintf("of the edge %s → %s the bare history tells %d, the whole one %d", e.From, e.To, b, a)
		}
	}
	if run.Fits() != bare.Fits() || len(run.Strange) != len(bare.Strange) {
		return "the bare history does not fit as the whole one does"
	}
	return ""
}

// counted reports whether the picture counts how often a node has ended as the interpreter
// does. That of an `open` shows the callback, which may be answered long after control has
// passed; that of an `await`, which has no record, whether it has.
func counted(n *visualize.Node) bool {
	_, open := n.Op.(*dsl.OpenOp)
	_, await := n.Op.(*dsl.AwaitOp)
	return n.Kind != visualize.Start && !open && !await
}

func shown(run *visualize.Run) string {
	if os.Getenv("ORACLE_SHOW") == "" {
		return ""
	}
	return run.Mermaid(visualize.Full)
}
