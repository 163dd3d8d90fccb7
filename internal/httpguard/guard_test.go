package httpguard

import (
	"net/http/httptest"
	"testing"
)

func TestHosts(t *testing.T) {
	for _, test := range []struct {
		address string // the server listens on
		host    string
		want    bool
	}{
		{"127.0.0.1:9470", "127.0.0.1:9470", true},
		{"127.0.0.1:9470", "localhost:9470", true},
		{"127.0.0.1:9470", "console.localhost:9470", true},
		{"127.0.0.1:9470", "[::1]:9470", true},
		{"127.0.0.1:9470", "127.0.0.1", true},
		{"127.0.0.1:9470", "10.0.0.5:9470", false},
		{"127.0.0.1:9470", "evil.example", false},
		{"127.0.0.1:9470", "localhost.evil.example", false},
		{"127.0.0.1:9470", "", false},
		{"10.0.0.5:9470", "10.0.0.5:9470", true},
		{"10.0.0.5:9470", "10.0.0.6:9470", false},
		{"engine:9470", "engine:9470", true},
		{"engine:9470", "evil.example:9470", false},
		{"0.0.0.0:9470", "10.0.0.6:9470", true},
		{":9470", "10.0.0.6:9470", true},
		{"[::]:9470", "[2001:db8::1]:9470", true},
		{"0.0.0.0:9470", "localhost:9470", true},
		{"0.0.0.0:9470", "evil.example:9470", false}, // rebound: a name is not an address
		{"0.0.0.0:9470", "*", false},
		{"0.0.0.0:9470", "*:9470", false},
	} {
		g := Guard{Hosts(test.address)}
		if got := g.Knows(test.host); got != test.want {
			t.Errorf("at %s, %q is known: %v", test.address, test.host, got)
		}
	}
}

// TestPages sends requests as browsers do for what a page can cause.
func TestPages(t *testing.T) {
	for name, test := range map[string]struct {
		method  string
		headers map[string]string
		want    bool
	}{
		"a program":                        {"POST", nil, true},
		"an address that was typed":        {"GET", map[string]string{"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}, true},
		"a page of its own":                {"POST", map[string]string{"Origin": "http://127.0.0.1:9470", "Sec-Fetch-Site": "same-origin"}, true},
		"a link on another page":           {"GET", map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}, true},
		"a frame on another page":          {"GET", map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}, false},
		"fetch":                            {"GET", map[string]string{"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}, false},
		"fetch of mode no-cors":            {"POST", map[string]string{"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, false},
		"an image":                         {"GET", map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}, false},
		"a form":                           {"POST", map[string]string{"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}, false},
		"a form of an old browser":         {"POST", map[string]string{"Origin": "https://evil.example"}, false},
		"a form that hides its origin":     {"POST", map[string]string{"Origin": "null"}, false},
		"a form without an origin":         {"POST", map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}, false},
		"a file":                           {"POST", map[string]string{"Origin": "null", "Sec-Fetch-Site": "cross-site"}, false},
		"a WebSocket":                      {"GET", map[string]string{"Origin": "https://evil.example", "Upgrade": "websocket", "Connection": "Upgrade"}, false},
		"another port of this machine":     {"POST", map[string]string{"Origin": "http://127.0.0.1:3000", "Sec-Fetch-Site": "same-site"}, false},
		"a program of a page's own scheme": {"POST", map[string]string{"Origin": "chrome-extension://abcdef"}, false},
		"preflight":                        {"OPTIONS", map[string]string{"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}, false},
	} {
		r := httptest.NewRequest(test.method, "http://127.0.0.1:9470/", nil)
		for k, v := range test.headers {
			r.Header.Set(k, v)
		}
		if message := (Guard{}).Refusal(r); (message == "") != test.want {
			t.Errorf("%s: refused with %q", name, message)
		}
	}
}
