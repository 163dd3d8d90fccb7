package console

import (
	"errors"
	"maps"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/durablegen/durablegen/internal/httpguard"
	"github.com/durablegen/durablegen/internal/words"
)

// Editor is the address by which a browser has an editor open a line of a file: {file} stands for
// the file's path, {line} for the line. Empty: there is none.
type Editor string

// editors are the addresses that are known by a name.
var editors = map[string]Editor{
	"vscode":   "vscode://file{file}:{line}",
	"vscodium": "vscodium://file{file}:{line}",
	"cursor":   "cursor://file{file}:{line}",
	"zed":      "zed://file{file}:{line}",
	"idea":     "idea://open?file={file}&line={line}",
	"off":      "",
}

var address = regexp.MustCompile(`^[a-z][a-z0-9+.-]*:`)

// ParseEditor gives the editor of a name, or of an address with {file} in it.
func ParseEditor(text string) (Editor, error) {
	if e, ok := editors[text]; ok {
		return e, nil
	}
	scheme, _, _ := strings.Cut(text, ":")
	if !address.MatchString(text) || !strings.Contains(text, "{file}") || slices.Contains([]string{"javascript", "data", "vbscript", "blob"}, scheme) {
		return "", errors.New("must be " + words.List(slices.Sorted(maps.Keys(editors))) + ", or an address such as myeditor://open?file={file}&line={line}")
	}
	return Editor(text), nil
}

// in gives the address for the files of a folder, in which {name} stands for that of the file.
func (e Editor) in(dir string) string {
	dir, err := filepath.Abs(dir)
	if e == "" || err != nil {
		return ""
	}
	dir = filepath.ToSlash(dir)
	if !strings.HasPrefix(dir, "/") { // of Windows: C:/shop
		dir = "/" + dir
	}
	path := strings.NewReplacer("&", "%26", "+", "%2B", "{", "%7B", "}", "%7D").Replace((&url.URL{Path: dir}).EscapedPath())
	return strings.ReplaceAll(string(e), "{file}", strings.TrimSuffix(path, "/")+"/{name}")
}

// fromHere tells whether a request is made by a browser that has the files of this machine: by a name
// of loopback.
func fromHere(r *http.Request) bool {
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return httpguard.IsLoopback(strings.Trim(host, "[]"))
}
