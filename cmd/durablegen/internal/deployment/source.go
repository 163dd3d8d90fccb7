package deployment

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/payload"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/near"
	"github.com/durablegen/durablegen/internal/words"
)

// Source is what starts executions of a function.
type Source struct {
	Kind string // one of [Kinds]
	What string // a bucket, a queue, an expression of time, a source of events, a path
}

// kinds are the sources that there are, with what their names look like.
var kinds = []struct {
	kind, example string
	what          *regexp.Regexp
	otherwise     func(workflow string) string // what it is called if nothing is said; nil: something has to be
}{
	{"s3", "s3:my-bucket", regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`), nil},
	{"sqs", "sqs:my-queue", regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$`), func(workflow string) string { return workflow }},
	{"schedule", "'schedule:rate(1 day)'", regexp.MustCompile(`^(rate|cron|at)\([A-Za-z0-9 *?,/:#-]+\)$`), nil},
	{"eventbridge", "eventbridge:my.shop", regexp.MustCompile(`^[A-Za-z0-9._/-]{1,256}$`), nil},
	{"http", "http:/orders", regexp.MustCompile(`^(/[A-Za-z0-9._-]+)+$`), func(workflow string) string { return "/" + workflow }},
}

// Kinds lists what may start executions.
func Kinds() (names []string) {
	for _, k := range kinds {
		names = append(names, k.kind)
	}
	return names
}

// Misfit tells why a workflow does not take what a source gives; empty if it does, or if nobody
// knows.
func (f *Function) Misfit(s Source) string {
	gives := map[string]struct {
		what, field, remedy string // the field that tells it, or none for a list
	}{
		"s3":          {"an S3 event", "Records", "name the type `events.S3Event` of github.com/aws/aws-lambda-go/events"},
		"sqs":         {"a list with the body of one message", "", "let it take a list"},
		"eventbridge": {"an event of EventBridge", "detail", "give its parameter the event's fields that you need, such as `detail`"},
	}[s.Kind]
	if gives.what == "" || !f.declared {
		return ""
	}
	takes := "nothing"
	if len(f.params) == 1 {
		t := f.params[0].Var.Type
		if _, list := under(t).(*dsl.List); list && gives.field == "" || under(t) == dsl.JSON {
			return ""
		}
		if slices.ContainsFunc(payload.Fields(t), func(f *dsl.FieldEntry) bool { return f.JSON == gives.field }) {
			return ""
		}
		takes = payload.Describe(t)
	} else if len(f.params) > 1 {
		if slices.ContainsFunc(f.params, func(p *dsl.Param) bool { return p.Name.Text == gives.field }) {
			return ""
		}
		takes = payload.ExampleEvent(f.params)
	}
	return fmt.Sprintf("%s:%s gives %s, and the workflow `%s` takes %s: %s", s.Kind, s.What, gives.what, f.Workflow, takes, gives.remedy)
}

// under is what a type is made of.
func under(t dsl.Type) dsl.Type {
	if g, ok := t.(*dsl.GoType); ok {
		if g.Opaque() {
			return dsl.JSON
		}
		return g.Under
	}
	return t
}

// AddSource reads `[WORKFLOW=]KIND[:WHAT]`, and gives the source to the function that is meant:
// the only one, or the one that is named.
func AddSource(functions []*Function, text string) error {
	var names []string
	for _, f := range functions {
		names = append(names, f.Workflow)
	}
	workflow, rest, named := strings.Cut(text, "=")
	if !named || strings.ContainsAny(workflow, ":(") {
		workflow, rest = "", text
	}
	switch {
	case workflow == "" && len(functions) != 1:
		return fmt.Errorf("%s: there are several workflows; say which one it starts, such as %s=%s: %s", text, names[0], text, words.List(names))
	case workflow == "":
		workflow = names[0]
	}
	i := slices.Index(names, workflow)
	if i < 0 {
		return fmt.Errorf("%s: there is no function of a workflow `%s`; %s", text, workflow, near.Help(workflow, names))
	}
	kind, what, _ := strings.Cut(rest, ":")
	for _, k := range kinds {
		if k.kind != kind {
			continue
		}
		if what == "" && k.otherwise != nil {
			what = k.otherwise(workflow)
		}
		if !k.what.MatchString(what) {
			return fmt.Errorf("%s: must be such as %s", text, k.example)
		}
		functions[i].Sources = append(functions[i].Sources, Source{kind, what})
		return nil
	}
	meant := near.DidYouMean(kind, Kinds())
	if meant != "" {
		meant = ": " + meant
	}
	return fmt.Errorf("%s: must begin with %s%s", text, strings.Join(Kinds(), ", "), meant)
}
