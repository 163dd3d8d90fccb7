package remote

import (
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
	address := strings.TrimSuffix(s.endpoint, "/") + "/2025-12-01/durable-executions/" + url.PathEscape(arn) + "/undo"
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, nil)
	if err != nil {
		return "", false, err
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", false, s.Explain(err)
	}
	defer response.Body.Close()
	var out struct {
		engine.UndoOutput
		Message string `json:"message"`
	}
	if err := json.NewDecoder(response.Body).Decode(&out); err != nil {
		return "", false, fmt.Errorf("%s: the answer (%s) can't be read: %w", s.where, response.Status, err)
	}
	if response.StatusCode != http.StatusOK {
		return "", false, errors.New(out.Message)
	}
	return out.DurableExecutionArn, out.Existed, nil
}
