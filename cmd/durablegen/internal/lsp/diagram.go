package lsp

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/drawing"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/remote"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/execution"
	"github.com/durablegen/durablegen/internal/words"
	"github.com/durablegen/durablegen/runtime/wire"
	"github.com/durablegen/durablegen/visualize"
)

// Requests of this server's own: the diagram of a workflow, and the executions of which one can
// be laid over it. docs/editors.md describes them for those who write clients.

type diagramParams struct {
	documentParams
	Workflow  string        `json:"workflow"` // empty: the one at the position, or else the first
	Position  *position     `json:"position"`
	Detail    string        `json:"detail"`    // overview, normal or full; empty for normal
	Execution *executionRef `json:"execution"` // whose run is laid over; nil for none
}

// executionRef names an execution, and the service that has it.
type executionRef struct {
	service
	Name string `json:"name"` // an ARN, or FUNCTION/NAME
	// Again asks the service for what has happened since; without it, what is known is laid
	// over the present text.
	Again bool `json:"again"`
}

type service struct {
	Endpoint string `json:"endpoint"`
	Region   string `json:"region"`
	Profile  string `json:"profile"`
}

type diagramResult struct {
	Workflow  string   `json:"workflow,omitempty"`
	Workflows []string `json:"workflows"` // of the package
	Version   int32    `json:"version"`   // of the text
	// Why says why there is no drawing: the client goes on showing the last one.
	Why     string                     `json:"why,omitempty"`
	Drawing *drawing.Drawing[location] `json:"drawing,omitempty"`
	Run     *diagramRun                `json:"run,omitempty"`
}

// diagramRun is what an execution has done, laid over a drawing.
type diagramRun struct {
	Looks    map[string]drawing.Look `json:"looks"`
	Edges    drawing.Went            `json:"edges"`
	Ended    string                  `json:"ended,omitempty"` // how; empty while it is under way
	Sentence string                  `json:"sentence"`
	Why      string                  `json:"why,omitempty"` // why there is nothing to lay over
}

func (v *view) diagram(ctx context.Context, p *diagramParams) (*diagramResult, error) {
	detail, ok := visualize.ParseDetail(cmp.Or(p.Detail, visualize.Normal.String()))
	if !ok {
		return nil, fmt.Errorf("detail %q: must be overview, normal or full", p.Detail)
	}
	a, err := v.analyse(ctx)
	if err != nil {
		return nil, err
	}
	out := &diagramResult{Version: v.doc.version, Workflows: []string{}}
	if a.Program == nil {
		out.Why = "the package has mistakes"
		return out, nil
	}
	for _, w := range a.Program.Workflows {
		out.Workflows = append(out.Workflows, w.Name.Text)
	}
	w := a.workflowFor(v.doc, p)
	if w == nil {
		out.Why = "the package has no workflow"
		return out, nil
	}
	out.Workflow = w.Name.Text
	sheet := visualize.View{Graph: visualize.NewGraph(a.Program, w)}
	if p.Execution != nil {
		sheet, out.Run = v.runOf(ctx, a, w, detail, p.Execution)
	}
	d := drawing.Of(sheet.Graph, detail, func(at dsl.Span) location {
		src := a.Sources.Source(at.Start)
		l := a.lines[src]
		return location{a.uri(src), span{l.position(src.Offset(at.Start)), l.position(src.Offset(at.End))}}
	})
	out.Drawing = &d
	return out, nil
}

// workflowFor gives the workflow that is asked for: by its name, by a place at or below its
// head, or the first of the text, or of the package. nil if there is none.
func (a *analysis) workflowFor(doc *document, p *diagramParams) *dsl.WorkflowDecl {
	all := a.Program.Workflows
	for _, w := range all {
		if w.Name.Text == p.Workflow {
			return w
		}
	}
	here := slices.DeleteFunc(slices.Clone(all), func(w *dsl.WorkflowDecl) bool { return a.Sources.Source(w.Pos()).Name != doc.name() })
	slices.SortFunc(here, func(a, b *dsl.WorkflowDecl) int { return cmp.Compare(a.Pos(), b.Pos()) })
	if len(here) == 0 {
		here = all
	}
	var found *dsl.WorkflowDecl
	for _, w := range here {
		src := a.Sources.Source(w.Pos())
		if found == nil || p.Position != nil && src.Name == doc.name() && src.Offset(w.Pos()) <= doc.offset(*p.Position) {
			found = w
		}
	}
	return found
}

// runOf lays an execution over a workflow's graph, or over that of a call that leads to it.
func (v *view) runOf(ctx context.Context, a *analysis, w *dsl.WorkflowDecl, detail visualize.Detail, ref *executionRef) (visualize.View, *diagramRun) {
	sheet := visualize.View{Graph: visualize.NewGraph(a.Program, w)}
	h, err := v.histories.get(ctx, ref)
	if err != nil {
		return sheet, &diagramRun{Looks: map[string]drawing.Look{}, Edges: drawing.Went{}, Why: err.Error()}
	}
	reached := false
	for _, own := range a.Program.Workflows {
		if own.Name.Text != h.function {
			continue
		}
		for _, s := range visualize.Views(a.Program, own) {
			if s.Workflow == w && !reached {
				sheet, reached = s, true
			}
		}
	}
	if !reached {
		return sheet, &diagramRun{Looks: map[string]drawing.Look{}, Edges: drawing.Went{}, Why: fmt.Sprintf("`%s` does not lead to `%s`", h.function, w.Name.Text)}
	}
	x := execution.Of(h.events)
	now := time.Now()
	for i := range h.events { // a service that skips waits is ahead of the clock
		if t := h.events[i].EventTimestamp.Go(); t.After(now) {
			now = t
		}
	}
	run := visualize.Overlay(sheet.Graph, x, sheet.Call, now)
	out := &diagramRun{drawing.Looks(run), drawing.WentOf(run, visualize.Draw(sheet.Graph, detail)), run.Ended, run.Standing(), ""}
	switch {
	case len(run.Strange) > 0:
		out.Sentence += " It has operations that the workflow does not: " + words.List(run.Strange) + ". Is it of another version?"
	case !run.Fits():
		out.Sentence += " No way through the workflow agrees with it. Is it of another version?"
	}
	return sheet, out
}

// histories keeps the history that a service has given last, so that the diagram can follow the
// typing without asking again.
type histories struct {
	mu   sync.Mutex
	of   executionRef
	last *history
}

type history struct {
	function string
	events   []wire.Event
}

func (h *histories) get(ctx context.Context, ref *executionRef) (*history, error) {
	key := *ref
	key.Again = false
	h.mu.Lock()
	last, of := h.last, h.of
	h.mu.Unlock()
	if last != nil && of == key && !ref.Again {
		return last, nil
	}
	s, err := ref.connect(ctx)
	if err != nil {
		return nil, err
	}
	arn, err := s.ARN(ctx, ref.Name)
	if err != nil {
		return nil, err
	}
	events, err := s.History(ctx, arn)
	if err != nil {
		return nil, err
	}
	last = &history{remote.FunctionName(arn), events}
	h.mu.Lock()
	h.of, h.last = key, last
	h.mu.Unlock()
	return last, nil
}

func (s service) connect(ctx context.Context) (*remote.Service, error) {
	return remote.Connect(ctx, remote.Options{Endpoint: s.Endpoint, Region: s.Region, Profile: s.Profile})
}

type executionsParams struct {
	service
	Function string `json:"function"` // the workflow's name; empty for all functions
}

type executionItem struct {
	ARN    string    `json:"arn"`
	Name   string    `json:"name"` // FUNCTION/NAME
	Status string    `json:"status"`
	Start  time.Time `json:"start"`
}

// maxExecutions is how many are offered.
const maxExecutions = 100

// executions lists the newest executions that a service has.
func (s *server) executions(raw json.RawMessage) (answering, error) {
	var p executionsParams
	err := decode(raw, &p)
	return func(ctx context.Context) (any, error) {
		service, err := p.connect(ctx)
		if err != nil {
			return nil, err
		}
		functions := []string{p.Function}
		if p.Function == "" {
			if functions, err = service.Functions(ctx); err != nil {
				return nil, err
			}
		}
		found, _, err := service.Select(ctx, remote.Selection{Functions: functions, Limit: maxExecutions}, false)
		if err != nil {
			return nil, err
		}
		out := []executionItem{}
		for i := range found {
			out = append(out, executionItem{aws.ToString(found[i].DurableExecutionArn), found[i].Shown(), strings.ToLower(string(found[i].Status)), aws.ToTime(found[i].StartTimestamp)})
		}
		return out, nil
	}, err
}
