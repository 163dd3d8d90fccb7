package dsl

import (
	"sort"
	"strings"
)

// Parse makes a tree of one file. It returns both the tree and what is wrong with
// the file, in source order: declarations and statements that can't be read are
// missing from the tree, which is then marked as broken; all others are in it, and
// what was meant to be an expression may be a [*BadExpr]. There is no input for
// which Parse does not return.
//
// The file is split into declarations by a scan over its tokens. The grammar of
// declarations stands in struct tags and is participle's work; types, clauses,
// expressions and the blocks of workflows are parsed by hand, which makes it
// possible to go on after a mistake, and fast.
func Parse(src *Source) (*File, Diagnostics) {
	p := newParser(src)
	p.parseFile()
	ds := p.problems()
	p.file.Broken = ds.HasErrors()
	p.file.conflicts = p.conflicts
	for _, d := range ds {
		p.file.Lost = append(p.file.Lost, d.Span)
	}
	return p.file, ds
}

// maxDepth bounds how deep a tree can get, for the sake of all that walk it.
const maxDepth = 1000

// maxSource bounds the size of a file.
const maxSource = 1 << 28

type parser struct {
	*scanned
	i     int // of the current token
	depth int
	// bodiless is set while lines may be the body of a workflow that has no braces.
	bodiless  bool
	file      *File
	found     reports
	policies  map[int]*declPolicy // of declarations, by the index of the token where they begin
	declaring string              // the keyword of the declaration whose clauses are parsed; else empty
	decls     map[string]string   // declared names and the keyword that declares them, filled on demand

	// roles tells the formatter what tokens are for; nil while nobody asks.
	roles []role
}

func newParser(src *Source) *parser {
	if len(src.Text) > maxSource {
		p := &parser{scanned: &scanned{src: src, toks: []token{{kind: tEOF}}}, file: &File{Source: src}}
		p.report(Span{src.Pos(0), src.Pos(0)}, codeBadCharacter, "the file is larger than %d MB", maxSource>>20)
		return p
	}
	p := &parser{scanned: scan(src), file: &File{Source: src}}
	if n := len(p.comments); n > 0 {
		p.file.Comments = make([]Comment, n)
		for i, c := range p.comments {
			text := p.text[c.start:c.end]
			text = strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(text, "//"), "/*"), "*/")
			p.file.Comments[i] = Comment{p.span(int(c.start), int(c.end)), text}
		}
	}
	return p
}

// problems gives what lexer and parser found: of one line only the first, unless
// they are independent, and only the lexer's where it found anything, as the rest may follow from that.
func (p *parser) problems() Diagnostics {
	if len(p.found)+len(p.diags) == 0 {
		return nil
	}
	type ranked struct {
		Diagnostic
		line   int
		parsed bool
	}
	var all []ranked
	for _, d := range p.diags {
		all = append(all, ranked{*d, p.src.lineIndex(p.src.Offset(d.Span.Start)), false})
	}
	for _, d := range p.found {
		all = append(all, ranked{*d, p.src.lineIndex(p.src.Offset(d.Span.Start)), true})
	}
	sort.SliceStable(all, func(i, j int) bool {
		a, b := all[i], all[j]
		if a.line != b.line {
			return a.line < b.line
		}
		if head := a.Code == codeHead; head != (b.Code == codeHead) {
			return head
		}
		if a.parsed != b.parsed {
			return b.parsed
		}
		return a.Span.Start < b.Span.Start
	})
	var out Diagnostics
	last := -1
	for _, d := range all {
		if p.conflicts {
			d.Fix = nil
		}
		if d.line != last || out[len(out)-1].Code == codeHead && out[len(out)-1].Fix != nil || independent[d.Code] && independent[out[len(out)-1].Code] {
			out = append(out, d.Diagnostic)
		}
		last = d.line
	}
	return out
}

// independent are the codes of mistakes from which nothing else follows, so that
// several of one line are told.
var independent = map[Code]bool{codeBadType: true, codeCase: true, codeMissingUnit: true}

// Places and tokens.

func (p *parser) span(start, end int) Span { return Span{p.src.Pos(start), p.src.Pos(end)} }

func (p *parser) tokSpan(i int) Span {
	t := &p.toks[i]
	return p.span(int(t.start), int(t.end))
}

// since gives the span from a position to the end of the last token taken.
func (p *parser) since(start Pos) Span {
	end := start
	if p.i > 0 {
		if e := p.src.Pos(int(p.toks[p.i-1].end)); e > end {
			end = e
		}
	}
	return Span{start, end}
}

func (p *parser) pos() Pos            { return p.src.Pos(int(p.toks[p.i].start)) }
func (p *parser) kind() tokenKind     { return p.toks[p.i].kind }
func (p *parser) str() string         { return p.strAt(p.i) }
func (p *parser) here() Span          { return p.tokSpan(p.i) }
func (p *parser) at(word string) bool { return p.toks[p.i].kind == tWord && p.str() == word }

func (p *parser) strAt(i int) string {
	t := &p.toks[i]
	return p.text[t.start:t.end]
}

// peek gives the kind of the token n further on.
func (p *parser) peek(n int) tokenKind {
	if p.i+n < len(p.toks) {
		return p.toks[p.i+n].kind
	}
	return tEOF
}

func (p *parser) next() {
	if p.i < len(p.toks)-1 {
		p.i++
	}
}

// got takes a token of the kind if there is one.
func (p *parser) got(kind tokenKind) bool {
	if p.toks[p.i].kind != kind {
		return false
	}
	p.next()
	return true
}

func (p *parser) skipNL() {
	for p.kind() == tNL {
		p.next()
	}
}

// clause gives the contextual word that stands here, on this line or, by the rule
// of continuation lines, on the next one; empty if none does. take takes it.
//
// A newline before such a word does not count unless the word is followed by
// `:=`, `=`, `:` or `.`: then it begins a statement, field or branch of its own.
func (p *parser) clause() string {
	i := p.i
	if p.toks[i].kind == tNL {
		if p.strAt(i) == ";" || i+2 >= len(p.toks) || !p.continuesLine(i+1) {
			return ""
		}
		i++
	}
	switch p.toks[i].kind {
	case tWord, kwUndo, kwCatch:
		return p.strAt(i)
	}
	return ""
}

// continuesLine reports whether a word at the start of a line can be that of a
// clause of the line before.
func (p *parser) continuesLine(i int) bool {
	switch p.toks[min(i+1, len(p.toks)-1)].kind {
	case tDefine, tAssign, tColon, tDot:
		return false
	}
	return true
}

// take takes the word that clause has found and marks it for the formatter.
func (p *parser) take(r role) {
	if p.kind() == tNL {
		p.next()
	}
	p.mark(p.i, r)
	p.next()
}

// clausePos is where the word stands that clause has found.
func (p *parser) clausePos() Pos {
	if p.kind() == tNL {
		return p.src.Pos(int(p.toks[p.i+1].start))
	}
	return p.pos()
}

// Reporting.

func (p *parser) report(at Span, code Code, format string, args ...any) *Diagnostic {
	at.End = max(at.Start, at.End)
	return p.found.add(code, at, format, args...)
}

// bailout is thrown by fail and caught by attempt.
type bailout struct{}

// fail gives up what is being parsed, after its problem has been reported.
func (p *parser) fail(*Diagnostic) { panic(bailout{}) }

// attempt runs a piece of parsing; false if it gave up, with the parser where it
// stood then.
func (p *parser) attempt(parse func()) (ok bool) {
	depth := p.depth
	defer func() {
		p.depth = depth
		if r := recover(); r != nil {
			if _, is := r.(bailout); !is {
				panic(r)
			}
		}
	}()
	parse()
	return true
}

// tries is attempt for what may be meant as something else: nothing is reported.
func (p *parser) tries(parse func()) bool {
	found := len(p.found)
	ok := p.attempt(parse)
	p.found = p.found[:found]
	return ok
}

// enter guards against trees too deep to walk; every call needs a leave.
func (p *parser) enter() {
	p.depth++
	if p.depth > maxDepth {
		p.fail(p.tooDeep())
	}
}

func (p *parser) leave() { p.depth-- }

func (p *parser) tooDeep() *Diagnostic {
	return p.report(p.here(), codeTooDeep, "more than %d levels of nesting", maxDepth).
		help("give a part of it a name of its own")
}

// want takes a token of the kind or fails with "expected what".
func (p *parser) want(kind tokenKind, what string) {
	if !p.got(kind) {
		p.fail(p.unexpected(what))
	}
}

// unexpected reports the current token, where the grammar wants something else.
func (p *parser) unexpected(what string) *Diagnostic {
	if d := p.habit(); d != nil {
		return d
	}
	t := &p.toks[p.i]
	if t.flags&virtual != 0 {
		// The lexer has told of the bracket that is missing here.
		return &Diagnostic{}
	}
	if t.kind == tEOF || t.kind == tNL || p.cutShort() {
		at := p.here()
		if p.i > 0 && t.kind != tNL {
			end := int(p.toks[p.i-1].end)
			at = p.span(end, end)
		}
		at.End = at.Start
		found := "the end of the line"
		if t.kind == tEOF {
			found = p.describe(p.i)
		}
		return p.report(at, codeUnexpected, "expected %s, found %s", what, found)
	}
	return p.report(p.here(), codeUnexpected, "expected %s, found %s", what, p.describe(p.i))
}

// cutShort reports whether the line before ends where it can't, and what stands here
// clearly begins another one.
func (p *parser) cutShort() bool {
	if p.i == 0 || p.toks[p.i].flags&first == 0 || p.toks[p.i-1].kind == tNL {
		return false
	}
	switch p.kind() {
	case tRbrace, kwElse, kwCase, kwCatch, kwUndo:
		return true
	}
	return p.beginsStmt()
}

// describe names a token for a message.
func (p *parser) describe(i int) string {
	t := &p.toks[i]
	switch {
	case t.kind == tEOF:
		return "the end of the file"
	case t.kind == tNL && p.strAt(i) != ";":
		return "the end of the line"
	case t.kind.isText():
		return "a text"
	case t.kind.isReserved():
		return "the keyword `" + p.strAt(i) + "`"
	}
	text := p.strAt(i)
	if len(text) > 40 {
		text = text[:37] + "..."
	}
	return "`" + strings.ToValidUTF8(text, "?") + "`"
}

// Names.

func (p *parser) nameAt(i int) *Name { return &Name{Span: p.tokSpan(i), Text: p.strAt(i)} }

// word takes any word, reserved ones too.
func (p *parser) word(what string) *Name {
	if !p.kind().isWord() {
		p.fail(p.unexpected(what))
	}
	n := p.nameAt(p.i)
	p.next()
	return n
}

// name takes the name of a variable and the like. A capital or reserved one is
// reported; the parser goes on with it.
func (p *parser) name(what string) *Name {
	if !p.kind().isWord() {
		p.fail(p.unexpected(what))
	}
	n := p.nameAt(p.i)
	p.checkName(p.i, what)
	p.next()
	return n
}

// checkName reports a token that can't be the name of a variable.
func (p *parser) checkName(i int, what string) {
	t := &p.toks[i]
	text := p.strAt(i)
	switch {
	case t.kind == tName:
		p.report(p.tokSpan(i), codeCase, "%s begins with a small letter, unlike `%s`", what, text).
			help("write `%s` here and wherever it is used", lowerFirst(text))
	case t.kind.isReserved():
		p.report(p.tokSpan(i), codeReserved, "the keyword `%s` can't be a name", text).
			help("choose another name for %s", what)
	case text == "_":
		p.report(p.tokSpan(i), codeBlank, "there is no blank `_`").help("leave away what is not needed")
	case text[0] == '_':
		p.report(p.tokSpan(i), codeCase, "a name begins with a letter, unlike `%s`", text)
	}
}

// Recovery.

// skipStmt goes to the NL that ends the current statement, stepping over what is in
// brackets, or to the limit.
func (p *parser) skipStmt(limit int) {
	start := p.i
	for p.i < limit {
		t := &p.toks[p.i]
		switch t.kind {
		case tNL, tEOF:
			return
		case tLparen, tLbrack, tLbrace, tStrHead, tStrMid:
			if int(t.match) > p.i {
				p.i = int(t.match)
				if p.toks[p.i].kind == tStrMid {
					continue
				}
			}
		}
		p.next()
		if p.i == start {
			return
		}
	}
}

// beforeElse refuses a case that stands behind the `else` of a switch or select.
func (p *parser) beforeElse(otherwise *Block) {
	if otherwise != nil {
		p.fail(p.report(p.here(), codeUnexpected, "`else` comes after all cases"))
	}
}

// elseArm parses what a switch or select does where no case is taken; before is the one that it
// has already.
func (p *parser) elseArm(before *Block, word string) *Block {
	if before != nil {
		p.fail(p.report(p.here(), codeUnexpected, "a `%s` has one `else`", word))
	}
	p.mark(p.i, roleCase)
	p.next()
	return p.block()
}

// attemptItem parses a case, branch and the like with the NL that ends it, and
// goes to that if it can't be read.
func (p *parser) attemptItem(closing int, parse func()) {
	whole := false
	if p.attempt(func() {
		parse()
		if p.i < closing && p.kind() != tNL {
			whole = true
			p.fail(p.afterItem())
		}
	}) {
		return
	}
	if whole && p.beginsItem() {
		return // only the end of the line is missing
	}
	p.i = min(p.i, closing)
	p.skipStmt(closing)
}
