package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/spf13/cobra"
)

// example is a command as somebody would type it, in a page or a help text.
type example struct {
	where string
	words []string
}

// shellWords splits a line as a shell does, without its comment, up to what is another command.
func shellWords(line string) []string {
	var out []string
	var b strings.Builder
	var quote rune
	begun := false
	end := func() {
		if begun {
			out = append(out, b.String())
		}
		b.Reset()
		begun = false
	}
	for _, r := range line + " " {
		switch {
		case quote != 0:
			if r == quote {
				quote = 0
			} else {
				b.WriteRune(r)
			}
		case r == '\'' || r == '"':
			quote, begun = r, true
		case r == ' ':
			end()
		case r == '#' && !begun, r == '|' && !begun, r == '>' && !begun, r == ';', r == '&' && !begun:
			return out
		default:
			b.WriteRune(r)
			begun = true
		}
	}
	return out
}

var (
	inline      = regexp.MustCompile("`((?:go tool )?durablegen [^`]*)`")
	assignments = regexp.MustCompile(`^(\w+=\S* )+`)
)

// commandsIn finds the commands in a Markdown text: in its blocks of shell, and in its
// lines.
func commandsIn(where, text string) (found []example) {
	shell := false
	lines := strings.Split(strings.ReplaceAll(text, "\\\n", ""), "\n")
	for _, line := range lines {
		trimmed := strings.TrimSpace(line)
		if strings.HasPrefix(trimmed, "```") {
			shell = trimmed == "```sh"
			continue
		}
		var commands []string
		for _, m := range inline.FindAllStringSubmatch(line, -1) {
			commands = append(commands, m[1])
		}
		if shell || strings.HasPrefix(line, "    durablegen ") {
			command, _, _ := strings.Cut(assignments.ReplaceAllString(trimmed, ""), "   ") // behind it, help texts explain
			commands = append(commands, command)
		}
		for _, c := range commands {
			c = strings.NewReplacer("go run ./cmd/durablegen ", "durablegen ", "go tool durablegen ", "durablegen ", "[", "", "]", "").Replace(c)
			found = append(found, example{where + ": " + c, shellWords(c)})
		}
	}
	return found
}

// documented gives the commands that the documentation shows.
func documented(t *testing.T, name string) (found []example) {
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if d != nil && d.IsDir() && (strings.HasPrefix(d.Name(), ".") && path != root || d.Name() == "testdata" || d.Name() == "node_modules") {
			return fs.SkipDir
		}
		if err != nil || !strings.HasSuffix(path, ".md") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, c := range commandsIn(path, string(text)) {
			if len(c.words) > 1 && c.words[0] == name {
				found = append(found, c)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// fits tells why a command can't be typed as it is shown; empty if it can: the command is
// there, and so are its flags.
func (c example) fits() string {
	args := c.words[1:]
	if strings.Contains(args[len(args)-1], "|") { // succeed|fail|heartbeat
		args = args[:len(args)-1]
	}
	root := newRootCommand()
	root.InitDefaultCompletionCmd()
	cmd, rest, err := root.Find(args)
	if err == nil && !cmd.HasParent() && !strings.HasPrefix(args[0], "-") {
		return "there is no such command"
	}
	if err == nil {
		err = cmd.ParseFlags(rest)
	}
	if err == nil && cmd.Flags().NArg() > 0 && cmd.Args != nil {
		err = cmd.Args(cmd, cmd.Flags().Args())
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

// TestDocumentedCommandsAreThere: what the pages show can be typed.
func TestDocumentedCommandsAreThere(t *testing.T) {
	all := documented(t, "durablegen")
	if len(all) < 30 {
		t.Fatalf("only %d commands were found", len(all))
	}
	for _, e := range all {
		if why := e.fits(); why != "" {
			t.Errorf("%s: %s", e.where, why)
		}
	}
}

// TestHelpShowsWhatCanBeTyped looks at the examples in the help texts.
func TestHelpShowsWhatCanBeTyped(t *testing.T) {
	n := 0
	var look func(c *cobra.Command)
	look = func(c *cobra.Command) {
		for _, e := range commandsIn(c.CommandPath()+" --help", c.Long) {
			n++
			if why := e.fits(); why != "" {
				t.Errorf("%s: %s", e.where, why)
			}
		}
		for _, sub := range c.Commands() {
			look(sub)
		}
	}
	look(newRootCommand())
	if n < 20 {
		t.Fatalf("only %d examples were found", n)
	}
}

// TestDocumentedAWSCommandsFitTheAPI: operations and flags of the AWS CLI are those of
// the API, and what the API takes as bytes is given as a file: else the CLI would read
// it as base64.
func TestDocumentedAWSCommandsFitTheAPI(t *testing.T) {
	commands := documented(t, "aws")
	if len(commands) < 5 {
		t.Fatalf("only %d commands were found", len(commands))
	}
	for _, c := range commands {
		if c.words[1] != "lambda" {
			continue
		}
		method, ok := reflect.TypeFor[*lambda.Client]().MethodByName(pascal(c.words[2]))
		if !ok {
			t.Errorf("%s: the API has no %s", c.where, pascal(c.words[2]))
			continue
		}
		input := method.Type.In(2).Elem()
		for i, word := range c.words {
			flag, ok := strings.CutPrefix(word, "--")
			if !ok {
				continue
			}
			field, ok := input.FieldByName(pascal(strings.TrimPrefix(flag, "no-")))
			switch {
			case flag == "cli-binary-format" || flag == "region" || flag == "endpoint-url" || flag == "output" || flag == "query":
			case !ok:
				t.Errorf("%s: %s has no %s", c.where, method.Name, flag)
			case field.Type == reflect.TypeFor[[]byte]() && (i+1 == len(c.words) || !strings.HasPrefix(c.words[i+1], "fileb://")):
				t.Errorf("%s: --%s is bytes: give it as fileb://FILE", c.where, flag)
			}
		}
	}
}

// pascal gives the name of the API for that of a flag: "InvocationType".
func pascal(kebab string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(kebab, "-") {
		b.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return b.String()
}
