package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.yaml.in/yaml/v3"
)

// gitHub stands in for its API: the comments of one pull request.
type gitHub struct {
	*httptest.Server
	mu        sync.Mutex // of all below; the test holds it except while the script runs
	comments  []map[string]any
	calls     []string          // method and path of what was changed
	refuse    map[string]int    // status of a method
	lastToken string            // of the last call
	bodies    map[string]string // that were written, by URL
}

func newGitHub(t *testing.T) *gitHub {
	g := &gitHub{refuse: map[string]int{}, bodies: map[string]string{}}
	g.mu.Lock()
	g.Server = httptest.NewServer(g)
	t.Cleanup(g.Close)
	return g
}

func (g *gitHub) add(body any) string {
	url := fmt.Sprintf("%s/repos/o/r/issues/comments/%d", g.URL, len(g.comments)+1)
	g.comments = append(g.comments, map[string]any{"url": url, "html_url": url + "/html", "body": body})
	return url
}

func (g *gitHub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.lastToken = r.Header.Get("Authorization")
	answer := func(status int, value any) {
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(value)
	}
	if status := g.refuse[r.Method]; status != 0 {
		answer(status, map[string]string{"message": "Resource not accessible by integration"})
		return
	}
	var sent struct{ Body string }
	text, _ := io.ReadAll(r.Body)
	_ = json.Unmarshal(text, &sent)
	switch {
	case r.Method == "GET" && r.URL.Path == "/repos/o/r/issues/7/comments":
		var page, size int
		_, _ = fmt.Sscan(r.URL.Query().Get("page"), &page)
		_, _ = fmt.Sscan(r.URL.Query().Get("per_page"), &size)
		answer(200, g.comments[min((page-1)*size, len(g.comments)):min(page*size, len(g.comments))])
	case r.Method == "POST" && r.URL.Path == "/repos/o/r/issues/7/comments":
		g.calls = append(g.calls, "POST")
		url := g.add(sent.Body)
		g.bodies[url] = sent.Body
		answer(201, g.comments[len(g.comments)-1])
	case r.Method == "PATCH":
		url := g.URL + r.URL.Path
		i := slices.IndexFunc(g.comments, func(c map[string]any) bool { return c["url"] == url })
		if i < 0 {
			answer(404, map[string]string{"message": "Not Found"})
			return
		}
		g.calls = append(g.calls, "PATCH "+url[strings.LastIndex(url, "/")+1:])
		g.comments[i]["body"] = sent.Body
		g.bodies[url] = sent.Body
		answer(200, g.comments[i])
	default:
		answer(404, map[string]string{"message": "Not Found"})
	}
}

const reviewedFlow = `flow 1

package shop

step charge(order string) string  idempotent
step book(order string) string    idempotent

workflow fulfil(order string) string {
    id := step charge(order) as "pay"
    return id
}
`

// action is a repository with a change, and the script of the action at work on it.
type action struct {
	github          *gitHub
	dir             string
	env             []string
	summary, output string // files
}

func newAction(t *testing.T, g *gitHub, event string) *action {
	t.Helper()
	a := &action{github: g, dir: t.TempDir()}
	files := t.TempDir()
	a.summary, a.output = filepath.Join(files, "summary"), filepath.Join(files, "output")
	a.write(t, "shop/shop.flow", reviewedFlow)
	a.git(t, "init", "-q", "-b", "main")
	a.run(t, "durablegen", "generate", "./...")
	a.git(t, "add", ".")
	a.git(t, "commit", "-q", "-m", "base")
	path := filepath.Join(files, "event.json")
	text := strings.ReplaceAll(event, "BASE", strings.TrimSpace(a.git(t, "rev-parse", "HEAD")))
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	a.env = append(os.Environ(), "DURABLEGEN_COMMAND=durablegen", "DURABLEGEN_TOKEN=secret", "GITHUB_API_URL="+g.URL,
		"GITHUB_REPOSITORY=o/r", "GITHUB_EVENT_PATH="+path, "GITHUB_STEP_SUMMARY="+a.summary, "GITHUB_OUTPUT="+a.output)
	return a
}

const pullRequest = `{"pull_request": {"number": 7, "base": {"sha": "BASE"}}}`

func (a *action) write(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join(a.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// edit changes the workflow so that executions break, with all that is generated.
func (a *action) edit(t *testing.T) {
	t.Helper()
	a.write(t, "shop/shop.flow", strings.Replace(reviewedFlow, "step charge(order) as", "step book(order) as", 1))
	a.run(t, "durablegen", "generate", "./...")
}

func (a *action) git(t *testing.T, args ...string) string {
	t.Helper()
	return a.run(t, "git", append([]string{"-c", "user.email=a@example.com", "-c", "user.name=A"}, args...)...)
}

func (a *action) run(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = a.dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return string(out)
}

// review runs the script, and gives its exit status, what it printed, and the files that it
// leaves to the runner.
func (a *action) review(t *testing.T, env ...string) (status int, log, summary, output string) {
	t.Helper()
	script, err := filepath.Abs("../../action/review.sh")
	if err != nil {
		t.Fatal(err)
	}
	_ = os.Remove(a.summary)
	_ = os.Remove(a.output)
	cmd := exec.Command("bash", script)
	cmd.Dir, cmd.Env = a.dir, append(slices.Clone(a.env), env...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	a.github.mu.Unlock()
	_ = cmd.Run()
	a.github.mu.Lock()
	said, _ := os.ReadFile(a.summary)
	gave, _ := os.ReadFile(a.output)
	return cmd.ProcessState.ExitCode(), out.String(), string(said), string(gave)
}

func needsTools(t *testing.T) {
	t.Helper()
	for _, tool := range []string{"bash", "git", "jq", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("the action needs %s", tool)
		}
	}
}

func TestActionComments(t *testing.T) {
	needsTools(t)
	g := newGitHub(t)
	a := newAction(t, g, pullRequest)

	// Nothing has changed, and there is nothing to correct: no comment.
	status, log, summary, output := a.review(t)
	if status != 0 || len(g.calls) > 0 || !strings.Contains(summary, "no workflow has changed") || !strings.Contains(output, "verdict=goes-on\n") {
		t.Fatalf("unchanged: status %d, calls %v, output %q\n%s", status, g.calls, output, log)
	}

	// The first comment stands beside those of others.
	g.add("a comment of somebody")
	g.add(nil)
	g.add("<!-- durablegen review other -->\nof another job")
	a.edit(t)
	status, log, summary, output = a.review(t)
	url := g.URL + "/repos/o/r/issues/comments/4"
	if status != 1 || !slices.Equal(g.calls, []string{"POST"}) || output != "verdict=breaks\ncomment-url="+url+"/html\n" {
		t.Fatalf("first: status %d, calls %v, output %q\n%s", status, g.calls, output, log)
	}
	body := g.bodies[url]
	for _, want := range []string{"<!-- durablegen review -->\n## durablegen: executions break\n", "```mermaid\n",
		"Checks: ✓ `check --format github` · ✓ `fmt --check` · ✓ `generate --check` · ✓ `vet --format github`\n"} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q in\n%s", want, body)
		}
	}
	if body != summary {
		t.Errorf("the summary is another one:\n%s", summary)
	}
	if g.lastToken != "Bearer secret" || strings.Contains(log, "secret") {
		t.Errorf("the token is %q", g.lastToken)
	}

	// The next run finds it again, on whichever page it stands.
	comment := g.comments[3]
	g.comments = g.comments[:3]
	for len(g.comments) < 230 {
		g.add("another comment")
	}
	comment["url"] = fmt.Sprintf("%s/repos/o/r/issues/comments/%d", g.URL, 9000)
	comment["body"] = strings.ReplaceAll(body, "\n", "\r\n") // as GitHub may give it back
	g.comments = append(g.comments, comment)
	g.calls = nil
	if status, log, _, _ = a.review(t, "DURABLEGEN_FAIL_ON=never"); status != 0 || !slices.Equal(g.calls, []string{"PATCH 9000"}) {
		t.Fatalf("next: status %d, calls %v\n%s", status, g.calls, log)
	}

	// What is taken back is corrected.
	a.git(t, "checkout", "-q", ".")
	g.calls = nil
	if status, log, _, _ = a.review(t); status != 0 || !slices.Equal(g.calls, []string{"PATCH 9000"}) || !strings.Contains(comment["body"].(string), "no workflow has changed") {
		t.Fatalf("taken back: status %d, calls %v\n%s", status, g.calls, log)
	}

	// Another job has a comment of its own; a comment that is not ours to change gets a successor.
	a.edit(t)
	g.calls = nil
	if status, log, _, _ = a.review(t, "DURABLEGEN_NAME=other"); status != 1 || !slices.Equal(g.calls, []string{"PATCH 3"}) {
		t.Fatalf("name: status %d, calls %v\n%s", status, g.calls, log)
	}
	g.calls, g.refuse["PATCH"] = nil, 403
	if status, log, _, _ = a.review(t); status != 1 || !slices.Equal(g.calls, []string{"POST"}) {
		t.Fatalf("not ours: status %d, calls %v\n%s", status, g.calls, log)
	}

	g.calls = nil
	if status, log, summary, _ = a.review(t, "DURABLEGEN_COMMENT=false"); status != 1 || len(g.calls) > 0 || summary == "" {
		t.Fatalf("no comment wanted: status %d, calls %v\n%s", status, g.calls, log)
	}
}

// Where no comment can be written, the summary has it, and the job ends as it would.
func TestActionWithoutComment(t *testing.T) {
	needsTools(t)
	g := newGitHub(t)
	a := newAction(t, g, pullRequest)
	a.edit(t)
	warned := func(what string, want string, env ...string) {
		t.Helper()
		status, log, summary, output := a.review(t, env...)
		if status != 1 || len(g.calls) > 0 || strings.Contains(output, "comment-url") || !strings.Contains(summary, "## durablegen: executions break") {
			t.Errorf("%s: status %d, calls %v, output %q, summary %q", what, status, g.calls, output, summary)
		}
		if !regexp.MustCompile(`(?m)^::warning title=durablegen::the comment can't be written, so the summary of this job alone has it: ` + want).MatchString(log) {
			t.Errorf("%s: no warning in\n%s", what, log)
		}
	}
	g.refuse["POST"] = 403
	warned("fork", `status 403: Resource not accessible by integration\. A pull request from a fork`)
	g.refuse["GET"] = 401
	warned("no token", "status 401: Resource")
	closed := httptest.NewServer(nil)
	closed.Close()
	warned("no network", "curl: .*onnect", "GITHUB_API_URL="+closed.URL)

	// No pull request: what was there before the push is compared with, if there was anything.
	g.refuse = map[string]int{}
	push := newAction(t, g, `{"before": "BASE"}`)
	push.edit(t)
	if status, log, summary, _ := push.review(t); status != 1 || len(g.calls) > 0 || !strings.Contains(summary, "executions break") {
		t.Errorf("push: status %d, calls %v\n%s", status, g.calls, log)
	}
	first := newAction(t, g, `{"before": "0000000000000000000000000000000000000000"}`)
	if status, log, summary, _ := first.review(t); status != 0 || !strings.HasPrefix(summary, "Checks: ✓ ") {
		t.Errorf("first push: status %d, summary %q\n%s", status, summary, log)
	}
}

// A check that fails is told in the log, in the comment, and by the exit status.
func TestActionChecks(t *testing.T) {
	needsTools(t)
	g := newGitHub(t)
	a := newAction(t, g, pullRequest)
	a.write(t, "shop/shop.flow", reviewedFlow+"\n\n\n")
	status, log, summary, _ := a.review(t)
	if status != 1 || !slices.Equal(g.calls, []string{"POST"}) || !strings.Contains(summary, "no workflow has changed") || !strings.Contains(summary, "✗ `fmt --check`") {
		t.Errorf("status %d, calls %v, summary %s\n%s", status, g.calls, summary, log)
	}
	if !strings.Contains(log, "::error title=durablegen fmt::`durablegen fmt --check` fails") || !strings.Contains(log, "shop/shop.flow") {
		t.Errorf("the log does not say it:\n%s", log)
	}
	a.write(t, "shop/shop.flow", strings.Replace(reviewedFlow, "return id", "return 1", 1))
	status, log, summary, output := a.review(t)
	if status != 1 || !strings.Contains(log, "::error file=shop/shop.flow,line=10") || !strings.Contains(output, "verdict=unknown") || !strings.Contains(summary, "can't be compared") {
		t.Errorf("status %d, output %q, summary %s\n%s", status, output, summary, log)
	}
	if status, log, _, _ := a.review(t, "DURABLEGEN_FAIL_ON=sometimes"); status != 2 || !strings.Contains(log, "must be breaks or never") {
		t.Errorf("status %d\n%s", status, log)
	}
	if status, log, _, _ := a.review(t, "DURABLEGEN_COMMAND=no-such-command"); status != 2 || !strings.Contains(log, "needs `no-such-command`") {
		t.Errorf("status %d\n%s", status, log)
	}
}

// A clone that holds one commit has the base fetched: by its commit, or by the name of a branch.
func TestActionFetchesTheBase(t *testing.T) {
	needsTools(t)
	g := newGitHub(t)
	a := newAction(t, g, pullRequest)
	a.git(t, "config", "uploadpack.allowAnySHA1InWant", "true")
	a.git(t, "branch", "release")
	a.edit(t)
	a.git(t, "commit", "-q", "-a", "-m", "edit")
	origin := a.dir
	for _, base := range []string{"", "release"} {
		a.dir = filepath.Join(t.TempDir(), "clone")
		if out, err := exec.Command("git", "clone", "-q", "--depth", "1", "file://"+origin, a.dir).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		status, log, summary, _ := a.review(t, "DURABLEGEN_BASE="+base)
		if status != 1 || !strings.Contains(summary, "executions break") {
			t.Errorf("base %q: status %d, summary %s\n%s", base, status, summary, log)
		}
	}
	status, log, _, _ := a.review(t, "DURABLEGEN_BASE=nowhere")
	if status != 2 || !strings.Contains(log, "::warning title=durablegen::the base `nowhere` can't be fetched: ") || !strings.Contains(log, "git knows no revision") {
		t.Errorf("status %d\n%s", status, log)
	}
}

// The action, its script and its documentation name the same inputs.
func TestActionInputs(t *testing.T) {
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join("../..", name))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	var spec struct {
		Inputs  map[string]struct{ Description, Default string }
		Outputs map[string]struct{ Description, Value string }
		Runs    struct {
			Using string
			Steps []struct {
				Run string
				Env map[string]string
			}
		}
	}
	if err := yaml.Unmarshal([]byte(read("action.yml")), &spec); err != nil {
		t.Fatal(err)
	}
	if spec.Runs.Using != "composite" || len(spec.Runs.Steps) != 1 || strings.Contains(spec.Runs.Steps[0].Run, "${{") {
		t.Fatalf("%+v", spec.Runs)
	}
	script, page := read("action/review.sh"), read("docs/changing.md")
	for name, input := range spec.Inputs {
		variable := "DURABLEGEN_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
		if name != "working-directory" && (spec.Runs.Steps[0].Env[variable] != "${{ inputs."+name+" }}" || !strings.Contains(script, "${"+variable)) {
			t.Errorf("%s: the script does not get it as %s", name, variable)
		}
		want := fmt.Sprintf("| `%s` | %s | %s |", name, code(input.Default), strings.TrimSuffix(input.Description, "."))
		if !strings.Contains(page, want) {
			t.Errorf("docs/changing.md lacks\n%s", want)
		}
	}
	for name, output := range spec.Outputs {
		if output.Value != "${{ steps.review.outputs."+name+" }}" || !strings.Contains(script, "output "+name+" ") {
			t.Errorf("the script does not give %s", name)
		}
		if !strings.Contains(page, "`"+name+"`") {
			t.Errorf("docs/changing.md lacks the output %s", name)
		}
	}
	for _, m := range regexp.MustCompile(`\$\{?(DURABLEGEN_[A-Z_]+)`).FindAllStringSubmatch(script, -1) {
		if _, ok := spec.Runs.Steps[0].Env[m[1]]; !ok {
			t.Errorf("nobody sets %s", m[1])
		}
	}
}

// code is a default as the page shows it.
func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + s + "`"
}
