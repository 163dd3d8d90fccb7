package judge

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Requirement is one file of the suite.
type Requirement struct {
	ID          string // such as "4-11" or "otel-execution-7"
	Suite       string // the folder it lies in
	Description string
	Optional    bool // a failure is told and does not count
	Async       bool // invoked as an event and polled

	Variables map[string]string
	Input     any
	Callbacks []CallbackAction
	History   []map[string]any
	Logs      []LogExpectation

	// Status is how the execution must end; empty: that the history matches is enough.
	Status string
	// Result is what it must return, where HasResult.
	Result    any
	HasResult bool

	// Error is what its error must have, where HasError: its members match as an
	// event's do.
	Error    map[string]any
	HasError bool

	// Telemetry is what is expected of the spans that the execution exports; nil:
	// nothing.
	Telemetry *Telemetry

	// Unreadable says why the file could not be read, if so: a failure of its own.
	Unreadable error

	// Patience is how long an execution may go without a new event.
	Patience time.Duration
}

// CallbackAction is something to do with a callback.
type CallbackAction struct {
	Name       string // a callback's name, "*" or "${/regexp/}"
	Operation  string // success, failure or heartbeat
	Payload    any
	HasPayload bool
	Delay      time.Duration
	// AfterInvocation holds the action back until the invocation that started the
	// callback has completed.
	AfterInvocation bool
}

// LogExpectation says how many log records have the fields of Match.
type LogExpectation struct {
	Match         map[string]any
	Min, Max      int // Max < 0: no bound
	After, Before []map[string]any
}

// Load reads the requirements below a folder, in the order of their IDs. YAML files
// whose name does not end in a number are left alone; one that can't be read is a
// requirement that no service reaches.
func Load(dir string) ([]*Requirement, error) {
	var all []*Requirement
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if _, n := number(idOf(path)); n < 0 {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		r, err := Parse(path, text)
		if err != nil {
			r = &Requirement{ID: idOf(path), Suite: filepath.Base(filepath.Dir(path)), Unreadable: err}
		}
		all = append(all, r)
		return nil
	})
	slices.SortFunc(all, func(a, b *Requirement) int {
		suiteA, numberA := number(a.ID)
		suiteB, numberB := number(b.ID)
		// "4" comes before "11", and both before "otel-execution".
		n, notA := strconv.Atoi(suiteA)
		m, notB := strconv.Atoi(suiteB)
		return cmp.Or(cmp.Compare(btoi(notA != nil), btoi(notB != nil)), cmp.Compare(n, m),
			cmp.Compare(suiteA, suiteB), cmp.Compare(numberA, numberB))
	})
	return all, err
}

func idOf(path string) string {
	name, isYAML := strings.CutSuffix(filepath.Base(path), ".yaml")
	if !isYAML {
		return ""
	}
	return name
}

// number splits "4-11" or "otel-execution-7" into its parts. The number is negative
// if there is none.
func number(id string) (suite string, n int) {
	at := strings.LastIndexByte(id, '-')
	if at < 1 {
		return "", -1
	}
	n, err := strconv.Atoi(id[at+1:])
	if err != nil {
		return "", -1
	}
	return id[:at], n
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Parse reads the text of one requirement. What it doesn't know it refuses, so
// that no expectation is overlooked.
func Parse(path string, text []byte) (r *Requirement, err error) {
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(root.Content) == 0 {
		return nil, fmt.Errorf("%s: empty", path)
	}
	r = &Requirement{ID: idOf(path), Suite: filepath.Base(filepath.Dir(path)), Patience: 30 * time.Second}
	defer func() {
		if p := recover(); p != nil {
			shape, ok := p.(shapeError)
			if !ok {
				panic(p)
			}
			err = fmt.Errorf("%s: %s", path, string(shape))
		}
	}()
	fields := object(value(root.Content[0]), "the file")
	for key, v := range fields {
		switch key {
		case "description":
			r.Description = scalar(v, key)
		case "handler", "invocations", "async", "DefaultRetryParameters":
			// For people.
		case "optional":
			r.Optional = boolean(v, key)
		case "AsyncInvoke":
			r.Async = boolean(v, key)
		case "AsyncConfig":
			for k, v := range object(v, key) {
				switch k {
				case "PollIntervalSeconds":
				case "NoProgressTimeoutSeconds":
					r.Patience = seconds(v, k)
				default:
					refuse("%s.%s is unknown", key, k)
				}
			}
		case "Variables":
			r.Variables = map[string]string{}
			for k, v := range object(v, key) {
				r.Variables[k] = scalar(v, k)
			}
		case "Input":
			r.Input = v
		case "ExpectedResult":
			for k, v := range object(v, key) {
				switch k {
				case "ExecutionStatus":
					r.Status = scalar(v, k)
				case "Result":
					r.Result, r.HasResult = v, true
				case "Error":
					r.Error, r.HasError = object(v, k), true
				default:
					refuse("%s.%s is unknown", key, k)
				}
			}
		case "CallbackActions":
			for _, v := range list(v, key) {
				r.Callbacks = append(r.Callbacks, callbackAction(object(v, key)))
			}
		case "ExpectedExecutionHistory":
			for _, v := range list(v, key) {
				event := object(v, key)
				if _, ok := event["EventId"].(json.Number); !ok {
					refuse("an event has no EventId")
				}
				knownMarks(event)
				r.History = append(r.History, event)
			}
		case "ExpectedLogs":
			for _, v := range list(v, key) {
				r.Logs = append(r.Logs, logExpectation(object(v, key)))
			}
		case "TelemetryAssertions":
			r.Telemetry = telemetry(object(v, key))
		default:
			refuse("%s is unknown", key)
		}
	}
	return r, nil
}

// knownMarks refuses what the matcher would take for the name of a member.
func knownMarks(v any) {
	switch v := v.(type) {
	case map[string]any:
		for k, inner := range v {
			if strings.HasPrefix(k, "$") && k != "$json" && k != "$absent" {
				refuse("%s is unknown", k)
			}
			if k == "$absent" {
				for _, path := range list(inner, k) {
					for _, step := range list(path, k) {
						scalar(step, k)
					}
				}
				continue
			}
			knownMarks(inner)
		}
	case []any:
		for _, inner := range v {
			knownMarks(inner)
		}
	}
}

func callbackAction(fields map[string]any) CallbackAction {
	var a CallbackAction
	for k, v := range fields {
		switch k {
		case "CallbackName":
			a.Name = scalar(v, k)
		case "Operation":
			a.Operation = scalar(v, k)
		case "Payload":
			a.Payload, a.HasPayload = v, true
		case "Delay":
			a.Delay = seconds(v, k)
		case "AfterInvocationCompleted":
			a.AfterInvocation = boolean(v, k)
		default:
			refuse("CallbackActions.%s is unknown", k)
		}
	}
	switch a.Operation {
	case "success", "failure", "heartbeat":
	default:
		refuse("CallbackActions.Operation %q is unknown", a.Operation)
	}
	return a
}

func logExpectation(fields map[string]any) LogExpectation {
	l := LogExpectation{Min: 1, Max: -1}
	for k, v := range fields {
		switch k {
		case "match":
			l.Match = object(v, k)
		case "count":
			l.Min = integer(v, k)
			l.Max = l.Min
		case "min_count":
			l.Min = integer(v, k)
		case "max_count":
			l.Max = integer(v, k)
			if _, also := fields["min_count"]; !also {
				l.Min = 0
			}
		case "after":
			l.After = matchers(v, k)
		case "before":
			l.Before = matchers(v, k)
		default:
			refuse("ExpectedLogs.%s is unknown", k)
		}
	}
	return l
}

// matchers reads one matcher or a list of them, each bare or under "match".
func matchers(v any, what string) []map[string]any {
	all, isList := v.([]any)
	if !isList {
		all = []any{v}
	}
	var out []map[string]any
	for _, v := range all {
		m := object(v, what)
		if inner, wrapped := m["match"]; wrapped {
			m = object(inner, what)
		}
		out = append(out, m)
	}
	return out
}

// value turns a YAML node into what encoding/json would make of it, numbers as
// [json.Number].
func value(n *yaml.Node) any {
	switch n.Kind {
	case yaml.AliasNode:
		return value(n.Alias)
	case yaml.MappingNode:
		out := make(map[string]any, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			out[n.Content[i].Value] = value(n.Content[i+1])
		}
		return out
	case yaml.SequenceNode:
		out := make([]any, len(n.Content))
		for i, item := range n.Content {
			out[i] = value(item)
		}
		return out
	}
	switch n.ShortTag() {
	case "!!null":
		return nil
	case "!!bool":
		var b bool
		if n.Decode(&b) == nil {
			return b
		}
	case "!!int":
		var i int64
		if n.Decode(&i) == nil {
			return json.Number(strconv.FormatInt(i, 10))
		}
	case "!!float":
		var f float64
		if n.Decode(&f) == nil {
			return json.Number(strconv.FormatFloat(f, 'g', -1, 64))
		}
	}
	return n.Value
}

// shapeError travels from the readers below to Parse.
type shapeError string

func refuse(format string, args ...any) { panic(shapeError(fmt.Sprintf(format, args...))) }

func object(v any, what string) map[string]any {
	m, ok := v.(map[string]any)
	if !ok {
		refuse("%s is no mapping", what)
	}
	return m
}

func list(v any, what string) []any {
	if v == nil {
		return nil
	}
	l, ok := v.([]any)
	if !ok {
		refuse("%s is no list", what)
	}
	return l
}

// scalar reads a value that is neither list nor mapping as text.
func scalar(v any, what string) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	refuse("%s is no text", what)
	return ""
}

func boolean(v any, what string) bool {
	b, ok := v.(bool)
	if !ok {
		refuse("%s is neither true nor false", what)
	}
	return b
}

func integer(v any, what string) int {
	n, _ := v.(json.Number)
	i, err := n.Int64()
	if err != nil {
		refuse("%s is no whole number", what)
	}
	return int(i)
}

func seconds(v any, what string) time.Duration {
	n, _ := v.(json.Number)
	f, err := n.Float64()
	if err != nil || f < 0 {
		refuse("%s is no number of seconds", what)
	}
	return time.Duration(f * float64(time.Second))
}
