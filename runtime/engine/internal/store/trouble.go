package store

import (
	"errors"
	"fmt"
	"path/filepath"

	driver "modernc.org/sqlite"
)

// FileError tells why a store's file can't be used, and what is to be done.
type FileError struct {
	Path, Why, Remedy string
	Err               error // as SQLite tells it
}

func (e *FileError) Error() string {
	return fmt.Sprintf("the store %s %s; %s (%v)", e.Path, e.Why, e.Remedy, e.Err)
}

// Unwrap gives the cause.
func (e *FileError) Unwrap() error { return e.Err }

// explain says in words what SQLite tells by a number.
func explain(path string, err error) error {
	var told *FileError
	var numbered *driver.Error
	if err == nil || errors.As(err, &told) || !errors.As(err, &numbered) {
		return err
	}
	if why, remedy := trouble(numbered.Code(), filepath.Dir(path)); why != "" {
		return &FileError{path, why, remedy, err}
	}
	return err
}

// SQLite's result codes that a store can meet; the lowest byte of what it tells.
const (
	codePermission = 3
	codeBusy       = 5
	codeLocked     = 6
	codeNoMemory   = 7
	codeReadOnly   = 8
	codeIO         = 10
	codeCorrupt    = 11
	codeFull       = 13
	codeCantOpen   = 14
	codeTooBig     = 18
	codeNoDatabase = 26
)

// littleRoom is how many bytes a disk has free that can be called full.
const littleRoom = 1 << 20

// trouble tells what a result code means for a store in a folder, and what helps; empty for a
// code that only a defect of this program can lead to.
func trouble(code int, dir string) (why, remedy string) {
	code &= 0xff
	if code == codeIO || code == codeCantOpen {
		// SQLite tells of many a disk that is full as of one that is broken.
		if free, known := room(dir); known && free < littleRoom {
			code = codeFull
		}
	}
	switch code {
	case codeFull:
		return "can't grow: its disk is full", "make room; nothing that was acknowledged is lost, and what was refused is tried again"
	case codeIO:
		return "can't be read or written: its disk, or what that is mounted from, fails", "see what the system's log says of the disk; if it is sound, start the service again"
	case codeReadOnly, codePermission:
		return "may not be written to", "let the user who runs the service write the file and its folder, and have the disk mounted for writing"
	case codeCantOpen:
		return "can't be opened", "see that it is a file, and that the user who runs the service may read and write it and its folder"
	case codeCorrupt:
		return "is damaged", "`durablegen store check` tells where; the way back is a backup"
	case codeNoDatabase:
		return "is no SQLite file: something else stands in its place", "put the store or a backup of it back, or move the file away to begin with an empty store"
	case codeBusy, codeLocked:
		return "is locked by another program", "end what else has it open, such as a SQLite shell or a copy that is under way"
	case codeTooBig:
		return "can't take so much at once", "one entry can have a thousand million bytes; store large results elsewhere, and their places here"
	case codeNoMemory:
		return "can't be worked on: no memory is left", "let the service have more, or let fewer executions run at a time"
	}
	return "", ""
}
