package engine

import (
	"context"
	"strings"
	"testing"

	"github.com/durablegen/durablegen/runtime/wire"
)

// Executions are found by what is in their data, whether the store is in memory or on disk, and
// while they run by their input.
func TestTexts(t *testing.T) {
	for name, o := range map[string]Options{"memory": {}, "disk": {Dir: t.TempDir()}} {
		t.Run(name, func(t *testing.T) {
			e := newEngine(t, o, map[string]script{"f": func(r *run) (wire.InvocationOutput, error) {
				for _, o := range r.ops {
					if o.Type != wire.TypeExecution || o.ExecutionDetails.InputPayload == nil {
						continue
					}
					switch input := *o.ExecutionDetails.InputPayload; {
					case strings.Contains(input, "wait"):
						return pending, r.checkpoint(waitUpdate("w", 600))
					case strings.Contains(input, "fail"):
						out := failed("CardDeclined", "no Money")
						out.Error.ErrorData = `{"cents":4200}`
						return out, nil
					}
				}
				return succeeded(`{"receipt":"R-1","note":"größe"}`), nil
			}})
			for _, input := range []string{`"wait Ada"`, `"fail ada"`, `"ADA"`, `"ben"`} {
				start(t, e, StartInput{Function: "f", Name: "of" + strings.Trim(strings.ReplaceAll(input, " ", "-"), `"`), Input: &input})
			}
			start(t, e, StartInput{Function: "f", Name: "nothing"})
			if err := e.Idle(context.Background()); err != nil {
				t.Fatal(err)
			}
			for _, test := range []struct {
				filter ExecutionFilter
				want   string
			}{
				{ExecutionFilter{Input: "ada"}, "ofADA offail-ada ofwait-Ada"},
				{ExecutionFilter{Input: "ada", Result: "r-1"}, "ofADA"},
				{ExecutionFilter{Result: "GRÖSSE"}, ""},
				{ExecutionFilter{Result: "GRÖßE"}, "nothing ofben ofADA"},
				{ExecutionFilter{Error: "declined"}, "offail-ada"},
				{ExecutionFilter{Error: "NO MONEY"}, "offail-ada"},
				{ExecutionFilter{Error: "4200"}, "offail-ada"},
				{ExecutionFilter{Error: "4200", Input: "ben"}, ""},
				{ExecutionFilter{Error: "a", Result: "a"}, ""},
			} {
				var names []string
				for looked := 0; ; {
					test.filter.MaxItems = 2
					page, err := e.ListExecutions(context.Background(), test.filter)
					if err != nil {
						t.Fatal(err)
					}
					for _, x := range page.Executions {
						names = append(names, x.Name)
					}
					looked += page.Looked
					if test.filter.Marker = page.NextMarker; test.filter.Marker == "" {
						if looked != 5 {
							t.Errorf("%+v: %d were looked at", test.filter, looked)
						}
						break
					}
				}
				if got := strings.Join(names, " "); got != test.want {
					t.Errorf("%+v finds %q, want %q", test.filter, got, test.want)
				}
			}
		})
	}
}
