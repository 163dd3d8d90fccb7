package child

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	signals "os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMain makes this binary a parent of its own when it is told so, so that a test
// can kill it.
func TestMain(m *testing.M) {
	if os.Getenv("PARENT") == "" {
		os.Exit(m.Run())
	}
	signals.Notify(make(chan os.Signal, 1), os.Interrupt)
	guard.tried = os.Getenv("UNGUARDED") != ""
	// The child, or its own child, holds stdout open for as long as it lives.
	cmd := exec.Command("sh", "-c", os.Getenv("PARENT"))
	cmd.Stdout = os.Stdout
	if err := Start(cmd); err != nil {
		panic(err)
	}
	fmt.Println(cmd.Process.Pid)
	select {}
}

func TestChildEndsWithItsParent(t *testing.T) { endsWithItsParent(t, "echo; exec sleep 600") }

// Where there is no shell to wait for the parent's end, the kernel does.
func TestKernelEndsTheChild(t *testing.T) {
	endsWithItsParent(t, "echo; exec sleep 600", "UNGUARDED=1")
}

// The kernel kills the child only.
func TestGrandchildEndsWithTheParent(t *testing.T) {
	endsWithItsParent(t, "sleep 600 & echo; wait")
}

// endsWithItsParent has a parent killed, after a Ctrl-C that it survives, whose child is a command
// that writes a line once it is at work. A pipe that all of them hold ends when all have ended.
func endsWithItsParent(t *testing.T, command string, env ...string) {
	parent := exec.Command(os.Args[0])
	parent.Env = append(append(os.Environ(), "PARENT="+command), env...)
	parent.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	out.(*os.File).SetReadDeadline(time.Now().Add(time.Minute)) // of a test that fails
	lines := bufio.NewScanner(out)
	for range 2 { // the parent's and the child's, in any order
		if !lines.Scan() {
			t.Fatal("nothing was said")
		}
	}
	if err := syscall.Kill(-parent.Process.Pid, syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if lines.Scan() || lines.Err() != nil { // returns once the child has gone
		t.Errorf("the parent said %s, %v", lines.Text(), lines.Err())
	}
	parent.Wait()
}

func TestKillTakesTheGroup(t *testing.T) {
	cmd := exec.Command("sh", "-c", "sleep 600 & echo started; wait")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := Start(cmd); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	lines.Scan()
	adj, err := os.ReadFile("/proc/" + strconv.Itoa(cmd.Process.Pid) + "/oom_score_adj")
	if got := strings.TrimSpace(string(adj)); err != nil || got != strconv.Itoa(expendable) {
		t.Errorf("oom_score_adj is %q, %v", got, err)
	}
	Kill(cmd)
	if lines.Scan() { // the grandchild holds the pipe, too
		t.Errorf("it said %s", lines.Text())
	}
	Wait(cmd)
}

// What a child leaves behind can be killed as long as the child has not been waited for.
func TestAwaitExitKeepsTheNumber(t *testing.T) {
	cmd := exec.Command("sh", "-c", "sleep 600 & exit 3")
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout = w
	if err := Start(cmd); err != nil {
		t.Fatal(err)
	}
	w.Close()
	if toBeWaitedFor, err := AwaitExit(cmd); !toBeWaitedFor || err != nil {
		t.Fatal(toBeWaitedFor, err)
	}
	Kill(cmd)
	if n, err := r.Read(make([]byte, 1)); n != 0 || err == nil {
		t.Errorf("read %d, %v", n, err)
	}
	if err := Wait(cmd); err == nil || cmd.ProcessState.Sys().(syscall.WaitStatus).ExitStatus() != 3 {
		t.Error(err)
	}
}
