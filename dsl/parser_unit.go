package dsl

import (
	"errors"
	"slices"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"
)

// A file is split into units, the tokens of each are made ready for participle, and what
// participle has read is handed on to the tree; see parser_decl.go.

// unit is the tokens of one declaration, or of a part of the file's head.
type unit struct {
	start, end int // end is the NL or tEOF behind it
}

// units splits a file into declarations. A declaration ends with its line, unless
// the next one begins with the word of a clause or with a brace.
func (p *parser) units() []unit {
	var units []unit
	for i := 0; p.toks[i].kind != tEOF; {
		if p.toks[i].kind == tNL {
			i++
			continue
		}
		end := p.unitEnd(i)
		units = append(units, unit{i, end})
		i = end
	}
	return units
}

func (p *parser) unitEnd(start int) int {
	for i := start; ; i++ {
		switch t := &p.toks[i]; t.kind {
		case tEOF:
			return i
		case tLparen, tLbrack, tLbrace, tStrHead, tStrMid:
			if int(t.match) > i {
				i = int(t.match)
				if p.toks[i].kind == tStrMid {
					i--
				}
			}
		case tNL:
			next := &p.toks[i+1]
			if next.kind == tLbrace || next.kind == tWord && isClause.has(p.strAt(i+1)) && p.continuesLine(i+1) {
				continue
			}
			return i
		case tWord:
			// Nothing ends `fails A,`, yet a declaration begins here.
			if i > start && t.flags&first != 0 && p.beginsUnit(i) && p.src.lineStart(int(t.start)) == int(t.start) {
				return i
			}
		}
	}
}

// beginsUnit reports whether the token is a keyword of declarations with a name
// behind it.
func (p *parser) beginsUnit(i int) bool {
	return p.toks[i].kind == tWord && beginsDeclaration.has(p.strAt(i)) && i+1 < len(p.toks) && p.toks[i+1].kind.isWord()
}

// appendUnit adds a declaration's tokens to a stream: without newlines, but with
// the separators that may be left away, and with a workflow's body folded.
func (p *parser) appendUnit(toks []lexer.Token, u unit) []lexer.Token {
	from := len(toks)
	keyword := p.strAt(u.start)
	fold := keyword == "step" || keyword == "callback" || keyword == "function" || keyword == "workflow" || keyword == "defaults"
	fields := keyword == "type" || keyword == "enum" || keyword == "error"
	emit := func(kind lexer.TokenType, value string, i int) {
		toks = append(toks, lexer.Token{Type: kind, Value: value,
			Pos: lexer.Position{Offset: int(p.toks[i].start), Line: i, Column: len(toks) - from}})
	}
	last := func() lexer.TokenType { return toks[len(toks)-1].Type }
	depth, params := 0, -1
	braces := 0
	for i := u.start; i < u.end; i++ {
		t := &p.toks[i]
		value := p.text[t.start:t.end]
		switch t.kind {
		case tNL:
			if fields && braces == 1 && depth == 1 && last() != symSep && toks[len(toks)-1].Value != "{" {
				emit(symSep, ",", i)
			}
			continue
		case tWord, kwUndo, kwCatch:
			if fold && depth == 0 && len(toks)-from > 1 && (t.kind != tWord || ofDeclaration.has(value)) {
				end := p.declPolicy(u, i)
				emit(symPolicy, p.text[t.start:p.toks[end-1].end], i)
				i = end - 1
				continue
			}
		case tComma:
			if fields && braces == 1 && depth == 1 {
				if last() == symSep {
					continue
				}
				emit(symSep, value, i)
				continue
			}
			if params >= 0 && depth == 1 {
				emit(symComma, value, i)
				continue
			}
		case tLbrace:
			if (fold || keyword == "func") && depth == 0 && int(t.match) > i {
				emit(symBlock, "{}", i)
				i = int(t.match)
				continue
			}
			depth++
			braces++
		case tLparen:
			if depth == 0 && params < 0 && i == u.start+2 {
				params = i
			}
			depth++
		case tLbrack, tStrHead:
			depth++
		case tRbrace, tRparen, tRbrack, tStrTail:
			if t.kind == tRbrace && fields && braces == 1 && depth == 1 && last() != symSep && toks[len(toks)-1].Value != "{" {
				emit(symSep, ",", i)
			}
			if t.kind == tRparen && params >= 0 && int(t.match) == params {
				if depth == 1 && last() != symComma && toks[len(toks)-1].Value != "(" {
					emit(symComma, ",", i)
				}
				params = -2
			}
			if t.kind == tRbrace {
				braces--
			}
			depth--
		}
		emit(symbolOf(t.kind), value, i)
		if t.kind == tAssign && fields && keyword != "enum" && braces == 1 && depth == 1 {
			if end := p.defaultEnd(i+1, u.end); end > i+1 {
				emit(symExpr, p.text[p.toks[i+1].start:p.toks[end-1].end], i+1)
				i = end - 1
			}
		}
		if (t.kind == tAssign || t.kind == tDefine) && depth == 0 && i+1 < u.end && (keyword == "const" || keyword == "func") {
			emit(symExpr, p.text[p.toks[i+1].start:p.toks[u.end-1].end], i+1)
			i = u.end - 1
		}
	}
	emit(symEnd, "", u.end)
	return toks
}

// defaultEnd gives the token behind the default of a field that begins at token i.
func (p *parser) defaultEnd(i, end int) int {
	for ; i < end; i++ {
		switch t := &p.toks[i]; t.kind {
		case tNL, tComma, tRbrace, tEOF:
			return i
		case tWord:
			if p.strAt(i) == "as" {
				return i
			}
		case tLparen, tLbrack, tLbrace, tStrHead, tStrMid:
			if int(t.match) > i {
				i = int(t.match)
				if p.toks[i].kind == tStrMid {
					i--
				}
			}
		}
	}
	return end
}

func symbolOf(k tokenKind) lexer.TokenType {
	switch k {
	case tWord:
		return symSmall
	case tName:
		return symCapital
	case tInt:
		return symInt
	case tFloat:
		return symFloat
	case tDuration:
		return symDuration
	case tString, tRaw:
		return symString
	}
	if k.isReserved() {
		return symReserved
	}
	return symPunct
}

// typeRef is a stretch of tokens that participle steps over: the hand-written
// parser reads it when the declaration is built. What is wrong inside it so never
// spoils the declaration around.
type typeRef struct{ at int }

// Parse steps over what looks like a type, also one of another language.
func (r *typeRef) Parse(lex *lexer.PeekingLexer) error {
	t := lex.Peek()
	r.at = t.Pos.Line
	switch {
	case t.Type == symSmall && !isClause.has(t.Value), t.Type == symCapital, t.Value == "map", t.Value == "[", t.Value == "*":
	default:
		return participle.NextMatch
	}
	for {
		switch t := lex.Peek(); {
		case t.Value == "*":
			lex.Next()
		case t.Value == "map" && t.Type == symReserved:
			lex.Next()
			if lex.Peek().Value == "[" {
				skipGroup(lex)
			}
		case t.Value == "[":
			skipGroup(lex)
		case t.Type == symSmall || t.Type == symCapital:
			lex.Next()
			for lex.Peek().Value == "." {
				lex.Next()
				if k := lex.Peek().Type; k == symSmall || k == symCapital {
					lex.Next()
				}
			}
			if lex.Peek().Value == "[" {
				skipGroup(lex)
			}
			for lex.Peek().Value == "?" || lex.Peek().Value == "??" {
				lex.Next()
			}
			return nil
		default:
			return nil
		}
	}
}

// paramType is where the type of a parameter begins, which may be an open callback.
type paramType struct {
	typeRef
	open bool
}

// Parse steps over `open c`, or what looks like a type.
func (r *paramType) Parse(lex *lexer.PeekingLexer) error {
	t := lex.Peek()
	if t.Value != "open" || t.Type != symSmall {
		return r.typeRef.Parse(lex)
	}
	before := lex.MakeCheckpoint()
	lex.Next()
	if k := lex.Peek().Type; k != symSmall && k != symCapital && k != symReserved {
		lex.LoadCheckpoint(before)
		return r.typeRef.Parse(lex)
	}
	lex.Next()
	r.at, r.open = t.Pos.Line, true
	return nil
}

// skipGroup steps over brackets and what is in them.
func skipGroup(lex *lexer.PeekingLexer) {
	depth := 0
	for {
		t := lex.Peek()
		if t.Type == symEnd || t.EOF() {
			return
		}
		if t.Type == symPunct {
			switch t.Value {
			case "(", "[", "{":
				depth++
			case ")", "]", "}":
				depth--
			default:
				// The pieces of a text with holes.
				if len(t.Value) > 1 && t.Value[0] == '"' {
					depth++
				} else if len(t.Value) > 1 && t.Value[0] == '}' && t.Value[len(t.Value)-1] == '"' {
					depth--
				}
			}
		}
		lex.Next()
		if depth <= 0 {
			return
		}
	}
}

// parseFile parses all declarations of the file.
//
//	File = Flow NL Package NL { Import NL } { Decl NL } .
func (p *parser) parseFile() {
	units := p.units()
	// participle's tokens are large; a stretch of the file at a time will do.
	const stretch = 2048
	for len(units) > 0 {
		stream := &declStream{}
		n := 0
		starts := []int{}
		for n < len(units) && len(stream.toks) < stretch {
			starts = append(starts, len(stream.toks))
			stream.toks = p.appendUnit(stream.toks, units[n])
			n++
		}
		lex, err := lexer.Upgrade(stream)
		if err != nil {
			panic(err) // a declStream has no errors
		}
		starts = append(starts, len(stream.toks))
		for i, u := range units[:n] {
			lex.FastForward(lexer.RawCursor(starts[i] - 1))
			p.unit(lex, u, stream.toks[starts[i]:starts[i+1]])
		}
		units = units[n:]
	}
	p.checkHead()
}

// unit parses one declaration from its tokens, at which lex stands. Where participle finds
// it wrong, the problem is reported and what it spoils taken out, and the rest is parsed again.
func (p *parser) unit(lex *lexer.PeekingLexer, u unit, toks []lexer.Token) {
	if p.bodiless && p.toks[u.start].start != int32(p.src.lineStart(int(p.toks[u.start].start))) {
		return
	}
	p.bodiless = false
	parse, ok := productions[p.strAt(u.start)]
	if !ok || p.toks[u.start].kind != tWord {
		p.notADecl(u)
		return
	}
	p.mark(u.start, roleDecl)
	err := parse(p, lex, u)
	if err == nil {
		return
	}
	toks = slices.Clone(toks)
	// Every repair reads the declaration again: what is read in all is a small multiple of
	// it, so that one with thousands of mistakes takes no longer than a large one.
	for budget := 20*len(toks) + 1<<14; budget > 0; budget -= len(toks) {
		var stuck *participle.UnexpectedTokenError
		if !errors.As(err, &stuck) {
			panic(err) // participle has no other errors for this grammar
		}
		if toks, ok = p.repair(u, toks, stuck.Unexpected.Pos.Column); !ok {
			return
		}
		for i := range toks {
			toks[i].Pos.Column = i
		}
		lex, lexErr := lexer.Upgrade(&declStream{toks: toks})
		if lexErr != nil {
			panic(lexErr)
		}
		if err = parse(p, lex, u); err == nil {
			return
		}
	}
}
