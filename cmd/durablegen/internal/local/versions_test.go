package local

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/durablegen/durablegen/runtime/engine"
)

func TestKeptCode(t *testing.T) {
	d := Data{t.TempDir()}
	if err := d.Make(); err != nil {
		t.Fatal(err)
	}
	keep := func(text string) string {
		t.Helper()
		path := filepath.Join(d.Bin(), "new")
		if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
		digest, err := d.Keep(path)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(d.Kept(digest)); err != nil || string(got) != text {
			t.Errorf("kept is %q, %v", got, err)
		}
		if info, err := os.Stat(d.Kept(digest)); err != nil || info.Mode()&0o100 == 0 {
			t.Errorf("it can't be run: %v, %v", info, err)
		}
		return digest
	}
	a, b := keep("a"), keep("b")
	if again := keep("a"); again != a || a == b {
		t.Errorf("the same is kept as %s and %s, another as %s", a, again, b)
	}
	d.Sweep([]string{b})
	if exists(d.Kept(a)) || !exists(d.Kept(b)) {
		t.Error("not the other one was swept")
	}
	if names := d.foreign(); len(names) != 0 {
		t.Errorf("not ours is %q", names)
	}
	if _, err := d.Keep(filepath.Join(d.Bin(), "none")); err == nil || !strings.Contains(err.Error(), "can't be read") {
		t.Errorf("keeping nothing gave %v", err)
	}
}

// A version whose binary was taken away says so as often as it is to run.
func TestVersionWithoutItsBinary(t *testing.T) {
	d := Data{t.TempDir()}
	if err := d.Make(); err != nil {
		t.Fatal(err)
	}
	s := &Service{config: Config{Work: d.Work(), Code: d}}
	defer s.versions.close()
	v := s.version(engine.PublishedVersion{Function: "orders", Version: "1", Code: "ab"})
	inv := &engine.Invocation{RequestID: "1", Function: "orders", Event: []byte("{}")}
	_, err := v.Invoke(t.Context(), inv)
	if unstarted, ok := err.(*engine.StartError); !ok || !strings.Contains(unstarted.Error(), d.Kept("ab")+" can't be started") {
		t.Errorf("without its binary it gave %v", err)
	}
	if s.version(engine.PublishedVersion{Function: "orders", Version: "1"}) != nil {
		t.Error("a version of unknown code has something that runs it")
	}
}
