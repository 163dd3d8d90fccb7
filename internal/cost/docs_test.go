package cost

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/durablegen/durablegen/dsl"
)

// TestDocumentedPrices holds the tables of docs/cost.md to what is reckoned with.
func TestDocumentedPrices(t *testing.T) {
	text, err := os.ReadFile("../../docs/cost.md")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"as of " + PricesOf}
	for _, m := range Metered {
		want = append(want, fmt.Sprintf("| %s | %s | %s |\n", m.What, m.Operations, m.Data))
	}
	for _, region := range Regions() {
		p, err := PricesIn(region)
		if err != nil {
			t.Fatal(err)
		}
		row := fmt.Sprintf("| %s | $%.2f | $%.2f | $%.2f | $%.2f | $%.10f | $%.10f |\n", region, p.Operations, p.Written, p.Retained, p.Requests, p.Second, p.SecondArm)
		if !p.Known {
			row = fmt.Sprintf("| %s | | | | $%.2f | $%.10f | $%.10f |\n", region, p.Requests, p.Second, p.SecondArm)
		}
		want = append(want, row)
	}
	for _, line := range want {
		if !strings.Contains(string(text), line) {
			t.Errorf("docs/cost.md lacks %s", line)
		}
	}
}

// TestAtScale holds the table of docs/at-scale.md to what is reckoned for its workflow.
func TestAtScale(t *testing.T) {
	text, err := os.ReadFile("../../docs/at-scale.md")
	if err != nil {
		t.Fatal(err)
	}
	_, flow, _ := strings.Cut(string(text), "```flow\n")
	flow, _, _ = strings.Cut(flow, "```")
	a := Default()
	a.Memory, a.Arm = 256, true
	if err := a.Set("packing=3h"); err != nil {
		t.Fatal(err)
	}
	set := &dsl.SourceSet{}
	tree, ds := dsl.Parse(set.Add("orders.flow", []byte(flow)))
	p, more := dsl.Check(set, []*dsl.File{tree}, dsl.CheckOptions{})
	if ds = append(ds, more...); ds.HasErrors() {
		t.Fatal(ds)
	}
	list, err := Of(p, a)
	if err != nil {
		t.Fatal(err)
	}
	const perDay, day = 1e6, 86400.0
	x := list[0].Expected
	starts := perDay / day
	running := perDay * x.Numbers[Waiting] / day
	for _, line := range []string{
		fmt.Sprintf("| started | 1 | %.1f a second |", starts),
		fmt.Sprintf("| running at once | 1d3h | %s |", count(running)),
		fmt.Sprintf("| checkpoints, two for each operation at most | %v | %.0f a second |", 2*x.Numbers[Operations], starts*2*x.Numbers[Operations]),
		fmt.Sprintf("| invocations | %v | %.1f a second | |", x.Invocations, starts*x.Invocations),
		fmt.Sprintf("| invocations at once | %.2f GB-seconds | %.1f of 256 MB |", x.GBSeconds, starts*x.GBSeconds/0.25),
		fmt.Sprintf("| kept for 14 days | 6.0 KB | %.0f GB | |", perDay*x.Numbers[Written]*(14+x.Numbers[Waiting]/day)/(1<<30)),
		fmt.Sprintf("| price | $%.6f | $%.2f a day | |", x.Cost.Total(), perDay*x.Cost.Total()),
		fmt.Sprintf("within one hour are %.0f a second", perDay/3600),
		fmt.Sprintf("%.0f %% of the price is operations", 100*x.Numbers[Billed]*8e-6/x.Cost.Total()),
	} {
		if !strings.Contains(string(text), line) {
			t.Errorf("docs/at-scale.md lacks %s", line)
		}
	}
}
