package semantics

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/durablegen/durablegen/runtime/durabletest"
)

// What the clauses of clauses.flow do with a number or time that comes out as nothing, as
// less than that, as a fraction and as more than the service knows: what the failure says,
// or nothing where they do not fail.
var clauses = map[string]struct{ zero, negative, fraction, huge string }{
	"retry":                   {zero: "number of retries", negative: "number of retries"},
	"second retry":            {zero: "number of retries", negative: "number of retries"},
	"retry of a submitter":    {zero: "number of retries", negative: "number of retries"},
	"retry of an undo":        {zero: "number of retries", negative: "number of retries"},
	"retry every":             {zero: "delay", negative: "delay", huge: "delay"},
	"retry backoff":           {zero: "factor", negative: "factor", fraction: "factor"},
	"retry max":               {zero: "longest delay", negative: "longest delay", huge: "longest delay"},
	"timeout of a step":       {zero: "timeout", negative: "timeout"},
	"timeout of a callback":   {zero: "timeout", negative: "timeout", huge: "timeout"},
	"heartbeat of a callback": {zero: "heartbeat", negative: "heartbeat", huge: "heartbeat"},
	"timeout of open":         {zero: "timeout", negative: "timeout", huge: "timeout"},
	"timeout of a group":      {zero: "timeout", negative: "timeout", huge: "timeout"},
	"timeout of call":         {zero: "timeout", negative: "timeout", huge: "timeout"},
	"timeout of invoke":       {zero: "timeout", negative: "timeout", huge: "timeout"},
	"input of invoke":         {huge: "1048576 at most"},
	"poll every":              {zero: "delay", negative: "delay", huge: "delay"},
	"poll backoff":            {zero: "factor", negative: "factor", fraction: "factor"},
	"poll max":                {zero: "longest delay", negative: "longest delay", huge: "longest delay"},
	"poll at most":            {zero: "number of checks", negative: "number of checks"},
	"poll timeout":            {zero: "timeout", negative: "timeout"},
	"map max":                 {zero: "maximum", negative: "maximum"},
	"map min":                 {negative: "minimum", huge: "have to succeed"},
	"map tolerate":            {negative: "tolerated"},
	"map tolerate %":          {negative: "percentage", huge: "percentage"},
	"while at most":           {},
	"wait":                    {huge: "longer than the 366 days"},
	"wait until":              {huge: "longer than the 366 days"},
}

func TestValues11Clauses(t *testing.T) {
	for what, want := range clauses {
		for _, c := range []struct {
			name, want string
			n          int
			d          time.Duration
			f          float64
		}{
			{"zero", want.zero, 0, 0, 0},
			{"negative", want.negative, -3, -time.Minute, -2.5},
			{"fraction", want.fraction, 1, 1500 * time.Millisecond, 0.5},
			{"huge", want.huge, 1 << 40, 400 * 24 * time.Hour, 1e300},
		} {
			t.Run(what+" "+c.name, func(t *testing.T) {
				s := scenario{
					workflow: "clauses", input: object{"what": what, "n": c.n, "d": c.d.String(), "f": c.f}, published: true,
					answers: answers{"ask retry": {durabletest.Succeed("yes")}, "ask timeout": {durabletest.Succeed("yes")}, "ask heartbeat": {durabletest.Succeed("yes")},
						"opened": {durabletest.Succeed("yes")}},
				}
				s.everywhere(t, "Worse", func(t testing.TB, run *durabletest.Run, w *world) {
					told := slices.Compact(w.effects("act"))
					got := told[len(told)-2]
					if c.want == "" && strings.Contains(got, "Unexpected") || !strings.Contains(got, c.want) || strings.Contains(got, "no such clause") {
						t.Errorf("got %s, want %q\n%s", got, c.want, run.History())
					}
					if undone := w.undone(); !strings.HasSuffix(undone, "told, behind") {
						t.Errorf("undone %s\n%s", undone, run.History())
					}
				})
			})
		}
	}
}
