package child

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// TestMain makes this binary a parent of its own when it is told so, so that a test
// can kill it.
func TestMain(m *testing.M) {
	if os.Getenv("PARENT") == "" {
		os.Exit(m.Run())
	}
	// The child, or its own child, holds stdout open for as long as it lives.
	cmd := exec.Command("sh", "-c", os.Getenv("PARENT"))
	cmd.Stdout = os.Stdout
	if err := Start(cmd); err != nil {
		panic(err)
	}
	fmt.Println(cmd.Process.Pid)
	select {}
}

func TestChildEndsWithItsParent(t *testing.T) { endsWithItsParent(t, "exec sleep 600") }

// The kernel kills the child only.
func TestGrandchildEndsWithTheParent(t *testing.T) { endsWithItsParent(t, "sleep 600 & wait") }

// endsWithItsParent has a parent killed whose child is a command. A pipe that all of them hold
// ends when all have ended.
func endsWithItsParent(t *testing.T, command string) {
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), "PARENT="+command)
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		t.Fatal("the parent said nothing")
	}
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if lines.Scan() { // returns once the child has gone
		t.Errorf("the parent said %s", lines.Text())
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
