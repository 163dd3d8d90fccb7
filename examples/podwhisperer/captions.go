package podwhisperer

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Chunk is what is on the screen at a time.
type Chunk struct {
	Text  string `json:"text"`
	Start int    `json:"start"` // milliseconds
	End   int    `json:"end"`
}

// chunks splits a transcript into pieces of at most so many characters and words;
// a sentence begins a new one.
func chunks(t Transcript, maxChars, maxWords int) []Chunk {
	var out []Chunk
	for _, sentence := range t.sentences() {
		start := 0
		for i := range sentence {
			last := i == len(sentence)-1
			if !last && i+1-start < maxWords && utf8.RuneCountInString(text(sentence[start:i+2])) <= maxChars {
				continue
			}
			out = append(out, Chunk{Text: text(sentence[start : i+1]), Start: sentence[start].Start, End: sentence[i].End})
			start = i + 1
		}
	}
	return out
}

// srt renders SubRip.
func srt(chunks []Chunk) []byte {
	var out strings.Builder
	for i, c := range chunks {
		fmt.Fprintf(&out, "%d\n%s --> %s\n%s\n\n", i+1, clock(c.Start, ","), clock(c.End, ","), c.Text)
	}
	return []byte(out.String())
}

// vtt renders WebVTT, whose text may hold no bare & and <.
func vtt(chunks []Chunk) []byte {
	var out strings.Builder
	out.WriteString("WEBVTT\n\n")
	escape := strings.NewReplacer("&", "&amp;", "<", "&lt;", "-->", "--&gt;")
	for _, c := range chunks {
		fmt.Fprintf(&out, "%s --> %s\n%s\n\n", clock(c.Start, "."), clock(c.End, "."), escape.Replace(c.Text))
	}
	return []byte(out.String())
}

func jsonCaptions(chunks []Chunk) ([]byte, error) { return json.MarshalIndent(chunks, "", "  ") }

// clock renders milliseconds as hours, minutes, seconds and, after the mark, thousandths.
func clock(ms int, mark string) string {
	return fmt.Sprintf("%02d:%02d:%02d%s%03d", ms/3_600_000, ms/60_000%60, ms/1000%60, mark, ms%1000)
}
