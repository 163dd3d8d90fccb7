package judge

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"

	"github.com/dlclark/regexp2/v2"
)

// Variables are the named values of one run.
type Variables map[string]any

var (
	generated = regexp.MustCompile(`\$\{GEN_STR:(\d+)\}`)
	reference = regexp.MustCompile(`\$\{(\w+)\}`)
	whole     = regexp.MustCompile(`^\$\{(\w+)\}$`)
	pattern   = regexp.MustCompile(`(?s)^\$\{/(.*)/\}$`)
)

// NewVariables gives the declared variables their values, random ones where
// that is asked for.
func NewVariables(declared map[string]string) Variables {
	vars := Variables{}
	for name, text := range declared {
		vars[name] = generated.ReplaceAllStringFunc(text, func(m string) string {
			n, _ := strconv.Atoi(generated.FindStringSubmatch(m)[1])
			return randomText(n)
		})
	}
	return vars
}

func randomText(n int) string {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789"
	var b strings.Builder
	for range n {
		b.WriteByte(letters[rand.IntN(len(letters))])
	}
	return b.String()
}

func (vars Variables) clone() Variables { return maps.Clone(vars) }

// fill puts values in the place of ${NAME}; names without a value stay.
func (vars Variables) fill(text string) string {
	return reference.ReplaceAllStringFunc(text, func(m string) string {
		v, known := vars[reference.FindStringSubmatch(m)[1]]
		if !known {
			return m
		}
		return plain(v)
	})
}

// Fill is a copy of v with variables filled in, at every depth. A text that is
// nothing but a variable becomes its value, whatever its type.
func (vars Variables) Fill(v any) any {
	switch v := v.(type) {
	case string:
		if m := whole.FindStringSubmatch(v); m != nil {
			if value, known := vars[m[1]]; known {
				return value
			}
		}
		return vars.fill(v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = vars.Fill(v[i])
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k := range v {
			out[k] = vars.Fill(v[k])
		}
		return out
	}
	return v
}

// search reports whether text holds the regular expression, in which variables
// stand for their text.
func (vars Variables) search(expr, text string) (bool, error) {
	filled := reference.ReplaceAllStringFunc(expr, func(m string) string {
		v, known := vars[reference.FindStringSubmatch(m)[1]]
		if !known {
			return m
		}
		return regexp.QuoteMeta(plain(v))
	})
	// The requirements' expressions are Python's, and some look ahead.
	re, err := regexp2.Compile(filled, regexp2.None)
	if err != nil {
		return false, fmt.Errorf("regular expression %q: %w", expr, err)
	}
	return re.MatchString(text)
}
