package dsl

import (
	"regexp"
	"strings"
	"time"
)

var (
	floatFormat = regexp.MustCompile(`^\.([0-9]|1[0-5])$`)
	intFormat   = regexp.MustCompile(`^0[1-9][0-9]?$`)
	foreignVerb = regexp.MustCompile(`^(\.[0-9]+|0[0-9]+)[a-z]$`)
)

// format checks how the value of a hole is to be written.
func (c *checker) format(f *Name, t Type) {
	wrong := func(help string) {
		p := c.errorf(codeBadFormat, f.Span, "`%s` is no format of a `%s`", f.Text, t).help("%s", help)
		if foreignVerb.MatchString(f.Text) {
			p.fix("leave the letter out", Edit{f.Span, f.Text[:len(f.Text)-1]})
		}
	}
	switch underlying(t) {
	case Float:
		if !floatFormat.MatchString(f.Text) {
			wrong("`.2` writes two digits behind the point; up to `.15` are possible")
		}
	case Int:
		switch {
		case intFormat.MatchString(f.Text):
		case strings.HasPrefix(f.Text, "."):
			wrong("an `int` has no fraction: write `float(…)` around it")
		default:
			wrong("`05` writes at least five characters, with zeros in front")
		}
	case Time:
		if !isLayout(f.Text) {
			wrong("write the time 2006-01-02 15:04:05, a Monday, as yours should look: `2006-01-02`, `2 January 2006`, `15:04`")
		}
	default:
		c.errorf(codeBadFormat, f.Span, "a `%s` has no formats", t).
			help("a `float` has, `.2`, an `int`, `05`, and a `time`, `2006-01-02`")
	}
}

// isLayout reports whether a layout shows anything of a time.
func isLayout(layout string) bool {
	a := time.Date(1971, 10, 20, 13, 24, 35, 0, time.UTC)
	b := time.Date(1982, 11, 23, 8, 46, 57, 0, time.UTC)
	return a.Format(layout) != b.Format(layout)
}
