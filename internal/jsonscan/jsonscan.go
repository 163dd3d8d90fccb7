// Package jsonscan reads JSON text from left to right, for decoders that know what
// they want, and writes the texts in it. It takes what RFC 8259 allows and nothing
// else: no text that is not UTF-8, no half of a surrogate pair, no value nested deeper
// than a thousand. What encoding/json replaces by U+FFFD is an error here, since what a
// reader makes of a text should be what its writer meant.
package jsonscan

import (
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth bounds the nesting, so that no input exhausts the stack.
const maxDepth = 1000

// SyntaxError says what is wrong with the text itself.
type SyntaxError struct {
	What string
	Byte int // offset into the text
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("not JSON: %s at byte %d", e.What, e.Byte) }

// Scanner is a place in a text. Values are read by the method for what [Scanner.Next]
// shows; texts that a method gives are parts of the whole where they can be.
type Scanner struct {
	text  string
	at    int
	depth int
}

// New gives a scanner at the beginning of text.
func New(text string) (*Scanner, error) {
	s := &Scanner{text: text}
	if !utf8.ValidString(text) {
		s.at = firstInvalid(text)
		return nil, s.syntaxError("a byte that is no UTF-8")
	}
	return s, nil
}

func firstInvalid(text string) int {
	for i, r := range text {
		if r == utf8.RuneError && !strings.HasPrefix(text[i:], "\uFFFD") {
			return i
		}
	}
	return len(text)
}

func (s *Scanner) syntaxError(what string) error { return &SyntaxError{what, s.at} }

// Offset is how many bytes have been read, and Rest how many have not.
func (s *Scanner) Offset() int { return s.at }

// Rest is how many bytes have not been read.
func (s *Scanner) Rest() int { return len(s.text) - s.at }

// Next skips white space and gives the next byte without reading it; 0 at the end.
func (s *Scanner) Next() byte {
	for s.at < len(s.text) {
		switch c := s.text[s.at]; c {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return c
		}
	}
	return 0
}

// Got reads one byte if it is next.
func (s *Scanner) Got(c byte) bool {
	if s.Next() != c {
		return false
	}
	s.at++
	return true
}

// Kind names the value that is next, for messages.
func (s *Scanner) Kind() string {
	switch c := s.Next(); {
	case c == '"':
		return "a string"
	case c == '{':
		return "an object"
	case c == '[':
		return "a list"
	case c == 't', c == 'f':
		return "a bool"
	case c == 'n':
		return "null"
	case c == '-', c >= '0' && c <= '9':
		return "a number"
	case c == 0 && s.at == len(s.text):
		return "nothing"
	}
	return "no JSON"
}

// Null reads null if it is next.
func (s *Scanner) Null() bool { return s.Next() == 'n' && s.word("null") }

// Bool reads true or false if it is next.
func (s *Scanner) Bool() (value, ok bool) {
	switch s.Next() {
	case 't':
		return true, s.word("true")
	case 'f':
		return false, s.word("false")
	}
	return false, false
}

func (s *Scanner) word(w string) bool {
	if !strings.HasPrefix(s.text[s.at:], w) {
		return false
	}
	s.at += len(w)
	return true
}

// Number reads the text of a number.
func (s *Scanner) Number() (string, error) {
	s.Next()
	start := s.at
	s.oneOf("-")
	if !s.oneOf("0") && !s.digits() {
		return "", s.syntaxError("a number without digits")
	}
	if s.oneOf(".") && !s.digits() {
		return "", s.syntaxError("a number without digits behind its point")
	}
	if s.oneOf("eE") {
		s.oneOf("+-")
		if !s.digits() {
			return "", s.syntaxError("a number without an exponent")
		}
	}
	return s.text[start:s.at], nil
}

// oneOf reads a byte if it is one of set.
func (s *Scanner) oneOf(set string) bool {
	if s.at < len(s.text) && strings.IndexByte(set, s.text[s.at]) >= 0 {
		s.at++
		return true
	}
	return false
}

func (s *Scanner) digits() bool {
	from := s.at
	for s.at < len(s.text) && s.text[s.at] >= '0' && s.text[s.at] <= '9' {
		s.at++
	}
	return s.at > from
}

// Text reads a string.
func (s *Scanner) Text() (string, error) {
	raw, escapes, err := s.quoted()
	if err != nil || !escapes {
		return raw, err
	}
	return unescape(raw), nil
}

// quoted reads a string and gives what stands between its quotes.
func (s *Scanner) quoted() (raw string, escapes bool, err error) {
	if s.Next() != '"' {
		return "", false, s.syntaxError("no string")
	}
	s.at++
	start, text := s.at, s.text
	for i := start; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			s.at = i + 1
			return text[start:i], escapes, nil
		case c == '\\':
			escapes = true
			n, what := escape(text[i:])
			if what != "" {
				s.at = i
				return "", false, s.syntaxError(what)
			}
			i += n - 1
		case c < ' ':
			s.at = i
			return "", false, s.syntaxError("a control character in a string")
		}
	}
	s.at = len(text)
	return "", false, s.syntaxError("a string without end")
}

// escape gives the length of the escape that text begins with, or what is wrong.
func escape(text string) (n int, what string) {
	if len(text) < 2 {
		return 0, "a string without end"
	}
	if text[1] != 'u' {
		if strings.IndexByte(`"\/bfnrt`, text[1]) < 0 {
			return 0, "an unknown escape in a string"
		}
		return 2, ""
	}
	r, ok := hex(text)
	switch {
	case !ok:
		return 0, "an escape without four hex digits"
	case !utf16.IsSurrogate(r):
		return 6, ""
	}
	if low, ok := hex(text[6:]); ok && utf16.DecodeRune(r, low) != utf8.RuneError {
		return 12, ""
	}
	return 0, "half of a surrogate pair"
}

// hex reads the number of an escape such as \u00e9.
func hex(text string) (rune, bool) {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	var r rune
	for i := 2; i < 6; i++ {
		switch c := text[i]; {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c >= 'a' && c <= 'f':
			r = r<<4 | rune(c-'a'+10)
		case c >= 'A' && c <= 'F':
			r = r<<4 | rune(c-'A'+10)
		default:
			return 0, false
		}
	}
	return r, true
}

// unescape gives the text of a string whose escapes are in order.
func unescape(raw string) string {
	out := make([]byte, 0, len(raw))
	for {
		k := strings.IndexByte(raw, '\\')
		if k < 0 {
			return string(append(out, raw...))
		}
		out, raw = append(out, raw[:k]...), raw[k:]
		n := 2
		switch c := raw[1]; c {
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			r, _ := hex(raw)
			if n = 6; utf16.IsSurrogate(r) {
				low, _ := hex(raw[6:])
				r, n = utf16.DecodeRune(r, low), 12
			}
			out = utf8.AppendRune(out, r)
		default:
			out = append(out, c)
		}
		raw = raw[n:]
	}
}

// Object reads an object, calling member at each value, behind its colon. A name may
// occur more than once.
func (s *Scanner) Object(member func(name string) error) error {
	return s.nested('{', '}', func(int) error {
		if s.Next() != '"' {
			return s.syntaxError("no name of a field")
		}
		name, err := s.Text()
		if err != nil {
			return err
		}
		if !s.Got(':') {
			return s.syntaxError("no colon")
		}
		return member(name)
	})
}

// List reads a list, calling element at each value.
func (s *Scanner) List(element func(i int) error) error { return s.nested('[', ']', element) }

func (s *Scanner) nested(open, end byte, part func(i int) error) error {
	if !s.Got(open) {
		return s.syntaxError("no " + string(open))
	}
	if s.depth++; s.depth > maxDepth {
		return s.syntaxError("too deep")
	}
	if !s.Got(end) {
		for i := 0; ; i++ {
			if err := part(i); err != nil {
				return err
			}
			if s.Got(end) {
				break
			}
			if !s.Got(',') {
				return s.syntaxError("no comma")
			}
		}
	}
	s.depth--
	return nil
}

// Skip reads any value and gives its text.
func (s *Scanner) Skip() (string, error) {
	c := s.Next()
	start := s.at
	var err error
	switch {
	case c == '"':
		_, _, err = s.quoted()
	case c == '{':
		err = s.Object(func(string) error { _, err := s.Skip(); return err })
	case c == '[':
		err = s.List(func(int) error { _, err := s.Skip(); return err })
	case c == 't' && s.word("true"), c == 'f' && s.word("false"), c == 'n' && s.word("null"):
	case c == '-', c >= '0' && c <= '9':
		_, err = s.Number()
	default:
		err = s.syntaxError("no value")
	}
	return s.text[start:s.at], err
}

// End fails if anything but white space is left.
func (s *Scanner) End() error {
	if s.Next(); s.at < len(s.text) {
		return s.syntaxError("more than one value")
	}
	return nil
}
