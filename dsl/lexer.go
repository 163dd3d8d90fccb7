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

// bracket is an open bracket, or the hole of a text.
type bracket struct {
	tok    int32
	indent int32 // of its line
	body   int32 // indentation of the first line inside, 0 until it is known
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
			report(i, 1, "carriage return without a line feed").fix("remove it", s.edit(i, i+1, ""))
		case r == 0:
			report(i, 1, "NUL byte in the source").fix("remove it", s.edit(i, i+1, ""))
		case c < ' ' || c == 0x7f:
			report(i, 1, "control character U+%04X in the source", r).fix("remove it", s.edit(i, i+1, ""))
		case r == '\uFEFF' && i > 0:
			report(i, size, "byte order mark in the middle of the file").fix("remove it", s.edit(i, i+size, ""))
		case isDirection(r):
			// They can make a source read differently from what it says.
			report(i, size, "invisible character U+%04X, which changes the direction of writing", r).
				fix("remove it", s.edit(i, i+size, ""))
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
			case unicode.IsSpace(r) || unicode.Is(unicode.Cf, r):
				s.report(s.pos, s.pos+size, codeBadCharacter, "invisible character U+%04X", r).
					fix("write a plain space", s.edit(s.pos, s.pos+size, " "))
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
				if rest != "" && (beginsOperation.has(word) && isLetter(rest[0]) || s.byLayout && isClause.has(word) && (isLetter(rest[0]) || isDigit(rest[0]))) {
					s.closeGroups()
				}
			}
		}
	}
	s.endLine(next)
}

// closeByIndent ends the blocks that, going by layout, are over before this line:
// it is indented no deeper than the line that opens them, and what is in them is.
func (s *scanner) closeByIndent(next tokenKind) {
	for len(s.open) > 0 && s.top() == tLbrace && next != tRbrace {
		b := &s.open[len(s.open)-1]
		if b.body == 0 {
			b.body = int32(s.indent)
		}
		if !s.byLayout || b.body <= b.indent || int(b.indent) < s.indent {
			return
		}
		s.unclosed()
		if next == kwElse || next == kwCatch {
			s.newline = -1 // it goes on behind the `}` that is missing
			return
		}
	}
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

// top is the kind of the innermost open bracket; tEOF if none is.
func (s *scanner) top() tokenKind {
	if len(s.open) == 0 {
		return tEOF
	}
	return s.toks[s.open[len(s.open)-1].tok].kind
}

// beginsDeclaration reports whether the text at start reads `keyword name`.
func (s *scanner) beginsDeclaration(start int) bool {
	rest := s.text[start:min(len(s.text), start+16)]
	space := strings.IndexByte(rest, ' ')
	return space > 0 && beginsDeclaration.has(rest[:space]) && space+1 < len(rest) && (isLetter(rest[space+1]) || rest[space+1] >= utf8.RuneSelf)
}

// closeGroups closes parentheses and square brackets that the source left open.
func (s *scanner) closeGroups() {
	for top := s.top(); top == tLparen || top == tLbrack; top = s.top() {
		s.unclosed()
	}
}

var partner = map[tokenKind]tokenKind{tLparen: tRparen, tLbrack: tRbrack, tLbrace: tRbrace, tStrHead: tStrTail, tStrMid: tStrTail}

// unclosed closes the innermost bracket, which the source does not.
func (s *scanner) unclosed() {
	b := s.open[len(s.open)-1]
	if s.holes > 0 && s.isHole(len(s.open)-1) {
		s.holes--
	}
	s.open = s.open[:len(s.open)-1]
	opener := &s.toks[b.tok]
	switch opener.kind {
	case tStrHead, tStrMid:
		at := int(opener.end) - 1
		s.openedText = at
		s.report(at, at+1, codeOpenText, "`{` opens a hole in the text, and nothing closes it").
			Help = "close it with `}`, or write `\\{` for the character itself"
	default:
		s.unpaired = true
		if s.openTextBehind(int(opener.start)) {
			break
		}
		d := s.report(int(opener.start), int(opener.end), codeUnclosed, "`%s` is never closed", s.text[opener.start:opener.end])
		if opener.kind == tLbrace && s.byLayout {
			d.Help = "the layout suggests that its `}` is missing before " + s.placeName()
		}
	}
	opener.flags |= broken
	opener.match = int32(len(s.toks))
	kind := partner[opener.kind]
	at := 0
	if n := len(s.toks); n > 0 {
		at = int(s.toks[n-1].end)
	}
	if kind == tRbrace && s.toks[len(s.toks)-1].kind.endsLine() {
		s.emit(tNL, at, at).flags |= virtual
		s.toks[b.tok].match++
	}
	t := s.emit(kind, at, at)
	t.flags |= virtual
	t.match = b.tok
}

// openTextBehind reports whether a text or hole behind a bracket, on its line, has
// swallowed what closes the bracket.
func (s *scanner) openTextBehind(at int) bool {
	return s.openedText > at && s.src.lineIndex(s.openedText) == s.src.lineIndex(at)
}

// placeName says where the scanner stands.
func (s *scanner) placeName() string {
	if strings.TrimSpace(s.text[s.pos:]) == "" {
		return "the end of the file"
	}
	at := s.lineAt
	return fmt.Sprintf("line %d", s.src.lineIndex(at)+1)
}

// closeTextAtNewline ends the texts whose holes are open: they can't span lines.
func (s *scanner) closeTextAtNewline() {
	if s.holes == 0 {
		return
	}
	outermost := len(s.open) - 1
	for i := outermost; i >= 0 && s.holes > 0; i-- {
		if s.isHole(i) {
			s.holes--
			outermost = i
		}
	}
	// One message is enough: that of the outermost text's hole.
	n, unpaired := len(s.diags), s.unpaired
	for len(s.open) > outermost {
		s.unclosed()
	}
	s.diags = append(s.diags[:n], s.diags[len(s.diags)-1])
	s.unpaired = unpaired
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

// pair joins the innermost open bracket with the token at i.
func (s *scanner) pair(i int) {
	b := s.open[len(s.open)-1]
	if s.holes > 0 && s.isHole(len(s.open)-1) {
		s.holes--
	}
	s.open = s.open[:len(s.open)-1]
	s.toks[b.tok].match = int32(i)
	s.toks[i].match = b.tok
}

// prepareClose makes the innermost open bracket the one that a closing bracket
// belongs to. It reports and returns false if there is none.
func (s *scanner) prepareClose(kind tokenKind, start int, atLineStart bool) bool {
	want := tLparen
	switch kind {
	case tRbrack:
		want = tLbrack
	case tRbrace:
		want = tLbrace
	}
	at := -1
	for i := len(s.open) - 1; i >= max(0, len(s.open)-maxDepth); i-- {
		k := s.toks[s.open[i].tok].kind
		if k == want {
			at = i
			break
		}
		// A `)` does not reach beyond the braces around it, nor anything beyond
		// the text that it stands in.
		if kind != tRbrace && k == tLbrace || k == tStrHead || k == tStrMid {
			break
		}
	}
	if at >= 0 && kind == tRbrace && s.byLayout && atLineStart && s.open[at].indent != int32(s.indent) {
		at = s.openerByIndent()
	}
	if at < 0 {
		if kind == tRbrace {
			s.unpaired = true
		}
		s.report(start, start+1, codeUnopened, "`%s` closes nothing", s.text[start:start+1]).
			fix("remove it", s.edit(start, start+1, ""))
		return false
	}
	for len(s.open)-1 > at {
		s.unclosed()
	}
	return true
}

// openerByIndent finds the innermost open brace that a `}` at the start of the
// line can belong to by its indentation: one indented alike or, failing that,
// the innermost one. It is -1 for a `}` that is indented deeper than a block
// whose own `}` is still to come.
func (s *scanner) openerByIndent() int {
	inner := -1
	for i := len(s.open) - 1; i >= max(0, len(s.open)-maxDepth); i-- {
		switch s.toks[s.open[i].tok].kind {
		case tLparen, tLbrack:
			continue // it ends here too
		case tStrHead, tStrMid:
			return inner
		}
		if inner < 0 {
			inner = i
		}
		if s.open[i].indent == int32(s.indent) {
			return i
		}
	}
	if inner >= 0 && int32(s.indent) > s.open[inner].indent {
		return -1
	}
	return inner
}

// assignmentInGroup handles `x :=` or `x =` at the start of a line inside parentheses:
// they were left open on an earlier line.
func (s *scanner) assignmentInGroup() {
	if top := s.top(); top != tLparen && top != tLbrack {
		return
	}
	name := s.toks[len(s.toks)-1]
	if name.flags&first == 0 || name.kind != tWord {
		return
	}
	s.toks = s.toks[:len(s.toks)-1]
	s.closeGroups()
	s.emit(tNL, int(name.start), int(name.start)).flags |= virtual
	s.toks = append(s.toks, name)
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
