package media

import (
	"bytes"
	"context"
	"image"
	_ "image/jpeg"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/durablegen/durablegen/examples/media/site"
	"github.com/durablegen/durablegen/runtime/durable"
	"github.com/durablegen/durablegen/runtime/durabletest"
	"github.com/durablegen/durablegen/runtime/flow"
)

type world struct {
	*durabletest.Env
	site *site.Site
	dir  string
}

func newWorld(t testing.TB) *world {
	s := site.New(filepath.Join(t.TempDir(), "site.db"))
	server := httptest.NewServer(s)
	t.Cleanup(func() {
		server.Close()
		s.Close()
	})
	dir := t.TempDir()
	byName := map[string]*durable.Function{}
	for _, f := range Workflows(NewStudio(dir, server.URL)) {
		byName[f.Definition().Name] = f
	}
	env := durabletest.New(t, byName["publish"]).Serve(byName["findColors"])
	return &world{Env: env, site: s, dir: dir}
}

func upload(id, picture string) Upload {
	return Upload{ID: id, Picture: picture, Alt: map[string]string{"en": "Hills"}, Meta: flow.JSON(`{"author": "Ada"}`)}
}

// check requires so many files in the studio, the uploads included, and so many
// submissions and files at the publisher.
func (w *world) check(t testing.TB, files, submissions, published int) {
	t.Helper()
	all, err := os.ReadDir(w.dir)
	if len(all) != files || err != nil {
		t.Errorf("the studio has %d files, want %d, %v", len(all), files, err)
	}
	s, f, err := w.site.Count(context.Background())
	if s != submissions || f != published || err != nil {
		t.Errorf("the publisher has %d submissions and %d files, want %d and %d, %v", s, f, submissions, published, err)
	}
}

func TestPublished(t *testing.T) {
	w := newWorld(t)
	var got Published
	w.Run(upload("up-1", "landscape.jpg")).MustSucceed(&got)
	if len(got.Renditions) != 3 || got.Missing != 1 || len(got.URLs) != 2 || got.Alt != "Hills" || got.Credit != "Ada" {
		t.Fatalf("got %+v", got)
	}
	for _, r := range got.Renditions {
		data, err := os.ReadFile(filepath.Join(w.dir, r.File))
		if err != nil {
			t.Fatal(err)
		}
		img, format, err := image.Decode(bytes.NewReader(data))
		if err != nil || format != "jpeg" || img.Bounds().Dx() != r.Width || img.Bounds().Dy() != r.Height || len(data) != r.Bytes {
			t.Errorf("%s is not what the result says: %+v, %v", r.File, r, err)
		}
	}
	if preview, _, err := image.Decode(bytes.NewReader(got.Colors.Preview)); err != nil || preview.Bounds().Dx() != previewWidth {
		t.Errorf("the preview can't be shown: %v", err)
	}
	if got.Colors.Average == "" || got.Colors.Brightness <= 0 || got.Colors.Brightness >= 1 {
		t.Errorf("colors %+v", got.Colors)
	}
	w.check(t, 4, 1, 3)
}

// TestAbsent knows nothing of the picture.
func TestAbsent(t *testing.T) {
	w := newWorld(t)
	unknown := upload("up-1", "landscape.jpg")
	unknown.Alt, unknown.Meta = map[string]string{}, flow.JSON(`null`)
	var got Published
	w.Run(unknown).MustSucceed(&got)
	if got.Alt != "landscape.jpg" || got.Credit != "unknown" {
		t.Errorf("got %+v", got)
	}
}

func TestFailures(t *testing.T) {
	t.Run("no such upload", func(t *testing.T) {
		newWorld(t).Run(upload("up-1", "nothing.jpg")).MustFail("Unreadable", nil)
	})
	t.Run("too small", func(t *testing.T) {
		w := newWorld(t)
		var small TooSmallError
		w.Run(upload("up-1", "stamp.png")).MustFail("TooSmall", &small)
		if small.Width != 200 {
			t.Errorf("the error says %d", small.Width)
		}
		w.check(t, 1, 0, 0)
	})
	t.Run("rejected", func(t *testing.T) {
		w := newWorld(t)
		w.site.Reject(true)
		w.Run(upload("up-1", "landscape.jpg")).MustFail("NotPublished", nil)
		w.check(t, 1, 0, 0)
	})
	t.Run("rejected after another upload of the picture", func(t *testing.T) {
		w := newWorld(t)
		w.Run(upload("up-1", "landscape.jpg")).MustSucceed(nil)
		w.site.Reject(true)
		w.Run(upload("up-2", "landscape.jpg")).MustFail("NotPublished", nil)
		w.check(t, 4, 1, 3)
	})
}

func TestCrashes(t *testing.T) {
	if testing.Short() {
		t.Skip("scales a picture some hundred times")
	}
	for name, rejects := range map[string]bool{"published": false, "rejected": true} {
		t.Run(name, func(t *testing.T) {
			var w *world
			durabletest.EveryBoundary(t, func(t testing.TB) *durabletest.Env {
				w = newWorld(t)
				w.site.Reject(rejects)
				// The address of the publisher is another one each time.
				return w.ResultVaries()
			}, upload("up-1", "sunset.png"), func(t testing.TB, _ *durabletest.Run) {
				if rejects {
					w.check(t, 1, 0, 0)
				} else {
					w.check(t, 3, 1, 2)
				}
			})
		})
	}
}
