package store

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// folderLock is held by the only process that has a store open. The file is left behind and tells
// who had it last, and, in a second line, that there is a store.
type folderLock struct {
	*os.File
	before string // what the file said when it was locked
}

const usedMark = "store"

func lockPath(dir string) string { return filepath.Join(dir, "durablegen.lock") }

// used tells whether a store was in the folder before.
func (l *folderLock) used() bool {
	_, mark, _ := strings.Cut(l.before, "\n")
	return strings.TrimSpace(mark) == usedMark
}

// mark notes that a store is there.
func (l *folderLock) mark() { l.write(usedMark + "\n") }

func (l *folderLock) write(mark string) {
	if err := l.Truncate(0); err == nil {
		l.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"+mark), 0)
	}
}

// take reads what the file said and writes down who has it now.
func take(f *os.File) *folderLock {
	l := &folderLock{File: f}
	if b, err := os.ReadFile(f.Name()); err == nil {
		l.before = string(b)
	}
	mark := ""
	if l.used() {
		mark = usedMark + "\n"
	}
	l.write(mark)
	return l
}
