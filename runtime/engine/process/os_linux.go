package process

import (
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// setProcessGroup puts a process into a group of its own, and has it killed when this
// process ends, however that ends.
func setProcessGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// The kernel takes the end of the thread that started a process for the end of its
// parent. So all are started by one thread, which never ends.
var (
	starter sync.Once
	starts  chan func()
)

func startCommand(cmd *exec.Cmd) error {
	starter.Do(func() {
		starts = make(chan func())
		go func() {
			runtime.LockOSThread()
			for f := range starts {
				f()
			}
		}()
	})
	done := make(chan error)
	starts <- func() { done <- cmd.Start() }
	return <-done
}

// awaitExit waits for the end of a process but leaves its number taken, so that
// its group can still be killed.
func awaitExit(cmd *exec.Cmd) error {
	for {
		switch unix.Waitid(unix.P_PID, cmd.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil) {
		case unix.EINTR:
		case nil:
			return errNotReaped
		default:
			return cmd.Wait()
		}
	}
}

// unread tells how many bytes wait in a pipe.
func unread(f *os.File) (n int) {
	c, err := f.SyscallConn()
	if err != nil {
		return 0
	}
	c.Control(func(fd uintptr) { n, _ = unix.IoctlGetInt(int(fd), unix.TIOCINQ) })
	return n
}
