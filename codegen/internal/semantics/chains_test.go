package semantics

import (
	"context"
	"strings"
	"testing"

	"github.com/durablegen/durablegen/runtime/durabletest"
	"github.com/durablegen/durablegen/runtime/engine"
	"github.com/durablegen/durablegen/runtime/wire"
)

// chained gives the executions of a workflow, the first one first.
func chained(run *durabletest.Run) []*durabletest.Run {
	var list []*durabletest.Run
	for ; run != nil; run = run.Next() {
		list = append(list, run)
	}
	return list
}

// Wherever the process of any execution dies, each is followed by one, which does its own
// work once, and the end of the last one is the same.
func TestAgain1Once(t *testing.T) {
	for _, test := range []struct {
		name   string
		script script
		want   string
		runs   int
	}{
		{"switch, loop and select", nil, `"4 1,2,3"`, 4},
		{"catch", script{"act 1": {worse}, "act 11": {"eleven"}}, `"11 caught"`, 2},
		{"a failure at the end", script{"act 3": {badWith(7)}}, `Bad {"code":7}`, 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := scenario{workflow: "climbs", input: object{"n": 1, "trail": []string{}}, script: test.script}
			s.everywhere(t, test.want, func(t testing.TB, run *durabletest.Run, w *world) {
				list := chained(run)
				if len(list) != test.runs {
					t.Errorf("%d executions", len(list))
				}
				for i, x := range list {
					if last := i == len(list)-1; !last && (x.Execution().Status != wire.ExecutionSucceeded || operation(t, x, "again_a").Status != wire.StatusSucceeded) {
						t.Errorf("%s has not gone on:\n%s", x.ARN, x.History())
					}
				}
			})
		})
	}
}

func TestAgain1Arguments(t *testing.T) {
	for _, test := range []struct {
		by   int
		what string
		want string
	}{
		{0, "x", `"division by zero: 1 / 0"`},
		{-1, "x", `"division by zero: -1 / 0"`}, // in the second execution
		{1, "long", `an execution is started with 1048576 at most"`},
	} {
		s := scenario{workflow: "divides", input: object{"n": 1, "by": test.by, "what": test.what}}
		run, _ := s.run(t)
		got := end(run)
		if test.what == "long" {
			_, got, _ = strings.Cut(got, " bytes; ")
		}
		if got != test.want {
			t.Errorf("by %d: got %s, want %s\n%s", test.by, got, test.want, run.History())
		}
	}
}

// The start is an operation with an ID that no other has, on the version of the execution.
func TestAgain2Operation(t *testing.T) {
	s := scenario{workflow: "named"}
	run, _ := s.run(t)
	same(t, "operations", ids(run), []string{"again_a", "again_kact"})
	if op := operation(t, run, "again_a"); op.Type != wire.TypeStep || op.SubType != wire.SubTypeAgain || op.Name != "again" {
		t.Errorf("%+v", op)
	}
	env, _ := s.setup(t)
	published := env.Published().Run(nil)
	if x := published.Last().Execution(); x.Version != "1" {
		t.Errorf("an execution of version 1 goes on with version %s", x.Version)
	}
}

// The name follows from the execution; each has the link to the other.
func TestAgain3Links(t *testing.T) {
	s := scenario{workflow: "named"}
	run, _ := s.run(t)
	first, second := run.Execution(), run.Last().Execution()
	if !strings.HasPrefix(second.Name, "run-1-2-") || *second.Result != `"`+second.Name+`"` {
		t.Errorf("the second is called %s, and gives %s", second.Name, *second.Result)
	}
	if want := `{"$again":{"from":"` + first.ARN + `","to":"` + second.Name + `"}}`; *first.Result != want {
		t.Errorf("the result of the first is %s", *first.Result)
	}
	if want := `{"$again":{"from":"` + first.ARN + `","to":"` + second.Name + `"},"input":null}`; *second.Input != want {
		t.Errorf("the input of the second is %s", *second.Input)
	}
}

func TestAgain4Invoked(t *testing.T) {
	s := scenario{workflow: "awaits", input: 1}
	env, w := s.setup(t)
	for _, f := range Workflows(w) {
		if f.Definition().Name == "climbs" {
			env.Serve(f)
		}
	}
	run := env.Run(1)
	if got := end(run); !strings.HasPrefix(got, `"climbs:1 has gone on as execution `) || !strings.HasSuffix(got, `whose result nobody waits for here"`) {
		t.Errorf("got %s\n%s", got, run.History())
	}
	page, err := env.Engine().ListExecutions(context.Background(), engine.ExecutionFilter{Function: "climbs"})
	if err != nil || len(page.Executions) == 0 {
		t.Errorf("%v, %v", page, err)
	}
}

func TestAgain5Undo(t *testing.T) {
	s := scenario{workflow: "pays", input: 1}
	s.everywhere(t, `Bad {"code":3}`, undoes("3"))
	refused(t, "x := step act(n) undo step act(0) as \"u\" catch Bad { x = 1 }\n log \"{x}\"\n again w(n)", "again-undo unreachable")
	refused(t, "step read(n)\n group g { again w(n) }", "misplaced")
	refused(t, "wait 1h\n if n > 1 { call w(n) }\n step read(n)\n if n > 2 { again w(n) }", "again-call")
}
