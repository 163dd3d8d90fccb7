package vouched // want package:`examined`

import (
	"math/rand"
	"os"
	"time"
)

var cache = map[int]int{} // want cache:`is changed by square`

// square remembers what it has computed.
//
//durablegen:pure the cache gives what would be computed
func square(n int) int {
	if s, ok := cache[n]; ok {
		return s
	}
	cache[n] = n * n
	return n * n
}

func cube(n int) int { return n * square(n) }

func size() int { return len(cache) } // want size:`uses the variable cache, which is changed by square`

//durablegen:pure
func bare() string { return os.Getenv("X") } // want bare:`is said to be pure`

//durablegen:purely by its name
func other() int { return rand.Int() } // want other:`draws random numbers`

// durablegen:pure a blank makes it a comment
func spaced() time.Time { return time.Now() } // want spaced:`reads the clock`
