package dsl

import "strings"

// Format lays a file out in the one style of the language. It works on the
// file's tokens, so that a file that does not check can be formatted all the
// same; of a file that does not parse it gives no text but the reasons. Comments
// are kept, and all tokens but commas that a line break makes superfluous.
// Formatting what Format gave changes nothing.
func Format(src *Source) ([]byte, Diagnostics) {
	p := newParser(src)
	p.roles = make([]role, len(p.toks))
	p.parseFile()
	if ds := p.problems(); ds.HasErrors() {
		return nil, ds
	}
	f := &formatter{parser: p}
	f.findComments()
	out := printer{}
	out.file(f.fileItems())
	return out.bytes(), nil
}

// formatter makes pieces of layout from tokens. The pieces say where lines may or
// must break; printer decides, and puts columns in line.
type formatter struct {
	*parser
	next int     // the comment that comes next
	prev int     // the token before the current one; -1 at the start
	ends []int32 // by comment: the token, no NL, that follows it
	// apart: the last comment is about what stands above it.
	apart bool
}

// piece is a part of a line of the output, or something that can span lines.
type piece struct {
	kind  pieceKind
	text  string
	kids  []piece
	items []item
	// width is that of the piece on one line; wide if it can't stand on one.
	width int
}

type pieceKind uint8

const (
	pieceText       pieceKind = iota
	pieceTrailing             // at the end of a line
	pieceComment              // on a line of its own
	pieceLine                 // in a group: a space, or a line break with indentation
	pieceSoft                 // in a group: nothing, or a line break with indentation
	pieceClose                // in a group: nothing, or a line break before what closes it
	pieceCloseSpace           // in a group: a space, or a line break before what closes it
	pieceComma                // a comma, or nothing where the line breaks
	pieceFill                 // a space, or a line break where the line is full
	pieceKept                 // a line break, as in the source
	pieceTail                 // a line break before `undo` and `catch`
	pieceGroup                // on one line, or broken at all its breaks
	pieceClauses              // a group of clauses, which stand below their operation
	pieceBlock                // statements in braces
	pieceFields               // fields in braces
	pieceCell                 // the next column of a table
)

// wide is the width of what can't stand on one line.
const wide = 1 << 20

// item is what has lines of its own: a declaration, statement, case, field.
type item struct {
	blank  bool // a blank line before it
	pieces []piece
	table  tableKind
}

// tableKind says with which neighbours a line shares columns.
type tableKind uint8

const (
	noTable tableKind = iota
	fieldTable
	policyTable
)

func (f *formatter) findComments() {
	f.prev = -1
	f.ends = make([]int32, len(f.comments))
	for i, c := range f.comments {
		n := c.next
		for f.toks[n].kind == tNL {
			n++
		}
		f.ends[i] = n
	}
}

// fileItems lays out the whole file.
func (f *formatter) fileItems() []item {
	var items []item
	for _, u := range f.units() {
		items = f.ownComments(items, u.start)
		it := item{blank: f.blankBefore(u.start)}
		f.i = u.start
		f.decl(&it, u)
		items = append(items, it)
	}
	return f.ownComments(items, len(f.toks)-1)
}

// ownComments adds the comments that stand on lines of their own before token i.
// A comment at the end of the line before goes to the item that it ends.
func (f *formatter) ownComments(items []item, i int) []item {
	for f.next < len(f.comments) && int(f.ends[f.next]) <= i {
		c := f.comments[f.next]
		text := f.commentText(c)
		// A comma that goes may have had a comment of its own, which is about
		// what stands before it, not below.
		if f.trailing(c) && len(items) > 0 && !items[len(items)-1].endsInComment() {
			last := &items[len(items)-1]
			last.pieces = append(last.pieces, piece{kind: pieceTrailing, text: text, width: wide})
		} else {
			f.apart = f.trailing(c) && len(items) > 0 || f.toks[f.ends[f.next]].kind == tComma
			items = append(items, item{blank: f.blankAt(int(c.start)), pieces: []piece{{kind: pieceComment, text: text, width: wide}}})
		}
		f.next++
	}
	return items
}

func (it *item) endsInComment() bool {
	n := len(it.pieces)
	return n > 0 && (it.pieces[n-1].kind == pieceTrailing || it.pieces[n-1].kind == pieceComment)
}

// trailing reports whether a comment stands behind something on its line.
func (f *formatter) trailing(c comment) bool {
	for i := int(c.start) - 1; i >= 0; i-- {
		switch f.text[i] {
		case ' ', '\t', '\r':
			continue
		case '\n':
			return false
		}
		return i > 2 || f.text[:i+1] != bom[:i+1]
	}
	return false
}

// blankBefore reports whether a blank line stands before token i.
func (f *formatter) blankBefore(i int) bool { return f.blankAt(int(f.toks[i].start)) }

func (f *formatter) blankAt(offset int) bool {
	lines := 0
	for i := offset - 1; i >= 0; i-- {
		switch f.text[i] {
		case '\n':
			lines++
			if lines == 2 {
				return true
			}
		case ' ', '\t', '\r':
		default:
			return false
		}
	}
	return false
}

// decl lays out a declaration, or a line of the head.
func (f *formatter) decl(it *item, u unit) {
	out := &it.pieces
	switch f.strAt(u.start) {
	case "step", "callback", "function", "workflow", "defaults":
		body := f.strAt(u.start) == "workflow"
		f.run(out, u.end, func() bool { return f.roles[f.i] == roleClause || body && f.roles[f.i] == roleBlock })
		if f.i < u.end && f.roles[f.i] == roleClause {
			f.policy(out, u, body)
			if !body {
				it.table = policyTable
			}
		}
	}
	f.run(out, u.end, nil)
}

// policy lays out the clauses of a declaration, and the `{` of a workflow that
// has clauses.
func (f *formatter) policy(out *[]piece, u unit, body bool) {
	g := piece{kind: pieceClauses}
	broken := body || f.toks[f.i].flags&first != 0
	for f.i < u.end && f.roles[f.i] != roleBlock {
		f.skipNLs(u.end)
		if f.roles[f.i] == roleBlock || f.i >= u.end {
			break
		}
		f.commentsBefore(&g.kids, f.i)
		if len(g.kids) == 0 && !body {
			g.kids = append(g.kids, piece{kind: pieceCell}, newPiece(pieceLine, "  "))
		} else {
			g.kids = append(g.kids, newPiece(pieceLine, " "))
		}
		f.prev = -1
		f.clause(&g.kids, u.end)
	}
	f.close(&g, broken)
	*out = append(*out, g)
	if body {
		f.skipNLs(u.end)
		f.commentsBefore(out, f.i)
		*out = append(*out, piece{kind: pieceKept, text: "0", width: wide})
	}
}

// clause lays out one clause, its word first, up to the next one.
func (f *formatter) clause(out *[]piece, end int) {
	stop := func() bool {
		switch f.roles[f.i] {
		case roleClause, roleUntil, roleUndo, roleCatch, roleBlock, roleSubclause, roleStmt, roleCase:
			return true
		}
		return false
	}
	f.token(out)
	f.run(out, end, stop)
	if f.i < end && f.roles[f.i] == roleSubclause {
		g := piece{kind: pieceClauses}
		for f.i < end && f.roles[f.i] == roleSubclause {
			f.commentsBefore(&g.kids, f.i)
			g.kids = append(g.kids, newPiece(pieceLine, " "))
			f.prev = -1
			f.token(&g.kids)
			f.run(&g.kids, end, stop)
			f.skipNLs(end)
		}
		f.close(&g, false)
		*out = append(*out, g)
	}
}

// skipNLs goes to the next token proper.
func (f *formatter) skipNLs(end int) {
	for f.i < end && f.toks[f.i].kind == tNL {
		f.i++
	}
}

// close sums up the width of a group's pieces.
func (f *formatter) close(g *piece, broken bool) {
	for i := range g.kids {
		g.width += g.kids[i].width
	}
	if broken {
		g.width = wide
	}
	g.width = min(g.width, wide)
}

func newPiece(kind pieceKind, flat string) piece {
	return piece{kind: kind, text: flat, width: textWidth(flat)}
}

// commentsBefore adds the comments between the last token and token i.
func (f *formatter) commentsBefore(out *[]piece, i int) {
	for f.next < len(f.comments) && int(f.ends[f.next]) <= i && f.comments[f.next].start < f.toks[i].start {
		c := f.comments[f.next]
		kind := pieceComment
		if f.trailing(c) {
			kind = pieceTrailing
		}
		*out = append(*out, piece{kind: kind, text: f.commentText(c), width: wide})
		f.next++
	}
}

func (f *formatter) commentText(c comment) string {
	end := int(c.end)
	for end > int(c.start) && (f.text[end-1] == ' ' || f.text[end-1] == '\t' || f.text[end-1] == '\r') {
		end--
	}
	return f.text[c.start:end]
}

// run lays out tokens up to end, or to where stop says.
func (f *formatter) run(out *[]piece, end int, stop func() bool) {
	for f.i < end {
		t := &f.toks[f.i]
		if t.kind == tNL {
			f.i++
			continue
		}
		if stop != nil && stop() {
			return
		}
		switch f.roles[f.i] {
		case roleClause, roleUntil:
			f.useClauses(out, end)
			continue
		case roleUndo, roleCatch:
			f.tailWord(out)
			continue
		}
		f.commentsBefore(out, f.i)
		switch t.kind {
		case tLparen, tLbrack:
			f.brackets(out)
		case tLbrace:
			switch f.roles[f.i] {
			case roleBlock:
				f.block(out)
			case roleFields:
				f.fields(out)
			default:
				f.braces(out)
			}
		default:
			f.token(out)
		}
	}
}

// token lays out one token; a text with holes is one.
func (f *formatter) token(out *[]piece) {
	i := f.i
	t := &f.toks[i]
	end := i
	for k := t.kind; k == tStrHead || k == tStrMid; k = f.toks[end].kind {
		end = int(f.toks[end].match)
	}
	text := strings.ReplaceAll(f.text[t.start:f.toks[end].end], "\r\n", "\n") // of a raw text
	if f.spaceBefore(i) {
		text = " " + text
	}
	*out = append(*out, newPiece(pieceText, text))
	f.prev, f.i = end, end+1
	switch {
	case f.roles[i] == roleBinary && f.breaksAfter(t.kind):
		f.skipNLs(len(f.toks))
		f.commentsBefore(out, f.i)
		if f.toks[f.i].flags&first != 0 {
			*out = append(*out, piece{kind: pieceKept, width: wide})
		} else {
			*out = append(*out, newPiece(pieceFill, " "))
		}
		f.prev = -1 // the break is the space
	}
}

// breaksAfter tells the operators behind which a long line is broken.
func (f *formatter) breaksAfter(k tokenKind) bool {
	switch k {
	case tAndAnd, tOrOr, tPlus, tAbsent:
		return true
	}
	return false
}

// spaceBefore reports whether a space separates a token from the one before.
func (f *formatter) spaceBefore(i int) bool {
	if f.prev < 0 {
		return false
	}
	switch prev := &f.toks[f.prev]; {
	case prev.kind == tLparen, prev.kind == tLbrack, prev.kind == tDot:
		return false
	case f.roles[f.prev] == roleUnary, f.roles[f.prev] == roleTypeEnd:
		return false
	case prev.kind == tColon && f.roles[f.prev] == roleTight:
		return false
	}
	switch f.toks[i].kind {
	case tComma, tRparen, tRbrack, tDot, tQuestion, tColon:
		return false
	case tPercent:
		return f.roles[i] != rolePercent
	case tLbrack, tLparen:
		return f.roles[i] != roleTight
	}
	return true
}

// brackets lays out parentheses or square brackets with what is in them: on one
// line, or every part on its own. A line break behind the bracket stays.
func (f *formatter) brackets(out *[]piece) {
	open := f.i
	closing := int(f.toks[open].match)
	g := piece{kind: pieceGroup}
	f.token(&g.kids)
	f.skipNLs(closing)
	broken := f.i < closing && f.toks[f.i].flags&first != 0
	if f.i < closing {
		g.kids = append(g.kids, newPiece(pieceSoft, ""))
	}
	comprehension := false
	for f.i < closing {
		f.run(&g.kids, closing, func() bool {
			k := f.toks[f.i].kind
			return k == tComma || f.toks[open].kind == tLbrack && (k == kwFor || k == kwIf && comprehension)
		})
		if f.i >= closing {
			break
		}
		if k := f.toks[f.i].kind; k == kwFor || k == kwIf {
			comprehension = true
			g.kids = append(g.kids, newPiece(pieceLine, " "))
			f.prev = -1
			f.token(&g.kids)
			continue
		}
		comma := f.i
		f.i++
		f.skipNLs(closing)
		if f.i < closing {
			f.commentsBefore(&g.kids, comma)
			g.kids = append(g.kids, newPiece(pieceText, ","))
			f.commentsBefore(&g.kids, f.i)
			g.kids = append(g.kids, newPiece(pieceLine, " "))
			f.prev = -1
		}
	}
	f.commentsBefore(&g.kids, closing)
	g.kids = append(g.kids, newPiece(pieceClose, ""))
	f.i = closing
	f.prev = open
	f.token(&g.kids)
	f.close(&g, broken)
	*out = append(*out, g)
}

// braces lays out the fields of a record value, the entries of a map or the
// expression of an arm. If the source has a line break between them, each gets a
// line.
func (f *formatter) braces(out *[]piece) {
	open := f.i
	closing := int(f.toks[open].match)
	g := piece{kind: pieceGroup}
	f.token(&g.kids)
	f.prev = -1
	broken := false
	for i := open + 1; i < closing; i++ {
		if f.toks[i].kind == tNL || f.toks[i].flags&first != 0 {
			broken = true
		}
		if m := int(f.toks[i].match); m > i {
			i = m
		}
	}
	if f.toks[closing].flags&first != 0 {
		broken = true
	}
	empty := true
	for f.i < closing {
		switch f.toks[f.i].kind {
		case tNL, tComma:
			f.i++
			continue
		}
		if empty {
			f.commentsBefore(&g.kids, f.i)
		} else {
			g.kids = append(g.kids, newPiece(pieceComma, ","))
			f.commentsBefore(&g.kids, f.i)
		}
		g.kids = append(g.kids, newPiece(pieceLine, " "))
		empty = false
		f.prev = -1
		f.run(&g.kids, closing, func() bool {
			return f.toks[f.i].kind == tComma || f.i > 0 && f.toks[f.i-1].kind == tNL && f.prev >= 0 && f.toks[f.i].kind != tRbrace
		})
	}
	f.commentsBefore(&g.kids, closing)
	if empty {
		g.kids = append(g.kids, newPiece(pieceClose, ""))
		broken = false
	} else {
		g.kids = append(g.kids, newPiece(pieceCloseSpace, " "))
	}
	f.i = closing
	f.prev = -1
	f.token(&g.kids)
	f.close(&g, broken)
	*out = append(*out, g)
}

// useClauses lays out the clauses of an operation: behind it, or below it each on
// its own line, if the source has a line break before the first or they don't
// fit. The condition of a poll keeps a line of its own if it has one.
func (f *formatter) useClauses(out *[]piece, end int) {
	if f.roles[f.i] == roleClause {
		g := piece{kind: pieceClauses}
		broken := f.toks[f.i].flags&first != 0
		for f.i < end && f.roles[f.i] == roleClause {
			f.commentsBefore(&g.kids, f.i)
			g.kids = append(g.kids, newPiece(pieceLine, " "))
			f.prev = -1
			f.clause(&g.kids, end)
			f.skipNLs(end)
		}
		f.close(&g, broken)
		*out = append(*out, g)
	}
	if f.i < end && f.roles[f.i] == roleUntil {
		g := piece{kind: pieceClauses, text: "until"}
		broken := f.toks[f.i].flags&first != 0
		f.commentsBefore(&g.kids, f.i)
		g.kids = append(g.kids, newPiece(pieceLine, " "))
		f.prev = -1
		f.clause(&g.kids, end)
		f.close(&g, broken)
		*out = append(*out, g)
	}
}

// tailWord lays out `undo` or `catch` and the space before it: a line of its own,
// unless the operation ends in `}`.
func (f *formatter) tailWord(out *[]piece) {
	f.commentsBefore(out, f.i)
	if f.goesOn(*out) {
		f.token(out)
		return
	}
	*out = append(*out, piece{kind: pieceTail, width: wide})
	f.prev = -1
	f.token(out)
}

// goesOn reports whether an item's operation ends in a block, so that its `undo`
// and `catch` stand behind the `}`.
func (f *formatter) goesOn(pieces []piece) bool {
	for _, p := range pieces {
		switch p.kind {
		case pieceTail:
			return false
		case pieceBlock:
			return true
		}
	}
	return false
}

// block lays out statements, branches or cases in braces. A single simple one
// stays on the line if the source has it there.
func (f *formatter) block(out *[]piece) {
	open := f.i
	closing := int(f.toks[open].match)
	if f.spaceBefore(open) {
		*out = append(*out, newPiece(pieceText, " "))
	}
	b := piece{kind: pieceBlock}
	f.i = open + 1
	// What follows the `{` on its line.
	f.skipNLs(closing)
	var head []piece
	for f.next < len(f.comments) && int(f.ends[f.next]) <= f.i && f.trailing(f.comments[f.next]) && f.comments[f.next].start < f.toks[f.i].start {
		head = append(head, piece{kind: pieceTrailing, text: f.commentText(f.comments[f.next]), width: wide})
		f.next++
	}
	b.kids = head
	oneLine := len(head) == 0
	for f.i < closing {
		if f.toks[f.i].kind == tNL {
			f.i++
			continue
		}
		if f.toks[f.i].flags&first != 0 {
			oneLine = false
		}
		b.items = f.ownComments(b.items, f.i)
		it := item{blank: len(b.items) > 0 && f.blankBefore(f.i)}
		f.prev = -1
		start := f.i
		f.run(&it.pieces, closing, func() bool {
			return f.i > start && (f.roles[f.i] == roleStmt || f.roles[f.i] == roleCase)
		})
		b.items = append(b.items, it)
	}
	b.items = f.ownComments(b.items, closing)
	if len(b.items) > 0 {
		b.items[0].blank = false
	}
	if len(b.items) > 1 || f.toks[closing].flags&first != 0 && len(b.items) > 0 {
		oneLine = false
	}
	switch {
	case len(b.items) == 0 && len(head) == 0:
		b.width = 2
	case !oneLine:
		b.width = wide
	default:
		b.width = 4
		for _, p := range b.items[0].pieces {
			b.width += p.width
			if p.kind == pieceBlock {
				b.width = wide
			}
		}
		b.width = min(b.width, wide)
	}
	*out = append(*out, b)
	f.i = closing + 1
	f.prev = closing
}

// fields lays out the fields or values of a declaration: on one line if they
// stand on one and fit, else each on its own, names and types in columns.
func (f *formatter) fields(out *[]piece) {
	open := f.i
	closing := int(f.toks[open].match)
	if f.spaceBefore(open) {
		*out = append(*out, newPiece(pieceText, " "))
	}
	b := piece{kind: pieceFields}
	f.i = open + 1
	f.skipNLs(closing)
	for f.next < len(f.comments) && int(f.ends[f.next]) <= f.i && f.trailing(f.comments[f.next]) && f.comments[f.next].start < f.toks[f.i].start {
		b.kids = append(b.kids, piece{kind: pieceTrailing, text: f.commentText(f.comments[f.next]), width: wide})
		f.next++
	}
	broken := len(b.kids) > 0
	width := 2
	for f.i < closing {
		t := &f.toks[f.i]
		if t.flags&first != 0 {
			broken = true
		}
		if t.kind == tNL || t.kind == tComma {
			f.i++
			continue
		}
		b.items = f.ownComments(b.items, f.i)
		it := item{blank: len(b.items) > 0 && (f.blankBefore(f.i) || f.apart), table: fieldTable}
		f.apart = false
		f.prev = -1
		start := f.i
		f.token(&it.pieces)
		column := 0
		f.run(&it.pieces, closing, func() bool {
			if f.roles[f.i] == roleField && f.i > start || f.toks[f.i].kind == tComma {
				return true
			}
			isAs := f.toks[f.i].kind == tWord && f.strAt(f.i) == "as" && f.toks[f.i+1].kind != tComma && f.prev > start-1 && (column > 0 || f.toks[f.i+1].kind == tString || f.toks[f.i+1].kind == tRaw)
			if column == 0 || isAs && column < 2 {
				if isAs {
					column = 2
				} else {
					column = 1
				}
				it.pieces = append(it.pieces, piece{kind: pieceCell})
			}
			return false
		})
		for _, p := range it.pieces {
			width += p.width
		}
		width += 2
		b.items = append(b.items, it)
	}
	b.items = f.ownComments(b.items, closing)
	if f.toks[closing].flags&first != 0 {
		broken = true
	}
	for _, it := range b.items {
		for _, p := range it.pieces {
			if p.width >= wide {
				broken = true
			}
		}
	}
	if len(b.items) > 0 {
		b.items[0].blank = false
	}
	b.width = width
	if len(b.items) == 0 && len(b.kids) == 0 {
		b.width = 2
	} else if broken {
		b.width = wide
	}
	*out = append(*out, b)
	f.i = closing + 1
	f.prev = closing
}
