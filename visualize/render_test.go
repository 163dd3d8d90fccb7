package visualize

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// The tests of this file show diagrams to the real Mermaid library in a real
// browser. testdata/install-browser.sh installs both; without them, they skip.

// browser gives Chromium and the versions of mermaid.min.js: from
// DURABLEGEN_CHROMIUM and DURABLEGEN_MERMAID, or from the usual places.
func browser(t *testing.T) (chromium string, mermaids []string) {
	t.Helper()
	chromium = os.Getenv("DURABLEGEN_CHROMIUM")
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if chromium == "" {
			chromium, _ = exec.LookPath(name)
		}
	}
	if path := os.Getenv("DURABLEGEN_MERMAID"); path != "" {
		mermaids = append(mermaids, path)
	} else if cache, err := os.UserCacheDir(); err == nil {
		mermaids, _ = filepath.Glob(filepath.Join(cache, "durablegen/mermaid/*/node_modules/mermaid/dist/mermaid.min.js"))
	}
	if chromium == "" || len(mermaids) == 0 {
		t.Skip("no Chromium or no Mermaid; visualize/testdata/install-browser.sh installs them")
	}
	return chromium, mermaids
}

// rendered is what the browser made of one diagram, in one theme.
type rendered struct {
	Theme    string
	Error    string   // of the parser or the layout; empty if it could be drawn
	Labels   []string // the texts of nodes, frames and participants, as a reader sees them
	Edges    int      // that are drawn in a flowchart
	Width    float64
	Height   float64
	Below    float64  // how far a message is below the end of the lifelines
	Problems []string // what can't be read, see testdata/measure.js
	Smallest float64  // font size in pixels, in a page of 900
}

const renderPage = `<!doctype html><meta charset="utf-8"><body>
<script src="file://%s"></script>
<script>%s</script>
<script>
const diagrams = %s;
(async () => {
  const results = [];
  for (const theme of %[5]t ? ['default', 'dark'] : ['default']) {
  mermaid.initialize({startOnLoad: false, securityLevel: 'strict', theme});
  const ground = theme === 'dark' ? [13, 17, 23, 1] : [255, 255, 255, 1];
  for (const [i, text] of diagrams.entries()) {
    const r = {Theme: theme, Error: '', Labels: [], Edges: 0, Width: 0, Height: 0, Below: 0, Problems: [], Smallest: 99};
    try {
      if (!%[4]t) {
        await mermaid.parse(text);
        results.push(r);
        continue;
      }
      const {svg} = await mermaid.render(theme + i, text);
      const host = document.createElement('div');
      host.style.width = '900px';
      host.innerHTML = svg;
      document.body.append(host);
      for (const l of host.querySelectorAll('.nodeLabel, text.actor, .messageText, .noteText, .loopText')) {
        const copy = l.cloneNode(true);
        copy.querySelectorAll('br').forEach(b => b.replaceWith('\n'));
        r.Labels.push(copy.textContent);
      }
      const box = host.querySelector('svg').viewBox.baseVal;
      r.Edges = host.querySelectorAll('path.flowchart-link').length;
      r.Width = box.width; r.Height = box.height;
      const lowest = (lines) => Math.max(0, ...[...host.querySelectorAll(lines)].map(l => Number(l.getAttribute('y2')) || 0));
      r.Below = Math.max(0, lowest('line.messageLine0, line.messageLine1') - lowest('line.actor-line'));
      Object.assign(r, measure(host, ground));
      host.remove();
    } catch (e) {
      r.Error = String(e && e.message || e) || 'unknown';
      document.querySelectorAll('#d' + theme + i).forEach(x => x.remove());
    }
    results.push(r);
  }
  }
  const bytes = new TextEncoder().encode(JSON.stringify(results));
  document.body.textContent = 'RESULT:' + btoa(Array.from(bytes, b => String.fromCharCode(b)).join('')) + ':END';
})();
</script>`

// render draws diagrams in a browser: with each version of Mermaid if all is set,
// else with the newest one, while the others only parse them. The newest one draws
// them in the dark theme, too.
func render(t *testing.T, all bool, diagrams []string, check func(i int, r rendered)) {
	t.Helper()
	if testing.Short() {
		t.Skip("starts browsers")
	}
	chromium, mermaids := browser(t)
	for v, mermaid := range mermaids {
		t.Log(mermaid)
		for i, r := range renderWith(t, chromium, mermaid, all || v == len(mermaids)-1, all && v == len(mermaids)-1, diagrams) {
			check(i%len(diagrams), r)
		}
	}
}

func renderWith(t *testing.T, chromium, mermaid string, draw, dark bool, diagrams []string) []rendered {
	t.Helper()
	list, err := json.Marshal(diagrams)
	if err != nil {
		t.Fatal(err)
	}
	measure, err := os.ReadFile("testdata/measure.js")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	page := filepath.Join(dir, "page.html")
	if err := os.WriteFile(page, fmt.Appendf(nil, renderPage, mermaid, measure, list, draw, dark), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--allow-file-access-from-files",
		"--user-data-dir="+filepath.Join(dir, "profile"), "--virtual-time-budget=600000", "--dump-dom", "file://"+page)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	dom, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", chromium, err, stderr.String())
	}
	m := regexp.MustCompile(`RESULT:([A-Za-z0-9+/=]*):END`).FindSubmatch(dom)
	if m == nil {
		t.Fatalf("the page did not finish:\n%.2000s\n%.2000s", dom, stderr.String())
	}
	text, err := base64.StdEncoding.DecodeString(string(m[1]))
	if err != nil {
		t.Fatal(err)
	}
	var results []rendered
	if err := json.Unmarshal(text, &results); err != nil {
		t.Fatal(err)
	}
	return results
}

// exempt are diagrams that need not fit a screen: that of all statements is as large as
// the language, and full detail shows everything.
var exempt = regexp.MustCompile(`\.full\.mmd$|statements\.txtar`)

// The size of a page on GitHub, with what a reader takes for one screen; and the
// smallest text there, in the widest of the fonts that Mermaid asks for.
const (
	pageWidth, pageHeight = 900, 1150
	smallestText          = 10.5
)

var mermaidFence = regexp.MustCompile("(?ms)^```mermaid\r?\n(.*?)^```")

// TestEveryCommittedDiagramRenders draws all that stands in a mermaid fence in the
// repository's Markdown files and in testdata.
func TestEveryCommittedDiagramRenders(t *testing.T) {
	browser(t)
	var diagrams, places []string
	err := filepath.WalkDir("..", func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() && (name == "node_modules" || strings.HasPrefix(name, ".") && name != "..") {
			return filepath.SkipDir
		}
		if entry.IsDir() || !strings.HasSuffix(name, ".md") && !strings.HasSuffix(name, ".txtar") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, f := range txtar.Parse(text).Files {
			if strings.HasSuffix(f.Name, ".mmd") {
				diagrams = append(diagrams, string(f.Data))
				places = append(places, path+" "+f.Name)
			}
		}
		for _, m := range mermaidFence.FindAllSubmatchIndex(text, -1) {
			if diagram := string(text[m[2]:m[3]]); !slices.Contains(diagrams, diagram) { // README files repeat them
				diagrams = append(diagrams, diagram)
				places = append(places, fmt.Sprintf("%s:%d", path, 1+bytes.Count(text[:m[0]], []byte("\n"))))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(diagrams) == 0 {
		t.Fatal("the repository has no diagram")
	}
	render(t, true, diagrams, func(i int, r rendered) {
		if r.Error != "" {
			t.Errorf("%s: %s", places[i], r.Error)
		}
		if r.Below > 0 {
			t.Errorf("%s: the lifelines end %.0f above the last message", places[i], r.Below)
		}
		for _, problem := range r.Problems {
			t.Errorf("%s, %s: %s", places[i], r.Theme, problem)
		}
		scale := min(1, pageWidth/r.Width)
		if r.Width == 0 || exempt.MatchString(places[i]) || !strings.Contains(diagrams[i], "%%{init") {
			return
		}
		if r.Smallest < smallestText {
			t.Errorf("%s: %.0f × %.0f, so the smallest text has %.1f pixels in a page", places[i], r.Width, r.Height, r.Smallest)
		}
		if h := r.Height * scale; h > pageHeight && !strings.Contains(diagrams[i], "sequenceDiagram") {
			t.Errorf("%s: %.0f × %.0f is taller than a screen", places[i], r.Width, r.Height)
		}
	})
}

// TestHostileTextIsShownAsItIs draws texts that try to be more than text.
func TestHostileTextIsShownAsItIs(t *testing.T) {
	texts := []string{
		`plain`, `end`, `graph`, `subgraph x`, `classDef x fill:#f00;`, `style a fill:#fff;stroke:#000;`, `click n call x()`,
		`say "hello"`, `it's`, "`code`", `[x](y)`, `a --> b`, `a -.->|x| b`, `{x}`, `{{x}}`, `((x))`, `]`, `"]`, `%% comment`,
		`%%{init: {"theme":"forest"}}%%`, `---`, `<b>bold</b>`, `<script>alert(1)</script>`, `<img src=x onerror=alert(1)>`, `a<br/>b`,
		`&amp; &#35; #35; #quot;`, `a;b;c`, `1. one`, `- item`, `* item`, `+ item`, `# title`, `> quote`, `**bold** _it_ ~~no~~`, `a\nb`,
		`http://example.com/x`, `www.example.com`, `me@example.com`, `fa:fa-car`, `$$x^2$$`, `:::class`, `@{ shape: rect }`,
		`Größe ß ﬂ°°35¶ß`, `注文を確認する`, `تأكيد الطلب`, `заказ`, `👩‍🍳 cooks 🍕`, `a != b && c <= d || !e`, `x ?? "none"`,
		`direction LR`, `the direction	RL is that`, `direction TB`, `direction TD`, `direction BT`,
	}
	var flow, sequence strings.Builder
	flow.WriteString("flowchart TB\n")
	sequence.WriteString("sequenceDiagram\n")
	want := map[string]string{}
	for i, text := range texts {
		label := lines(text, 60, 3)
		want[strings.Join(label, "\n")] = text
		fmt.Fprintf(&flow, "    n_end%d[%s] -->|%s| n_end%d\n", i, quote("<b>"+markup("", label)+"</b>"), quote(markup("", lines(text, 24, 3))), i+1)
		fmt.Fprintf(&flow, "    subgraph n_in%d[%s]\n    direction TB\n    n_a%d --> n_b%d\n    end\n", i, quote("<b>"+markup("", label)+"</b>"), i, i)
		fmt.Fprintf(&sequence, "    participant p%d as %s\n    p%d->>p%d: %s\n    Note over p%d: %s\n    opt %s\n    Note over p0,p%d: x\n    end\n",
			i, escape(text), i, i, plain(text), i, plain(text), head(text), (i+9)%len(texts))
	}
	diagrams := []string{flow.String(), sequence.String()}
	render(t, true, diagrams, func(i int, r rendered) {
		if r.Error != "" {
			t.Fatalf("%s\n%s", r.Error, diagrams[i])
		}
		if i == 0 && r.Edges != 2*len(texts) {
			t.Errorf("%d of %d edges are drawn: a text was taken for a statement", r.Edges, 2*len(texts))
		}
		shown := map[string]bool{}
		for _, l := range r.Labels {
			shown[strings.NewReplacer("\u00a0", " ", "\u200b", "").Replace(l)] = true
		}
		for label, text := range want {
			if i == 0 && !shown[label] {
				t.Errorf("%s is not shown as it is: %q", text, r.Labels)
			}
		}
		if i == 0 {
			return
		}
		// A message and its note are the same text; a head stands in brackets.
		twins := strings.NewReplacer("\u200b", "", "\u00a0", " ")
		for _, text := range texts {
			message, head := twins.Replace(plain(text)), "["+twins.Replace(head(text))+"]"
			if !shown[strings.TrimSpace(message)] || !shown[head] {
				t.Errorf("%s is not shown as it is in a sequence diagram: %v %v", text, shown[message], shown[head])
			}
		}
	})
}

// TestRandomProgramsRender draws random programs in every form.
func TestRandomProgramsRender(t *testing.T) {
	var diagrams []string
	for seed := int64(1); seed <= 6; seed++ {
		p, w := randomProgram(seed, 6)
		diagrams = append(diagrams, Mermaid(p, w, Normal), Mermaid(p, w, Full), Sequence(p, w))
	}
	render(t, false, diagrams, func(i int, r rendered) {
		if r.Error != "" {
			t.Errorf("%s\n%s", r.Error, diagrams[i])
		}
		for _, problem := range r.Problems {
			t.Errorf("%s\n%s", problem, diagrams[i])
		}
	})
}

// TestMeasuringFindsFaults: what is measured in the committed diagrams is found where it
// is planted.
func TestMeasuringFindsFaults(t *testing.T) {
	const settings = "%%{init: {\"layout\": \"dagre\", \"flowchart\": {\"subGraphTitleMargin\": {\"top\": 0, \"bottom\": 0}, \"rankSpacing\": 10}, \"themeVariables\": {\"fontSize\": \"14px\"}}}%%\nflowchart TB\n"
	faults := []struct{ diagram, want string }{
		{settings + "    a[\"pale\"] --> b[\"strong\"]\n    class a faint\n    classDef faint opacity:0.3\n", "the text of “pale” has a contrast of"},
		{settings + "    subgraph f[\"one<br/>two<br/>three<br/>four\"]\n    direction TB\n    a[\"inside of it\"]\n    end\n", "overlap"},
		{strings.Replace(settings, "14px", "6px", 1) + "    a[\"small\"]\n", ""},
	}
	var diagrams []string
	for _, f := range faults {
		diagrams = append(diagrams, f.diagram)
	}
	render(t, false, diagrams, func(i int, r rendered) {
		switch {
		case r.Error != "":
			t.Errorf("%s\n%s", r.Error, diagrams[i])
		case r.Width == 0: // only parsed
		case i == 2 && r.Smallest >= smallestText:
			t.Errorf("the smallest text has %.1f pixels", r.Smallest)
		case !strings.Contains(strings.Join(r.Problems, "; "), faults[i].want):
			t.Errorf("%q is not found: %q\n%s", faults[i].want, r.Problems, diagrams[i])
		}
	})
}
