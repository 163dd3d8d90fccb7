package console

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/browsertest"
	"github.com/durablegen/durablegen/runtime/engine"
	"github.com/durablegen/durablegen/runtime/engine/process"
	"github.com/durablegen/durablegen/runtime/wire"
)

// elsewhere is a page that tries all that a browser lets a page of another origin do. Its
// function gives what could be read.
const elsewhere = `<!doctype html><title>elsewhere</title><body><script>
const within = (promise) => Promise.race([promise, new Promise((done) => setTimeout(done, 2000))]);
async function attack(origin, reads, writes) {
	const got = [];
	const tries = [];
	const attempt = (name, f) => tries.push(within(f().then((what) => { if (what) got.push(name + ": " + what); }, () => {})));
	const loads = (tag, url) => () => new Promise((done) => {
		const e = document.createElement(tag);
		e.onload = () => done(tag == "iframe" ? frame(e) : "loaded");
		e.onerror = () => done();
		e.src = url;
		document.body.append(e);
	});
	const frame = (e) => { try { return e.contentDocument && e.contentDocument.body.innerText; } catch { return ""; } };
	for (const path of reads) {
		const url = origin + path;
		attempt("cors", async () => (await fetch(url)).text());
		attempt("no-cors", async () => (await fetch(url, {mode: "no-cors"})).text());
		attempt("credentials", async () => (await fetch(url, {credentials: "include"})).text());
		attempt("image", loads("img", url));
		attempt("script", loads("script", url));
		attempt("frame", loads("iframe", url));
		attempt("events", () => new Promise((done) => { const s = new EventSource(url); s.onopen = () => done("open"); s.onerror = () => { s.close(); done(); }; }));
		attempt("socket", () => new Promise((done) => { const s = new WebSocket(url.replace("http", "ws")); s.onopen = () => done("open"); s.onerror = () => done(); }));
	}
	for (const [path, body] of writes) {
		const url = origin + path;
		attempt("post", async () => (await fetch(url, {method: "POST", body})).text());
		attempt("post no-cors", async () => (await fetch(url, {method: "POST", body, mode: "no-cors"})).text());
		attempt("post json", async () => (await fetch(url, {method: "POST", body, headers: {"Content-Type": "application/json", "X-Amz-Invocation-Type": "Event"}})).text());
		attempt("post at the end", async () => (await fetch(url, {method: "POST", body, mode: "no-cors", keepalive: true})).text());
		attempt("put", async () => (await fetch(url, {method: "PUT", body})).text());
		navigator.sendBeacon(url, body);
		navigator.sendBeacon(url, new Blob([body], {type: "text/plain"}));
		attempt("form", () => new Promise((done) => {
			const frame = document.createElement("iframe");
			const form = document.createElement("form");
			const field = document.createElement("input");
			frame.name = form.target = "f" + Math.random();
			form.method = "post"; form.enctype = "text/plain"; form.action = url;
			field.name = body.slice(0, -1) + ',"x'; field.value = '":1}';
			form.append(field);
			document.body.append(frame, form);
			frame.onload = () => done();
			form.submit();
		}));
	}
	await Promise.all(tries);
	return got.join("; ");
}
</script>`

// TestPagesFromElsewhere: what a page of another origin, or a file, makes a browser send
// to the Lambda API and to a function's Runtime API starts nothing, is not answered with
// anything to read, and neither takes nor answers an event.
func TestPagesFromElsewhere(t *testing.T) {
	ctx := browsertest.Start(t)
	f := serve(t)
	api, seen := watched(t, f.engine.Handler())

	address := make(chan string, 16)
	pool, err := process.NewPool(process.Options{
		Function: "stuck", Command: []string{"sh", "-c", "echo $AWS_LAMBDA_RUNTIME_API; exec sleep 600"},
		InitTimeout: time.Minute, // the test asks for the event
		Log:         func(l engine.LogLine) { address <- l.Text },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pool.Close() })
	if err := f.engine.Register(engine.Function{Name: "stuck", Invoker: pool}); err != nil {
		t.Fatal(err)
	}
	arn := f.start("stuck", "only", "1")
	runtimeAPI := "http://" + strings.TrimSpace(<-address)
	next := func() *http.Response {
		t.Helper()
		resp, err := http.Get(runtimeAPI + "/2018-06-01/runtime/invocation/next")
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatal("the function's own process gets no event: ", err, resp)
		}
		return resp
	}

	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, elsewhere)
	}))
	t.Cleanup(server.Close)
	file := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(file, []byte(elsewhere), 0o600); err != nil {
		t.Fatal(err)
	}
	pages := []string{server.URL, strings.Replace(server.URL, "127.0.0.1", "localhost", 1), "file://" + file}

	lambda := fmt.Sprintf(`[%q, %q], [[%q, "{}"], [%q, "{}"]]`,
		"/2015-03-31/functions", "/2025-12-01/functions/many/durable-executions", "/2015-03-31/functions/many:$LATEST/invocations", "/2025-12-01/durable-executions/"+arn+"/stop")
	attack := func(origin, paths string) {
		t.Helper()
		for _, at := range pages {
			p := browsertest.Page{T: t, Ctx: ctx}
			p.Do(chromedp.Navigate(at))
			if got := browsertest.Eval[string](p, fmt.Sprintf("attack(%q, %s)", origin, paths)); got != "" {
				t.Errorf("%s reads of %s: %s", at, origin, got)
			}
		}
	}
	attack(api, lambda)
	const invocation = "/2018-06-01/runtime/invocation/"
	attack(runtimeAPI, fmt.Sprintf(`[%q], [[%q, "{}"]]`, invocation+"next", "/2018-06-01/runtime/init/error"))
	resp := next()
	resp.Body.Close()
	id := resp.Header.Get("Lambda-Runtime-Aws-Request-Id")
	answer := `{"Status":"SUCCEEDED","Result":"2"}`
	attack(runtimeAPI, fmt.Sprintf(`[], [[%q, %q], [%q, "{}"]]`, invocation+id+"/response", answer, invocation+id+"/error"))

	if n := seen(t); n < len(pages)*20 {
		t.Errorf("the browser sent %d requests only", n)
	}
	if x := f.find("only"); x.Status != wire.ExecutionRunning {
		t.Errorf("the execution is %s", x.Status)
	}
	if all, err := f.engine.ListExecutions(t.Context(), engine.ExecutionFilter{}); err != nil || len(all.Executions) != 1 {
		t.Errorf("there are %d executions, %v", len(all.Executions), err)
	}
	if resp, err = http.Post(runtimeAPI+invocation+id+"/response", "application/json", strings.NewReader(answer)); err != nil || resp.StatusCode != http.StatusAccepted {
		t.Fatal("the answer of the function's own process: ", err, resp)
	}
	resp.Body.Close()
	f.idle()
	if x := f.find("only"); x.Status != wire.ExecutionSucceeded {
		t.Errorf("in the end the execution is %s", x.Status)
	}
}

// watched serves an API; seen tells how many requests came, all of which must have been
// refused.
func watched(t *testing.T, h http.Handler) (url string, seen func(*testing.T) int) {
	var mu sync.Mutex
	n := 0
	var let []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		recorder := httptest.NewRecorder()
		h.ServeHTTP(recorder, r)
		mu.Lock()
		n++
		if recorder.Code != http.StatusForbidden {
			let = append(let, fmt.Sprintf("%s %s: %d, %v", r.Method, r.URL, recorder.Code, r.Header))
		}
		mu.Unlock()
		for name, values := range recorder.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(recorder.Code)
		w.Write(recorder.Body.Bytes())
	}))
	t.Cleanup(server.Close)
	return server.URL, func(t *testing.T) int {
		mu.Lock()
		defer mu.Unlock()
		for _, request := range let {
			t.Error("it was let in: " + request)
		}
		return n
	}
}
