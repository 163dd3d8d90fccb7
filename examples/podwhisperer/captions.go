package podwhisperer

import (
	"encoding/json"
	"fmt"
	"strings"
)

// caption is what is on the screen at a time.
type caption struct {
	Text  string `json:"text"`
	Start int    `json:"start"` // milliseconds
	End   int    `json:"end"`
}

// captions makes a caption of each segment. One that takes no time at all, since a
// correction put it between two words, is shown for a moment: a player would drop it.
func captions(t Transcript) []caption {
	out := []caption{}
	for _, s := range t.Segments {
		if len(s.Words) == 0 {
			continue
		}
		start := s.Words[0].Start
		out = append(out, caption{Text: text(s.Words), Start: start, End: max(s.Words[len(s.Words)-1].End, start+1)})
	}
	return out
}

// srt renders SubRip.
func srt(captions []caption) []byte {
	var out strings.Builder
	for i, c := range captions {
		fmt.Fprintf(&out, "%d\n%s --> %s\n%s\n\n", i+1, clock(c.Start, ","), clock(c.End, ","), c.Text)
	}
	return []byte(out.String())
}

// vtt renders WebVTT, whose text may hold no bare & and <.
func vtt(captions []caption) []byte {
	var out strings.Builder
	out.WriteString("WEBVTT\n\n")
	escape := strings.NewReplacer("&", "&amp;", "<", "&lt;", "-->", "--&gt;")
	for _, c := range captions {
		fmt.Fprintf(&out, "%s --> %s\n%s\n\n", clock(c.Start, "."), clock(c.End, "."), escape.Replace(c.Text))
	}
	return []byte(out.String())
}

func jsonCaptions(captions []caption) ([]byte, error) { return json.MarshalIndent(captions, "", "  ") }

// clock renders milliseconds as hours, minutes, seconds and, after the mark, thousandths.
func clock(ms int, mark string) string {
	return fmt.Sprintf("%02d:%02d:%02d%s%03d", ms/3_600_000, ms/60_000%60, ms/1000%60, mark, ms%1000)
}
