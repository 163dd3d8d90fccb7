package httpguard

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Guard decides which requests may come in. The zero value answers to the names and
// addresses of loopback.
type Guard struct {
	// Hosts are names and addresses, beside the loopback ones, by which requests may
	// call the server. "*" stands for all addresses, but for no name: a name may be
	// somebody else's, whose DNS leads here.
	Hosts []string
}

// Hosts gives what a server that listens on an address ("HOST:PORT") answers to beside
// loopback, for [Guard.Hosts]: the host, or every address of the machine.
func Hosts(address string) []string {
	host, _, err := net.SplitHostPort(address)
	if err != nil || IsLoopback(host) {
		return nil
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		return []string{"*"}
	}
	return []string{host}
}

// IsLoopback reports whether a host, a name or an address, is this machine alone.
func IsLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}

// Refusal says why a request may not come in; it is empty if it may.
func (g Guard) Refusal(r *http.Request) string {
	switch {
	case !g.Knows(r.Host):
		return "This server does not answer to the name in the Host header."
	case fromElsewhere(r):
		return "Requests from pages of another origin are refused."
	}
	return ""
}

// Knows tells whether a Host header names this server.
func (g Guard) Knows(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.TrimSuffix(strings.TrimPrefix(name, "["), "]")
	if name == "*" {
		return false
	}
	isAddress := net.ParseIP(name) != nil
	return IsLoopback(name) || isAddress && slices.Contains(g.Hosts, "*") || slices.Contains(g.Hosts, name)
}

// fromElsewhere tells whether a page of another origin has caused a request. Browsers
// send Origin with what changes something, and with what a script wants to read; with
// all that a page causes they send Sec-Fetch-Site. A link that is followed is no harm:
// the page with the link does not see where it leads.
func fromElsewhere(r *http.Request) bool {
	if origin := r.Header.Get("Origin"); origin != "" && !sameOrigin(origin, r.Host) {
		return true
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "none", "same-origin":
		return false
	}
	return !(r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document")
}

// sameOrigin tells whether a page was loaded from this very server.
func sameOrigin(origin, host string) bool {
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && u.Host == host
}
