package console

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/browsertest"
)

// The programs have a page of their own once there are some: how each is, and what it wrote. One that ends is
// told wherever one is.
func TestProgramsInTheBrowser(t *testing.T) {
	f := serve(t)
	p := browse(t, f)
	p.Await("document.querySelector('.empty:not([hidden])') && document.querySelector('#programs').hidden")
	programs := f.opts.Programs
	programs.State("desk", "runs", false)
	programs.Line("desk", "<b>open</b>")
	programs.State("scales", "is started when it is needed", false)
	p.Await("!document.querySelector('#programs').hidden")
	p.Do(chromedp.Click("#programs"))
	p.Await(browsertest.Has("is started when it is needed"))
	p.Await(browsertest.Has("<b>open</b>"))
	programs.State("desk", "program `desk` ended: exit status 3\nit ends again and again", true)
	p.Await(browsertest.Has("The program desk has ended: see its page."))
	p.Await(browsertest.Has("it ends again and again"))
	p.Await("document.querySelector('#programs').classList.contains('ailing') && document.querySelectorAll('.program.bad').length === 1")
	p.Shot("programs")
	programs.State("desk", "runs again", false)
	programs.Keep([]string{"desk"})
	p.Await("document.querySelectorAll('.program').length === 1 && !document.querySelector('.program.bad') && !document.querySelector('#programs').classList.contains('ailing')")
	programs.Keep(nil)
	p.Await("document.querySelector('#programs').hidden")
	p.Await(browsertest.Has("There is none."))
}

// The latest lines of a program are kept, and what was told before stays as it was.
func TestProgramLines(t *testing.T) {
	p := NewPrograms()
	for i := range maxProgramLines {
		p.Line("desk", fmt.Sprint("line ", i))
	}
	before, n, changed := p.state()
	p.Line("desk", strings.Repeat("x", 2*maxLogLineBytes))
	<-changed
	after, m, _ := p.state()
	if len(before) != 1 || len(before[0].Lines) != maxProgramLines || before[0].Lines[0].Text != "line 0" || m != n+1 {
		t.Errorf("before: %d lines", len(before[0].Lines))
	}
	lines := after[0].Lines
	if len(lines) > maxProgramLines || lines[0].Text == "line 0" || len(lines[len(lines)-1].Text) > maxLogLineBytes+3 {
		t.Errorf("after: %d lines, the first is %q", len(lines), lines[0].Text)
	}
}
