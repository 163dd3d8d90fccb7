package lsp

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/flowdir"
	"github.com/durablegen/durablegen/dsl"
)

const greet = `flow 1

package greet

// Finds where somebody lives.
step address(name string) string        idempotent
step send(address string, text string)  idempotent

workflow hello(name string) string {
    to := step address(name)
    step send(to, "Hello {name}")
    return "greeted {name}"
}
`

func TestLifecycle(t *testing.T) {
	c := launch(t, t.TempDir(), "plain")
	refused := func(method string, code int64) {
		t.Helper()
		var e interface{ Error() string }
		if e = c.try(method, map[string]any{}, nil); e == nil || !strings.Contains(e.Error(), "code "+itoa(code)+" ") {
			t.Errorf("%s: %v, wanted code %d", method, e, code)
		}
	}
	refused("textDocument/codeAction", codeNotInitialized)
	c.initialize()
	refused("initialize", -32600)
	refused("no/such", -32601)
	c.tell("no/such", nil)
	c.tell("$/cancelRequest", map[string]any{"id": 77})
	c.call("shutdown", nil, nil)
	refused("textDocument/codeAction", -32600)
	c.tell("exit", nil)
	if err := c.cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// Clients ask for what the server says that it has, and for nothing else.
func TestEveryRequestIsAnnounced(t *testing.T) {
	announced := map[string]string{
		"callHierarchy/incomingCalls": "callHierarchyProvider", "callHierarchy/outgoingCalls": "callHierarchyProvider",
		"textDocument/prepareCallHierarchy": "callHierarchyProvider", "codeLens/resolve": "codeLensProvider",
		"textDocument/formatting": "documentFormattingProvider", "textDocument/rangeFormatting": "documentRangeFormattingProvider",
		"textDocument/onTypeFormatting": "documentOnTypeFormattingProvider", "textDocument/prepareRename": "renameProvider",
		"textDocument/semanticTokens/full": "semanticTokensProvider", "textDocument/semanticTokens/range": "semanticTokensProvider",
		"workspace/executeCommand": "executeCommandProvider", "workspace/symbol": "workspaceSymbolProvider",
	}
	all := capabilities(utf16Units)
	for method := range requests {
		kind, name, _ := strings.Cut(method, "/")
		if kind == "durablegen" { // for those who know of it
			continue
		}
		provider := announced[method]
		if provider == "" {
			provider = name + "Provider"
		}
		if all[provider] == nil {
			t.Errorf("%s is answered, but `%s` is not announced", method, provider)
		}
	}
}

func itoa(n int64) string { b, _ := json.Marshal(n); return string(b) }

// A client that goes without a word is noted in the exit status; one that sends what is no
// message is answered, and the next message is read.
func TestWhatIsNoMessage(t *testing.T) {
	var in, out bytes.Buffer
	frame := func(body string) { in.WriteString("Content-Length: " + itoa(int64(len(body))) + "\r\n\r\n" + body) }
	frame(`{"jsonrpc":`)
	frame(`[]`)
	frame(`{"jsonrpc":"2.0","id":{},"method":"initialize"}`)
	frame(`{"jsonrpc":"2.0","id":-4}`)
	frame(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":7}`)
	frame(`{"jsonrpc":"2.0","method":"textDocument/didChange","params":[]}`)
	r, w := io.Pipe()
	done := make(chan error)
	go func() {
		done <- Serve(context.Background(), r, &lines1{w: &out, want: 5, close: w.Close}, Options{Log: io.Discard})
	}()
	w.Write(in.Bytes())
	if err := <-done; err != ErrNoShutdown {
		t.Error(err)
	}
	for _, code := range []string{"-32700", "-32600", "-32602"} {
		if !strings.Contains(out.String(), `"code":`+code) {
			t.Errorf("no answer has the code %s:\n%s", code, out.String())
		}
	}
}

// lines1 closes something when as many messages have been written as are wanted.
type lines1 struct {
	w     io.Writer
	want  int
	close func() error
}

func (l *lines1) Write(b []byte) (int, error) {
	n, err := l.w.Write(b)
	if bytes.HasPrefix(b, []byte("{")) {
		if l.want--; l.want == 0 {
			l.close()
		}
	}
	return n, err
}

func TestProblemsWhileTyping(t *testing.T) {
	for _, encodings := range [][]string{nil, {"utf-8", "utf-16"}} {
		c := start(t, files(t, map[string]string{"other.flow": "flow 1\n\npackage greet\n\nconst polite = true\n"}), encodings...)
		c.open("greet.flow", "")
		text := strings.Replace(greet, "Hello", "Grüße 🎉 {polite}", 1)
		for i, r := range text {
			c.replace("greet.flow", i, i, string(r)) // each in a state that is broken
		}
		if ds := c.problems("greet.flow"); len(ds) > 0 {
			t.Errorf("%v: a right file has problems:\n%s", encodings, messages(ds))
		}
		from := strings.Index(text, "{name}\")")
		c.replace("greet.flow", from, from+6, "{nam}")
		ds := c.problems("greet.flow")
		column := uint32(38)
		if encodings != nil {
			column = 42
		}
		if len(ds) != 1 || ds[0].Code != "unknown-name" || ds[0].Range != (span{position{10, column}, position{10, column + 3}}) {
			t.Errorf("%v: %s", encodings, messages(ds))
		}
	}
}

// What is wrong in a file that is not open is told too, and unsaved texts count in all of them.
func TestThePackageIsChecked(t *testing.T) {
	dir := files(t, map[string]string{
		"a.flow": "flow 1\n\npackage p\n\nstep one(x int)  idempotent\n",
		"b.flow": "flow 1\n\npackage p\n\nworkflow w() { step one(1) }\n",
	})
	c := start(t, dir)
	c.open("a.flow", "flow 1\n\npackage p\n\nstep one(x string)  idempotent\n")
	ds := c.await("b.flow", func(p publishDiagnosticsParams) bool { return len(p.Diagnostics) > 0 })
	if len(ds) != 1 || len(ds[0].RelatedInformation) == 0 || ds[0].RelatedInformation[0].Location.URI != c.uri("a.flow") {
		t.Errorf("%+v", ds)
	}
	c.tell("textDocument/didClose", document1(c, "a.flow"))
	c.await("b.flow", func(p publishDiagnosticsParams) bool { return len(p.Diagnostics) == 0 })
}

func TestFixes(t *testing.T) {
	c := start(t, t.TempDir())
	text := strings.Replace(strings.Replace(greet, "step send(to", "step sned(to", 1), "step address(name)\n", "step adress(name)\n", 1)
	c.open("greet.flow", text)
	if ds := c.problems("greet.flow"); len(ds) != 2 {
		t.Fatal(messages(ds))
	}
	asked := func(from, to int, only ...string) []codeAction {
		var actions []codeAction
		c.call("textDocument/codeAction", map[string]any{
			"textDocument": map[string]any{"uri": c.uri("greet.flow")}, "range": c.texts["greet.flow"].span(from, to), "context": map[string]any{"diagnostics": []any{}, "only": only},
		}, &actions)
		return actions
	}
	ask := func(offset int, only ...string) []codeAction { return asked(offset, offset, only...) }
	one := ask(strings.Index(text, "sned")+1, "quickfix")
	if len(one) != 2 || len(one[0].Diagnostics) != 1 || !one[0].IsPreferred || one[1].IsPreferred {
		t.Fatalf("%+v", one)
	}
	if got := apply(c.texts["greet.flow"], one[0].Edit.Changes[c.uri("greet.flow")]); got != strings.Replace(text, "sned", "send", 1) {
		t.Error(got)
	}
	all := ask(0, "source")
	if len(all) != 1 || all[0].Kind != kindFixAll {
		t.Fatalf("%+v", all)
	}
	if got := apply(c.texts["greet.flow"], all[0].Edit.Changes[c.uri("greet.flow")]); got != greet {
		t.Error(got)
	}
	if none := ask(0, "refactor"); len(none) != 0 {
		t.Errorf("%+v", none)
	}

	c.replace("greet.flow", 0, len(text), greet)
	from, to := strings.Index(greet, "    step send"), strings.Index(greet, "    return")
	extract := asked(from, to, "refactor")
	if len(extract) != 1 {
		t.Fatalf("%+v", extract)
	}
	want := strings.Replace(greet, "    step send(to, \"Hello {name}\")\n", "    group extracted {\n        step send(to, \"Hello {name}\")\n    }\n", 1)
	if got := apply(c.texts["greet.flow"], extract[0].Edit.Changes[c.uri("greet.flow")]); got != want {
		t.Error(got)
	}
	if none := asked(strings.Index(greet, "    to :="), from, "refactor"); len(none) != 0 { // `to` is needed behind it
		t.Errorf("%+v", none)
	}
}

// goldens gives the packages of the language's own tests: by name, their files.
func goldens(t testing.TB) map[string]map[string]string {
	t.Helper()
	found := map[string]map[string]string{}
	root := filepath.Join("..", "..", "..", "..", "dsl", "testdata")
	err := filepath.WalkDir(root, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := strings.ReplaceAll(strings.TrimPrefix(path, root+string(filepath.Separator)), string(filepath.Separator), "_")
		switch filepath.Ext(path) {
		case ".flow":
			text, err := os.ReadFile(path)
			found[name] = map[string]string{"in.flow": string(text)}
			return err
		case ".txtar":
			ar, err := txtar.ParseFile(path)
			if err != nil {
				return err
			}
			found[name] = map[string]string{}
			for _, f := range ar.Files {
				if flowdir.IsSource(filepath.Base(f.Name)) {
					found[name][filepath.Base(f.Name)] = string(f.Data)
				}
			}
		}
		return nil
	})
	if err != nil || len(found) < 30 {
		t.Fatalf("%d packages, %v", len(found), err)
	}
	return found
}

// The editor and the command say the same, word for word and place for place, of all inputs
// of the language's tests.
func TestSameAsCheck(t *testing.T) {
	packages := goldens(t)
	onDisk := map[string]string{}
	for name, texts := range packages {
		for file, text := range texts {
			onDisk[filepath.Join(name, file)] = text
		}
	}
	root := files(t, onDisk)
	c := launch(t, root, "strict")
	c.initialize()
	for file, text := range onDisk {
		if text == strings.ToValidUTF8(text, "?") { // others no client can send
			c.open(file, text)
		}
	}
	for name := range packages {
		dir := filepath.Join(root, name)
		p, err := flowdir.Load(flowdir.With(dir), dsl.CheckOptions{Strict: true})
		if err != nil {
			t.Fatal(err)
		}
		want := map[string][]string{}
		for _, d := range p.Diagnostics {
			src := p.Sources.Source(d.Span.Start)
			lines := newLines(src.Text, utf16Units)
			text := d.Message
			for _, n := range d.Notes {
				if p.Sources.Source(n.Span.Start) == nil {
					text += "\n" + n.Message
				}
			}
			if d.Help != "" {
				text += "\n" + d.Help
			}
			want[src.Name] = append(want[src.Name], messages([]diagnostic{{Range: lines.span(src.Offset(d.Span.Start), src.Offset(d.Span.End)), Code: string(d.Code), Message: text}}))
		}
		for _, src := range p.Sources.Sources() {
			file := filepath.Join(name, src.Name)
			if c.texts[file] == nil {
				continue
			}
			wanted := strings.Join(want[src.Name], "")
			var got string
			c.await(file, func(d publishDiagnosticsParams) bool {
				got = strings.ReplaceAll(messages(d.Diagnostics), name+string(filepath.Separator), dir+string(filepath.Separator))
				return got == wanted || d.Version != nil && !strings.Contains(string(src.Text), "import")
			})
			if got != wanted {
				t.Errorf("%s: got\n%s\nwant\n%s", file, got, wanted)
			}
		}
	}
}

// Whatever is typed where, the text that the server has is the whole text, and the server goes
// on: what it says of the result of random edits is what it says of the same text, opened anew.
func FuzzEdits(f *testing.F) {
	f.Add(greet, uint64(1))
	f.Add("flow 1\r\n\rpackage é🎉\n\x00", uint64(2))
	f.Fuzz(func(t *testing.T, text string, seed uint64) {
		text = strings.ToValidUTF8(text, "\uFFFD")
		r := rand.New(rand.NewPCG(seed, 0))
		pieces := []string{"", "\n", "\r", "\r\n", "{", "}", "\"", "é", "🎉", "step ", "catch", " as e", "workflow w() {\n", "//", "\x00", text[:min(len(text), 30)]}
		for _, enc := range []encoding{utf8Units, utf16Units} {
			doc := &document{"file:///p/a.flow", "/p/a.flow", 1, newLines([]byte(text), enc)}
			whole := text
			for range 12 {
				runes := []rune(whole)
				from := r.IntN(len(runes) + 1)
				to := from + r.IntN(min(len(runes)-from, 6)+1)
				piece := strings.ToValidUTF8(pieces[r.IntN(len(pieces))], "\uFFFD")
				a, b := len(string(runes[:from])), len(string(runes[:to]))
				change := contentChange{&span{reference(whole, a, enc), reference(whole, b, enc)}, piece}
				if inLineEnd(whole, a) || inLineEnd(whole, b) {
					continue // which is no place that a client can name
				}
				whole = whole[:a] + piece + whole[b:]
				doc = doc.changed(doc.version+1, []contentChange{change})
				if string(doc.text) != whole {
					t.Fatalf("%s: got %q, want %q", enc, doc.text, whole)
				}
			}
			w := newWorkspace(true, func(*folder) {})
			w.enc = enc
			w.open("untitled:a", 1, whole)
			snapshot, _ := w.snapshotOf("untitled:a")
			a, err := snapshot.analyse(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			a.published()
		}
	})
}

// What the server says after random edits is what it says of the same text, opened anew, and it
// answers whatever it is asked in between.
func TestRandomEdits(t *testing.T) {
	c := start(t, t.TempDir())
	r := rand.New(rand.NewPCG(7, 7))
	pieces := []string{"", "", "\n", "{", "}", "(", ")", "\"", "é", "🎉", "step ", "catch", " as e", "workflow w() {\n", "//", ".", ", ", ":=", "\x00"}
	c.open("a.flow", greet)
	requests := slices.Sorted(maps.Keys(requests))
	for range 150 {
		d := c.texts["a.flow"]
		runes := []rune(string(d.text))
		from := r.IntN(len(runes) + 1)
		to := from + r.IntN(min(len(runes)-from, 4)+1)
		at := len(string(runes[:from]))
		c.replace("a.flow", at, len(string(runes[:to])), pieces[r.IntN(len(pieces))])
		d = c.texts["a.flow"]
		method := requests[r.IntN(len(requests))]
		p := d.position(min(at, len(d.text)))
		err := c.try(method, map[string]any{
			"textDocument": map[string]any{"uri": d.uri}, "position": p, "positions": []position{p}, "range": span{p, p}, "newName": "other", "ch": "}",
			"context": map[string]any{}, "item": map[string]any{"uri": d.uri, "name": "hello"}, "query": "h",
		}, nil)
		if err != nil && strings.Contains(err.Error(), "code -32603") {
			t.Errorf("%s: %v in\n%s", method, err, d.text)
		}
	}
	first := messages(c.problems("a.flow"))
	c.tell("textDocument/didClose", document1(c, "a.flow"))
	c.open("again/a.flow", string(c.texts["a.flow"].text))
	if again := messages(c.problems("again/a.flow")); again != first {
		t.Errorf("after edits\n%s\nopened anew\n%s", first, again)
	}
}

// While the checks run, texts change and what needs no check is answered; what was asked is
// given up when it is cancelled or out of date, and nothing of it is told.
func TestNothingWaitsForTheChecks(t *testing.T) {
	const uri = "file:///p/a.flow"
	w := newWorkspace(false, func(*folder) {})
	w.open(uri, 1, greet)
	f := w.folders["/p"]
	f.working <- struct{}{} // as a check does that takes long
	w.change(uri, 2, []contentChange{{nil, greet + "\n"}})
	snapshot, doc := w.snapshotOf(uri)
	v := &view{&server{}, snapshot, doc}
	if symbols, err := v.documentSymbols(context.Background(), nil); err != nil || len(symbols) != 3 {
		t.Errorf("%v, %v", symbols, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := v.hover(ctx, &positionParams{}); err != context.Canceled {
		t.Error(err)
	}
	w.change(uri, 3, []contentChange{{nil, greet}})
	<-f.working
	if _, err := v.hover(context.Background(), &positionParams{}); err != errModified {
		t.Error(err)
	}
	w.close(uri)
	if len(f.latest.docs) != 0 || f.finished.Load() != nil {
		t.Error("a folder without open files keeps what was found out")
	}
}

// reference is a slow and simple way to the position of an offset.
func reference(text string, offset int, enc encoding) position {
	before := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text[:offset])
	line := before[strings.LastIndex(before, "\n")+1:]
	units := len(line)
	if enc == utf16Units {
		units = 0
		for _, r := range line {
			units += map[bool]int{false: 1, true: 2}[r > 0xffff]
		}
	}
	return position{uint32(strings.Count(before, "\n")), uint32(units)}
}

func inLineEnd(text string, offset int) bool {
	return offset > 0 && offset < len(text) && text[offset-1] == '\r' && text[offset] == '\n'
}

// Positions that no text has are those of the nearest place.
func TestPositionsOutside(t *testing.T) {
	l := newLines([]byte("a🎉b\r\nc"), utf16Units)
	for _, c := range []struct {
		at   position
		want int
	}{{position{0, 2}, 1}, {position{0, 3}, 5}, {position{0, 99}, 6}, {position{1, 99}, 9}, {position{9, 0}, 9}, {position{1 << 31, 1 << 31}, 9}} {
		if got := l.offset(c.at); got != c.want {
			t.Errorf("%v is %d, want %d", c.at, got, c.want)
		}
	}
}

func TestURIs(t *testing.T) {
	for _, path := range []string{"/a/b.flow", "/a b/ü%20.flow", "/a/#?.flow"} {
		if got := pathOf(uriOf(path)); got != path {
			t.Errorf("%s: %s is %s", path, uriOf(path), got)
		}
	}
	for _, uri := range []string{"untitled:Untitled-1", "http://x/a.flow", "file://host/a.flow", "", ":", "file:"} {
		if got := pathOf(uri); got != "" {
			t.Errorf("%s is %s", uri, got)
		}
	}
	if got := slices.Compact([]string{pathOf("file:///c%3A/x.flow"), pathOf("file:///c:/x.flow")}); len(got) != 1 {
		t.Errorf("%q", got)
	}
}
