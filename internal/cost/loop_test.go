package cost

import (
	"fmt"
	"math"
	"testing"
)

// TestLeavingALoop holds what is expected of a loop that is left with a chance that was
// said to what comes of going through its turns one by one: for each kind of loop, and each
// way out of it.
func TestLeavingALoop(t *testing.T) {
	loops := []struct {
		head   string
		turns  float64
		assume []string
	}{
		{"for i in range(3)", 3, nil},
		{"for i in items", 10, nil},
		{"for i in items", 4, []string{"items=4"}},
		{"for i in items", 0, []string{"items=0"}},
		{"while on at most 20 times", 5, []string{"on=5"}},
		{"while on", 10, nil},
		{"while true at most 40 times", 40, nil},
		{"while true", endless, nil},
	}
	outs := []struct {
		name, before, leave, after string
		goesOn                     bool    // behind the loop
		own                        float64 // operations of the leaving, and of what is around the loop
		around                     float64
	}{
		{"break", "", "break", "", true, 0, 0},
		{"return", "", "return", "", false, 0, 0},
		{"fail", "", "fail Worse", "", false, 0, 0},
		{"again", "", "again main(n, items, on)", "", false, 1, 0},
		{"yield out of a group", "m := group g {", "yield 1", "yield 2 }\nlog \"{m}\"", false, 0, 1},
		{"return below", "", "if items[0] > 0 { step quiet() as \"c\"\nreturn }\nreturn", "", false, 0.5, 0},
	}
	for _, loop := range loops {
		for _, out := range outs {
			for _, p := range []float64{0, 0.1, 0.5, 1} {
				if p == 0 && math.IsInf(loop.turns, 1) {
					continue // it does not end
				}
				name := fmt.Sprintf("%s, %s, %v", loop.head, out.name, p)
				t.Run(name, func(t *testing.T) {
					behind := "step quiet() as \"behind\"\n"
					if loop.head == "while true" && !out.goesOn {
						behind = ""
					}
					after := out.after
					if behind == "" && after != "" {
						after = "}\nlog \"{m}\""
					}
					body := fmt.Sprintf("%s\n%s {\nstep pay(1)\nif n > 7 { %s }\nstep quiet() }\n%s%s", out.before, loop.head, out.leave, behind, after)
					e := estimateOf(t, body, append([]string{fmt.Sprintf("n > 7=%v", p)}, loop.assume...)...)
					want, alive, left := out.around, 1.0, 0.0
					for i := 0.0; i < min(loop.turns, 1e4); i++ {
						want += alive + alive*p*out.own + alive*(1-p)
						left += alive * p
						alive *= 1 - p
					}
					if out.goesOn {
						alive += left
					}
					if behind != "" {
						want += alive
					}
					if got := e.Expected.Numbers[Operations]; math.Abs(got-want) > 1e-6 {
						t.Errorf("%v operations, and turn by turn there are %v\n%s", got, want, body)
					}
				})
			}
		}
	}
}

// TestLoopsOfWhichNothingIsSaid holds what is taken for granted where no share is said, and
// what of it is shown.
func TestLoopsOfWhichNothingIsSaid(t *testing.T) {
	for _, test := range []struct {
		name, body string
		assume     []string
		want       float64 // operations that are expected
		shown      string
	}{
		{"it has its turns", "for i in range(3) { step pay(i)\nif n > 7 { return } }\nstep quiet()", nil, 4, "[n > 7=0%]"},
		{"a way that does something first", "for i in range(3) { step pay(i)\nif n > 7 { step quiet() as \"b\"\nbreak } }\nstep quiet()", nil, 4, "[n > 7=0%]"},
		{"the way that stays in it is written", "for i in range(3) { step pay(i)\nif n > 7 { continue }\nreturn }\nstep quiet()", nil, 4, "[n > 7=100%]"},
		{"it is said instead", "for i in range(3) { step pay(i)\nif n > 7 { continue }\nbreak }\nstep quiet()", []string{"n > 7=0"}, 2, "[n > 7=0%]"},
		{"the other way leaves", "for i in range(3) { if n > 7 { step pay(i) } else { break } }", []string{"n > 7=50%"}, 0.875, "[n > 7=50%]"},
		{"all ways leave", "for i in range(3) { step pay(i)\nif n > 7 { break } else { step quiet() as \"b\"\nreturn } }\nstep quiet()", nil, 2, "[n > 7=50%]"},
		{"no way goes on", "for i in range(3) { step pay(i)\nbreak }\nstep quiet()", nil, 2, "[]"},
		{"a way that fails, in a loop that is left", "while true { step pay(1)\nif n > 7 { fail Worse }\nif on { break } }\nstep quiet()", nil, 11, "[true=10 on=10%]"},
		{"an endless loop", "while true { step pay(1)\nif on { step quiet()\nreturn } }", nil, 11, "[true=10 on=10%]"},
		{"an endless loop of which the turns are said", "while true { step pay(1)\nif on { step quiet()\nreturn } }", []string{"true=20"}, 21, "[true=20 on=5%]"},
		{"an endless loop that is seldom left", "while true { step pay(1)\nif on { step quiet()\nreturn } }", []string{"on=1%"}, 101, "[true=100 on=1%]"},
		{"an endless loop that is never left", "while true { step pay(1)\nif on { return } }", []string{"on=0"}, 10, "[true=10 on=0%]"},
		{"a bound far away", "while true at most 10000 times { step pay(1)\nif on { break } }\nstep quiet()", nil, 11, "[true=10000 on=10%]"},
		{"a bound that is near", "while true at most 3 times { step pay(1)\nif on { break } }\nstep quiet()", nil, 4, "[true=3 on=0%]"},
		{"it takes nothing", "for i in items { if n > 7 { return } }\nstep quiet()", []string{"items=2", "n > 7=50%"}, 0.25, "[items=2 n > 7=50%]"},
		{"a select", "for i in range(4) { select {\ncase a := callback ask() { log a }\ncase wait 1h { break }\n} catch Timeout { break }\nstep pay(i) }", nil, 24, "[ask.wins=100% wait.wins=0%]"},
		{"an inner loop", "for i in range(2) { for j in range(3) { step pay(j)\nif n > 7 { break } }\nstep quiet() }", []string{"n > 7=50%"}, 5.5, "[n > 7=50%]"},
		{"a return in an inner loop", "for i in range(2) { for j in range(3) { step pay(j)\nif n > 7 { return } }\nstep quiet() }", []string{"n > 7=50%"}, 1.75*1.125 + 0.125*1.125, "[n > 7=50%]"},
		{"an endless one inside", "for i in range(2) { while true { step pay(1)\nif n > 7 { return }\nif on { break } } }", nil, 20, "[true=10 n > 7=0% on=10%]"},
		{"a group inside", "for i in range(2) { m := group g { if n > 7 { yield 1 }\nstep pay(1)\nyield 2 }\nlog \"{m}\" }", nil, 3, "[n > 7=50%]"},
		{"a poll inside", "for i in range(2) { b := poll look() every 1m at most 5 times until b\ncatch Exhausted { break }\nlog \"{b}\" }", nil, 2, "[look=5]"},
		{"an item of a map", "map i in [1, 2] { for j in range(3) { step pay(j)\nif n > 7 { yield j } }\nyield 0 }", []string{"n > 7=100%"}, 5, "[n > 7=100%]"},
		{"a failure that is caught in the turn", "for i in range(4) { try { step pay(i)\nif n > 7 { fail Worse } } catch Worse { step quiet() } }", []string{"n > 7=50%"}, 6, "[n > 7=50%]"},
		{"a failure that is caught around the loop", "try { for i in range(4) { step pay(i)\nif n > 7 { fail Worse } } } catch Worse { step quiet() }", []string{"n > 7=50%"}, 1.875 + 0.9375, "[n > 7=50%]"},
		{"a step that fails", "for i in range(4) { step pay(i) }\nstep quiet()", []string{"pay.fails=50%"}, 1.875 + 0.0625, "[pay.fails=50%]"},
		{"what fails behind a way that returns", "if on { step pay(1)\nreturn }\nfail Worse", nil, 1, "[]"},
		{"nothing but the failure is left", "if on { step pay(1) } else { fail Worse }", []string{"on=25%"}, 0.25, "[on=25%]"},
		{"a map that an item fails", "map i in [1, 2] { step pay(i)\nif n > 7 { fail Worse } }\nstep quiet()", []string{"n > 7=50%"}, 5.25, "[n > 7=50%]"},
		{"a parallel that a branch fails", "parallel { a: { if n > 7 { fail Worse } }\nb: { if n > 8 { fail Worse } } }\nstep quiet()", []string{"n > 7=100%", "n > 8=100%"}, 3, "[n > 7=100% n > 8=100%]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := estimateOf(t, test.body, test.assume...)
			if got := e.Expected.Numbers[Operations]; math.Abs(got-test.want) > 1e-9 {
				t.Errorf("%v operations are expected, and %v were reckoned", got, test.want)
			}
			var shown []string
			for _, f := range e.Factors {
				if f.Loud() && f.Name != "" && f.Least < f.Most {
					shown = append(shown, f.Name+"="+f.value())
				}
			}
			if got := fmt.Sprint(shown); got != test.shown {
				t.Errorf("assumed: %s, want %s", got, test.shown)
			}
		})
	}
}
