package picture

import (
	"bytes"
	"errors"
	"image/png"
	"os"
	"strings"
	"testing"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/console"
)

func needBrowser(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("starts browsers")
	}
	if _, err := findBrowser(); errors.Is(err, ErrNoBrowser) {
		t.Skip("no Chromium; visualize/testdata/install-browser.sh installs it")
	}
}

func TestPictures(t *testing.T) {
	needBrowser(t)
	for _, text := range []string{
		"%%{init: {\"layout\": \"dagre\"}}%%\nflowchart TB\n    a[\"<b>charge</b>\"] --> b[\"thank\"]\n",
		"sequenceDiagram\n    participant a as charge\n    a->>a: thank\n",
	} {
		p, err := Draw(t.Context(), console.Mermaid(), text)
		if err != nil {
			t.Fatal(err)
		}
		if svg := string(p.SVG()); !strings.HasPrefix(svg, "<svg") || !strings.Contains(svg, "charge") || !strings.Contains(svg, "thank") {
			t.Errorf("%s", svg)
		}
		shot, err := p.PNG(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		image, err := png.Decode(bytes.NewReader(shot))
		if err != nil {
			t.Fatal(err)
		}
		size := image.Bounds().Size()
		if size.X != scale*p.width || size.Y != scale*p.height || size.X < 50 {
			t.Errorf("the PNG has %v pixels, the drawing %d × %d", size, p.width, p.height)
		}
		colors := map[[3]uint32]bool{}
		for x := range size.X {
			for y := range size.Y {
				r, g, b, _ := image.At(image.Bounds().Min.X+x, image.Bounds().Min.Y+y).RGBA()
				colors[[3]uint32{r, g, b}] = true
			}
		}
		if len(colors) < 10 {
			t.Errorf("the PNG has %d colours only: it is empty", len(colors))
		}
	}
}

func TestWhatCannotBeDrawnSaysWhy(t *testing.T) {
	needBrowser(t)
	if _, err := Draw(t.Context(), console.Mermaid(), "flowchart TB\n    a --> [\n"); err == nil || !strings.HasPrefix(err.Error(), "the diagram can't be drawn: ") {
		t.Error(err)
	}
}

func TestNoBrowser(t *testing.T) {
	t.Setenv("DURABLEGEN_CHROMIUM", "")
	t.Setenv("PATH", t.TempDir())
	old := browsers
	browsers = []string{"chromium"}
	defer func() { browsers = old }()
	if _, err := Draw(t.Context(), console.Mermaid(), "flowchart TB"); !errors.Is(err, ErrNoBrowser) {
		t.Error(err)
	}
}

func TestABrowserThatEnds(t *testing.T) {
	program := t.TempDir() + "/chromium"
	if err := os.WriteFile(program, []byte("#!/bin/sh\necho no display >&2\nexit 1\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("DURABLEGEN_CHROMIUM", program)
	if _, err := Draw(t.Context(), console.Mermaid(), "flowchart TB"); err == nil || !strings.HasSuffix(err.Error(), "has ended without a picture: no display") {
		t.Error(err)
	}
}
