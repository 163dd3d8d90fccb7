package remote

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/local"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/payload"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/terminal"
	"github.com/durablegen/durablegen/internal/cleantext"
	"github.com/durablegen/durablegen/internal/execution"
	"github.com/durablegen/durablegen/internal/words"
)

// WriteHead prints what is said of an execution as a whole: names, times, data, the failure.
// paused says why nothing moves in it; empty if something may.
func WriteHead(w io.Writer, e *lambda.GetDurableExecutionOutput, paused string) {
	took := ""
	if e.EndTimestamp != nil {
		took = ", after " + words.Duration(e.EndTimestamp.Sub(*e.StartTimestamp))
	}
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(w, "%-9s %s\n", name, cleantext.Line(value))
		}
	}
	line("execution", FunctionName(aws.ToString(e.FunctionArn))+"/"+aws.ToString(e.DurableExecutionName))
	line("status", strings.ToLower(string(e.Status))+took)
	line("paused", paused)
	line("now", Activity(e))
	if arn := Undoes(e); arn != "" {
		line("undoes", Shown(arn)+", whose record it begins with")
	}
	if version := aws.ToString(e.Version); version != latest {
		line("version", version)
	}
	if arn, from := Repeats(e); arn != "" {
		line("repeats", Shown(arn)+" from "+Words(from)+" on: what had ended before is its record")
	}
	line("started", e.StartTimestamp.Local().Format(time.DateTime))
	line("arn", aws.ToString(e.DurableExecutionArn))
	before, input, after := Links(e)
	if before.From != "" {
		line("goes on from", Shown(before.From))
	}
	line("input", payload.Compact(aws.ToString(input)))
	if after.To != "" {
		line("goes on as", FunctionName(aws.ToString(e.FunctionArn))+"/"+after.To)
	} else {
		line("result", payload.Compact(aws.ToString(e.Result)))
	}
	if e.Error != nil {
		cause := ErrorObject(e.Error)
		line("error", execution.ErrorText(cause))
		if at, ok := local.Place(cause); ok {
			line("at", fmt.Sprintf("%s:%d:%d", at.File, at.Line, at.Column))
		}
		if stack := terminal.Stack(cause); stack != "" {
			fmt.Fprintln(w, stack)
		}
	}
}
