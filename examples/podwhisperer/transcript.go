package podwhisperer

import (
	"strings"
	"unicode/utf8"
)

// Word is a spoken word with its punctuation; times are milliseconds from the
// start of the audio.
type Word struct {
	Text  string `json:"text"`
	Start int    `json:"start"`
	End   int    `json:"end"`
}

// Segment is a stretch of speech: a sentence as the transcriber heard it, or a
// caption.
type Segment struct {
	Words []Word `json:"words"`
}

// Transcript is what was said.
type Transcript struct {
	Language string    `json:"language"`
	Segments []Segment `json:"segments"`
}

func text(words []Word) string {
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = w.Text
	}
	return strings.Join(texts, " ")
}

// normalized cuts segments into pieces of at most so many characters and words; a
// word that is longer stands alone.
func (t Transcript) normalized(maxChars, maxWords int) Transcript {
	out := Transcript{Language: t.Language}
	for _, s := range t.Segments {
		start := 0
		for i := range s.Words {
			last := i == len(s.Words)-1
			if !last && i+1-start < maxWords && utf8.RuneCountInString(text(s.Words[start:i+2])) <= maxChars {
				continue
			}
			out.Segments = append(out.Segments, Segment{Words: s.Words[start : i+1]})
			start = i + 1
		}
	}
	return out
}

// retime gives new words the times of the old ones that they replace. Words that
// are the same keep their times; where they differ, the new words share the time
// of the old ones.
func retime(old []Word, texts []string) []Word {
	oldTexts := make([]string, len(old))
	for i, w := range old {
		oldTexts[i] = w.Text
	}
	var out []Word
	for _, c := range changes(oldTexts, texts) {
		if c.same {
			for i := range c.newTo - c.newFrom {
				out = append(out, old[c.oldFrom+i])
			}
			continue
		}
		n := c.newTo - c.newFrom
		if n == 0 {
			continue
		}
		start, end := span(old, c.oldFrom, c.oldTo)
		for i := range n {
			out = append(out, Word{
				Text:  texts[c.newFrom+i],
				Start: start + (end-start)*i/n,
				End:   start + (end-start)*(i+1)/n,
			})
		}
	}
	return out
}

// span is the time of old[from:to], or of the gap at from if it is empty.
func span(old []Word, from, to int) (start, end int) {
	switch {
	case from < to:
		return old[from].Start, old[to-1].End
	case len(old) == 0:
		return 0, 0
	case from == 0:
		return old[0].Start, old[0].Start
	case from == len(old):
		return old[from-1].End, old[from-1].End
	}
	return old[from-1].End, old[from].Start
}

// change is a stretch of two word lists that is the same in both, or differs.
type change struct {
	same                           bool
	oldFrom, oldTo, newFrom, newTo int
}

// changes compares two word lists by their longest common subsequence.
func changes(a, b []string) []change {
	lengths := make([][]int, len(a)+1)
	for i := range lengths {
		lengths[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				lengths[i][j] = lengths[i+1][j+1] + 1
			} else {
				lengths[i][j] = max(lengths[i+1][j], lengths[i][j+1])
			}
		}
	}
	var out []change
	extend := func(same bool, i, j, di, dj int) {
		if n := len(out); n > 0 && out[n-1].same == same {
			out[n-1].oldTo, out[n-1].newTo = i+di, j+dj
			return
		}
		out = append(out, change{same: same, oldFrom: i, oldTo: i + di, newFrom: j, newTo: j + dj})
	}
	for i, j := 0, 0; i < len(a) || j < len(b); {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			extend(true, i, j, 1, 1)
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && lengths[i+1][j] >= lengths[i][j+1]:
			extend(false, i, j, 1, 0)
			i++
		default:
			extend(false, i, j, 0, 1)
			j++
		}
	}
	return out
}
