package dsl

import "github.com/alecthomas/participle/v2/lexer"

// notADecl reports what stands between declarations.
func (p *parser) notADecl(u unit) {
	p.i = u.start
	p.report(p.here(), codeNoDeclaration, "%s does not begin a declaration", p.describe(p.i))
}

// repair reports why a declaration can't be parsed at token `at` of its stream and
// takes out what is wrong; false if nothing of the declaration can be kept.
func (p *parser) repair(u unit, toks []lexer.Token, at int) ([]lexer.Token, bool) {
	p.i = toks[at].Pos.Line
	p.unexpected("something else")
	return nil, false
}
