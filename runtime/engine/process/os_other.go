//go:build !unix

package process

import (
	"os"
	"os/exec"
)

func setProcessGroup(*exec.Cmd) {}

func startCommand(cmd *exec.Cmd) error { return cmd.Start() }

func killGroup(cmd *exec.Cmd) { cmd.Process.Kill() }

func signalGroup(*exec.Cmd, bool) {}

func unread(*os.File) int { return 0 }

func awaitExit(cmd *exec.Cmd) error { return cmd.Wait() }
