package cost

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/durablegen/durablegen/internal/near"
)

// Assumptions are what an estimate takes for granted where a program leaves it open.
type Assumptions struct {
	// Values are what was said of single factors, by name: see [Assumptions.Set].
	Values map[string]Value
	Turns  float64       // of a loop, map or poll
	Size   float64       // bytes of a payload whose type does not say it
	Step   time.Duration // that the body of a step takes
	Replay time.Duration // that an invocation takes besides
	Answer time.Duration // until somebody answers
	Memory int           // of the function, in MB
	Arm    bool          // instead of x86
	Region string
	Retain int // days for which a closed execution is kept, where the workflow does not say
}

// Value is what was said of a factor.
type Value struct {
	Unit     Unit
	Expected float64 // NaN if nothing was said
	Most     float64 // NaN if nothing was said
}

// Unit is what a value is a number of.
type Unit int

// Units of values.
const (
	Number  Unit = iota // how often, or which share
	Bytes               // of a payload
	Seconds             // of a step, an answer or a wait
)

// Default are the assumptions of the command where nothing is said.
func Default() Assumptions {
	return Assumptions{
		Values: map[string]Value{}, Turns: 10, Size: 1 << 10, Step: 100 * time.Millisecond, Replay: 20 * time.Millisecond,
		Answer: time.Hour, Memory: 128, Region: "us-east-1", Retain: 14,
	}
}

// Set takes `items=40`, `locate=12`, `n > 3=20%`, `charge=2s`, `charge=4KB`, or `items<=100`
// for what is said to be the most.
func (a *Assumptions) Set(text string) error {
	i := strings.LastIndexByte(text, '=')
	if i <= 0 || i == len(text)-1 {
		return fmt.Errorf("%q: an assumption is NAME=VALUE, such as items=40, or NAME<=VALUE", text)
	}
	name, value := strings.TrimSpace(text[:i]), strings.TrimSpace(text[i+1:])
	name, most := strings.CutSuffix(name, "<")
	name = strings.TrimSpace(name)
	x, unit, err := parseValue(value)
	if err != nil {
		return fmt.Errorf("%q: %w", text, err)
	}
	if a.Values == nil {
		a.Values = map[string]Value{}
	}
	key := key(name, unit)
	v, ok := a.Values[key]
	if !ok {
		v = Value{unit, math.NaN(), math.NaN()}
	}
	if most {
		v.Most = x
	} else {
		v.Expected = x
	}
	a.Values[key] = v
	return nil
}

// key is where a value is kept: the same name may have one of each unit.
func key(name string, u Unit) string { return name + [...]string{"", " (bytes)", " (seconds)"}[u] }

func parseValue(text string) (float64, Unit, error) {
	if x, err := strconv.ParseFloat(text, 64); err == nil && x >= 0 && !math.IsInf(x, 0) {
		return x, Number, nil
	}
	if share, ok := strings.CutSuffix(text, "%"); ok {
		if x, err := strconv.ParseFloat(share, 64); err == nil && x >= 0 && x <= 100 {
			return x / 100, Number, nil
		}
	}
	if x, err := ParseSize(text); err == nil {
		return x, Bytes, nil
	}
	if d, err := time.ParseDuration(text); err == nil && d >= 0 {
		return d.Seconds(), Seconds, nil
	}
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if x, err := strconv.ParseFloat(days, 64); err == nil && x >= 0 && x <= 366 {
			return x * 24 * 3600, Seconds, nil
		}
	}
	return 0, 0, fmt.Errorf("%q is no number, percentage, time such as 2s, or size such as 4KB", text)
}

// ParseSize reads a size: 800B, 4KB, 1.5MB, with KB for 1024 bytes.
func ParseSize(text string) (float64, error) {
	for _, u := range []struct {
		suffix string
		bytes  float64
	}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"KB", 1 << 10}, {"MB", 1 << 20}, {"B", 1}} {
		if n, ok := strings.CutSuffix(text, u.suffix); ok {
			x, err := strconv.ParseFloat(strings.TrimSpace(n), 64)
			if err != nil || !(x >= 0) || math.IsInf(x, 0) {
				break
			}
			return x * u.bytes, nil
		}
	}
	return 0, fmt.Errorf("%q is no size, such as 800B, 4KB or 1MB", text)
}

// unused tells which assumptions no factor has asked for.
func (a *Assumptions) unused(factors []*Factor) error {
	known := map[string]bool{}
	var names [Seconds + 1][]string
	for _, f := range factors {
		for _, name := range f.names {
			known[key(name, f.Unit)] = true
		}
		names[f.Unit] = append(names[f.Unit], f.Name)
	}
	for _, k := range slices.Sorted(maps.Keys(a.Values)) {
		if known[k] {
			continue
		}
		unit := a.Values[k].Unit
		name := strings.TrimSuffix(k, key("", unit))
		slices.Sort(names[unit])
		help := near.Help(name, slices.Compact(names[unit]))
		return fmt.Errorf("nothing that varies%s has the name `%s`; %s", [...]string{"", " in size", " in time"}[unit], name, help)
	}
	return nil
}
