// Package child starts processes that belong to this one.
//
// A child is in a process group of its own, which a Ctrl-C at the terminal does not
// reach. When this process ends, however that ends, a child and what it has started itself
// are killed: on Linux by the kernel, as far as the child goes, and on all of Unix by a shell that
// waits for that. What has left the child's group, as a daemon does, gets away. On
// Linux a child also goes before this process does when memory runs out. Elsewhere
// it is ended by whoever has started it.
package child

import "os/exec"

// Start starts a command as a child. It sets the command's SysProcAttr. The end of
// the child is to be awaited by Wait or AwaitExit.
func Start(cmd *exec.Cmd) error {
	err := start(cmd)
	if err == nil {
		watch(cmd)
	}
	return err
}

// Wait is that of the command.
func Wait(cmd *exec.Cmd) error {
	err := cmd.Wait()
	forget(cmd)
	return err
}

// Kill ends a child at once, and all that it has started. Its number must not have
// been given up by Wait.
func Kill(cmd *exec.Cmd) { kill(cmd) }

// Terminate asks a child, and all that it has started, to end.
func Terminate(cmd *exec.Cmd) { terminate(cmd) }

// Freeze stops a child and what it has started until Thaw lets them go on.
func Freeze(cmd *exec.Cmd) { freeze(cmd) }

// Thaw is the end of Freeze.
func Thaw(cmd *exec.Cmd) { thaw(cmd) }

// AwaitExit waits for the end of a child and, where it can, leaves its number taken,
// so that what it has started can still be killed: then the child is to be waited for.
func AwaitExit(cmd *exec.Cmd) (toBeWaitedFor bool, err error) {
	toBeWaitedFor, err = awaitExit(cmd)
	forget(cmd)
	return toBeWaitedFor, err
}
