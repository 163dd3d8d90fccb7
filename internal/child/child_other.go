//go:build !unix

package child

import "os/exec"

func start(cmd *exec.Cmd) error { return cmd.Start() }

func kill(cmd *exec.Cmd)      { _ = cmd.Process.Kill() }
func terminate(cmd *exec.Cmd) { _ = cmd.Process.Kill() }
func freeze(*exec.Cmd)        {}
func thaw(*exec.Cmd)          {}

func awaitExit(cmd *exec.Cmd) (toBeWaitedFor bool, err error) { return false, cmd.Wait() }

func watch(*exec.Cmd)  {}
func forget(*exec.Cmd) {}
