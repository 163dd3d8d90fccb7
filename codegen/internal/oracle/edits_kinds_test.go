package oracle

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
)

// twins are steps and others that do what others do, for edits that call another one.
const twins = `step act2(n int) int  fails Bad  idempotent
step read2(s string) string  reads
step quiet2(s string)  idempotent
callback ask2(s string) Kind  timeout 2h
function remote2(n int, s string) Item = "remote:live"  fails Bad
workflow boxed(n int) int
    fails Bad
{
    wait 1m
    return step act2(n)
}
`

// extraDecls are what the edited version knows otherwise, and the line by which a workflow
// uses it: a type and a step that gives it, an error with such data, and a step with a word of
// repetition.
var extraDecls = map[string]struct{ decls, use string }{
	"type": {`type Extra%[1]d %[2]s
step extra%[1]d(n int) Extra%[1]d  idempotent
`, "step extra%d(n)"},
	"error": {`error Broken%[1]d %[2]s
step broken%[1]d(n int) int  fails Broken%[1]d idempotent
`, `step broken%[1]d(n) catch Broken%[1]d { log "broken" }`},
	"repetition": {`step word%[1]d(n int) int  %[2]s retry none
`, `step word%d(n) catch e { log "{e.type}" }`},
}

// declEdits are edits of declarations, of which something is on record.
var declEdits = []declEdit{
	{"type: optional field", "{ a int, b string }", "{ a int, b string, c int? }"},
	{"type: field with a default", "{ a int, b string }", "{ a int, b string, c int = 3 }"},
	{"type: field", "{ a int, b string }", "{ a int, b string, c int }"},
	{"type: field gone", "{ a int, b string }", "{ a int }"},
	{"type: wider field", "{ a int, b string }", "{ a float, b string? }"},
	{"type: another field type", "{ a int, b string }", "{ a int, b int }"},
	{"type: renamed field", "{ a int, b string }", "{ a int, d string }"},
	{"error: optional field", "{ a int, b string }", "{ a int, b string, c int? }"},
	{"error: field with a default", "{ a int, b string }", "{ a int, b string, c int = 3 }"},
	{"error: field", "{ a int, b string }", "{ a int, b string, c int }"},
	{"error: field gone", "{ a int, b string }", "{ a int }"},
	{"error: another field type", "{ a int, b string }", "{ a int, b int }"},
	{"error: renamed field", "{ a int, b string }", "{ a int, d string }"},
	{"repetition: at most once to idempotent", "at most once", "idempotent"},
	{"repetition: at most once to reads", "at most once", "reads"},
	{"repetition: at most once to at least once", "at most once", "at least once"},
	{"repetition: idempotent to at most once", "idempotent", "at most once"},
	{"repetition: reads to idempotent", "reads", "idempotent"},
	{"repetition: idempotent to reads", "idempotent", "reads"},
	{"repetition: idempotent by a key", "idempotent", "idempotent by n"},
}

type declEdit struct{ kind, old, new string }

// withDecls writes the declarations that are edited, as they were or as they are.
func withDecls(text string, edited bool) string {
	for i, k := range declEdits {
		version := k.old
		if edited {
			version = k.new
		}
		text += fmt.Sprintf(extraDecls[area(k.kind)].decls, i, version)
	}
	return text
}

// area is what an edit is of: "type" of "type: field gone".
func area(kind string) string {
	what, _, _ := strings.Cut(kind, ":")
	return what
}

// withExtras gives a workflow a parameter more, and now and then an operation whose
// declaration is edited, and one that may be a group or a call; decls says by which edits.
func withExtras(r *rand.Rand, text string) (out string, decls []string) {
	out = strings.Replace(text, "maybe string?)", "maybe string?, extra int)", 1)
	insert := func(line string) bool {
		lines := strings.Split(out, "\n")
		for range 30 {
			i := 10 + r.IntN(max(1, len(lines)-12))
			if i >= len(lines) || !plainLine.MatchString(lines[i]) {
				continue
			}
			lines[i] = "    " + line + "\n" + lines[i]
			out = strings.Join(lines, "\n")
			return true
		}
		return false
	}
	if r.IntN(3) == 0 {
		insert([]string{boxedCall, boxedGroup}[r.IntN(2)])
	}
	if k := r.IntN(2 * len(declEdits)); k < len(declEdits) && insert(fmt.Sprintf(extraDecls[area(declEdits[k].kind)].use, k)) {
		decls = []string{declEdits[k].kind}
	}
	return out, decls
}

// The same operations as a call and as a group.
const boxedCall, boxedGroup = "call boxed(n)", "group boxed { wait 1m; yield step act2(n) }"

// withExtra gives an input the parameter more.
func withExtra(input json.RawMessage) json.RawMessage {
	return append(input[:len(input)-1:len(input)-1], `,"extra":1}`...)
}

// An edit changes a workflow in one way at a line, and gives the lines that take its place.
// It gives the line itself where it can't.
type anEdit struct {
	kind string
	make func(r *rand.Rand, lines []string, i int) (out []string, upTo int)
}

var (
	labelled  = regexp.MustCompile(`^(.*\bstep )(act|read|quiet)(\(.*\) as ")([^"]+)(".*)$`)
	external  = regexp.MustCompile(`^(.*\b(?:callback|invoke) )(ask|remote)(\(.*\) as ")([^"]+)(".*)$`)
	undone    = regexp.MustCompile(`^\s+undo step (quiet)\(.*$`)
	waits     = regexp.MustCompile(`^(\s*)wait .* as ("[^"]+")$`)
	minutes   = regexp.MustCompile(`^(\s*(?:case )?wait )(\d+)m( as .*)$`)
	decides   = regexp.MustCompile(`^(\s*if )(.*)( \{)$`)
	alone     = regexp.MustCompile(`^\s*(step|wait) .* as "[^"]+"$`)
	plainLine = regexp.MustCompile(`^    (step|wait|v\d+ := step|trail|while|for|if) `)
	selects   = regexp.MustCompile(`^\s*select as "[^"]+" \{$`)
	caseHead  = regexp.MustCompile(`^(\s*)case .*\{$`)
	branches  = regexp.MustCompile(`^(\s*)([abc])(: step .*)$`)
	signature = regexp.MustCompile(`, extra int\)`)
	commits   = regexp.MustCompile(`^\s*commit$`)
	boxCalls  = regexp.MustCompile(`^(\s*)` + regexp.QuoteMeta(boxedCall) + `$`)
	boxGroups = regexp.MustCompile(`^(\s*)` + regexp.QuoteMeta(boxedGroup) + `$`)
	maxes     = regexp.MustCompile(`^(.* max )1( .*)$`)
)

// rewriting is an edit of one line.
func rewriting(kind string, re *regexp.Regexp, with string) anEdit {
	return anEdit{kind, func(_ *rand.Rand, lines []string, i int) ([]string, int) {
		return []string{re.ReplaceAllString(lines[i], with)}, i + 1
	}}
}

// dropping is an edit that takes a line out.
func dropping(kind string, re *regexp.Regexp) anEdit {
	return anEdit{kind, func(_ *rand.Rand, lines []string, i int) ([]string, int) {
		if re.MatchString(lines[i]) {
			return nil, i + 1
		}
		return lines[i : i+1], i + 1
	}}
}

// adding is an edit that puts a line before or behind another one.
func adding(kind string, re *regexp.Regexp, behind bool, line string) anEdit {
	return anEdit{kind, func(r *rand.Rand, lines []string, i int) ([]string, int) {
		text := line
		if strings.Contains(line, "%d") {
			text = fmt.Sprintf(line, r.IntN(1000))
		}
		switch {
		case !re.MatchString(lines[i]):
			return lines[i : i+1], i + 1
		case behind:
			return []string{lines[i], text}, i + 1
		}
		return []string{text, lines[i]}, i + 1
	}}
}

var anyLine = regexp.MustCompile(``)

var editKinds = []anEdit{
	rewriting("relabel", labelled, "${1}${2}${3}${4} anew${5}"),
	rewriting("relabel with was", labelled, `${1}${2}${3}${4} anew" was "${4}${5}`),
	rewriting("another callee", labelled, "${1}${2}2${3}${4}${5}"),
	rewriting("another callee with was", labelled, `${1}${2}2${3}${4}" was "${2}${5}`),
	rewriting("another callback or function", external, "${1}${2}2${3}${4}${5}"),
	adding("add", anyLine, false, `step quiet2("new") as "new %d"`),
	adding("fail", anyLine, false, `if n == %d { fail Worse }`),
	adding("commit", anyLine, false, "commit"),
	dropping("remove", alone),
	dropping("remove undo", undone),
	dropping("remove commit", commits),
	rewriting("another undo", undone, `    undo step quiet2("u")`),
	rewriting("another kind", waits, `${1}step quiet2("w") as ${2}`),
	rewriting("another time", minutes, "${1}${2}1m${3}"),
	rewriting("decide otherwise", decides, "${1}!(${2})${3}"),
	rewriting("another limit", maxes, "${1}2${2}"),
	rewriting("branch renamed", branches, "${1}${2}${2}${3}"),
	adding("branch added", branches, true, `d: step quiet2("branch")`),
	dropping("branch removed", branches),
	adding("case added", selects, true, `case wait 11m as "case %d" { }`),
	{"way removed", removeCase},
	{"moved", moveLine},
	{"in a try", inTry},
	{"into a group", intoGroup},
	rewriting("call to group", boxCalls, "${1}"+boxedGroup),
	rewriting("group to call", boxGroups, "${1}"+boxedCall),
	rewriting("out of a group", boxGroups, "${1}wait 1m as \"out\"; step act2(n) as \"also out\""),
	rewriting("parameter: wider", signature, ", extra float)"),
	rewriting("parameter: another type", signature, ", extra string)"),
	rewriting("parameter: one more", signature, ", extra int, more int)"),
	rewriting("parameter: an optional one", signature, ", extra int, more int?)"),
	rewriting("parameter: gone", signature, ")"),
}

// removeCase takes a case of a select or a switch out, with its body.
func removeCase(_ *rand.Rand, lines []string, i int) ([]string, int) {
	m := caseHead.FindStringSubmatch(lines[i])
	if m == nil {
		return lines[i : i+1], i + 1
	}
	for end := i + 1; end < len(lines); end++ {
		if strings.HasPrefix(lines[end], m[1]+"}") {
			return nil, end + 1
		}
	}
	return lines[i : i+1], i + 1
}

// moveLine moves an operation that stands alone some lines down.
func moveLine(r *rand.Rand, lines []string, i int) ([]string, int) {
	to := i + 2 + r.IntN(6)
	if !alone.MatchString(lines[i]) || to > len(lines) {
		return lines[i : i+1], i + 1
	}
	return append(append([]string{}, lines[i+1:to]...), lines[i]), to
}

// inTry puts an operation that stands alone into a try.
func inTry(_ *rand.Rand, lines []string, i int) ([]string, int) {
	if !alone.MatchString(lines[i]) {
		return lines[i : i+1], i + 1
	}
	return []string{"try {", lines[i], "}", `catch e { log "{e.type}"`, "}"}, i + 1
}

// intoGroup puts an operation that stands alone into a group.
func intoGroup(r *rand.Rand, lines []string, i int) ([]string, int) {
	if !alone.MatchString(lines[i]) {
		return lines[i : i+1], i + 1
	}
	return []string{fmt.Sprintf("group around%d {", r.IntN(1000)), lines[i], "}"}, i + 1
}

// sought are edits that the first workflows of each package get, since they tell most.
var sought = []string{"relabel", "another callee", "add", "decide otherwise", "relabel", "another callee", "add", "parameter: one more", "call to group", "group to call", "into a group", "out of a group"}

// editBy makes one edit of a kind; without one it makes none, or up to four of any.
func editBy(r *rand.Rand, text, kind string) (string, []string) {
	if kind == "" {
		return edit(r, text)
	}
	for _, e := range editKinds {
		if e.kind == kind {
			if out := e.apply(r, text); out != text {
				return out, []string{kind}
			}
		}
	}
	return text, nil
}

func edit(r *rand.Rand, text string) (string, []string) {
	var kinds []string
	for range []int{0, 1, 1, 1, 2, 3, 4}[r.IntN(7)] {
		e := editKinds[r.IntN(len(editKinds))]
		if strings.HasPrefix(e.kind, "parameter") && r.IntN(6) > 0 {
			continue // it can always be made, and hides what others do
		}
		if out := e.apply(r, text); out != text {
			text, kinds = out, append(kinds, e.kind)
		}
	}
	return text, kinds
}

// apply makes the edit at a line where it can be made; it gives the text as it was where none
// was found.
func (e anEdit) apply(r *rand.Rand, text string) string {
	for range 60 {
		lines := strings.Split(text, "\n")
		i := 4 + r.IntN(len(lines)-4)
		if strings.HasPrefix(e.kind, "parameter") {
			i = 0
		}
		changed, upTo := e.make(r, lines, i)
		out := strings.Join(append(append(append([]string{}, lines[:i]...), changed...), lines[upTo:]...), "\n")
		if out != text {
			return out
		}
	}
	return text
}

// caughtFaults are verdicts that the edits of the first seeds do not let anyone forget. Each
// is contradicted at many places, so that one which comes out otherwise does not matter.
var caughtFaults = []string{
	"added, from: late", "callee, from: breaks", "logic, anywhere: depends", "renamed, from: again", "result, past: breaks", "signature, anywhere: breaks",
	"policy, under: again", "errors, past: breaks",
}
