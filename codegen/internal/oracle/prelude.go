package oracle

import (
	"math/rand/v2"
	"strings"
)

// prelude is what every program declares; the policies are filled in at random.
const prelude = `flow 1

package program

enum Kind { small, large as "L", huge }
type Part { id string, price float = 2.5, sizes []int = [], kind Kind = Kind.small }
type Item { name string, n int, tag string?, kind Kind, at time, pause duration, parts []Part }
error Bad { code int }
error Worse
const limit = 7
const rate = 1.5
const names = ["n", "m"]
const table = map[string]int { "a": limit, "n": -1 }
const made = Part { id: "const", sizes: [limit] }
func score(item Item, n int) float
func twice(n int) int = n * 2
func look(m map[string]int, k string, n int) int {
    found := m[k]
    if found == none { return n }
    var sum int = found
    for i, word in split(k, "") {
        if i == 3 { break } else if word == "" { continue }
        last := if i > 1 { names[i] } else { word }
        sum = sum * 2 + len(last)
    }
    var all map[string]int = m
    while sum < n at most 3 times {
        all["{sum}"] = sum
        sum = sum + 1
    }
    switch sum {
        case 1, 2 { return len(all) }
        else { }
    }
    return sum + len(all)
}
func title(item Item) string = item.tag ?? "no {item.name}"
step act(n int) int  fails Bad  idempotent POLICY
step read(s string) string  reads POLICY
step load(s string) Item  fails Bad, Worse  idempotent by s  stored POLICY
step list(item Item, n int) []string  at least once stored POLICY
step weigh(item Item) float  reads
step pick(k Kind) Kind?  reads POLICY
step slow(n int) int  timeout 40ms POLICY
step once(s string) int  fails Bad  at most once timeout 40ms
step track(s string, last Item?) Item  fails Bad  reads
step count(s string, last int) int  reads
step quiet(s string)  idempotent POLICY
step note(item Item, n int) string  idempotent POLICY
callback ask(s string) Kind  timeout 1h POLICY
callback tell(item Item)  timeout 39m heartbeat 13m  fails Worse
function remote(n int, s string) Item = env REMOTE_FUNCTION ?? "remote:live"  fails Bad

workflow waiter(n int) int
    fails Timeout
{
    wait 5m
    if n > 3 {
        k := callback ask("waiter") as "ask waiter" retry none
        return if k == Kind.huge { 3 } else { n }
    }
    return twice(n)
}
`

var policies = []string{"", "", "", "retry 2 every 10s", "retry none", "retry 1 every 7m jitter half", "retry 3 every 1m backoff 1.5 max 2m jitter none"}

// computed are retries of uses, some of which are refused.
var computed = []string{"retry n % 3 every 10s", "retry 1 every (item.pause - 10m) jitter none", "retry 2 every 10s backoff n jitter none", "retry 1 every 5s max item.pause"}

// drawPrelude fills the policies in.
func drawPrelude(r *rand.Rand) string {
	var b strings.Builder
	for line := range strings.Lines(prelude) {
		policy := policies[r.IntN(len(policies))]
		if policy != "" && policy != "retry none" && r.IntN(2) == 0 {
			covers := []string{" except Unexpected", ` on "Error"`, ` on "Panic" retry 3 every 20s except "Error"`, ` on "Panic", "Error" retry 1 every 8s`}
			if strings.Contains(line, "fails Bad") {
				covers = append(covers, " on Bad", " on Bad", " except Bad", " on Bad retry 4 every 2m", ` on "Error", Bad`, ` on "Panic" retry 1 every 3m on Bad`)
			}
			if strings.Contains(line, "timeout 40ms") {
				covers = append(covers, " except Timeout", " on Timeout", ` on Timeout retry 3 every 11s jitter none on "Error"`)
			}
			policy += covers[r.IntN(len(covers))]
		}
		b.WriteString(strings.Replace(line, "POLICY", policy, 1))
	}
	if r.IntN(2) == 0 {
		b.WriteString("defaults step " + policies[3+r.IntN(len(policies)-3)] + "\n")
	}
	if r.IntN(2) == 0 {
		b.WriteString("defaults callback " + policies[3+r.IntN(len(policies)-3)] + "\n")
	}
	return b.String()
}

const parameters = "item Item, n int, words []string, items []Item, prices map[string]int, maybe string?"
