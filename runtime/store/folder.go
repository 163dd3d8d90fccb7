package store

import (
	"context"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// Folder is a store in the folder of that path, a file for each value. It is made when it is
// needed, readable by its owner only.
type Folder string

// Address gives what [Open] makes the store of. The path has to be absolute.
func (f Folder) Address() string {
	path := filepath.ToSlash(string(f))
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // that of a drive
	}
	return (&url.URL{Scheme: "file", Path: path}).String()
}

func (f Folder) path(key string) string { return filepath.Join(string(f), filepath.FromSlash(key)) }

// Put implements [Store].
func (f Folder) Put(_ context.Context, key string, value []byte) (err error) {
	if !validKey(key) {
		return badKey(key)
	}
	path := f.path(key)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	// Whoever reads finds all of it or nothing.
	file, err := os.CreateTemp(filepath.Dir(path), ".put-*")
	if err != nil {
		return err
	}
	_, err = file.Write(value)
	if err = errors.Join(err, file.Sync(), file.Close()); err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		os.Remove(file.Name())
		return err
	}
	return f.settle(filepath.Dir(path))
}

// settle has the names of a folder survive a loss of power, and those of the folders that
// lead to it from that of the store.
func (f Folder) settle(dir string) error {
	if runtime.GOOS == "windows" { // where folders can't be flushed
		return nil
	}
	for root := filepath.Clean(string(f)); ; dir = filepath.Dir(dir) {
		d, err := os.Open(dir)
		if err != nil {
			return err
		}
		if err := errors.Join(d.Sync(), d.Close()); err != nil {
			return err
		}
		if dir == root || dir == filepath.Dir(dir) {
			return nil
		}
	}
}

// Get implements [Store].
func (f Folder) Get(_ context.Context, key string) ([]byte, error) {
	if !validKey(key) {
		return nil, badKey(key)
	}
	value, err := os.ReadFile(f.path(key))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrMissing
	}
	return value, err
}
