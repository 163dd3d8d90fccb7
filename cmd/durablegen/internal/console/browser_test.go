package console

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/browsertest"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/payload"
)

// browse opens a console in a browser.
func browse(t *testing.T, f *fixture) browsertest.Page {
	t.Helper()
	return browsertest.Open(t, f.Link(), func() bool { return f.restarted }) // nobody answered for a while
}

// TestAnExecutionInTheBrowser starts an execution, watches it, skips its wait, answers
// its callback, and sees it end, with a name and payloads that try to become markup.
func TestAnExecutionInTheBrowser(t *testing.T) {
	f := serve(t)
	f.opts.Name = "5f0c8d.localhost" // as dev gives it
	p := browse(t, f)

	p.Await(browsertest.Has("No execution has been started yet"))
	if host := browsertest.Eval[string](p, "location.hostname"); host != f.opts.Name {
		t.Errorf("it was opened at %s", host)
	}
	p.Await("!location.search.includes('token')")
	p.Do(chromedp.Click(`a[href="/start"]`))
	p.Await("document.querySelector('#workflow')")
	browsertest.Eval[bool](p, "(document.querySelector('#workflow').value = 'order', document.querySelector('#workflow').dispatchEvent(new Event('change')), true)")
	p.Await(browsertest.Has("order(cents int) string"))
	p.Do(chromedp.SendKeys("#name", "in-the-browser"))
	input := ".value-form input"
	p.Fill(input, "five")
	p.Await("document.querySelector('.problems')")
	p.Fill(input, "5")
	p.Do(chromedp.Click("form.start button[type=submit]"))

	// It waits: the diagram says so, and the sentence.
	p.Await("location.pathname === '/execution'")
	p.Await("document.querySelector('.diagram svg g.look-waiting .badge')")
	p.Await("document.querySelector('.sentence').innerText.startsWith('It waits at')")
	p.Await("document.querySelector('.diagram svg g.look-ok .badge').textContent === '✓'")
	p.Await("document.querySelector('.diagram svg path.way-taken') && document.querySelector('.diagram svg path.way-pale')")
	drawn := browsertest.Eval[string](p, "(window.kept = document.querySelector('.diagram svg')).id")

	// The diagram is one stop for the Tab key; arrows move in it as it is read.
	p.Do(chromedp.Focus(`.diagram svg [tabindex="0"]`), chromedp.KeyEvent(kb.ArrowDown))
	p.Await("document.activeElement.ariaLabel === 'charge: succeeded' && document.querySelectorAll('.diagram svg [tabindex=\"0\"]').length === 1")

	// The wait is skipped; asked for, because it is long.
	p.Do(chromedp.Click(".wait.w-time .buttons button"))
	p.Do(chromedp.Click("dialog button[value=yes]"))
	p.Await("document.querySelector('.wait.w-answer form.answer')")
	p.Await("/^clock 1 h( 1 s)? ahead$|^clock 59 m [0-9]+ s ahead$/.test(document.querySelector('#ahead').textContent)")

	// The form is made from the callback's type; what is wrong is told.
	p.Await(browsertest.Has("answered with"))
	p.Do(chromedp.Click(".w-answer form:not([hidden]) .switch button:last-child"))
	area := ".w-answer form:not([hidden]) .value-form textarea"
	if begun := browsertest.Eval[string](p, "document.querySelector('"+area+"').value"); strings.Contains(begun, "false") {
		t.Errorf("the answer begins with a choice that nobody has made: %s", begun)
	}
	p.Fill(area, `{"granted": 1}`)
	p.Do(chromedp.Click(".w-answer form:not([hidden]) button[type=submit]"))
	p.Await("document.querySelector('.w-answer .problems')")
	p.Fill(area, `{"granted": true, "by": "<b>Olga</b>"}`)
	p.Do(chromedp.Click(".w-answer form:not([hidden]) button[type=submit]"))

	// It ends, and the same drawing has other colours.
	p.Await("document.querySelector('.title .status').innerText.includes('succeeded')")
	p.Await("!document.querySelector('.diagram svg g.look-waiting') && document.querySelectorAll('.diagram svg g.look-ok').length >= 3")
	p.Await("document.querySelectorAll('.diagram svg path.way-taken').length >= 3")
	if same := browsertest.Eval[bool](p, "window.kept === document.querySelector('.diagram svg')"); !same {
		t.Errorf("the diagram %s was drawn again", drawn)
	}
	p.Await(browsertest.Has("<b>Olga</b>"))
	p.Await(browsertest.Has("<img src=x onerror="))
	if strange := browsertest.Eval[string](p, "[...document.querySelectorAll('main img, main script, main iframe, main a[href^=javascript]')].map((e) => e.outerHTML).join()"); strange != "" || strings.Contains(browsertest.Eval[string](p, "document.title"), "owned") {
		t.Errorf("text became markup: %s", strange)
	}

	// The list follows, too, and its filters are in its address.
	p.Do(chromedp.Click(".crumbs a"))
	p.Await("document.querySelector('td .s-succeeded')")
	f.start("many", "meanwhile", "3")
	p.Await(browsertest.Has("meanwhile"))
	p.Do(chromedp.SendKeys("#filter-name", "brow"))
	p.Await("location.search === '?name=brow' && document.querySelectorAll('table.list tbody tr').length === 1")
	p.Do(chromedp.Click(".more-filters summary"))
	p.Do(chromedp.SendKeys("#filter-result", "olga"))
	p.Await("location.search === '?name=brow&result=olga' && document.querySelectorAll('table.list tbody tr').length === 1")
	p.Do(chromedp.SendKeys("#filter-result", "?"))
	p.Await(browsertest.Has("No execution matches"))
	browsertest.Eval[bool](p, "location.assign('/?why=answer') === undefined")
	f.start("order", "asked-for", "5")
	f.idle()
	f.engine.Advance(2 * time.Hour)
	p.Await("[...document.querySelectorAll('td.stands')].map((e) => e.textContent).join() === 'approve'")
}

// TestFormsKeepValues: what a form is given, it gives back, of every type; and what it
// adds holds no choice that nobody has made.
func TestFormsKeepValues(t *testing.T) {
	p := browse(t, serve(t))
	p.Await("document.querySelector('#filter-name')")
	for _, test := range []struct{ name, typ, value, added string }{
		{"string", `{"kind": "string"}`, `"<b>é</b>\n\"quoted\""`, ""},
		{"int", `{"kind": "int"}`, `-12`, ""},
		{"float", `{"kind": "float"}`, `0.1`, ""},
		{"a number of many digits", `{"kind": "int"}`, `9007199254740993`, ""},
		{"a number as it is written", `{"kind": "list", "elem": {"kind": "float"}}`, `[1.0, 1e5, -0, 1.50E+2, 0.1000]`, ""},
		{"members in their order", `{"kind": "map", "elem": {"kind": "float"}}`, `{"2": 1.0, "1": 9007199254740993, "__proto__": 1e5}`, ""},
		{"no number where one is wanted", `{"kind": "int"}`, `"5"`, ""},
		{"no text where one is wanted", `{"kind": "record", "fields": [{"name": "a", "type": {"kind": "string"}}]}`, `{"a": [1.0, null]}`, ""},
		{"a value that the enum lacks", `{"kind": "enum", "name": "Mood", "values": ["happy", "sad"]}`, `"glad"`, ""},
		{"bool", `{"kind": "bool"}`, `true`, ""},
		{"bytes", `{"kind": "bytes"}`, `"AAEC"`, ""},
		{"time", `{"kind": "time"}`, `"2026-02-28T23:59:59.5Z"`, ""},
		{"duration", `{"kind": "duration"}`, `"1h30m"`, ""},
		{"json", `{"kind": "json"}`, `{"any": [1, null, {"thing": false}]}`, ""},
		{"enum", `{"kind": "enum", "name": "Mood", "values": ["happy", "sad"]}`, `"sad"`, ""},
		{"absent", `{"kind": "optional", "elem": {"kind": "string"}}`, `null`, ""},
		{"optional", `{"kind": "optional", "elem": {"kind": "string"}}`, `"there"`, ""},
		{"list", `{"kind": "list", "elem": {"kind": "int"}}`, `[3, 1, 2]`, `[3, 1, 2, null]`},
		{"list of lists", `{"kind": "list", "elem": {"kind": "list", "elem": {"kind": "bool"}}}`, `[[true], []]`, ``},
		{"list of records", `{"kind": "list", "elem": {"kind": "ref", "name": "Sub"}}`, `[]`, `[{"the-label": "", "at": ""}]`},
		{"map", `{"kind": "map", "elem": {"kind": "int"}}`, `{"a": 1, "<b>": 2}`, `{"a": 1, "<b>": 2, "": null}`},
		{"map of records", `{"kind": "map", "elem": {"kind": "ref", "name": "Sub"}}`, `{"x": {"the-label": "l", "at": "2026-01-31T08:30:00Z"}}`, ``},
		{"record", `{"kind": "ref", "name": "Sub"}`, `{"the-label": "l", "at": "2026-01-31T08:30:00Z", "more": {"x": 1}, "unknown": 5}`, ""},
	} {
		script := fmt.Sprintf(`(async () => {
			const {valueForm} = await import('/assets/form.mjs');
			const sub = {kind: 'record', name: 'Sub', fields: [{name: 'the-label', type: {kind: 'string'}}, {name: 'at', type: {kind: 'time'}}, {name: 'more', type: {kind: 'optional', elem: {kind: 'json'}}}]};
			const form = valueForm(%s, {Sub: sub}, {label: 'v', initial: %q});
			const kept = form.get();
			const add = [...form.element.querySelectorAll('fieldset > button')].find((b) => b.parentElement.parentElement.classList.contains('value'));
			add?.click();
			return kept + '\u0000' + form.get();
		})()`, test.typ, test.value)
		kept, added, _ := strings.Cut(browsertest.Eval[string](p, script), "\x00")
		if payload.Compact(kept) != payload.Compact(test.value) && !(test.value == "null" && kept == "") {
			t.Errorf("%s: of %s the form keeps %s", test.name, test.value, kept)
		}
		if test.added != "" && payload.Compact(added) != payload.Compact(test.added) {
			t.Errorf("%s: one more gives %s, want %s", test.name, added, test.added)
		}
	}
}

// TestPagesKeepTheTextOfJSON: no digit and no member of a payload changes between the
// record and a page, nor between a page and the next execution.
func TestPagesKeepTheTextOfJSON(t *testing.T) {
	f := serve(t)
	p := browse(t, f)
	p.Await("document.querySelector('#filter-name')")
	const input = `{"big":9007199254740993,"one":1.0,"e":1e5,"minus":-0,"text":"\\u00011.0\\u0001 \\ud83d\\ude00","2":[1.50E+2,{}],"1":[],"__proto__":{"x":0.10}}`
	arn := f.start("many", "exact", input)
	p.Do(chromedp.Navigate(f.base + "/execution?arn=" + url.QueryEscape(arn)))
	const shownInput = "[...document.querySelectorAll('.payload')].find((e) => e.textContent.startsWith('{'))?.textContent"
	p.Await(shownInput)
	if shown := browsertest.Eval[string](p, shownInput); payload.Compact(shown) != input {
		t.Errorf("the execution's page shows %s", shown)
	}
	p.Do(chromedp.Navigate(f.base + "/start?function=many&again=" + url.QueryEscape(arn)))
	p.Await("document.querySelector('.value-form textarea')?.value.includes('big')")
	p.Do(chromedp.SendKeys("#name", "exact-again"), chromedp.Click("form.start button[type=submit]"))
	p.Await("location.pathname === '/execution'")
	again := f.find("exact-again")
	if again.Input == nil || *again.Input != input {
		t.Errorf("\"Start again\" sends %s", *again.Input)
	}

	// A form of a typed workflow, which remembers what it was given.
	arn = f.start("order", "typed", "9007199254740993")
	p.Do(chromedp.Navigate(f.base + "/start?function=order&again=" + url.QueryEscape(arn)))
	p.Await("document.querySelector('.value-form input')?.value === '9007199254740993'")
}

// TestLosersEndWithTheirScope: a case of a select that another one has won is drawn as
// long as the select, though the history has no end of it.
func TestLosersEndWithTheirScope(t *testing.T) {
	p := browse(t, serve(t))
	p.Await("document.querySelector('#filter-name')")
	got := browsertest.Eval[string](p, `(async () => {
		const {Timeline} = await import('/assets/timeline.mjs');
		const line = new Timeline(() => {});
		line.update([{id: 's', name: 's', kind: 'context', state: 'succeeded', start: 1, end: 5}, {id: 'l', parent: 's', name: 'l', kind: 'wait', state: 'waiting', start: 2}, {id: 'w', name: 'w', kind: 'wait', state: 'waiting', start: 6}], {start: 1});
		return ['s', 'l', 'w'].map((id) => line.left(line.operations.get(id))).join();
	})()`)
	if got != "0,5,0" {
		t.Errorf("left behind since %s, want 0,5,0", got)
	}
}

// TestAPageOutlivesItsServer: a page that a new start of the server does not know goes
// on as soon as the new address has been opened, wherever.
func TestAPageOutlivesItsServer(t *testing.T) {
	f := serve(t)
	f.start("order", "before", "5")
	p := browse(t, f)
	p.Await(browsertest.Has("before"))
	p.Await("document.querySelector('#live').innerText === 'live'")
	f.restart()
	p.Await("document.querySelector('#live').innerText === 'cut off'")
	f.start("order", "meanwhile", "5")
	other, cancel := chromedp.NewContext(p.Ctx)
	defer cancel()
	browsertest.Page{T: t, Ctx: other}.Do(chromedp.Navigate(f.Link()))
	p.Await("document.querySelector('#live').innerText === 'live'")
	p.Await(browsertest.Has("meanwhile"))
}

// TestThousandsOfOperationsInTheBrowser looks at an execution with 2,800 operations.
func TestThousandsOfOperationsInTheBrowser(t *testing.T) {
	f := serve(t)
	arn := f.start("many", "big", "1400")
	f.idle()
	p := browse(t, f)
	began := time.Now()
	p.Do(chromedp.Navigate(f.base + executionPath("/execution", arn)))
	p.Await("document.querySelector('#tab-timeline .number')?.innerText === '2,801'")
	p.Await("document.querySelectorAll('#part-timeline .row').length > 10")
	t.Logf("shown after %v", time.Since(began))
	for _, tab := range []string{"timeline", "events"} {
		p.Do(chromedp.Click("#tab-" + tab))
		rows := "#part-" + tab + " .rows"
		p.Do(chromedp.Focus(rows), chromedp.KeyEvent(kb.End))
		p.Await("((r) => document.getElementById(r.getAttribute('aria-activedescendant')).ariaPosInSet === String(r.querySelector('.row').ariaSetSize))(document.querySelector('" + rows + "'))")
		slowest := browsertest.Eval[float64](p, `(async () => {
			const rows = document.querySelector('`+rows+`');
			let slowest = 0, last = performance.now();
			for (let i = 0; i < 60; i++) {
				rows.scrollTop += rows.scrollHeight / 60;
				await new Promise(requestAnimationFrame);
				slowest = Math.max(slowest, performance.now() - last);
				last = performance.now();
			}
			return slowest;
		})()`)
		t.Logf("%s: the slowest frame took %.0f ms", tab, slowest)
		if n := browsertest.Eval[int](p, "document.querySelectorAll('"+rows+" .row').length"); n > 60 {
			t.Errorf("%s: %d rows exist at a time", tab, n)
		}
	}
}

// TestBuildsInTheBrowser: what can't be built stands on every page until it can; then an
// execution is drawn anew, unless somebody is writing there.
func TestBuildsInTheBrowser(t *testing.T) {
	f := serve(t)
	p := browse(t, f)
	f.start("order", "one", "5")
	p.Await("document.querySelector('td a')")
	f.BuildFailed("order.flow:3:1: <b>wrong</b>")
	p.Await(browsertest.Has("order.flow:3:1: <b>wrong</b>"))
	p.Do(chromedp.Click("td a"))
	p.Await("document.querySelector('.diagram svg g.look-waiting .badge')")
	p.Await(browsertest.Has("The build before it goes on serving"))
	browsertest.Eval[bool](p, "(window.kept = document.querySelector('.diagram svg'), true)")
	f.Built(f.opts.Packages, "order: <i>goes on</i>")
	p.Await(browsertest.Has("order: <i>goes on</i>"))
	p.Await("document.querySelector('.diagram svg g.look-waiting .badge') && window.kept !== document.querySelector('.diagram svg')")

	p.Do(chromedp.Click(".wait.w-time .buttons button"))
	p.Do(chromedp.Click("dialog button[value=yes]"))
	p.Await("document.querySelector('.wait.w-answer form.answer')")
	p.Do(chromedp.Click(".w-answer form:not([hidden]) .switch button:last-child"))
	area := ".w-answer form:not([hidden]) .value-form textarea"
	p.Fill(area, `{"granted": tr`)
	f.BuildFailed("again")
	p.Await("!document.querySelector('#build').hidden")
	f.Built(f.opts.Packages, "")
	p.Await("document.querySelector('#build').hidden")
	p.Await(browsertest.Has("The workflows were built anew."))
	if text := browsertest.Eval[string](p, fmt.Sprintf("document.querySelector(%q).value", area)); text != `{"granted": tr` {
		t.Errorf("what was being written became %q", text)
	}
}
