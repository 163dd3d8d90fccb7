package foodorder

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/durablegen/durablegen/runtime/durabletest"
)

// What stands in docs/testing.md stands here, and is run.

func TestSilence(t *testing.T) {
	shop := NewShop(t.TempDir()+"/shop.db", restaurantURL(t))
	env := durabletest.NewFor(t, "fulfilOrder", Workflows(shop)...)
	env.Answer("restaurant", durabletest.Silence())
	run := env.Run(Order{ID: "order-1"})
	run.MustFail("RestaurantSilent", nil)
}

func TestEveryCrash(t *testing.T) {
	var shop *Shop
	setup := func(t testing.TB) *durabletest.Env {
		shop = NewShop(t.TempDir()+"/shop.db", restaurantURL(t))
		env := durabletest.NewFor(t, "fulfilOrder", Workflows(shop)...)
		return env.Answer("restaurant", durabletest.Silence())
	}
	payments := func(t testing.TB) (n int) {
		if err := shop.store.Row(context.Background(), []any{&n}, "SELECT count(*) FROM payments"); err != nil {
			t.Fatal(err)
		}
		return n
	}
	order := Order{ID: "order-1"}
	durabletest.EveryBoundary(t, setup, order, func(t testing.TB, run *durabletest.Run) {
		if n := payments(t); n != 1 {
			t.Errorf("%d payments", n)
		}
	})
}

// An order whose courier is at the door: it goes on where it waits.
func TestOrdersUnderWaySurvive(t *testing.T) {
	shop := NewShop(t.TempDir()+"/shop.db", restaurantURL(t))
	fulfilOrder := Workflows(shop)[0]
	history := durabletest.ReadHistory(t, "testdata/order-1001.jsonl") // durablegen history fulfilOrder/order-1001 --json
	r := durabletest.Rehearse(t, fulfilOrder, history)
	if r.Divergence != nil {
		t.Error(r.Divergence)
	}
	for _, o := range r.Next { // what it would do now
		if o.Again != "" {
			t.Errorf("%s would do again what %s did", o.Path, o.Again)
		}
	}
	if len(r.Next) > 0 || len(r.Unused) > 0 || len(r.Waiting) != 1 || r.Waiting[0].Path != "handOver" {
		t.Errorf("it waits at %+v, would do %+v, and has no use for %+v", r.Waiting, r.Next, r.Unused)
	}
}

// restaurantURL is where a restaurant takes orders and says nothing.
func restaurantURL(t testing.TB) string {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(server.Close)
	return server.URL
}

var goBlock = regexp.MustCompile("(?ms)^```go\n(.*?)^```")

func TestGoOfThePageIsRun(t *testing.T) {
	page, err := os.ReadFile("../../docs/testing.md")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("docs_test.go")
	if err != nil {
		t.Fatal(err)
	}
	flush := func(text string) string { // without the indentation
		var lines []string
		for _, line := range strings.Split(text, "\n") {
			lines = append(lines, strings.TrimSpace(line))
		}
		return strings.Join(lines, "\n")
	}
	for _, block := range goBlock.FindAllStringSubmatch(string(page), -1) {
		if !strings.Contains(flush(string(source)), flush(block[1])) {
			t.Errorf("docs/testing.md shows Go that is not run here: let a test of this file hold it\n%s", block[1])
		}
	}
}
