package visualize

import (
	"slices"
	"strings"

	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/textwidth"
)

// Text draws a workflow for a terminal of some width: a line for each operation, with
// what matters of it beside it, and indented below it what is inside, the branches of
// decisions, and the ways of errors.
func Text(p *dsl.Program, w *dsl.WorkflowDecl, detail Detail, width int) string {
	d := newDrawing(NewGraph(p, w), detail)
	o := newOutline(d)
	walk(d.view.nodes, func(n *Node) { o.enter(n, n) })
	return o.root(d.view.nodes[0], w).text(width) + d.signSentences(width)
}

// text lays out an entry with all that is below it.
func (e *entry) text(width int) string {
	var rows []row
	e.rows("", "", &rows)
	return layRows(rows, width)
}

func newOutline(d *drawing) *outline {
	return &outline{drawing: d, ops: map[dsl.Operation]*Node{}, places: map[place]*Node{}}
}

// enter says which node of the drawing stands for a node of the workflow.
func (o *outline) enter(n, drawn *Node) {
	if n.Op != nil {
		o.ops[n.Op] = drawn
	}
	if key := (place{n.Pos, n.Kind}); o.places[key] == nil {
		o.places[key] = drawn
	}
}

func (o *outline) root(start *Node, w *dsl.WorkflowDecl) *entry {
	e := o.item(start)
	e.items = o.block(w.Body)
	return e
}

// outline follows the statements of a workflow as they are written, and shows of each
// what the drawing shows of its node.
type outline struct {
	drawing *drawing
	ops     map[dsl.Operation]*Node
	places  map[place]*Node
}

type place struct {
	pos  dsl.Pos
	kind Kind
}

// entry is a line with what is indented below it.
type entry struct {
	node  *Node // nil for a way
	title string
	mark  string // behind the title, never cut
	notes []string
	items []*entry
}

func (o *outline) item(n *Node) *entry {
	d := o.drawing
	title, mark := strings.TrimSpace(d.keyword(n)+" "+n.Name), ""
	switch n.Kind {
	case Plain:
		return &entry{node: n, title: d.sign(n) + strings.Join(n.Notes, "; ")}
	case Decision:
		mark = " ?"
	case Jump:
		title = string(jumpMark) + " " + n.Name
	case Fail:
		title = string(endMark(n)) + " " + title
	case Commit:
		title = string(commitMark) + " " + n.Name
	}
	if d.detail == Overview && n.Kind == Step {
		for _, l := range n.lines {
			if l.mark == 0 {
				title += ", " + l.text
			}
		}
	}
	e := &entry{node: n, title: d.sign(n) + title, mark: mark}
	var notes []string
	switch d.detail {
	case Overview:
		notes = d.overviewNotes(n)
	case Normal:
		notes = append(d.calleeNote(n), n.Notes...)
	case Full:
		notes = append(append(notes, n.Notes...), n.More...)
	}
	if len(notes) > 0 {
		e.notes = append(e.notes, strings.Join(notes, " · "))
	}
	for _, l := range d.outlineLines(n) {
		e.notes = append(e.notes, d.lineText(l))
	}
	if d.over != nil {
		taken, more := d.over.marks(n)
		e.mark += taken
		e.notes = append(e.notes, more...)
	}
	return e
}

// way is wayOf for one of the ways out of a node, with the mark of its edge.
func (o *outline) way(n *Node, kind EdgeKind, at int, title string, items []*entry) []*entry {
	out := wayOf(title, items)
	if d := o.drawing; len(out) > 0 && n != nil && d.over != nil {
		for _, e := range d.view.out(n.ID) {
			for _, w := range e.of {
				if w.edge.Kind == kind && slices.Contains(w.edge.Ways, at) {
					_, sign := d.over.edgeLook(&Edge{of: []way{w}})
					out[0].mark = strings.TrimRight(" "+sign, " ")
				}
			}
		}
	}
	return out
}

// wayOf is a branch, or the way of an error, with what lies on it; nothing if that is empty.
func wayOf(title string, items []*entry) []*entry {
	if len(items) == 0 {
		return nil
	}
	return []*entry{{title: title, items: items}}
}

func (o *outline) block(b *dsl.Block) []*entry {
	var out []*entry
	for _, stmt := range b.Stmts {
		out = append(out, o.stmt(stmt)...)
	}
	return out
}

// at gives the entry of the node of a kind that stands for a statement.
func (o *outline) at(stmt dsl.Stmt, kind Kind) []*entry {
	if n := o.places[place{stmt.Pos(), kind}]; n != nil {
		return []*entry{o.item(n)}
	}
	return nil
}

func (o *outline) value(op dsl.Operation, stmt dsl.Stmt, kind Kind) []*entry {
	if op == nil {
		return o.at(stmt, kind)
	}
	return o.operation(op)
}

// framed puts what is inside of a statement below its entry, if it has one.
func (o *outline) framed(of, inside []*entry) []*entry {
	if len(of) > 0 {
		of[0].items = append(of[0].items, inside...)
	}
	return of
}

func (o *outline) ifStmt(stmt *dsl.IfStmt) []*entry {
	_, yes, no := condition(stmt)
	n := o.places[place{stmt.Pos(), Decision}]
	inside := o.way(n, Flow, 0, yes, o.block(stmt.Then))
	switch e := stmt.Else.(type) {
	case *dsl.IfStmt:
		inside = append(inside, o.way(n, Flow, 1, no, o.ifStmt(e))...)
	case *dsl.Block:
		inside = append(inside, o.way(n, Flow, 1, no, o.block(e))...)
	}
	of := o.at(stmt, Decision)
	if len(of) == 0 { // it decides nothing that is shown
		var out []*entry
		for _, w := range inside {
			out = append(out, w.items...)
		}
		return out
	}
	return o.framed(of, inside)
}

func (o *outline) switchStmt(stmt *dsl.SwitchStmt) []*entry {
	n := o.places[place{stmt.Pos(), Decision}]
	var inside []*entry
	for i, c := range stmt.Cases {
		inside = append(inside, o.way(n, Flow, i, choicesText(c), o.block(c.Body))...)
	}
	if stmt.Else != nil {
		inside = append(inside, o.way(n, Flow, len(stmt.Cases), "else", o.block(stmt.Else))...)
	}
	return o.framed(o.at(stmt, Decision), inside)
}

func (o *outline) selectStmt(stmt *dsl.SelectStmt) []*entry {
	n := o.ops[stmt]
	if n == nil {
		return nil
	}
	e := o.item(n)
	for i, c := range stmt.Cases {
		for _, of := range o.operation(c.Op) {
			of.items = append(of.items, o.way(n, Flow, i, taken(stmt), o.block(c.Body))...)
			of.items = append(of.items, o.catches(of.node, c.Catches)...)
			e.items = append(e.items, of)
		}
	}
	if stmt.Else != nil {
		e.items = append(e.items, o.way(n, Flow, len(stmt.Cases), "else", o.block(stmt.Else))...)
	}
	e.items = append(e.items, o.catches(n, stmt.Catches)...)
	return []*entry{e}
}

func (o *outline) operation(op dsl.Operation) []*entry {
	n := o.ops[op]
	if op == nil || n == nil {
		return nil
	}
	base := op.Base()
	e := o.item(n)
	if n.Folded > 0 {
		e.notes = append(e.notes, o.drawing.small(n)...)
	} else {
		e.items = o.inside(op)
	}
	if u := base.Undo; u != nil && u.Body != nil && o.drawing.view.byID[n.ID+"_u"] != nil {
		e.items = append(e.items, wayOf("↩ undo", o.block(u.Body))...)
	}
	e.items = append(e.items, o.catches(n, base.Catches)...)
	return []*entry{e}
}

// inside gives what a group or batch holds.
func (o *outline) inside(op dsl.Operation) []*entry {
	switch op := op.(type) {
	case *dsl.GroupOp:
		return o.block(op.Body)
	case *dsl.MapOp:
		return o.block(op.Body)
	case *dsl.ParallelOp:
		var out []*entry
		for _, br := range op.Branches {
			if br.Op != nil {
				out = append(out, o.operation(br.Op)...)
				continue
			}
			out = append(out, wayOf(br.Name.Text, o.block(br.Body))...)
		}
		return out
	default: // holds nothing
	}
	return nil
}

func (o *outline) catches(n *Node, catches []*dsl.Catch) []*entry {
	var out []*entry
	if o.drawing.detail == Overview {
		return nil
	}
	for i, c := range catches {
		out = append(out, o.way(n, Error, i, "on "+errorsText(c), o.block(c.Body))...)
	}
	return out
}

// row is a line of the outline: its tree and title, and what stands beside them.
type row struct {
	title, below string // below is the tree of a further line of notes
	notes        []string
}

func (e *entry) rows(first, rest string, out *[]row) {
	below := rest
	if len(e.items) > 0 {
		below += "│"
	}
	*out = append(*out, row{title: first + strings.Join(lines(e.title, 60, 1), "") + e.mark, below: below, notes: e.notes})
	for i, item := range e.items {
		if i == len(e.items)-1 {
			item.rows(rest+"└ ", rest+"  ", out)
		} else {
			item.rows(rest+"├ ", rest+"│ ", out)
		}
	}
}

// layRows sets notes in a column of their own.
func layRows(rows []row, width int) string {
	column := 0
	for _, r := range rows {
		if w := textwidth.Of(r.title); len(r.notes) > 0 && w+2 <= width/2 {
			column = max(column, w+2)
		}
	}
	var b strings.Builder
	for _, r := range rows {
		tree, before := r.title, b.Len()
		for _, note := range r.notes {
			for _, l := range lines(note, max(20, width-column), 4) {
				pad := column - textwidth.Of(tree)
				if pad < 2 && tree == r.title { // a long title has its notes below it
					b.WriteString(tree + "\n")
					tree, pad = r.below, column-textwidth.Of(r.below)
				}
				b.WriteString(tree + strings.Repeat(" ", max(1, pad)) + l + "\n")
				tree = r.below
			}
		}
		if b.Len() == before {
			b.WriteString(tree + "\n")
		}
	}
	return b.String()
}

// signSentences explains the signs that are used.
func (d *drawing) signSentences(width int) string {
	text := ""
	for _, sentence := range d.markSentences() {
		for _, l := range lines(strings.ReplaceAll(sentence, "`", ""), width, 4) {
			text += l + "\n"
		}
	}
	if text != "" {
		text = "\n" + text
	}
	return text
}
