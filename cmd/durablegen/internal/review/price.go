package review

import (
	"fmt"
	"strings"

	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/changes"
	"github.com/durablegen/durablegen/internal/cost"
)

// prices are the estimates of both versions of a package, by workflow.
type prices [2]map[string]*cost.Estimate

// priced estimates the workflows of a report. A version in which something is not clear has
// no estimates.
func priced(r *changes.Report) prices {
	var out prices
	for i, p := range []*dsl.Program{r.Old, r.New} {
		if p == nil || len(p.Unclear) > 0 {
			continue
		}
		list, err := cost.Of(p, cost.Default())
		if err != nil {
			continue // only assumptions may fail
		}
		out[i] = map[string]*cost.Estimate{}
		for _, e := range list {
			out[i][e.Workflow] = e
		}
	}
	return out
}

// of is the change of a workflow's price and bounds, a line with a table behind it; nothing if there is none, or
// if one of the versions is not known.
func (p prices) of(name string) string {
	c := cost.Difference(p[0][name], p[1][name])
	if c.Before == nil || c.After == nil || c.Same() {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "<details><summary>Price of an execution, %s</summary>\n\n", c)
	fmt.Fprint(&b, "| an execution | expected before | now | at most before | now |\n|---|---:|---:|---:|---:|\n")
	for _, line := range c.Table() {
		fmt.Fprintf(&b, "| %s |\n", strings.Join(line[:], " | "))
	}
	b.WriteString("\n</details>\n")
	reached := map[string]bool{}
	for _, limit := range c.Before.Reaches() {
		reached[limit] = true
	}
	b.WriteString("\n")
	for _, limit := range c.After.Reaches() {
		if !reached[limit] {
			fmt.Fprintf(&b, "It may reach a limit of the service now: %s\n\n", escaped(limit))
		}
	}
	return b.String()
}
