package durable

import (
	"time"

	"github.com/durablegen/durablegen/runtime/wire"
)

// serviceClock follows the service's time, which may run ahead of the local
// clock: where waits are skipped, or where the clocks differ. Access is under the
// invocation's lock.
type serviceClock struct {
	newest wire.Time // the latest moment that the service has told
	at     time.Time // the local time at which it did
}

// saw takes note of a moment that the service says has passed.
func (k *serviceClock) saw(t wire.Time) {
	if t > k.newest {
		k.newest, k.at = t, time.Now()
	}
}

// now is the later of the local clock, and the newest moment told by the service
// plus what has passed since by the local clock.
func (k *serviceClock) now() time.Time {
	local := time.Now()
	if k.newest == 0 {
		return local
	}
	if told := k.newest.Go().Add(local.Sub(k.at)); told.After(local) {
		return told
	}
	return local
}

// until is how long it takes until the service's clock shows t.
func (k *serviceClock) until(t wire.Time) time.Duration { return t.Go().Sub(k.now()) }
