// Package picture draws Mermaid text as SVG or PNG, in a browser of this machine.
//
// The browser is given a page on loopback, which has Mermaid and the text, and gives
// back what it has drawn. Nothing is fetched from elsewhere.
package picture

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"image"
	"image/png"
	"io/fs"
	"math"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/durablegen/durablegen/internal/child"
	"github.com/durablegen/durablegen/internal/words"
)

// ErrNoBrowser is the error where no browser is found.
var ErrNoBrowser = errors.New("a picture is drawn by Chromium or Chrome, and none is found; install one, or set DURABLEGEN_CHROMIUM to its program")

// browsers are the names by which Chromium and its relatives are started.
var browsers = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge",
	"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium"}

func findBrowser() (string, error) {
	if path := os.Getenv("DURABLEGEN_CHROMIUM"); path != "" {
		found, err := exec.LookPath(path)
		if err != nil {
			return "", fmt.Errorf("DURABLEGEN_CHROMIUM: %s: %w", path, words.Cause(err))
		}
		return found, nil
	}
	for _, name := range browsers {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", ErrNoBrowser
}

// maxTime is how long a browser may take.
const maxTime = 2 * time.Minute

// Picture is a diagram that a browser has drawn.
type Picture struct {
	svg           string
	width, height int
	browser       string
}

// Draw has a browser draw Mermaid text. mermaid holds Mermaid's ES module,
// `mermaid.esm.min.mjs`, with its chunks.
func Draw(ctx context.Context, mermaid fs.FS, text string) (*Picture, error) {
	browser, err := findBrowser()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, maxTime)
	defer cancel()
	var got result
	var once sync.Once
	drawn := make(chan struct{})
	script, err := json.Marshal(text)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /mermaid/", http.StripPrefix("/mermaid/", http.FileServerFS(mermaid)))
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintf(w, drawPage, script) })
	mux.HandleFunc("POST /drawn", func(w http.ResponseWriter, r *http.Request) {
		once.Do(func() {
			if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<20)).Decode(&got); err != nil {
				got.Error = err.Error()
			}
			close(drawn)
		})
	})
	address, end, err := serve(mux)
	if err != nil {
		return nil, err
	}
	defer end()
	if err = visit(ctx, browser, nil, address, drawn); err != nil {
		return nil, err
	}
	if got.Error != "" {
		return nil, fmt.Errorf("the diagram can't be drawn: %s", got.Error)
	}
	return &Picture{svg: got.SVG, width: int(math.Ceil(got.Width)), height: int(math.Ceil(got.Height)), browser: browser}, nil
}

// SVG is the picture as SVG. Its labels are HTML within, which browsers show.
func (p *Picture) SVG() []byte { return []byte(p.svg + "\n") }

// scale is how many pixels of a PNG a pixel of the drawing has.
const scale = 2

// PNG has the browser draw the picture as PNG, on white.
func (p *Picture) PNG(ctx context.Context) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, maxTime)
	defer cancel()
	dir, err := os.MkdirTemp("", "durablegen-picture-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	address, end, err := serve(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, "<!doctype html><title>%s</title><body style=\"margin:0;background:#fff\"><div style=\"width:%dpx;height:%dpx\">%s</div>", html.EscapeString("diagram"), p.width, p.height, p.svg)
	}))
	if err != nil {
		return nil, err
	}
	defer end()
	file := filepath.Join(dir, "shot.png")
	args := []string{"--screenshot=" + file, fmt.Sprintf("--window-size=%d,%d", max(p.width, 500), max(p.height, 200)+200),
		fmt.Sprintf("--force-device-scale-factor=%d", scale), "--hide-scrollbars"}
	if err := visit(ctx, p.browser, args, address, nil); err != nil {
		return nil, err
	}
	shot, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("%s has made no picture: %w", p.browser, words.Cause(err))
	}
	return crop(shot, p.width*scale, p.height*scale)
}

// crop takes the part of a screenshot that is the picture.
func crop(shot []byte, width, height int) ([]byte, error) {
	whole, err := png.Decode(bytes.NewReader(shot))
	if err != nil {
		return nil, err
	}
	part, ok := whole.(interface {
		SubImage(image.Rectangle) image.Image
	})
	if !ok {
		return shot, nil
	}
	var out bytes.Buffer
	err = png.Encode(&out, part.SubImage(image.Rect(0, 0, width, height).Intersect(whole.Bounds())))
	return out.Bytes(), err
}

type result struct {
	SVG, Error    string
	Width, Height float64
}

const drawPage = `<!doctype html><meta charset="utf-8"><title>diagram</title>
<script type="module">
const tell = (result) => fetch('drawn', {method: 'POST', body: JSON.stringify(result)});
try {
  const {default: mermaid} = await import('./mermaid/mermaid.esm.min.mjs');
  mermaid.initialize({startOnLoad: false, securityLevel: 'strict', maxTextSize: 10_000_000, maxEdges: 100_000, suppressErrorRendering: true});
  const {svg} = await mermaid.render('diagram', %s);
  const drawn = new DOMParser().parseFromString(svg, 'text/html').querySelector('svg');
  const box = drawn.viewBox.baseVal;
  drawn.setAttribute('width', box.width);
  drawn.setAttribute('height', box.height);
  drawn.removeAttribute('style');
  await tell({SVG: new XMLSerializer().serializeToString(drawn), Width: box.width, Height: box.height, Error: ''});
} catch (error) {
  await tell({SVG: '', Width: 0, Height: 0, Error: String(error && error.message || error)});
}
</script>`

// serve serves a handler on loopback, below a path that nobody can guess.
func serve(h http.Handler) (address string, end func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	secret := "/" + rand.Text()
	server := &http.Server{Handler: http.StripPrefix(secret, h), ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(l) }()
	return "http://" + l.Addr().String() + secret + "/", func() { _ = server.Close() }, nil
}

// visit starts the browser at a page, until done is closed; with none, until it has
// ended by itself.
func visit(ctx context.Context, browser string, args []string, address string, done <-chan struct{}) error {
	profile, err := os.MkdirTemp("", "durablegen-browser-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(profile)
	all := append([]string{"--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--no-proxy-server", "--user-data-dir=" + profile}, args...)
	if done != nil {
		all = append(all, "--remote-debugging-port=0") // else it ends as soon as the page is loaded
	}
	if os.Geteuid() == 0 {
		all = append(all, "--no-sandbox") // without which Chromium refuses to run as root
	}
	cmd := exec.Command(browser, append(all, address)...)
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := child.Start(cmd); err != nil {
		return fmt.Errorf("%s: %w", browser, words.Cause(err))
	}
	ended := make(chan error, 1)
	go func() { ended <- child.Wait(cmd) }()
	select {
	case <-done:
		child.Kill(cmd)
		<-ended
		return nil
	case err := <-ended:
		if done == nil && err == nil {
			return nil
		}
		return fmt.Errorf("%s has ended without a picture: %s", browser, lastLine(said.String()))
	case <-ctx.Done():
		child.Kill(cmd)
		<-ended
		return fmt.Errorf("%s has drawn nothing in time: %w", browser, ctx.Err())
	}
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}
