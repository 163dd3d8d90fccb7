package console

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/browsertest"
)

// TestWhatASkipMakesDue: what falls due in other executions on the way is told before.
func TestWhatASkipMakesDue(t *testing.T) {
	f := serve(t)
	f.start("order", "asks", "5")
	f.idle()
	f.engine.Advance(time.Hour + time.Minute)
	f.idle() // it waits for an answer for 30 minutes, and for signs of life
	first := f.start("order", "first", "5")
	f.idle()
	f.engine.Advance(time.Minute)
	last := f.start("order", "last", "5")
	f.idle()
	operation := func(arn string) string {
		t.Helper()
		open, err := f.engine.Open(t.Context(), arn)
		if err != nil || len(open) != 1 {
			t.Fatal(open, err)
		}
		return open[0].Id
	}
	ask := func(arn string) string {
		t.Helper()
		var made struct {
			Due   []due
			Total int
			Whole bool
		}
		f.must(http.MethodGet, executionPath("/api/due", arn)+"&operation="+url.QueryEscape(operation(arn)), nil, &made)
		var lines []string
		for _, d := range made.Due {
			lines = append(lines, d.Execution+" "+strings.Replace(d.Operation, waitName, "wait", 1)+" "+d.What)
		}
		if made.Total != len(made.Due) || !made.Whole {
			t.Errorf("%d in total, whole: %v", made.Total, made.Whole)
		}
		return strings.Join(lines, ", ")
	}
	if got, want := ask(first), "asks approve misses a heartbeat, asks approve times out"; got != want {
		t.Errorf("first: %s, want %s", got, want)
	}
	if got, want := ask(last), "asks approve misses a heartbeat, asks approve times out, first wait ends"; got != want {
		t.Errorf("last: %s, want %s", got, want)
	}

	p := browse(t, f)
	p.Do(chromedp.Navigate(f.base + executionPath("/execution", last)))
	p.Await("document.querySelector('.wait.w-time .buttons button')")
	p.Do(chromedp.Click(".wait.w-time .buttons button"))
	p.Await("document.querySelectorAll('dialog .preview li').length === 3")
	p.Await(browsertest.Has("asks: approve misses a heartbeat"))
	p.Do(chromedp.Click("dialog button[value=no]"))
	if status, _ := f.ask(http.MethodGet, executionPath("/api/due", last)+"&operation=charge", nil); status != http.StatusConflict {
		t.Errorf("of what does not wait for time: status %d", status)
	}
}
