// Package payload tells whether a JSON text is a value of a type of the language, before
// a workflow or a callback is given it: what would fail at run time, and what is most
// likely a slip of the pen, is told at its place in the text.
package payload

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/cleantext"
)

// Kind tells what a value is; its text is how people call it.
type Kind string

const (
	Null   Kind = "null"
	Bool   Kind = "a boolean"
	Number Kind = "a number"
	String Kind = "a text"
	Array  Kind = "a list"
	Object Kind = "an object"
)

// Value is a JSON value. Start and End are byte offsets in the text.
type Value struct {
	Kind       Kind
	Start, End int
	Text       string // of a string, decoded; of a number or boolean, as written
	Items      []*Value
	Members    []Member
}

// Member is one entry of an object.
type Member struct {
	Key              string
	KeyStart, KeyEnd int
	Value            *Value
}

// Get gives the value of a key; nil if there is none.
func (v *Value) Get(key string) *Value {
	for _, m := range v.Members {
		if m.Key == key {
			return m.Value
		}
	}
	return nil
}

// Problem is something wrong with a JSON text, at its place.
type Problem struct {
	Start, End int
	Message    string
	Help       string
}

// Parse reads one JSON value. A key that stands twice in an object is a problem,
// as is anything after the value.
func Parse(text []byte) (*Value, []Problem) {
	if !utf8.Valid(text) {
		return nil, []Problem{{0, 0, "the text is not UTF-8", ""}}
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	p := &parser{text: text, d: d}
	v := p.value()
	if p.problems == nil {
		if rest := bytes.TrimLeft(text[p.offset():], " \t\r\n"); len(rest) > 0 {
			at := len(text) - len(rest)
			p.fail(at, at+1, "more text after the value")
		}
	}
	if p.problems != nil {
		return nil, p.problems
	}
	return v, nil
}

// ParseGiven is Parse of what somebody gave, or did not give: no value at all is null.
func ParseGiven(text string) (*Value, []Problem) {
	if strings.TrimSpace(text) == "" {
		return &Value{Kind: Null, End: len(text)}, nil
	}
	return Parse([]byte(text))
}

type parser struct {
	text     []byte
	d        *json.Decoder
	problems []Problem
}

// maxDepth keeps a hostile text from using up the stack.
const maxDepth = 1000

func (p *parser) fail(start, end int, message string) {
	p.problems = append(p.problems, Problem{Start: start, End: min(end, len(p.text)), Message: message})
}

func (p *parser) offset() int { return int(p.d.InputOffset()) }

// skip passes over space and the separators that the decoder swallows.
func (p *parser) skip(i int) int {
	for i < len(p.text) && bytes.IndexByte([]byte(" \t\r\n,:"), p.text[i]) >= 0 {
		i++
	}
	return i
}

// token gives the next token with its place.
func (p *parser) token() (tok json.Token, start, end int, ok bool) {
	start = p.skip(p.offset())
	tok, err := p.d.Token()
	if err != nil {
		at, message := p.mistake(start, err)
		p.fail(at, at+1, message)
		return nil, 0, 0, false
	}
	return tok, start, p.offset(), true
}

// mistake says what is wrong with the text and where. The decoder's own error has
// no reliable place; that of a whole text does.
func (p *parser) mistake(start int, err error) (at int, message string) {
	if end := len(bytes.TrimRight(p.text, " \t\r\n")); end == 0 {
		return 0, "there is no JSON: the text is empty"
	} else if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return end, "the JSON ends too early"
	}
	var syntax *json.SyntaxError
	if errors.As(json.Unmarshal(p.text, new(any)), &syntax) {
		at = max(min(int(syntax.Offset), len(p.text))-1, 0)
		message = syntax.Error()
		if message == "unexpected end of JSON input" {
			return len(bytes.TrimRight(p.text, " \t\r\n")), "the JSON ends too early"
		}
		return at, "not JSON: " + message
	}
	return start, "not JSON: " + strings.TrimPrefix(err.Error(), "json: ")
}

func (p *parser) value() *Value {
	return p.valueAt(0)
}

func (p *parser) valueAt(depth int) *Value {
	tok, start, end, ok := p.token()
	if !ok {
		return nil
	}
	if depth > maxDepth {
		p.fail(start, end, "nested too deeply")
		return nil
	}
	v := &Value{Start: start, End: end}
	switch t := tok.(type) {
	case nil:
		v.Kind = Null
	case bool:
		v.Kind, v.Text = Bool, fmt.Sprint(t)
	case json.Number:
		v.Kind, v.Text = Number, t.String()
	case string:
		v.Kind, v.Text = String, t
	case json.Delim:
		v.Kind = Array
		if t == '{' {
			v.Kind = Object
		}
		seen := map[string]bool{}
		for p.d.More() {
			if v.Kind == Array {
				item := p.valueAt(depth + 1)
				if item == nil {
					return nil
				}
				v.Items = append(v.Items, item)
			} else if !p.member(v, seen, depth) {
				return nil
			}
		}
		if _, _, v.End, ok = p.token(); !ok {
			return nil
		}
	}
	return v
}

func (p *parser) member(v *Value, seen map[string]bool, depth int) bool {
	tok, start, end, ok := p.token()
	if !ok {
		return false
	}
	key := tok.(string) // the decoder gives nothing else here
	if seen[key] {
		p.fail(start, end, fmt.Sprintf("`%s` stands here twice", key))
		return false
	}
	seen[key] = true
	value := p.valueAt(depth + 1)
	if value == nil {
		return false
	}
	v.Members = append(v.Members, Member{key, start, end, value})
	return true
}

// Diagnostics gives problems of a text as the compiler's, to be shown in the same
// way.
func Diagnostics(src *dsl.Source, problems []Problem) dsl.Diagnostics {
	var ds dsl.Diagnostics
	for _, p := range problems {
		ds = append(ds, dsl.Diagnostic{
			Message: cleantext.Line(p.Message),
			Help:    cleantext.Line(p.Help),
			Span:    dsl.Span{Start: src.Pos(p.Start), End: src.Pos(max(p.End, p.Start))},
		})
	}
	return ds
}

// Compact gives JSON without the space between its tokens, and what is no JSON as it is.
func Compact(text string) string {
	var b bytes.Buffer
	if json.Compact(&b, []byte(text)) != nil {
		return text
	}
	return b.String()
}
