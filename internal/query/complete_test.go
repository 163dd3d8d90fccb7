package query

import (
	"slices"
	"strings"
	"testing"
)

const shop = `flow 1

package shop

import "net/mail"

enum Size { small, large }
type Item { sku string, size Size, note string? }
type Order { id string, items []Item, first Item, prices map[string]int }
type Address = mail.Address
error Declined { reason string }
error Empty
const limit = 10

// Takes the money.
step charge(order Order, amount int) string
    fails Declined
    idempotent
step print(item Item) string  reads
callback approve(order Order) bool  timeout 1h
func price(item Item) int = 3

workflow sell(order Order) int
    fails Declined, Timeout
{
    total := 0
    for i, item in order.items {
        total = total + price(item)
        HERE
    }
    id := step charge(order, total)
        catch Declined as e { fail e }
    link := open approve
    ok := await link
    p := parallel { a: step print(order.first) b: wait 1s }
    END
    return total
}

workflow empty() { log "" }
`

// TestComplete types something at HERE, END or the end of the file, and asks at the bar.
func TestComplete(t *testing.T) {
	whole := strings.NewReplacer("HERE", "", "END", "").Replace(shop)
	x, _ := check(map[string]string{"shop.flow": whole})
	for _, c := range []struct {
		typed   string
		want    string // among what is offered, the first of them first
		without string
	}{
		{"HERE item.|", "sku size note", "step id"},
		{"defaults |", "step callback workflow", "charge retry"},
		{"defaults step |", "retry timeout", "charge"},
		{"HERE item.no|", "sku size note", ""},
		{"HERE x := order.items[0].|", "sku size", "id"},
		{"HERE x := order.first.size == Size.|", "small large", "sku"},
		{"HERE step |", "charge print now", "approve sell log"},
		{"HERE x := step ch|", "charge print", "approve sell"},
		{"HERE x := |", "i item total order price step", "charge Declined id"},
		{"HERE |", "i item total step call if log switch again", "charge id"},
		{"HERE lo|", "total log", "charge"},
		{"HERE if |", "item total limit true", "step"},
		{"HERE switch item.size { case |", "small large", "step item"},
		{"HERE switch item.size {\n case small, |", "small large", "step"},
		{"HERE fail |", "Declined Empty", "charge"},
		{"HERE log \"{|", "item total price", "step"},
		{"HERE log \"a|", "", "item"},
		{"HERE // a|", "", "item"},
		{"HERE x := Item { |", "sku size note", "total"},
		{"HERE x := Item { sku: \"\", |", "size note", "sku"},
		{"HERE x := Item { sku: |", "item total", "size"},
		{"HERE x := price(|", "item total", "step"},
		{"HERE x := [|", "item total", "step"},
		{"HERE var y |", "Item Order string", "total step"},
		{"END again |", "sell", "charge"},
		{"END call |", "empty sell", "charge"},
		{"END callback |", "approve", "charge"},
		{"END await |", "link", "total ok"},
		{"END p.|", "a", "b"},
		{"END link.|", "id", ""},
		{"END execution.|", "id name", ""},
		{"END step charge(order, 1) catch |", "Declined Timeout", "step"},
		{"END step charge(order, 1)\n        |", "total catch retry undo as", "fails"},
		{"END step charge(order, 1) |", "as retry timeout undo", "total"},
		{"END y := parallel {\n a: |", "step call", "charge"},
		{"END select { case |", "await wait", "small"},
		{"END select { |", "case else", "step"},
		{"END return |", "total p", "charge"},
		{"END undo |", "step", ""},
		{"\n|", "step workflow type", "if total"},
		{"\nwork|", "workflow", "if"},
		{"\nstep send(to |", "Item string", "limit"},
		{"\nstep send(to string) |", "Item idempotent timeout", "limit"},
		{"\nstep send(to string) fails |", "Declined Empty Timeout", "Item"},
		{"\nstep send(to string) fails Declined, |", "Empty", "Item"},
		{"\nstep send(to string) at |", "most", ""},
		{"\nstep send(to string) retry 5 jitter |", "full half none", ""},
		{"\ntype T { a |", "Item string", "limit"},
		{"\ntype T = |", "mail", "Item"},
		{"\nconst c = |", "limit Size", "Declined"},
		{"\nfunction f() int = |", "env", "limit"},
		{"\nfunction f() int = env |", "", "limit"},
		{"\nstep |", "", "charge"},
	} {
		typed, _, _ := strings.Cut(c.typed, "|")
		var text string
		var offset int
		switch where := typed[:min(len(typed), 4)]; {
		case where == "HERE", strings.HasPrefix(where, "END"):
			mark, piece, _ := strings.Cut(typed, " ")
			from := strings.Index(shop, mark)
			before := strings.NewReplacer("HERE", "", "END", "").Replace(shop[:from])
			text = before + piece + strings.NewReplacer("HERE", "", "END", "").Replace(shop[from+len(mark):])
			offset = len(before) + len(piece)
		default:
			text = whole + typed
			offset = len(text)
		}
		got := x.Complete("shop.flow", []byte(text), offset)
		var names []string
		for _, a := range got.Candidates {
			names = append(names, a.Text)
		}
		wanted := strings.Fields(c.want)
		for _, w := range wanted {
			if !slices.Contains(names, w) {
				t.Errorf("%q: no %s in %q", c.typed, w, names)
			}
		}
		if len(wanted) == 0 && len(names) > 0 || len(wanted) > 0 && len(names) > 0 && names[0] != wanted[0] && slices.Contains(names, wanted[0]) && got.Candidates[slices.Index(names, wanted[0])].Rank > got.Candidates[0].Rank {
			t.Errorf("%q: %q", c.typed, names)
		}
		for _, w := range strings.Fields(c.without) {
			if slices.Contains(names, w) {
				t.Errorf("%q: %s is in %q", c.typed, w, names)
			}
		}
	}
}

// Wherever one asks, in whatever text, there is an answer, and the word that it replaces is one.
func TestCompleteAnywhere(t *testing.T) {
	for dir, texts := range packages(t) {
		x, _ := check(texts)
		for name, text := range texts {
			for offset := 0; offset <= len(text); offset += 1 + len(text)/25 {
				for _, text := range []string{text, text[:offset]} {
					c := x.Complete(name, []byte(text), offset)
					if c.From > offset || c.To < offset || c.To > len(text) || strings.ContainsAny(text[c.From:c.To], " \n.") && len(c.Candidates) > 0 {
						t.Fatalf("%s/%s at %d: %d to %d", dir, name, offset, c.From, c.To)
					}
					x.CallAround(name, []byte(text), offset)
				}
			}
		}
	}
}

func TestCallAround(t *testing.T) {
	x, _ := check(map[string]string{"shop.flow": strings.NewReplacer("HERE", "", "END", "").Replace(shop)})
	for typed, want := range map[string]string{
		"x := step charge(|":           "charge(order Order, amount int) string 0",
		"x := step charge(f(1, 2), |":  "charge(order Order, amount int) string 1",
		"x := price([1, 2][0]|":        "price(item Item) int 0",
		"x := contains(a, |":           "contains(list []E, value E) bool 1",
		"x := step charge(order, 1) |": "",
		"x := (1 + |":                  "",
	} {
		piece, _, _ := strings.Cut(typed, "|")
		from := strings.Index(shop, "HERE")
		got := ""
		if call, ok := x.CallAround("shop.flow", []byte(shop[:from]+piece), from+len(piece)); ok {
			got = call.Forms[0].Text + " " + string(rune('0'+call.Active))
			for _, p := range call.Forms[0].Params {
				if strings.ContainsAny(call.Forms[0].Text[p[0]:p[1]], "(),") {
					t.Errorf("%q", call.Forms[0].Text[p[0]:p[1]])
				}
			}
		}
		if got != want {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
	}
}
