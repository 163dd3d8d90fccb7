package lsp

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/durablegen/durablegen/dsl"
)

func TestFormatting(t *testing.T) {
	c := start(t, t.TempDir())
	ugly := strings.NewReplacer("\n    step send(to, ", "\n  step   send( to ,", "(name string) string        idem", "(name string,)   string idem", "\n    return", "\n        return").Replace(greet)
	c.open("greet.flow", ugly)
	ask := func(method string, more map[string]any) string {
		params := document1(c, "greet.flow")
		for k, v := range more {
			params[k] = v
		}
		var edits []textEdit
		c.call("textDocument/"+method, params, &edits)
		for _, e := range edits {
			if strings.TrimLeft(e.NewText, " \n") != "" {
				t.Errorf("%s writes %q: only space was to change", method, e.NewText)
			}
		}
		return apply(c.texts["greet.flow"], edits)
	}
	if got := ask("formatting", nil); got != greet {
		t.Error(got)
	}
	line := func(part string) position {
		return position{c.texts["greet.flow"].position(strings.Index(ugly, part)).Line, 0}
	}
	if got, want := ask("rangeFormatting", map[string]any{"range": span{line("return"), line("return")}}), strings.Replace(ugly, "        return", "    return", 1); got != want {
		t.Error(got)
	}
	end := c.texts["greet.flow"].position(len(ugly) - 1)
	if got := ask("onTypeFormatting", map[string]any{"position": end, "ch": "}"}); strings.Contains(got, "send( to") || !strings.Contains(got, "name string,)   string") {
		t.Error(got)
	}
}

// Formatting by edits gives what `fmt` gives, for every text of the language's tests that parses.
func TestFormattingIsThatOfFmt(t *testing.T) {
	n := 0
	for name, texts := range goldens(t) {
		for file, text := range texts {
			for _, text := range []string{text, strings.ReplaceAll(text, "\n", "\r\n")} {
				formatted, ds := dsl.Format(new(dsl.SourceSet).Add(file, []byte(text)))
				if ds.HasErrors() {
					continue
				}
				n++
				d := &document{"u", "", 1, newLines([]byte(text), utf16Units)}
				got := strings.ReplaceAll(apply(d, d.format()), "\r\n", "\n")
				if got != string(formatted) {
					t.Errorf("%s/%s:\n%s", name, file, got)
				}
			}
		}
	}
	if n < 10 {
		t.Errorf("only %d texts parse", n)
	}
}

func TestShapes(t *testing.T) {
	c := start(t, files(t, map[string]string{"greet.flow": greet, "sub/more.flow": "flow 1\n\npackage more\n\nworkflow shelter() { wait 1s }\n"}))
	c.open("greet.flow", greet)
	var symbols []documentSymbol
	c.call("textDocument/documentSymbol", document1(c, "greet.flow"), &symbols)
	var show func(list []documentSymbol, indent string) string
	show = func(list []documentSymbol, indent string) (text string) {
		for _, s := range list {
			text += fmt.Sprintf("%s%s: %s\n", indent, s.Name, s.Detail) + show(s.Children, indent+"  ")
		}
		return text
	}
	const outline = `address: step address(name string) string
send: step send(address string, text string)
hello: workflow hello(name string) string
  address: step
  send: step
`
	if got := show(symbols, ""); got != outline {
		t.Error(got)
	}
	var found []symbolInformation
	c.call("workspace/symbol", map[string]any{"query": "hel"}, &found)
	if len(found) != 2 || found[0].Name != "hello" || found[1].Location.URI != c.uri("sub/more.flow") {
		t.Errorf("%+v", found)
	}
	var folds []foldingRange
	c.call("textDocument/foldingRange", document1(c, "greet.flow"), &folds)
	if len(folds) != 1 || folds[0] != (foldingRange{8, 11, ""}) {
		t.Errorf("%+v", folds)
	}
	var selections []*selectionRange
	at := c.texts["greet.flow"].position(strings.Index(greet, "{name}") + 2)
	c.call("textDocument/selectionRange", map[string]any{"textDocument": map[string]any{"uri": c.uri("greet.flow")}, "positions": []position{at}}, &selections)
	var texts []string
	for s := selections[0]; s != nil; s = s.Parent {
		d := c.texts["greet.flow"]
		texts = append(texts, strings.SplitN(string(d.text[d.offset(s.Range.Start):d.offset(s.Range.End)]), "\n", 2)[0])
	}
	if got := strings.Join(texts, "|"); got != `name|"Hello {name}"|step send(to, "Hello {name}")|{|workflow hello(name string) string {|flow 1` {
		t.Error(got)
	}
	var marks []documentHighlight
	c.call("textDocument/documentHighlight", map[string]any{"textDocument": map[string]any{"uri": c.uri("greet.flow")}, "position": at}, &marks)
	if len(marks) != 4 || marks[0].Kind != 3 || marks[3].Range.Start.Line != 11 {
		t.Errorf("%+v", marks)
	}
	var tokens semanticTokens
	c.call("textDocument/semanticTokens/full", document1(c, "greet.flow"), &tokens)
	if got := strings.Join(painting(c.texts["greet.flow"], tokens.Data)[:9], " "); got != "flow:keyword 1:number package:keyword greet:namespace //:comment step:keyword address:method name:parameter string:type" {
		t.Error(got)
	}
}

// painting reads semantic tokens.
func painting(d *document, data []uint32) (out []string) {
	var at position
	for ; len(data) >= 5; data = data[5:] {
		if data[0] > 0 {
			at.Character = 0
		}
		at.Line, at.Character = at.Line+data[0], at.Character+data[1]
		from := d.offset(at)
		text := string(d.text[from:d.offset(position{at.Line, at.Character + data[2]})])
		out = append(out, strings.Fields(text)[0]+":"+tokenTypes[data[3]])
	}
	return out
}

// Whatever the text, its tokens are told in order, on their lines, within the text.
func TestTokensOfAnyText(t *testing.T) {
	c := start(t, t.TempDir())
	for name, texts := range goldens(t) {
		for file, text := range texts {
			if text != strings.ToValidUTF8(text, "?") || strings.TrimSpace(text) == "" {
				continue
			}
			path := filepath.Join(name, file)
			c.open(path, text)
			var tokens semanticTokens
			c.call("textDocument/semanticTokens/full", document1(c, path), &tokens)
			painting(c.texts[path], tokens.Data)
			if len(tokens.Data) == 0 {
				t.Errorf("%s has no tokens", path)
			}
			for _, method := range []string{"documentSymbol", "foldingRange", "formatting"} {
				c.call("textDocument/"+method, document1(c, path), nil)
			}
		}
	}
}
