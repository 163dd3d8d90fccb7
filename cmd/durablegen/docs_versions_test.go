package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestVersionsPage types the commands of docs/versions.md, and makes its edit in between; each block
// prints what the page says.
func TestVersionsPage(t *testing.T) {
	if testing.Short() {
		t.Skip("builds programs")
	}
	read := func(page string) string {
		text, err := os.ReadFile(filepath.Join("..", "..", "docs", page))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	_, rest, _ := strings.Cut(read("changing.md"), "```flow\n")
	workflow, _, _ := strings.Cut(rest, "```\n")
	script := `module example.com/shop
exec sh -c 'exec durablegen dev . --addr 127.0.0.1:0 --console off --data data >dev.out 2>dev.err' &dev&
serving dev.out
`
	edited, blocks, said := workflow, 0, 0
	for i, part := range strings.Split(read("versions.md"), "\n```") {
		kind, body, _ := strings.Cut(part, "\n")
		switch {
		case i%2 == 0:
		case kind == "sh":
			blocks++
			script += "exec sh -c ': >said'\n"
			for line := range strings.Lines(strings.TrimSpace(body)) {
				script += "exec sh -c '" + strings.ReplaceAll(strings.TrimSpace(line), "'", "''") + " >>said'\n"
				switch words := strings.Fields(line); {
				case words[1] == "start": // it has come to where it waits
					script += "until '^1 +" + words[2][:strings.Index(words[2], ":")] + ":[12] +running +approve' durablegen list --count --where --name " + words[len(words)-1] + "\n"
				case words[1] == "callback":
					script += "until '^1 +fulfil:1 +succeeded' durablegen list --count\nuntil '^1 +fulfil:2 +succeeded' durablegen list --count\n"
				}
			}
		case kind == "diff":
			edited = editedAs(t, edited, body)
			script += "cp edited orders.flow\nsays dev.err 'its recorded result does not decode'\n"
		case kind == "text":
			said++
			for line := range strings.Lines(body) {
				script += "grep '^" + strings.ReplaceAll(regexp.QuoteMeta(strings.TrimRight(line, "\n")), "'", "''") + " *$' said\n"
			}
		}
	}
	if blocks < 5 || said < 5 || edited == workflow {
		t.Fatalf("the page has %d blocks of commands, %d of what they say", blocks, said)
	}
	script += `grep '^order-3 +fulfil:1 +running' said
kill -INT dev
wait dev
-- orders.flow --
` + workflow + "-- edited --\n" + edited + `-- steps.go --
package orders

import "context"

type Orders struct{}

func New() *Orders { return &Orders{} }

func (o *Orders) Charge(_ context.Context, order string) (Receipt, error) {
	return Receipt{ID: "pay-" + order}, nil
}

func (o *Orders) Refund(context.Context, Receipt) error { return nil }

func (o *Orders) Audit(context.Context, string) error { return nil }

func (o *Orders) Book(context.Context, string) error { return nil }

func (o *Orders) Approve(context.Context, string, string) error { return nil }
`
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "versions.txtar"), []byte(script), 0o644); err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, scripts(t, dir))
}

// editedAs applies the edit of a page.
func editedAs(t *testing.T, text, edit string) string {
	return edited(t, text, strings.TrimSpace(edit)+"\n")
}
