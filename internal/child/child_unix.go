//go:build unix

package child

import (
	"os/exec"
	"syscall"
)

func kill(cmd *exec.Cmd)      { signal(cmd, syscall.SIGKILL) }
func terminate(cmd *exec.Cmd) { signal(cmd, syscall.SIGTERM) }
func freeze(cmd *exec.Cmd)    { signal(cmd, syscall.SIGSTOP) }
func thaw(cmd *exec.Cmd)      { signal(cmd, syscall.SIGCONT) }

// signal reaches the whole group.
func signal(cmd *exec.Cmd, sig syscall.Signal) { _ = syscall.Kill(-cmd.Process.Pid, sig) }
