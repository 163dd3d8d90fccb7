package oracle

import (
	"fmt"
	"math"
	"testing"

	"github.com/durablegen/durablegen/codegen/internal/oracle/world"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/cost"
	"github.com/durablegen/durablegen/runtime/wire"
)

// TestRandomProgramsCostWhatIsPredicted runs random workflows undisturbed and holds what the
// engine has recorded to what was estimated before: it lies within the bounds, and is what is
// predicted once it is known how often loops have turned, which ways were taken and how many
// attempts were made. COST_WORKFLOWS sets how many workflows, COST_SEED the first seed, COST_WORLDS in how
// many worlds each is run. (The runs of
// TestRandomProgramsRunAsInterpreted, those that were killed too, are held to it as well.)
func TestRandomProgramsCostWhatIsPredicted(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the Go command")
	}
	count, seed := environment("COST_WORKFLOWS", 30), environment("COST_SEED", 7001)
	t.Logf("COST_SEED=%d", seed)
	seen := tally{}
	runPackages(t, seed, count, environment("COST_WORLDS", 10), 0, seen)
	if seen["cost: loose"] == 0 || seen["cost: tight"] == 0 {
		t.Errorf("no bounds were tried that are apart, or none that meet: %s", seen)
	}
	t.Logf("what there was:\n%s", seen)
}

// estimatesOf estimates the workflows of a program.
func estimatesOf(t *testing.T, p *dsl.Program) map[string]*cost.Estimate {
	list, err := cost.Of(p, cost.Default())
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]*cost.Estimate{}
	for _, e := range list {
		out[e.Workflow] = e
	}
	return out
}

// kinds are the metrics that are the same wherever a run is looked at.
var kinds = []cost.Metric{cost.Steps, cost.Polls, cost.Waits, cost.Callbacks, cost.Invokes, cost.Contexts, cost.Operations, cost.Retries, cost.Checks, cost.Billed}

// judgeCost compares what a run has recorded with its estimate and its prediction.
func (seen tally) judgeCost(p *dsl.Program, e *cost.Estimate, c world.Case, obs *world.Observation) string {
	bill, err := cost.OfHistory(obs.Events, cost.Default())
	if err != nil {
		return err.Error()
	}
	if n := float64(len(obs.Operations) - 1); bill.Numbers[cost.Operations] != n {
		return fmt.Sprintf("the history tells of %v operations, and there are %v", bill.Numbers[cost.Operations], n)
	}
	for m := range bill.Numbers {
		m := cost.Metric(m)
		if m == cost.Busy || m == cost.Waiting || obs.Crash != "" && (m == cost.Suspensions || m == cost.Billed) {
			continue // times are assumed; a process that was killed is started once more
		}
		least, is, most := e.Least.Numbers[m], bill.Numbers[m], e.Most.Numbers[m]
		if obs.Status != wire.ExecutionSucceeded {
			least = 0
		}
		if is < least || is > most {
			return fmt.Sprintf("%s: %v, and the bounds are %v and %v", m, is, least, most)
		}
		switch {
		case least == most:
			seen["cost: tight"]++
		default:
			seen["cost: loose"]++
		}
	}
	counts := cost.Observed{}
	if _, problem := count(p, c, obs, counts); problem != "" {
		return problem
	}
	said := cost.Predict(p, workflowOf(p, c.Workflow), counts)
	for _, m := range kinds {
		if m == cost.Billed && obs.Crash != "" {
			continue // so is an invocation that failed
		}
		if is := bill.Numbers[m]; math.Abs(is-said[m]) > 1e-6 {
			return fmt.Sprintf("%s: %v, and %v were predicted", m, is, said[m])
		}
	}
	seen["cost: predicted"]++
	return ""
}

func workflowOf(p *dsl.Program, name string) *dsl.WorkflowDecl {
	for _, d := range p.Workflows {
		if d.Name.Text == name {
			return d
		}
	}
	return nil
}
