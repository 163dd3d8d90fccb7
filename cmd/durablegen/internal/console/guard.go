package console

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"mime"
	"net"
	"net/http"

	"github.com/durablegen/durablegen/internal/httpguard"
)

// guard decides who may ask. Any page of the web can make a browser send requests to a
// loopback address; so a request must name this server as its host (against rebound
// names), come from this server's own pages, and carry the token of this start.
type guard struct {
	httpguard.Guard
	token  string // of this start; whoever has it may do everything
	cookie string // its name: browsers share cookies between the ports of a host
}

func newGuard(address string, hosts []string) *guard {
	b := make([]byte, 32)
	rand.Read(b)
	_, port, _ := net.SplitHostPort(address)
	return &guard{
		token:  base64.RawURLEncoding.EncodeToString(b),
		cookie: "durablegen-" + port,
		Guard:  httpguard.Guard{Hosts: hosts},
	}
}

// csrf is what a request that changes something must carry in a header. Pages of other
// origins can neither read it nor set the header.
func (g *guard) csrf() string {
	m := hmac.New(sha256.New, []byte(g.token))
	m.Write([]byte("csrf"))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}

const csrfHeader = "X-Durablegen-Csrf"

// policy lets scripts come from this server only, none inline. Mermaid gives its drawings
// a style element and style attributes, so inline styles are allowed.
const policy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// protect lets only those requests through to h that may pass.
func (g *guard) protect(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", policy)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("X-Frame-Options", "DENY")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		header.Set("Cache-Control", "no-store")
		if message := g.refusal(w, r); message != "" {
			http.Error(w, message, http.StatusForbidden)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// refusal says why a request may not pass; empty if it may.
func (g *guard) refusal(w http.ResponseWriter, r *http.Request) string {
	if message := g.Refusal(r); message != "" {
		return message
	}
	if given := r.URL.Query().Get("token"); given != "" && r.Method == http.MethodGet && isPage(r.URL.Path) {
		if !same(given, g.token) {
			return "The token is of another start. Open the address that was printed last."
		}
		http.SetCookie(w, &http.Cookie{Name: g.cookie, Value: g.token, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
		return ""
	}
	// A cookie of mode Strict comes with no request that another site caused.
	if c, err := r.Cookie(g.cookie); err != nil || !same(c.Value, g.token) {
		return "This page needs the token of this start. Open the address that `durablegen dev` printed: it ends in ?token=…"
	}
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return ""
	}
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
		return "An action is sent as application/json."
	}
	if !same(r.Header.Get(csrfHeader), g.csrf()) {
		return "The action did not come from a page of this start. Reload the page."
	}
	return ""
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
