package dsl

import "sort"

// Token is a piece of a source's text that editors show in a way of its own.
type Token struct {
	Span
	Kind TokenKind
}

// TokenKind says what a token is by itself. What a word means depends on where it stands.
type TokenKind uint8

const (
	WordToken     TokenKind = iota // a name, or a word that is a keyword in its place
	ReservedToken                  // a word that is a keyword anywhere
	NumberToken                    // a number or duration
	TextToken                      // a text, or what of it is between holes
	CommentToken
	SymbolToken // an operator, bracket or comma
)

// Tokens gives the tokens of a source, comments too, in source order. Any text has some.
func Tokens(src *Source) []Token {
	s := scan(src)
	out := make([]Token, 0, len(s.toks)+len(s.comments))
	at := func(start, end int32) Span { return Span{src.Pos(int(start)), src.Pos(int(end))} }
	for i := range s.toks {
		if t := &s.toks[i]; t.end > t.start && t.kind != tNL {
			out = append(out, Token{at(t.start, t.end), t.kind.public()})
		}
	}
	for _, c := range s.comments {
		out = append(out, Token{at(c.start, c.end), CommentToken})
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Start < out[j].Start })
	return out
}

func (k tokenKind) public() TokenKind {
	switch k {
	case tWord, tName:
		return WordToken
	case tInt, tFloat, tDuration:
		return NumberToken
	case tString, tRaw, tStrHead, tStrMid, tStrTail:
		return TextToken
	}
	if k.isReserved() {
		return ReservedToken
	}
	return SymbolToken
}

// IsKeyword reports whether a word has a meaning in the language, in its place at least.
func IsKeyword(word string) bool { return wordUses[word] != 0 || furtherWords[word] }

// furtherWords stand inside of clauses alone, behind their first words.
var furtherWords = map[string]bool{"most": true, "least": true, "once": true, "times": true, "full": true, "half": true}

// BuiltinSteps gives the steps of the language, in alphabetical order.
func BuiltinSteps() []*StepDecl {
	steps := make([]*StepDecl, 0, len(builtinSteps))
	for _, s := range builtinSteps {
		steps = append(steps, s)
	}
	sort.Slice(steps, func(i, j int) bool { return steps[i].Builtin < steps[j].Builtin })
	return steps
}

// The words of the language by what may begin with them. A word may be in several lists.

// DeclarationWords begin a declaration, or a line of the head of a file.
func DeclarationWords() []string { return beginsDeclaration.words() }

// StatementWords begin a statement that is no operation alone.
func StatementWords() []string { return (beginsStatement | isStatement | beginsCall).words() }

// OperationWords begin an operation.
func OperationWords() []string { return beginsOperation.words() }

// DeclarationClauses begin a clause of a declaration.
func DeclarationClauses() []string { return ofDeclaration.words() }

// UseClauses begin what may follow an operation.
func UseClauses() []string { return ofUse.words() }

// TypeWords are the built-in types.
func TypeWords() []string { return isTypeName.words() }
