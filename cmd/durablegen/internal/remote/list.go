package remote

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/durablegen/durablegen/runtime/wire"
)

// List gives at most limit executions of functions, the newest first: those in one of the
// statuses, if there are any, and of the name, if it is not empty. damaged names those whose
// entries are not as they were written, once for each page that the service has given.
func (s *Service) List(ctx context.Context, functions []string, name string, statuses []types.ExecutionStatus, limit int) (found []types.Execution, damaged []string, err error) {
	filters := [][]types.ExecutionStatus{nil}
	if len(statuses) > 0 { // of which the service takes one at a time
		filters = slices.Collect(slices.Chunk(statuses, 1))
	}
	for _, function := range functions {
		for _, filter := range filters {
			in := &lambda.ListDurableExecutionsByFunctionInput{FunctionName: &function, Statuses: filter, MaxItems: int32(min(limit, 1000))}
			if name != "" {
				in.DurableExecutionName = &name
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

// Described is what is said of an execution in JSON.
func Described(e types.Execution) map[string]any {
	out := map[string]any{
		"arn":      aws.ToString(e.DurableExecutionArn),
		"name":     aws.ToString(e.DurableExecutionName),
		"function": FunctionName(aws.ToString(e.FunctionArn)),
		"status":   e.Status,
		"start":    e.StartTimestamp,
	}
	if e.EndTimestamp != nil {
		out["end"] = e.EndTimestamp
	}
	return out
}

// DescribedWith is Described with the version, the data and the events of the execution.
func DescribedWith(e *lambda.GetDurableExecutionOutput, events []wire.Event) map[string]any {
	out := Described(types.Execution{
		DurableExecutionArn: e.DurableExecutionArn, DurableExecutionName: e.DurableExecutionName, FunctionArn: e.FunctionArn,
		Status: e.Status, StartTimestamp: e.StartTimestamp, EndTimestamp: e.EndTimestamp,
	})
	out["version"] = aws.ToString(e.Version)
	out["events"] = events
	for key, text := range map[string]string{"activity": Activity(e), "undoes": Undoes(e)} {
		if text != "" {
			out[key] = text
		}
	}
	if p := PauseOf(e); p != nil {
		out["pause"] = p
	}
	if e.InputPayload != nil {
		out["input"] = *e.InputPayload
	}
	if e.Result != nil {
		out["result"] = *e.Result
	}
	if e.Error != nil {
		out["error"] = ErrorObject(e.Error)
	}
	return out
}
