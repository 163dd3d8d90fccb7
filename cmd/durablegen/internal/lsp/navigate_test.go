package lsp

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// example starts a client in one of the examples, with some of its files open.
func example(t *testing.T, name string, open ...string) *client {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("..", "..", "..", "..", "examples", name))
	if err != nil {
		t.Fatal(err)
	}
	c := start(t, dir)
	for _, file := range open {
		text, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		c.open(file, string(text))
	}
	return c
}

// at gives the parameters of a request about a place: where a mark begins within a text that
// stands in the file once.
func (c *client) at(name, text, mark string) map[string]any {
	c.t.Helper()
	whole := string(c.texts[name].text)
	if strings.Count(whole, text) != 1 {
		c.t.Fatalf("%q stands in %s %d times", text, name, strings.Count(whole, text))
	}
	return map[string]any{
		"textDocument": map[string]any{"uri": c.uri(name)},
		"position":     c.texts[name].position(strings.Index(whole, text) + strings.Index(text, mark)),
		"context":      map[string]any{"includeDeclaration": true},
	}
}

// places gives the lines that an answer names.
func (c *client) places(method string, params map[string]any) string {
	c.t.Helper()
	var found []location
	c.call("textDocument/"+method, params, &found)
	var lines []string
	for _, at := range found {
		path := pathOf(at.URI)
		text, err := os.ReadFile(path)
		if err != nil {
			c.t.Error(err)
			continue
		}
		start, end := newLines(text, utf16Units).line(int(at.Range.Start.Line))
		lines = append(lines, filepath.Base(path)+": "+strings.TrimSpace(string(text[start:end])))
	}
	return strings.Join(lines, "\n")
}

func TestDefinitions(t *testing.T) {
	c := example(t, "foodorder", "order.flow", "steps.go", "order_flow.go")
	for _, q := range []struct{ method, file, text, mark, want string }{
		{"definition", "order.flow", "payment := step charge(order)", "charge", "order.flow: step charge(order Order) string"},
		{"definition", "order.flow", "payment := step charge(order)", "order)", "order.flow: workflow fulfilOrder(order Order) Receipt"},
		{"definition", "order.flow", "step charge(order Order) string", "charge", "steps.go: func (s *Shop) Charge(ctx context.Context, order Order) (string, error) {"},
		{"implementation", "order.flow", "payment := step charge(order)", "charge", "steps.go: func (s *Shop) Charge(ctx context.Context, order Order) (string, error) {"},
		{"implementation", "order.flow", "func score(order Order) float", "score", "score.go: func score(order Order) float64 {"},
		{"definition", "order.flow", "by: approval.by }", "by }", "order.flow: type Approval { granted bool, by string }"},
		{"definition", "order.flow", "track.status != Delivery.delivered {", "delivered", "order.flow: enum Delivery { preparing, onTheWay as \"on-the-way\", delivered, lost }"},
		{"definition", "order.flow", "{len(prepared.labels)} labels", "labels)", "order.flow: labels: map item in order.items max 10 { yield step printLabel(item) }"},
		{"definition", "order.flow", "catch NoCourier as e {", "NoCourier", "order.flow: error NoCourier { minutes int }"},
		{"references", "order.flow", "error NoCourier { minutes int }", "NoCourier", "order.flow: error NoCourier { minutes int }\norder.flow: fails NoCourier\norder.flow: fails CardDeclined, NotApproved, OrderRejected, OrderCancelled, RestaurantSilent, NoCourier, DeliveryLost\norder.flow: } catch NoCourier as e {"},
		{"references", "order.flow", "step announce(order Order)", "announce", "order.flow: step announce(order Order)  idempotent by order.id\norder.flow: step announce(order)\nsteps.go: func (s *Shop) Announce(ctx context.Context, order Order) error {"},
		{"definition", "steps.go", "func (s *Shop) Announce(", "Announce", "order.flow: step announce(order Order)  idempotent by order.id"},
		{"references", "steps.go", "func (s *Shop) Announce(", "Announce", "order.flow: step announce(order Order)  idempotent by order.id\norder.flow: step announce(order)"},
		{"definition", "order_flow.go", "// order.flow:117\n", "order", "order.flow: step announce(order)"},
		{"definition", "order_flow.go", "ctx.Fail(\"order.flow:127:29\"", "Fail", "order.flow: catch Timeout { fail NotApproved { by: \"nobody\" } }"},
		{"definition", "order_flow.go", "type CardDeclinedError struct {", "CardDeclinedError", "order.flow: error CardDeclined { reason string }"},
		{"definition", "order.flow", "// Takes the money. The payment", "money", ""},
		{"definition", "steps.go", "const schema =", "schema", ""},
	} {
		if got := c.places(q.method, c.at(q.file, q.text, q.mark)); got != q.want {
			t.Errorf("%s of %s in %s: got\n%s\nwant\n%s", q.method, q.mark, q.text, got, q.want)
		}
	}
}

func TestGoTypes(t *testing.T) {
	c := example(t, "payment", "payment.flow")
	if ds := c.await("payment.flow", func(p publishDiagnosticsParams) bool { return true }); len(ds) > 0 {
		t.Error(messages(ds))
	}
	for _, text := range []string{"= bank.Payment", "type Payment ="} {
		got := ""
		for end := time.Now().Add(time.Minute); got == "" && time.Now().Before(end); { // the Go command is at work in the background
			got = c.places("definition", c.at("payment.flow", text, "Payment"))
		}
		if got != "bank.go: type Payment struct {" {
			t.Errorf("%s is at %q", text, got)
		}
	}
	if got := c.places("definition", c.at("payment.flow", "import \"github", "github")); !strings.HasPrefix(got, "bank.go: ") {
		t.Error(got)
	}
}

func TestHover(t *testing.T) {
	c := example(t, "foodorder", "order.flow")
	for _, q := range []struct {
		text, mark string
		want       []string
	}{
		{"payment := step charge(order)", "charge", []string{"step charge(order Order) string", "Takes the money.", "its idempotency key stays the same",
			"retry: `5 every 1s backoff 2 max 30s jitter full`", "timeout: `20s`", "fails: `CardDeclined`", "on record as `charge`"}},
		{"saved := step saveOrder(order)", "saveOrder", []string{"5 more attempts, after 5 s at first", "`order.id`"}},
		{"transfer = step payRestaurant(order)", "payRestaurant", []string{"at most once", "retry: none", "`Interrupted`"}},
		{"workflow bring(order Order)", "bring", []string{"timeout: 1d", "retention: 14 d", "an execution costs about $", "`OrderCancelled`, `DeliveryLost`"}},
		{"saved := step saveOrder(order)", "saved", []string{"saved string"}},
		{"yield step printLabel(item)", "printLabel", []string{"on record as `parallel / labels / map / printLabel`"}},
		{"onTheWay as", "onTheWay", []string{"Delivery.onTheWay", `"on-the-way"`}},
		{"wait minutes(reply.minutes)", "minutes", []string{"minutes("}},
		{"wait minutes(reply.minutes)", "wait", []string{"on record as `wait`"}},
		{"catch Timeout { log", "Timeout", []string{"an error of the language"}},
	} {
		var h hover
		c.call("textDocument/hover", c.at("order.flow", q.text, q.mark), &h)
		for _, want := range q.want {
			if !strings.Contains(h.Contents.Value, want) {
				t.Errorf("%s in %q lacks %q:\n%s", q.mark, q.text, want, h.Contents.Value)
			}
		}
	}
}

// Completions and signatures are asked for while one types, in states that are broken.
func TestTyping(t *testing.T) {
	c := start(t, t.TempDir())
	c.open("greet.flow", greet)
	offset := strings.Index(greet, "    return")
	typed := ""
	for _, r := range "    at := step address(" {
		c.replace("greet.flow", offset+len(typed), offset+len(typed), string(r))
		typed += string(r)
		params := map[string]any{"textDocument": map[string]any{"uri": c.uri("greet.flow")}, "position": c.texts["greet.flow"].position(offset + len(typed))}
		var list completionList
		c.call("textDocument/completion", params, &list)
		var labels []string
		for _, i := range list.Items {
			labels = append(labels, i.Label)
			if i.InsertTextFormat != 1 || strings.Contains(i.TextEdit.NewText, "$") {
				t.Errorf("a client without snippets gets %q", i.TextEdit.NewText)
			}
		}
		got := strings.Join(labels, " ")
		want := map[string]string{
			"    at := ": "to", "    at := st": "step", "    at := step ": "address send", "    at := step add": "address send", "    at := step address(": "to name",
		}[typed]
		if want != "" && !strings.Contains(got, want) {
			t.Errorf("%q: %s", typed, got)
		}
	}
	var help signatureHelp
	c.call("textDocument/signatureHelp", map[string]any{"textDocument": map[string]any{"uri": c.uri("greet.flow")}, "position": c.texts["greet.flow"].position(offset + len(typed))}, &help)
	if len(help.Signatures) != 1 || help.Signatures[0].Label != "address(name string) string" || help.Signatures[0].Parameters[0].Label != "name string" {
		t.Errorf("%+v", help)
	}
}

func TestCallsAndHints(t *testing.T) {
	c := example(t, "foodorder", "order.flow")
	var items []callItem
	c.call("textDocument/prepareCallHierarchy", c.at("order.flow", "call bring(order)", "bring"), &items)
	if len(items) != 1 || items[0].Name != "bring" || items[0].Detail != "workflow bring(order Order)" {
		t.Fatalf("%+v", items)
	}
	var in []incomingCall
	c.call("callHierarchy/incomingCalls", map[string]any{"item": items[0]}, &in)
	if len(in) != 1 || in[0].From.Name != "fulfilOrder" || len(in[0].FromRanges) != 1 {
		t.Errorf("%+v", in)
	}
	var out []outgoingCall
	c.call("callHierarchy/outgoingCalls", map[string]any{"item": items[0]}, &out)
	var names []string
	for _, o := range out {
		names = append(names, o.To.Name)
	}
	if got := strings.Join(names, " "); got != "cancellation offerCancellation locate" {
		t.Error(got)
	}
	var hints []inlayHint
	c.call("textDocument/inlayHint", map[string]any{"textDocument": map[string]any{"uri": c.uri("order.flow")}, "range": span{position{0, 0}, position{1 << 20, 0}}}, &hints)
	d := c.texts["order.flow"]
	var lines []string
	for _, h := range hints {
		start, _ := d.line(int(h.Position.Line))
		lines = append(lines, strings.TrimSpace(string(d.text[start:d.offset(h.Position)]))+" <"+h.Label+">")
	}
	all := strings.Join(lines, "\n")
	for _, want := range []string{"payment <string>", "reply <Reply>", "labels: map item <Item>", "} catch NoCourier as e <NoCourier>", "<timeout 1d>",
		"step announce(order Order)  idempotent by order.id <retry 5 every 5s backoff 2 max 60s jitter full>", "case track <Track>"} {
		if !strings.Contains(all, want) {
			t.Errorf("there is no %s in\n%s", want, all)
		}
	}
}

// A package is imported as it is to be generated, though nothing has been generated yet, with
// what is not saved.
func TestTypesOfFlowFiles(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("..", "..", "..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	requires, _, _ := strings.Cut(strings.Replace(string(mod), "module github.com/durablegen/durablegen", "module example.com/two", 1), "\ntool (")
	stock := "flow 1\n\npackage stock\n\ntype Item { sku string, count int }\n"
	sale := "flow 1\n\npackage sale\n\nimport \"example.com/two/stock\"\n\ntype Item = stock.Item\n\nworkflow sell(item Item) int { return item.count }\n"
	c := start(t, files(t, map[string]string{
		"go.mod": requires + "\nrequire github.com/durablegen/durablegen v0.0.0\n\nreplace github.com/durablegen/durablegen => " + root + "\n",
		"go.sum": string(sum), "stock/stock.flow": stock, "sale/sale.flow": sale,
	}))
	c.open("stock/stock.flow", stock)
	c.open("sale/sale.flow", sale)
	read := func(p publishDiagnosticsParams) bool { return len(p.Diagnostics) == 0 }
	c.await("sale/sale.flow", read)
	from := strings.Index(stock, "count")
	c.replace("stock/stock.flow", from, from+len("count"), "number")
	c.tell("textDocument/didSave", document1(c, "stock/stock.flow"))
	ds := c.await("sale/sale.flow", func(p publishDiagnosticsParams) bool { return len(p.Diagnostics) > 0 })
	if len(ds) != 1 || ds[0].Code != "unknown-field" {
		t.Error(messages(ds))
	}
}

func TestLenses(t *testing.T) {
	dir := files(t, map[string]string{"greet.flow": greet})
	for _, args := range [][]string{{"init", "-q"}, {"add", "."}, {"-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "a"}} {
		cmd := exec.Command("git", args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Skipf("git %s: %v %s", args[0], err, out)
		}
	}
	c := start(t, dir)
	c.open("greet.flow", greet)
	lens := func(i int) string {
		var lenses []codeLens
		c.call("textDocument/codeLens", document1(c, "greet.flow"), &lenses)
		if len(lenses) != 2 {
			t.Fatalf("%+v", lenses)
		}
		var lens codeLens
		c.call("codeLens/resolve", lenses[i], &lens)
		return lens.Command.Title
	}
	title := func() string { return lens(0) }
	if got := lens(1); !regexp.MustCompile(`^an execution costs about \$[0-9.]+, \$[0-9.]+ at least, `).MatchString(got) {
		t.Error(got)
	}
	if got := title(); got != "as in the last commit" {
		t.Error(got)
	}
	from := strings.Index(greet, "send(to")
	c.replace("greet.flow", from, from+len("send"), "address")
	c.replace("greet.flow", from, from+len("address(to, \"Hello {name}\")"), "address(to) as \"again\"")
	if got := title(); got != "since the last commit: executions go on; something recorded is left" {
		t.Error(got)
	}
	var text string
	c.call("workspace/executeCommand", map[string]any{"command": "durablegen.cost", "arguments": []string{c.uri("greet.flow")}}, &text)
	if !strings.Contains(text, "one execution") {
		t.Error(text)
	}
	c.call("workspace/executeCommand", map[string]any{"command": "durablegen.changes", "arguments": []string{c.uri("greet.flow")}}, &text)
	if !strings.Contains(text, "workflow `hello`") || !strings.Contains(text, "`send` is gone") {
		t.Error(text)
	}
	if err := c.try("workspace/executeCommand", map[string]any{"command": "x"}, nil); err == nil {
		t.Error("there is a command x")
	}
}

// A whole example is typed, character by character; all the way completions, colours and the
// outline are there, and in the end nothing is wrong.
func TestTypingAnExample(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "examples", "foodorder", "order.flow"))
	if err != nil {
		t.Fatal(err)
	}
	c := start(t, t.TempDir())
	c.open("order.flow", "")
	for i, r := range string(text) {
		c.replace("order.flow", i, i, string(r))
		if i%97 != 0 {
			continue
		}
		params := document1(c, "order.flow")
		params["position"] = c.texts["order.flow"].position(i + len(string(r)))
		for _, method := range []string{"completion", "semanticTokens/full", "documentSymbol", "hover", "signatureHelp"} {
			if err := c.try("textDocument/"+method, params, nil); err != nil && !strings.Contains(err.Error(), "code -32801") {
				t.Errorf("%s behind %q: %v", method, text[max(0, i-20):i+1], err)
			}
		}
	}
	if ds := c.problems("order.flow"); len(ds) > 0 {
		t.Error(messages(ds))
	}
}
