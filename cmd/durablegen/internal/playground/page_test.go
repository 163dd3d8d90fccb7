package playground_test

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/browsertest"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/console"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/playground"
	"github.com/durablegen/durablegen/runtime/engine"
)

// The page as static files, with the compiler in the browser.
func TestStaticPage(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds the compiler for WebAssembly")
	}
	dir := filepath.Join(t.TempDir(), "page")
	if err := playground.Export(t.Context(), dir, console.Assets()); err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(http.FileServer(http.Dir(dir)))
	t.Cleanup(s.Close)
	use(t, s.URL+"/", "static")
}

// The page of the console, whose server compiles.
func TestPageOfTheConsole(t *testing.T) {
	e, err := engine.New(engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	s := httptest.NewUnstartedServer(nil)
	c, err := console.Serve(s.Listener, console.Options{Engine: e})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	link := c.Link()
	i := len("http://") + len(s.Listener.Addr().String())
	use(t, link[:i]+"/playground"+link[i:], "console")
}

// use does what a visitor does.
func use(t *testing.T, address, name string) {
	p := browsertest.Open(t, address, nil)
	p.Await(browsertest.Has("compiled"))
	p.Await("document.querySelector('.diagram svg')")
	if n := browsertest.Eval[int](p, "document.querySelectorAll('#example option').length"); n < 12 {
		t.Errorf("the menu has %d entries", n)
	}
	browsertest.Eval[bool](p, "(example => { example.value = 'foodorder'; return example.dispatchEvent(new Event('change')); })(document.getElementById('example'))")
	p.Await("document.querySelector('#tabs')?.textContent.includes('fulfilOrder') && document.querySelector('.diagram svg')?.textContent.includes('saveOrder')")
	p.Await("document.querySelectorAll('#colours .keyword').length > 100")
	if !browsertest.Eval[bool](p, "document.getElementById('colours').textContent === document.getElementById('text').value + '\\n'") {
		t.Error("the colours lie over another text")
	}
	p.Shot(name + "-light")

	// The cursor lights its node, a node leads to its text.
	browsertest.Eval[bool](p, `(() => {
		const text = document.getElementById('text'), at = text.value.indexOf('payment := step charge');
		text.focus(); text.setSelectionRange(at + 3, at + 3); return true;
	})()`)
	p.Await("document.querySelector('.diagram .chosen')?.textContent.includes('charge')")
	browsertest.Eval[bool](p, "[...document.querySelectorAll('.diagram g.node')].find((e) => e.textContent.includes('askRestaurant')).dispatchEvent(new MouseEvent('click', {bubbles: true}))")
	p.Await("(text => text.value.slice(text.selectionStart, text.selectionEnd) === 'reply := call askRestaurant(order)')(document.getElementById('text'))")

	// The colours stay with the text while it is typed.
	browsertest.Eval[bool](p, `(() => {
		const text = document.getElementById('text'), at = text.value.indexOf('workflow fulfilOrder');
		const count = () => document.querySelectorAll('#colours .keyword').length, before = count();
		text.setRangeText('// typed\n', at, at, 'end');
		text.dispatchEvent(new Event('input'));
		window.kept = count() === before && document.getElementById('colours').textContent === text.value + '\n'
			&& [...document.querySelectorAll('#colours .keyword')].every((e) => /^[a-z]+$/.test(e.textContent));
		return true;
	})()`)
	if !browsertest.Eval[bool](p, "kept") {
		t.Error("the colours are gone, or elsewhere, until the text is compiled")
	}

	// Go, then a mistake: what there was stays, and the problem leads to its place.
	browsertest.Eval[bool](p, "([...document.querySelectorAll('#tabs button')].find((b) => b.textContent === 'steps.go').click(), true)")
	p.Await("document.getElementById('go').textContent.includes('func (')")
	p.Shot(name + "-go")
	browsertest.Eval[bool](p, `(() => {
		const text = document.getElementById('text');
		text.value = text.value.replace('step saveOrder(order)\n', 'step saveOrdr(order)\n');
		return text.dispatchEvent(new Event('input'));
	})()`)
	p.Await(browsertest.Has("saveOrdr"))
	p.Await("document.querySelector('#colours .wrong') && document.querySelector('#pane.stale #go')")
	p.Do(chromedp.Click("#problems button"))
	p.Await("(text => text.value.slice(text.selectionStart, text.selectionEnd) === 'saveOrdr')(document.getElementById('text'))")
	browsertest.Eval[bool](p, "(document.documentElement.style.colorScheme = 'dark', true)")
	p.Shot(name + "-mistake-dark")

	// A link carries the text.
	browsertest.Eval[bool](p, `(() => {
		const text = document.getElementById('text');
		text.value = 'flow 1\n\npackage linked\n\nstep say(text string)  idempotent\n\nworkflow linked() {\n    step say("é 😀")\n}\n';
		return text.dispatchEvent(new Event('input'));
	})()`)
	p.Await("document.querySelector('#tabs').textContent.includes('linked')")
	p.Do(chromedp.Click("#link"))
	p.Await("location.hash.startsWith('#text=')")
	p.Do(chromedp.Reload())
	p.Await("document.getElementById('text').value.includes('é 😀') && document.querySelector('.diagram svg')?.textContent.includes('linked')")
	browsertest.Eval[bool](p, "(location.hash = '#text=damaged', true)")
	p.Await(browsertest.Has("The link is damaged"))
}
