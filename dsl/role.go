package dsl

// role is what the parser tells the formatter about a token: what it is for,
// where its text alone does not say.
type role uint8

const (
	roleNone      role = iota
	roleDecl           // begins a declaration
	roleStmt           // begins a statement or branch
	roleCase           // begins a case, or the `else` of a switch
	roleElse           // the `else` of an if
	roleBlock          // `{` of statements, branches or cases
	roleBrace          // `{` of a record, map or value
	roleFields         // `{` of the fields of a declaration
	roleField          // begins a field of a declaration
	roleClause         // begins a clause
	roleSubclause      // begins a part of `retry`
	roleUntil          // the `until` of a poll
	roleUndo
	roleCatch
	roleUnary   // a sign
	roleBinary  // an operator between operands
	roleTight   // no space before it: a call's `(`, an index's `[`, a slice's `:`
	roleTypeEnd // the `]` inside a type
	rolePercent // the `%` of `tolerate`
)

// mark notes the role of a token, if anybody wants to know.
func (p *parser) mark(i int, r role) {
	if p.roles != nil {
		p.roles[i] = r
	}
}
