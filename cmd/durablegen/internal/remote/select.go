package remote

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/durablegen/durablegen/internal/chain"
	"github.com/durablegen/durablegen/internal/execution"
	"github.com/durablegen/durablegen/internal/near"
	"github.com/durablegen/durablegen/internal/opid"
	"github.com/durablegen/durablegen/internal/words"
	"github.com/durablegen/durablegen/runtime/wire"
)

// Selection says which executions are meant. What is empty restricts nothing.
type Selection struct {
	Functions    []string
	Statuses     []types.ExecutionStatus
	Name         string    // a name, or a pattern as [path.Match] has it
	Since, Until time.Time // between which it was started
	At           string    // the operation that it waits for, or one around that
	Error        string    // the type of the error with which it ended
	// Input, Result and ErrorText are what these contain, in upper or lower case; of an error its type,
	// message and data.
	Input, Result, ErrorText string
	Limit                    int // the newest of them, at most; more than 0
}

// Found is an execution and, if that was asked for, how it stands.
type Found struct {
	types.Execution
	Waits []*execution.Operation // what it waits for, if it has not ended
	Error *wire.ErrorObject      // with which it ended
	// Input and Result are there if they were looked at.
	Input, Result string
	Next          string // the name of the one as which it has gone on, if that was found too
}

// Chain links the executions of a list that have gone on as others of it.
func Chain(list []Found) {
	names := map[[2]string]bool{}
	for i := range list {
		names[[2]string{FunctionName(aws.ToString(list[i].FunctionArn)), aws.ToString(list[i].DurableExecutionName)}] = true
	}
	for i := range list {
		arn := aws.ToString(list[i].DurableExecutionArn)
		if next := chain.After(arn).To; names[[2]string{FunctionName(arn), next}] {
			list[i].Next = next
		}
	}
}

// Shown gives the execution as FUNCTION/NAME.
func (f *Found) Shown() string { return Shown(aws.ToString(f.DurableExecutionArn)) }

// Stands says in a few words what the execution waits for, or how it failed.
func (f *Found) Stands() string {
	if f.Error != nil {
		return execution.ErrorText(f.Error)
	}
	var at []string
	for _, o := range f.Waits {
		at = append(at, o.Trail())
	}
	return strings.Join(at, ", ")
}

// Kind is Stands without what is different in each execution: items, turns and messages.
func (f *Found) Kind() string {
	if f.Error != nil {
		return cmp.Or(f.Error.ErrorType, "Error")
	}
	var at []string
	for _, o := range f.Waits {
		at = append(at, turns.ReplaceAllString(o.Trail(), ""))
	}
	slices.Sort(at)
	return strings.Join(slices.Compact(at), ", ")
}

// Described is what is said of the execution in JSON.
func (f *Found) Described() map[string]any {
	out := Described(f.Execution)
	if f.Error != nil {
		out["error"] = f.Error
	}
	if f.Next != "" {
		out["goesOnAs"] = f.Next
	}
	var waits []map[string]any
	for _, o := range f.Waits {
		wait := map[string]any{"operation": o.Trail(), "since": o.Started}
		if o.CallbackID != "" {
			wait["callbackId"] = o.CallbackID
		}
		waits = append(waits, wait)
	}
	if waits != nil {
		out["waits"] = waits
	}
	return out
}

// Select gives the executions that are meant, the newest first. With closely it tells how each of
// them stands, for which it asks the service once more for each. damaged names those
// whose entries are not as they were written, once for each page that the service has given.
func (s *Service) Select(ctx context.Context, sel Selection, closely bool) (found []Found, damaged []string, err error) {
	closely = closely || sel.closely()
	limit := sel.Limit
	pattern := strings.ContainsAny(sel.Name, `*?[\`)
	if pattern || sel.closely() {
		limit = 1 << 30 // what fits can be anywhere
	}
	list, damaged, err := s.list(ctx, sel, !pattern, limit)
	if err != nil {
		return nil, damaged, err
	}
	for _, e := range list {
		if len(found) == sel.Limit {
			break
		}
		if pattern {
			if ok, err := path.Match(sel.Name, aws.ToString(e.DurableExecutionName)); err != nil || !ok {
				continue
			}
		}
		f := Found{Execution: e}
		if closely && !sel.never(e) {
			if err := s.look(ctx, &f, sel.Input != "" || sel.Result != ""); err != nil {
				return nil, damaged, err
			}
		}
		if f.fits(sel) {
			found = append(found, f)
		}
	}
	return found, damaged, nil
}

// closely reports whether only a look at each execution tells whether it is meant.
func (sel *Selection) closely() bool {
	return sel.At != "" || sel.Error != "" || sel.Input != "" || sel.Result != "" || sel.ErrorText != ""
}

// never reports whether an execution can't be meant, however it stands.
func (sel *Selection) never(e types.Execution) bool {
	ended := e.EndTimestamp != nil
	succeeded := e.Status == types.ExecutionStatusSucceeded
	return sel.At != "" && ended || (sel.Error != "" || sel.ErrorText != "") && (!ended || succeeded) || sel.Result != "" && !succeeded
}

func (f *Found) fits(sel Selection) bool {
	if sel.Error != "" && (f.Error == nil || cmp.Or(f.Error.ErrorType, "Error") != sel.Error) {
		return false
	}
	if c := f.Error; sel.ErrorText != "" && (c == nil || !has(c.ErrorType, sel.ErrorText) && !has(c.ErrorMessage, sel.ErrorText) && !has(c.ErrorData, sel.ErrorText)) {
		return false
	}
	if sel.Input != "" && !has(f.Input, sel.Input) || sel.Result != "" && !has(f.Result, sel.Result) {
		return false
	}
	return sel.At == "" || slices.ContainsFunc(f.Waits, func(o *execution.Operation) bool { return At(o, sel.At) })
}

// has tells whether a text contains another one, in upper or lower case.
func has(text, part string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(part))
}

// look asks how an execution stands, and for its data if these are wanted.
func (s *Service) look(ctx context.Context, f *Found, data bool) error {
	arn := aws.ToString(f.DurableExecutionArn)
	if data {
		e, err := s.Execution(ctx, arn)
		if err != nil {
			return err
		}
		f.Input, f.Result = aws.ToString(e.InputPayload), aws.ToString(e.Result)
	}
	switch {
	case f.EndTimestamp == nil:
		events, err := s.History(ctx, arn)
		if err != nil {
			return err
		}
		f.Waits = execution.Of(events).Waits()
	case f.Status != types.ExecutionStatusSucceeded:
		e, err := s.Execution(ctx, arn)
		if err != nil {
			return err
		}
		f.Error = ErrorObject(e.Error)
	}
	return nil
}

var turns = regexp.MustCompile(`\[\d+\]`)

// At reports whether an operation is the one named or lies in it: its trail, such as
// parallel/labels/map[2]/printLabel, has these names one after another. Turns and items
// count only where they are named.
func At(o *execution.Operation, name string) bool {
	trail := o.Trail()
	if !turns.MatchString(name) {
		trail = turns.ReplaceAllString(trail, "")
	}
	return strings.Contains("/"+trail+"/", "/"+strings.Trim(name, "/")+"/")
}

// OperationOf finds the operation that a name means, as `show` and `history` say it: its ID, or its trail, of
// which the beginning and turns may be left out where one operation alone has the rest.
func OperationOf(x *execution.Execution, name string) (*execution.Operation, error) {
	var found []*execution.Operation
	var known []string
	for _, o := range x.Operations {
		if o.Folded() {
			continue
		}
		trail := o.Trail()
		if o.ID == name || trail == name {
			return o, nil
		}
		known = append(known, o.Name, trail)
		if !turns.MatchString(name) {
			trail = turns.ReplaceAllString(trail, "")
		}
		if strings.HasSuffix("/"+trail, "/"+strings.Trim(name, "/")) {
			found = append(found, o)
		}
	}
	switch len(found) {
	case 0:
		if guess := near.DidYouMean(name, known); guess != "" {
			return nil, fmt.Errorf("it has no operation `%s`; %s", name, guess)
		}
		return nil, fmt.Errorf("it has no operation `%s`", name)
	case 1:
		return found[0], nil
	}
	var several []string
	for _, o := range found[:min(len(found), 5)] {
		several = append(several, o.Trail())
	}
	if n := len(found); n > 5 {
		several = append(several, fmt.Sprintf("%d more", n-5))
	}
	return nil, fmt.Errorf("`%s` are %d operations of it; say which: %s", name, len(found), words.List(several))
}

// Words gives the ID of an operation as people read it.
func Words(id string) string {
	if text := trails.Replace(opid.Words(id)); text != "" {
		return text
	}
	return id
}

// trails makes what [execution.Operation.Trail] gives of the words of an ID.
var trails = strings.NewReplacer(" / [", "[", " / ", "/")

// list asks for all that the service itself can select, the newest first.
func (s *Service) list(ctx context.Context, sel Selection, byName bool, limit int) (found []types.Execution, damaged []string, err error) {
	filters := [][]types.ExecutionStatus{nil}
	if len(sel.Statuses) > 0 { // of which the service takes one at a time
		filters = slices.Collect(slices.Chunk(sel.Statuses, 1))
	}
	for _, function := range sel.Functions {
		for _, filter := range filters {
			in := &lambda.ListDurableExecutionsByFunctionInput{FunctionName: &function, Statuses: filter, MaxItems: int32(min(limit, 1000))}
			if byName && sel.Name != "" {
				in.DurableExecutionName = &sel.Name
			}
			if !sel.Since.IsZero() {
				in.StartedAfter = &sel.Since
			}
			if !sel.Until.IsZero() {
				in.StartedBefore = &sel.Until
			}
			n := 0
			for pages := lambda.NewListDurableExecutionsByFunctionPaginator(s.Client, in); pages.HasMorePages() && n < limit; {
				page, err := pages.NextPage(ctx)
				if err != nil {
					return nil, damaged, s.ExplainFunction(ctx, err, function)
				}
				n += len(page.DurableExecutions)
				found = append(found, page.DurableExecutions...)
				if names := Damaged(page); names != "" {
					damaged = append(damaged, names)
				}
			}
		}
	}
	newestFirst(found)
	return found[:min(len(found), limit)], damaged, nil
}

func newestFirst(found []types.Execution) {
	slices.SortStableFunc(found, func(a, b types.Execution) int { return b.StartTimestamp.Compare(*a.StartTimestamp) })
}
