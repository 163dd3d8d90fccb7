// Package remote talks to a service for durable executions: AWS, or `durablegen
// dev`, which speaks the same API.
package remote

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/payload"
	"github.com/durablegen/durablegen/internal/arns"
	"github.com/durablegen/durablegen/internal/chain"
	"github.com/durablegen/durablegen/internal/cleantext"
	"github.com/durablegen/durablegen/internal/httpguard"
	"github.com/durablegen/durablegen/internal/near"
	"github.com/durablegen/durablegen/runtime/engine"
	"github.com/durablegen/durablegen/runtime/wire"
)

// Options say where the service is. All of them may be empty: then it is what the
// usual AWS configuration says.
type Options struct{ Endpoint, Region, Profile string }

// Service is a connection to a service.
type Service struct {
	*lambda.Client
	// Local means that it is on this machine.
	Local    bool
	where    string
	endpoint string // empty: that of AWS
}

// Connect makes a client. It asks nothing of the service yet.
func Connect(ctx context.Context, o Options) (*Service, error) {
	endpoint := o.Endpoint
	for _, name := range []string{"AWS_ENDPOINT_URL_LAMBDA", "AWS_ENDPOINT_URL"} {
		if endpoint == "" && o.Profile == "" {
			endpoint = os.Getenv(name)
		}
	}
	if endpoint != "" {
		u, err := url.Parse(endpoint)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return nil, fmt.Errorf("%q is no endpoint: it must be a URL such as http://127.0.0.1:9470", endpoint)
		}
		if httpguard.IsLoopback(u.Hostname()) {
			// The local service looks at no signature: nobody needs credentials for it.
			return &Service{
				Client: lambda.New(lambda.Options{
					BaseEndpoint: &endpoint,
					Region:       cmp.Or(o.Region, "us-east-1"),
					Credentials:  credentials.NewStaticCredentialsProvider("local", "local", ""),
				}),
				Local: true,
				where: endpoint, endpoint: endpoint,
			}, nil
		}
	}
	var load []func(*config.LoadOptions) error
	if o.Region != "" {
		load = append(load, config.WithRegion(o.Region))
	}
	if o.Profile != "" {
		load = append(load, config.WithSharedConfigProfile(o.Profile))
	}
	cfg, err := config.LoadDefaultConfig(ctx, load...)
	if err != nil {
		return nil, fmt.Errorf("the AWS configuration can't be read: %w", err)
	}
	if cfg.Region == "" && endpoint == "" {
		return nil, errors.New("it is not clear where to look: give --endpoint for `durablegen dev`, such as --endpoint http://127.0.0.1:9470, or an AWS region with --region or AWS_REGION")
	}
	client := lambda.NewFromConfig(cfg, func(lo *lambda.Options) {
		if endpoint != "" {
			lo.BaseEndpoint = &endpoint
		}
	})
	return &Service{Client: client, where: cmp.Or(endpoint, "AWS in "+cfg.Region), endpoint: endpoint}, nil
}

// Explain makes a message for people of an error of the service.
func (s *Service) Explain(err error) error {
	var api smithy.APIError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("%s: nothing listens there; is `durablegen dev` or `durablegen run` at work?", s.where)
	case errors.As(err, &api):
		return fmt.Errorf("%s: %s", api.ErrorCode(), api.ErrorMessage())
	case s.Local:
		return fmt.Errorf("%s: %w", s.where, err)
	}
	return err
}

// ExplainFunction is Explain for a call that names a function. A local service tells
// which ones there are.
func (s *Service) ExplainFunction(ctx context.Context, err error, function string) error {
	var missing *types.ResourceNotFoundException
	name, _, _ := strings.Cut(function, ":")
	if !s.Local || !errors.As(err, &missing) || name == "arn" {
		return s.Explain(err)
	}
	names, listErr := s.Functions(ctx)
	if listErr != nil || slices.Contains(names, name) {
		return s.Explain(err)
	}
	help := near.Help(name, names)
	return fmt.Errorf("%s serves no function `%s`; %s", s.where, name, help)
}

// ARN gives the ARN of an execution: of itself, of FUNCTION/NAME, or, at a local
// service, of the newest one with that name.
func (s *Service) ARN(ctx context.Context, execution string) (string, error) {
	if strings.HasPrefix(execution, "arn:") {
		return execution, nil
	}
	found, err := s.named(ctx, execution)
	if err != nil {
		return "", err
	}
	return aws.ToString(found[0].DurableExecutionArn), nil
}

// OnlyARN is ARN for what can't be taken back: a name that several functions have given is
// refused, with the executions that it may mean.
func (s *Service) OnlyARN(ctx context.Context, execution string) (string, error) {
	if strings.HasPrefix(execution, "arn:") {
		return execution, nil
	}
	found, err := s.named(ctx, execution)
	if err != nil {
		return "", err
	}
	if len(found) > 1 {
		message := fmt.Sprintf("%d executions have the name `%s`; say which one is meant:", len(found), execution)
		for _, e := range found {
			message += fmt.Sprintf("\n    %s  %s", Shown(aws.ToString(e.DurableExecutionArn)), strings.ToLower(string(e.Status)))
		}
		return "", errors.New(message)
	}
	return aws.ToString(found[0].DurableExecutionArn), nil
}

// Shown gives an execution as FUNCTION/NAME.
func Shown(execution string) string {
	a, ok := arns.Parse(execution)
	if !ok {
		return execution
	}
	return a.Short()
}

// FunctionName gives the name of a function from its ARN, with or without a version,
// or from that of an execution.
func FunctionName(text string) string {
	a, ok := arns.Parse(text)
	if !ok {
		return text
	}
	return a.Function
}

// Named gives the execution that FUNCTION/NAME names. An error may also mean that there is none.
func (s *Service) Named(ctx context.Context, execution string) (Found, error) {
	found, err := s.named(ctx, execution)
	if err != nil {
		return Found{}, err
	}
	return Found{Execution: found[0]}, nil
}

// named finds the executions that NAME or FUNCTION/NAME may mean, at least one, the newest first.
func (s *Service) named(ctx context.Context, execution string) ([]types.Execution, error) {
	var functions []string
	function, name, ok := strings.Cut(execution, "/")
	if ok {
		functions = []string{function}
	} else {
		name = execution
		if !s.Local {
			return nil, fmt.Errorf("%s: give the ARN of the execution, or FUNCTION/NAME", execution)
		}
		var err error
		if functions, err = s.Functions(ctx); err != nil {
			return nil, err
		}
	}
	var found []types.Execution
	for _, f := range functions {
		page, err := s.ListDurableExecutionsByFunction(ctx, &lambda.ListDurableExecutionsByFunctionInput{
			FunctionName: &f, DurableExecutionName: &name, MaxItems: 1,
		})
		if err != nil {
			return nil, s.ExplainFunction(ctx, err, f)
		}
		found = append(found, page.DurableExecutions...)
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("no execution has the name `%s`", name)
	}
	newestFirst(found)
	return found, nil
}

// Start starts an execution, or finds the one that was started under the same name with the
// same input, whatever blanks either is written with. Refusals are explained.
func (s *Service) Start(ctx context.Context, in *lambda.InvokeInput) (arn string, err error) {
	out, err := s.Invoke(ctx, in)
	if err == nil {
		return aws.ToString(out.DurableExecutionArn), nil
	}
	function := aws.ToString(in.FunctionName)
	var taken *types.DurableExecutionAlreadyStartedException
	if !errors.As(err, &taken) {
		return "", s.ExplainFunction(ctx, err, function)
	}
	function, _, _ = strings.Cut(function, ":")
	name := function + "/" + aws.ToString(in.DurableExecutionName)
	found, lookErr := s.named(ctx, name)
	if lookErr != nil {
		return "", s.Explain(err)
	}
	arn = aws.ToString(found[0].DurableExecutionArn)
	e, lookErr := s.Execution(ctx, arn)
	if lookErr != nil {
		return "", s.Explain(err)
	}
	before, now := aws.ToString(e.InputPayload), string(in.Payload)
	switch {
	case before == now:
		return "", fmt.Errorf("%s was started with version %s of the function; give another --name", name, aws.ToString(e.Version))
	case payload.Compact(before) == payload.Compact(now):
		return arn, nil
	}
	if len(before) > 200 {
		before = strings.ToValidUTF8(before[:200], "") + "…"
	}
	return "", fmt.Errorf("%s was started with another input; give another --name to start anew\n    its input: %s", name, cleantext.Line(before))
}

// Activity tells what an execution that Execution has described is doing, beyond what its
// operations say; empty if the service does not tell.
func Activity(e *lambda.GetDurableExecutionOutput) string {
	return header(e.ResultMetadata, engine.ActivityHeader)
}

// Undoes gives the ARN of the execution that an execution undoes; empty if it undoes none.
func Undoes(e *lambda.GetDurableExecutionOutput) string {
	return header(e.ResultMetadata, engine.UndoesHeader)
}

// Repeats tells which execution, by its ARN, an execution runs again, and from which operation on, by
// its ID; they are empty if it runs none again.
func Repeats(e *lambda.GetDurableExecutionOutput) (arn, from string) {
	q, err := url.ParseQuery(rawHeader(e.ResultMetadata, engine.RepeatsHeader))
	if err != nil {
		return "", ""
	}
	return q.Get("arn"), q.Get("from")
}

// Damaged names the executions of a page whose entries in the store are not as they were written.
func Damaged(page *lambda.ListDurableExecutionsByFunctionOutput) string {
	return header(page.ResultMetadata, engine.DamagedHeader)
}

// header gives a text that the service on this machine sends in a header of an answer.
func header(answer middleware.Metadata, name string) string {
	text, err := url.QueryUnescape(rawHeader(answer, name))
	if err != nil {
		return ""
	}
	return text
}

func rawHeader(answer middleware.Metadata, name string) string {
	response, ok := awsmiddleware.GetRawResponse(answer).(*smithyhttp.Response)
	if !ok {
		return ""
	}
	return response.Header.Get(name)
}

// Functions lists the names of all functions.
func (s *Service) Functions(ctx context.Context) ([]string, error) {
	var names []string
	for pages := lambda.NewListFunctionsPaginator(s.Client, &lambda.ListFunctionsInput{}); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, s.Explain(err)
		}
		for _, f := range page.Functions {
			names = append(names, aws.ToString(f.FunctionName))
		}
	}
	return names, nil
}

// Execution describes an execution, with its data.
func (s *Service) Execution(ctx context.Context, arn string) (*lambda.GetDurableExecutionOutput, error) {
	var body []byte
	out, err := s.GetDurableExecution(ctx, &lambda.GetDurableExecutionInput{
		DurableExecutionArn: &arn, IncludeExecutionData: aws.Bool(true),
	}, raw(&body))
	if err != nil {
		return nil, s.Explain(err)
	}
	return out, keepPause(out, body)
}

// History gives all events of an execution.
func (s *Service) History(ctx context.Context, arn string) ([]wire.Event, error) {
	var events []wire.Event
	for marker := ""; ; {
		page, next, err := s.page(ctx, arn, marker)
		if err != nil {
			return nil, err
		}
		events = append(events, page...)
		if marker = next; marker == "" {
			return events, nil
		}
	}
}

// ErrorObject makes our shape of an error of the SDK's; nil of nil.
func ErrorObject(e *types.ErrorObject) *wire.ErrorObject {
	if e == nil {
		return nil
	}
	return &wire.ErrorObject{
		ErrorType:    aws.ToString(e.ErrorType),
		ErrorMessage: aws.ToString(e.ErrorMessage),
		ErrorData:    aws.ToString(e.ErrorData),
		StackTrace:   e.StackTrace,
	}
}

// Links gives what an execution tells of those before and after it in which its workflow has
// gone on: empty where there is none. input is its own.
func Links(e *lambda.GetDurableExecutionOutput) (before chain.Link, input *string, after chain.Link) {
	before, input, _ = chain.FromInput(e.InputPayload)
	if before.To != aws.ToString(e.DurableExecutionName) {
		before = chain.Link{} // it was started with the input of another one
	}
	if link, ok := chain.FromResult(e.Result); ok && link.From == aws.ToString(e.DurableExecutionArn) {
		after = link
	}
	return before, input, after
}

// WaitLast waits until the last of the executions has ended in which a workflow goes on, and
// says where it has.
func (s *Service) WaitLast(ctx context.Context, arn string, goesOn func(arn string)) (*lambda.GetDurableExecutionOutput, error) {
	for {
		e, err := s.Wait(ctx, arn)
		if err != nil {
			return nil, err
		}
		_, _, after := Links(e)
		if after.To == "" {
			return e, nil
		}
		if arn, err = s.ARN(ctx, FunctionName(arn)+"/"+after.To); err != nil {
			return nil, err
		}
		goesOn(arn)
	}
}

// Wait waits until an execution has ended.
func (s *Service) Wait(ctx context.Context, arn string) (*lambda.GetDurableExecutionOutput, error) {
	pause := 20 * time.Millisecond
	for {
		e, err := s.Execution(ctx, arn)
		if err != nil || wire.ExecutionStatus(e.Status).Closed() {
			return e, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(pause):
		}
		pause = min(pause*3/2, 2*time.Second)
	}
}
