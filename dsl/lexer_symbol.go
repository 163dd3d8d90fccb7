package dsl

import (
	"strings"
	"unicode/utf8"
)

// Operators, and the characters that are none.

// symbol reads a bracket, an operator or a text.
func (s *scanner) symbol(c byte, atLineStart bool) {
	start := s.pos
	switch c {
	case '"', '`', '\'':
		if s.newline >= 0 {
			s.lineBreak(tString, start, atLineStart)
		}
		switch c {
		case '"':
			s.pos++
			s.textPiece(start, false)
		case '`':
			s.raw()
		default:
			s.singleQuoted()
		}
		s.toks[len(s.toks)-1].flags |= firstIf(atLineStart)
		return
	case ';':
		s.pos++
		s.newline = -1
		if n := len(s.toks); n > 0 && s.toks[n-1].kind != tNL {
			s.emit(tNL, start, s.pos)
		}
		return
	case '}':
		if k := s.top(); k == tStrHead || k == tStrMid {
			s.pos++
			s.textPiece(start, true)
			return
		}
	case ':':
		if k := s.top(); (k == tStrHead || k == tStrMid) && s.format() {
			return
		}
	}
	kind, size := s.operator(c)
	if size == 0 {
		s.strangeCharacter(rune(c), 1)
		return
	}
	if kind == tRbrace || kind == tRparen || kind == tRbrack {
		if !s.prepareClose(kind, start, atLineStart) {
			s.pos += size
			return
		}
	}
	if (kind == tDefine || kind == tAssign) && len(s.toks) > 0 {
		s.assignmentInGroup()
	}
	if s.newline >= 0 {
		s.lineBreak(kind, start, atLineStart)
	}
	s.pos += size
	t := s.emit(kind, start, s.pos)
	t.flags |= firstIf(atLineStart)
	switch kind {
	case tLparen, tLbrack, tLbrace:
		s.open = append(s.open, bracket{tok: int32(len(s.toks) - 1), indent: int32(s.indent)})
	case tRparen, tRbrack, tRbrace:
		s.pair(len(s.toks) - 1)
	}
}

// operator gives the kind and length of the operator at the scanner's place;
// length 0 if there is none.
func (s *scanner) operator(c byte) (tokenKind, int) {
	two := s.next(1)
	switch c {
	case '(':
		return tLparen, 1
	case ')':
		return tRparen, 1
	case '[':
		return tLbrack, 1
	case ']':
		return tRbrack, 1
	case '{':
		return tLbrace, 1
	case '}':
		return tRbrace, 1
	case ',':
		return tComma, 1
	case ':':
		if two == '=' {
			return tDefine, 2
		}
		if two == ':' {
			return tAlien, 2
		}
		return tColon, 1
	case '.':
		if two == '.' {
			if s.next(2) == '.' {
				return tAlien, 3
			}
			return tAlien, 2
		}
		return tDot, 1
	case '?':
		if two == '?' {
			return tAbsent, 2
		}
		if two == '.' {
			return tAlien, 2
		}
		return tQuestion, 1
	case '=':
		if two == '=' {
			if s.next(2) == '=' {
				return tAlien, 3
			}
			return tEq, 2
		}
		if two == '>' {
			return tAlien, 2
		}
		return tAssign, 1
	case '!':
		if two == '=' {
			if s.next(2) == '=' {
				return tAlien, 3
			}
			return tNe, 2
		}
		return tNot, 1
	case '<':
		switch two {
		case '=':
			return tLe, 2
		case '<', '-', '>':
			return tAlien, 2
		}
		return tLt, 1
	case '>':
		switch two {
		case '=':
			return tGe, 2
		case '>':
			return tAlien, 2
		}
		return tGt, 1
	case '&':
		if two == '&' {
			return tAndAnd, 2
		}
		return tAlien, s.alienSize()
	case '|':
		if two == '|' {
			return tOrOr, 2
		}
		return tAlien, s.alienSize()
	case '+':
		return s.arithmetic(tPlus, two)
	case '-':
		if two == '>' {
			return tAlien, 2
		}
		return s.arithmetic(tMinus, two)
	case '*':
		if two == '*' {
			return tAlien, 2
		}
		return s.arithmetic(tStar, two)
	case '/':
		return s.arithmetic(tSlash, two)
	case '%':
		return s.arithmetic(tPercent, two)
	case '^', '~', '@', '$', '\\':
		return tAlien, s.alienSize()
	}
	return tEOF, 0
}

// alienSize is the length of an operator that the language lacks: with a `^`
// (`&^`) or `=` behind it.
func (s *scanner) alienSize() int {
	size := 1
	if c := s.next(1); s.text[s.pos] == '&' && c == '^' {
		size++
	}
	if s.next(size) == '=' && s.next(size+1) != '=' {
		size++
	}
	return size
}

// arithmetic tells `+` from `+=` and from `++` at the end of a statement;
// elsewhere `--` is two signs.
func (s *scanner) arithmetic(kind tokenKind, two byte) (tokenKind, int) {
	if two == '=' && s.next(2) != '=' {
		return tAlien, 2
	}
	if two == s.text[s.pos] && (kind == tPlus || kind == tMinus) {
		rest := strings.TrimLeft(s.text[s.pos+2:min(len(s.text), s.pos+40)], " \t\r")
		if rest == "" || rest[0] == '\n' || rest[0] == ';' || rest[0] == '}' || strings.HasPrefix(rest, "//") {
			return tAlien, 2
		}
	}
	return kind, 1
}

var quotes = map[rune]string{'“': `"`, '”': `"`, '„': `"`, '‟': `"`, '«': `"`, '»': `"`, '‘': "'", '’': "'", '′': "'", '″': `"`}

// typographic are the quotes that word processors put in front of a text, and
// those that they put behind it.
var typographic = map[rune]string{'“': "”“\"", '„': "“”\"", '”': "”\"", '‘': "’‘'", '’': "’'", '«': "»", '»': "«"}

// fancyText reads a text in typographic quotes; false if its line does not end it.
func (s *scanner) fancyText(size int, closing string) bool {
	start := s.pos
	lineEnd := s.lineEnd(start)
	end := strings.IndexAny(s.text[start+size:lineEnd], closing)
	if end < 0 {
		return false
	}
	end += start + size
	_, width := utf8.DecodeRuneInString(s.text[end:])
	s.pos = end + width
	s.quotedText(start, s.pos, s.text[start+size:end])
	return true
}

var lookalikes = map[rune]string{'–': "-", '—': "-", '−': "-", '×': "*", '÷': "/", '≠': "!=", '≤': "<=", '≥': ">=",
	'（': "(", '）': ")", '｛': "{", '｝': "}", '，': ",", '；': ";", '：': ":", '＝': "=", '→': "->", '…': "..."}

func (s *scanner) strangeCharacter(r rune, size int) {
	start := s.pos
	s.pos += size
	if r == utf8.RuneError {
		return // reported already
	}
	d := s.report(start, s.pos, codeBadCharacter, "the character `%c` (U+%04X) has no meaning here", r, r)
	plain, ok := quotes[r]
	if !ok {
		plain, ok = lookalikes[r]
	}
	if ok {
		d.fix("write `"+plain+"`", s.edit(start, s.pos, plain))
	}
}
