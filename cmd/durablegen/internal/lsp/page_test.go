package lsp

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/browsertest"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/drawing"
)

// servePage serves the page that VS Code shows beside a text, with the modules of the console
// that are packaged with it, and what stands for the editor around it.
func servePage(t *testing.T) string {
	t.Helper()
	dirs := []string{"../../../../editors/vscode/page", "../console/assets"}
	html, err := os.ReadFile(filepath.Join(dirs[0], "view.html"))
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		page := bytes.ReplaceAll(html, []byte("{{base}}"), []byte("/page"))
		page = bytes.ReplaceAll(page, []byte("{{source}}"), []byte("http://"+r.Host))
		page = bytes.Replace(page, []byte("<body>"), fmt.Appendf(nil, `<body class="vscode-%s"><script src="/editor.js"></script>`, r.FormValue("theme")), 1)
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write(page)
	})
	mux.HandleFunc("GET /editor.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		fmt.Fprint(w, "window.said = []; window.acquireVsCodeApi = () => ({postMessage: (m) => said.push(m)});")
	})
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("GET /page/", func(w http.ResponseWriter, r *http.Request) {
		for _, dir := range dirs {
			file := filepath.Join(dir, filepath.FromSlash(strings.TrimPrefix(r.URL.Path, "/page/")))
			if _, err := os.Stat(file); err == nil {
				if strings.HasSuffix(file, ".mjs") {
					w.Header().Set("Content-Type", "text/javascript")
				}
				http.ServeFile(w, r, file)
				return
			}
		}
		http.NotFound(w, r)
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL
}

// tell sends the page a message, as the extension does.
func tell(p browsertest.Page, message any) {
	p.T.Helper()
	text, err := json.Marshal(message)
	if err != nil {
		p.T.Fatal(err)
	}
	browsertest.Eval[bool](p, fmt.Sprintf("(window.postMessage(%s), true)", text))
}

// The page draws what the server says, leads to the text and is led by it, and is never empty
// while somebody types.
func TestPageBesideTheText(t *testing.T) {
	text, err := os.ReadFile("../../../../examples/foodorder/order.flow")
	if err != nil {
		t.Fatal(err)
	}
	p := browsertest.Open(t, servePage(t)+"/?theme=light", nil)
	p.Await("said.some((m) => m.kind === 'ready')")
	c := start(t, t.TempDir())
	c.open("order.flow", string(text))
	show := func(more map[string]any) diagramResult {
		t.Helper()
		result := diagram(c, "order.flow", more)
		message := map[string]any{"kind": "diagram", "detail": "normal", "result": result}
		if result.Run != nil {
			message["execution"] = "arn:aws:lambda:us-east-1:0:function:fulfilOrder:$LATEST/durable-execution/order-1001/x"
		}
		tell(p, message)
		return result
	}
	show(nil)
	p.Await("document.querySelector('.diagram svg')")
	if names := browsertest.Eval[string](p, "[...document.querySelectorAll('#workflow option')].map((o) => o.value).join()"); names != "fulfilOrder,askRestaurant,bring" && strings.Count(names, ",") != 2 {
		t.Errorf("the workflows are %s", names)
	}
	const node = "[...document.querySelectorAll('.diagram g.node')].find((e) => e.textContent.includes('%s'))"
	charge := fmt.Sprintf(node, "charge")
	browsertest.Eval[bool](p, charge+".dispatchEvent(new MouseEvent('click', {bubbles: true}))")
	p.Await("said.at(-1).kind === 'open' && said.at(-1).id === 'n_charge'")
	tell(p, map[string]any{"kind": "light", "id": "n_rate"})
	p.Await("document.querySelector('.diagram .chosen').textContent.includes('rate')")
	p.Await("(({top, bottom}) => top > 0 && bottom < innerHeight)(document.querySelector('.diagram .chosen').getBoundingClientRect())") // it was below
	p.Shot("light")

	// Somebody types; the picture is looked at in every frame.
	browsertest.Eval[bool](p, `(() => {
		window.empty = 0; window.frames_ = 0; window.tops = new Set();
		const look = () => {
			frames_++; tops.add(document.querySelector('.diagram').scrollTop > 0);
			const box = document.querySelector('.diagram svg')?.getBoundingClientRect();
			if (!box || box.height < 200) empty++;
			requestAnimationFrame(look);
		};
		look(); return true;
	})()`)
	at := strings.Index(string(text), "    log \"{order.id} is worth")
	for i, r := range "    step announce(order) as \"again\"\n" {
		c.replace("order.flow", at+i, at+i, string(r))
		show(nil)
	}
	p.Await(fmt.Sprintf(node, "again"))
	if !browsertest.Eval[bool](p, "document.getElementById('why').textContent === '' && !document.querySelector('main').classList.contains('stale')") {
		t.Error("the text is whole, and the page says that it isn't")
	}
	if n := browsertest.Eval[int](p, "empty"); n != 0 {
		t.Errorf("in %d of %d frames there was no picture", n, browsertest.Eval[int](p, "frames_"))
	}
	if browsertest.Eval[int](p, "tops.size") != 1 {
		t.Error("the picture jumped to its top")
	}
	if !browsertest.Eval[bool](p, "document.querySelector('.diagram .chosen').textContent.includes('rate')") {
		t.Error("the cursor's node is no longer lit")
	}
	c.replace("order.flow", at, at, "step ")
	show(nil)
	p.Await("document.getElementById('why').textContent.includes('mistakes') && document.querySelector('main.stale svg')")
	p.Shot("mistake")
	c.replace("order.flow", at, at+5, "")

	// An execution is laid over it, in dark, too.
	result := diagram(c, "order.flow", nil)
	result.Run = &diagramRun{
		Looks: map[string]drawing.Look{"n_saveOrder": {Look: "ok", Badge: "✓", Title: "succeeded"}, "n_charge": {Look: "waiting", Badge: "⏳ ↻ 2", Title: "under way"}, "n_rate": {Look: "pale"}},
		Edges: drawing.Went{}, Sentence: "It waits for `charge`.",
	}
	tell(p, map[string]any{"kind": "diagram", "detail": "normal", "result": result, "execution": "arn:aws:lambda:us-east-1:0:function:fulfilOrder:$LATEST/durable-execution/order-1001/x"})
	p.Await("document.querySelector('.diagram g.look-waiting .badge')?.textContent.includes('⏳')")
	p.Await(browsertest.Has("It waits for `charge`."))
	p.Await(browsertest.Has("fulfilOrder/order-1001"))
	before := browsertest.Eval[string](p, "getComputedStyle(document.querySelector('.diagram g.look-ok rect')).fill")
	browsertest.Eval[bool](p, "(document.body.className = 'vscode-dark', true)")
	p.Await(fmt.Sprintf("getComputedStyle(document.querySelector('.diagram g.look-ok rect')).fill !== %q", before))
	p.Shot("dark")
	p.Do(chromedp.Click("#forget"))
	p.Await("said.at(-1).kind === 'forget'")
	show(nil)
	p.Await("!document.querySelector('.diagram .badge') && document.getElementById('run').hidden")
	browsertest.Eval[bool](p, "(document.getElementById('workflow').value = 'bring', document.getElementById('workflow').dispatchEvent(new Event('change')))")
	p.Await("said.at(-1).kind === 'workflow' && said.at(-1).name === 'bring'")
	show(map[string]any{"workflow": "bring"})
	p.Await("(({textContent: text}) => text.includes('bring') && !text.includes('charge'))(document.querySelector('.diagram svg'))") // the caller's names it as well
	width := browsertest.Eval[float64](p, "document.querySelector('.diagram svg').getBoundingClientRect().width")
	p.Do(chromedp.Click("#larger"))
	p.Await(fmt.Sprintf("document.querySelector('.diagram svg').getBoundingClientRect().width > %v", width))
}
