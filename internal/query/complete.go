package query

import (
	"bytes"
	"slices"
	"strings"

	"github.com/durablegen/durablegen/dsl"
)

// Candidate is something that may stand at a place.
type Candidate struct {
	Text    string
	Snippet string // Text with more, and `$1`, `${2:…}`, `$0` where one goes on; empty if there is none
	Detail  string
	Symbol  *Symbol // what it names; nil for words of the language
	Rank    int     // the lower, the likelier
}

// Completion is what may stand at a place, in place of what is written there already.
type Completion struct {
	From, To   int // offsets of the word that is being written
	Candidates []Candidate
}

// Complete says what may stand at an offset of a file's text. It looks at the text's tokens,
// which are there however broken it is; what names mean it takes from the index, which may be
// of an older text.
func (x *Index) Complete(name string, text []byte, offset int) Completion {
	c := newCompleter(x, name, text, offset)
	if c.quiet {
		return Completion{From: offset, To: offset}
	}
	c.all()
	list := c.out
	slices.SortStableFunc(list, func(a, b Candidate) int { return a.Rank - b.Rank })
	seen := map[string]bool{}
	list = slices.DeleteFunc(list, func(a Candidate) bool {
		again := seen[a.Text]
		seen[a.Text] = true
		return again
	})
	return Completion{c.from, c.to, list}
}

// word is a token before the place, with what is needed of it.
type word struct {
	text  string
	kind  dsl.TokenKind
	start int
	first bool // of its line
	level int  // of brackets around it
}

// completer finds out where a place is.
type completer struct {
	*Index
	file   *dsl.File // of the index; nil if it has none of the name
	at     dsl.Pos   // where the place was in it
	before []word    // the tokens before the word that is being written
	open   []int     // the brackets around the place, by index in before
	begins bool      // nothing stands before the place on its line
	quiet  bool      // it is in a comment, a text or a number
	from   int
	to     int
	out    []Candidate
}

func newCompleter(x *Index, name string, text []byte, offset int) *completer {
	c := &completer{Index: x, from: offset, to: offset}
	begin, end := declarationAround(text, offset)
	c.read(name, text[begin:end], offset-begin)
	c.from, c.to = c.from+begin, c.to+begin
	c.locate(name, text)
	return c
}

// declarationAround gives where the declaration begins that an offset is in, and where the line
// of the offset ends: what stands before and behind has no part in what may stand there.
func declarationAround(text []byte, offset int) (begin, end int) {
	end = len(text)
	if i := bytes.IndexByte(text[offset:], '\n'); i >= 0 {
		end = offset + i
	}
	for at := offset; at > 0; {
		at = bytes.LastIndexByte(text[:at], '\n')
		first, _, _ := bytes.Cut(text[at+1:end], []byte(" "))
		if len(first) < 12 && slices.Contains(dsl.DeclarationWords(), string(first)) {
			return at + 1, end
		}
	}
	return 0, end
}

// read takes the tokens before an offset.
func (c *completer) read(name string, text []byte, offset int) {
	c.from, c.to = offset, offset
	src := new(dsl.SourceSet).Add(name, text)
	line := func(at int) int { return src.Position(src.Pos(at)).Line }
	last := 0 // the line of the last token
	for _, t := range dsl.Tokens(src) {
		start, end := src.Offset(t.Start), src.Offset(t.End)
		if start >= offset {
			break
		}
		if end > offset || end == offset && goesOn(t.Kind, text[start:end]) {
			c.quiet = t.Kind != dsl.WordToken && t.Kind != dsl.ReservedToken
			c.from, c.to = start, end
			break
		}
		if t.Kind == dsl.CommentToken {
			continue
		}
		w := word{text: string(text[start:end]), kind: t.Kind, start: start, first: line(start) != last, level: len(c.open)}
		last = line(end)
		c.before = append(c.before, w)
		c.bracket(w)
	}
	c.begins = len(c.before) == 0 || last != line(c.from)
}

// goesOn reports whether what is typed right behind a token becomes a part of it.
func goesOn(kind dsl.TokenKind, text []byte) bool {
	switch kind {
	case dsl.SymbolToken:
		return false
	case dsl.TextToken: // which may lack its end
		last := text[len(text)-1]
		return len(text) == 1 || last != '"' && last != '`' && last != '{'
	case dsl.WordToken, dsl.ReservedToken, dsl.NumberToken, dsl.CommentToken:
	}
	return true
}

// bracket keeps what is open. A text's hole is open like a bracket.
func (c *completer) bracket(w word) {
	i := len(c.before) - 1
	closes := w.kind == dsl.SymbolToken && strings.Contains(")]}", w.text) || w.kind == dsl.TextToken && strings.HasPrefix(w.text, "}")
	opens := w.kind == dsl.SymbolToken && strings.Contains("([{", w.text) || w.kind == dsl.TextToken && len(w.text) > 1 && strings.HasSuffix(w.text, "{")
	if closes && len(c.open) > 0 {
		c.open = c.open[:len(c.open)-1]
		c.before[i].level = len(c.open)
	}
	if opens {
		c.open = append(c.open, i)
	}
}

// locate finds the place in the text of the index: what is the same at the beginning and at the
// end of both is where it was.
func (c *completer) locate(name string, text []byte) {
	for _, f := range c.Files {
		if f.Source.Name != name {
			continue
		}
		c.file = f
		old := f.Source.Text
		same := 0
		for same < min(len(old), len(text)) && old[same] == text[same] {
			same++
		}
		end := 0
		for end < min(len(old), len(text))-same && old[len(old)-1-end] == text[len(text)-1-end] {
			end++
		}
		switch at := c.from; {
		case at <= same:
			c.at = f.Source.Pos(at)
		case at >= len(text)-end:
			c.at = f.Source.Pos(at - len(text) + len(old))
		default:
			c.at = f.Source.Pos(same)
		}
	}
}

// back gives the token n before the place; an empty one if there is none.
func (c *completer) back(n int) word {
	if n <= len(c.before) {
		return c.before[len(c.before)-n]
	}
	return word{}
}

// is reports whether the token n before the place is one of some texts.
func (c *completer) is(n int, texts ...string) bool { return slices.Contains(texts, c.back(n).text) }

// block is what is between the innermost brackets around a place.
type block uint8

const (
	topLevel   block = iota
	statements       // of a body
	branches         // of a parallel
	cases            // of a switch
	selection        // cases of a select
	fields           // of a type or error
	members          // of an enum
	record           // fields of a literal
	mapEntries       // of a map literal
	arguments        // of a call, or what is in parentheses
	params           // of a declaration
	elements         // of a list, or an index
	hole             // of a text
)

// inside says what the innermost bracket around the place is.
func (c *completer) inside() block {
	if len(c.open) == 0 {
		return topLevel
	}
	i := c.open[len(c.open)-1]
	switch w := c.before[i]; {
	case w.kind == dsl.TextToken:
		return hole
	case w.text == "[":
		return elements
	case w.text == "(":
		if len(c.open) == 1 && i >= 2 && slices.Contains(dsl.DeclarationWords(), c.before[i-2].text) {
			return params
		}
		return arguments
	}
	return c.brace(i)
}

// brace says what the brace at an index opens, by what stands before it on its level.
func (c *completer) brace(i int) block {
	var head []string // nearest first
	level := len(c.open) - 1
	for k := i - 1; k >= 0 && c.before[k].level >= level; k-- {
		w := c.before[k]
		if w.level > level {
			continue
		}
		if strings.Contains("{},", w.text) && w.text != "," {
			break
		}
		head = append(head, w.text)
		if w.first && !slices.Contains([]string{"{", "fails", "timeout", "retry", "retention", "heartbeat", "idempotent", "reads", "stored", "at", "until", "undo", "catch"}, w.text) {
			break
		}
	}
	if len(head) == 0 {
		return statements
	}
	start := head[len(head)-1]
	has := func(words ...string) bool {
		return slices.ContainsFunc(head, func(h string) bool { return slices.Contains(words, h) })
	}
	switch {
	case level == 0 && (start == "type" || start == "error"):
		return fields
	case level == 0 && start == "enum":
		return members
	case level == 0 && start != "const":
		return statements
	case isCapital(head[0]) && !has("catch") && (len(head) == 1 || slices.Contains([]string{":=", "=", "return", "yield", "fail", "(", ",", ":", "[", "??", "&&", "||", "=="}, head[1])):
		return record
	case slices.Contains(head, "]") && has(":=", "=", "return", "yield") && !has("for", "if", "while"):
		return mapEntries
	case has("catch", "undo", "group", "if", "for", "while", "else", "try", "map", "case"):
		return statements
	case has("parallel"):
		return branches
	case head[0] == "select":
		return selection
	case has("switch"):
		return cases
	}
	return statements
}

func isCapital(s string) bool { return s != "" && s[0] >= 'A' && s[0] <= 'Z' }

// lineWords gives the tokens of the line that is being written, from the first.
func (c *completer) lineWords() []word { return c.backTo(func(w word) bool { return w.first }) }

// statementWords gives the tokens of the statement that is being written: its lines that begin
// with a clause go on from those before.
func (c *completer) statementWords() []word {
	return c.backTo(func(w word) bool { return w.first && !slices.Contains(dsl.UseClauses(), w.text) })
}

// backTo gives the tokens on the level of the place, from the nearest one that is the first.
func (c *completer) backTo(first func(word) bool) []word {
	level := len(c.open)
	var line []word
	for k := len(c.before) - 1; k >= 0 && c.before[k].level >= level; k-- {
		w := c.before[k]
		if w.level == level {
			line = append(line, w)
			if first(w) {
				break
			}
		}
	}
	slices.Reverse(line)
	return line
}
