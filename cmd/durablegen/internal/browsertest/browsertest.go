// Package browsertest is for tests of pages: it opens them in a browser of this machine, and
// fails the test with whatever a page complains of.
package browsertest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Page is a page in a browser.
type Page struct {
	T   testing.TB
	Ctx context.Context // of the browser's tab
}

// Open opens a page in a browser of its own. What the page complains of fails the test, but for network errors while forgives, which may be nil, is true.
func Open(t testing.TB, address string, forgives func() bool) Page {
	t.Helper()
	ctx := Start(t)
	var mu sync.Mutex
	var complaints []string
	complain := func(format string, args ...any) {
		mu.Lock()
		complaints = append(complaints, fmt.Sprintf(format, args...))
		mu.Unlock()
	}
	err := chromedp.Listen(ctx, func(ev any) {
		switch e := ev.(type) {
		case *runtime.EventExceptionThrown:
			complain("exception: %s %s", e.ExceptionDetails.Text, e.ExceptionDetails.Exception.Description)
		case *log.EventEntryAdded: // what a policy refused is among them
			if forgives != nil && forgives() && e.Entry.Source == log.EntrySourceNetwork {
				return
			}
			complain("%s: %s %s", e.Entry.Level, e.Entry.Text, e.Entry.URL)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		mu.Lock()
		defer mu.Unlock()
		for _, c := range complaints {
			t.Error("the page: " + c)
		}
	})
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1300, 1000), chromedp.Navigate(address)); err != nil {
		t.Fatal(err)
	}
	return Page{t, ctx}
}

// Start starts a browser, and gives the context of its tab; the test is skipped where there is
// none.
func Start(t testing.TB) context.Context {
	t.Helper()
	if testing.Short() {
		t.Skip("a browser takes its time")
	}
	chromium := os.Getenv("DURABLEGEN_CHROMIUM")
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil && chromium == "" {
			chromium = found
		}
	}
	if chromium == "" {
		t.Skip("there is no Chromium")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if _, err := chromedp.Call(ctx, log.Enable, cdp.Empty{}); err != nil { // it starts with the first call, and ends with the context of that
		t.Fatal(err)
	}
	return ctx
}

// Do carries out steps, one after the other.
func (p Page) Do(steps ...chromedp.Action[chromedp.Void]) {
	p.T.Helper()
	ctx, cancel := context.WithTimeout(p.Ctx, 2*time.Minute)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.T.Fatalf("%v\n%s", err, p.Text())
	}
}

// Eval gives the value of an expression, or of the promise that it is.
func Eval[T any](p Page, expression string) T {
	p.T.Helper()
	v, err := chromedp.Run(p.Ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		p.T.Fatalf("%s: %v", expression, err)
	}
	return v
}

// Text gives what the page shows.
func (p Page) Text() string {
	v, _ := chromedp.Run(p.Ctx, chromedp.Evaluate[string]("document.body.innerText"))
	return v
}

// Await waits until an expression is true. The page itself looks, so that nothing is
// missed and nobody sleeps; a page that is left in the meantime hands over to the next.
func (p Page) Await(expression string) {
	p.T.Helper()
	ctx, cancel := context.WithTimeout(p.Ctx, 2*time.Minute)
	defer cancel()
	look := fmt.Sprintf(`new Promise((done) => {
		const look = () => { try { if (%s) return done(true); } catch { /* not yet */ } setTimeout(look, 10); };
		look();
	})`, expression)
	for {
		_, err := chromedp.Run(ctx, chromedp.Evaluate[bool](look, chromedp.EvalAwaitPromise))
		if err == nil {
			return
		}
		if ctx.Err() != nil {
			p.T.Fatalf("never true: %s\n%s", expression, p.Text())
		}
	}
}

// Fill replaces what is in a field.
func (p Page) Fill(selector, text string) {
	p.T.Helper()
	Eval[bool](p, fmt.Sprintf("((field) => { field.value = %q; return field.dispatchEvent(new Event('input', {bubbles: true})); })(document.querySelector(%q))", text, selector))
}

// Shot writes what the page shows to NAME.png in the folder that DURABLEGEN_SHOTS names, for
// somebody to look at; nowhere if it is not set.
func (p Page) Shot(name string) {
	p.T.Helper()
	dir := os.Getenv("DURABLEGEN_SHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(p.Ctx, chromedp.CaptureScreenshot())
	if err != nil {
		p.T.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600); err != nil {
		p.T.Fatal(err)
	}
}

// Has is the expression that is true where the page shows a text.
func Has(text string) string { return fmt.Sprintf("document.body.innerText.includes(%q)", text) }
