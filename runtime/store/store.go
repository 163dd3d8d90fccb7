package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// Variable names the environment variable that says where values are kept: see [Open].
const Variable = "DURABLEGEN_STORE"

// Store keeps values under keys such as "orders/order-42/5f0c/9a1b": parts of letters, digits,
// '-', '_' and '.', with slashes between them. It is used by any number of goroutines at once.
type Store interface {
	// Put keeps a value. Once it has returned nil, the value survives a loss of power. A key
	// stands for one value: putting it again changes nothing.
	Put(ctx context.Context, key string, value []byte) error
	// Get gives a value; [ErrMissing] if there is none.
	Get(ctx context.Context, key string) ([]byte, error)
}

// ErrMissing says that a store has nothing under a key.
var ErrMissing = errors.New("there is no such object")

// RefusedError says that a store refuses what was asked of it, and would again: it may not be
// read, or there is no such bucket.
type RefusedError struct{ Message string }

func (e *RefusedError) Error() string { return e.Message }

// Open gives the store at an address: a bucket, with a prefix of keys and the region of the
// bucket if they are wanted, or the absolute path of a folder.
//
//	s3://orders-values
//	s3://shared/orders?region=eu-west-1
//	file:///var/lib/orders/values
//
// Nothing is called before the first Put or Get.
func Open(address string) (Store, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, unknown(address)
	}
	switch {
	case u.Scheme == "file" && u.Host == "" && path.IsAbs(u.Path) && u.RawQuery == "" && u.Fragment == "":
		return Folder(filepath.FromSlash(u.Path)), nil
	case u.Scheme == "s3" && u.Host != "" && u.Port() == "" && u.User == nil && u.Fragment == "":
		query := u.Query()
		for _, name := range slices.Sorted(maps.Keys(query)) {
			if name != "region" {
				return nil, fmt.Errorf("the store %q has a parameter %q; there is `region` only", address, name)
			}
		}
		prefix := strings.Trim(u.Path, "/")
		if prefix != "" && !validKey(prefix) {
			return nil, fmt.Errorf("the store %q has a prefix with other characters than letters, digits, `-`, `_` and `.`", address)
		}
		return newBucket(u.Host, prefix, query.Get("region")), nil
	}
	return nil, unknown(address)
}

func unknown(address string) error {
	return fmt.Errorf("the store %q is neither a bucket, as s3://BUCKET/PREFIX, nor a folder, as file:///FOLDER", address)
}

// validKey reports whether a key is one that any store takes as it is.
func validKey(key string) bool {
	for part := range strings.SplitSeq(key, "/") {
		if part == "" || strings.Trim(part, ".") == "" {
			return false
		}
		for _, r := range part {
			switch {
			case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '-', r == '_', r == '.':
			default:
				return false
			}
		}
	}
	return true
}

func badKey(key string) error { return &RefusedError{fmt.Sprintf("%q can't be a key", key)} }

// Memory is a store that is gone with the process, for tests.
type Memory struct {
	mu     sync.Mutex
	values map[string][]byte
}

// Put implements [Store].
func (m *Memory) Put(_ context.Context, key string, value []byte) error {
	if !validKey(key) {
		return badKey(key)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.values == nil {
		m.values = map[string][]byte{}
	}
	m.values[key] = slices.Clone(value)
	return nil
}

// Get implements [Store].
func (m *Memory) Get(_ context.Context, key string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	value, ok := m.values[key]
	if !ok {
		return nil, ErrMissing
	}
	return slices.Clone(value), nil
}
