package dsl

import (
	"fmt"
	"strings"
	"testing"

	"github.com/alecthomas/participle/v2/lexer"
)

// TestScanProblems gives the place, in lines and characters, and the message of
// what the lexer finds wrong.
func TestScanProblems(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"byte order mark at the start", "\ufeffflow 1", ""},
		{"byte order mark elsewhere", "flow\ufeff 1", "1:5 byte order mark in the middle of the file"},
		{"windows line ends", "flow 1\r\npackage p\r\n", ""},
		{"lone carriage return", "flow 1\rpackage p", "1:7 carriage return without a line feed"},
		{"NUL", "é\x00", "1:2 NUL byte in the source"},
		{"NUL in a text", "\"é\x00\"", "1:3 NUL byte in the source"},
		{"broken UTF-8", "log \"é\xff\"", "1:7 byte 0xff is not UTF-8"},
		{"broken UTF-8 in a comment", "// \xc3", "1:4 byte 0xc3 is not UTF-8"},
		{"direction of writing", "x // \u202e", "1:6 invisible character U+202E, which changes the direction of writing"},
		{"no-break space", "x\u00a0y", "1:2 invisible character U+00A0"},
		{"zero width", "x\u200by", "1:2 invisible character U+200B"},
		{"typographic quotes", "log “x”", "1:5 texts are written in double quotes"},
		{"open text", "\"日本 x", "1:1 the text is not closed before the end of the line"},
		{"open text before a line end", "\"x\n\"y\"", "1:1 the text is not closed before the end of the line"},
		{"open hole", "\"a {b\n", "1:4 `{` opens a hole in the text, and nothing closes it"},
		{"open hole before a quote", "\"a {b\"\nx", "1:4 `{` opens a hole in the text, and nothing closes it"},
		{"open hole with brackets", "\"a {(b[\nx", "1:4 `{` opens a hole in the text, and nothing closes it"},
		{"open raw text", "`a\nb", "1:1 the raw text is never closed"},
		{"nested holes", `"a {b + "c {d} {"e"}"} f"`, ""},
		{"record in a hole", `"{f(A { b: 1 })}"`, ""},
		{"escapes", `"\n\r\t\\\"\{\}\u00e9\U0001F600"`, ""},
		{"short escape", `"\u00"`, "1:2 `\\u` needs 4 hexadecimal digits of a character"},
		{"surrogate", `"\ud800"`, "1:2 `\\u` needs 4 hexadecimal digits of a character"},
		{"durations", "1h30m 500ms 3d 1w 0s 1w2d3h4m5s6ms", ""},
		{"duration too long", "999999w", "1:1 the duration `999999w` is too long"},
		{"numbers", "0 1_000 0x1F 0b11 0o17 1.5 1e3 2.5e-3", ""},
		{"lowest int", "[-9223372036854775808, -9_223_372_036_854_775_808, -0x8000_0000_0000_0000]", ""},
		{"lowest int without a sign", "x - 9223372036854775808", "1:5 the number `9223372036854775808` does not fit into an int of 64 bits"},
		{"lowest int returned", "return -9223372036854775808", ""},
		{"below the lowest int", "-9223372036854775809", "1:2 the number `9223372036854775809` does not fit into an int of 64 bits"},
		{"int too large", "9223372036854775808", "1:1 the number `9223372036854775808` does not fit into an int of 64 bits"},
		{"float too large", "1e999", "1:1 the number `1e999` does not fit into a float"},
		{"empty hexadecimal", "0x", "1:1 `0x` is not a number"},
		{"block comment", "a /* b */ c", "1:3 comments begin with `//` and end with the line"},
		{"open block comment", "a /* b", "1:3 `/*` is never closed, and comments begin with `//`"},
	} {
		t.Run(c.name, func(t *testing.T) {
			src := new(SourceSet).Add("x", []byte(c.text))
			var got []string
			for _, d := range scan(src).diags {
				p := src.Position(d.Span.Start)
				got = append(got, fmt.Sprintf("%d:%d %s", p.Line, p.Column, d.Message))
			}
			if g := strings.Join(got, "; "); g != c.want {
				t.Errorf("got  %s\nwant %s", g, c.want)
			}
		})
	}
}

// TestNewlines shows where a newline counts: `;` is an NL in what the test wants.
func TestNewlines(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"a\nb", "a ; b ;"},
		{"a\n\n\n// c\nb // d\n", "a ; b ;"},
		{"a +\nb", "a + b ;"},
		{"f(\na,\nb\n)\nc", "f ( a , b ) ; c ;"},
		{"[\n1\n]", "[ 1 ] ;"},
		{"(A {\na: 1\n})", "( A { a : 1 ; } ) ;"},
		{"a;;b;\nc", "a ; b ; c ;"},
		{"T?\nx", "T ? ; x ;"},
		{"x :=\n1", "x := 1 ;"},
		{"return\n5", "return ; 5 ;"},
		{"\"a\"\n`b`\n1.5\n10m\n", "\"a\" ; `b` ; 1.5 ; 10m ;"},
		{"x := f(a\nreturn", "x := f ( a ) ; return ;"},
		{"x := f(a\ny := 1", "x := f ( a ) ; y := 1 ;"},
		{"x++\ny", "x ++ ; y ;"},
	} {
		s := scan(new(SourceSet).Add("x", []byte(c.text)))
		var got []string
		for _, tok := range s.toks {
			switch text := s.text[tok.start:tok.end]; {
			case tok.kind == tNL:
				got = append(got, ";")
			case tok.kind == tEOF:
			case tok.flags&virtual != 0:
				got = append(got, map[tokenKind]string{tRparen: ")", tRbrack: "]", tRbrace: "}"}[tok.kind])
			default:
				got = append(got, text)
			}
		}
		if g := strings.Join(got, " "); g != c.want {
			t.Errorf("%q: got %s, want %s", c.text, g, c.want)
		}
	}
}

// TestFlowLexer reads a file as participle would by itself.
func TestFlowLexer(t *testing.T) {
	lex, err := grammar.Lex("x.flow", strings.NewReader("flow 1\npackage p\nstep s(a int) timeout 5s\nworkflow w() { wait 5m }"))
	if err != nil {
		t.Fatal(err)
	}
	names := lexer.SymbolsByRune(flowLexer{})
	var got []string
	for _, tok := range lex {
		got = append(got, names[tok.Type])
	}
	want := "Small Int End Small Small End Small Small Punct Small Small Comma Punct Policy End Small Small Punct Punct Block End EOF"
	if g := strings.Join(got, " "); g != want {
		t.Errorf("got  %s\nwant %s", g, want)
	}
}
