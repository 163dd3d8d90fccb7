package flow

import (
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth bounds the nesting of JSON, so that no input exhausts the stack.
const maxDepth = 1000

// scanner reads JSON text from left to right.
type scanner struct {
	text  string
	at    int
	depth int
}

// syntaxError says what is wrong with the text itself.
func (s *scanner) syntaxError(what string) error {
	return fmt.Errorf("not JSON: %s at byte %d", what, s.at)
}

// next skips white space and gives the next byte without reading it; 0 at the end.
func (s *scanner) next() byte {
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

// got reads one byte if it is next.
func (s *scanner) got(c byte) bool {
	if s.next() != c {
		return false
	}
	s.at++
	return true
}

// kind names the value that is next, for messages.
func (s *scanner) kind() string {
	switch c := s.next(); {
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
	case c == 0:
		return "nothing"
	}
	return "no JSON"
}

// word reads true, false or null.
func (s *scanner) word(w string) bool {
	if !strings.HasPrefix(s.text[s.at:], w) {
		return false
	}
	s.at += len(w)
	return true
}

// null reads null if it is next.
func (s *scanner) null() bool { return s.next() == 'n' && s.word("null") }

// number reads the text of a number.
func (s *scanner) number() (string, error) {
	start := s.at
	digits := func() bool {
		from := s.at
		for s.at < len(s.text) && s.text[s.at] >= '0' && s.text[s.at] <= '9' {
			s.at++
		}
		return s.at > from
	}
	if s.at < len(s.text) && s.text[s.at] == '-' {
		s.at++
	}
	if s.at < len(s.text) && s.text[s.at] == '0' {
		s.at++
	} else if !digits() {
		return "", s.syntaxError("a number without digits")
	}
	if s.at < len(s.text) && s.text[s.at] == '.' {
		s.at++
		if !digits() {
			return "", s.syntaxError("a number without digits behind its point")
		}
	}
	if s.at < len(s.text) && (s.text[s.at] == 'e' || s.text[s.at] == 'E') {
		s.at++
		if s.at < len(s.text) && (s.text[s.at] == '+' || s.text[s.at] == '-') {
			s.at++
		}
		if !digits() {
			return "", s.syntaxError("a number without an exponent")
		}
	}
	return s.text[start:s.at], nil
}

// str reads a string, whose opening quote is next.
func (s *scanner) str() (string, error) {
	s.at++
	start := s.at
	for s.at < len(s.text) {
		switch c := s.text[s.at]; {
		case c == '"':
			out := s.text[start:s.at]
			s.at++
			return strings.ToValidUTF8(out, "\uFFFD"), nil
		case c == '\\':
			return s.escaped(start)
		case c < ' ':
			return "", s.syntaxError("a control character in a string")
		}
		s.at++
	}
	return "", s.syntaxError("a string without end")
}

// escaped reads on in a string at its first backslash.
func (s *scanner) escaped(start int) (string, error) {
	out := []byte(s.text[start:s.at])
	for s.at < len(s.text) {
		c := s.text[s.at]
		s.at++
		switch {
		case c == '"':
			return strings.ToValidUTF8(string(out), "\uFFFD"), nil
		case c < ' ':
			return "", s.syntaxError("a control character in a string")
		case c != '\\':
			out = append(out, c)
			continue
		}
		if s.at >= len(s.text) {
			break
		}
		c = s.text[s.at]
		s.at++
		switch c {
		case '"', '\\', '/':
			out = append(out, c)
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
			r, err := s.unicode()
			if err != nil {
				return "", err
			}
			out = utf8.AppendRune(out, r)
		default:
			return "", s.syntaxError("an unknown escape in a string")
		}
	}
	return "", s.syntaxError("a string without end")
}

// unicode reads what follows \u, and the other half of a pair.
func (s *scanner) unicode() (rune, error) {
	r, ok := s.hex()
	if !ok {
		return 0, s.syntaxError("an escape without four hex digits")
	}
	if !utf16.IsSurrogate(r) {
		return r, nil
	}
	if strings.HasPrefix(s.text[s.at:], `\u`) {
		back := s.at
		s.at += 2
		if low, ok := s.hex(); ok {
			if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
				return pair, nil
			}
		}
		s.at = back
	}
	return utf8.RuneError, nil
}

func (s *scanner) hex() (rune, bool) {
	if s.at+4 > len(s.text) {
		return 0, false
	}
	var r rune
	for _, c := range []byte(s.text[s.at : s.at+4]) {
		switch {
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
	s.at += 4
	return r, true
}

// object reads an object, calling member at each value, behind its colon.
func (s *scanner) object(member func(key string) error) error {
	s.at++
	s.depth++
	defer func() { s.depth-- }()
	if s.depth > maxDepth {
		return s.syntaxError("too deep")
	}
	if s.got('}') {
		return nil
	}
	for {
		if s.next() != '"' {
			return s.syntaxError("no name of a field")
		}
		key, err := s.str()
		if err != nil {
			return err
		}
		if !s.got(':') {
			return s.syntaxError("no colon")
		}
		if err := member(key); err != nil {
			return err
		}
		if s.got('}') {
			return nil
		}
		if !s.got(',') {
			return s.syntaxError("no comma")
		}
	}
}

// list reads a list, calling element at each value.
func (s *scanner) list(element func(i int) error) error {
	s.at++
	s.depth++
	defer func() { s.depth-- }()
	if s.depth > maxDepth {
		return s.syntaxError("too deep")
	}
	if s.got(']') {
		return nil
	}
	for i := 0; ; i++ {
		if err := element(i); err != nil {
			return err
		}
		if s.got(']') {
			return nil
		}
		if !s.got(',') {
			return s.syntaxError("no comma")
		}
	}
}

// skip reads any value and gives its text.
func (s *scanner) skip() (string, error) {
	c := s.next()
	start := s.at
	var err error
	switch {
	case c == '"':
		_, err = s.str()
	case c == '{':
		err = s.object(func(string) error { _, err := s.skip(); return err })
	case c == '[':
		err = s.list(func(int) error { _, err := s.skip(); return err })
	case c == 't' && s.word("true"), c == 'f' && s.word("false"), c == 'n' && s.word("null"):
	case c == '-', c >= '0' && c <= '9':
		_, err = s.number()
	default:
		err = s.syntaxError("no value")
	}
	return s.text[start:s.at], err
}

// end fails if anything but white space is left.
func (s *scanner) end() error {
	if s.next() != 0 || s.at < len(s.text) {
		return s.syntaxError("more than one value")
	}
	return nil
}
