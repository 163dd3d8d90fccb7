package dsl

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// scanned is the tokens of a file, in source order and with tEOF at the end.
// Brackets pair: where the source lacks one, a virtual one stands in for it, and
// superfluous ones are left out, so that no later phase has to think of them.
type scanned struct {
	src      *Source
	text     string
	toks     []token
	comments []comment
	diags    reports

	conflicts bool // Git has left its marks, so that nothing is sure
}

// comment is a comment and the index of the token that follows it.
type comment struct {
	start, end int32
	next       int32
}

// scan splits a file into tokens. Any bytes will do; what is wrong is reported
// and stepped over.
//
// Brackets decide where a newline counts, so a missing one could spoil the rest
// of the file. A first pass takes brackets as they come. If they don't pair, a
// second one lets itself be guided by layout: a declaration in column 1 closes
// what is open, a `}` that begins a line closes the block whose line is indented
// alike, a line that is indented no deeper than the line of a block ends the block,
// and a line that is not indented ends what is open in parentheses.
func scan(src *Source) *scanned {
	text := string(src.Text)
	s := &scanner{scanned: scanned{src: src, text: text}}
	s.toks = make([]token, 0, len(text)/5+16)
	s.run()
	if s.unpaired {
		byLayout := &scanner{scanned: scanned{src: src, text: text}, byLayout: true}
		byLayout.toks = s.toks[:0]
		byLayout.run()
		if byLayout.unpaired {
			s = byLayout
		}
	}
	return &s.scanned
}

type scanner struct {
	scanned
	pos        int
	open       []bracket
	holes      int // of the open brackets, how many are holes of texts
	byLayout   bool
	noBlock    bool // no `*/` follows
	inConflict bool // between Git's first mark and the next
	unpaired   bool // some brace has no partner
	openedText int  // where the last text or hole begins that nothing closes
	newline    int  // offset of a newline since the last token, or -1
	indent     int  // of the current line, in bytes
	lineAt     int  // where the current line starts
}

func (s *scanner) run() {
	s.newline = -1
	s.checkCharacters()
	s.pos = 0
	if strings.HasPrefix(s.text, bom) {
		s.pos = len(bom)
		s.lineAt = s.pos
	}
	atLineStart := true
	for {
		if !s.skipSpace(&atLineStart) {
			break
		}
		if atLineStart {
			s.indent = s.pos - s.lineAt
		}
		before := len(s.toks)
		s.token(atLineStart)
		if len(s.toks) > before {
			atLineStart = false
		}
	}
	s.endLine(tEOF)
	for len(s.open) > 0 {
		s.unclosed()
	}
	if n := len(s.toks); n > 0 && s.toks[n-1].kind.endsLine() {
		s.emit(tNL, len(s.text), len(s.text))
	}
	s.emit(tEOF, len(s.text), len(s.text))
}

const bom = "\uFEFF"

// checkCharacters reports what has no place anywhere in a source, texts and
// comments included. Columns stay right, as a broken byte counts as a character.
func (s *scanner) checkCharacters() {
	lastLine := -1
	report := func(at, size int, format string, args ...any) *Diagnostic {
		line := s.src.lineIndex(at)
		if line == lastLine {
			return &Diagnostic{}
		}
		lastLine = line
		return s.report(at, at+size, codeBadCharacter, format, args...)
	}
	for i := 0; i < len(s.text); {
		c := s.text[i]
		if c >= ' ' && c < 0x7f || c == '\n' || c == '\t' {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s.text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			report(i, 1, "byte 0x%02x is not UTF-8", c).Help = "save the file as UTF-8"
		case c == '\r' && i+1 < len(s.text) && s.text[i+1] == '\n':
		case c == '\r':
			report(i, 1, "carriage return without a line feed").Help = "lines end with a line feed, with or without a carriage return before it"
		case r == 0:
			report(i, 1, "NUL byte in the source").fix("remove it", s.edit(i, i+1, ""))
		case c < ' ' || c == 0x7f:
			report(i, 1, "control character U+%04X in the source", r).Help = fmt.Sprintf("take it out; in a text it is written `\\u%04x`", r)
		case r == '\uFEFF' && i > 0:
			report(i, size, "byte order mark in the middle of the file").fix("remove it", s.edit(i, i+size, ""))
		case isDirection(r):
			// They can make a source read differently from what it says.
			report(i, size, "invisible character U+%04X, which changes the direction of writing", r).Help = fmt.Sprintf("take it out, and read again what stands here; in a text it is written `\\u%04x`", r)
		}
		i += size
	}
}

// isDirection reports whether a character changes the direction of writing.
func isDirection(r rune) bool { return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 }

// skipSpace goes to the next token or comment; false at the end.
func (s *scanner) skipSpace(atLineStart *bool) bool {
	for s.pos < len(s.text) {
		switch c := s.text[s.pos]; {
		case *atLineStart && s.isConflictMarker(s.pos):
			s.conflictMarker()
		case c == '\n':
			if s.newline < 0 {
				s.newline = s.pos
			}
			s.pos++
			s.lineAt = s.pos
			*atLineStart = true
			s.closeTextAtNewline()
		case c == ' ' || c == '\t' || c == '\r' || c < ' ' || c == 0x7f:
			s.pos++
		case c == '/' && s.next(1) == '/':
			s.comment(s.pos, s.lineEnd(s.pos))
		case c == '/' && s.next(1) == '*':
			s.blockComment()
		case c == '#':
			end := s.lineEnd(s.pos)
			s.report(s.pos, s.pos+1, codeForeignComment, "comments begin with `//`, not with `#`").
				fix("write `//`", s.edit(s.pos, s.pos+1, "//"))
			s.comment(s.pos, end)
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRuneInString(s.text[s.pos:])
			switch {
			case r == utf8.RuneError || isDirection(r) || r == '\uFEFF': // reported already
			case unicode.IsSpace(r):
				s.report(s.pos, s.pos+size, codeBadCharacter, "invisible character U+%04X", r).
					fix("write a plain space", s.edit(s.pos, s.pos+size, " "))
			case unicode.Is(unicode.Cf, r): // it has no width, so what is around it reads as one word
				s.report(s.pos, s.pos+size, codeBadCharacter, "invisible character U+%04X", r).
					fix("remove it", s.edit(s.pos, s.pos+size, ""))
			default:
				return true
			}
			s.pos += size
		default:
			return true
		}
	}
	return false
}

// isConflictMarker reports whether Git has marked a conflict in the line at i: by seven
// of a sign, and a word behind them. The line between both sides has none; it counts
// inside of a conflict only.
func (s *scanner) isConflictMarker(i int) bool {
	c := s.text[i]
	if c != '<' && c != '>' && c != '=' && c != '|' || i > 0 && s.text[i-1] != '\n' || (c == '=' || c == '|') && !s.inConflict {
		return false
	}
	marker := s.text[i:s.lineEnd(i)]
	return strings.HasPrefix(marker, strings.Repeat(string(c), 7)) && (len(marker) == 7 || marker[7] == ' ' || marker[7] == '\r')
}

// conflictMarker steps over a line of Git's; of a conflict, the first side is read.
func (s *scanner) conflictMarker() {
	end := s.lineEnd(s.pos)
	switch s.text[s.pos] {
	case '=', '|':
		s.inConflict = false
		if n := strings.Index(s.text[end:], "\n>>>>>>>"); n >= 0 {
			end = s.lineEnd(end + n + 1)
		}
	case '<', '>':
		if !s.inConflict {
			s.report(s.pos, end, codeConflict, "a merge conflict is not resolved").
				help("Git has left both sides here, above and below `=======`: decide between them, and take out its three lines")
		}
		s.inConflict = s.text[s.pos] == '<'
		s.conflicts = true
	}
	s.pos = end
}

func (s *scanner) comment(start, end int) {
	s.comments = append(s.comments, comment{int32(start), int32(end), int32(len(s.toks))})
	s.pos = end
}

func (s *scanner) blockComment() {
	start, lineEnd := s.pos, s.lineEnd(s.pos)
	end := -1
	if !s.noBlock {
		end = strings.Index(s.text[start+2:], "*/")
	}
	if end < 0 {
		s.noBlock = true
		s.report(start, start+2, codeForeignComment, "`/*` is never closed, and comments begin with `//`").
			Help = "write `//` in front of every line of the comment"
		s.comment(start, lineEnd)
		return
	}
	end += start + 4
	d := s.report(start, min(end, lineEnd), codeForeignComment, "comments begin with `//` and end with the line")
	d.Help = "write `//` in front of every line of the comment"
	if end <= lineEnd && strings.TrimSpace(s.text[end:lineEnd]) == "" {
		d.fix("write `//`", s.edit(start, end, "// "+strings.TrimSpace(s.text[start+2:end-2])))
	}
	s.comment(start, end)
	if end > lineEnd && s.newline < 0 {
		s.newline = lineEnd
	}
}

func (s *scanner) lineEnd(from int) int {
	end := strings.IndexByte(s.text[from:], '\n')
	if end < 0 {
		return len(s.text)
	}
	end += from
	if end > from && s.text[end-1] == '\r' {
		end--
	}
	return end
}

func (s *scanner) next(n int) byte {
	if s.pos+n < len(s.text) {
		return s.text[s.pos+n]
	}
	return 0
}

func (s *scanner) emit(kind tokenKind, start, end int) *token {
	s.toks = append(s.toks, token{kind: kind, start: int32(start), end: int32(end), match: -1})
	return &s.toks[len(s.toks)-1]
}

func (s *scanner) report(start, end int, code Code, format string, args ...any) *Diagnostic {
	return s.diags.add(code, Span{s.src.Pos(start), s.src.Pos(end)}, format, args...)
}

func (s *scanner) edit(start, end int, text string) Edit {
	return Edit{Span{s.src.Pos(start), s.src.Pos(end)}, text}
}

// token reads one token; there is one.
func (s *scanner) token(atLineStart bool) {
	start := s.pos
	c := s.text[start]
	kind := tEOF
	switch {
	case isLetter(c) || c == '_':
		kind = s.word()
	case c >= '0' && c <= '9':
		kind = s.number()
	case c >= utf8.RuneSelf:
		r, size := utf8.DecodeRuneInString(s.text[start:])
		if closing := typographic[r]; closing != "" && s.fancyText(size, closing) {
			return
		}
		if !unicode.IsLetter(r) {
			s.strangeCharacter(r, size)
			return
		}
		kind = s.word()
	case c == '.' && s.next(1) >= '0' && s.next(1) <= '9' && !s.afterOperand():
		s.pos++
		s.digits()
		s.report(start, s.pos, codeBadNumber, "a number begins with a digit").
			fix("write a zero", s.edit(start, start, "0"))
		kind = tFloat
	}
	if kind == tEOF {
		s.symbol(c, atLineStart)
		return
	}
	if s.newline >= 0 || atLineStart {
		s.lineBreak(kind, start, atLineStart)
	}
	t := s.emit(kind, start, s.pos)
	if atLineStart {
		t.flags |= first
	}
}

// afterOperand reports whether the last token may be followed by a selector.
func (s *scanner) afterOperand() bool {
	return s.newline < 0 && len(s.toks) > 0 && s.toks[len(s.toks)-1].kind.endsLine()
}

// lineBreak deals with the newlines since the last token, knowing that a token
// of the given kind comes next.
func (s *scanner) lineBreak(next tokenKind, start int, atLineStart bool) {
	if atLineStart && len(s.open) > 0 {
		s.closeByIndent(next)
	}
	if atLineStart && len(s.open) > 0 {
		switch top := s.top(); {
		case s.byLayout && start == s.lineAt && next == tWord && s.beginsDeclaration(start):
			for len(s.open) > 0 {
				s.unclosed()
			}
		case top == tLparen || top == tLbrack:
			if s.byLayout && int(s.open[len(s.open)-1].indent) >= s.indent && next != tRparen && next != tRbrack {
				s.closeGroups()
				break
			}
			// These never begin a line inside an expression, so what is open
			// was forgotten.
			switch {
			case next.is(neverInValue):
				s.closeGroups()
			case next == tWord:
				word, rest, _ := strings.Cut(s.text[start:min(len(s.text), start+12)], " ")
				if rest != "" && ((beginsOperation|beginsCall).has(word) && isLetter(rest[0]) || s.byLayout && isClause.has(word) && (isLetter(rest[0]) || isDigit(rest[0]))) {
					s.closeGroups()
				}
			}
		}
	}
	s.endLine(next)
}

// endLine emits an NL for a pending newline where that ends something.
func (s *scanner) endLine(next tokenKind) {
	at := s.newline
	s.newline = -1
	if at < 0 || len(s.toks) == 0 || !s.endsLine() {
		return
	}
	if top := s.top(); top == tLparen || top == tLbrack {
		return
	}
	s.emit(tNL, at, at+1)
}

// endsLine reports whether a newline counts behind the last token: also behind
// `x++`, so that the mistake stays on its line.
func (s *scanner) endsLine() bool {
	t := s.toks[len(s.toks)-1]
	if t.kind == tAlien {
		text := s.text[t.start:t.end]
		return text == "++" || text == "--"
	}
	return t.kind.endsLine()
}

// beginsDeclaration reports whether the text at start reads `keyword name`.
func (s *scanner) beginsDeclaration(start int) bool {
	rest := s.text[start:min(len(s.text), start+16)]
	space := strings.IndexByte(rest, ' ')
	return space > 0 && beginsDeclaration.has(rest[:space]) && space+1 < len(rest) && (isLetter(rest[space+1]) || rest[space+1] >= utf8.RuneSelf)
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// word reads a word and gives its kind.
func (s *scanner) word() tokenKind {
	start := s.pos
	for s.pos < len(s.text) {
		c := s.text[s.pos]
		if isLetter(c) || isDigit(c) || c == '_' {
			s.pos++
			continue
		}
		if c < utf8.RuneSelf {
			break
		}
		r, size := utf8.DecodeRuneInString(s.text[s.pos:])
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Mn, r) && !unicode.Is(unicode.Mc, r) {
			break
		}
		s.pos += size
	}
	word := s.text[start:s.pos]
	switch c := word[0]; {
	case c >= 'a' && c <= 'z':
		if n := len(word); n >= 2 && n <= 8 {
			if k, ok := reserved[word]; ok {
				return k
			}
		}
		return tWord
	case c >= 'A' && c <= 'Z':
		return tName
	case c < utf8.RuneSelf:
		return tWord
	}
	if r, _ := utf8.DecodeRuneInString(word); unicode.IsUpper(r) || unicode.IsTitle(r) {
		return tName
	}
	return tWord
}

func (s *scanner) digits() {
	for s.pos < len(s.text) && (isDigit(s.text[s.pos]) || s.text[s.pos] == '_') {
		s.pos++
	}
}

// format reads what stands behind the value of a hole, up to its end: `:.2`. A colon
// before a space, as others have it in `c ? a : b`, begins none.
func (s *scanner) format() bool {
	if c := s.next(1); c == ' ' || c == ':' || c == '=' {
		return false
	}
	start := s.pos
	for s.pos < len(s.text) && !strings.ContainsRune("}\"\n", rune(s.text[s.pos])) {
		s.pos++
	}
	s.emit(tFormat, start, s.pos)
	return true
}

func firstIf(atLineStart bool) tokenFlags {
	if atLineStart {
		return first
	}
	return 0
}

// isHole reports whether an open bracket is the hole of a text.
func (s *scanner) isHole(i int) bool {
	k := s.toks[s.open[i].tok].kind
	return k == tStrHead || k == tStrMid
}

// isText reports whether a token is a text, or begins one.
func (k tokenKind) isText() bool { return k == tString || k == tRaw || k == tStrHead }
