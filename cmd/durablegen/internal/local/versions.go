package local

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/durablegen/durablegen/internal/words"
	"github.com/durablegen/durablegen/runtime/engine"
	"github.com/durablegen/durablegen/runtime/engine/process"
)

// codeFolder is where binaries lie by their digests.
const codeFolder = "code"

// Kept is where a binary lies that has a digest.
func (d Data) Kept(digest string) string {
	return filepath.Join(d.Bin(), codeFolder, digest, "bootstrap")
}

// Keep moves a binary to where its digest says, and makes it safe there: what is published by that digest
// is found as long as it is not swept.
func (d Data) Keep(binary string) (digest string, err error) {
	f, err := os.OpenFile(binary, os.O_RDWR, 0)
	if err != nil {
		return "", fmt.Errorf("%s: can't be read: %w", binary, words.Cause(err))
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", fmt.Errorf("%s: can't be read: %w", binary, words.Cause(err))
	}
	if err := f.Sync(); err != nil {
		return "", fmt.Errorf("%s: can't be written: %w", binary, words.Cause(err))
	}
	digest = hex.EncodeToString(sum.Sum(nil))
	path := d.Kept(digest)
	if err = os.MkdirAll(filepath.Dir(path), 0o755); err == nil {
		err = os.Rename(binary, path)
	}
	if err != nil {
		return "", fmt.Errorf("%s: can't be written: %w", path, words.Cause(err))
	}
	return digest, nil
}

// Sweep removes what was kept, but for these digests. What can't be removed yet is so by the next one.
func (d Data) Sweep(digests []string) {
	dir := filepath.Join(d.Bin(), codeFolder)
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if !slices.Contains(digests, e.Name()) {
			_ = os.RemoveAll(filepath.Join(dir, e.Name()))
		}
	}
}

// versions are the processes of published versions.
type versions struct {
	mu     sync.Mutex
	pools  map[[2]string]*versionPool // by function and version
	atOnce map[string]int             // by function
	env    []string                   // of functions, as it was said last
	closed bool
}

type versionPool struct {
	*process.Pool
	command []string
}

// serve says how functions run from now on; what is published of one keeps its code.
func (v *versions) serve(function string, atOnce int, env []string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.atOnce == nil {
		v.atOnce = map[string]int{}
	}
	v.atOnce[function] = atOnce
	if slices.Equal(v.env, env) {
		return
	}
	v.env = env
	for _, p := range v.pools {
		p.Replace(p.command, env)
	}
}

func (v *versions) close() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.closed = true
	var errs []error
	for _, p := range v.pools {
		errs = append(errs, p.Close())
	}
	return errors.Join(errs...)
}

// version gives what runs a published version; nil: its binary is not kept here.
func (s *Service) version(v engine.PublishedVersion) engine.Invoker {
	if s.config.Code.Dir == "" || v.Code == "" {
		return nil
	}
	return published{s, v}
}

// published runs a published version in processes of its own.
type published struct {
	s *Service
	engine.PublishedVersion
}

// Invoke implements engine.Invoker.
func (p published) Invoke(ctx context.Context, inv *engine.Invocation) ([]byte, error) {
	pool, err := p.pool()
	if err != nil {
		return nil, &engine.StartError{Err: err}
	}
	return pool.Invoke(ctx, inv)
}

func (p published) pool() (*versionPool, error) {
	v := &p.s.versions
	v.mu.Lock()
	defer v.mu.Unlock()
	key := [2]string{p.Function, p.Version}
	if pool := v.pools[key]; pool != nil {
		return pool, nil
	}
	if v.closed {
		return nil, errors.New("the service is being closed")
	}
	command := []string{p.s.config.Code.Kept(p.Code)}
	pool, err := process.NewPool(process.Options{
		Function:     p.Function,
		Version:      p.Version,
		Command:      command,
		Dir:          p.s.config.Work,
		Env:          v.env,
		Endpoint:     p.s.URL,
		MaxProcesses: v.atOnce[p.Function],
		Log:          p.s.log,
	})
	if err != nil {
		return nil, err
	}
	if v.pools == nil {
		v.pools = map[[2]string]*versionPool{}
	}
	v.pools[key] = &versionPool{pool, command}
	return v.pools[key], nil
}
