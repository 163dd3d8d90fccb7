package dsl

// wordUse says what a word of the language is for; a word may have several uses.
type wordUse uint16

const (
	beginsStatement   wordUse = 1 << iota // begins a statement and nothing else
	beginsOperation                       // begins an operation; one that is not reserved, where a word follows it
	isStatement                           // is a statement where it stands alone on a line
	beginsCall                            // begins a statement, which is no operation, where a word follows it
	beginsDeclaration                     // begins a declaration, or a part of the head of a file
	beginsValue                           // begins an expression
	neverInValue                          // stands inside no brackets of an expression: at the start of a line, something before it is not closed
	isClause                              // may stand on a line of its own below what it belongs to
	ofDeclaration                         // begins a clause of a declaration
	ofRetry                               // begins a part of `retry`
	ofUse                                 // may follow an operation
	hasValue                              // a clause or a part of one, with a value behind it
	isTypeName                            // names a built-in type
	bindsName                             // stands before what is bound at deployment
)

// keyword is a word with a meaning. Those with a kind of token are reserved: they are
// no names anywhere. All others are names where they don't stand in their own place.
type keyword struct {
	text string
	kind tokenKind // tWord if it is not reserved
	use  wordUse
}

// The kinds of reserved words.
const (
	kwIf tokenKind = tAbsent + 1 + iota
	kwElse
	kwSwitch
	kwCase
	kwFor
	kwIn
	kwWhile
	kwBreak
	kwContinue
	kwReturn
	kwYield
	kwFail
	kwLog
	kwVar
	kwTry
	kwCatch
	kwUndo
	kwTrue
	kwFalse
	kwNone
	kwSelect
	kwParallel
	kwMap
	kwWait
	tokenKinds
)

// keywords is all words of the language: lexer, parser, formatter, what is said about
// habits, and the documentation read them from here.
var keywords = [...]keyword{
	{"if", kwIf, beginsStatement | beginsValue},
	{"else", kwElse, 0},
	{"switch", kwSwitch, beginsStatement | neverInValue},
	{"case", kwCase, neverInValue},
	{"for", kwFor, beginsStatement},
	{"in", kwIn, 0},
	{"while", kwWhile, beginsStatement | neverInValue},
	{"break", kwBreak, beginsStatement | neverInValue},
	{"continue", kwContinue, beginsStatement | neverInValue},
	{"return", kwReturn, beginsStatement | neverInValue},
	{"yield", kwYield, beginsStatement | neverInValue},
	{"fail", kwFail, beginsStatement | neverInValue},
	{"log", kwLog, beginsStatement | neverInValue},
	{"var", kwVar, beginsStatement | neverInValue},
	{"try", kwTry, beginsStatement | neverInValue},
	{"catch", kwCatch, neverInValue | ofUse},
	{"undo", kwUndo, neverInValue | ofUse},
	{"true", kwTrue, beginsValue},
	{"false", kwFalse, beginsValue},
	{"none", kwNone, beginsValue},
	{"select", kwSelect, beginsStatement | neverInValue},
	{"parallel", kwParallel, beginsStatement | beginsOperation | neverInValue},
	{"map", kwMap, beginsOperation | beginsValue},
	{"wait", kwWait, beginsStatement | beginsOperation | neverInValue},

	{"step", tWord, beginsOperation | beginsDeclaration},
	{"callback", tWord, beginsOperation | beginsDeclaration},
	{"invoke", tWord, beginsOperation},
	{"call", tWord, beginsOperation},
	{"open", tWord, beginsOperation},
	{"await", tWord, beginsOperation},
	{"poll", tWord, beginsOperation},
	{"group", tWord, beginsOperation},
	{"settled", tWord, beginsOperation},
	{"commit", tWord, isStatement},
	{"again", tWord, beginsCall},

	{"flow", tWord, beginsDeclaration},
	{"package", tWord, beginsDeclaration},
	{"import", tWord, beginsDeclaration},
	{"type", tWord, beginsDeclaration},
	{"enum", tWord, beginsDeclaration},
	{"error", tWord, beginsDeclaration},
	{"const", tWord, beginsDeclaration},
	{"func", tWord, beginsDeclaration},
	{"function", tWord, beginsDeclaration},
	{"workflow", tWord, beginsDeclaration},
	{"defaults", tWord, beginsDeclaration},

	{"env", tWord, bindsName},

	{"fails", tWord, isClause | ofDeclaration},
	{"retry", tWord, isClause | ofDeclaration | ofUse | hasValue},
	{"timeout", tWord, isClause | ofDeclaration | ofUse | hasValue},
	{"heartbeat", tWord, isClause | ofDeclaration | ofUse | hasValue},
	{"reads", tWord, isClause | ofDeclaration},
	{"idempotent", tWord, isClause | ofDeclaration},
	{"at", tWord, isClause | ofDeclaration | ofUse},
	{"stored", tWord, isClause | ofDeclaration},
	{"retention", tWord, isClause | ofDeclaration | hasValue},
	{"every", tWord, isClause | ofRetry | ofUse | hasValue},
	{"backoff", tWord, isClause | ofRetry | ofUse | hasValue},
	{"max", tWord, isClause | ofRetry | ofUse | hasValue},
	{"jitter", tWord, isClause | ofRetry | ofUse},
	{"on", tWord, isClause | ofRetry},
	{"except", tWord, isClause | ofRetry},
	{"by", tWord, isClause | hasValue},
	{"min", tWord, ofUse},
	{"tolerate", tWord, ofUse},
	{"until", tWord, ofUse},
	{"as", tWord, ofUse},
	{"was", tWord, ofUse},
	{"from", tWord, ofUse},

	{"string", tWord, isTypeName},
	{"int", tWord, isTypeName},
	{"float", tWord, isTypeName},
	{"bool", tWord, isTypeName},
	{"bytes", tWord, isTypeName},
	{"time", tWord, isTypeName},
	{"duration", tWord, isTypeName},
	{"json", tWord, isTypeName},
}

var wordUses, reserved, kindUses = index()

func index() (uses map[string]wordUse, reserved map[string]tokenKind, ofKinds [tokenKinds]wordUse) {
	uses, reserved = map[string]wordUse{}, map[string]tokenKind{}
	for _, k := range keywords {
		uses[k.text] = k.use
		if k.kind != tWord {
			reserved[k.text] = k.kind
			ofKinds[k.kind] = k.use
		}
	}
	return uses, reserved, ofKinds
}

// has reports whether a word has the use.
func (u wordUse) has(word string) bool { return wordUses[word]&u != 0 }

// ofDeclarationAlone reports whether a word begins a clause that no use has.
func ofDeclarationAlone(word string) bool { return ofDeclaration.has(word) && !ofUse.has(word) }

// words lists the words that have one of the uses.
func (u wordUse) words() []string {
	var list []string
	for _, k := range keywords {
		if k.use&u != 0 {
			list = append(list, k.text)
		}
	}
	return list
}

// is reports whether a token is a reserved word that has the use.
func (k tokenKind) is(u wordUse) bool { return kindUses[k]&u != 0 }
