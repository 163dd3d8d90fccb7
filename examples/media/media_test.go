package media

import (
	"image"
	_ "image/jpeg"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/durablegen/durablegen/examples/media/site"
	"github.com/durablegen/durablegen/runtime/durable"
	"github.com/durablegen/durablegen/runtime/durabletest"
)

type world struct {
	*durabletest.Env
	site *site.Site
	dir  string
}

func newWorld(t testing.TB) *world {
	s := &site.Site{}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	dir := t.TempDir()
	byName := map[string]*durable.Function{}
	for _, f := range Workflows(NewStudio(dir, server.URL)) {
		byName[f.Definition().Name] = f
	}
	env := durabletest.New(t, byName["publish"]).Serve(byName["findColors"])
	return &world{Env: env, site: s, dir: dir}
}

var landscape = Upload{ID: "up-1", Picture: "landscape.jpg"}

func TestPublished(t *testing.T) {
	w := newWorld(t)
	var got Published
	w.Run(landscape).MustSucceed(&got)
	if len(got.Renditions) != 3 || got.Missing != 1 {
		t.Fatalf("%d renditions, %d missing", len(got.Renditions), got.Missing)
	}
	for _, r := range got.Renditions {
		f, err := os.Open(filepath.Join(w.dir, r.File))
		if err != nil {
			t.Fatal(err)
		}
		config, format, err := image.DecodeConfig(f)
		f.Close()
		if err != nil || format != "jpeg" || config.Width != r.Width || config.Height != r.Height {
			t.Errorf("%s is a %s of %d×%d (%v), not what the result says: %+v", r.File, format, config.Width, config.Height, err, r)
		}
	}
	if got.Colors.Average == "" || got.Colors.Brightness <= 0 || got.Colors.Brightness >= 1 {
		t.Errorf("colors %+v", got.Colors)
	}
}

func TestFailures(t *testing.T) {
	t.Run("no such upload", func(t *testing.T) {
		w := newWorld(t)
		w.Run(Upload{ID: "up-2", Picture: "nothing.jpg"}).MustFail("Unreadable", nil)
	})
	t.Run("rejected", func(t *testing.T) {
		w := newWorld(t)
		w.site.Rejects = true
		w.Run(landscape).MustFail("NotPublished", nil)
		w.onlyTheUpload(t)
	})
}

// onlyTheUpload requires that the renditions are gone again.
func (w *world) onlyTheUpload(t testing.TB) {
	t.Helper()
	files, err := os.ReadDir(w.dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 1 {
		t.Errorf("%d files are left, want the upload alone", len(files))
	}
}

func TestCrashes(t *testing.T) {
	if testing.Short() {
		t.Skip("scales the picture some eighty times")
	}
	t.Run("published", func(t *testing.T) {
		durabletest.EveryBoundary(t, func(t testing.TB) *durabletest.Env { return newWorld(t).Env }, landscape, nil)
	})
	t.Run("rejected", func(t *testing.T) {
		var w *world
		durabletest.EveryBoundary(t, func(t testing.TB) *durabletest.Env {
			w = newWorld(t)
			w.site.Rejects = true
			return w.Env
		}, landscape, func(t testing.TB, _ *durabletest.Run) { w.onlyTheUpload(t) })
	})
}
