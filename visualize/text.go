package visualize

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/durablegen/durablegen/dsl"
)

// exprText writes an expression as the language does, on one line.
func exprText(e dsl.Expr) string {
	var b strings.Builder
	writeExpr(&b, e)
	return b.String()
}

func writeExpr(b *strings.Builder, e dsl.Expr) {
	switch e := e.(type) {
	case nil:
	case *dsl.IntExpr:
		b.WriteString(e.Text)
	case *dsl.FloatExpr:
		b.WriteString(e.Text)
	case *dsl.DurationExpr:
		b.WriteString(e.Text)
	case *dsl.BoolExpr:
		fmt.Fprint(b, e.Value)
	case *dsl.NoneExpr:
		b.WriteString("none")
	case *dsl.StringExpr:
		b.WriteByte('"')
		writeText(b, e)
		b.WriteByte('"')
	case *dsl.IdentExpr:
		b.WriteString(e.Name)
	case *dsl.CallExpr:
		b.WriteString(nameText(e.Func))
		writeArgs(b, e.Args)
	case *dsl.SelectorExpr:
		writeExpr(b, e.X)
		b.WriteString("." + nameText(e.Name))
	case *dsl.IndexExpr:
		writeExpr(b, e.X)
		b.WriteByte('[')
		writeExpr(b, e.Index)
		b.WriteByte(']')
	case *dsl.SliceExpr:
		writeExpr(b, e.X)
		b.WriteByte('[')
		writeExpr(b, e.Lo)
		b.WriteByte(':')
		writeExpr(b, e.Hi)
		b.WriteByte(']')
	case *dsl.EnumExpr:
		if e.Enum != nil {
			b.WriteString(e.Enum.Text + ".")
		}
		b.WriteString(nameText(e.Value))
	case *dsl.RecordExpr:
		b.WriteString(nameText(e.Name))
		if len(e.Fields) == 0 {
			return
		}
		b.WriteString(" { ")
		for i, f := range e.Fields {
			separate(b, i)
			b.WriteString(nameText(f.Name) + ": ")
			writeExpr(b, f.Value)
		}
		b.WriteString(" }")
	case *dsl.ListExpr:
		b.WriteByte('[')
		for i, x := range e.Elems {
			separate(b, i)
			writeExpr(b, x)
		}
		b.WriteByte(']')
	case *dsl.CompExpr:
		b.WriteByte('[')
		writeExpr(b, e.Value)
		b.WriteString(" for ")
		if e.Index != nil {
			b.WriteString(e.Index.Text + ", ")
		}
		b.WriteString(nameText(e.Elem) + " in ")
		writeExpr(b, e.List)
		if e.Cond != nil {
			b.WriteString(" if ")
			writeExpr(b, e.Cond)
		}
		b.WriteByte(']')
	case *dsl.MapExpr:
		b.WriteString("{ ")
		for i, x := range e.Entries {
			separate(b, i)
			writeExpr(b, x.Key)
			b.WriteString(": ")
			writeExpr(b, x.Value)
		}
		b.WriteString(" }")
	case *dsl.ConvertExpr:
		b.WriteString(dsl.TypeText(e.To) + "(")
		writeExpr(b, e.X)
		b.WriteByte(')')
	case *dsl.IfExpr:
		b.WriteString("if ")
		writeExpr(b, e.Cond)
		b.WriteString(" { ")
		writeExpr(b, e.Then)
		b.WriteString(" } else { ")
		writeExpr(b, e.Else)
		b.WriteString(" }")
	case *dsl.UnaryExpr:
		b.WriteString(e.Op)
		writeExpr(b, e.X)
	case *dsl.BinaryExpr:
		writeExpr(b, e.X)
		b.WriteString(" " + e.Op + " ")
		writeExpr(b, e.Y)
	case *dsl.ParenExpr:
		b.WriteByte('(')
		writeExpr(b, e.X)
		b.WriteByte(')')
	case *dsl.BadExpr:
		panic("visualize: the program has errors")
	}
}

func separate(b *strings.Builder, i int) {
	if i > 0 {
		b.WriteString(", ")
	}
}

func writeArgs(b *strings.Builder, args []dsl.Expr) {
	b.WriteByte('(')
	for i, a := range args {
		separate(b, i)
		writeExpr(b, a)
	}
	b.WriteByte(')')
}

// writeText writes a text without its quotes.
func writeText(b *strings.Builder, s *dsl.StringExpr) {
	for _, p := range s.Parts {
		if p.Hole == nil {
			b.WriteString(p.Text)
			continue
		}
		b.WriteByte('{')
		writeExpr(b, p.Hole)
		if p.Format != nil {
			b.WriteString(":" + p.Format.Text)
		}
		b.WriteByte('}')
	}
}

func argsText(args []dsl.Expr) string {
	var b strings.Builder
	writeArgs(&b, args)
	return b.String()
}

func namesText(names []*dsl.Name) string {
	texts := make([]string, len(names))
	for i, n := range names {
		texts[i] = nameText(n)
		if n.Quoted {
			texts[i] = strconv.Quote(n.Text)
		}
	}
	return strings.Join(texts, ", ")
}

func nameText(n *dsl.Name) string {
	if n == nil {
		return ""
	}
	return n.Text
}

// scheduleText gives `every 1s ×2 max 30s`; jitter only on request.
func scheduleText(s dsl.Schedule, jitter bool) string {
	var parts []string
	if s.Every != nil {
		parts = append(parts, "every "+exprText(s.Every))
	}
	if s.Backoff != nil {
		parts = append(parts, "×"+exprText(s.Backoff))
	}
	if s.Max != nil {
		parts = append(parts, "max "+exprText(s.Max))
	}
	if jitter && s.Jitter != nil {
		parts = append(parts, "jitter "+s.Jitter.Text)
	}
	return strings.Join(parts, " ")
}

// firstSentence gives what a doc comment begins with, on one line.
func firstSentence(doc string) string {
	doc = strings.Join(strings.Fields(strings.SplitN(doc, "\n\n", 2)[0]), " ")
	for i, r := range doc {
		if (r == '.' || r == '!' || r == '?') && (i+1 == len(doc) || doc[i+1] == ' ') {
			return doc[:i+1]
		}
	}
	return doc
}
