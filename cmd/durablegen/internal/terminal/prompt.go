package terminal

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/payload"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/near"
)

// Question is a callback that wants its answer.
type Question struct {
	Callback string
	Known    bool             // Result and Fails are known
	Result   dsl.Type         // nil: a bare confirmation
	Fails    []*dsl.ErrorType // errors that may be answered
}

// Answer is what the person said: a result (JSON, nil for none) or a failure.
type Answer struct {
	Result             *string
	ErrorType, Message string // a failure if ErrorType is not empty
	Data               string
}

// ErrLater means that the person does not answer now.
var ErrLater = errors.New("left open")

// Lines reads lines in the background until the reader ends; then the channel is
// closed.
func Lines(r io.Reader) <-chan string {
	lines := make(chan string)
	go func() {
		defer close(lines)
		s := bufio.NewScanner(r)
		s.Buffer(nil, 8<<20)
		for s.Scan() {
			lines <- s.Text()
		}
	}()
	return lines
}

// Ask asks until there is an answer that fits. It gives ErrLater when the person
// wants to leave it or input has ended, and the context's error when that ends.
func Ask(ctx context.Context, lines <-chan string, w io.Writer, q Question) (Answer, error) {
	a := &asker{ctx: ctx, lines: lines, w: w, q: q}
	fmt.Fprintf(w, "? %s\n  (%s)\n", headline(q), help(q))
	text, err := a.value(q.Result)
	switch {
	case err == errFailed:
		return a.failed, nil
	case err != nil:
		fmt.Fprintln(w)
		return Answer{}, err
	case text == "":
		return Answer{}, nil
	}
	return Answer{Result: &text}, nil
}

func headline(q Question) string {
	switch {
	case !q.Known:
		return fmt.Sprintf("%s waits for an answer", q.Callback)
	case q.Result == nil:
		return fmt.Sprintf("%s waits to be confirmed", q.Callback)
	}
	return fmt.Sprintf("%s asks for %s", q.Callback, payload.Describe(q.Result))
}

func help(q Question) string {
	h := "`fail TYPE MESSAGE` answers with a failure, `later` leaves it open"
	if len(q.Fails) > 0 {
		var names []string
		for _, e := range q.Fails {
			names = append(names, e.Name)
		}
		h = strings.Replace(h, "TYPE", strings.Join(names, "|"), 1)
	}
	if payload.IsRecord(q.Result) {
		h = "field by field, or all as JSON; " + h
	}
	return h
}

type asker struct {
	ctx    context.Context
	lines  <-chan string
	w      io.Writer
	q      Question
	failed Answer
}

// errFailed means that the person answered with a failure.
var errFailed = errors.New("answered with a failure")

// line asks for one line. `later` and `fail` are understood everywhere.
func (a *asker) line(label string) (string, error) {
	fmt.Fprintf(a.w, "  %s", label)
	for {
		select {
		case <-a.ctx.Done():
			return "", a.ctx.Err()
		case line, ok := <-a.lines:
			line = strings.TrimSpace(line)
			switch {
			case !ok || line == "later":
				return "", ErrLater
			case line == "fail" || strings.HasPrefix(line, "fail "):
				if err := a.fail(strings.Fields(line)[1:]); err != nil {
					return "", err
				}
				fmt.Fprintf(a.w, "  %s", label)
				continue
			}
			return line, nil
		}
	}
}

// fail understands `fail TYPE MESSAGE`; nil means that it was no good.
func (a *asker) fail(words []string) error {
	if len(words) == 0 {
		fmt.Fprintln(a.w, "  `fail` needs the type of the error, and may have a message")
		return nil
	}
	answer := Answer{ErrorType: words[0], Message: strings.Join(words[1:], " ")}
	var names []string
	for _, e := range a.q.Fails {
		names = append(names, e.Name)
		if e.Name != answer.ErrorType {
			continue
		}
		if len(e.Fields) > 0 {
			data, err := a.fields(e.Fields, nil)
			if err != nil {
				return err
			}
			answer.Data = data
		}
		a.failed = answer
		return errFailed
	}
	if n := near.Name(answer.ErrorType, names); n != "" {
		fmt.Fprintf(a.w, "  %s does not fail with %s; did you mean %s?\n", a.q.Callback, answer.ErrorType, n)
		return nil
	}
	a.failed = answer
	return errFailed
}

// value asks for a value of a type, as JSON.
func (a *asker) value(t dsl.Type) (string, error) {
	if fields := payload.Fields(t); fields != nil {
		return a.fields(fields, t)
	}
	return a.ask(label(t, "", a.q.Known), func(line string) (string, string) { return read(line, t, a.q.Known) })
}

// ask asks until there is a line that can be read.
func (a *asker) ask(label string, read func(line string) (text, problem string)) (string, error) {
	for {
		line, err := a.line(label)
		if err != nil {
			return "", err
		}
		text, problem := read(line)
		if problem == "" {
			return text, nil
		}
		fmt.Fprintf(a.w, "  %s\n", problem)
	}
}

// fields asks for an object field by field. Where whole is a type, the first answer may be all
// of it as JSON.
func (a *asker) fields(fields []*dsl.FieldEntry, whole dsl.Type) (string, error) {
	var parts []string
	for i, f := range fields {
		all := false
		text, err := a.ask(fieldLabel(f), func(line string) (string, string) {
			if all = i == 0 && whole != nil && strings.HasPrefix(line, "{"); all {
				return line, check(line, whole)
			}
			return readField(line, f)
		})
		if err != nil || all {
			return text, err
		}
		if text != "" {
			parts = append(parts, payload.Quote(f.JSON)+": "+text)
		}
	}
	return "{" + strings.Join(parts, ", ") + "}", nil
}

func fieldLabel(f *dsl.FieldEntry) string {
	text := label(f.Type, f.JSON, true)
	if f.Default != nil {
		text = strings.TrimSuffix(text, "): ") + ", or nothing for " + f.DefaultJSON() + "): "
	}
	return text
}

// readField reads the value of a field; what has a default is left out by nothing.
func readField(line string, f *dsl.FieldEntry) (text, problem string) {
	if f.Default != nil && line == "" {
		return "", ""
	}
	return read(line, f.Type, true)
}

func label(t dsl.Type, name string, known bool) string {
	switch {
	case !known:
		return "JSON, or nothing: "
	case t == nil:
		return "enter confirms: "
	}
	hint := t.String()
	elem, optional := t, false
	if o, ok := t.(*dsl.Optional); ok {
		elem, optional = o.Elem, true
		hint = elem.String()
	}
	switch e := elem.(type) {
	case *dsl.Enum:
		var names []string
		for _, v := range e.Values {
			names = append(names, v.JSON)
		}
		hint = strings.Join(names, ", ")
	case dsl.Basic:
		if e == dsl.Bool {
			hint = "true or false"
		}
	case *dsl.Record, *dsl.GoType, *dsl.List, *dsl.Map:
		hint = payload.Describe(elem) + " as JSON"
	default: // its own words are the hint
	}
	if optional {
		hint += ", or nothing"
	}
	if name == "" {
		return hint + ": "
	}
	return name + " (" + hint + "): "
}

// read makes JSON of what was typed: texts need no quotes. An empty text means that
// the value is left out. problem tells why it does not fit.
func read(line string, t dsl.Type, known bool) (text, problem string) {
	if !known {
		if line == "" {
			return "", ""
		}
		return line, check(line, nil)
	}
	if t == nil {
		if line != "" && line != "null" {
			return "", "there is nothing to say: press enter, or type `fail TYPE MESSAGE`"
		}
		return "", ""
	}
	elem := t
	if o, ok := t.(*dsl.Optional); ok {
		elem = o.Elem
		if line == "" || line == "null" {
			return "", ""
		}
	}
	switch e := elem.(type) {
	case *dsl.Enum:
		if !strings.HasPrefix(line, `"`) {
			line = payload.Quote(line)
		}
	case dsl.Basic:
		switch e {
		case dsl.String, dsl.Bytes, dsl.Time, dsl.Duration:
			if v, _ := payload.Parse([]byte(line)); v == nil || v.Kind != payload.String {
				line = payload.Quote(line)
			}
		case dsl.Bool:
			switch strings.ToLower(line) {
			case "y", "yes":
				line = "true"
			case "n", "no":
				line = "false"
			}
		}
	default: // is typed as JSON
	}
	return line, check(line, elem)
}

func check(line string, t dsl.Type) string {
	v, problems := payload.Parse([]byte(line))
	if _, scalar := t.(dsl.Basic); problems != nil && scalar {
		v, problems = payload.Parse([]byte(payload.Quote(line))) // what it must be helps more than what JSON is
	}
	if problems == nil {
		problems = payload.Check(v, t, "it")
	}
	if len(problems) == 0 {
		return ""
	}
	p := problems[0]
	if p.Help != "" {
		return p.Message + "; " + p.Help
	}
	return p.Message
}
