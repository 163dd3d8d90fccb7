package remote

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/durablegen/durablegen/runtime/wire"
)

// The SDK for Go has neither these operations nor their members yet: requests are made of those of
// StopDurableExecution, which the SDK signs and repeats, and answers are read as they came.

// Pausing is the body of PauseDurableExecution and, without its last member, of ResumeDurableExecution.
type Pausing struct {
	ClientToken            string `json:"ClientToken,omitempty"`
	Reason                 string `json:"Reason,omitempty"`
	ExecutionTimeoutPaused *bool  `json:"ExecutionTimeoutPaused,omitempty"`
}

// Pause asks for a pause of an execution.
func (s *Service) Pause(ctx context.Context, arn string, p Pausing) error {
	return s.request(ctx, arn, http.MethodPost, "/pause", p)
}

// Resume asks for the end of a pause.
func (s *Service) Resume(ctx context.Context, arn string, p Pausing) error {
	return s.request(ctx, arn, http.MethodPost, "/resume", p)
}

// Delete deletes an execution that has ended.
func (s *Service) Delete(ctx context.Context, arn string) error {
	return s.request(ctx, arn, http.MethodDelete, "", nil)
}

// request makes a request of an operation on an execution. Refusals are explained.
func (s *Service) request(ctx context.Context, arn, method, action string, body any) error {
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return err
		}
	}
	another := middleware.BuildMiddlewareFunc("AnotherOperation", func(ctx context.Context, in middleware.BuildInput, next middleware.BuildHandler) (middleware.BuildOutput, middleware.Metadata, error) {
		r := in.Request.(*smithyhttp.Request)
		r.Method = method
		r.URL.Path = strings.TrimSuffix(r.URL.Path, "/stop") + action
		if r.URL.RawPath != "" {
			r.URL.RawPath = strings.TrimSuffix(r.URL.RawPath, "/stop") + action
		}
		r, err := r.SetStream(bytes.NewReader(text))
		if err != nil {
			return middleware.BuildOutput{}, middleware.Metadata{}, err
		}
		in.Request = r
		return next.HandleBuild(ctx, in)
	})
	_, err := s.StopDurableExecution(ctx, &lambda.StopDurableExecutionInput{DurableExecutionArn: &arn}, func(o *lambda.Options) {
		o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error { return stack.Build.Add(another, middleware.Before) })
	})
	return s.Explain(err)
}

// raw is an option of a call: the body of its answer is put into body as it came.
func raw(body *[]byte) func(*lambda.Options) {
	read := middleware.DeserializeMiddlewareFunc("RawBody", func(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
		out, metadata, err := next.HandleDeserialize(ctx, in)
		if response, ok := out.RawResponse.(*smithyhttp.Response); ok && err == nil {
			*body, err = io.ReadAll(response.Body)
			response.Body.Close()
			response.Body = io.NopCloser(bytes.NewReader(*body))
		}
		return out, metadata, err
	})
	return func(o *lambda.Options) {
		o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error { return stack.Deserialize.Add(read, middleware.After) })
	}
}

// Pause is what GetDurableExecution tells about the pause of an execution.
type Pause struct {
	PauseRequestTimestamp  wire.Seconds
	Reason                 string `json:",omitempty"`
	ExecutionTimeoutPaused bool
}

type pauseKey struct{}

// keepPause leaves what the body of an answer tells about a pause in the answer that the SDK has made of
// it.
func keepPause(out *lambda.GetDurableExecutionOutput, body []byte) error {
	var more struct{ PauseDetails *Pause }
	if err := json.Unmarshal(body, &more); err != nil {
		return err
	}
	if more.PauseDetails != nil {
		out.ResultMetadata.Set(pauseKey{}, more.PauseDetails)
	}
	return nil
}

// PauseOf tells about the pause of an execution that Execution has described; nil if there is none.
func PauseOf(e *lambda.GetDurableExecutionOutput) *Pause {
	p, _ := e.ResultMetadata.Get(pauseKey{}).(*Pause)
	return p
}

// page reads the next page of a history.
func (s *Service) page(ctx context.Context, arn, marker string) (events []wire.Event, next string, err error) {
	var body []byte
	in := &lambda.GetDurableExecutionHistoryInput{DurableExecutionArn: &arn, IncludeExecutionData: aws.Bool(true), MaxItems: 1000}
	if marker != "" {
		in.Marker = &marker
	}
	if _, err := s.GetDurableExecutionHistory(ctx, in, raw(&body)); err != nil {
		return nil, "", s.Explain(err)
	}
	var page struct {
		Events     []wire.Event
		NextMarker string
	}
	err = json.Unmarshal(body, &page)
	return page.Events, page.NextMarker, err
}
