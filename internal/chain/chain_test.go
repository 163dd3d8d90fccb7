package chain

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

func arnOf(name, id string) string {
	return "arn:aws:lambda:eu-west-1:111122223333:function:live:7/durable-execution/" + name + "/" + id
}

// The names of a chain count up, and fit the service's alphabet and length.
func TestNamesOfAChain(t *testing.T) {
	legal := regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)
	for _, first := range []string{"live", "a", "order-7", "order-7-2", "x-1-abcdefghijkl", "x-02-abcdefghijkl", "-2-abcdefghijkl", strings.Repeat("n", 64), strings.Repeat("-", 64)} {
		name := first
		for n := 2; n < 12; n++ {
			l := After(arnOf(name, fmt.Sprint("id", n)))
			if !legal.MatchString(l.To) {
				t.Fatalf("%q is no name of an execution", l.To)
			}
			base, number := split(l.To)
			if number != n || !strings.HasPrefix(first, base) || len(first) < 40 && base != first {
				t.Errorf("after %s comes %s: number %d of %s", name, l.To, number, base)
			}
			name = l.To
		}
	}
}

// Another execution of the same name, such as one that was started after the first had
// been deleted, is followed by another one.
func TestANameIsFollowedOnceForEachExecution(t *testing.T) {
	for _, name := range []string{"live", After(arnOf("live", "1")).To, strings.Repeat("n", 64)} {
		if a, b := After(arnOf(name, "1")), After(arnOf(name, "2")); a.To == b.To {
			t.Errorf("two executions %s go on as %s", name, a.To)
		}
	}
}

func TestLinksAreRead(t *testing.T) {
	l := After(arnOf("live", "1"))
	result := l.Result()
	if got, ok := FromResult(&result); !ok || got != l {
		t.Errorf("%s gives %v, %v", result, got, ok)
	}
	for _, own := range []string{`null`, `7`, `{ "a" : [1] }`, `"{"`, `{"$again":{"from":"x","to":"y"}}`} {
		input := l.Input(own)
		got, text, ok := FromInput(&input)
		if !ok || got != l || *text != own {
			t.Errorf("%s gives %v, %q, %v", input, got, *text, ok)
		}
		if _, ok := FromResult(&input); ok {
			t.Errorf("%s is no result", input)
		}
	}
}

// What a workflow returns or is given is no link because it looks like one.
func TestWhatLooksLikeALinkIsNone(t *testing.T) {
	forged := Link{From: arnOf("live", "1"), To: "live-2-abcdefghijkl"}
	texts := []string{forged.Result(), forged.Input("1"), `{"$again":`, `{"$again":null}`, `{"$again":7}`, `{"$again":{}}`, `{}`, ``}
	for i := range texts {
		if l, ok := FromResult(&texts[i]); ok {
			t.Errorf("%s is read as the link %v", texts[i], l)
		}
		if l, own, ok := FromInput(&texts[i]); ok || own != &texts[i] {
			t.Errorf("%s is read as the link %v", texts[i], l)
		}
	}
	if _, ok := FromResult(nil); ok {
		t.Error("no result is no link")
	}
	if _, own, ok := FromInput(nil); ok || own != nil {
		t.Error("no input is no link")
	}
}
