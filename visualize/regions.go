package visualize

import (
	"fmt"
	"strings"

	"github.com/durablegen/durablegen/dsl"
)

// A region of a Markdown file that is kept current stands between two comments,
// each alone on its line:
//
//	<!-- durablegen: diagram fulfilOrder from order.flow -->
//	<!-- /durablegen -->
//
// `sequence` in place of `diagram` gives the sequence diagram; `detail full` or
// `detail overview` before the end of the comment another level of detail.

// Region is what the opening comment of a region asks for.
type Region struct {
	Line     int    // of the opening comment
	Workflow string // the name of the workflow
	File     string // the `.flow` file, relative to the Markdown file
	Sequence bool
	Detail   Detail
}

// RegionError is a region that can't be kept current.
type RegionError struct {
	Line    int
	Message string
}

func (e *RegionError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Message) }

const (
	regionOpen  = "<!-- durablegen:"
	regionClose = "<!-- /durablegen -->"
)

// Regions gives a Markdown text with the inside of its marked regions replaced by
// what draw makes of them; text without regions comes back as it is. Comments in
// fenced code are text. The error is a *RegionError, or the one of draw with the line.
func Regions(text string, draw func(Region) (string, error)) (string, error) {
	var out strings.Builder
	fence := ""
	var open *Region
	newline := "\n"
	if strings.Contains(text, "\r\n") {
		newline = "\r\n"
	}
	number := 0
	for rest := text; rest != ""; {
		line := rest
		if i := strings.IndexByte(rest, '\n'); i >= 0 {
			line = rest[:i+1]
		}
		rest = rest[len(line):]
		number++
		mark := strings.TrimSpace(line)
		opens := fence == "" && strings.HasPrefix(mark, regionOpen)
		closes := fence == "" && mark == regionClose
		switch {
		case open != nil && closes:
			open = nil
		case open != nil && opens:
			return "", &RegionError{number, fmt.Sprintf("a region begins inside the one of line %d; end that with `%s`", open.Line, regionClose)}
		case open != nil:
			fence = fenced(fence, mark)
			continue // what stood there is replaced
		case closes:
			return "", &RegionError{number, "a region ends here that has not begun"}
		case opens:
			r, err := parseRegion(mark)
			if err != nil {
				return "", &RegionError{number, err.Error()}
			}
			r.Line = number
			inside, err := draw(*r)
			if err != nil {
				return "", fmt.Errorf("line %d: %w", number, err)
			}
			out.WriteString(strings.TrimRight(line, "\r\n") + newline)
			out.WriteString(strings.ReplaceAll(inside, "\n", newline))
			open = r
			continue
		}
		fence = fenced(fence, mark)
		out.WriteString(line)
	}
	if open != nil {
		return "", &RegionError{open.Line, "the region that begins here has no end; write `" + regionClose + "` on a line below"}
	}
	return out.String(), nil
}

// fenced follows fences of code: the fence that is open after a line, or none.
func fenced(fence, line string) string {
	for _, c := range []string{"`", "~"} {
		n := len(line) - len(strings.TrimLeft(line, c))
		switch {
		case n < 3:
		case fence == "":
			return line[:n]
		case strings.HasPrefix(line, fence) && strings.Trim(line, c) == "":
			return ""
		}
	}
	return fence
}

// parseRegion reads an opening comment.
func parseRegion(mark string) (*Region, error) {
	const form = "write `<!-- durablegen: diagram WORKFLOW from FILE.flow -->`"
	body, ok := strings.CutSuffix(strings.TrimPrefix(mark, regionOpen), "-->")
	words := strings.Fields(body)
	if !ok || len(words) < 4 || words[2] != "from" {
		return nil, fmt.Errorf("this does not say what to draw; %s", form)
	}
	r := &Region{Workflow: words[1], File: words[3]}
	switch words[0] {
	case "diagram":
	case "sequence":
		r.Sequence = true
	default:
		return nil, fmt.Errorf("`%s` is neither `diagram` nor `sequence`; %s", words[0], form)
	}
	switch options := words[4:]; {
	case len(options) == 0:
	case len(options) == 2 && options[0] == "detail":
		if r.Detail, ok = ParseDetail(options[1]); !ok {
			return nil, fmt.Errorf("there is no detail `%s`; it is `overview`, `normal` or `full`", options[1])
		}
	default:
		return nil, fmt.Errorf("`%s` is not understood; %s", strings.Join(options, " "), form)
	}
	return r, nil
}

// Draw gives the inside of a region: the diagram in a fence, and its legend.
func (r Region) Draw(p *dsl.Program) (string, error) {
	for _, w := range p.Workflows {
		if w.Name.Text != r.Workflow {
			continue
		}
		if r.Sequence {
			return fence(Sequence(p, w)), nil
		}
		return newDrawing(NewGraph(p, w), r.Detail).page(), nil
	}
	return "", fmt.Errorf("there is no workflow `%s` in `%s`", r.Workflow, r.File)
}
