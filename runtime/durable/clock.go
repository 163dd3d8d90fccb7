package durable

import (
	"time"

	"github.com/durablegen/durablegen/runtime/wire"
)

// serviceClock follows the service's time, which may differ from the local clock
// either way: where waits are skipped, or where a clock is wrong. Access is under the
// invocation's lock.
type serviceClock struct {
	newest wire.Time // the latest moment that the service has told
	at     time.Time // the local time at which it did
	exact  bool      // it was the service's present then
	asked  bool      // there has been an answer that could tell
}

// saw takes note of a moment that the service says has passed.
func (k *serviceClock) saw(t wire.Time) {
	if t > k.newest && (k.newest == 0 || t.Go().After(k.told(time.Now()))) {
		k.newest, k.at = t, time.Now()
	}
}

// is takes note of the service's present.
func (k *serviceClock) is(t wire.Time) {
	if t != 0 {
		k.newest, k.at, k.exact = t, time.Now(), true
	}
}

// told is the newest moment that was told plus what has passed since by the local clock.
func (k *serviceClock) told(local time.Time) time.Time { return k.newest.Go().Add(local.Sub(k.at)) }

// now is the service's present. Until it has told that, what it has told is a bound, and
// the local clock stands in for it if it is later.
func (k *serviceClock) now() time.Time {
	local := time.Now()
	if k.newest == 0 {
		return local
	}
	if told := k.told(local); k.exact || told.After(local) {
		return told
	}
	return local
}

// near is the present that plugins are told, in UTC.
func (k *serviceClock) near() time.Time {
	local, told := time.Now(), k.now()
	if told.Sub(local).Abs() > time.Second {
		local = told
	}
	return local.UTC()
}

// until is how long it takes until the service's clock shows t.
func (k *serviceClock) until(t wire.Time) time.Duration { return t.Go().Sub(k.now()) }
