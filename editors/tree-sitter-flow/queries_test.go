package flow

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	sitter "github.com/tree-sitter/go-tree-sitter"

	"github.com/durablegen/durablegen/dsl"
)

var (
	entry  = regexp.MustCompile(`(?s)={10,}\n([^\n]+)\n={10,}\n(.*?)\n-{10,}\n(.*?)(?:\n={10,}|$)`)
	fields = regexp.MustCompile(`\w+: `)
	space  = regexp.MustCompile(`\s+`)
)

// names are colours of what somebody has named.
var names = map[string]bool{"function": true, "property": true, "label": true, "constant": true}

// The corpus is in the form of tree-sitter's own command, which need not be there.
func TestCorpus(t *testing.T) {
	files, err := filepath.Glob("test/corpus/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for rest := string(text); ; n++ {
			m := entry.FindStringSubmatchIndex(rest)
			if m == nil {
				break
			}
			name, source, want := rest[m[2]:m[3]], rest[m[4]:m[5]], rest[m[6]:m[7]]
			got := fields.ReplaceAllString(parse(t, []byte(source)).RootNode().ToSexp(), "")
			if want = strings.ReplaceAll(strings.TrimSpace(space.ReplaceAllString(want, " ")), " )", ")"); got != want {
				t.Errorf("%s, %s:\n%s\nwant\n%s", file, name, got, want)
			}
			rest = rest[m[7]:]
		}
	}
	if n < 7 {
		t.Errorf("%d cases were found", n)
	}
}

// What is coloured as a keyword, number, text or comment is one, in every file of the repository.
func TestQueries(t *testing.T) {
	language := sitter.NewLanguage(Language())
	queries, err := filepath.Glob("queries/*.scm")
	if err != nil || len(queries) < 4 {
		t.Fatal(queries, err)
	}
	for _, file := range queries {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		query, queryErr := sitter.NewQuery(language, string(text))
		if queryErr != nil {
			t.Fatalf("%s: %v", file, queryErr)
		}
		defer query.Close()
		if filepath.Base(file) != "highlights.scm" {
			continue
		}
		for name, text := range sources(t) {
			set := new(dsl.SourceSet)
			src := set.Add("a.flow", text)
			if _, ds := dsl.Parse(src); ds.HasErrors() {
				continue
			}
			colours := map[int]string{}
			cursor := sitter.NewQueryCursor()
			captures := cursor.Captures(query, parse(t, text).RootNode(), text)
			for match, i := captures.Next(); match != nil; match, i = captures.Next() {
				c := match.Captures[i]
				colours[int(c.Node.StartByte())], _, _ = strings.Cut(query.CaptureNames()[c.Index], ".")
			}
			cursor.Close()
			for _, token := range dsl.Tokens(src) {
				at := src.Offset(token.Start)
				got, word := colours[at], string(text[at:src.Offset(token.End)])
				switch token.Kind {
				case dsl.ReservedToken:
					if got != "keyword" && got != "boolean" && !names[got] { // words are names, too
						t.Errorf("%s:%d: %s is coloured as %q", name, src.Position(token.Start).Line, word, got)
					}
				case dsl.NumberToken:
					if got != "number" {
						t.Errorf("%s:%d: %s is coloured as %q", name, src.Position(token.Start).Line, word, got)
					}
				case dsl.TextToken:
					if got != "string" && !strings.HasPrefix(word, "}") {
						t.Errorf("%s:%d: %s is coloured as %q", name, src.Position(token.Start).Line, word, got)
					}
				case dsl.CommentToken:
					if got != "comment" {
						t.Errorf("%s:%d: %s is coloured as %q", name, src.Position(token.Start).Line, word, got)
					}
				case dsl.WordToken:
					if got == "keyword" && !dsl.IsKeyword(word) || got == "" && dsl.IsKeyword(word) && strings.HasPrefix(string(text[src.Offset(token.End):]), " step ") {
						t.Errorf("%s:%d: %s is coloured as %q", name, src.Position(token.Start).Line, word, got)
					}
				case dsl.SymbolToken: // of any colour
				}
			}
		}
	}
}
