package impure // want package:`examined`

// This package holds functions of which each is impure, and some variables that are.

import (
	"fmt"
	"helper"
	"maps"
	"math/rand"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"
	"unsafe"
)

func score(n int) int { // want score:`calls rate, which calls time.Now, which reads the clock`
	return rate(n)
}

func rate(n int) int { // want rate:`calls time.Now, which reads the clock`
	return n * time.Now().Hour()
}

func across() string { // want across:`calls helper.Stamp, which calls stamp, which calls time.Now, which reads the clock`
	return helper.Stamp()
}

func random() int { return rand.Intn(6) } // want random:`calls rand.Intn, which draws random numbers`

func environment() string { return os.Getenv("HOME") } // want environment:`calls os.Getenv, which reaches the operating system`

func zone(t time.Time) string { return t.In(time.Local).String() } // want zone:`uses the variable time.Local, which depends on the time zone of the machine`

func moment(n int64) time.Time { return time.Unix(n, 0) } // want moment:`calls time.Unix, which depends on the time zone`

func goroutine() (n int) { // want goroutine:`starts a goroutine`
	go func() { n++ }()
	return n
}

func channel() int { // want channel:`makes a channel`
	c := make(chan int, 1)
	c <- 1
	return <-c
}

func selects(c chan int) int { // want selects:`selects between channels`
	select {
	case v := <-c:
		return v
	default:
		return 0
	}
}

var calls int // want calls:`is changed by counting`

func counting() int { // want counting:`changes the variable calls`
	calls++
	return 1
}

func reading() int { return calls } // want reading:`uses the variable calls, which is changed by counting`

var cache = map[int]int{} // want cache:`is changed by remember`

func remember(n int) int { // want remember:`changes the variable cache`
	cache[n] = n
	return n
}

var table = []int{3, 1, 2} // want table:`is changed by (sortTable|fillTable|closure)`

func sortTable() int { // want sortTable:`changes the variable table`
	slices.Sort(table)
	return table[0]
}

func fillTable() { helper.Fill(table, 1) } // want fillTable:`changes the variable table`

func closure() int { // want closure:`changes the variable table`
	t := table
	func() { t[0] = 1 }()
	return 1
}

type counter struct{ n int }

func (c *counter) next() int { // want next:`changes 0`
	c.n++
	return c.n
}

var ( // a method that is bound to a variable may be called anywhere
	bound = &counter{}    // want bound:`is changed by next`
	next  = bound.next    // want next:`uses the variable bound|changes the variable bound`
	inner = &counter{}    // want inner:`is changed by viaAccessor`
	boxes = map[int]int{} // want boxes:`is changed by viaField`
)

func viaBound() int { return next() } // want viaBound:`uses the variable next`

func accessor() *counter { return inner } // want accessor:`uses the variable inner`

func viaAccessor() int { return accessor().next() } // want viaAccessor:`changes the variable inner`

func viaField() int { // want viaField:`changes the variable boxes`
	box := struct{ m map[int]int }{boxes}
	box.m[1] = 1
	return 1
}

var handle int // want handle:`is changed by address`

func address() *int { return &handle } // want address:`changes the variable handle`

var started = time.Now() // want started:`calls time.Now, which reads the clock`

func uptime(t time.Time) time.Duration { return t.Sub(started) } // want uptime:`uses the variable started, which calls time.Now`

var clock = time.Now // want clock:`uses time.Now, which reads the clock`

func viaVariable() time.Time { return clock() } // want viaVariable:`uses the variable clock, which uses time.Now`

func viaValue() []time.Time { // want viaValue:`calls time.Now`
	return helper.Map([]int{1}, func(int) time.Time { return time.Now() })
}

func viaInterface() float64 { // want viaInterface:`makes an interface value, which can call helper.Growing.Area, which calls time.Since`
	return helper.Total([]helper.Shape{helper.Growing{}})
}

func viaTypeParameter() float64 { // want viaTypeParameter:`uses generic code, which can call helper.Growing.Area`
	return helper.Sum([]helper.Growing{{}})
}

type noisy struct{}

func (noisy) String() string { return os.Args[0] } // want String:`uses the variable os.Args`

func viaStringer() string { return fmt.Sprint(noisy{}) } // want viaStringer:`makes an interface value, which can call noisy.String`

func asserts(v any) float64 { // want asserts:`asserts the interface helper.Shape`
	return v.(helper.Shape).Area()
}

type note struct{ Text *string }

func prints(n note) string { return fmt.Sprintf("%v", n) } // want prints:`prints the address in a value of type note`

func pointer(n *int) string { return fmt.Sprintf("%p", n) } // want pointer:`prints an address`

func unsafely(n int) uintptr { return uintptr(unsafe.Pointer(&n)) } // want unsafely:`uses unsafe pointers`

func mutates(v any) { reflect.ValueOf(v).Elem().SetInt(1) } // want mutates:`calls reflect.ValueOf`

var once sync.Once // want once:`is changed by locks`

func locks() { once.Do(func() {}) } // want locks:`changes the variable once`

func prints2() { fmt.Println("x") } // want prints2:`calls fmt.Println, which reads or writes a stream`

func builtin() { println("x") } // want builtin:`writes to standard error`

func anyOrder(m map[string]int) string { // want anyOrder:`calls maps.Keys, which gives the entries of a map in any order`
	return strings.Join(slices.Collect(maps.Keys(m)), ",")
}

func noBody() int // want noBody:`has no body in Go`
