package durable

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// rehearsalRequest is a line that a tool gives to `bootstrap -rehearse`. The line that it
// gets for it is a [Rehearsal].
type rehearsalRequest struct {
	Function string          `json:"function"`
	Input    json.RawMessage `json:"input"` // the event of an invocation
}

// rehearseAll answers requests, a line each, until there are no more.
func rehearseAll(functions []*Function, in io.Reader, out io.Writer) error {
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			answer, failure := rehearseLine(functions, line)
			if failure != nil {
				return failure
			}
			if err := json.NewEncoder(out).Encode(answer); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

func rehearseLine(functions []*Function, line []byte) (*Rehearsal, error) {
	var request rehearsalRequest
	if err := json.Unmarshal(line, &request); err != nil {
		return nil, fmt.Errorf("durable: this is no request for a rehearsal: %w", err)
	}
	f := functionNamed(functions, request.Function)
	if f == nil {
		return &Rehearsal{Lost: fmt.Sprintf("there is no workflow %q", request.Function)}, nil
	}
	event, err := decodeEvent(request.Input)
	if err != nil {
		return nil, err
	}
	return f.Rehearse(context.Background(), event), nil
}

func functionNamed(functions []*Function, name string) *Function {
	for _, f := range functions {
		if f.def.Name == name {
			return f
		}
	}
	return nil
}
