package console

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/local"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/payload"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/runtime/engine"
	"github.com/durablegen/durablegen/runtime/wire"
)

// problem is something wrong with a JSON text, at its place.
type problem struct {
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Message string `json:"message"`
	Help    string `json:"help,omitempty"`
}

func problemsOf(source string, found []payload.Problem) []problem {
	out := []problem{}
	for _, p := range found {
		before := source[:min(p.Start, len(source))]
		line := strings.Count(before, "\n") + 1
		column := len([]rune(before[strings.LastIndexByte(before, '\n')+1:])) + 1
		out = append(out, problem{line, column, p.Message, p.Help})
	}
	return out
}

func checkInput(decl *dsl.WorkflowDecl, source string) []payload.Problem {
	v, found := payload.ParseGiven(source)
	if found == nil && decl != nil {
		found = payload.CheckEvent(v, decl.Params)
	}
	return found
}

// inputProblems says what is wrong with a function's input. What a published version takes is not known,
// unless it is what $LATEST takes.
func (c *Console) inputProblems(in *startRequest) []problem {
	var decl *dsl.WorkflowDecl
	if w := c.build.catalog().workflows[in.Function]; w != nil && c.isCurrent(in.Function, in.Qualifier) {
		decl = w.decl
	}
	return problemsOf(in.Input, checkInput(decl, in.Input))
}

// isCurrent reports whether a qualifier leads to what $LATEST runs.
func (c *Console) isCurrent(function, qualifier string) bool {
	if qualifier == "" || qualifier == latest {
		return true
	}
	for _, a := range c.engine.Aliases(function) {
		if a.Name == qualifier {
			if len(a.Weights) > 0 {
				return false
			}
			qualifier = a.Version
		}
	}
	published := false
	for _, v := range c.engine.Versions(function) {
		if v.Version == qualifier {
			published = true
			for _, f := range c.engine.Functions() {
				if f.Name == function && f.Code != "" && f.Code == v.Code {
					return true
				}
			}
		}
	}
	return !published
}

type startRequest struct {
	Function  string `json:"function"`
	Qualifier string `json:"qualifier"` // empty: $LATEST
	Name      string `json:"name"`
	Input     string `json:"input"`
}

// check tells what is wrong with an input, without starting anything.
func (c *Console) check(r *http.Request) (any, error) {
	var in startRequest
	if err := decode(r, &in); err != nil {
		return nil, err
	}
	return map[string]any{"problems": c.inputProblems(&in)}, nil
}

func (c *Console) start(r *http.Request) (any, error) {
	var in startRequest
	if err := decode(r, &in); err != nil {
		return nil, err
	}
	if problems := c.inputProblems(&in); len(problems) > 0 {
		return map[string]any{"problems": problems}, nil
	}
	if in.Name == "" {
		in.Name = local.NewExecutionName(in.Function, c.engine.Now())
	} else if err := local.CheckExecutionName(in.Name); err != nil {
		return nil, bad("The name" + strings.TrimPrefix(err.Error(), fmt.Sprintf("%q", in.Name)) + ".")
	}
	start := engine.StartInput{Function: in.Function, Qualifier: in.Qualifier, Name: in.Name}
	if strings.TrimSpace(in.Input) != "" {
		input := payload.Compact(in.Input)
		start.Input = &input
	}
	out, err := c.engine.StartExecution(r.Context(), start)
	if err != nil {
		return nil, err
	}
	return map[string]any{"arn": out.ARN, "existed": out.Existed, "problems": []problem{}}, nil
}

// rerun runs an execution that has ended again from an operation on.
func (c *Console) rerun(r *http.Request) (any, error) {
	var in struct{ ARN, From string }
	if err := decode(r, &in); err != nil {
		return nil, err
	}
	x, err := c.engine.Execution(r.Context(), in.ARN, false)
	if err != nil {
		return nil, err
	}
	name, err := c.freeName(r.Context(), x)
	if err != nil {
		return nil, err
	}
	out, err := c.engine.Rerun(r.Context(), in.ARN, engine.RerunInput{From: in.From, Name: name})
	if err != nil {
		return nil, err
	}
	anew := []string{}
	for _, id := range out.Anew {
		anew = append(anew, wordsOf(id, id))
	}
	return map[string]any{"arn": out.DurableExecutionArn, "name": name, "anew": anew}, nil
}

// freeName gives a name for an execution that runs another one again.
func (c *Console) freeName(ctx context.Context, x *engine.Execution) (string, error) {
	for n := 1; n <= 100; n++ {
		name := x.Name + "-rerun"
		if n > 1 {
			name = fmt.Sprintf("%s-%d", name, n)
		}
		if local.CheckExecutionName(name) != nil {
			break // it is too long
		}
		page, err := c.engine.ListExecutions(ctx, engine.ExecutionFilter{Function: x.Function, Name: name, MaxItems: 1})
		if err != nil || len(page.Executions) == 0 {
			return name, err
		}
	}
	return local.NewExecutionName(x.Function, c.engine.Now()), nil
}

func (c *Console) stop(r *http.Request) (any, error) {
	var in struct{ ARN, Message string }
	if err := decode(r, &in); err != nil {
		return nil, err
	}
	var cause *wire.ErrorObject
	if in.Message != "" {
		cause = &wire.ErrorObject{ErrorMessage: in.Message}
	}
	_, err := c.engine.Stop(r.Context(), in.ARN, cause)
	return map[string]any{}, err
}

func (c *Console) pause(r *http.Request) (any, error) {
	var in struct{ ARN, Reason string }
	if err := decode(r, &in); err != nil {
		return nil, err
	}
	return map[string]any{}, c.engine.Pause(r.Context(), in.ARN, engine.PauseInput{Reason: in.Reason})
}

func (c *Console) resume(r *http.Request) (any, error) {
	var in struct{ ARN string }
	if err := decode(r, &in); err != nil {
		return nil, err
	}
	return map[string]any{}, c.engine.Resume(r.Context(), in.ARN, engine.PauseInput{})
}

func (c *Console) delete(r *http.Request) (any, error) {
	var in struct{ ARN string }
	if err := decode(r, &in); err != nil {
		return nil, err
	}
	_, err := c.engine.Delete(r.Context(), in.ARN)
	return map[string]any{}, err
}

// callback answers an open callback, which is named by its operation.
func (c *Console) callback(r *http.Request) (any, error) {
	var in struct {
		ARN, Operation, Action string
		Value                  *string // JSON; nil: no value
		Type, Message          string
		Data                   string // JSON; empty: none
	}
	if err := decode(r, &in); err != nil {
		return nil, err
	}
	cb, decl, err := c.openCallback(r, in.ARN, in.Operation)
	if err != nil {
		return nil, err
	}
	switch in.Action {
	case "succeed":
		if problems := answerProblems(decl, in.Value); len(problems) > 0 {
			return map[string]any{"problems": problems}, nil
		}
		err = c.engine.CallbackSucceed(r.Context(), cb.CallbackID, in.Value)
	case "fail":
		cause := wire.ErrorObject{ErrorType: in.Type, ErrorMessage: in.Message, ErrorData: payload.Compact(in.Data)}
		if problems := dataProblems(decl, in.Type, in.Data); len(problems) > 0 {
			return map[string]any{"problems": problems}, nil
		}
		err = c.engine.CallbackFail(r.Context(), cb.CallbackID, cause)
	case "heartbeat":
		err = c.engine.CallbackHeartbeat(r.Context(), cb.CallbackID)
	case "reveal":
		return map[string]any{"id": cb.CallbackID}, nil
	default:
		err = bad("There is no such action.")
	}
	return map[string]any{"problems": []problem{}}, err
}

func (c *Console) openCallback(r *http.Request, arn, id string) (*engine.OpenCallback, *dsl.CallbackDecl, error) {
	callbacks, err := c.engine.OpenCallbacks(r.Context(), arn)
	if err != nil {
		return nil, nil, err
	}
	for i := range callbacks {
		cb := &callbacks[i]
		if cb.OperationID != id {
			continue
		}
		m := newModel(c.build.catalog(), cb.Function)
		events, err := c.engine.History(r.Context(), arn, engine.HistoryQuery{OmitData: true})
		if err != nil {
			return nil, nil, err
		}
		for j := range events {
			m.apply(&events[j])
		}
		decl, _ := c.callbackOf(m, cb)
		return cb, decl, nil
	}
	return nil, nil, &refused{http.StatusConflict, "The callback is not open any more: it was answered, or its time is over."}
}

// answerProblems says what is wrong with a callback's answer.
func answerProblems(decl *dsl.CallbackDecl, value *string) []problem {
	text := ""
	if value != nil {
		text = *value
	}
	v, found := payload.ParseGiven(text)
	if found == nil && decl != nil {
		found = payload.Check(v, decl.ResultType, "the answer")
	}
	return problemsOf(text, found)
}

// dataProblems says what is wrong with the fields of an error.
func dataProblems(decl *dsl.CallbackDecl, errorType, data string) []problem {
	if decl != nil {
		for _, f := range decl.Fails {
			if f.Name == errorType && len(f.Fields) > 0 && data == "" {
				data = "{}"
			}
		}
	}
	if data == "" {
		return nil
	}
	v, found := payload.Parse([]byte(data))
	if found == nil && decl != nil {
		for _, f := range decl.Fails {
			if f.Name == errorType {
				found = payload.Check(v, f, "the error")
			}
		}
	}
	return problemsOf(data, found)
}

// skip moves the engine's time to when an operation goes on by itself.
func (c *Console) skip(r *http.Request) (any, error) {
	var in struct{ ARN, Operation string }
	if err := decode(r, &in); err != nil {
		return nil, err
	}
	if c.opts.Advance == nil {
		return nil, bad("Time can't be skipped here.")
	}
	until, err := c.skippedTo(r.Context(), in.ARN, in.Operation)
	if err != nil {
		return nil, err
	}
	c.opts.Advance(until.Sub(c.engine.Now()))
	return map[string]any{}, nil
}
