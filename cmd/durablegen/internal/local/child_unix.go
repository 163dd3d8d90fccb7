//go:build unix && !linux

package local

import (
	"os/exec"
	"syscall"
)

// childAttributes put a process into a group of its own, which a Ctrl-C at the
// terminal does not reach.
func childAttributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

func startChild(cmd *exec.Cmd) error { return cmd.Start() }

func signalGroup(cmd *exec.Cmd, sig syscall.Signal) { _ = syscall.Kill(-cmd.Process.Pid, sig) }
