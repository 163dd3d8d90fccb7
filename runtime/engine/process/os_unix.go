//go:build unix

package process

import (
	"os/exec"
	"syscall"
)

// killGroup kills a process and those that it has started.
func killGroup(cmd *exec.Cmd) { syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }

func signalGroup(cmd *exec.Cmd, stop bool) {
	sig := syscall.SIGCONT
	if stop {
		sig = syscall.SIGSTOP
	}
	syscall.Kill(-cmd.Process.Pid, sig)
}
