package lsp

import (
	"net/url"
	"path/filepath"
	"strings"
)

// pathOf gives the file that a URI names, as an absolute path; empty if it names none on this
// machine, such as a text that has not been saved yet.
func pathOf(uri string) string {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "file" || u.Host != "" && u.Host != "localhost" || u.Path == "" {
		return ""
	}
	path := u.Path
	if len(path) > 2 && path[0] == '/' && path[2] == ':' { // /c:/work
		path = path[1:]
	}
	return filepath.Clean(filepath.FromSlash(path))
}

// uriOf gives the URI of a file.
func uriOf(path string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	return (&url.URL{Scheme: "file", Path: path}).String()
}
