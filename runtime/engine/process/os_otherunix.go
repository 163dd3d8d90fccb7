//go:build unix && !linux

package process

import (
	"os"
	"os/exec"
	"syscall"
)

func setProcessGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func startCommand(cmd *exec.Cmd) error { return cmd.Start() }

func unread(*os.File) int { return 0 }

func awaitExit(cmd *exec.Cmd) error { return cmd.Wait() }
