package dsl

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// maxLine is how long a line may be, in characters. Texts and comments that are
// longer stay as they are.
const maxLine = 100

// indentStep is how far what belongs to a line is indented below it.
const indentStep = 4

// printer writes pieces of layout as lines.
type printer struct {
	lines []outLine
	cur   outLine
	open  bool // cur has something in it
	due   bool // a comment has ended the line: what comes next begins a new one
	unit  int  // indentation of the line that begins the current item or tail
	base  int  // indentation of the line that begins the innermost broken group
	item  int  // indentation of the current item
	below bool // the last clauses stand below their operation
}

// outLine is a line of the output. Cells are the offsets in text at which its
// columns begin.
type outLine struct {
	indent  int
	text    string
	cells   []int
	comment string
	blank   bool
	table   tableKind
}

func textWidth(s string) int { return utf8.RuneCountInString(s) }

func (p *printer) file(items []item) {
	for i, it := range items {
		it.blank = it.blank && i > 0
		p.printItem(it, 0)
	}
	p.flush()
}

// flush ends the current line.
func (p *printer) flush() {
	if p.open {
		p.lines = append(p.lines, p.cur)
	}
	p.cur = outLine{}
	p.open = false
	p.due = false
}

// newline begins a line of the given indentation.
func (p *printer) newline(indent int) {
	p.flush()
	p.cur.indent = indent
}

func (p *printer) column() int {
	text := p.cur.text
	if i := strings.LastIndexByte(text, '\n'); i >= 0 {
		return textWidth(text[i+1:])
	}
	return p.cur.indent + textWidth(text)
}

func (p *printer) write(text string) {
	if p.due {
		p.newline(p.unit + indentStep)
	}
	if p.cur.text == "" {
		text = strings.TrimLeft(text, " ")
	}
	if text == "" {
		return
	}
	p.cur.text += text
	p.open = true
}

func (p *printer) printItem(it item, indent int) {
	p.newline(indent)
	p.cur.blank = it.blank
	p.cur.table = it.table
	unit, base, outer := p.unit, p.base, p.item
	p.unit, p.base, p.item = indent, indent, indent
	p.list(it.pieces, 0, false)
	p.unit, p.base, p.item = unit, base, outer
}

// list prints pieces one after the other; rest is the width of what follows them
// on the line.
func (p *printer) list(pieces []piece, rest int, flat bool) {
	for i := range pieces {
		q := &pieces[i]
		follow := rest
		switch q.kind {
		case pieceGroup, pieceClauses, pieceBlock, pieceFields, pieceFill:
			if !flat {
				follow = headWidth(pieces[i+1:], rest)
			}
		}
		if q.kind == pieceComment || q.kind == pieceTrailing && (p.due || !p.open) {
			p.ownLine(q.text, p.commentIndent(pieces[i+1:]))
			continue
		}
		p.piece(q, follow, flat)
	}
}

// commentIndent gives the indentation of a comment by what comes below it.
func (p *printer) commentIndent(below []piece) int {
	for _, q := range below {
		switch q.kind {
		case pieceComment, pieceTrailing:
			continue
		case pieceLine, pieceSoft, pieceComma, pieceClose, pieceCloseSpace:
			return p.base + indentStep
		case pieceClauses:
			return p.unit + indentStep
		case pieceTail:
			return p.item + indentStep
		case pieceKept:
			if q.text != "" {
				return p.item
			}
		}
		break
	}
	return p.unit + indentStep
}

// headWidth gives the width of pieces up to where a line may break.
func headWidth(pieces []piece, rest int) int {
	w := 0
	for i := range pieces {
		n, stop := head(&pieces[i])
		w += n
		if stop || w > maxLine {
			return w
		}
	}
	return w + rest
}

// head gives the width of a piece up to where a line may break in it, and whether
// there is such a place.
func head(q *piece) (int, bool) {
	switch q.kind {
	case pieceText, pieceComma:
		return q.width, false
	case pieceGroup, pieceClauses:
		w := 0
		for i := range q.kids {
			n, stop := head(&q.kids[i])
			w += n
			if stop || w > maxLine {
				return w, true
			}
		}
		return w, false
	case pieceBlock, pieceFields:
		if q.width == 2 {
			return 2, false
		}
		return 1, true
	case pieceCell:
		return 0, false
	}
	return 0, true
}

func (p *printer) piece(q *piece, rest int, flat bool) {
	switch q.kind {
	case pieceText:
		p.write(q.text)
	case pieceTrailing:
		p.cur.comment = q.text
		p.due = true
	case pieceLine:
		p.lineIf(!flat, q.text, p.base+indentStep)
	case pieceSoft:
		p.lineIf(!flat, "", p.base+indentStep)
	case pieceClose:
		p.lineIf(!flat, "", p.base)
	case pieceCloseSpace:
		p.lineIf(!flat, " ", p.base)
	case pieceComma:
		if flat {
			p.write(",")
		}
	case pieceFill:
		p.lineIf(!flat && p.column()+1+rest > maxLine, " ", p.unit+indentStep)
	case pieceKept:
		if q.text == "0" {
			p.newline(p.item)
			p.unit = p.item
			return
		}
		p.newline(p.unit + indentStep)
	case pieceTail:
		p.unit = p.item + indentStep
		p.newline(p.unit)
	case pieceCell:
		if p.open && !p.due {
			p.cur.cells = append(p.cur.cells, len(p.cur.text))
		}
	case pieceGroup:
		p.group(q, rest, flat)
	case pieceClauses:
		p.clauses(q, rest, flat)
	case pieceBlock:
		p.block(q, rest)
	case pieceFields:
		p.fields(q, rest)
	}
}

// lineIf breaks the line, or writes what stands there otherwise.
func (p *printer) lineIf(broken bool, flat string, indent int) {
	if broken {
		p.newline(indent)
	} else {
		p.write(flat)
	}
}

// ownLine writes a comment on a line of its own: the current one, if nothing is
// in it yet.
func (p *printer) ownLine(text string, indent int) {
	if p.open {
		p.newline(indent)
	}
	p.cur.text = text
	p.cur.table = noTable
	p.open = true
	p.due = true
}

func (p *printer) group(q *piece, rest int, flat bool) {
	if flat || q.width < wide && p.column()+q.width+rest <= maxLine {
		p.list(q.kids, 0, true)
		return
	}
	unit, base := p.unit, p.base
	if p.due {
		p.newline(p.unit + indentStep)
	}
	p.base = p.cur.indent
	p.unit = p.base + indentStep
	p.list(q.kids, rest, false)
	p.unit, p.base = unit, base
}

func (p *printer) clauses(q *piece, rest int, flat bool) {
	if flat || q.width < wide && p.column()+q.width+rest <= maxLine && !(q.text == "until" && p.below) {
		p.list(q.kids, 0, true)
		p.below = false
		return
	}
	unit, base := p.unit, p.base
	p.base = p.unit
	p.unit += indentStep
	p.cur.table = noTable
	kids := q.kids
	if len(kids) > 0 && kids[0].kind == pieceCell {
		kids = kids[1:]
	}
	p.list(kids, rest, false)
	p.unit, p.base = unit, base
	p.below = true
}

func (p *printer) block(q *piece, rest int) {
	p.write("{")
	if q.width == 2 {
		p.write("}")
		return
	}
	// Below a head of several lines a block has lines of its own, too.
	if q.width < wide && p.column()-1+q.width+rest <= maxLine && p.cur.indent <= p.unit {
		p.write(" ")
		p.list(q.items[0].pieces, 0, true)
		p.write(" }")
		return
	}
	unit := p.unit
	p.list(q.kids, 0, false)
	for _, it := range q.items {
		p.printItem(it, unit+indentStep)
	}
	p.newline(unit)
	p.unit = unit
	p.write("}")
}

func (p *printer) fields(q *piece, rest int) {
	p.write("{")
	if q.width == 2 {
		p.write("}")
		return
	}
	if q.width < wide && p.column()-1+q.width+rest <= maxLine {
		for i, it := range q.items {
			if i > 0 {
				p.write(",")
			}
			p.write(" ")
			for _, piece := range it.pieces {
				if piece.kind != pieceCell {
					p.piece(&piece, 0, true)
				}
			}
		}
		p.write(" }")
		return
	}
	unit := p.unit
	p.list(q.kids, 0, false)
	for _, it := range q.items {
		p.printItem(it, unit+indentStep)
	}
	p.newline(unit)
	p.write("}")
}

// bytes gives the text, with columns in line.
func (p *printer) bytes() []byte {
	p.alignCells()
	p.alignComments()
	var b bytes.Buffer
	for _, l := range p.lines {
		if l.blank {
			b.WriteByte('\n')
		}
		if l.text != "" {
			b.WriteString(spaces(l.indent))
			b.WriteString(l.text)
		}
		if l.comment != "" {
			b.WriteString(l.comment)
		}
		b.WriteByte('\n')
	}
	return b.Bytes()
}

const blanks = "                                                                "

func spaces(n int) string {
	if n <= len(blanks) {
		return blanks[:max(n, 0)]
	}
	return strings.Repeat(" ", n)
}

// alignCells puts the cells of neighbouring lines of one table below each other.
func (p *printer) alignCells() {
	for i := 0; i < len(p.lines); {
		l := &p.lines[i]
		if l.table == noTable {
			i++
			continue
		}
		n := i + 1
		for n < len(p.lines) && p.lines[n].table == l.table && !p.lines[n].blank && p.lines[n].indent == l.indent {
			n++
		}
		p.alignTable(p.lines[i:n])
		i = n
	}
}

func (p *printer) alignTable(lines []outLine) {
	columns := 0
	for _, l := range lines {
		columns = max(columns, len(l.cells))
	}
	// The texts as they would be; kept if no line becomes too long by it.
	texts := make([]string, len(lines))
	starts := make([]int, len(lines))
	for i := range lines {
		texts[i] = ""
		starts[i] = 0
	}
	for c := range columns {
		width := 0
		for i, l := range lines {
			if c < len(l.cells) {
				width = max(width, textWidth(texts[i])+textWidth(l.text[starts[i]:l.cells[c]]))
			}
		}
		for i, l := range lines {
			if c < len(l.cells) {
				texts[i] += l.text[starts[i]:l.cells[c]]
				texts[i] += spaces(width - textWidth(texts[i]))
				starts[i] = l.cells[c]
			}
		}
	}
	for i, l := range lines {
		texts[i] += l.text[starts[i]:]
		if l.indent+textWidth(texts[i]) > maxLine && l.indent+textWidth(l.text) <= maxLine {
			return
		}
	}
	for i := range lines {
		lines[i].text = texts[i]
	}
}

// alignComments puts the comments behind neighbouring lines below each other.
func (p *printer) alignComments() {
	for i := 0; i < len(p.lines); {
		if p.lines[i].comment == "" {
			i++
			continue
		}
		n, width := i, 0
		for n < len(p.lines) && p.lines[n].comment != "" && (n == i || !p.lines[n].blank && p.lines[n].indent == p.lines[i].indent) {
			width = max(width, p.lines[n].indent+textWidth(p.lines[n].text))
			n++
		}
		for ; i < n; i++ {
			l := &p.lines[i]
			l.comment = spaces(width-l.indent-textWidth(l.text)+1) + l.comment
		}
	}
}
