// Package objects is a store of files named after what is in them: writing the
// same again writes the same file, and nothing is ever overwritten.
package objects

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Store is a folder of objects.
type Store struct {
	Dir string
	// Owner, if there is one, has objects of its own: they are named after it too, so
	// that deleting one takes nothing from anybody else.
	Owner string
}

// Put writes data and gives its name, which ends in ext.
func (s Store) Put(data []byte, ext string) (string, error) {
	if err := os.MkdirAll(s.Dir, 0o755); err != nil {
		return "", err
	}
	sum := sha256.Sum256(append([]byte(s.Owner), data...))
	name := hex.EncodeToString(sum[:10]) + ext
	temp, err := os.CreateTemp(s.Dir, "new-*")
	if err != nil {
		return "", err
	}
	defer os.Remove(temp.Name())
	_, err = temp.Write(data)
	if closed := temp.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return "", err
	}
	return name, os.Rename(temp.Name(), filepath.Join(s.Dir, name))
}

// Get reads an object.
func (s Store) Get(name string) ([]byte, error) {
	return os.ReadFile(filepath.Join(s.Dir, filepath.Base(name)))
}

// Delete removes an object; one that isn't there is gone already.
func (s Store) Delete(name string) error {
	err := os.Remove(filepath.Join(s.Dir, filepath.Base(name)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// PutJSON writes v as JSON.
func (s Store) PutJSON(v any) (string, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	return s.Put(data, ".json")
}

// GetJSON reads an object that PutJSON wrote into v.
func (s Store) GetJSON(name string, v any) error {
	data, err := s.Get(name)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, v)
}
