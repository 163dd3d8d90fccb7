package console

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/browsertest"
)

func TestEditors(t *testing.T) {
	for text, want := range map[string]string{
		"vscode": "vscode://file/a%20b/c%26d/{name}:{line}", "idea": "idea://open?file=/a%20b/c%26d/{name}&line={line}", "off": "",
		"mine://{file}#L{line}": "mine:///a%20b/c%26d/{name}#L{line}",
	} {
		if e, err := ParseEditor(text); err != nil || e.in("/a b/c&d") != want {
			t.Errorf("%s gives %q, %v", text, e.in("/a b/c&d"), err)
		}
	}
	for _, text := range []string{"emacs", "", "javascript:alert('{file}')", "data:{file}", "vscode://file", "//{file}"} {
		if e, err := ParseEditor(text); err == nil || !strings.Contains(err.Error(), "`vscode`") {
			t.Errorf("%q is taken as %q, %v", text, e, err)
		}
	}
	for host, want := range map[string]bool{"127.0.0.1:9471": true, "5f0c.localhost:9471": true, "[::1]:9471": true, "localhost": true, "build.example.com:9471": false, "10.0.0.7:9471": false} {
		if fromHere(&http.Request{Host: host}) != want {
			t.Errorf("a request to %s", host)
		}
	}
}

// The place of an operation leads to its line in the editor.
func TestPlacesLeadToTheEditor(t *testing.T) {
	f := serve(t)
	f.opts.Editor = editors["vscode"]
	arn := f.start("order", "places", "5")
	f.idle()
	p := browse(t, f)
	p.Await("document.querySelector('table.list tbody tr')")
	browsertest.Eval[bool](p, "location.assign('"+executionPath("/execution", arn)+"&operation=charge') === undefined")
	p.Await("document.querySelector('.side a.place')")
	link := browsertest.Eval[string](p, "document.querySelector('.side a.place').href")
	u, err := url.Parse(link)
	if err != nil || u.Scheme != "vscode" {
		t.Fatal(link, err)
	}
	file, line, _ := strings.Cut(u.Path, ".flow:")
	text, err := os.ReadFile(filepath.FromSlash(file) + ".flow")
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text[:strings.Index(string(text), "step charge(cents)")]), "\n") + 1; line != strings.TrimSpace(line) || line != strconv.Itoa(n) {
		t.Errorf("it leads to line %s of %s, and it is line %d", line, file, n)
	}
	p.Do(chromedp.Focus(".side a.place"))
}
