package console

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/browsertest"
)

// Two executions that are chosen in the list stand side by side, with what differs marked; and one
// of them runs again from an operation on.
func TestCompareAndRunAgainInTheBrowser(t *testing.T) {
	f := serve(t)
	first := f.start("order", "first", "5")
	f.start("order", "second", "7")
	f.idle()
	f.engine.Advance(time.Hour)
	f.idle()
	callbacks, err := f.engine.OpenCallbacks(t.Context(), first)
	if err != nil || len(callbacks) != 1 {
		t.Fatal(callbacks, err)
	}
	granted := `{"granted": true}`
	if err := f.engine.CallbackSucceed(t.Context(), callbacks[0].CallbackID, &granted); err != nil {
		t.Fatal(err)
	}
	f.idle()
	p := browse(t, f)
	p.Await("document.querySelectorAll('.pick').length === 2")
	p.Do(chromedp.Click("tbody tr:nth-child(2) .pick"), chromedp.Click("tbody tr:nth-child(1) .pick"), chromedp.Click(".count-line button:not([aria-haspopup])"))
	p.Await("location.pathname === '/compare' && document.querySelectorAll('.sides svg g.differs').length >= 2")
	p.Await("[...document.querySelectorAll('.sides h2 a')].map((e) => e.textContent).join() === 'first,second'")
	p.Await("[...document.querySelectorAll('.pair .what .name')].map((e) => e.textContent).join() === 'charge,approve'")
	p.Await("[...document.querySelectorAll('.pair .why')].map((e) => e.textContent).join('; ') === 'differ: result; differ: state, result'")
	p.Do(chromedp.Click(".check input"))
	p.Await("document.querySelectorAll('.pair').length === 3 && location.search.includes('all=1')")
	browsertest.Eval[bool](p, "(window.before = true, location.reload() === undefined)")
	p.Await("!window.before && document.querySelectorAll('.pair').length === 3")

	// The first again, from its callback on: what came before is on record.
	p.Do(chromedp.Click(".sides h2 a"))
	p.Await("document.querySelectorAll('#part-timeline .op').length === 3")
	p.Do(chromedp.Click("#part-timeline .row:last-child"))
	p.Await("document.querySelector('aside.side h2')?.textContent === 'approve'")
	p.Do(chromedp.Click("aside.side .buttons button"))
	p.Await("document.querySelector('dialog')")
	p.Do(chromedp.Click("dialog button[value=yes]"))
	p.Await("document.querySelector('h1').textContent === 'first-rerun' && document.querySelectorAll('#part-timeline .op.copied').length === 2")
	p.Await(browsertest.Has("what had ended before is its record"))
	p.Await("document.querySelector('.wait.w-answer form.answer')")
	x := f.find("first-rerun")
	if x.Repeats == nil || x.Repeats.ARN != first || x.Repeats.From != "approve" {
		t.Errorf("it is %+v", x.Repeats)
	}
}
