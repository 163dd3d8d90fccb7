package semantics

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/durablegen/durablegen/runtime/durabletest"
)

// The path of an operation is the names of the scopes around it and its own with the
// index of each loop; if, for, try and catch add nothing. IDs escape and shorten it.
func TestIdentity2And3Paths(t *testing.T) {
	long := "a label that is much longer than the sixty-four characters that the service takes for an ID"
	long = strings.NewReplacer(" ", "_20", "-", "_2D").Replace(long)
	sum := sha256.Sum256([]byte(long))
	want := append([]string{"_h" + base64.RawURLEncoding.EncodeToString(sum[:]) + "_kact"}, strings.Fields(`
		act bigger_20_2D_202_kact
		g_i1 g_i1-parallel g_i1-parallel-a g_i1-parallel-a-act
		g_i1-parallel-b g_i1-parallel-b-map g_i1-parallel-b-map-_i0 g_i1-parallel-b-map-_i0-act
		g_i1-parallel-b-map-_i1 g_i1-parallel-b-map-_i1-act
		in_20catch_i1_i1_kact in_20else_i1_i1_kact in_20if_i1_i0_kact
		leaf leaf-act select select-long select-short wait`)...)
	s := scenario{workflow: "paths", input: items("skip", 0, "one", 1), script: script{"act y": {worse}}}
	s.everywhere(t, `"c"`, func(t testing.TB, run *durabletest.Run, _ *world) {
		same(t, "operations", ids(run), want)
	})
}

// A turn that skips an operation shifts the identity of no other.
func TestIdentity2SkippedTurns(t *testing.T) {
	s := scenario{workflow: "skips", input: items("a", 1, "b", 0, "c", 1)}
	s.everywhere(t, `"aa!b!cc!"`, func(t testing.TB, run *durabletest.Run, _ *world) {
		same(t, "operations", ids(run), strings.Fields("act_i0 act_i2 always_i0_kact always_i1_kact always_i2_kact wait_i0 wait_i1 wait_i2"))
	})
}

// A name that is bound at deployment may be another one when an execution goes on: what is on record stays, what
// begins then is an invocation of the new one. The name that stands in the file is edited likewise.
func TestIdentity7BoundNames(t *testing.T) {
	env, w := scenario{workflow: "bound"}.setup(t)
	env.Target("other:beta", func(json.RawMessage) (any, error) { return "other", nil })
	env.Answer("gate", durabletest.Later())
	run := env.Start("x")
	gate := run.AwaitCallback("gate", 0)
	if err := env.Engine().Idle(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Setenv("STORE_FUNCTION", "other:beta")
	env.Edit(named(t, Workflows(w), "bound"))
	if err := run.Succeed(gate, "yes"); err != nil {
		t.Fatal(err)
	}
	run.Wait()
	if got := end(run); got != `"x other"` {
		t.Errorf("got %s\n%s", got, run.History())
	}
	var invoked []string
	for _, e := range run.Events() {
		if d := e.ChainedInvokeStartedDetails; d != nil {
			invoked = append(invoked, e.Id+" "+d.FunctionName)
		}
	}
	if want := []string{"store remote:live", "again_kstore other:beta"}; !slices.Equal(invoked, want) {
		t.Errorf("invoked %q, want %q", invoked, want)
	}
	setup := func(t testing.TB) *durabletest.Env {
		env, _ := scenario{workflow: "bound"}.setup(t)
		env.Target("other:beta", func(json.RawMessage) (any, error) { return "other", nil })
		return env.Answer("gate", durabletest.Succeed("yes"))
	}
	durabletest.EveryBoundary(t, setup, "x", func(t testing.TB, run *durabletest.Run) {
		if got := end(run); got != `"other other"` {
			t.Errorf("got %s\n%s", got, run.History())
		}
	})
}
