package dsl

import (
	"fmt"
	"strings"
)

// Brackets: which belongs to which, and what stands in for one that is missing.

// bracket is an open bracket, or the hole of a text.
type bracket struct {
	tok    int32
	indent int32 // of its line
	body   int32 // indentation of the first line inside, 0 until it is known
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

// top is the kind of the innermost open bracket; tEOF if none is.
func (s *scanner) top() tokenKind {
	if len(s.open) == 0 {
		return tEOF
	}
	return s.toks[s.open[len(s.open)-1].tok].kind
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
			Help = "take it out, or open before it what it closes"
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
