package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// maxLines is how long a file of Go may be that people write: so long that it can
// still be read in one go, and far more than the 50 to 400 lines that a topic takes.
const maxLines = 700

var generatedCode = regexp.MustCompile(`(?m)^// Code generated .* DO NOT EDIT\.$`)

// TestFilesAreShort holds the length of files.
func TestFilesAreShort(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	lines := map[string]int{}
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name := entry.Name(); entry.IsDir() && (name == "testdata" || strings.HasPrefix(name, ".")) {
			return fs.SkipDir
		}
		if filepath.Ext(path) != ".go" {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if !generatedCode.Match(text) {
			name, err := filepath.Rel(root, path)
			lines[filepath.ToSlash(name)] = bytes.Count(text, []byte("\n"))
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(lines) < 100 {
		t.Fatalf("only %d files were found below %s", len(lines), root)
	}
	for name, n := range lines {
		if n > maxLines {
			t.Errorf("%s has %d lines, more than %d: a file is one topic, and its name says which; move what is a topic of its own to a file of that name", name, n, maxLines)
		}
	}
}
