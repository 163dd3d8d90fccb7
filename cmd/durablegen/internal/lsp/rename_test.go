package lsp

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRename(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("..", "..", "..", "..", "examples", "foodorder"))); err != nil {
		t.Fatal(err)
	}
	c := start(t, dir)
	text, err := os.ReadFile(filepath.Join(dir, "order.flow"))
	if err != nil {
		t.Fatal(err)
	}
	c.open("order.flow", string(text))
	rename := func(at map[string]any, name string) (string, error) {
		at["newName"] = name
		var edit workspaceEdit
		err := c.try("textDocument/rename", at, &edit)
		var b strings.Builder
		for _, file := range []string{"order.flow", "steps.go", "score.go", "order_flow.go"} {
			before, err := os.ReadFile(filepath.Join(dir, file))
			if err != nil {
				t.Fatal(err)
			}
			after := apply(&document{lines: newLines(before, utf16Units)}, edit.Changes[c.uri(file)])
			old := strings.Split(string(before), "\n")
			for i, line := range strings.Split(after, "\n") {
				if line != old[i] {
					b.WriteString(file + ": " + strings.TrimSpace(line) + "\n")
				}
			}
		}
		return b.String(), err
	}
	for _, q := range []struct{ text, mark, name, want string }{
		{"payment := step charge(order)", "charge", "debit", `order.flow: step debit(order Order) string
order.flow: payment := step debit(order) was "charge"
steps.go: func (s *Shop) Debit(ctx context.Context, order Order) (string, error) {
`},
		{"by: approval.by }", "by }", "operator", `order.flow: type Approval { granted bool, operator string as "by" }
order.flow: if !approval.granted { fail NotApproved { by: approval.operator } }
`},
		{"onTheWay as", "onTheWay", "underWay", `order.flow: enum Delivery { preparing, underWay as "on-the-way", delivered, lost }
`},
		{"DeliveryLost }\n        }", "DeliveryLost", "DeliveryLost", ""},
		{"func score(order Order) float", "score", "worth", `order.flow: func worth(order Order) float
order.flow: log "{order.id} is worth {worth(order)}"
score.go: func worth(order Order) float64 {
`},
		{"saved := step", "saved", "stored", "order.flow: stored := step saveOrder(order)\norder.flow: orderId: stored\n"},
	} {
		got, err := rename(c.at("order.flow", q.text, q.mark), q.name)
		if err != nil || got != q.want {
			t.Errorf("%s to %s: %v\n%s", q.mark, q.name, err, got)
		}
	}
	for _, q := range []struct{ text, mark, name, want string }{
		{"labels: map item", "labels", "tags", "executions under way"},
		{"workflow bring(order Order)", "bring", "deliver", "executions under way"},
		{"saved := step", "saved", "payment", "already declared"},
		{"saved := step", "saved", "if", "keyword"},
		{"wait minutes(reply.minutes)", "minutes", "hours", "declared in no .flow file"},
		{"// Takes the money. The payment", "money", "x", "no name"},
	} {
		if got, err := rename(c.at("order.flow", q.text, q.mark), q.name); err == nil || !strings.Contains(err.Error(), q.want) {
			t.Errorf("%s to %s: %v\n%s", q.mark, q.name, err, got)
		}
	}
	var at renameRange
	c.call("textDocument/prepareRename", c.at("order.flow", "payment := step charge(order)", "charge"), &at)
	if at.Placeholder != "charge" || at.Range.End.Character-at.Range.Start.Character != 6 {
		t.Errorf("%+v", at)
	}
}
