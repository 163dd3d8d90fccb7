package dsl

import (
	"io"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"
)

// The grammar of declarations. Every struct is a production; docs/grammar.ebnf
// shows them together with those that stand in the comments of the functions
// that parse them by hand. What they hold are tokens: the tree is built from
// them afterwards.

// unitSyntax is what a file is made of.
type unitSyntax struct {
	Flow    *flowSyntax    `parser:"  @@"`
	Package *packageSyntax `parser:"| @@"`
	Import  *importSyntax  `parser:"| @@"`
	Decl    *declSyntax    `parser:"| @@"`
}

type declSyntax struct {
	Type     *typeSyntax     `parser:"  @@"`
	Enum     *enumSyntax     `parser:"| @@"`
	Error    *errorSyntax    `parser:"| @@"`
	Const    *constSyntax    `parser:"| @@"`
	Func     *funcSyntax     `parser:"| @@"`
	Step     *stepSyntax     `parser:"| @@"`
	Callback *callbackSyntax `parser:"| @@"`
	Function *functionSyntax `parser:"| @@"`
	Workflow *workflowSyntax `parser:"| @@"`
	Defaults *defaultsSyntax `parser:"| @@"`
}

type flowSyntax struct {
	Version lexer.Token `parser:"'flow' @Int End"`
}

type packageSyntax struct {
	Name lexer.Token `parser:"'package' @Small End"`
}

type importSyntax struct {
	Alias *lexer.Token `parser:"'import' @Small?"`
	Path  lexer.Token  `parser:"@String End"`
}

type typeSyntax struct {
	Name   lexer.Token   `parser:"'type' @Capital"`
	Fields *fieldsSyntax `parser:"( @@"`
	Go     *goTypeSyntax `parser:"| '=' @@ ) End"`
}

type goTypeSyntax struct {
	Tokens  []lexer.Token
	Package lexer.Token `parser:"@Small '.'"`
	Name    lexer.Token `parser:"@Capital"`
	Args    []typeRef   `parser:"( '[' @@ ( ',' @@ )* ']' )?"`
}

type errorSyntax struct {
	Name   lexer.Token   `parser:"'error' @Capital"`
	As     []aliasSyntax `parser:"( 'as' @@ ( ',' @@ )* )?"`
	Fields *fieldsSyntax `parser:"@@? End"`
}

type aliasSyntax struct {
	Text lexer.Token `parser:"@String"`
}

type fieldsSyntax struct {
	Open   lexer.Token    `parser:"@'{'"`
	Fields []*fieldSyntax `parser:"( @@ Sep )* '}'"`
}

type fieldSyntax struct {
	Tokens  []lexer.Token
	Name    lexer.Token  `parser:"@( Small | Capital | Reserved )"`
	Type    typeRef      `parser:"@@"`
	Default *lexer.Token `parser:"( '=' @Expr )?"`
	JSON    *lexer.Token `parser:"( 'as' @String )?"`
}

type enumSyntax struct {
	Name   lexer.Token     `parser:"'enum' @Capital"`
	Open   lexer.Token     `parser:"@'{'"`
	Values []*memberSyntax `parser:"( @@ Sep )* '}' End"`
}

type memberSyntax struct {
	Tokens []lexer.Token
	Name   lexer.Token  `parser:"@( Small | Capital | Reserved )"`
	JSON   *lexer.Token `parser:"( 'as' @String )?"`
}

type constSyntax struct {
	Name  lexer.Token `parser:"'const' @Small '='"`
	Value lexer.Token `parser:"@Expr End"`
}

type funcSyntax struct {
	Name   lexer.Token   `parser:"'func' @Small"`
	Params *paramsSyntax `parser:"@@"`
	Result typeRef       `parser:"@@"`
	Body   *lexer.Token  `parser:"( '=' @Expr"`
	Block  *lexer.Token  `parser:"| @Block )? End"`
}

type stepSyntax struct {
	Name   lexer.Token   `parser:"'step' @( Small | Capital | Reserved )"`
	Params *paramsSyntax `parser:"@@"`
	Result *typeRef      `parser:"@@?"`
	Policy *lexer.Token  `parser:"@Policy? End"`
}

type callbackSyntax struct {
	Name   lexer.Token   `parser:"'callback' @( Small | Capital | Reserved )"`
	Params *paramsSyntax `parser:"@@"`
	Result *typeRef      `parser:"@@?"`
	Policy *lexer.Token  `parser:"@Policy? End"`
}

type functionSyntax struct {
	Name   lexer.Token   `parser:"'function' @( Small | Capital | Reserved )"`
	Params *paramsSyntax `parser:"@@"`
	Result *typeRef      `parser:"@@?"`
	Env    *lexer.Token  `parser:"'=' ( 'env' @( Small | Capital ) '??' )?"`
	Target lexer.Token   `parser:"@String"`
	Policy *lexer.Token  `parser:"@Policy? End"`
}

type workflowSyntax struct {
	Name   lexer.Token   `parser:"'workflow' @( Small | Capital | Reserved )"`
	Params *paramsSyntax `parser:"@@"`
	Result *typeRef      `parser:"@@?"`
	Policy *lexer.Token  `parser:"@Policy?"`
	Block  lexer.Token   `parser:"@Block End"`
}

type defaultsSyntax struct {
	Of     lexer.Token  `parser:"'defaults' @( 'step' | 'callback' | 'workflow' )"`
	Policy *lexer.Token `parser:"@Policy? End"`
}

type paramsSyntax struct {
	Open   lexer.Token    `parser:"@'('"`
	Params []*paramSyntax `parser:"( @@ Comma )* ')'"`
}

type paramSyntax struct {
	Tokens []lexer.Token
	Name   lexer.Token `parser:"@Small"`
	Type   paramType   `parser:"@@"`
}

// Symbols of the declaration grammar. End closes every declaration, Sep and Comma
// stand behind every field and parameter whether or not the source has the
// optional last one. Policy is all clauses of a declaration, Expr an expression and
// Block the body of a workflow: they are parsed by hand.
const (
	symSmall lexer.TokenType = iota + 1
	symCapital
	symReserved
	symInt
	symFloat
	symDuration
	symString
	symPunct
	symSep
	symComma
	symExpr
	symPolicy
	symBlock
	symEnd
)

var symbols = map[string]lexer.TokenType{
	"EOF": lexer.EOF, "Small": symSmall, "Capital": symCapital, "Reserved": symReserved, "Int": symInt,
	"Float": symFloat, "Duration": symDuration, "String": symString, "Punct": symPunct, "Sep": symSep,
	"Comma": symComma, "Expr": symExpr, "Policy": symPolicy, "Block": symBlock, "End": symEnd,
}

// flowLexer is the language's lexer as participle wants it: it gives the tokens
// of the declarations of a file, with the bodies of workflows folded.
type flowLexer struct{}

func (flowLexer) Symbols() map[string]lexer.TokenType { return symbols }

func (flowLexer) Lex(name string, r io.Reader) (lexer.Lexer, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	p := newParser(new(SourceSet).Add(name, text))
	stream := &declStream{}
	for _, u := range p.units() {
		stream.toks = p.appendUnit(stream.toks, u)
	}
	return stream, nil
}

// declStream is a stretch of declarations as a lexer.Lexer. Of the positions that
// its tokens carry, Offset is the byte offset, Line the index of the token in the
// file's list, and Column that in the stream: nothing of participle reads them.
type declStream struct {
	toks []lexer.Token
	next int
}

func (s *declStream) Next() (lexer.Token, error) {
	if s.next == len(s.toks) {
		return lexer.EOFToken(lexer.Position{}), nil
	}
	t := s.toks[s.next]
	s.next++
	return t, nil
}

// The grammar is one for all declarations, but each is parsed from its own
// production, found by its keyword. Without lookahead participle decides by one
// token and fails at the very token that is wrong.
var grammar = participle.MustBuild[unitSyntax](participle.Lexer(flowLexer{}), participle.UseLookahead(0))

func production[P any]() func(*parser, *lexer.PeekingLexer, unit) error {
	rules, err := participle.ParserForProduction[P](grammar)
	if err != nil {
		panic(err)
	}
	return func(p *parser, lex *lexer.PeekingLexer, u unit) error {
		syntax, err := rules.ParseFromLexer(lex, participle.AllowTrailing(true))
		if err != nil {
			return err
		}
		any(syntax).(builder).build(p, u)
		return nil
	}
}

// builder adds to the tree what a production holds.
type builder interface{ build(*parser, unit) }

var productions = map[string]func(*parser, *lexer.PeekingLexer, unit) error{
	"flow":     production[flowSyntax](),
	"package":  production[packageSyntax](),
	"import":   production[importSyntax](),
	"type":     production[typeSyntax](),
	"enum":     production[enumSyntax](),
	"error":    production[errorSyntax](),
	"const":    production[constSyntax](),
	"func":     production[funcSyntax](),
	"step":     production[stepSyntax](),
	"callback": production[callbackSyntax](),
	"function": production[functionSyntax](),
	"workflow": production[workflowSyntax](),
	"defaults": production[defaultsSyntax](),
}
