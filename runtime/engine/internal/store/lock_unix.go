//go:build unix

package store

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"
)

// A process that was killed may hold its lock for a moment longer: until the system has
// taken it apart, or until a child that it was just starting has let go of its files.
const (
	patience = 2 * time.Second
	retry    = 20 * time.Millisecond
)

// lockFolder makes this process the only one with the store in dir. The lock ends with
// the process, however that ends.
func lockFolder(dir string) (*folderLock, error) {
	f, err := os.OpenFile(lockPath(dir), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	for waited := time.Duration(0); ; waited += retry {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) || waited >= patience {
			break
		}
		time.Sleep(retry)
	}
	if err != nil {
		defer f.Close()
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("the store in %s can't be locked: %w", dir, err)
		}
		who := "another process"
		if b, err := os.ReadFile(f.Name()); err == nil && len(b) > 0 {
			pid, _, _ := strings.Cut(string(b), "\n")
			who = "process " + strings.TrimSpace(pid)
		}
		return nil, fmt.Errorf("the store in %s is in use by %s", dir, who)
	}
	return take(f), nil
}
