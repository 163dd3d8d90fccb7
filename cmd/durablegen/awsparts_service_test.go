package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/answers"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/gobuild"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/local"
)

// awsParts are the programs of AWS, by their paths.
type awsParts struct{ rie, runner string }

// findAWSParts skips the test where they are not at hand.
func findAWSParts(t *testing.T) awsParts {
	t.Helper()
	if testing.Short() {
		t.Skip("builds and runs the examples")
	}
	parts := awsParts{rie: os.Getenv("DURABLEGEN_RIE"), runner: filepath.Join(filepath.Dir(os.Getenv("DURABLEGEN_PYTHON")), "dex-local-runner")}
	if parts.rie == "" {
		t.Skip("DURABLEGEN_RIE names no Runtime Interface Emulator of AWS")
	}
	if _, err := os.Stat(parts.runner); os.Getenv("DURABLEGEN_PYTHON") == "" || err != nil {
		t.Skip("DURABLEGEN_PYTHON names no Python with aws-durable-execution-sdk-python-testing")
	}
	return parts
}

// awsService is AWS's emulator of the durable API, with functions on AWS's Runtime Interface Emulator.
type awsService struct {
	awsParts
	url    string
	api    *lambda.Client
	work   string // where the functions' processes live
	said   answers.Answers
	routes sync.Map // function name → http.Handler

	mu  sync.Mutex
	log strings.Builder // what the programs say
}

// startAWSParts starts the service without functions, and tells it which of them may be invoked
// by others. All ends with the test.
func startAWSParts(t *testing.T, parts awsParts, invoked ...string) *awsService {
	t.Helper()
	s := &awsService{awsParts: parts, work: t.TempDir()}
	t.Cleanup(func() { // after the programs have ended
		s.mu.Lock()
		defer s.mu.Unlock()
		if t.Failed() {
			t.Log(s.log.String())
		}
	})
	// The service invokes functions by name; each of AWS's emulators has one, of the name `function`.
	router := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.Split(strings.TrimPrefix(r.URL.Path, "/2015-03-31/functions/"), "/")[0]
		name, _, _ = strings.Cut(name, ":")
		if route, ok := s.routes.Load(name); ok {
			route.(http.Handler).ServeHTTP(w, r)
			return
		}
		http.NotFound(w, r)
	}))
	t.Cleanup(router.Close)
	configs := map[string]any{}
	for _, name := range invoked {
		configs[name] = map[string]any{"DurableConfig": map[string]int{"ExecutionTimeout": 86400, "RetentionPeriodInDays": 1}}
	}
	known, err := json.Marshal(configs)
	if err != nil {
		t.Fatal(err)
	}
	runner := s.start(t, "dex-local-runner", `unset AWS_PROFILE; exec "$0" start-server --host 127.0.0.1 --port "${ADDR##*:}" --local-runner-endpoint "http://$ADDR" `+
		`--local-runner-region us-east-1 --lambda-endpoint "$1" --function-configs "$2" --skip-time --log-level WARNING`,
		local.ClientEnv(router.URL), parts.runner, router.URL, string(known))
	s.url = "http://" + runner.Address
	s.api = lambda.New(lambda.Options{
		BaseEndpoint: &s.url,
		Region:       "us-east-1",
		Credentials:  credentials.NewStaticCredentialsProvider("local", "local", ""),
	})
	s.awaitHealth(t)
	return s
}

// awaitHealth waits until the service answers: Python is slow to start on a busy machine.
func (s *awsService) awaitHealth(t *testing.T) {
	t.Helper()
	tick, deadline := time.NewTicker(50*time.Millisecond), time.NewTimer(time.Minute)
	defer tick.Stop()
	defer deadline.Stop()
	for {
		answer, err := http.Get(s.url + "/health")
		if err == nil {
			answer.Body.Close()
			return
		}
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("the service does not answer: %v", err)
		}
	}
}

// start runs a shell command as a program that listens on $ADDR.
func (s *awsService) start(t *testing.T, name, command string, env []string, args ...string) *local.Program {
	t.Helper()
	p, err := local.StartProgram(t.Context(), name, "/bin/sh", append([]string{"-c", command}, args...), env, s.work, func(line string) {
		s.mu.Lock()
		defer s.mu.Unlock()
		fmt.Fprintf(&s.log, "%s: %s\n", name, line)
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// serve runs a workflow as the function of its name, on an emulator of its own.
func (s *awsService) serve(t *testing.T, function, binary string, env []string) {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	runtimeAPI := free.Addr().String()
	free.Close()
	env = slices.Concat(local.ClientEnv(s.url), env, []string{"_HANDLER=" + function, "AWS_LAMBDA_FUNCTION_NAME=" + function})
	rie := s.start(t, function, `exec "$0" --log-level warn --runtime-interface-emulator-address "$ADDR" --runtime-api-address "$1" "$2"`,
		env, s.rie, runtimeAPI, binary)
	target := &url.URL{Scheme: "http", Host: rie.Address, Path: "/2015-03-31/functions/function/invocations"}
	s.routes.Store(function, &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.Out.URL = target }})
}

// startPrograms starts those that the answers name; it gives the variables that tell where they are.
func (s *awsService) startPrograms(t *testing.T, dir string, said []byte) (env []string) {
	t.Helper()
	parsed, problems := answers.Parse(said, nil)
	if problems != nil {
		t.Fatal(problems)
	}
	s.said = *parsed
	for _, p := range parsed.Programs {
		program := s.start(t, p.Name, `exec "$0" "$@"`, append(local.ClientEnv(s.url), p.Env...), append([]string{build(t, dir, p.Package)}, p.Args...)...)
		env = append(env, p.EnvName()+"=http://"+program.Address)
	}
	return env
}

// execute starts an execution, answers what it asks, and waits for its end.
func (s *awsService) execute(t *testing.T, function, input string) *lambda.GetDurableExecutionOutput {
	t.Helper()
	out := s.executeWithin(t, function, input, 2*time.Minute)
	if out == nil {
		t.Fatal("it does not end")
	}
	return out
}

// executeWithin is execute; nil if it did not end in time.
func (s *awsService) executeWithin(t *testing.T, function, input string, patience time.Duration) *lambda.GetDurableExecutionOutput {
	t.Helper()
	ctx := t.Context()
	enough := time.NewTimer(patience)
	defer enough.Stop()
	arn := s.begin(ctx, t, function, input)
	answered := map[string]bool{}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		out, err := s.api.GetDurableExecution(ctx, &lambda.GetDurableExecutionInput{DurableExecutionArn: &arn})
		if err != nil {
			t.Fatal(err)
		}
		if out.Status != types.ExecutionStatusRunning {
			return out
		}
		s.answer(ctx, t, arn, answered)
		select {
		case <-tick.C:
		case <-enough.C:
			return nil
		}
	}
}

func (s *awsService) begin(ctx context.Context, t *testing.T, function, input string) (arn string) {
	t.Helper()
	body, err := json.Marshal(map[string]any{
		"AccountId": "123456789012", "FunctionName": function, "FunctionQualifier": "$LATEST", "ExecutionName": "one",
		"ExecutionTimeoutSeconds": 86400, "ExecutionRetentionPeriodDays": 1, "Input": input,
	})
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+"/start-durable-execution", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var started struct{ ExecutionArn string }
	if err := json.NewDecoder(answer.Body).Decode(&started); err != nil || started.ExecutionArn == "" {
		t.Fatalf("%s: no execution was started: %v", answer.Status, err)
	}
	return started.ExecutionArn
}

// historyAt starts an execution, waits until its history has an event of a kind, and gives what
// the service tells of it then, as the AWS CLI prints it.
func (s *awsService) historyAt(t *testing.T, function, input, kind string) []byte {
	t.Helper()
	arn := s.begin(t.Context(), t, function, input)
	tick, enough := time.NewTicker(50*time.Millisecond), time.NewTimer(time.Minute)
	defer tick.Stop()
	defer enough.Stop()
	for {
		answer, err := http.Get(s.url + "/2025-12-01/durable-executions/" + url.PathEscape(arn) + "/history?IncludeExecutionData=true")
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Fatalf("%s %v: %s", answer.Status, err, text)
		}
		if bytes.Contains(text, []byte(`"`+kind+`"`)) {
			return text
		}
		select {
		case <-tick.C:
		case <-enough.C:
			t.Fatalf("no %s: %s", kind, text)
		}
	}
}

// answer completes the callbacks that are open and that have a result in the answers.
func (s *awsService) answer(ctx context.Context, t *testing.T, arn string, answered map[string]bool) {
	t.Helper()
	include, names := true, map[string]string{} // of operations, by ID
	pages := lambda.NewGetDurableExecutionHistoryPaginator(s.api, &lambda.GetDurableExecutionHistoryInput{DurableExecutionArn: &arn, IncludeExecutionData: &include})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Events {
			names[aws.ToString(e.Id)] = aws.ToString(e.Name)
			details := e.CallbackStartedDetails
			if details == nil || answered[*details.CallbackId] {
				continue
			}
			answered[*details.CallbackId] = true
			answer, ok := s.said.For(0, aws.ToString(e.Name), names[aws.ToString(e.ParentId)])
			if !ok || answer.Silent || answer.Program != "" {
				continue
			}
			_, err := s.api.SendDurableExecutionCallbackSuccess(ctx, &lambda.SendDurableExecutionCallbackSuccessInput{
				CallbackId: details.CallbackId, Result: []byte(aws.ToString(answer.Result)),
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

// complaintOf gives the error with which an execution ended, if it did.
func complaintOf(end *lambda.GetDurableExecutionOutput) string {
	if end.Error == nil {
		return ""
	}
	return aws.ToString(end.Error.ErrorType) + ": " + aws.ToString(end.Error.ErrorMessage)
}

// build builds a program as it is deployed.
func build(t *testing.T, dir, pkg string) (binary string) {
	t.Helper()
	binary = filepath.Join(t.TempDir(), filepath.Base(pkg))
	if err := gobuild.Build(t.Context(), dir, pkg, binary); err != nil {
		t.Fatal(err)
	}
	return binary
}

// chance is what differs from run to run: moments, and the ports that were free.
var chance = regexp.MustCompile(`"\d{4}-\d\d-\d\dT[^"]*"|127\.0\.0\.1:\d+`)

// decoded reads a result, with all that is chance made the same.
func decoded(t *testing.T, text string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(chance.ReplaceAllStringFunc(text, func(part string) string {
		if strings.HasPrefix(part, `"`) {
			return `"a moment"`
		}
		return "an address"
	})), &v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return v
}
