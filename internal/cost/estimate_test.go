package cost

import (
	"math"
	"testing"
)

func TestDifference(t *testing.T) {
	one := estimateOf(t, `step pay(1)`)
	same := estimateOf(t, `m := step pay(n + 1)
		log "{m}"`)
	two := estimateOf(t, `step pay(1)
		step quiet()`)
	loop := estimateOf(t, `for i in items { step pay(i) }`)
	if c := Difference(one, same); !c.Same() || c.String() != "" || c.Cost() != 0 || len(c.Table()) != 0 {
		t.Errorf("the same: %q", c)
	}
	c := Difference(one, two)
	if c.Same() || c.Million() < 8 || c.Million() > 9 {
		t.Errorf("a step more costs %v a million", c.Million())
	}
	if lines := c.Table(); lines[0] != [5]string{"operations", "1", "2", "1", "2"} || lines[1] != [5]string{"steps", "1", "2", "1", "2"} {
		t.Errorf("%q", lines)
	}
	if got, want := Difference(one, loop).String(), "expected: $16.77 → $90.67 a million, operations 1 → 10; at most 1 → no bound operations"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if c := Difference(nil, one); c.Same() || c.Workflow != "main" || c.Table()[0] != [5]string{"operations", "0", "1", "0", "1"} {
		t.Errorf("new: %q", c.Table())
	}
	if c := Difference(one, nil); c.Same() || c.String() != "it is gone" || c.Cost() >= 0 {
		t.Errorf("gone: %q", c)
	}
	if !Difference(nil, nil).Same() {
		t.Error("nothing differs from nothing")
	}
}

// TestMoney reckons the price of an execution by hand.
func TestMoney(t *testing.T) {
	e := estimateOf(t, `m := step pay(1) // an int of 1 to 20 bytes
		wait 1d
		log "{m}"`, "pay=2s")
	// 3 operations and the input of main: n, items and on.
	x := e.Expected
	gb := 128.0 / 1024 * (2*0.02 + 2)
	if x.Numbers[Billed] != 3 || x.Invocations != 2 || math.Abs(x.GBSeconds-gb) > 1e-9 {
		t.Errorf("%v billed, %v invocations, %v GB-seconds, and %v were reckoned", x.Numbers[Billed], x.Invocations, x.GBSeconds, gb)
	}
	written := x.Numbers[Written]
	months := (86400 + 2 + 14*86400.0) / (30 * 86400)
	want := 3*8/1e6 + written/(1<<30)*0.25 + written/(1<<30)*months*0.15 + 2*0.20/1e6 + gb*0.0000166667
	if got := x.Cost.Total(); math.Abs(got-want) > 1e-12 {
		t.Errorf("$%v, and $%v were reckoned", got, want)
	}
}

// TestNumbersAreSaid holds how numbers are written.
func TestNumbersAreSaid(t *testing.T) {
	for _, test := range []struct{ got, want string }{
		{count(0), "0"}, {count(4.25), "4.2"}, {count(12), "12"}, {count(1234567), "1,234,567"}, {count(1234.5), "1,235"}, {count(endless), "no bound"},
		{size(0), "0 B"}, {size(1536), "1.5 KB"}, {size(3 << 20), "3.0 MB"}, {size(3 << 30), "3.0 GB"},
		{Dollars(0), "$0"}, {Dollars(0.0000123), "$0.000012"}, {Dollars(12.345), "$12.35"}, {Dollars(123456.7), "$123,457"}, {Dollars(-2), "-$2.00"}, {Dollars(endless), "no bound"},
		{long(0.25), "250ms"}, {long(90061), "1d1h1m1s"}, {long(endless), "no bound"},
	} {
		if test.got != test.want {
			t.Errorf("got %s, want %s", test.got, test.want)
		}
	}
}

func TestAssumptionsAreRefused(t *testing.T) {
	for _, text := range []string{"items", "=4", "items=", "items=-1", "items=many", "items=NaN", "items=inf", "on=120%", "pay=-2s", "pay=3XB"} {
		a := Default()
		if err := a.Set(text); err == nil {
			t.Errorf("%s is taken for %v", text, a.Values)
		}
	}
	for _, text := range []string{"itms=3", "act=9", "on=2s", "on=2", "pay=16m", "items[:20]=21"} {
		a := Default()
		if err := a.Set(text); err != nil {
			t.Fatal(err)
		}
		if _, err := Of(programOf(t, "for i in items[:20] { step pay(i) }\nif on { step act(n) }"), a); err == nil {
			t.Errorf("%s is taken", text)
		}
	}
}

// What is said of an await goes by its handle, and what is refused names no other unit's.
func TestAssumptionsOfAnAwait(t *testing.T) {
	body := "a := open ask\nr := await a\nlog \"{r}\""
	e := estimateOf(t, body, "a=30m")
	if got := e.Expected.Numbers[Waiting]; got != 30*60 {
		t.Errorf("it waits for %v seconds", got)
	}
	for text, want := range map[string]string{
		"a=3h":  "a=3h: time: from 0s to 1h are possible (main.flow:26)",
		"b=3h":  "nothing that varies in time has the name `b`; there are `a`, `act` and `quiet`",
		"b=3KB": "nothing that varies in size has the name `b`; there are `ask` and `items`",
	} {
		assumed := Default()
		if err := assumed.Set(text); err != nil {
			t.Fatal(err)
		}
		if _, err := Of(programOf(t, body), assumed); err == nil || err.Error() != want {
			t.Errorf("%s: %v\nwant %s", text, err, want)
		}
	}
}
