package terminal

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strings"
)

// Self gives the words that start this program again: its name if the shell finds it
// under that, `go tool durablegen` or `go run` if the Go command has built it just
// for this, else its path.
func Self() string {
	path, err := os.Executable()
	if err != nil {
		return "durablegen"
	}
	if found, err := exec.LookPath("durablegen"); err == nil && sameFile(found, path) {
		return "durablegen"
	}
	if builtToRun.MatchString(filepath.ToSlash(path)) {
		if exec.Command("go", "tool", "-n", "durablegen").Run() == nil {
			return "go tool durablegen"
		}
		if info, ok := debug.ReadBuildInfo(); ok && exec.Command("go", "list", "--", info.Path).Run() == nil {
			return "go run " + info.Path
		}
	}
	return Quote(path)
}

// builtToRun matches where the Go command keeps what it builds for `go tool` and `go
// run`: for good, or just as long as it runs.
var builtToRun = regexp.MustCompile(`/([0-9a-f]{64}-d|go-build\d+/b001/exe)/[^/]+$`)

func sameFile(a, b string) bool {
	a, errA := filepath.EvalSymlinks(a)
	b, errB := filepath.EvalSymlinks(b)
	return errA == nil && errB == nil && a == b
}

// Quote writes a word so that a shell takes it as it is.
func Quote(s string) string {
	safe := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:=@,+%", r)
	}
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !safe(r) }) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
