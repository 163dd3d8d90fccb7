package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// self gives a command that starts this program again: its name if the shell finds
// it under that, else its path.
func self() string {
	path, err := os.Executable()
	if err != nil {
		return "durablegen"
	}
	if found, err := exec.LookPath("durablegen"); err == nil && sameFile(found, path) {
		return "durablegen"
	}
	return path
}

func sameFile(a, b string) bool {
	a, errA := filepath.EvalSymlinks(a)
	b, errB := filepath.EvalSymlinks(b)
	return errA == nil && errB == nil && a == b
}

// shellQuote writes a word so that a shell takes it as it is.
func shellQuote(s string) string {
	safe := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:=@,+%", r)
	}
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !safe(r) }) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
