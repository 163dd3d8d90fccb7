package remote

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/durablegen/durablegen/internal/arns"
	"github.com/durablegen/durablegen/runtime/wire"
)

// Described is what is said of an execution in JSON.
func Described(e types.Execution) map[string]any {
	out := map[string]any{
		"arn":      aws.ToString(e.DurableExecutionArn),
		"name":     aws.ToString(e.DurableExecutionName),
		"function": FunctionName(aws.ToString(e.FunctionArn)),
		"version":  versionOf(aws.ToString(e.DurableExecutionArn)),
		"status":   e.Status,
		"start":    e.StartTimestamp,
	}
	if e.EndTimestamp != nil {
		out["end"] = e.EndTimestamp
	}
	return out
}

// versionOf is the version of its function on which an execution is.
func versionOf(arn string) string {
	a, _ := arns.Parse(arn)
	return a.Version
}

// DescribedWith is Described with the data and the events of the execution.
func DescribedWith(e *lambda.GetDurableExecutionOutput, events []wire.Event) map[string]any {
	out := Described(types.Execution{
		DurableExecutionArn: e.DurableExecutionArn, DurableExecutionName: e.DurableExecutionName, FunctionArn: e.FunctionArn,
		Status: e.Status, StartTimestamp: e.StartTimestamp, EndTimestamp: e.EndTimestamp,
	})
	out["events"] = events
	for key, text := range map[string]string{"activity": Activity(e), "undoes": Undoes(e)} {
		if text != "" {
			out[key] = text
		}
	}
	if arn, from := Repeats(e); arn != "" {
		out["repeats"] = map[string]string{"arn": arn, "from": from}
	}
	if p := PauseOf(e); p != nil {
		out["pause"] = p
	}
	before, input, after := Links(e)
	if before.From != "" {
		out["goesOnFrom"] = before.From
	}
	if after.To != "" {
		out["goesOnAs"] = after.To
	}
	if input != nil {
		out["input"] = *input
	}
	if e.Result != nil && after.To == "" {
		out["result"] = *e.Result
	}
	if e.Error != nil {
		out["error"] = ErrorObject(e.Error)
	}
	return out
}
