package drawing

import (
	"fmt"
	"strings"

	"github.com/durablegen/durablegen/internal/words"
	"github.com/durablegen/durablegen/visualize"
)

// Look is how a node stands in a run.
type Look struct {
	Look  string `json:"look,omitempty"`
	Badge string `json:"badge,omitempty"` // what the colour says, in signs and numbers
	Title string `json:"title,omitempty"` // the same in words
}

// Looks gives how the nodes of a run's graph stand, by their elements; without those of which
// there is nothing to say.
func Looks(run *visualize.Run) map[string]Look {
	out := map[string]Look{}
	run.Graph.Walk(func(n *visualize.Node) {
		if l := LookOf(run, n); l != (Look{}) {
			out[visualize.ElementID(n.ID)] = l
		}
	})
	return out
}

// Went tells of the edges that may have been taken, by the IDs of their elements, whether
// they have for certain.
type Went map[string]bool

// WentOf gives the edges of a picture of the run's graph that the run may have taken.
func WentOf(run *visualize.Run, p visualize.Picture) Went {
	out := Went{}
	for _, e := range p.Edges {
		if way := run.Drawn(e); way != visualize.NotTaken {
			out[e.ID] = way == visualize.Taken
		}
	}
	return out
}

// LookOf gives how a node stands in a run.
func LookOf(run *visualize.Run, n *visualize.Node) Look {
	l := Look{Look: run.Look(n)}
	s := run.States[n.ID]
	if s == nil || n.Op == nil && n.Kind != visualize.Undo {
		switch l.Look {
		case "pale":
			l.Title = "not reached"
		case "untold":
			l.Title = "perhaps reached; the history does not tell"
		case "failed", "caught":
			l.Title = "it came to this"
		}
		return l
	}
	var badge, title []string
	add := func(sign, words string) { badge, title = append(badge, sign), append(title, words) }
	if s.Open > 0 {
		add("⏳", "under way")
	}
	if s.Undone > 0 {
		add("↩"+times(s.Undone), "done, then undone"+often(s.Undone))
	}
	if done := s.Succeeded - s.Undone; done > 0 {
		add("✓"+times(done), "succeeded"+often(done))
	}
	if s.Failed > 0 {
		add("✗"+times(s.Failed), "failed"+often(s.Failed))
		if s.Caught > 0 {
			title = append(title, "caught"+often(s.Caught))
		}
	}
	if items := s.Items; items.Failed > 0 {
		add(fmt.Sprintf("%d✓ %d✗", items.Succeeded, items.Failed), fmt.Sprintf("%s, %d of them failed", words.Count(items.Succeeded+items.Failed+items.Open+items.Left, "item"), items.Failed))
	}
	if s.Stood > 0 {
		title = append(title, "it stood here")
	} else if s.Left > 0 {
		title = append(title, "left behind"+often(s.Left))
	}
	if s.Retries > 0 {
		add("↻"+times(s.Retries), "tried again"+often(s.Retries))
	}
	if s.Started > 1 && s.Open > 0 {
		title = append(title, "started"+often(s.Started))
	}
	l.Badge, l.Title = strings.Join(badge, " "), strings.Join(title, ", ")
	if s.Error != "" {
		l.Title += ": " + cut(s.Error)
	}
	return l
}

func often(n int) string {
	if n == 1 {
		return ""
	}
	return " " + words.Times(n)
}

func times(n int) string {
	if n == 1 {
		return ""
	}
	return fmt.Sprint(" ", n)
}

// cut gives what a title has room for.
func cut(s string) string {
	const most = 200 // bytes
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
