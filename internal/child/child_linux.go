package child

import (
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// starter runs on a thread that lives as long as we do: the kernel sends the death
// signal when the thread that started the child ends, not the process.
var starter = sync.OnceValue(func() chan<- func() {
	work := make(chan func())
	go func() {
		runtime.LockOSThread()
		for f := range work {
			f()
		}
	}()
	return work
})

func start(cmd *exec.Cmd) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	done := make(chan error)
	starter() <- func() { done <- cmd.Start() }
	err := <-done
	if err == nil {
		sacrifice(cmd.Process.Pid)
	}
	return err
}

// expendable is how much sooner than its size alone would have it the kernel ends a
// child when memory runs out, in thousandths of the memory there is.
const expendable = 500

// sacrifice lets a child go first. It may fail: then the size alone decides.
func sacrifice(pid int) {
	_ = os.WriteFile("/proc/"+strconv.Itoa(pid)+"/oom_score_adj", []byte(strconv.Itoa(expendable)), 0)
}

func awaitExit(cmd *exec.Cmd) (toBeWaitedFor bool, err error) {
	for {
		switch unix.Waitid(unix.P_PID, cmd.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil) {
		case unix.EINTR:
		case nil:
			return true, nil
		default:
			return false, cmd.Wait()
		}
	}
}
