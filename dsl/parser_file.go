package dsl

import (
	"sort"
	"strconv"
	"strings"

	"github.com/alecthomas/participle/v2/lexer"
)

// languageVersion is the one version of the language that there is.
const languageVersion = 1

// flowLine takes the first line of a file.
func (p *parser) flowLine(u unit, version *lexer.Token) {
	at := p.unitSpan(u)
	switch {
	case p.file.Version != 0:
		d := p.report(at, codeHead, "a second `flow` line")
		if version.Value == strconv.Itoa(p.file.Version) {
			d.edit(at, "", "remove it")
		}
		return
	case p.file.Package != nil || len(p.file.Imports)+p.declared() > 0:
		p.report(at, codeHead, "the `flow` line stands first in a file")
	}
	n, err := strconv.Atoi(version.Value)
	p.file.Version = languageVersion
	if err != nil || n != languageVersion {
		span := p.tokSpan(version.Pos.Line)
		p.report(span, codeVersion, "version %s of the language is unknown", version.Value).
			help("this tool knows version %d; a newer one may know more", languageVersion)
	}
}

// packageLine takes the package clause.
func (p *parser) packageLine(u unit, name *Name) {
	at := p.unitSpan(u)
	switch {
	case p.file.Package != nil:
		d := p.report(at, codeHead, "a second `package` line").note(p.file.Package.Span, "the first one")
		if name.Text == p.file.Package.Text {
			d.edit(at, "", "remove it")
		}
		return
	case len(p.file.Imports)+p.declared() > 0:
		p.report(at, codeHead, "the `package` line stands before all declarations")
	}
	p.file.Package = name
	p.file.Doc = p.docAbove(u.start)
}

// importLine takes an import.
func (p *parser) importLine(im *Import) {
	if p.declared() > 0 {
		p.report(im.Span, codeHead, "imports stand before all declarations")
	}
	p.file.Imports = append(p.file.Imports, im)
}

// declared is how many declarations there are so far.
func (p *parser) declared() int { return len(p.file.Decls) + len(p.file.Defaults) }

// checkHead reports what is missing from the head of the file.
func (p *parser) checkHead() {
	f := p.file
	if f.Version == 0 && !p.reported(codeHead) {
		p.report(p.span(p.firstPlace(), p.firstPlace()), codeHead, "the file does not say that it is Flow").
			help("a file begins with the version of the language and the name of its package").
			edit(p.span(p.firstPlace(), p.firstPlace()), "flow 1\n\n", "write `flow 1` in the first line")
	}
	if f.Package == nil && !p.reported(codeHead) {
		at := p.span(p.firstPlace(), p.firstPlace())
		for i := 0; i+2 < len(p.toks); i++ {
			if p.toks[i].kind == tNL {
				at = p.span(int(p.toks[i-1].end), int(p.toks[i-1].end))
				break
			}
		}
		p.report(at, codeHead, "the file does not name its package").
			help("write `package orders` below the `flow` line; all files of a folder have the same")
	}
}

func (p *parser) reported(code Code) bool {
	for i := range p.found {
		if p.found[i].Code == code {
			return true
		}
	}
	return false
}

// firstPlace is where a file's text begins.
func (p *parser) firstPlace() int {
	if strings.HasPrefix(p.text, bom) {
		return len(bom)
	}
	return 0
}

// docAbove gives the comment that stands right above a token, each line on a line
// of its own.
func (p *parser) docAbove(i int) string {
	start := int(p.toks[i].start)
	// The comment before the token, if it ends on the line above.
	n := sort.Search(len(p.comments), func(n int) bool { return int(p.comments[n].start) > start })
	if n == 0 || i > 0 && int(p.comments[n-1].start) < int(p.toks[i].start) && p.comments[n-1].end <= p.toks[i-1].start {
		return ""
	}
	line := p.src.lineIndex(start)
	from := n
	for from > 0 {
		c := p.comments[from-1]
		lineStart := p.src.lineStart(int(c.start))
		if p.src.lineIndex(int(c.start)) != line-1 || strings.TrimLeft(p.text[lineStart:c.start], " \t"+bom) != "" {
			break
		}
		line--
		from--
	}
	if from == n {
		return ""
	}
	lines := make([]string, 0, n-from)
	for _, c := range p.comments[from:n] {
		text := strings.TrimPrefix(p.text[c.start:c.end], "//")
		lines = append(lines, strings.TrimRight(strings.TrimPrefix(text, " "), " \t\r"))
	}
	return strings.Join(lines, "\n")
}

// noteDecl remembers what a name was declared as.
func (p *parser) noteDecl(name, keyword string) {
	if p.decls == nil {
		p.decls = map[string]string{}
	}
	p.decls[name] = keyword
}
