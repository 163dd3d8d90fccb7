// Package answers reads the file that tells how the outside world answers callbacks, and
// what the functions give that workflows invoke.
//
//	{
//	  "programs": {
//	    "restaurant": {"package": "./restaurant", "args": ["-closed"], "env": {"MENU": "small"}},
//	    "renderer":   {"command": ["python3", "-m", "awslambdaric", "app.handler"], "dir": "render"}
//	  },
//	  "answers": {
//	    "render":           {"program": "renderer"},
//	    "weigh":            {"result": 250, "after": "3s"},
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
	"github.com/durablegen/durablegen/internal/arns"
	"github.com/durablegen/durablegen/internal/near"
	"github.com/durablegen/durablegen/internal/words"
)

// Answers is what such a file says. Its zero value answers nothing.
type Answers struct {
	Programs []Program           // by name
	answers  map[string][]Answer // by callback or function: one for each use
	lists    map[string]bool     // written as a list: later uses are not answered
	paths    []string            // of answers, those that are paths
}

// Program is started beside the workflows. It answers callbacks by itself, or it is a function.
type Program struct {
	Name    string
	Package string   // a folder or an import path; empty: there is a command
	Command []string // what starts it
	Dir     string   // where the command is started
	Args    []string
	Env     []string // "KEY=value"
	// Function is what workflows name the function that it is, as a Lambda bootstrap; empty if it is none.
	Function string
}

// EnvName is the variable by which the function learns the program's URL.
func (p Program) EnvName() string { return envName(p.Name) + "_URL" }

// Answer is what the outside world says to one use of a callback, or a function gives to one
// invocation.
type Answer struct {
	Silent  bool
	Program string // answers by itself; for a function, that which is invoked
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

// Key gives the first of a callback's or function's names that the file knows; the first one of
// all if it knows none.
func (a *Answers) Key(names ...string) string {
	for _, name := range names {
		if a.Knows(name) {
			return name
		}
	}
	return names[0]
}

// Knows tells whether the file has an answer to a name.
func (a *Answers) Knows(name string) bool {
	_, ok := a.answers[name]
	return ok
}

// Len tells for how many uses there are answers to a name: 1 for one that holds for all.
func (a *Answers) Len(name string) int { return len(a.answers[name]) }

// For gives the answer to the use of a callback or function, counted from 0. A single answer
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

// Asked is what is known of a callback of the workflows, or of a function that they invoke.
type Asked struct {
	Names  []string // its own, and the labels under which it is used
	Result dsl.Type // nil: none
	Fails  []*dsl.ErrorType
	// Together are those of the names under which several may be open at the same time, in
	// no certain order.
	Together []string
	// Function is what the workflows name a function; empty for a callback.
	Function string
	// Served tells that the function is served here, so that nothing can stand for it.
	Served bool
}

// what says what it is.
func (a *Asked) what() string {
	if a.Function != "" {
		return "function"
	}
	return "callback"
}

// Plain tells whether a function can't be a durable one: it is named without a qualifier. name is
// what the workflows name it.
func Plain(name string) bool {
	_, qualifier := arns.FunctionOf(name)
	return qualifier == ""
}

// LongestInvocation is how long Lambda lets a function run that is not durable.
const LongestInvocation = 15 * time.Minute

// Parse reads the file. known are the callbacks and functions that there are; nil means that
// they are not known, and any name and value is taken.
func Parse(text []byte, known []Asked) (*Answers, []payload.Problem) {
	root, problems := payload.Parse(text)
	if problems != nil {
		return nil, problems
	}
	r := &reader{
		text:  text,
		known: known,
		roles: map[string]*Asked{},
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
	known    []Asked
	roles    map[string]*Asked // what each program was named for first
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
		r.fail(answers, "", "`answers` must be an object: an answer for each callback and function, not %s", answers.Kind)
		return
	}
	for _, m := range answers.Members {
		r.asked(m)
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
	ok := r.object(m.Value, "a program", []string{"package", "command", "dir", "args", "env"}, func(m payload.Member) {
		switch m.Key {
		case "package":
			p.Package = r.string(m.Value, "`package`")
		case "command":
			p.Command = r.texts(m)
			if m.Value.Kind == payload.Array && (len(p.Command) == 0 || p.Command[0] == "") {
				r.fail(m.Value, "", "`command` must begin with a program")
			}
		case "dir":
			p.Dir = r.string(m.Value, "`dir`")
		case "args":
			p.Args = r.texts(m)
		case "env":
			if m.Value.Kind != payload.Object {
				r.fail(m.Value, "", "`env` must be an object: a text for each variable, not %s", m.Value.Kind)
			}
			for _, e := range m.Value.Members {
				p.Env = append(p.Env, e.Key+"="+r.string(e.Value, "a variable"))
			}
		}
	})
	has := func(key string) bool { return ok && m.Value.Get(key) != nil }
	switch {
	case !ok:
	case has("command") && (has("package") || has("args")):
		r.failKey(m, "", "the program `%s` has a `command`, which begins with the program and has its arguments: leave out `package` and `args`", m.Key)
	case has("dir") && !has("command"):
		r.failKey(m, "", "`dir` is where a `command` is started; the program `%s` has none", m.Key)
	case !has("package") && !has("command"):
		r.failKey(m, "", "the program `%s` lacks `package`, the folder or import path of its Go package, or `command`, what starts it", m.Key)
	}
	r.out.Programs = append(r.out.Programs, p)
}

// texts reads a list of texts.
func (r *reader) texts(m payload.Member) (texts []string) {
	if m.Value.Kind != payload.Array {
		r.fail(m.Value, "", "`%s` must be a list of texts, not %s", m.Key, m.Value.Kind)
	}
	for _, item := range m.Value.Items {
		texts = append(texts, r.string(item, "an item of `"+m.Key+"`"))
	}
	return texts
}

// find gives the callback or function that has a name; nil if none has.
func (r *reader) find(name string) *Asked {
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

func (r *reader) asked(m payload.Member) {
	asked := r.find(m.Key)
	if name, ok := lastOf(m.Key); asked == nil && ok {
		r.out.paths = append(r.out.paths, m.Key)
		asked = r.find(name)
	}
	if asked == nil && r.known != nil {
		var names []string
		for _, k := range r.known {
			names = append(names, k.Names...)
		}
		help := near.DidYouMean(m.Key, names)
		if help == "" {
			help = "there are " + words.List(names)
			if len(names) == 0 {
				help = "there are no callbacks and no functions"
			}
		}
		r.failKey(m, help, "no callback or function has the name `%s`", m.Key)
		return
	}
	if asked != nil && asked.Served {
		r.failKey(m, "leave the answer out, or serve the other one alone", "`%s` is served here, as function `%s`: it answers by itself", m.Key, asked.Function)
		return
	}
	if m.Value.Kind != payload.Array {
		r.out.answers[m.Key] = []Answer{r.answer(m.Value, asked)}
		return
	}
	if asked != nil && slices.Contains(asked.Together, m.Key) {
		r.fail(m.Value, "name each by its path, as the progress of a run shows it, such as `labels[0]/"+m.Key+"`",
			"`%s` may be open several times at once, so that it is chance which answer of a list each gets", m.Key)
	}
	r.out.lists[m.Key] = true
	all := []Answer{}
	for _, item := range m.Value.Items {
		all = append(all, r.answer(item, asked))
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

func (r *reader) answer(v *payload.Value, asked *Asked) Answer {
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
			if asked != nil {
				r.result(m.Value, asked)
			}
		case "failure":
			a.Failure = r.failure(m.Value, asked)
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
			if i := slices.Index(names, a.Program); i >= 0 {
				r.role(m.Value, &r.out.Programs[i], asked)
				return
			}
			help := near.DidYouMean(a.Program, names)
			if help == "" {
				help = "add it to `programs`"
			}
			r.fail(m.Value, help, "no program has the name `%s`", a.Program)
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
	case asked != nil && asked.Function != "" && a.Heartbeat != 0:
		r.fail(v, "", "`heartbeat` does not go with a function: only a callback has signs of life")
	case asked != nil && asked.Function != "" && Plain(asked.Function) && a.After > LongestInvocation:
		r.fail(v, "name it with a qualifier if it is durable, or have it be silent", "`%s` is named without a qualifier, so it is not durable, and Lambda ends it after %s", asked.Names[0], words.Duration(LongestInvocation))
	case len(kinds) == 1 && a.Heartbeat != 0 && a.Program != "":
		r.fail(v, "", "`heartbeat` does not go with `program`, which gives its own signs of life")
	case len(kinds) == 0 && asked != nil && v.Kind == payload.Object && !payload.MayLack(asked.Result):
		r.fail(v, "give it one of `result`, `failure`, `silence` and `program`", "the answer lacks the result, which is of type `%s`", asked.Result)
	}
	return a
}

// role notes what a program is named for: it answers callbacks, or it is a function.
func (r *reader) role(v *payload.Value, p *Program, asked *Asked) {
	if asked == nil {
		return
	}
	before := r.roles[p.Name]
	if before != nil && before.what() != asked.what() {
		r.fail(v, "have two programs", "the program `%s` answers the %s `%s`, so it can't be the %s `%s` too: the one listens on an address, the other is a Lambda bootstrap",
			p.Name, before.what(), before.Names[0], asked.what(), asked.Names[0])
	}
	if before == nil {
		r.roles[p.Name], p.Function = asked, asked.Function
	}
}

func (r *reader) result(v *payload.Value, asked *Asked) {
	if asked.Result == nil {
		if v.Kind != payload.Null {
			r.fail(v, "write null, or leave `result` out", "the %s `%s` has no result", asked.what(), asked.Names[0])
		}
		return
	}
	r.problems = append(r.problems, payload.Check(v, asked.Result, "the result")...)
}

func (r *reader) failure(v *payload.Value, asked *Asked) *Failure {
	f := &Failure{}
	var declared *dsl.ErrorType
	r.object(v, "a failure", []string{"type", "message", "data"}, func(m payload.Member) {
		switch m.Key {
		case "type":
			f.Type = r.string(m.Value, "`type`")
			if asked == nil {
				return
			}
			var names []string
			for _, e := range asked.Fails {
				names = append(names, e.Name)
				if e.Name == f.Type {
					declared = e
				}
			}
			if n := near.Name(f.Type, names); declared == nil && n != "" {
				r.fail(m.Value, fmt.Sprintf("did you mean `%s`?", n), "`%s` does not fail with `%s`", asked.Names[0], f.Type)
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
