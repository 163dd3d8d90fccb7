package console

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/browsertest"
)

// TestAxeFindsNothing has axe-core look at every page, with what can be opened there, in both
// themes and at two widths.
func TestAxeFindsNothing(t *testing.T) {
	axe := axeCore(t)
	f := serve(t)
	f.start("order", "waits", "5")
	f.start("many", "ended", "3")
	refused := f.start("order", "refused", "5")
	f.idle()
	f.engine.Advance(2 * time.Hour)
	f.idle()
	callbacks, err := f.engine.OpenCallbacks(t.Context(), refused)
	if err != nil || len(callbacks) != 1 {
		t.Fatal(callbacks, err)
	}
	if _, err := f.engine.Stop(t.Context(), refused, nil); err != nil {
		t.Fatal(err)
	}
	p := browse(t, f)
	look := func(what string) {
		t.Helper()
		for _, theme := range []string{"light", "dark"} {
			for _, width := range []int64{1300, 700} {
				_, err := chromedp.Call(p.Ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}, {Name: "prefers-reduced-motion", Value: "reduce"}}})
				if err != nil {
					t.Fatal(err)
				}
				p.Do(chromedp.EmulateViewport(width, 1000))
				for _, v := range violations(p, axe) {
					t.Errorf("%s, %s, %d px: %s", what, theme, width, v)
				}
				if wide := browsertest.Eval[int](p, "document.documentElement.scrollWidth"); wide > int(width) {
					t.Errorf("%s, %s: it is %d px wide at %d px", what, theme, wide, width)
				}
			}
		}
	}
	click := func(selector, then string) {
		t.Helper()
		p.Do(chromedp.Click(selector))
		p.Await(then)
	}
	p.Await("document.querySelectorAll('table.list tbody tr').length === 3")
	f.opts.Programs.State("desk", "program `desk` ended: exit status 3\nit ends again and again", true)
	f.opts.Programs.Line("desk", "panic: no money")
	p.Await("!document.querySelector('#programs').hidden")
	look("the list")
	click("#help", "document.querySelector('dialog')")
	look("the keys")
	click("dialog button", "!document.querySelector('dialog')")
	click(".more-filters summary", "document.querySelector('#filter-input').checkVisibility()")
	look("the list, with what is looked for in the data")
	click(".count-line button[aria-haspopup]", "document.querySelector('dialog select')")
	browsertest.Eval[bool](p, "((e) => { e.value = 'stop'; return e.dispatchEvent(new Event('change')); })(document.querySelector('dialog select'))")
	p.Await("document.querySelector('dialog .preview li')")
	look("acting on many")
	click("dialog button[value=no]", "!document.querySelector('dialog')")
	click(`nav a[href="/numbers"]`, "document.querySelectorAll('table.numbers td').length > 20")
	look("the numbers")
	click(`nav a[href="/programs"]`, "document.querySelector('.program pre')")
	look("the programs")
	click(`nav a[href="/start"]`, "document.querySelector('#workflow')")
	look("the start form")
	p.Do(chromedp.Navigate(f.base + executionPath("/execution", f.find("waits").ARN)))
	p.Await("document.querySelector('.diagram svg g.look-waiting .badge') && document.querySelector('.w-answer form.answer')")
	look("an execution that waits")
	click("#part-timeline .row", "!document.querySelector('aside.side').hidden && document.querySelector('aside.side .payload')")
	look("an operation")
	click("#tab-events", "document.querySelector('#part-events .row')")
	look("its events")
	click(".head button:nth-of-type(2)", "document.querySelector('dialog .commands')")
	look("its commands")
	p.Do(chromedp.Navigate(f.base + executionPath("/execution", refused)))
	p.Await("document.querySelector('.title .status')?.innerText.includes('stopped')")
	look("an execution that was stopped")
	click("#part-timeline .row", "!document.querySelector('aside.side').hidden && document.querySelector('aside.side .payload')")
	click(`button[aria-label="look closer"]`, "location.search.includes('zoom=')")
	click("aside.side .buttons button", "document.querySelector('dialog')")
	look("running again from an operation on")
	click("dialog button[value=no]", "!document.querySelector('dialog')")
	browsertest.Eval[bool](p, "document.querySelector('.head button:nth-of-type(1)').click() === undefined") // it may be below the page's head
	p.Await("document.querySelector('dialog select')")
	look("what to compare with")
	click("dialog button[value=yes]", "document.querySelector('.sides svg g.differs') && document.querySelector('.pair')")
	look("two executions side by side")
}

// violations gives what axe-core finds on a page.
func violations(p browsertest.Page, axe string) []string {
	p.T.Helper()
	browsertest.Eval[bool](p, "window.axe ? true : ("+axe+", true)")
	var found []string
	text := browsertest.Eval[string](p, `axe.run(document, {resultTypes: ['violations']}).then((r) => JSON.stringify(r.violations.map((v) => v.id + ': ' + v.help + '\n' + v.nodes.slice(0, 4).map((n) => '    ' + n.html.slice(0, 160) + '\n      ' + n.failureSummary.split('\n').slice(1, 3).join(';')).join('\n'))))`)
	if err := json.Unmarshal([]byte(text), &found); err != nil {
		p.T.Fatal(err)
	}
	return found
}

// axeCore gives the text of axe.min.js: that of DURABLEGEN_AXE, or what
// visualize/testdata/install-browser.sh installs.
func axeCore(t *testing.T) string {
	path := os.Getenv("DURABLEGEN_AXE")
	if cache, err := os.UserCacheDir(); path == "" && err == nil {
		path = filepath.Join(cache, "durablegen/axe/node_modules/axe-core/axe.min.js")
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Skip("there is no axe-core")
	}
	return "(() => {" + string(text) + "\n})()"
}
