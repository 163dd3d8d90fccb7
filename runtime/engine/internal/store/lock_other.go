//go:build !unix

package store

import (
	"os"
	"path/filepath"
)

// lockFolder keeps a file open. Here nothing stops a second process from using
// the store.
func lockFolder(dir string) (*os.File, error) {
	return os.OpenFile(filepath.Join(dir, "durablegen.lock"), os.O_RDWR|os.O_CREATE, 0o600)
}
