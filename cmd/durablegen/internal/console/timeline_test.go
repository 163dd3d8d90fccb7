package console

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/browsertest"
)

// The timeline has an axis, and a part of it can be looked at by button, key, wheel and mouse; the
// page's address holds what is shown, and the operation that is open.
func TestTimelineInTheBrowser(t *testing.T) {
	f := serve(t)
	arn := f.start("order", "timeline", "5")
	f.idle()
	f.engine.Advance(time.Hour)
	f.idle()
	f.engine.Advance(3 * time.Minute)
	callbacks, err := f.engine.OpenCallbacks(t.Context(), arn)
	if err != nil || len(callbacks) != 1 {
		t.Fatal(callbacks, err)
	}
	granted := `{"granted": true}`
	if err := f.engine.CallbackSucceed(t.Context(), callbacks[0].CallbackID, &granted); err != nil {
		t.Fatal(err)
	}
	f.idle()
	p := browse(t, f)
	p.Await("document.querySelector('table.list tbody tr')")
	open := func(more string) {
		browsertest.Eval[bool](p, "location.assign('"+executionPath("/execution", arn)+more+"') === undefined")
		p.Await("document.querySelector('.title .status').innerText.includes('succeeded') && document.querySelectorAll('.axis .tick').length >= 2")
	}
	labels := "[...document.querySelectorAll('.axis .tick')].map((e) => e.textContent)"
	open("")
	p.Await(labels + ".every((l) => l === '0' || l.startsWith('+'))")
	p.Await("document.querySelectorAll('.lines i').length === document.querySelectorAll('.axis .tick').length")
	p.Do(chromedp.Click(`button[title^="Times of day"]`))
	p.Await(labels + ".every((l) => /^([+]1d )?[0-9][0-9]:[0-9][0-9]/.test(l)) && location.search.includes('times=utc')")

	// A part of it, by the buttons, by keys, and by the wheel and the mouse.
	zoomed := "new URLSearchParams(location.search).get('zoom')"
	p.Do(chromedp.Click(`button[aria-label="look closer"]`))
	p.Await(zoomed + " !== null")
	first := browsertest.Eval[string](p, zoomed)
	p.Do(chromedp.Focus(".timeline .rows"), chromedp.KeyEvent("+"))
	p.Await(zoomed + " !== '" + first + "'")
	second := browsertest.Eval[string](p, zoomed)
	p.Do(chromedp.KeyEvent(kb.ArrowRight))
	p.Await(zoomed + " !== '" + second + "'")
	p.Do(chromedp.KeyEvent("0"))
	p.Await(zoomed + " === null")
	browsertest.Eval[bool](p, "document.querySelector('.axis').dispatchEvent(new WheelEvent('wheel', {ctrlKey: true, deltaY: -1, bubbles: true, cancelable: true, clientX: 900})) || true")
	p.Await(zoomed + " !== null")
	browsertest.Eval[bool](p, "document.querySelector('.axis').dispatchEvent(new MouseEvent('dblclick'))")
	p.Await(zoomed + " === null")

	// Its end has the callback alone in sight; so it has when the page is opened anew.
	open("&zoom=3601000,3780000&operation=approve")
	p.Await("document.querySelectorAll('.timeline .op').length === 3 && document.querySelectorAll('.timeline .op .track .bar').length === 1")
	p.Await("document.querySelector('.side').hidden === false && document.querySelector('.side h2').textContent === 'approve'")
	p.Do(chromedp.KeyEvent(kb.Escape))
	p.Await("document.querySelector('.side').hidden && !location.search.includes('operation=') && location.search.includes('zoom=')")
}
