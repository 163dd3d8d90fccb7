package lsp

import (
	"sort"
	"unicode/utf8"
)

// encoding says what a position counts within a line.
type encoding string

const (
	utf8Units  encoding = "utf-8"
	utf16Units encoding = "utf-16" // which every client knows
)

// size gives how many units a character takes that has so many bytes.
func (e encoding) size(r rune, bytes int) int {
	switch {
	case e == utf8Units:
		return bytes
	case r >= 0x10000:
		return 2
	}
	return 1
}

// lines translates between offsets in a text and positions of the protocol, for which a line
// ends with \n, \r\n or \r.
type lines struct {
	text   []byte
	enc    encoding
	starts []int
}

func newLines(text []byte, enc encoding) *lines {
	l := &lines{text: text, enc: enc, starts: make([]int, 1, len(text)/24+1)}
	for i, c := range text {
		if c == '\n' || c == '\r' && (i+1 == len(text) || text[i+1] != '\n') {
			l.starts = append(l.starts, i+1)
		}
	}
	return l
}

// line gives where a line begins and where its text ends, without what ends the line.
func (l *lines) line(n int) (start, end int) {
	start, end = l.starts[n], len(l.text)
	if n+1 < len(l.starts) {
		end = l.starts[n+1] - 1
		if end > start && l.text[end] == '\n' && l.text[end-1] == '\r' {
			end--
		}
	}
	return start, end
}

// offset gives the place of a position: the end of the line if the line is shorter, that of
// the text if it has fewer lines, the start of a character if it is within one.
func (l *lines) offset(p position) int {
	if int64(p.Line) >= int64(len(l.starts)) {
		return len(l.text)
	}
	at, end := l.line(int(p.Line))
	for units := int64(p.Character); at < end; {
		r, size := utf8.DecodeRune(l.text[at:end])
		units -= int64(l.enc.size(r, size))
		if units < 0 {
			break
		}
		at += size
	}
	return at
}

// position gives that of an offset.
func (l *lines) position(offset int) position {
	offset = min(max(offset, 0), len(l.text))
	n := sort.SearchInts(l.starts, offset+1) - 1
	units := 0
	for at := l.starts[n]; at < offset; {
		r, size := utf8.DecodeRune(l.text[at:])
		units += l.enc.size(r, size)
		at += size
	}
	return position{uint32(n), uint32(units)}
}

func (l *lines) span(start, end int) span { return span{l.position(start), l.position(end)} }
