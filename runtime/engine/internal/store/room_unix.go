//go:build linux || darwin

package store

import "golang.org/x/sys/unix"

// room is how many bytes a disk has free for this user.
func room(dir string) (free uint64, known bool) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, false
	}
	return s.Bavail * uint64(s.Bsize), true
}
