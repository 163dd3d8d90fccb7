//go:build unix

package child

import (
	"fmt"
	"io"
	"os/exec"
	"sync"
	"syscall"
)

// guardScript ends process groups when its input ends, which is when this process does, however
// that comes. A line is "+ N" for a group that is to be ended then, "- N" for one that is no longer.
const guardScript = `groups=
while read -r sign group; do
	case $sign in
	+) groups="$groups $group" ;;
	-) kept=; for g in $groups; do [ "$g" = "$group" ] || kept="$kept $g"; done; groups=$kept ;;
	esac
done
for g in $groups; do kill -s KILL -- "-$g"; done`

// guard is a shell that waits for our end. The kernel can kill children then, on Linux, but
// not theirs; and elsewhere none.
var guard struct {
	sync.Mutex
	tried bool
	input io.Writer // nil: there is no shell
}

// tellGuard tells of a child's group.
func tellGuard(sign string, pid int) {
	guard.Lock()
	defer guard.Unlock()
	if !guard.tried {
		guard.tried = true
		cmd := exec.Command("sh", "-c", guardScript)
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // out of the reach of a Ctrl-C
		if in, err := cmd.StdinPipe(); err == nil && cmd.Start() == nil {
			guard.input = in
			go cmd.Wait()
		}
	}
	if guard.input != nil {
		fmt.Fprintln(guard.input, sign, pid)
	}
}

func watch(cmd *exec.Cmd)  { tellGuard("+", cmd.Process.Pid) }
func forget(cmd *exec.Cmd) { tellGuard("-", cmd.Process.Pid) }
