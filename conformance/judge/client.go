package judge

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// service speaks the Lambda API.
type service struct {
	endpoint string
	http     *http.Client
}

// apiError is a refusal by the service.
type apiError struct {
	status     int
	name, text string
}

func (e *apiError) Error() string { return fmt.Sprintf("%d %s: %s", e.status, e.name, e.text) }

// label encodes a path segment in full, as AWS's clients do.
func label(s string) string {
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
}

func (s *service) do(ctx context.Context, method, path string, header http.Header, body []byte) (*http.Response, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, s.endpoint+path, bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	for k, v := range header {
		req.Header[k] = v
	}
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=judge/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=0")
	resp, err := s.http.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, nil, err
	}
	if resp.StatusCode/100 != 2 {
		return resp, text, &apiError{resp.StatusCode, resp.Header.Get("X-Amzn-ErrorType"), string(text)}
	}
	return resp, text, nil
}

// call does a request and decodes the JSON answer, if there is one.
func (s *service) call(ctx context.Context, method, path string, body []byte) (map[string]any, error) {
	_, text, err := s.do(ctx, method, path, nil, body)
	if err != nil || len(text) == 0 {
		return nil, err
	}
	v, err := decode(text)
	if err != nil {
		return nil, fmt.Errorf("%s %s answered no JSON: %w", method, path, err)
	}
	out, _ := v.(map[string]any)
	return out, nil
}

// invoke starts an execution and, unless async, waits for its end. body is what
// a caller who waits gets.
func (s *service) invoke(ctx context.Context, function, name string, input []byte, async bool) (arn string, body []byte, err error) {
	kind := "RequestResponse"
	if async {
		kind = "Event"
	}
	resp, body, err := s.do(ctx, "POST", "/2015-03-31/functions/"+label(function)+"/invocations?Qualifier="+label("$LATEST"), http.Header{
		"Content-Type":                 {"application/json"},
		"X-Amz-Invocation-Type":        {kind},
		"X-Amz-Durable-Execution-Name": {name},
	}, input)
	if err != nil {
		return "", nil, err
	}
	arn = resp.Header.Get("X-Amz-Durable-Execution-Arn")
	if arn == "" {
		return "", nil, fmt.Errorf("the answer carries no ARN")
	}
	return arn, body, nil
}

func executionPath(arn string) string { return "/2025-12-01/durable-executions/" + label(arn) }

func (s *service) execution(ctx context.Context, arn string) (map[string]any, error) {
	return s.call(ctx, "GET", executionPath(arn)+"?IncludeExecutionData=true", nil)
}

// history reads all pages.
func (s *service) history(ctx context.Context, arn string) ([]Event, error) {
	var events []Event
	query := "?IncludeExecutionData=true"
	for marker := ""; ; {
		page := query
		if marker != "" {
			page += "&Marker=" + label(marker)
		}
		answer, err := s.call(ctx, "GET", executionPath(arn)+"/history"+page, nil)
		if err != nil {
			return nil, err
		}
		list, _ := answer["Events"].([]any)
		for _, v := range list {
			e, ok := v.(map[string]any)
			if !ok {
				return nil, fmt.Errorf("the history holds %s", plain(v))
			}
			events = append(events, e)
		}
		next, _ := answer["NextMarker"].(string)
		if next == "" {
			return events, nil
		}
		if next == marker || len(list) == 0 {
			return nil, fmt.Errorf("the history's pages do not end")
		}
		marker = next
	}
}

func (s *service) stop(ctx context.Context, arn string) error {
	_, err := s.call(ctx, "POST", executionPath(arn)+"/stop", []byte(`{"ErrorType":"Judged","ErrorMessage":"the requirement has been judged"}`))
	return err
}

// answer does one action with a callback.
func (s *service) answer(ctx context.Context, callbackID string, a CallbackAction, vars Variables) error {
	verb := map[string]string{"success": "succeed", "failure": "fail", "heartbeat": "heartbeat"}[a.Operation]
	var body []byte
	switch {
	case a.Operation == "heartbeat":
	case a.HasPayload:
		body = pythonJSON(vars.Fill(a.Payload))
	case a.Operation == "failure":
		body = []byte("{}") // an error about which nothing is known
	}
	_, err := s.call(ctx, "POST", "/2025-12-01/durable-execution-callbacks/"+label(callbackID)+"/"+verb, body)
	return err
}

// pythonJSON is JSON as Python writes it: blanks after colons and commas, ASCII
// only.
func pythonJSON(v any) []byte {
	var b bytes.Buffer
	writePython(&b, v)
	return b.Bytes()
}

func writePython(b *bytes.Buffer, v any) {
	switch v := v.(type) {
	case []any:
		b.WriteByte('[')
		for i, item := range v {
			if i > 0 {
				b.WriteString(", ")
			}
			writePython(b, item)
		}
		b.WriteByte(']')
	case map[string]any:
		keys := make([]string, 0, len(v))
		for k := range v {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		b.WriteByte('{')
		for i, k := range keys {
			if i > 0 {
				b.WriteString(", ")
			}
			writePython(b, k)
			b.WriteString(": ")
			writePython(b, v[k])
		}
		b.WriteByte('}')
	default:
		for _, r := range asJSON(v) {
			if r < utf8.RuneSelf {
				b.WriteRune(r)
				continue
			}
			for _, unit := range utf16.AppendRune(nil, r) {
				fmt.Fprintf(b, `\u%04x`, unit)
			}
		}
	}
}
