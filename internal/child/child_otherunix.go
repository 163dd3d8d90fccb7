//go:build unix && !linux

package child

import (
	"os/exec"
	"syscall"
)

func start(cmd *exec.Cmd) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd.Start()
}

func awaitExit(cmd *exec.Cmd) (toBeWaitedFor bool, err error) { return false, cmd.Wait() }
