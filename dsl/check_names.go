package dsl

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/durablegen/durablegen/internal/near"
	"github.com/durablegen/durablegen/internal/words"
)

// environment is the variables that can be seen, block by block.
type environment struct {
	vars   map[string]*binding
	blocks [][]*binding
}

// binding is one variable of a name; outer is the one it hides.
type binding struct {
	v     *Var
	level int
	outer *binding
	// unused says how to report that nothing reads the variable; nil for
	// variables that need no use, such as parameters.
	unused func()
}

func (c *checker) openBlock() { c.env.blocks = append(c.env.blocks, nil) }

// closeBlock forgets the variables of the innermost block and reports those that
// nothing reads, unless their value is wrong anyhow.
func (c *checker) closeBlock() {
	last := len(c.env.blocks) - 1
	block := c.env.blocks[last]
	c.env.blocks = c.env.blocks[:last]
	for i := len(block) - 1; i >= 0; i-- {
		b := block[i]
		if b.outer == nil {
			delete(c.env.vars, b.v.Name)
		} else {
			c.env.vars[b.v.Name] = b.outer
		}
	}
	for _, b := range block {
		if b.unused != nil && !b.v.Used && b.v.Type != nil && !c.mayBeUsed(b.v.Name) && !c.unsure(b.v.Span) {
			b.unused()
		}
	}
}

// declare makes a variable known in the innermost block. It gives a variable
// also where the name is missing or taken, so that checking can go on.
func (c *checker) declare(name *Name, t Type, unused func(v *Var)) *Var {
	v := &Var{Type: t}
	if c.body != nil {
		v.Scope = c.body.scope
	}
	if name == nil || name.Text == "" {
		return v
	}
	v.Name, v.Span = name.Text, name.Span
	level := len(c.env.blocks)
	before := c.env.vars[name.Text]
	if before != nil && before.level == level {
		p := c.errorf(codeDuplicateName, name.Span, "`%s` is already declared in this block", name.Text).
			note(before.v.Span, "declared here")
		p.help("choose another name; if the variable is meant, write `%s =` to assign it", name.Text)
		before.v.Used = true
		return v // the first one stays: what follows is about it, most likely
	}
	b := &binding{v: v, level: level, outer: before}
	if unused != nil {
		b.unused = func() { unused(v) }
	}
	c.env.vars[name.Text] = b
	if level > 0 {
		c.env.blocks[level-1] = append(c.env.blocks[level-1], b)
	}
	return v
}

// lookup finds a variable; nil if there is none of the name.
func (c *checker) lookup(name string) *Var {
	if b := c.env.vars[name]; b != nil {
		return b.v
	}
	return nil
}

// unusedVar reports a variable that nothing reads; remove is the text that a fix
// takes out, or the zero Span.
func (c *checker) unusedVar(remove Span) func(*Var) {
	return func(v *Var) {
		p := c.errorf(codeUnusedVariable, v.Span, "`%s` is declared and not used", v.Name)
		if remove == (Span{}) {
			p.help("use it, or take it out")
			return
		}
		p.help("leave the name out").fix("leave the name out", Edit{Span: remove})
	}
}

func isCapital(name string) bool {
	r, _ := utf8.DecodeRuneInString(name)
	return unicode.IsUpper(r)
}

// near picks the candidate that a mistyped name most likely means; empty if none
// is near. Candidates may repeat. The work is bounded over a whole package.
func (c *checker) near(name string, candidates []string) string {
	return near.Within(&c.suggestions, name, candidates)
}

// varNames are the variables that can be seen.
func (c *checker) varNames() []string {
	var names []string
	for name := range c.env.vars {
		if len(names) == maxCandidates {
			break
		}
		names = append(names, name)
	}
	return names
}

// valueNames are the variables that can be seen, and the constants.
func (c *checker) valueNames() []string {
	if c.suggestions <= 0 {
		return nil
	}
	names := c.varNames()
	for _, d := range c.program.Consts {
		names = append(names, d.Name.Text)
	}
	return names
}

// maxCandidates bounds how many names are looked at for one suggestion.
const maxCandidates = 2000

// declNames are the names of declarations that pick accepts.
func (c *checker) declNames(pick func(Decl) bool) []string {
	if c.suggestions <= 0 {
		return nil
	}
	var names []string
	for name, d := range c.decls {
		c.suggestions--
		if pick(d) {
			names = append(names, name)
		}
	}
	return names
}

func quoteAll(names []string) string { return words.List(names) }

// brokenWords are the words in the text of files that did not parse.
type brokenWords struct {
	count    map[string]int
	declared map[string]bool // stand where a declaration has its name
}

// mayBeUsed reports whether a variable may be used in what the parser left out.
func (c *checker) mayBeUsed(name string) bool { return c.broken && c.brokenText().count[name] > 1 }

// mayBeDeclared reports whether a name may be declared in what the parser left out, or
// stands for a Go type that can't be read.
func (c *checker) mayBeDeclared(name string) bool {
	return c.unreadable[name] || c.broken && c.brokenText().declared[name]
}

func (c *checker) brokenText() *brokenWords {
	if c.words != nil {
		return c.words
	}
	c.words = &brokenWords{count: map[string]int{}, declared: map[string]bool{}}
	for _, f := range c.program.Files {
		if f.Broken {
			text := append([]byte(nil), f.Source.Text...)
			for _, comment := range f.Comments {
				for i := f.Source.Offset(comment.Start); i < f.Source.Offset(comment.End); i++ {
					text[i] = ' '
				}
			}
			c.words.scan(string(text))
		}
	}
	return c.words
}

// introducers are the words behind which a name is declared.
var introducers = map[string]bool{
	"step": true, "callback": true, "function": true, "func": true, "workflow": true, "type": true, "enum": true, "error": true,
	"const": true, "var": true, "for": true, "map": true, "catch": true, "as": true, "import": true,
}

func (w *brokenWords) scan(text string) {
	isWord := func(c byte) bool {
		return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
	}
	before, between := "", ""
	for i := 0; i < len(text); {
		start := i
		for i < len(text) && !isWord(text[i]) {
			i++
		}
		between = strings.TrimSpace(text[start:i])
		start = i
		for i < len(text) && isWord(text[i]) {
			i++
		}
		word := text[start:i]
		rest := strings.TrimLeft(text[i:min(len(text), i+16)], " ")
		param := (strings.HasSuffix(between, "(") || strings.HasSuffix(between, ",")) && rest != "" && (isWord(rest[0]) || rest[0] == '[')
		if between == "" && introducers[before] || strings.HasPrefix(rest, ":=") || param {
			w.declared[word] = true
		}
		w.count[word]++
		before = word
	}
}
