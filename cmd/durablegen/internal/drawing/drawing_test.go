package drawing

import (
	"os"
	"strings"
	"testing"

	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/visualize"
)

// Every operation leads to its own text, from what it is assigned to up to its last catch, and
// what stands inside of another has the smaller place.
func TestPlaces(t *testing.T) {
	const file = "../../../../examples/foodorder/order.flow"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	set := new(dsl.SourceSet)
	src := set.Add("order.flow", text)
	f, ds := dsl.Parse(src)
	p, more := dsl.Check(set, []*dsl.File{f}, dsl.CheckOptions{})
	if p == nil {
		t.Fatal(ds, more)
	}
	for _, w := range p.Workflows {
		g := visualize.NewGraph(p, w)
		for _, detail := range visualize.Details {
			d := Of(g, detail, func(at dsl.Span) string { return string(text[src.Offset(at.Start):src.Offset(at.End)]) })
			first := map[string]bool{}
			g.Walk(func(n *visualize.Node) {
				node := d.Nodes[visualize.ElementID(n.ID)]
				if node.Also && !first[node.Place] {
					t.Errorf("%s: %q comes after no other of its place", n.ID, node.Place)
				}
				first[node.Place] = true
				if n.Op != nil && !strings.Contains(node.Place, n.Name) {
					t.Errorf("%s leads to %q", n.ID, node.Place)
				}
				if n.Parent != nil && n.Parent.Kind != visualize.Group && n.Op != nil && !strings.Contains(d.Nodes[visualize.ElementID(n.Parent.ID)].Place, node.Place) {
					t.Errorf("%s leads out of the frame around it, to %q", n.ID, node.Place)
				}
			})
		}
		if w.Name.Text != "fulfilOrder" {
			continue
		}
		d := Of(g, visualize.Normal, func(at dsl.Span) string { return string(text[src.Offset(at.Start):src.Offset(at.End)]) })
		for id, want := range map[string]string{
			"charge":                       "payment := step charge(order)\n",
			"charge_u":                     "undo {\n",
			"parallel-labels-map":          "labels: map item",
			"parallel-courier-findCourier": "courier: step findCourier",
			".start":                       "workflow fulfilOrder(order Order) Receipt\n",
			"askRestaurant":                "reply := call askRestaurant(order)",
		} {
			if got := d.Nodes[visualize.ElementID(id)].Place; !strings.HasPrefix(got, want) {
				t.Errorf("%s leads to %q, want %q", id, got, want)
			}
		}
	}
}
