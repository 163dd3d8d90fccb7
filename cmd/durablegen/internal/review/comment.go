package review

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/durablegen/durablegen/internal/changes"
	"github.com/durablegen/durablegen/internal/cleantext"
	"github.com/durablegen/durablegen/internal/words"
	"github.com/durablegen/durablegen/visualize"
)

// Limit is how long a comment is at most, in bytes: GitHub takes 65,536 characters, of which
// some are left to whoever posts it.
const Limit = 65_536 - 1_500

// Package is what has become of a package since the base.
type Package struct {
	Dir    string
	Report *changes.Report // nil if the versions can't be compared
	Places changes.Places
	Err    error // why not
}

// Options says what a comment is of.
type Options struct {
	Base string
	// Name tells apart the comments of one pull request; it is part of the marker.
	Name string
	// Args are the paths, as they are given on the command line.
	Args []string
}

var name = regexp.MustCompile(`^[A-Za-z0-9._/-]{0,60}$`)

// ValidName reports whether comments can be told apart by a name: letters, digits and ._/-
// but no `--`, which would end the marker.
func ValidName(s string) bool { return name.MatchString(s) && !strings.Contains(s, "--") }

// Marker is the first line of a comment, by which it is found again. Nobody sees it.
func Marker(name string) string {
	return strings.TrimSuffix("<!-- durablegen review "+name, " ") + " -->"
}

// Comment writes the comment. Nothing in it is longer than [Limit].
func Comment(list []Package, o Options) string {
	c := &comment{options: o}
	for _, p := range list {
		c.add(p)
	}
	slices.SortStableFunc(c.sections, func(a, b *section) int { return cmp.Compare(b.effect, a.effect) })
	return c.fit()
}

type comment struct {
	options   Options
	sections  []*section
	unchanged []string
	failed    []string // packages that can't be compared
	workflows int
	cut       int // titles of sections that are left out
}

// section is what is told of a workflow: its title in any case, the rest as there is room.
type section struct {
	effect         changes.Effect
	title, details string
	draw           func(visualize.Detail) string // nil where there is nothing to draw
	again          string                        // the command that draws it
	detailed       bool
	picture        string // as it is shown, or what is said in its place
}

func (c *comment) add(p Package) {
	if p.Report == nil {
		c.failed = append(c.failed, cleantext.Line(p.Err.Error()))
		return
	}
	c.workflows += len(p.Report.Workflows)
	prices := priced(p.Report)
	for _, w := range p.Report.Workflows {
		at := "`" + w.Name + "`"
		if p.Dir != "." {
			at += " in `" + code(p.Dir) + "`"
		}
		if len(w.Changes) == 0 {
			c.unchanged = append(c.unchanged, at)
			continue
		}
		s := &section{
			effect: w.Effect(), title: fmt.Sprintf("### %s: %s\n", at, changes.Summary(w.Effect())),
			details: changes.Markdown(p.Report, w, p.Places) + prices.of(w.Name),
			again:   fmt.Sprintf("durablegen diagram --base %s --workflow %s %s", c.options.Base, w.Name, p.Dir),
		}
		if own := slices.ContainsFunc(w.Changes, func(ch *changes.Change) bool { return ch.Call == "" && ch.Kind != changes.Unclear }); own {
			s.draw = Picture(p.Report, w.Name).Markdown
		}
		c.sections = append(c.sections, s)
	}
}

// code is a text within backticks.
func code(s string) string { return strings.ReplaceAll(cleantext.Line(s), "`", "'") }

// text is the section as far as there is room.
func (s *section) text() string {
	if !s.detailed {
		return s.title + "\n"
	}
	return s.title + "\n" + s.details + s.picture
}

func (s *section) undrawn() string {
	if s.draw == nil {
		return ""
	}
	return fmt.Sprintf("The diagram is left out, for its size: `%s` draws it.\n\n", code(s.again))
}

// fit writes the comment with as much as there is room for: first the titles, then what is
// told of the workflows, then their diagrams, of what is worst before the rest.
func (c *comment) fit() string {
	for c.cut < len(c.sections) && len(c.write()) > Limit {
		c.cut = max(c.cut+1, c.cut*5/4)
	}
	c.cut = min(c.cut, len(c.sections))
	for len(c.write()) > Limit && len(c.unchanged)+len(c.failed) > 0 {
		c.unchanged, c.failed = nil, c.failed[:len(c.failed)/2]
	}
	shown := c.sections[:len(c.sections)-c.cut]
	left := Limit - len(c.write())
	for _, s := range shown {
		if more := len(s.details) + len(s.undrawn()); more <= left {
			s.detailed, s.picture = true, s.undrawn()
			left -= more
		}
	}
	for _, s := range shown {
		for _, d := range []visualize.Detail{visualize.Normal, visualize.Overview} {
			if s.draw == nil || !s.detailed || left < smallest || s.picture != s.undrawn() {
				continue
			}
			text := s.draw(d)
			if more := len(text) + 1 - len(s.picture); text != "" && more <= left {
				s.picture = text + "\n"
				left -= more
			}
		}
	}
	return c.write()
}

// smallest is less than any diagram takes.
const smallest = 600

func (c *comment) write() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n## durablegen: %s\n\n", Marker(c.options.Name), c.headline())
	fmt.Fprintf(&b, "Since `%s`: %s, %d changed.\n\n", code(c.options.Base), words.Count(c.workflows, "workflow"), len(c.sections))
	for _, why := range c.failed {
		fmt.Fprintf(&b, "* **can't be compared**: %s\n", escaped(why))
	}
	if len(c.failed) > 0 {
		b.WriteString("\n")
	}
	all := true
	for i, s := range c.sections {
		all = all && s.detailed
		if i < len(c.sections)-c.cut {
			b.WriteString(s.text())
		}
	}
	if len(c.unchanged) > 0 {
		fmt.Fprintf(&b, "No change: %s.\n\n", shortened(c.unchanged))
	}
	if c.cut > 0 {
		fmt.Fprintf(&b, "%s more had no room here. ", words.Count(c.cut, "changed workflow"))
	}
	if !all {
		fmt.Fprintf(&b, "A comment takes %d characters: details are left out above. `%s` prints them all.\n",
			65_536, code(strings.TrimSpace("durablegen diff --base "+c.options.Base+" "+strings.Join(c.options.Args, " "))))
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// headline says the worst of it.
func (c *comment) headline() string {
	switch worst := c.effect(); {
	case len(c.failed) > 0 && worst < changes.Breaks:
		return changes.Summary(changes.Unknown)
	case len(c.sections) == 0:
		return "no workflow has changed"
	default:
		return changes.Summary(worst)
	}
}

func (c *comment) effect() changes.Effect {
	worst := changes.Nothing
	for _, s := range c.sections {
		worst = max(worst, s.effect)
	}
	return worst
}

// shortened lists up to twenty names.
func shortened(list []string) string {
	if n := len(list); n > 20 {
		return strings.Join(list[:20], ", ") + fmt.Sprintf(" and %d more", n-20)
	}
	return strings.Join(list, ", ")
}

// escaped is a message, whose names stand in backticks, as text of Markdown: what is not in
// backticks can be no markup.
func escaped(s string) string {
	parts := strings.Split(s, "`")
	if len(parts)%2 == 0 {
		return "`" + code(s) + "`"
	}
	for i := 0; i < len(parts); i += 2 {
		parts[i] = markup.Replace(parts[i])
	}
	return strings.Join(parts, "`")
}

var markup = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "@", "&#64;", "[", "\\[", "]", "\\]", "*", "\\*", "_", "\\_", "#", "\\#", "!", "\\!", "~", "\\~", "|", "\\|", "\\", "\\\\")
