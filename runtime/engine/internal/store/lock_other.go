//go:build !unix

package store

import "os"

// lockFolder keeps a file open. Here nothing stops a second process from using
// the store.
func lockFolder(dir string) (*folderLock, error) {
	f, err := os.OpenFile(lockPath(dir), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	return take(f), nil
}
