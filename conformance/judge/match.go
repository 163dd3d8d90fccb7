package judge

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
)

// Event is an event of a history, as the service's JSON has it.
type Event map[string]any

// Type gives the event's type.
func (e Event) Type() string { return e.text("EventType") }

// ID gives the number of the event, 0 if it has none.
func (e Event) ID() int {
	n, _ := e["EventId"].(json.Number)
	id, _ := n.Int64()
	return int(id)
}

func (e Event) text(key string) string {
	s, _ := e[key].(string)
	return s
}

// details gives the member that is named after the event's type.
func (e Event) details() map[string]any {
	d, _ := e[e.Type()+"Details"].(map[string]any)
	return d
}

func (e Event) terminal() bool {
	switch e.Type() {
	case "ExecutionSucceeded", "ExecutionFailed", "ExecutionTimedOut", "ExecutionStopped":
		return true
	}
	return false
}

// MatchHistory compares a history with what is expected of it and gives the
// differences. Variables that the expectation binds are added to vars.
func MatchHistory(expected []map[string]any, actual []Event, vars Variables) []string {
	m := &matcher{vars: vars}
	byID := map[int]Event{}
	for _, e := range named(actual) {
		byID[e.ID()] = e
	}
	for _, want := range expected {
		id := Event(want).ID()
		got, ok := byID[id]
		if !ok {
			m.differ(fmt.Sprintf("event %d", id), "%v is missing", want["EventType"])
			continue
		}
		m.match(fmt.Sprintf("event %d", id), want, map[string]any(got))
	}
	return m.differences
}

// MatchError compares an execution's error with what is expected of it, as
// [MatchHistory] does.
func MatchError(want, got map[string]any, vars Variables) []string {
	m := &matcher{vars: vars}
	if got == nil {
		m.differ("the error", "is missing")
		return m.differences
	}
	m.match("the error", want, got)
	return m.differences
}

// named gives the events of the callback and the submitter inside a
// WaitForCallback the name of that context where they have none.
func named(events []Event) []Event {
	contexts := map[string]string{}
	out := make([]Event, len(events))
	for i, e := range events {
		out[i] = e
		if e.text("SubType") == "WaitForCallback" {
			contexts[e.text("Id")] = e.text("Name")
		}
		if name := contexts[e.text("ParentId")]; name != "" && e.text("Name") == "" {
			out[i] = maps.Clone(e)
			out[i]["Name"] = name
		}
	}
	return out
}

type matcher struct {
	vars        Variables
	inText      bool // what is compared stood as JSON in a text
	differences []string
}

func (m *matcher) differ(path, format string, args ...any) {
	m.differences = append(m.differences, path+": "+fmt.Sprintf(format, args...))
}

func (m *matcher) match(path string, want, got any) {
	if got == nil {
		m.differ(path, "is missing")
		return
	}
	switch want := want.(type) {
	case map[string]any:
		m.matchObject(path, want, got)
	case []any:
		items, ok := got.([]any)
		if !ok || len(items) != len(want) {
			m.differ(path, "is %s, not a list of %d", plain(got), len(want))
			return
		}
		for i := range want {
			m.match(fmt.Sprintf("%s[%d]", path, i), want[i], items[i])
		}
	case string:
		m.matchText(path, want, got)
	default:
		if !Equal(want, got) {
			m.differ(path, "is %s, not %s", quoted(got), quoted(want))
		}
	}
}

// matchObject compares the members that want lists. "$json" stands for the value in
// a text that holds JSON, "$absent" for paths that must not exist.
func (m *matcher) matchObject(path string, want map[string]any, got any) {
	if inner, ok := want["$json"]; ok && len(want) == 1 {
		text, _ := got.(string)
		v, err := decode([]byte(text))
		if err != nil {
			m.differ(path, "is %s, not a text that holds JSON", quoted(got))
			return
		}
		defer func(was bool) { m.inText = was }(m.inText)
		m.inText = true
		m.match(path+"(JSON)", inner, v)
		return
	}
	if len(want) == 0 {
		return
	}
	if alternatives, several := want["$any_of"].([]any); several && len(want) == 1 {
		m.anyOf(path, alternatives, got)
		return
	}
	members, ok := got.(map[string]any)
	if !ok {
		m.differ(path, "is %s, not an object", quoted(got))
		return
	}
	for _, key := range slices.Sorted(maps.Keys(want)) {
		if key == "$absent" {
			m.absent(path, want[key], members)
			continue
		}
		m.match(path+"."+key, want[key], members[key])
	}
}

// anyOf wants one of several to match.
func (m *matcher) anyOf(path string, alternatives []any, got any) {
	for _, want := range alternatives {
		alone := &matcher{vars: m.vars.clone(), inText: m.inText}
		if alone.match(path, want, got); len(alone.differences) == 0 {
			m.match(path, want, got)
			return
		}
	}
	m.differ(path, "is %s, none of %s", quoted(got), quoted(alternatives))
}

// absent refuses each of a list of paths that leads to something.
func (m *matcher) absent(path string, paths any, members map[string]any) {
	all, _ := paths.([]any)
	for _, steps := range all {
		at, v := path, any(members)
		steps, _ := steps.([]any)
		for _, step := range steps {
			inner, _ := v.(map[string]any)
			v = inner[plain(step)]
			at += "." + plain(step)
		}
		if v != nil {
			m.differ(at, "is %s, and must not be there", quoted(v))
		}
	}
}

func (m *matcher) matchText(path, want string, got any) {
	if want == "*" {
		return
	}
	if re := pattern.FindStringSubmatch(want); re != nil {
		if _, text := got.(string); m.inText && !text {
			m.differ(path, "is %s, not a text", quoted(got))
			return
		}
		found, err := m.vars.search(re[1], plain(got))
		switch {
		case err != nil:
			m.differ(path, "%v", err)
		case !found:
			m.differ(path, "is %s, which does not match /%s/", plain(got), re[1])
		}
		return
	}
	if name := whole.FindStringSubmatch(want); name != nil {
		bound, known := m.vars[name[1]]
		if !known {
			m.vars[name[1]] = got
		} else if !Equal(bound, got) {
			m.differ(path, "is %s, but ${%s} is %s", plain(got), name[1], plain(bound))
		}
		return
	}
	if filled := m.vars.fill(want); !Equal(filled, got) {
		m.differ(path, "is %s, not %s", quoted(got), quoted(filled))
	}
}

// Equal reports whether two values are equal as JSON: numbers by value, and
// nothing equals a value of another type.
func Equal(a, b any) bool {
	switch a := a.(type) {
	case json.Number:
		b, ok := b.(json.Number)
		if !ok {
			return false
		}
		x, okX := new(big.Rat).SetString(a.String())
		y, okY := new(big.Rat).SetString(b.String())
		return okX && okY && x.Cmp(y) == 0
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, Equal)
	case map[string]any:
		b, ok := b.(map[string]any)
		return ok && maps.EqualFunc(a, b, Equal)
	}
	switch b.(type) {
	case json.Number, []any, map[string]any:
		return false
	}
	return a == b
}

// decode reads JSON as [Equal] and the matcher want it.
func decode(text []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if d.More() {
		return nil, fmt.Errorf("more than one JSON value")
	}
	return v, nil
}

// plain is a value as text: texts as they are, all else as JSON.
func plain(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return asJSON(v)
}

func asJSON(v any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Sprint(v)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// quoted is a value for a message.
func quoted(v any) string {
	text := asJSON(v)
	if len(text) > 300 {
		text = text[:300] + "…"
	}
	return text
}
