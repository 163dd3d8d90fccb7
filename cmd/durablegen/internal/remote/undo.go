package remote

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/durablegen/durablegen/runtime/engine"
)

// Undo undoes an execution that has ended without its undos, and gives the ARN of the execution that does
// so; existed says that it had been started before. Only the service of `durablegen dev` can do that.
func (s *Service) Undo(ctx context.Context, arn string) (undoing string, existed bool, err error) {
	if s.endpoint == "" {
		return "", false, errors.New("AWS can't run the undos of an execution that has ended; `durablegen history` tells what it had done, and what is left to be undone by hand")
	}
	var out engine.UndoOutput
	err = s.post(ctx, arn, "undo", nil, &out)
	return out.DurableExecutionArn, out.Existed, err
}

// Rerun runs an execution that has ended again from an operation on: see [engine.Engine.Rerun]. Only the
// service of `durablegen dev` can do that.
func (s *Service) Rerun(ctx context.Context, arn string, in engine.RerunInput) (*engine.RerunOutput, error) {
	if s.endpoint == "" {
		return nil, errors.New("AWS can't run an execution again from an operation on; without --from it runs again from its input")
	}
	out := new(engine.RerunOutput)
	return out, s.post(ctx, arn, "rerun", in, out)
}

// post asks the service of `durablegen dev` for something that AWS's API does not have. in is the body;
// nil: there is none.
func (s *Service) post(ctx context.Context, arn, action string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
	}
	address := strings.TrimSuffix(s.endpoint, "/") + "/2025-12-01/durable-executions/" + url.PathEscape(arn) + "/" + action
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return s.Explain(err)
	}
	defer response.Body.Close()
	var answer json.RawMessage
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return fmt.Errorf("%s: the answer (%s) can't be read: %w", s.where, response.Status, err)
	}
	if response.StatusCode == http.StatusOK {
		return json.Unmarshal(answer, out)
	}
	var no struct {
		Message string `json:"message"`
	}
	_ = json.Unmarshal(answer, &no)
	if no.Message == "" {
		no.Message = response.Status
	}
	return errors.New(no.Message)
}
