package dsl

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// TestMessages shows what people read about whole files that are wrong.
func TestMessages(t *testing.T) {
	golden(t, "messages", func(t *testing.T, files map[string]string) map[string]string {
		var set SourceSet
		_, ds := Parse(set.Add("in.flow", []byte(files["in.flow"])))
		return map[string]string{"messages": messages(&set, ds)}
	})
}

func TestPrintFormats(t *testing.T) {
	var set SourceSet
	src := set.Add("a,b.flow", []byte("flow 1\n\tlog \"é\"; x := 100%\n"))
	at := func(from, to int) Span { return Span{src.Pos(from), src.Pos(to)} }
	ds := Diagnostics{
		{Code: "some-code", Message: "100% `wrong`", Span: at(20, 23), Help: "do it\nwell",
			Notes: []Note{{Span: at(0, 4), Message: "from here"}, {Message: "no place"}},
			Fix:   &Fix{Message: "remove it", Edits: []Edit{{at(20, 23), ""}}}},
		{Code: "other", Severity: Warning, Message: "of no place"},
	}
	var b bytes.Buffer
	WriteGitHub(&b, &set, ds)
	want := "::error file=a%2Cb.flow,line=2,endLine=2,col=13,endColumn=16,title=some-code::100%25 `wrong`%0Anote: from here (a,b.flow:1:1)%0Anote: no place%0Ahelp: do it%0Awell%0Afix: remove it\n" +
		"::warning title=other::of no place\n"
	if b.String() != want {
		t.Errorf("GitHub:\n got %q\nwant %q", b.String(), want)
	}

	b.Reset()
	WriteJSON(&b, &set, ds)
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	if len(lines) != 2 {
		t.Fatalf("JSON has %d lines: %s", len(lines), b.String())
	}
	want = `{"file":"a,b.flow","line":2,"column":13,"endLine":2,"endColumn":16,"severity":"error","code":"some-code","message":"100% ` + "`wrong`" + `",` +
		`"notes":[{"file":"a,b.flow","line":1,"column":1,"endLine":1,"endColumn":5,"message":"from here"},{"message":"no place"}],"help":"do it\nwell",` +
		`"fix":{"message":"remove it","edits":[{"file":"a,b.flow","line":2,"column":13,"endLine":2,"endColumn":16,"new":""}]}}`
	if lines[0] != want {
		t.Errorf("JSON:\n got %s\nwant %s", lines[0], want)
	}
	if !json.Valid([]byte(lines[1])) {
		t.Errorf("not JSON: %s", lines[1])
	}

	b.Reset()
	WriteText(&b, &set, ds, true)
	if plain := messages(&set, ds); strings.ReplaceAll(stripColor(b.String()), "\r", "") != plain {
		t.Errorf("with colors:\n%s\nwithout:\n%s", b.String(), plain)
	}
}

// A problem of another file than a .flow one has no code, and nothing stands where it would.
func TestPrintWithoutCode(t *testing.T) {
	var set SourceSet
	src := set.Add("a.yaml", []byte("Timeout: 3\n"))
	ds := Diagnostics{
		{Message: "wrong", Span: Span{src.Pos(0), src.Pos(7)}},
		{Severity: Warning, Message: "of no place"},
	}
	for format, c := range map[string]struct {
		write func(*bytes.Buffer)
		want  string
	}{
		"github":  {func(b *bytes.Buffer) { WriteGitHub(b, &set, ds) }, "::error file=a.yaml,line=1,endLine=1,col=1,endColumn=8::wrong\n::warning::of no place\n"},
		"text":    {func(b *bytes.Buffer) { WriteText(b, &set, ds, false) }, "a.yaml:1:1: error: wrong\n  |\n1 | Timeout: 3\n  | ^^^^^^^\n\nwarning: of no place\n"},
		"colored": {func(b *bytes.Buffer) { WriteText(b, &set, ds[1:], true) }, "\x1b[1;33mwarning\x1b[0m: \x1b[1mof no place\x1b[0m\n"},
		"json": {func(b *bytes.Buffer) { WriteJSON(b, &set, ds) }, `{"file":"a.yaml","line":1,"column":1,"endLine":1,"endColumn":8,"severity":"error","message":"wrong"}
{"file":"","line":0,"column":0,"endLine":0,"endColumn":0,"severity":"warning","message":"of no place"}
`},
	} {
		var b bytes.Buffer
		if c.write(&b); b.String() != c.want {
			t.Errorf("%s:\n got %q\nwant %q", format, b.String(), c.want)
		}
	}
}

func stripColor(s string) string {
	for {
		from := strings.Index(s, "\x1b[")
		if from < 0 {
			return s
		}
		s = s[:from] + s[from+strings.IndexByte(s[from:], 'm')+1:]
	}
}

func TestApplyFixes(t *testing.T) {
	src := new(SourceSet).Add("a.flow", []byte("abcdef"))
	fix := func(edits ...any) Diagnostic {
		f := &Fix{}
		for i := 0; i < len(edits); i += 3 {
			f.Edits = append(f.Edits, Edit{Span{src.Pos(edits[i].(int)), src.Pos(edits[i+1].(int))}, edits[i+2].(string)})
		}
		return Diagnostic{Fix: f}
	}
	for _, c := range []struct {
		name  string
		fixes Diagnostics
		want  string
		n     int
	}{
		{"none", Diagnostics{{}}, "abcdef", 0},
		{"replace", Diagnostics{fix(1, 2, "X")}, "aXcdef", 1},
		{"two, out of order", Diagnostics{fix(4, 5, "Y"), fix(1, 2, "X")}, "aXcdYf", 2},
		{"overlapping", Diagnostics{fix(1, 4, "X"), fix(3, 5, "Y")}, "aXef", 1},
		{"two at one place", Diagnostics{fix(1, 1, "X"), fix(1, 1, "Y")}, "aXbcdef", 1},
		{"several edits", Diagnostics{fix(5, 6, "!", 0, 1, "")}, "bcde!", 1},
		{"outside", Diagnostics{fix(5, 60, "!")}, "abcdef", 0},
	} {
		if got, n := ApplyFixes(src, c.fixes); string(got) != c.want || n != c.n {
			t.Errorf("%s: got %q, %d", c.name, got, n)
		}
	}
}
