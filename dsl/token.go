package dsl

// tokenKind is the class of a token. Reserved words, brackets and operators have
// a kind each, so that the parser compares numbers; all other words are tWord or
// tName by the case of their first letter.
type tokenKind uint8

const (
	tEOF  tokenKind = iota
	tNL             // a `;`, or a newline that ends something
	tWord           // begins with a small letter, or one without case
	tName           // begins with a capital
	tInt
	tFloat
	tDuration
	tString  // "text" without holes
	tRaw     // `text`
	tStrHead // "text{
	tStrMid  // }text{
	tStrTail // }text"
	tFormat  // :.2 behind the value of a hole
	tAlien   // an operator of other languages; the parser knows what to say

	tLparen
	tRparen
	tLbrack
	tRbrack
	tLbrace
	tRbrace
	tComma
	tColon
	tDot
	tQuestion
	tDefine // :=
	tAssign // =
	tPlus
	tMinus
	tStar
	tSlash
	tPercent
	tNot
	tEq
	tNe
	tLt
	tLe
	tGt
	tGe
	tAndAnd
	tOrOr
	tAbsent // ??
)

func (k tokenKind) isReserved() bool { return k >= kwIf && k < tokenKinds }

// isWord reports whether a token is a word of any kind.
func (k tokenKind) isWord() bool { return k == tWord || k == tName || k.isReserved() }

// endsLine reports whether a newline after such a token ends a statement.
func (k tokenKind) endsLine() bool {
	switch k {
	case tWord, tName, tInt, tFloat, tDuration, tString, tRaw, tStrTail, tRparen, tRbrack, tRbrace, tQuestion:
		return true
	}
	return k.isReserved()
}

// token is a piece of the source. Brackets know their partner: match is the index
// of the other one.
type token struct {
	kind       tokenKind
	flags      tokenFlags
	start, end int32
	match      int32
}

type tokenFlags uint8

const (
	// first: the first of its line.
	first tokenFlags = 1 << iota
	// virtual: the source lacks it; the lexer has reported that and put it here,
	// so that brackets always pair.
	virtual
	// broken: the lexer has reported something about it.
	broken
)
