package engine

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"github.com/durablegen/durablegen/runtime/wire"
)

// publishForEver publishes one version after the other, has the alias live lead to each, and says on
// standard output what was acknowledged.
func publishForEver(dir string) error {
	e, err := New(Options{Dir: dir})
	if err != nil {
		return err
	}
	ctx := context.Background()
	for {
		// Each registration is another build, as nobody knows its code.
		err := e.Register(Function{Name: "orders", Invoker: DurableFunc(func(context.Context, wire.InvocationInput) (wire.InvocationOutput, error) { return succeeded("1"), nil })})
		if err != nil {
			return err
		}
		v, err := e.PublishVersion(ctx, PublishInput{Function: "orders"})
		if err != nil {
			return err
		}
		if _, err = e.UpdateAlias(ctx, "orders", "live", AliasUpdate{Version: v.Version}); err != nil {
			if _, err := e.CreateAlias(ctx, Alias{Function: "orders", Name: "live", Version: v.Version}); err != nil {
				return err
			}
		}
		fmt.Println(v.Version)
	}
}

// Killed while it publishes, an engine has published all that it acknowledged, and at most one version more.
func TestKillWhilePublishing(t *testing.T) {
	dir := t.TempDir()
	random := rand.New(rand.NewPCG(1, 2))
	acknowledged := 0
	for range 8 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "ENGINE_TEST_DIR="+dir, "ENGINE_TEST_PUBLISH=1")
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		after := 1 + random.IntN(5)
		for s := bufio.NewScanner(out); s.Scan(); {
			if n, err := strconv.Atoi(s.Text()); err == nil {
				acknowledged = n
			}
			if after--; after == 0 {
				cmd.Process.Kill()
			}
		}
		cmd.Wait()
		e, err := New(Options{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		versions, aliases := e.Versions("orders"), e.Aliases("orders")
		if n := len(versions); n < acknowledged || n > acknowledged+1 || versions[n-1].Version != strconv.Itoa(n) {
			t.Errorf("%d were acknowledged, and there are %+v", acknowledged, versions)
		}
		if len(aliases) != 1 {
			t.Fatalf("the aliases are %+v", aliases)
		}
		if n, _ := strconv.Atoi(aliases[0].Version); n < acknowledged {
			t.Errorf("%d were acknowledged, and the alias leads to %d", acknowledged, n)
		}
		acknowledged = len(versions)
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
}
