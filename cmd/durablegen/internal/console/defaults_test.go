package console

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/browsertest"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/flowdir"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/payload"
	"github.com/durablegen/durablegen/runtime/durable"
)

// rentalsFlow has a field with a default of every type that can have one.
const rentalsFlow = `flow 1

package rentals

// What there is.
enum Kind { drill as "DRILL", saw as "SAW", ladder as "LADDER" }

type Report {
    damaged bool = false
    note    string = ""
    tags    []string = []
    rates   map[string]float = map[string]float {}
}

type Owner { name string = "us" }

type Tool {
    id    string
    kind  Kind = Kind.drill // most are
    days  int = 9007199254740993 as "for-days"
    ratio float = 1.5
    gift  bool = true
    note  string = "hi \"you\""
    each  duration = 1h30m
    tags  []string = ["new"]
    rates map[string]float = map[string]float { "a": 1.5 }
    owner Owner
    limit int?
}

error Broken { why string = "old", by string }

callback inspect(id string) Report  fails Broken  timeout 30m

workflow rent(tool Tool) string
    fails Broken, Timeout
{
    report := callback inspect(tool.id)
    return report.note
}
`

const rentalsInput = `{ "owner": {}, "id":"t\u0031", "note": null }`

// rentTool is what would be generated for rentalsFlow.
func rentTool(ctx *durable.Context, _ json.RawMessage) (string, error) {
	answer, err := durable.WaitForCallback[json.RawMessage](ctx, &durable.CallbackSpec{Name: "inspect"}, func(context.Context, string) error { return nil })
	return string(answer), err
}

func serveRentals(t testing.TB) *fixture {
	t.Helper()
	rent := durable.Workflow(durable.Definition{Name: "rent", LogHandler: slog.DiscardHandler}, rentTool)
	return serveFunctions(t, load(t, rentalsFlow, rentalsInput), rent)
}

// TestTypesAreShownAsDeclared: the names, defaults and names in JSON that the file has.
func TestTypesAreShownAsDeclared(t *testing.T) {
	info := newCatalog(serveRentals(t).opts.Packages).info("rent")
	begin := strings.Index(rentalsFlow, "type Tool")
	tool := rentalsFlow[begin : begin+strings.Index(rentalsFlow[begin:], "}\n\nerror")+1]
	want := tool + "\n" + `enum Kind { drill as "DRILL", saw as "SAW", ladder as "LADDER" }` + "\n" + `type Owner { name string = "us" }`
	if info.Declared != want {
		t.Errorf("it takes\n%s\nwant\n%s", info.Declared, want)
	}
	defaults := map[string]string{}
	for _, f := range info.Types["Tool"].Fields {
		defaults[f.Name] = f.Default
	}
	for name, want := range map[string]string{
		"id": "", "kind": `"DRILL"`, "for-days": "9007199254740993", "ratio": "1.5", "gift": "true", "note": `"hi \"you\""`,
		"each": `"1h30m0s"`, "tags": `["new"]`, "rates": `{"a":1.5}`, "owner": "", "limit": "",
	} {
		if got, there := defaults[name]; !there || got != want {
			t.Errorf("the default of %s is %s, want %s", name, got, want)
		}
	}
}

// TestTheConsoleSendsWhatItWasGiven: what is absent stays absent, through the form that starts
// an execution, "Start again…", and the form that answers.
func TestTheConsoleSendsWhatItWasGiven(t *testing.T) {
	f := serveRentals(t)
	p := browse(t, f)
	p.Await("document.querySelector('#filter-name')")
	begin := func(path string) {
		t.Helper()
		p.Do(chromedp.Navigate(f.base + path))
		p.Await("document.querySelector('.value-form .sent code')?.textContent.includes('owner')")
	}
	started := func(name, want string) {
		t.Helper()
		p.Do(chromedp.SendKeys("#name", name), chromedp.Click("form.start button[type=submit]"))
		p.Await("location.pathname === '/execution'")
		if x := f.find(name); *x.Input != want {
			t.Errorf("%s was started with %s, want %s", name, *x.Input, want)
		}
	}
	begin("/start?function=rent")
	p.Await(browsertest.Has(`default: ["new"]`))
	p.Await(browsertest.Has(`kind  Kind = Kind.drill`))
	p.Shot("defaults")
	started("sample", payload.Compact(rentalsInput))

	browsertest.Eval[bool](p, "(localStorage.clear(), true)")
	begin("/start?function=rent&again=" + url.QueryEscape(f.find("sample").ARN))
	p.Await("document.querySelector('.value-form .sent code').textContent.includes('t1')")
	p.Do(chromedp.Click(".switch button:last-child"), chromedp.Click(".switch button:first-child"))
	started("again", payload.Compact(rentalsInput))

	// What is edited is sent, and nothing else.
	browsertest.Eval[bool](p, "(localStorage.clear(), true)")
	begin("/start?function=rent")
	browsertest.Eval[bool](p, "([...document.querySelectorAll('label.with')].find((e) => e.textContent.startsWith('with for-days')).querySelector('input').click(), true)")
	started("edited", `{"owner":{},"id":"t1","for-days":9007199254740993,"note":null}`)

	p.Await("document.querySelector('.w-answer form.answer')")
	for form, want := range map[string]string{"form.answer:not([hidden])": `{}`, "form.answer[hidden]": `{"by":""}`} {
		if sent := browsertest.Eval[string](p, fmt.Sprintf("document.querySelector('.w-answer %s .sent code').textContent", form)); sent != want {
			t.Errorf("%s: the answer that nobody has touched is %s, want %s", form, sent, want)
		}
	}
	p.Do(chromedp.Click(".w-answer form.answer:not([hidden]) button[type=submit]"))
	p.Await("document.querySelector('.title .status').innerText.includes('succeeded')")
	if x := f.find("edited"); *x.Result != `"{}"` {
		t.Errorf("the answer that came is %s", *x.Result)
	}
}

// TestFormsLeaveOutDefaults: a field that has a default is left out until somebody asks for it;
// then it begins as that default, and can be left out again. What was given stays.
func TestFormsLeaveOutDefaults(t *testing.T) {
	p := browse(t, serve(t))
	p.Await("document.querySelector('#filter-name')")
	info, err := json.Marshal(newCatalog([]*flowdir.Package{load(t, rentalsFlow, "")}).info("rent"))
	if err != nil {
		t.Fatal(err)
	}
	const all = `{"id":"","kind":"DRILL","for-days":9007199254740993,"ratio":1.5,"gift":true,"note":"hi \"you\"","each":"1h30m0s","tags":["new"],"rates":{"a":1.5},"owner":{"name":"us"},"limit":1}`
	type change struct{ Label, Value string } // the checkbox "with LABEL" is clicked, or the field of the label filled
	for name, test := range map[string]struct {
		given   string
		changes []change
		want    string
	}{
		"an empty one":               {"example", nil, `{"id":"","owner":{}}`},
		"nothing but what is needed": {"blank", nil, `{"id":"","owner":{}}`},
		"what is needed is missing":  {`{}`, nil, `{}`},
		"it is filled in":            {`{}`, []change{{"id", "x"}}, `{"id":"x"}`},
		"it is emptied":              {`{}`, []change{{"id", "x"}, {"id", ""}}, `{"id":""}`},
		"each is asked for": {`{"id":"","owner":{},"limit":1}`, []change{{"kind", ""}, {"for-days", ""}, {"ratio", ""}, {"gift", ""}, {"note", ""}, {"each", ""}, {"tags", ""},
			{"rates", ""}, {"name", ""}}, all},
		"each is given":                 {all, nil, all},
		"one is left out again":         {all, []change{{"tags", ""}}, strings.Replace(all, `"tags":["new"],`, "", 1)},
		"null is left out, too":         {`{"tags":null,"limit":null,"id":"a"}`, nil, `{"tags":null,"limit":null,"id":"a"}`},
		"beside what is edited":         {`{"limit":null,"tags":null,"id":"a\r\n\ud800","more":[1.0],"ratio":1.50}`, []change{{"note", ""}}, `{"limit":null,"tags":null,"id":"a\r\n\ud800","more":[1.0],"ratio":1.50,"note":"hi \"you\""}`},
		"the default is edited":         {`{"id":"a"}`, []change{{"tags", ""}, {"tags 1", "old"}}, `{"id":"a","tags":["old"]}`},
		"another type than is declared": {`{"id":"a","tags":5}`, nil, `{"id":"a","tags":5}`},
	} {
		changes, err := json.Marshal(test.changes)
		if err != nil {
			t.Fatal(err)
		}
		got := browsertest.Eval[string](p, fmt.Sprintf(`(async () => {
			const {valueForm, example, blank} = await import('/assets/form.mjs');
			const {write} = await import('/assets/json.mjs');
			const info = %s, given = %q;
			const made = {example, blank}[given];
			const form = valueForm(info.input, info.types, {label: 'v', initial: made ? write(made(info.input, info.types)) : given});
			if (!made && form.get() !== given) return 'untouched ' + form.get();
			for (const {Label, Value} of %s ?? []) {
				document.body.append(form.element);
				const labels = [...form.element.querySelectorAll('label')];
				const toggle = labels.find((l) => l.textContent.startsWith('with ' + Label));
				if (toggle && !Value) { toggle.querySelector('input').click(); continue; }
				const input = document.getElementById(labels.find((l) => l.firstChild.textContent === Label).htmlFor);
				input.value = Value;
				input.dispatchEvent(new Event('input', {bubbles: true}));
			}
			const sent = form.element.querySelector('.sent code').textContent;
			form.element.remove();
			return sent === form.get() ? sent : sent + ' is told, not ' + form.get();
		})()`, info, test.given, changes))
		if got != test.want {
			t.Errorf("%s: of %s the form makes\n%s, want\n%s", name, test.given, got, test.want)
		}
	}
}
