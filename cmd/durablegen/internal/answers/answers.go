// Package answers reads the file that tells how the outside world answers the
// callbacks of a run.
//
//	{
//	  "programs": {"restaurant": {"package": "./restaurant", "args": ["-closed"], "env": {"MENU": "small"}}},
//	  "answers": {
//	    "askRestaurant":    {"program": "restaurant"},
//	    "customerConfirms": {"result": null, "after": "20m"},
//	    "askBoss":          [{"silence": true}, {"failure": {"type": "Refused", "message": "no", "data": {"why": "late"}}}]
//	  }
//	}
package answers

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/durablegen/durablegen/cmd/durablegen/internal/payload"
	"github.com/durablegen/durablegen/dsl"
	"github.com/durablegen/durablegen/internal/near"
	"github.com/durablegen/durablegen/internal/words"
)

// Answers is what such a file says. Its zero value answers nothing.
type Answers struct {
	Programs []Program           // by name
	answers  map[string][]Answer // by callback: one for each use
	lists    map[string]bool     // written as a list: later uses are not answered
	paths    []string            // of answers, those that are paths
}

// Program is started beside the function, and answers callbacks by itself.
type Program struct {
	Name    string
	Package string // a folder or an import path
	Args    []string
	Env     []string // "KEY=value"
}

// EnvName is the variable by which the function learns the program's URL.
func (p Program) EnvName() string { return envName(p.Name) + "_URL" }

// Answer is what the outside world says to one use of a callback.
type Answer struct {
	Silent  bool
	Program string // answers by itself
	After   time.Duration
	// Heartbeat is how often a sign of life comes until then; 0: none does.
	Heartbeat time.Duration
	Failure   *Failure
	Result    *string // JSON; nil: none
}

// Failure is an answer that is an error.
type Failure struct {
	Type, Message string
	Data          string // JSON; empty: none
}

// Key gives the first of a callback's names that the file knows; the first one of
// all if it knows none.
func (a *Answers) Key(names ...string) string {
	for _, name := range names {
		if _, ok := a.answers[name]; ok {
			return name
		}
	}
	return names[0]
}

// For gives the answer to the use of a callback, counted from 0. A single answer
// holds for every use, a list for as many as it has.
func (a *Answers) For(use int, names ...string) (Answer, bool) {
	key := a.Key(names...)
	all := a.answers[key]
	switch {
	case a.lists[key] && use < len(all):
		return all[use], true
	case !a.lists[key] && len(all) > 0:
		return all[0], true
	}
	return Answer{}, false
}

// Callback is what is known of a callback of the workflows.
type Callback struct {
	Names  []string // its own, and the labels under which it is used
	Result dsl.Type // nil: none
	Fails  []*dsl.ErrorType
	// Together are those of the names under which several may be open at the same time, in
	// no certain order.
	Together []string
}

// Parse reads the file. known are the callbacks that there are; nil means that they
// are not known, and any name and value is taken.
func Parse(text []byte, known []Callback) (*Answers, []payload.Problem) {
	root, problems := payload.Parse(text)
	if problems != nil {
		return nil, problems
	}
	r := &reader{
		text:  text,
		known: known,
		out:   &Answers{answers: map[string][]Answer{}, lists: map[string]bool{}},
	}
	r.file(root)
	if r.problems != nil {
		return nil, r.problems
	}
	return r.out, nil
}

type reader struct {
	text     []byte
	known    []Callback
	out      *Answers
	problems []payload.Problem
}

func (r *reader) fail(v *payload.Value, help, format string, args ...any) {
	r.problems = append(r.problems, payload.Problem{Start: v.Start, End: v.End, Message: fmt.Sprintf(format, args...), Help: help})
}

func (r *reader) failKey(m payload.Member, help, format string, args ...any) {
	r.problems = append(r.problems, payload.Problem{Start: m.KeyStart, End: m.KeyEnd, Message: fmt.Sprintf(format, args...), Help: help})
}

// object visits the members of an object, each of which must be one of the keys.
func (r *reader) object(v *payload.Value, what string, keys []string, visit func(m payload.Member)) bool {
	if v.Kind != payload.Object {
		r.fail(v, "", "%s must be an object with %s, not %s", what, words.List(keys), v.Kind)
		return false
	}
	for _, m := range v.Members {
		if !slices.Contains(keys, m.Key) {
			help := near.Help(m.Key, keys)
			r.failKey(m, help, "%s knows no `%s`", what, m.Key)
			continue
		}
		visit(m)
	}
	return true
}

func (r *reader) string(v *payload.Value, what string) string {
	if v.Kind != payload.String {
		r.fail(v, "", "%s must be a text, not %s", what, v.Kind)
	}
	return v.Text
}

func (r *reader) file(root *payload.Value) {
	var answers *payload.Value
	r.object(root, "the file", []string{"programs", "answers"}, func(m payload.Member) {
		if m.Key == "answers" {
			answers = m.Value // after the programs, which they name
			return
		}
		if m.Value.Kind != payload.Object {
			r.fail(m.Value, "", "`programs` must be an object: a name for each program, not %s", m.Value.Kind)
			return
		}
		for _, p := range m.Value.Members {
			r.program(p)
		}
	})
	if answers == nil {
		return
	}
	if answers.Kind != payload.Object {
		r.fail(answers, "", "`answers` must be an object: an answer for each callback, not %s", answers.Kind)
		return
	}
	for _, m := range answers.Members {
		r.callback(m)
	}
}

var programName = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9_-]*$`)

func (r *reader) program(m payload.Member) {
	p := Program{Name: m.Key}
	if !programName.MatchString(m.Key) {
		r.failKey(m, "", "the name of a program has letters, digits, `-` and `_` only: it becomes the variable that tells its URL")
	}
	for _, other := range r.out.Programs {
		if other.EnvName() == p.EnvName() {
			r.failKey(m, "", "`%s` and `%s` would both have their URL in %s; rename one", other.Name, p.Name, p.EnvName())
		}
	}
	ok := r.object(m.Value, "a program", []string{"package", "args", "env"}, func(m payload.Member) {
		switch m.Key {
		case "package":
			p.Package = r.string(m.Value, "`package`")
		case "args":
			if m.Value.Kind != payload.Array {
				r.fail(m.Value, "", "`args` must be a list of texts, not %s", m.Value.Kind)
			}
			for _, item := range m.Value.Items {
				p.Args = append(p.Args, r.string(item, "an argument"))
			}
		case "env":
			if m.Value.Kind != payload.Object {
				r.fail(m.Value, "", "`env` must be an object: a text for each variable, not %s", m.Value.Kind)
			}
			for _, e := range m.Value.Members {
				p.Env = append(p.Env, e.Key+"="+r.string(e.Value, "a variable"))
			}
		}
	})
	if ok && p.Package == "" && m.Value.Get("package") == nil {
		r.failKey(m, "", "the program `%s` lacks `package`, the folder or import path of its Go package", m.Key)
	}
	r.out.Programs = append(r.out.Programs, p)
}

// find gives the callback that has a name; nil if none has.
func (r *reader) find(name string) *Callback {
	for i := range r.known {
		if slices.Contains(r.known[i].Names, name) {
			return &r.known[i]
		}
	}
	return nil
}

var pathEnd = regexp.MustCompile(`^(?:.*/ ?)?(.*?)(?:\[\d+\])*$`)

// lastOf gives the name at the end of a path, if a key is one: "ask" of "labels[2]/ask".
func lastOf(key string) (name string, ok bool) {
	name = pathEnd.FindStringSubmatch(key)[1]
	return name, name != key
}

// Paths gives those names of the answers that are the path of one operation, such as
// "labels[2]/ask".
func (a *Answers) Paths() []string { return a.paths }

func (r *reader) callback(m payload.Member) {
	callback := r.find(m.Key)
	if name, ok := lastOf(m.Key); callback == nil && ok {
		r.out.paths = append(r.out.paths, m.Key)
		callback = r.find(name)
	}
	if callback == nil && r.known != nil {
		var names []string
		for _, k := range r.known {
			names = append(names, k.Names...)
		}
		help := near.DidYouMean(m.Key, names)
		if help == "" {
			help = "there are " + words.List(names)
			if len(names) == 0 {
				help = "there are no callbacks"
			}
		}
		r.failKey(m, help, "no callback has the name `%s`", m.Key)
		return
	}
	if m.Value.Kind != payload.Array {
		r.out.answers[m.Key] = []Answer{r.answer(m.Value, callback)}
		return
	}
	if callback != nil && slices.Contains(callback.Together, m.Key) {
		r.fail(m.Value, "name each by its path, as the progress of a run shows it, such as `labels[0]/"+m.Key+"`",
			"`%s` may be open several times at once, so that it is chance which answer of a list each gets", m.Key)
	}
	r.out.lists[m.Key] = true
	all := []Answer{}
	for _, item := range m.Value.Items {
		all = append(all, r.answer(item, callback))
	}
	r.out.answers[m.Key] = all
}

func (r *reader) duration(m payload.Member) (d time.Duration, ok bool) {
	what := "`" + m.Key + "`"
	d, err := Duration(r.string(m.Value, what))
	if err != nil && m.Value.Kind == payload.String {
		r.fail(m.Value, "", "%s: %v", what, err)
	}
	return d, err == nil
}

func (r *reader) answer(v *payload.Value, callback *Callback) Answer {
	var a Answer
	var kinds []string
	r.object(v, "an answer", []string{"result", "failure", "silence", "program", "after", "heartbeat"}, func(m payload.Member) {
		if m.Key != "after" && m.Key != "heartbeat" {
			kinds = append(kinds, m.Key)
		}
		switch m.Key {
		case "result":
			if m.Value.Kind != payload.Null {
				text := string(r.text[m.Value.Start:m.Value.End])
				a.Result = &text
			}
			if callback != nil {
				r.result(m.Value, callback)
			}
		case "failure":
			a.Failure = r.failure(m.Value, callback)
		case "silence":
			if m.Value.Kind != payload.Bool || m.Value.Text != "true" {
				r.fail(m.Value, "leave it out to have the callback answered", "`silence` can only be true")
			}
			a.Silent = true
		case "program":
			a.Program = r.string(m.Value, "`program`")
			var names []string
			for _, p := range r.out.Programs {
				names = append(names, p.Name)
			}
			if !slices.Contains(names, a.Program) {
				help := near.DidYouMean(a.Program, names)
				if help == "" {
					help = "add it to `programs`"
				}
				r.fail(m.Value, help, "no program has the name `%s`", a.Program)
			}
		case "after":
			a.After, _ = r.duration(m)
		case "heartbeat":
			every, ok := r.duration(m)
			if ok && every <= 0 {
				r.fail(m.Value, "", "`heartbeat` must be above zero: it is how often a sign of life comes")
			}
			a.Heartbeat = every
		}
	})
	switch {
	case len(kinds) > 1:
		r.fail(v, "", "an answer is one thing; this one has %s", words.List(kinds))
	case len(kinds) == 1 && a.After != 0 && (a.Silent || a.Program != ""):
		r.fail(v, "", "`after` does not go with `%s`: it tells when a result or failure comes", kinds[0])
	case len(kinds) == 1 && a.Heartbeat != 0 && a.Program != "":
		r.fail(v, "", "`heartbeat` does not go with `program`, which gives its own signs of life")
	case len(kinds) == 0 && callback != nil && v.Kind == payload.Object && !payload.MayLack(callback.Result):
		r.fail(v, "give it one of `result`, `failure`, `silence` and `program`", "the answer lacks the result, which is of type `%s`", callback.Result)
	}
	return a
}

func (r *reader) result(v *payload.Value, callback *Callback) {
	if callback.Result == nil {
		if v.Kind != payload.Null {
			r.fail(v, "write null, or leave `result` out", "`%s` is a bare confirmation: it has no result", callback.Names[0])
		}
		return
	}
	r.problems = append(r.problems, payload.Check(v, callback.Result, "the result")...)
}

func (r *reader) failure(v *payload.Value, callback *Callback) *Failure {
	f := &Failure{}
	var declared *dsl.ErrorType
	r.object(v, "a failure", []string{"type", "message", "data"}, func(m payload.Member) {
		switch m.Key {
		case "type":
			f.Type = r.string(m.Value, "`type`")
			if callback == nil {
				return
			}
			var names []string
			for _, e := range callback.Fails {
				names = append(names, e.Name)
				if e.Name == f.Type {
					declared = e
				}
			}
			if n := near.Name(f.Type, names); declared == nil && n != "" {
				r.fail(m.Value, fmt.Sprintf("did you mean `%s`?", n), "`%s` does not fail with `%s`", callback.Names[0], f.Type)
			}
		case "message":
			f.Message = r.string(m.Value, "`message`")
		case "data":
			f.Data = string(r.text[m.Value.Start:m.Value.End])
		}
	})
	if declared == nil {
		return f
	}
	if data := v.Get("data"); data != nil {
		r.problems = append(r.problems, payload.Check(data, declared, "the data")...)
	} else if lacks := required(declared); len(lacks) > 0 {
		r.fail(v, "", "the failure lacks `data` with %s of `%s`", words.List(lacks), declared.Name)
	}
	return f
}

func required(e *dsl.ErrorType) []string {
	var names []string
	for _, f := range e.Fields {
		if _, optional := f.Type.(*dsl.Optional); !optional {
			names = append(names, f.JSON)
		}
	}
	return names
}

var durationPart = regexp.MustCompile(`^(\d+)([wd])`)

// Duration reads a duration as the language writes it: Go's, with days and weeks
// in front.
func Duration(text string) (time.Duration, error) {
	rest, total, short := text, time.Duration(0), true
	add := func(d time.Duration) {
		total += d
		short = short && total >= 0 // no part is negative, so that this tells of every overflow
	}
	for {
		m := durationPart.FindStringSubmatch(rest)
		if m == nil {
			break
		}
		n, err := strconv.Atoi(m[1])
		if err != nil || n > 10_000 {
			return 0, fmt.Errorf("%q is too long", text)
		}
		day := 24 * time.Hour
		if m[2] == "w" {
			day *= 7
		}
		add(time.Duration(n) * day)
		rest = rest[len(m[0]):]
	}
	if rest != "" || text == "" {
		d, err := time.ParseDuration(rest)
		if err != nil || d < 0 {
			return 0, fmt.Errorf("%q is not a duration such as \"20m\", \"1h30m\" or \"2d\"", text)
		}
		add(d)
	}
	if !short {
		return 0, fmt.Errorf("%q is too long", text)
	}
	return total, nil
}

func envName(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' {
			return '_'
		}
		return r
	}, strings.ToUpper(name))
}
