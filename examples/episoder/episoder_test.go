package episoder

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/durablegen/durablegen/examples/episoder/forge"
	"github.com/durablegen/durablegen/examples/episoder/git"
	"github.com/durablegen/durablegen/runtime/durabletest"
)

type world struct {
	*durabletest.Env
	desk  *Desk
	forge *forge.Forge
}

func newWorld(t testing.TB) *world { return newWorldWithout(t, "nothing") }

// newWorldWithout makes a world whose forge is broken at a path.
func newWorldWithout(t testing.TB, broken string) *world {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	dir := t.TempDir()
	repo := filepath.Join(dir, "show.git")
	f := forge.New(filepath.Join(dir, "forge.db"), git.Repository{Dir: repo})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == broken {
			http.Error(w, "out of order", http.StatusInternalServerError)
			return
		}
		f.ServeHTTP(w, r)
	}))
	t.Cleanup(func() {
		server.Close()
		f.Close()
	})
	desk := NewDesk(repo, server.URL)
	return &world{Env: durabletest.New(t, Workflows(desk)[0]), desk: desk, forge: f}
}

var event = Event{Episode: "Episode-12", Title: "Programs that wait", Transcript: "88db64ebe1ddeb7041af.json"}

func (w *world) git(t testing.TB, args ...string) string {
	t.Helper()
	out, err := w.desk.repo.Run(context.Background(), args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// check requires so many pull requests, each reviewed by two, and this history of
// main, the newest commit first.
func (w *world) check(t testing.TB, pulls int, history ...string) {
	t.Helper()
	got, reviews, err := w.forge.Count(context.Background())
	if got != pulls || reviews != 2*pulls || err != nil {
		t.Errorf("%d pull requests, %d reviews, %v", got, reviews, err)
	}
	if log := w.git(t, "log", "--topo-order", "--format=%s", "main"); log != strings.Join(history, "\n") {
		t.Errorf("main is\n%s", log)
	}
}

func TestMerged(t *testing.T) {
	w := newWorld(t)
	var got, again Pull
	w.Run(event).MustSucceed(&got)
	if got.Number != 1 || got.State != StateMerged || got.Branch != "episodes/episode-12" {
		t.Errorf("got %+v", got)
	}
	page := w.git(t, "show", "main:episodes/episode-12.md")
	if !strings.HasPrefix(page, "# Programs that wait\n") || !strings.Contains(page, "4m34s") {
		t.Errorf("the page is %q", page)
	}
	w.Run(event).MustSucceed(&again)
	if again != got {
		t.Errorf("the second run gave %+v", again)
	}
	w.check(t, 1, "Merge pull request #1", "Write about Programs that wait", "Begin")
}

// TestCorrected writes another page about an episode.
func TestCorrected(t *testing.T) {
	w := newWorld(t)
	w.Run(event).MustSucceed(nil)
	corrected := event
	corrected.Title = "Programs that wait longer"
	w.Run(corrected).MustSucceed(nil)
	w.check(t, 2, "Merge pull request #2", "Write about Programs that wait longer", "Merge pull request #1", "Write about Programs that wait", "Begin")
}

func TestClosed(t *testing.T) {
	w := newWorld(t)
	w.forge.Closes = true
	for range 2 {
		w.Run(event).MustFail("Rejected", nil)
	}
	w.check(t, 1, "Begin")
	if b := w.git(t, "for-each-ref", "--format=%(refname:short)", "refs/heads"); b != "main" {
		t.Errorf("branches %q are left", b)
	}
}

func TestNoTranscript(t *testing.T) {
	w := newWorld(t)
	missing := event
	missing.Transcript = "none.json"
	w.Run(missing).MustFail("NoTranscript", nil)
}

// TestOddNames has branches of names that git would not take as they are.
func TestOddNames(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"Épisode 12", "..", "a/../b.lock", "第12集"} {
		odd := event
		odd.Episode = name
		var got Pull
		w.Run(odd).MustSucceed(&got)
		if got.State != StateMerged {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}

// TestBrokenForge has nobody to review, and then no pull request at all.
func TestBrokenForge(t *testing.T) {
	w := newWorldWithout(t, "/owners")
	var got Pull
	w.Run(event).MustSucceed(&got)
	if got.State != StateMerged {
		t.Errorf("got %+v", got)
	}
	w = newWorldWithout(t, "/pulls")
	w.Run(event).MustFail("Error", nil)
	if b := w.git(t, "for-each-ref", "--format=%(refname:short)", "refs/heads"); b != "main" {
		t.Errorf("branches %q are left", b)
	}
}

// TestLeftLock begins with locks that a killed git has left: of the branch, and of those
// that are packed, which one that is taken away is looked for in.
func TestLeftLock(t *testing.T) {
	w := newWorld(t)
	w.Run(event).MustSucceed(nil)
	old := time.Now().Add(-time.Minute)
	for _, name := range []string{"refs/heads/episodes/episode-12.lock", "packed-refs.lock"} {
		lock := filepath.Join(w.desk.repo.Dir, name)
		if err := os.WriteFile(lock, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(lock, old, old); err != nil {
			t.Fatal(err)
		}
	}
	corrected := event
	corrected.Title = "Programs that wait longer"
	w.Run(corrected).MustSucceed(nil)
	if _, err := os.Stat(filepath.Join(w.desk.repo.Dir, "packed-refs.lock")); err == nil {
		t.Error("the lock is still there")
	}
}

func TestCrashes(t *testing.T) {
	for name, closes := range map[string]bool{"merged": false, "closed": true} {
		t.Run(name, func(t *testing.T) {
			var w *world
			durabletest.EveryBoundary(t, func(t testing.TB) *durabletest.Env {
				w = newWorld(t)
				w.forge.Closes = closes
				return w.Env
			}, event, func(t testing.TB, _ *durabletest.Run) {
				if closes {
					w.check(t, 1, "Begin")
				} else {
					w.check(t, 1, "Merge pull request #1", "Write about Programs that wait", "Begin")
				}
			})
		})
	}
}
