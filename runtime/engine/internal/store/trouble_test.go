package store

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/durablegen/durablegen/runtime/engine/internal/core"
	"github.com/durablegen/durablegen/runtime/wire"
)

// What SQLite tells by a number is told in words, with the file and what helps.
func TestTroubleIsTold(t *testing.T) {
	large := strings.Repeat("x", 1<<20)
	commit := func(s *sqlite) error {
		w := write(1, nil, wire.EventStepSucceeded)
		w.Facts = append(w.Facts, core.Fact{Kind: wire.EventStepSucceeded, At: base, Payload: &large})
		_, err := s.Commit([]Write{w})
		return err
	}
	for want, attempt := range map[string]func(t *testing.T, dir string) error{
		"can't grow: its disk is full; make room": func(t *testing.T, dir string) error {
			s := filled(t, dir)
			var pages int
			if err := s.writer.QueryRowContext(t.Context(), "PRAGMA page_count").Scan(&pages); err != nil {
				t.Fatal(err)
			}
			s.mustExec(t, fmt.Sprintf("PRAGMA max_page_count = %d", pages))
			return commit(s)
		},
		"may not be written to; let the user": func(t *testing.T, dir string) error {
			s := filled(t, dir)
			s.mustExec(t, "PRAGMA query_only = 1")
			return commit(s)
		},
		"is locked by another program; end what else has it open": func(t *testing.T, dir string) error {
			s := filled(t, dir)
			other, err := sql.Open("sqlite", source(filepath.Join(dir, FileName)))
			if err != nil {
				t.Fatal(err)
			}
			defer other.Close()
			if _, err := other.Exec("BEGIN IMMEDIATE"); err != nil {
				t.Fatal(err)
			}
			s.mustExec(t, "PRAGMA busy_timeout = 0")
			return commit(s)
		},
		"is no SQLite file: something else stands in its place; put the store": func(t *testing.T, dir string) error {
			filled(t, dir).Close()
			if err := os.WriteFile(filepath.Join(dir, FileName), []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Open(dir)
			return err
		},
		"is damaged; `durablegen store check` tells where": func(t *testing.T, dir string) error {
			filled(t, dir).Close()
			path := filepath.Join(dir, FileName)
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for i := 4096; i < len(text); i++ {
				text[i] = 0xff
			}
			if err := os.WriteFile(path, text, 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := Open(dir)
			if err == nil {
				defer s.Close()
				_, err = s.Facts(1)
			}
			return err
		},
		"can't be opened; see that it is a file": func(t *testing.T, dir string) error {
			if err := os.Mkdir(filepath.Join(dir, FileName), 0o700); err != nil {
				t.Fatal(err)
			}
			_, err := Open(dir)
			return err
		},
	} {
		t.Run(want, func(t *testing.T) {
			dir := t.TempDir()
			err := attempt(t, dir)
			var file *FileError
			if !errors.As(err, &file) || !strings.HasPrefix(err.Error(), "the store "+filepath.Join(dir, FileName)+" "+want) {
				t.Errorf("it is told as %v", err)
			}
		})
	}
	if _, err := Open("/proc/none/store"); err == nil || !strings.HasPrefix(err.Error(), "the store /proc/none/store/"+FileName) {
		t.Errorf("a folder that can't be made: %v", err)
	}
}

// Every code that a user can meet has its words, the extended ones too.
func TestEveryCodeHasWords(t *testing.T) {
	said := map[string]bool{}
	for _, code := range []int{codePermission, codeBusy, codeNoMemory, codeReadOnly, codeIO, codeCorrupt, codeFull, codeCantOpen, codeTooBig, codeNoDatabase} {
		why, remedy := trouble(code, t.TempDir())
		if why == "" || remedy == "" {
			t.Errorf("code %d has no words", code)
		}
		if extended, _ := trouble(code|3<<8, t.TempDir()); extended != why {
			t.Errorf("code %d is told as %q", code|3<<8, extended)
		}
		said[why] = true
	}
	if len(said) != 9 { // two say the same
		t.Errorf("%d are told apart: %v", len(said), said)
	}
}
