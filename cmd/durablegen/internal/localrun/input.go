package localrun

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/answers"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/gobuild"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/payload"
	"github.com/durablegen/durablegen/cmd/durablegen/internal/terminal"
	"github.com/durablegen/durablegen/internal/words"
)

// readFiles reads the input and the answers, and shows all that is wrong with them.
func (p *plan) readFiles() error {
	if err := p.readInput(); err != nil {
		return err
	}
	return p.readAnswers()
}

func (p *plan) readInput() error {
	if p.former != nil {
		p.event = p.former.Input
		return nil
	}
	text, name, err := p.inputText()
	if err != nil {
		return err
	}
	w := p.decl()
	if text == nil {
		if w != nil && len(payload.CheckEvent(&payload.Value{Kind: payload.Null}, w.Params)) > 0 {
			return fmt.Errorf("workflow `%s` needs an input: %s; give it with --input, or in %s", p.Workflow, payload.ExampleEvent(w.Params), filepath.Join(gobuild.Shown(p.target.Dir), "input.json"))
		}
		return nil
	}
	value, problems := payload.Parse(text)
	if problems == nil && w != nil {
		problems = payload.CheckEvent(value, w.Params)
	}
	if problems != nil {
		terminal.Problems(p.Stderr, name, text, problems)
		return terminal.Cannot
	}
	event := payload.Compact(string(text))
	p.event = &event
	return nil
}

// inputText gives the input and what to call it; nil if there is none.
func (p *plan) inputText() (text []byte, name string, err error) {
	switch {
	case p.Input != nil && *p.Input == "-":
		text, err = io.ReadAll(p.Stdin)
		if err != nil {
			return nil, "", fmt.Errorf("standard input can't be read: %w", err)
		}
		return text, "<stdin>", nil
	case p.Input != nil:
		return FileOrJSON("--input", *p.Input)
	}
	return p.beside("input.json")
}

// FileOrJSON reads a flag's value: JSON itself, or the name of a file.
func FileOrJSON(flag, value string) (text []byte, name string, err error) {
	text, err = os.ReadFile(value)
	switch trimmed := strings.TrimSpace(value); {
	case err == nil:
		return text, value, nil
	case strings.HasPrefix(trimmed, "{") || strings.HasPrefix(trimmed, "[") || strings.HasPrefix(trimmed, `"`) || json.Valid([]byte(trimmed)):
		return []byte(value), flag, nil
	case errors.Is(err, fs.ErrNotExist):
		return nil, "", fmt.Errorf("%s %s: neither a file nor JSON", flag, terminal.Quote(value))
	}
	return nil, "", fmt.Errorf("%s: can't be read: %w", value, words.Cause(err))
}

// beside reads a file that lies beside the package or its Lambda main; nil if there
// is none.
func (p *plan) beside(name string) ([]byte, string, error) {
	for _, dir := range append([]string{p.target.Dir, p.target.Main}, p.target.Flow...) {
		path := filepath.Join(dir, name)
		text, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, "", fmt.Errorf("%s: can't be read: %w", gobuild.Shown(path), words.Cause(err))
		}
		return text, gobuild.ShownFile(path), nil
	}
	return nil, "", nil
}

func (p *plan) readAnswers() error {
	given := p.Answers
	p.programs = p.target.Dir
	if given == nil {
		text, name, err := p.beside("answers.json")
		if err != nil {
			return err
		}
		if text == nil {
			p.outside = new(answers.Answers)
			return nil
		}
		given = &name
	}
	var known []answers.Asked
	if p.decl() != nil { // workflows written in Go tell nothing of their callbacks
		known = askedOf(p.packages, servedBy(p.packages, p.all), p.decl())
	}
	a, file, err := parseAnswers(p.Stderr, *given, known)
	if err != nil {
		return err
	}
	if file != "" {
		p.programs = filepath.Dir(file)
	}
	p.outside = a
	return nil
}

// parseAnswers reads answers that were given as JSON or as the name of a file, whose absolute path is
// given then, and shows all that is wrong with them.
func parseAnswers(w io.Writer, given string, known []answers.Asked) (a *answers.Answers, file string, err error) {
	text, name, err := FileOrJSON("--answers", given)
	if err != nil {
		return nil, "", err
	}
	if name != "--answers" {
		if file, err = filepath.Abs(name); err != nil {
			return nil, "", err
		}
	}
	a, problems := answers.Parse(text, known)
	if problems != nil {
		terminal.Problems(w, name, text, problems)
		return nil, file, terminal.Cannot
	}
	return a, file, nil
}

// sameInput compares an input that was given with that of the former execution.
func (p *plan) sameInput() error {
	if p.Input == nil {
		return nil
	}
	text, name, err := p.inputText()
	if err != nil {
		return err
	}
	stored := ""
	if p.former.Input != nil {
		stored = *p.former.Input
	}
	if payload.Compact(string(text)) == payload.Compact(stored) {
		return nil
	}
	if name == "--input" {
		name = "the one given"
	}
	return fmt.Errorf("execution `%s` was started with another input than %s; leave --input out to go on with it, or give another --name to start anew\n"+
		"    its input: %s", p.Name, name, short(stored))
}

func short(text string) string {
	if text == "" {
		return "none"
	}
	if runes := []rune(text); len(runes) > 300 {
		return string(runes[:300]) + "…"
	}
	return text
}
