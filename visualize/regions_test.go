package visualize

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func drawStub(r Region) (string, error) {
	if r.Workflow == "missing" {
		return "", errors.New("there is no workflow `missing`")
	}
	return fmt.Sprintf("[%s %s sequence=%v detail=%d]\n", r.Workflow, r.File, r.Sequence, r.Detail), nil
}

func TestRegions(t *testing.T) {
	tests := []struct{ name, in, want, err string }{
		{name: "no region", in: "# Title\n\ntext", want: "# Title\n\ntext"},
		{name: "empty text", in: "", want: ""},
		{
			name: "filled",
			in:   "a\n<!-- durablegen: diagram pay from pay.flow -->\n<!-- /durablegen -->\nb\n",
			want: "a\n<!-- durablegen: diagram pay from pay.flow -->\n[pay pay.flow sequence=false detail=0]\n<!-- /durablegen -->\nb\n",
		},
		{
			name: "replaced, with a fence inside",
			in:   "<!-- durablegen: diagram pay from pay.flow detail full -->\n```mermaid\nold\n```\n<!-- /durablegen -->",
			want: "<!-- durablegen: diagram pay from pay.flow detail full -->\n[pay pay.flow sequence=false detail=2]\n<!-- /durablegen -->",
		},
		{
			name: "sequence, indented",
			in:   "  <!-- durablegen: sequence pay from ../pay.flow -->\n  <!-- /durablegen -->\n",
			want: "  <!-- durablegen: sequence pay from ../pay.flow -->\n[pay ../pay.flow sequence=true detail=0]\n  <!-- /durablegen -->\n",
		},
		{
			name: "line ends of Windows",
			in:   "a\r\n<!-- durablegen: diagram pay from pay.flow -->\r\n<!-- /durablegen -->\r\n",
			want: "a\r\n<!-- durablegen: diagram pay from pay.flow -->\r\n[pay pay.flow sequence=false detail=0]\r\n<!-- /durablegen -->\r\n",
		},
		{
			name: "in code it is text",
			in:   "````md\n```\n<!-- durablegen: diagram pay from pay.flow -->\n````\n",
			want: "````md\n```\n<!-- durablegen: diagram pay from pay.flow -->\n````\n",
		},
		{name: "not closed", in: "a\n<!-- durablegen: diagram pay from pay.flow -->\nb\n", err: "line 2: the region that begins here has no end"},
		{name: "not opened", in: "a\n<!-- /durablegen -->\n", err: "line 2: a region ends here that has not begun"},
		{name: "nested", in: strings.Repeat("<!-- durablegen: diagram pay from pay.flow -->\n", 2), err: "line 2: a region begins inside the one of line 1"},
		{name: "unknown form", in: "<!-- durablegen: picture pay from pay.flow -->\n", err: "line 1: `picture` is neither"},
		{name: "too short", in: "<!-- durablegen: diagram -->\n", err: "line 1: this does not say what to draw"},
		{name: "unknown detail", in: "<!-- durablegen: diagram pay from pay.flow detail huge -->\n", err: "line 1: there is no detail `huge`"},
		{name: "drawing fails", in: "\n<!-- durablegen: diagram missing from pay.flow -->\n<!-- /durablegen -->\n", err: "line 2: there is no workflow"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := Regions(test.in, drawStub)
			if test.err != "" {
				if err == nil || !strings.HasPrefix(err.Error(), test.err) {
					t.Fatalf("error %v, want %s…", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got != test.want {
				t.Errorf("got\n%q, want\n%q", got, test.want)
			}
			if again, err := Regions(got, drawStub); again != got {
				t.Errorf("a second time gives\n%q, %v", again, err)
			}
		})
	}
}

func FuzzRegions(f *testing.F) {
	f.Add("a\n<!-- durablegen: diagram pay from pay.flow -->\n```\n<!-- /durablegen -->\nb\n")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := Regions(text, drawStub)
		if err != nil {
			return
		}
		if !strings.Contains(text, regionOpen) && got != text {
			t.Errorf("%q became %q", text, got)
		}
		if again, err := Regions(got, drawStub); err != nil || again != got {
			t.Errorf("%q became %q, and then %q, %v", text, got, again, err)
		}
	})
}
