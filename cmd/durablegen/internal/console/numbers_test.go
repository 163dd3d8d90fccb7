package console

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/browsertest"
	"github.com/durablegen/durablegen/runtime/wire"
)

func TestSpread(t *testing.T) {
	var times []time.Duration
	if spreadOf(times) != nil {
		t.Error("nothing took some time")
	}
	for i := range 100 {
		times = append(times, time.Duration(100-i)*time.Second)
	}
	if got, want := *spreadOf(times), (spread{50_000, 95_000, 100_000}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got, want := *spreadOf(times[:1]), (spread{1000, 1000, 1000}); got != want {
		t.Errorf("of one: got %+v, want %+v", got, want)
	}
}

// TestNumbers counts executions by workflow and status, and their operations, and sorts the
// list by how long they took.
func TestNumbers(t *testing.T) {
	f := serve(t)
	f.start("many", "short", "2")
	f.idle()
	stopped := f.start("order", "middle", "5")
	f.idle()
	f.engine.Advance(10 * time.Minute)
	if _, err := f.engine.Stop(t.Context(), stopped, nil); err != nil {
		t.Fatal(err)
	}
	f.start("order", "long", "5")
	f.idle()
	f.engine.Advance(2 * time.Hour)
	f.idle()

	var numbers struct {
		Total     int
		Whole     bool
		Functions []functionNumbers
	}
	f.must(http.MethodGet, "/api/numbers", nil, &numbers)
	if numbers.Total != 3 || !numbers.Whole || len(numbers.Functions) != 2 {
		t.Fatalf("got %+v", numbers)
	}
	order := numbers.Functions[1]
	if order.Name != "order" || order.Statuses["RUNNING"] != 1 || order.Statuses["STOPPED"] != 1 || order.Took == nil || order.Took.P50 < 600_000 || order.Took.Max > 700_000 {
		t.Errorf("got %+v, %+v", order, order.Took)
	}
	for query, want := range map[string]int{"name=sho": 1, "function=order": 2, "status=STOPPED": 1, "why=answer": 1, "stands=approve": 1, "name=none": 0} {
		f.must(http.MethodGet, "/api/numbers?"+query, nil, &numbers)
		if numbers.Total != want {
			t.Errorf("%s: %d in total, want %d", query, numbers.Total, want)
		}
	}

	var own struct {
		Executions int
		Operations []operationNumbers
	}
	f.must(http.MethodGet, "/api/numbers/operations?function=order", nil, &own)
	runs := map[string]string{}
	for _, o := range own.Operations {
		runs[o.Path] = fmt.Sprint(o.Kind, " ", o.Runs, " ", o.Open)
	}
	if own.Executions != 2 || runs["charge"] != "step 2 0" || runs[waitName] != "wait 2 0" || runs["approve"] != "callback 1 1" || len(runs) != 3 {
		t.Errorf("of %d executions: %v", own.Executions, runs)
	}
	if first := own.Operations[0]; first.Path != waitName || first.Took.Max < 3_600_000 {
		t.Errorf("the slowest is %+v %+v", first, first.Took)
	}

	for sort, want := range map[string][]string{"longest": {"long", "middle", "short"}, "shortest": {"short", "middle", "long"}} {
		var list struct{ Rows []row }
		f.must(http.MethodGet, "/api/executions?sort="+sort, nil, &list)
		var names []string
		for _, r := range list.Rows {
			names = append(names, r.Name)
		}
		if !slices.Equal(names, want) {
			t.Errorf("%s first: %v", sort, names)
		}
	}
}

// TestSortedPages: each execution stands on one page, whatever is filtered.
func TestSortedPages(t *testing.T) {
	f := serve(t)
	const all = 230
	for i := range all {
		f.start("chained", fmt.Sprintf("n%d", i), "2")
	}
	f.idle()
	seen := map[string]bool{}
	marker, pages := "", 0
	for pages = 1; ; pages++ {
		var list struct {
			Rows []row
			Next string
		}
		f.must(http.MethodGet, "/api/executions?sort=longest&marker="+marker, nil, &list)
		for _, r := range list.Rows {
			seen[r.Name] = true
		}
		if marker = list.Next; marker == "" {
			break
		}
	}
	if len(seen) != all || pages != 3 {
		t.Errorf("%d of %d executions stand on %d pages", len(seen), all, pages)
	}
}

// TestActingOnMany: what is done with which is chosen and shown first, and concerns those
// alone that match and are in a state for it.
func TestActingOnMany(t *testing.T) {
	f := serve(t)
	f.start("many", "ended-a", "1")
	f.start("order", "open-a", "5")
	f.start("order", "open-b", "5")
	f.start("order", "other", "5")
	f.idle()
	p := browse(t, f)
	p.Await("document.querySelectorAll('table.list tbody tr').length === 4")
	p.Do(chromedp.SendKeys("#filter-name", "-"))
	p.Await("document.querySelectorAll('table.list tbody tr').length === 3")
	p.Do(chromedp.Click(".count-line button[aria-haspopup]"))
	p.Await("document.querySelector('dialog select')")
	p.Do(chromedp.Click("dialog button[value=yes]")) // without a choice
	if !browsertest.Eval[bool](p, "document.querySelector('dialog').open") {
		t.Fatal("it was sent without a choice")
	}
	choose := "((e) => { e.value = '%s'; return e.dispatchEvent(new Event('change')); })(document.querySelector('dialog select'))"
	browsertest.Eval[bool](p, fmt.Sprintf(choose, "stop"))
	p.Await("[...document.querySelectorAll('dialog .preview .name')].map((e) => e.textContent).sort().join() === 'open-a,open-b'")
	p.Await(browsertest.Has("2 of 3 executions; the others are not in a state for that"))
	p.Do(chromedp.Click("dialog button[value=yes]"))
	p.Await("document.querySelectorAll('td .s-stopped').length === 2")
	for name, want := range map[string]wire.ExecutionStatus{"ended-a": wire.ExecutionSucceeded, "open-a": wire.ExecutionStopped, "open-b": wire.ExecutionStopped, "other": wire.ExecutionRunning} {
		if got := f.find(name).Status; got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}

	// The head of a column sorts, and that is in the address.
	p.Do(chromedp.Click("th:last-child button"))
	p.Await("location.search === '?name=-&sort=longest' && document.querySelector('th:last-child').ariaSort === 'descending'")
	p.Do(chromedp.Click("th:last-child button"))
	p.Await("location.search === '?name=-&sort=shortest' && document.querySelector('table.list tbody a').innerText === 'ended-a'")
}
