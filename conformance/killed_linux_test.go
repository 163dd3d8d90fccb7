package main

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/durablegen/durablegen/conformance/judge"
)

// TestProcessesKilledAtRandom kills function processes at random while they work.
// Histories differ then, results do not.
func TestProcessesKilledAtRandom(t *testing.T) {
	if testing.Short() {
		t.Skip("takes ten seconds")
	}
	if os.Getenv("DURABLEGEN_ENDPOINT") != "" {
		t.Skip("the processes are not this test's")
	}
	t.Parallel()
	// Their processes die on purpose, or count their own attempts.
	special := map[string]bool{"1-18": true, "3-12": true}
	var requirements []*judge.Requirement
	for range 2 {
		for _, row := range table {
			if row.result == "" || row.callbacks != nil || special[row.id] {
				continue
			}
			r := requirementOf(t, row.id, row.input, row.events, row.result, nil)
			r.History = nil
			requirements = append(requirements, r)
		}
	}
	s := startService(t)
	done := make(chan struct{})
	var killer sync.WaitGroup
	killed := 0
	killer.Go(func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(40 * time.Millisecond):
			}
			if pids := processesOf(s.binary); len(pids) > 0 {
				if syscall.Kill(pids[rand.IntN(len(pids))], syscall.SIGKILL) == nil {
					killed++
				}
			}
		}
	})
	score(t, s, requirements, nil)
	close(done)
	killer.Wait()
	t.Logf("%d processes killed", killed)
	if killed < 20 {
		t.Errorf("only %d processes were killed", killed)
	}
}

// processesOf gives the processes that run a binary.
func processesOf(binary string) []int {
	var pids []int
	links, _ := filepath.Glob("/proc/[0-9]*/exe")
	for _, link := range links {
		if target, err := os.Readlink(link); err != nil || target != binary {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(link))); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}
