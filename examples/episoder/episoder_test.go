package episoder

import (
	"context"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/durablegen/durablegen/examples/episoder/forge"
	"github.com/durablegen/durablegen/runtime/durabletest"
)

type world struct {
	*durabletest.Env
	desk  *Desk
	forge *forge.Forge
}

func newWorld(t testing.TB) *world {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	f := &forge.Forge{}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	desk := NewDesk(filepath.Join(t.TempDir(), "show.git"), server.URL)
	return &world{Env: durabletest.New(t, Workflows(desk)[0]), desk: desk, forge: f}
}

var event = Event{Episode: "Episode-12", Title: "Programs that wait", Transcript: "c269040ea8d01e083b6e.json"}

func (w *world) branches(t testing.TB) []string {
	t.Helper()
	out, err := w.desk.repo.git(context.Background(), nil, "", "for-each-ref", "--format=%(refname:short)", "refs/heads")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(out)
}

func TestMerged(t *testing.T) {
	w := newWorld(t)
	var got, again Pull
	w.Run(event).MustSucceed(&got)
	if got.Number != 1 || got.State != StateMerged || got.Branch != "episodes/episode-12" {
		t.Errorf("got %+v", got)
	}
	page, err := w.desk.repo.git(context.Background(), nil, "", "show", got.Commit+":episodes/episode-12.md")
	if err != nil || !strings.HasPrefix(page, "# Programs that wait\n") {
		t.Errorf("the page is %q, %v", page, err)
	}
	w.Run(event).MustSucceed(&again)
	if again != got || len(w.forge.Pulls()) != 1 {
		t.Errorf("the second run gave %+v; there are %d pull requests", again, len(w.forge.Pulls()))
	}
}

func TestClosed(t *testing.T) {
	w := newWorld(t)
	w.forge.Closes = true
	w.Run(event).MustFail("Rejected", nil)
	if b := w.branches(t); len(b) != 1 {
		t.Errorf("branches %v are left", b)
	}
}

func TestNoTranscript(t *testing.T) {
	w := newWorld(t)
	missing := event
	missing.Transcript = "none.json"
	w.Run(missing).MustFail("NoTranscript", nil)
}

func TestCrashes(t *testing.T) {
	var w *world
	durabletest.EveryBoundary(t, func(t testing.TB) *durabletest.Env {
		w = newWorld(t)
		return w.Env
	}, event, func(t testing.TB, _ *durabletest.Run) {
		if n := len(w.forge.Pulls()); n != 1 {
			t.Errorf("%d pull requests", n)
		}
		if b := w.branches(t); len(b) != 2 {
			t.Errorf("branches %v", b)
		}
	})
}
