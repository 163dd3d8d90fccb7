package console

import (
	"io/fs"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

func TestWhoMayAsk(t *testing.T) {
	f := serve(t)
	tests := map[string]struct {
		method, path string
		change       func(*http.Request)
		want         int
	}{
		"a page with its cookie":                   {"GET", "/api/executions", nil, 200},
		"an action with all it needs":              {"POST", "/api/check", nil, 200},
		"no cookie":                                {"GET", "/api/executions", func(r *http.Request) { r.Header.Del("Cookie") }, 403},
		"no cookie for the page":                   {"GET", "/", func(r *http.Request) { r.Header.Del("Cookie") }, 403},
		"no cookie for a script":                   {"GET", "/assets/app.mjs", func(r *http.Request) { r.Header.Del("Cookie") }, 403},
		"the cookie of another start":              {"GET", "/api/executions", func(r *http.Request) { r.Header.Set("Cookie", f.guard.cookie+"=other") }, 403},
		"a token in the address":                   {"GET", "/?token=" + f.guard.token, func(r *http.Request) { r.Header.Del("Cookie") }, 200},
		"another token in the address":             {"GET", "/?token=other", nil, 403},
		"a token opens pages, not the API":         {"GET", "/api/executions?token=" + f.guard.token, func(r *http.Request) { r.Header.Del("Cookie") }, 403},
		"a name that leads here":                   {"GET", "/api/executions", func(r *http.Request) { r.Host = "evil.example" }, 403},
		"a name that leads here, for the handover": {"GET", "/?token=" + f.guard.token, func(r *http.Request) { r.Host = "evil.example" }, 403},
		"localhost":                                {"GET", "/api/executions", func(r *http.Request) { r.Host = "localhost:9471" }, 200},
		"another loopback address":                 {"GET", "/api/executions", func(r *http.Request) { r.Host = "[::1]:9471" }, 200},
		"another address":                          {"GET", "/api/executions", func(r *http.Request) { r.Host = "192.0.2.1:9471" }, 403},
		"another origin":                           {"GET", "/api/executions", func(r *http.Request) { r.Header.Set("Origin", "http://evil.example") }, 403},
		"another port is another origin":           {"POST", "/api/check", func(r *http.Request) { r.Header.Set("Origin", "http://127.0.0.1:1") }, 403},
		"a sandboxed page":                         {"POST", "/api/check", func(r *http.Request) { r.Header.Set("Origin", "null") }, 403},
		"an action without the header":             {"POST", "/api/check", func(r *http.Request) { r.Header.Del(csrfHeader) }, 403},
		"an action with another header":            {"POST", "/api/check", func(r *http.Request) { r.Header.Set(csrfHeader, f.guard.token) }, 403},
		"an action sent by a form":                 {"POST", "/api/check", func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }, 403},
		"an action as a GET":                       {"GET", "/api/stop", nil, 405},
		"a folder":                                 {"GET", "/assets/", nil, 404},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := f.request(test.method, test.path, map[string]string{"function": "order", "input": "5"})
			if test.method == http.MethodGet {
				r = f.request(test.method, test.path, nil)
			}
			if test.change != nil {
				test.change(r)
			}
			resp, err := f.client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode != test.want {
				t.Errorf("%s, not %d", resp.Status, test.want)
			}
			if got := resp.Header.Get("Content-Security-Policy"); got != policy {
				t.Errorf("the policy is %q", got)
			}
		})
	}
}

// Scripts come from this server's files alone: what data brings into a page can't run.
func TestPolicyLetsNoInlineScriptRun(t *testing.T) {
	sources := map[string]string{}
	for directive := range strings.SplitSeq(policy, ";") {
		name, allowed, _ := strings.Cut(strings.TrimSpace(directive), " ")
		sources[name] = allowed
	}
	for name, want := range map[string]string{
		"default-src": "'none'", "script-src": "'self'", "base-uri": "'none'", "form-action": "'none'", "frame-ancestors": "'none'", "connect-src": "'self'",
	} {
		if sources[name] != want {
			t.Errorf("%s is %q, not %s", name, sources[name], want)
		}
	}
}

func TestTokenBecomesAStrictCookie(t *testing.T) {
	f := serve(t)
	resp, err := http.Get(f.Link())
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	cookies := resp.Cookies()
	if len(cookies) != 1 || !cookies[0].HttpOnly || cookies[0].SameSite != http.SameSiteStrictMode || cookies[0].Value != f.guard.token {
		t.Errorf("cookies: %v", cookies)
	}
}

// A name of its own keeps the cookie from the other ports of 127.0.0.1.
func TestALinkHasAName(t *testing.T) {
	f := serve(t)
	f.opts.Address, f.opts.Name = "127.0.0.1:9471", "abc.localhost"
	if got := f.Link(); !strings.HasPrefix(got, "http://abc.localhost:9471/?token=") {
		t.Errorf("the link is %s", got)
	}
	f.opts.Address = "192.0.2.1:9471" // nobody but this machine would find the name
	if got := f.Link(); !strings.HasPrefix(got, "http://192.0.2.1:9471/?token=") {
		t.Errorf("from elsewhere the link is %s", got)
	}
}

// TestAssetsParseNoText reads our own files: nothing in them turns text into markup or
// script, and nothing is loaded from elsewhere.
func TestAssetsParseNoText(t *testing.T) {
	forbidden := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|eval\(|new Function|setTimeout\(['"\x60]|javascript:|https?://`)
	inline := regexp.MustCompile(`(?i)<script(?:\s[^>]*)?>[^<]|\son[a-z]+=|style=`)
	err := fs.WalkDir(assets, "assets", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || strings.HasPrefix(path, "assets/mermaid/") {
			return err
		}
		text, err := fs.ReadFile(assets, path)
		if err != nil {
			return err
		}
		bare := strings.ReplaceAll(string(text), "http://www.w3.org/2000/svg", "")
		if m := forbidden.FindString(bare); m != "" {
			t.Errorf("%s: %s", path, m)
		}
		if strings.HasSuffix(path, ".html") {
			if m := inline.FindString(bare); m != "" {
				t.Errorf("%s: %s", path, m)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
