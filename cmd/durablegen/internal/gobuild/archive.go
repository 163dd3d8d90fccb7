package gobuild

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/durablegen/durablegen/internal/words"
)

// Entry is how Lambda's runtimes for programs call the program of an archive.
const Entry = "bootstrap"

// Archive packs a program as Lambda takes it into a file: a ZIP with the one entry [Entry],
// the same bytes for the same program. It replaces a file only if that is such an archive.
func Archive(program, path string) error {
	if err := replaceable(path); err != nil {
		return err
	}
	in, err := os.Open(program)
	if err != nil {
		return fmt.Errorf("%s: can't be read: %w", program, words.Cause(err))
	}
	defer in.Close()
	out, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tmp")
	if err != nil {
		return fmt.Errorf("%s: can't be written: %w", path, words.Cause(err))
	}
	defer os.Remove(out.Name()) // which is there only if something went wrong
	err = pack(out, in)
	if err == nil {
		err = out.Chmod(0o644)
	}
	if err = errors.Join(err, out.Close()); err == nil {
		err = os.Rename(out.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("%s: can't be written: %w", path, words.Cause(err))
	}
	return nil
}

// pack writes an archive of a program. The entry's time is the earliest that a ZIP has, so
// that the bytes depend on the program alone.
func pack(w io.Writer, program io.Reader) error {
	z := zip.NewWriter(w)
	header := &zip.FileHeader{Name: Entry, Method: zip.Deflate, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)}
	header.SetMode(0o755)
	entry, err := z.CreateHeader(header)
	if err != nil {
		return err
	}
	if _, err := io.Copy(entry, program); err != nil {
		return err
	}
	return z.Close()
}

// replaceable tells why an archive may not take the place of a file; nil if it may.
func replaceable(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("%s: %w", path, words.Cause(err))
	case info.IsDir():
		return fmt.Errorf("%s: this is a folder; name a file with -o", path)
	}
	z, err := zip.OpenReader(path)
	if err == nil {
		defer z.Close()
		if len(z.File) == 1 && z.File[0].Name == Entry {
			return nil
		}
	}
	return fmt.Errorf("%s: this file is no archive of a function, and stays as it is; name another one with -o", path)
}
