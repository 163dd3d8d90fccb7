package dsl

import (
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	participle "github.com/alecthomas/participle/v2/ebnf"
)

const grammarFile = "../docs/grammar.ebnf"

const grammarHead = `(* The grammar of Flow, made from the parser by a test: the productions of
   declarations are participle's, the others stand beside the functions that
   parse them.

   name   a word that begins with a small letter (or one without case) and is not reserved
   Name   a word that begins with a capital
   word   any word, reserved ones too
   NL     a semicolon, or a newline behind a word, literal, ) ] } or ?, unless the
          innermost open bracket is ( or [; a run of them counts as one; it may be
          left away before } and be added behind {
   Sep    may be left away before }, Comma before )
   STRHEAD STRMID STRTAIL   the pieces of a text around its holes: "a {  } b {  } c"
   FORMAT   : and what stands up to the end of the hole, if no space follows the :

   A text in quotes stands on one line, its holes included.

   ▸  a newline before this word does not count, unless := = : or . follows the word.
   In a repetition of alternatives that begin so, each stands at most once.

   Reserved: %s *)

`

// TestGrammar keeps docs/grammar.ebnf what the parser does.
func TestGrammar(t *testing.T) {
	text := grammarText(t)
	if *update {
		if err := os.WriteFile(grammarFile, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	old, err := os.ReadFile(grammarFile)
	if err != nil {
		t.Fatal(err)
	}
	if string(old) != text {
		t.Errorf("%s is out of date; run the tests with -update: %s", grammarFile, diffLines(string(old), text))
	}
}

// reservedWords lists the reserved words in the order of the table.
func reservedWords() []string {
	var words []string
	for _, k := range keywords {
		if k.kind != tWord {
			words = append(words, k.text)
		}
	}
	return words
}

// TestReservedWordsAreDocumented: the reference lists them in the table's order.
func TestReservedWordsAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../docs/reference/files.md")
	if err != nil {
		t.Fatal(err)
	}
	if list := strings.Join(reservedWords(), " "); !strings.Contains(strings.Join(strings.Fields(string(text)), " "), "`"+list+"` are reserved") {
		t.Errorf("docs/reference/files.md does not say that `%s` are reserved", list)
	}
}

// grammarText writes the whole grammar.
func grammarText(t *testing.T) string {
	var b strings.Builder
	words := reservedWords()
	fmt.Fprintf(&b, grammarHead, strings.Join(words[:14], " ")+"\n   "+strings.Join(words[14:], " "))
	file := byHand(t, "parser_unit.go")
	b.WriteString(file + "\n(* Declarations *)\n\n" + ofParticiple(t))
	b.WriteString("Comma       = \",\" .\n")
	for _, f := range []struct{ title, name string }{
		{"Types", "parser_type.go"}, {"Clauses", "parser_clause.go"}, {"Statements", "parser_stmt.go"}, {"Operations", "parser_operation.go"}, {"Expressions", "parser_expr.go"},
	} {
		fmt.Fprintf(&b, "\n(* %s *)\n\n%s", f.title, byHand(t, f.name))
	}
	return b.String()
}

// byHand gives the productions in the comments of a file.
func byHand(t *testing.T, name string) string {
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	in := false
	for _, line := range strings.Split(string(text), "\n") {
		rest, ok := strings.CutPrefix(line, "//\t")
		if !ok {
			in = false
			continue
		}
		if !in && !regexp.MustCompile(`^[A-Z]\w* += `).MatchString(rest) {
			continue
		}
		in = true
		if name, def, ok := strings.Cut(rest, "= "); ok && regexp.MustCompile(`^[A-Z]\w* *$`).MatchString(name) {
			fmt.Fprintf(&b, "%-11s = %s\n", strings.TrimSpace(name), strings.TrimSpace(def))
		} else {
			fmt.Fprintf(&b, "              %s\n", strings.TrimSpace(rest))
		}
	}
	return b.String()
}

// productionNames are productions of participle's whose names say Decl in the grammar,
// as their own are those of other things.
var productionNames = map[string]string{
	"TypeSyntax": "TypeDecl", "EnumSyntax": "EnumDecl", "ErrorSyntax": "ErrorDecl", "ConstSyntax": "ConstDecl",
	"FuncSyntax": "FuncDecl", "StepSyntax": "StepDecl", "CallbackSyntax": "CallbackDecl", "FunctionSyntax": "FunctionDecl",
	"WorkflowSyntax": "WorkflowDecl", "DefaultsSyntax": "Defaults", "typeRef": "Type", "paramType": "ParamType",
}

func productionName(name string) string {
	if n, ok := productionNames[name]; ok {
		return n
	}
	return strings.TrimSuffix(name, "Syntax")
}

// ofParticiple writes participle's productions in the notation of the others.
func ofParticiple(t *testing.T) string {
	tree, err := participle.ParseString(grammar.String())
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, p := range tree.Productions {
		if p.Production == "UnitSyntax" {
			continue
		}
		marks := strings.Contains("PolicySyntax RetrySyntax RetryPartSyntax IdempotentSyntax", p.Production)
		fmt.Fprintf(&b, "%-11s = %s .\n", productionName(p.Production), wirth(p.Expression, marks))
	}
	return strings.ReplaceAll(b.String(), "STRING", "Fixed")
}

func wirth(e *participle.Expression, marks bool) string {
	var alts []string
	for _, seq := range e.Alternatives {
		var terms []string
		for _, term := range seq.Terms {
			if s := wirthTerm(term, marks); s != "" {
				terms = append(terms, s)
			}
		}
		alts = append(alts, strings.Join(terms, " "))
	}
	return strings.Join(alts, " | ")
}

var tokenNames = map[string]string{"small": "name", "capital": "Name", "reserved": "RESERVED", "int": "INT", "string": "STRING",
	"sep": "Sep", "comma": "Comma", "expr": "Expr", "policy": "Policy", "block": "[ NL ] Block", "end": ""}

func wirthTerm(t *participle.Term, marks bool) string {
	s := ""
	switch {
	case t.Name != "":
		s = productionName(t.Name)
	case t.Literal != "":
		s = `"` + strings.Trim(t.Literal, `"`) + `"`
		if marks && isClause.has(strings.Trim(t.Literal, `"`)) {
			s = "▸" + s
		}
	case t.Token != "":
		s = tokenNames[t.Token]
	case t.Group != nil:
		s = wirth(t.Group.Expr, marks)
		if s == "name | Name | RESERVED" {
			return "word"
		}
		switch {
		case t.Repetition == "" && strings.Contains(s, " | "):
			return "( " + s + " )"
		case t.Repetition == "":
			return s
		}
	}
	switch t.Repetition {
	case "?":
		return "[ " + s + " ]"
	case "*":
		return "{ " + s + " }"
	}
	return s
}

// TestGrammarDerivations derives files at random from the grammar, as it stands
// in docs, and wants the parser to accept each and the formatter to keep it.
func TestGrammarDerivations(t *testing.T) {
	text, err := os.ReadFile(grammarFile)
	if err != nil {
		t.Fatal(err)
	}
	g := readGrammar(t, string(text))
	n := 1000
	if testing.Short() {
		n = 50
	}
	for seed := range n {
		d := &deriver{g: g, r: rand.New(rand.NewSource(int64(seed))), budget: 400}
		d.measure()
		d.derive(&rule{kind: "ref", text: "File"})
		text := d.b.String()
		src := new(SourceSet).Add("derived.flow", []byte(text))
		if _, ds := Parse(src); ds.HasErrors() {
			os.WriteFile(filepath.Join(t.TempDir(), "derived.flow"), []byte(text), 0o644)
			var set SourceSet
			_, ds := Parse(set.Add("derived.flow", []byte(text)))
			t.Fatalf("seed %d:\n%s\n%s", seed, messages(&set, ds[:1]), text)
		}
		checkFormat(t, text)
	}
}

// rule is a piece of the grammar: lit, ref, seq, alt, opt or rep.
type rule struct {
	kind string
	text string
	cont bool // marked ▸
	kids []*rule
}

var ebnfToken = regexp.MustCompile(`\(\*[\s\S]*?\*\)|▸?"[^"]*"|\w+|[=.|(){}\[\]]`)

func readGrammar(t *testing.T, text string) map[string]*rule {
	var toks []string
	for _, tok := range ebnfToken.FindAllString(text, -1) {
		if !strings.HasPrefix(tok, "(*") {
			toks = append(toks, tok)
		}
	}
	g := map[string]*rule{}
	i := 0
	var alt func() *rule
	term := func() *rule {
		tok := toks[i]
		i++
		closing := map[string]string{"(": ")", "[": "]", "{": "}"}[tok]
		if closing != "" {
			kid := alt()
			if toks[i] != closing {
				t.Fatalf("%s: expected %s, found %s", grammarFile, closing, toks[i])
			}
			i++
			return &rule{kind: map[string]string{"(": "seq", "[": "opt", "{": "rep"}[tok], kids: []*rule{kid}}
		}
		cont := strings.HasPrefix(tok, "▸")
		tok = strings.TrimPrefix(tok, "▸")
		if strings.HasPrefix(tok, `"`) {
			return &rule{kind: "lit", text: strings.Trim(tok, `"`), cont: cont}
		}
		return &rule{kind: "ref", text: tok}
	}
	alt = func() *rule {
		a := &rule{kind: "alt"}
		for {
			s := &rule{kind: "seq"}
			for !strings.Contains("|)]}.", toks[i]) {
				s.kids = append(s.kids, term())
			}
			a.kids = append(a.kids, s)
			if toks[i] != "|" {
				return a
			}
			i++
		}
	}
	for i < len(toks) {
		name := toks[i]
		i += 2
		g[name] = alt()
		i++
	}
	return g
}

// deriver writes a random sentence of a grammar.
type deriver struct {
	g       map[string]*rule
	r       *rand.Rand
	b       strings.Builder
	budget  int
	depths  map[string]int
	last    string
	operand bool // nothing of an operand has been written yet
	holes   int  // open ones: a text stands on one line
}

var terminals = map[string][]string{
	"name":   {"a", "order", "x1", "größe", "item", "type", "error", "times", "none1", "id", "status"},
	"Name":   {"A", "Order", "Declined", "Ärger"},
	"word":   {"a", "order", "if", "wait", "step", "Name", "map", "in", "none", "charge"},
	"INT":    {"0", "1", "42", "1_000", "0x1F"},
	"FLOAT":  {"1.5", "0.25", "1e3", "2.5e-3"},
	"STRING": {`"text"`, `""`, `"a \{ \" b"`, `"päck"`},
	"RAW":    {"`raw {x}`", "``"}, "STRHEAD": {`"a {`, `"{`}, "STRMID": {`} b {`, `}{`}, "STRTAIL": {`}"`, `} c"`},
	"DURATION": {"10m", "1h30m", "500ms", "3d", "1w"}, "FORMAT": {":.2", ":05", ":2006"},
}

// unitWords are followed by a duration where a number stands alone: the parser
// knows that, the grammar does not.
var unitWords = map[string]bool{"timeout": true, "heartbeat": true, "retention": true, "every": true, "max": true, "wait": true}

func (d *deriver) emit(text string) {
	if unitWords[d.last] && isDigit(text[0]) {
		text = "5m"
	}
	d.last = text
	d.operand = false
	d.b.WriteString(text + " ")
}

func (d *deriver) derive(r *rule) {
	d.budget--
	switch r.kind {
	case "lit":
		if r.cont && d.holes == 0 && d.r.Intn(3) == 0 {
			d.b.WriteString("\n    ")
		}
		if r.text == "none" && d.operand && d.last == "retry" {
			d.emit("1") // behind retry, none is the keyword
		} else {
			d.emit(r.text)
		}
	case "ref":
		d.operand = r.text == "Operand" || d.operand && terminals[r.text] == nil
		switch {
		case d.holes > 0 && r.text == "NL":
			d.b.WriteString(";")
		case d.holes > 0 && r.text == "Sep":
			d.b.WriteString(", ")
		case r.text == "NL":
			d.b.WriteString([]string{"\n", "\n\n", " ;", " // comment\n", "\n// own line\n"}[d.r.Intn(5)])
		case r.text == "Sep":
			d.b.WriteString([]string{", ", "\n", ",\n"}[d.r.Intn(3)])
		case terminals[r.text] != nil:
			switch r.text {
			case "STRHEAD":
				d.holes++
			case "STRTAIL":
				d.holes--
			}
			list := terminals[r.text]
			d.emit(list[d.r.Intn(len(list))])
		case d.g[r.text] == nil:
			panic("no production " + r.text)
		case r.text == "Flow":
			d.emit("flow 1")
		default:
			d.derive(d.g[r.text])
		}
	case "seq":
		for _, k := range r.kids {
			d.derive(k)
		}
	case "alt":
		d.derive(r.kids[d.choose(r)])
	case "opt":
		if d.budget > 0 && d.r.Intn(2) == 0 {
			d.derive(r.kids[0])
		}
	case "rep":
		if alts := d.once(r.kids[0]); len(alts) > 1 {
			d.r.Shuffle(len(alts), func(i, j int) { alts[i], alts[j] = alts[j], alts[i] })
			for _, a := range alts[:d.r.Intn(len(alts)+1)] {
				if d.budget > 0 {
					d.derive(a)
				}
			}
			return
		}
		for d.budget > 0 && d.r.Intn(3) > 0 {
			d.derive(r.kids[0])
		}
	}
}

// choose picks an alternative: one of the shallowest when the budget is spent.
func (d *deriver) choose(r *rule) int {
	if d.budget > 0 {
		return d.r.Intn(len(r.kids))
	}
	best := 0
	for i, k := range r.kids {
		if d.depth(k) < d.depth(r.kids[best]) {
			best = i
		}
	}
	return best
}

// measure finds how deep each production must go at least.
func (d *deriver) measure() {
	d.depths = map[string]int{}
	for name := range d.g {
		d.depths[name] = 1 << 20
	}
	for changed := true; changed; {
		changed = false
		for name, r := range d.g {
			if n := 1 + d.depth(r); n < d.depths[name] {
				d.depths[name] = n
				changed = true
			}
		}
	}
}

func (d *deriver) depth(r *rule) int {
	n := 0
	switch r.kind {
	case "ref":
		return d.depths[r.text]
	case "seq":
		for _, k := range r.kids {
			n = max(n, d.depth(k))
		}
	case "alt":
		n = 1 << 20
		for _, k := range r.kids {
			n = min(n, d.depth(k))
		}
	}
	return n
}

// once gives the alternatives of a repetition in which each stands at most once:
// all begin with a word marked ▸.
func (d *deriver) once(r *rule) []*rule {
	switch r.kind {
	case "alt":
		var all []*rule
		for _, k := range r.kids {
			alts := d.once(k)
			if alts == nil {
				return nil
			}
			all = append(all, alts...)
		}
		return all
	case "seq":
		if len(r.kids) == 1 && r.kids[0].kind == "ref" && d.g[r.kids[0].text] != nil {
			return d.once(d.g[r.kids[0].text])
		}
		if len(r.kids) > 0 && r.kids[0].kind == "lit" && r.kids[0].cont {
			return []*rule{r}
		}
	}
	return nil
}
