package dsl

import "sort"

// Pos is a place in the sources of one package: a byte offset counted through
// all of its files, so that a Pos alone tells file and offset. NoPos is none.
type Pos int32

// NoPos is the Pos of what stands nowhere.
const NoPos Pos = 0

// Span is a stretch of source text, End exclusive.
type Span struct{ Start, End Pos }

// Pos gives the start of the span.
func (s Span) Pos() Pos { return s.Start }

// Range gives the span itself; nodes that embed a Span have the method from it.
func (s Span) Range() Span { return s }

// Source is the text of one file. Sources of a package are made by one
// [SourceSet], which gives each its own stretch of positions.
type Source struct {
	Name  string // as it is shown in messages, such as "order.flow"
	Text  []byte
	base  Pos
	lines []int // offsets of line starts
}

// SourceSet is the files of one package.
type SourceSet struct {
	sources []*Source
	next    Pos
}

// Add makes a source of a file's text. The text must not change afterwards.
func (s *SourceSet) Add(name string, text []byte) *Source {
	if s.next == 0 {
		s.next = 1
	}
	src := &Source{Name: name, Text: text, base: s.next, lines: []int{0}}
	for i, c := range text {
		if c == '\n' {
			src.lines = append(src.lines, i+1)
		}
	}
	s.next += Pos(len(text)) + 1
	s.sources = append(s.sources, src)
	return src
}

// Sources gives the files in the order in which they were added.
func (s *SourceSet) Sources() []*Source { return s.sources }

// Source gives the file that holds p, nil for a position in none.
func (s *SourceSet) Source(p Pos) *Source {
	i := sort.Search(len(s.sources), func(i int) bool { return s.sources[i].base > p })
	if p == NoPos || i == 0 {
		return nil
	}
	src := s.sources[i-1]
	if int(p-src.base) > len(src.Text) {
		return nil
	}
	return src
}

// Position is a place as people read it: line and column count from 1, columns
// in characters (code points).
type Position struct {
	File   string
	Line   int
	Column int
	Offset int // in bytes, from 0
}

// Position translates p; the zero Position for a position in no file.
func (s *SourceSet) Position(p Pos) Position {
	src := s.Source(p)
	if src == nil {
		return Position{}
	}
	return src.Position(p)
}

// Pos gives the position of a byte offset in the file.
func (src *Source) Pos(offset int) Pos { return src.base + Pos(offset) }

// Offset gives the byte offset of p in the file.
func (src *Source) Offset(p Pos) int { return int(p - src.base) }

// Position translates p, which must lie in this file.
func (src *Source) Position(p Pos) Position {
	off := min(max(src.Offset(p), 0), len(src.Text))
	line := sort.SearchInts(src.lines, off+1) - 1
	col := 1
	for _, c := range src.Text[src.lines[line]:off] {
		if c&0xC0 != 0x80 {
			col++
		}
	}
	return Position{File: src.Name, Line: line + 1, Column: col, Offset: off}
}

// Line gives the text of a line, counted from 1, without its line end.
func (src *Source) Line(n int) string {
	if n < 1 || n > len(src.lines) {
		return ""
	}
	end := len(src.Text)
	if n < len(src.lines) {
		end = src.lines[n] - 1
	}
	text := src.Text[src.lines[n-1]:end]
	if len(text) > 0 && text[len(text)-1] == '\r' {
		text = text[:len(text)-1]
	}
	return string(text)
}

// lineIndex gives the line, counted from 0, of a byte offset.
func (src *Source) lineIndex(offset int) int { return sort.SearchInts(src.lines, offset+1) - 1 }

// lineStart gives the offset of the start of the line that holds an offset.
func (src *Source) lineStart(offset int) int { return src.lines[src.lineIndex(offset)] }
