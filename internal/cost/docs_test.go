package cost

import (
	"fmt"
	"os"
	"strings"
	"testing"
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
