package process

import (
	"os"

	"golang.org/x/sys/unix"
)

// unread tells how many bytes wait in a pipe.
func unread(f *os.File) (n int) {
	c, err := f.SyscallConn()
	if err != nil {
		return 0
	}
	c.Control(func(fd uintptr) { n, _ = unix.IoctlGetInt(int(fd), unix.TIOCINQ) })
	return n
}
