package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestOperating types the commands of docs/operating.md, one after the other, at a service
// where executions wait and have failed. Each does something.
func TestOperating(t *testing.T) {
	if testing.Short() {
		t.Skip("builds programs")
	}
	page := filepath.Join("..", "..", "docs", "operating.md")
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "```flow\n")
	workflow, _, _ := strings.Cut(rest, "```\n")
	var script bytes.Buffer
	script.WriteString(`module example.com/shop
exec durablegen generate
exec sh -c 'exec durablegen dev . --addr 127.0.0.1:0 --console off --data data >dev.out 2>dev.err' &dev&
serving dev.out
`)
	for _, name := range []string{"order-1", "order-11", "order-2"} {
		script.WriteString("exec durablegen start fulfil --input '\"" + name + "\"' --name " + name + "\n")
	}
	script.WriteString("! exec durablegen start fulfil --input '\"broke\"' --name order-3 --wait\n" +
		"until '^3 +fulfil +running +approve$' durablegen list --count --where\n")
	commands := 0
	for _, block := range shellBlocks(t, page) {
		for _, c := range block {
			script.WriteString("# " + c.place + "\nexec sh -c '" + strings.ReplaceAll(c.text, "'", "''") + "'\n")
			if want, ok := operated[c.text]; ok {
				script.WriteString(want)
				commands++
			}
		}
	}
	if commands != len(operated) {
		t.Errorf("the page has %d of the %d commands that are looked at", commands, len(operated))
	}
	script.WriteString("kill -INT dev\nwait dev\n-- shop.flow --\n" + workflow + "-- steps.go --\n" + operatedSteps)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "operating.txtar"), script.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, scripts(t, dir))
}

// operated is what has to come of some of the commands.
var operated = map[string]string{
	"durablegen list --count --where":  "stdout '^1 +fulfil +failed +BankDown$'\n",
	"durablegen show fulfil/order-1":   "stdout 'approve'\n",
	"durablegen list --error BankDown": "stdout 'order-3 '\n",
	"durablegen pause --function fulfil --status running --yes --reason \"the bank is down\"": "until '^1 +fulfil +paused$' durablegen list --count\n",
	"durablegen list --status paused":                                                "stdout 'order-2 '\n",
	"durablegen list fulfil --status failed --since 1h":                              "stdout 'order-3 '\n",
	"durablegen callback succeed --at approve --name 'order-1*' --result true":       "stderr 'nothing was done; with --yes it is done to 2 executions'\n",
	"durablegen callback succeed --at approve --name 'order-1*' --result true --yes": "stderr 'answered 1 callback of fulfil/order-11'\nuntil '^2 +fulfil +succeeded' durablegen list --count\n",
	"durablegen stop --at approve --since 1h --yes --message \"ordered by mistake\"": "stderr 'stopped fulfil/order-2'\n",
	"durablegen undo --status stopped --yes":                                         "stdout 'order-2-undo'\n",
	"durablegen rerun fulfil/order-3 --from charge --suffix -mended":                 "stdout 'order-3-mended'\n",
	"durablegen rerun --error BankDown --since 1d --yes":                             "stdout 'order-3-rerun'\nuntil '^order-3-rerun +fulfil +failed' durablegen list\n",
}

const operatedSteps = `package shop

import "context"

type Shop struct{}

func New() *Shop { return &Shop{} }

func (s *Shop) Charge(_ context.Context, order string) (string, error) {
	if order == "broke" {
		return "", &BankDownError{}
	}
	return "pay-" + order, nil
}

func (s *Shop) Approve(context.Context, string, string) error { return nil }

func (s *Shop) Refund(context.Context, string) error { return nil }
`
