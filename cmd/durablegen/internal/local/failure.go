package local

import (
	"regexp"
	"strconv"

	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/runtime/wire"
)

var place = regexp.MustCompile(`([^\s/\\:()]+\.flow):(\d+):(\d+)`)

// Place gives the position in a .flow file where a failure comes from: the first
// one that its stack trace or its message names.
func Place(e *wire.ErrorObject) (dsl.Position, bool) {
	for _, text := range append(append([]string(nil), e.StackTrace...), e.ErrorMessage) {
		if m := place.FindStringSubmatch(text); m != nil {
			line, _ := strconv.Atoi(m[2])
			column, _ := strconv.Atoi(m[3])
			return dsl.Position{File: m[1], Line: line, Column: column}, true
		}
	}
	return dsl.Position{}, false
}

// SpanAt gives the word at a position of a source; the rest of the line's text if
// none stands there. ok is false for a position that the source does not have.
func SpanAt(src *dsl.Source, at dsl.Position) (dsl.Span, bool) {
	line := src.Line(at.Line)
	offset := 0 // of the line
	for n := 1; n < at.Line; n++ {
		next := nextLine(src.Text, offset)
		if next < 0 {
			return dsl.Span{}, false
		}
		offset = next
	}
	column := 1
	for i := range line {
		if column == at.Column {
			end := i
			for end < len(line) && isWord(line[end]) {
				end++
			}
			if end == i {
				end = i + 1
			}
			return dsl.Span{Start: src.Pos(offset + i), End: src.Pos(offset + end)}, true
		}
		column++
	}
	return dsl.Span{}, false
}

func nextLine(text []byte, from int) int {
	for i := from; i < len(text); i++ {
		if text[i] == '\n' {
			return i + 1
		}
	}
	return -1
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}
