package output

import (
	"bytes"
	"fmt"
	"strings"
)

// Region is a marked part of a Markdown file that generation keeps current:
//
//	<!-- durablegen:diagram order.flow fulfilOrder -->
//	anything: it is replaced
//	<!-- durablegen:end -->
type Region struct {
	Line  int      // of the opening mark, counted from 1
	Words []string // after `durablegen:`: the kind and its arguments
	start int      // of what is between the marks
	end   int
}

const (
	openMark  = "<!-- durablegen:"
	closeMark = "<!-- durablegen:end -->"
)

// Regions finds the marked regions of a Markdown text, in order. Marks within
// fenced code are text about regions, not regions.
func Regions(text []byte) ([]Region, error) {
	if !bytes.Contains(text, []byte(openMark)) {
		return nil, nil
	}
	var regions []Region
	var open *Region
	fence := ""
	offset, number := 0, 0
	for line := range bytes.Lines(text) {
		number++
		start := offset
		offset += len(line)
		s := strings.TrimSpace(string(line))
		// What stands in an open region is ours, fences included.
		if open == nil {
			if f := fenceOf(s); f != "" {
				switch {
				case fence == "":
					fence = f
				case strings.HasPrefix(f, fence) && s == f:
					fence = ""
				}
				continue
			}
			if fence != "" {
				continue
			}
		}
		switch {
		case s == closeMark:
			if open == nil {
				return nil, fmt.Errorf("%d: `%s` closes nothing", number, closeMark)
			}
			open.end = start
			regions = append(regions, *open)
			open = nil
		case strings.HasPrefix(s, openMark):
			if open != nil {
				return nil, fmt.Errorf("%d: the region that begins here is not closed; add `%s`", open.Line, closeMark)
			}
			words, ok := strings.CutSuffix(strings.TrimPrefix(s, openMark), "-->")
			if !ok {
				return nil, fmt.Errorf("%d: the mark must end on its own line, with `-->`", number)
			}
			open = &Region{Line: number, Words: strings.Fields(words), start: offset}
		}
	}
	if open != nil {
		return nil, fmt.Errorf("%d: the region that begins here is not closed; add `%s`", open.Line, closeMark)
	}
	return regions, nil
}

// fenceOf gives the run of backticks or tildes that opens or closes fenced code.
func fenceOf(line string) string {
	for _, c := range []string{"`", "~"} {
		if n := len(line) - len(strings.TrimLeft(line, c)); n >= 3 {
			return line[:n]
		}
	}
	return ""
}

// Fill gives the text with each region's content replaced by what content says.
func Fill(text []byte, regions []Region, content func(Region) ([]byte, error)) ([]byte, error) {
	var out bytes.Buffer
	last := 0
	for _, r := range regions {
		c, err := content(r)
		if err != nil {
			return nil, fmt.Errorf("%d: %w", r.Line, err)
		}
		out.Write(text[last:r.start])
		if len(c) > 0 {
			out.Write(c)
			if c[len(c)-1] != '\n' {
				out.WriteByte('\n')
			}
		}
		last = r.end
	}
	out.Write(text[last:])
	return out.Bytes(), nil
}
