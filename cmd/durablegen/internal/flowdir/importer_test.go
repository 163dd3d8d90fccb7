package flowdir

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestImport(t *testing.T) {
	i := NewImporter(".", nil)
	pkg, err := i.Import("github.com/durablegen/durablegen/runtime/wire")
	if err != nil {
		t.Fatal(err)
	}
	if pkg.Scope().Lookup("ErrorObject") == nil {
		t.Errorf("%v lacks ErrorObject", pkg)
	}
	if at, ok := i.Position("github.com/durablegen/durablegen/runtime/wire", "ErrorObject"); !ok || filepath.Base(filepath.Dir(at.Filename)) != "wire" || !filepath.IsAbs(at.Filename) || at.Line < 2 {
		t.Errorf("ErrorObject is at %v", at)
	}
	again, err := i.Import("github.com/durablegen/durablegen/runtime/wire")
	if again != pkg || err != nil {
		t.Errorf("a second import gives another package: %v, %v", again, err)
	}
}

func TestImportOfNothing(t *testing.T) {
	if _, err := NewImporter(".", nil).Import("github.com/durablegen/durablegen/nowhere"); err == nil || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("got %v", err)
	}
}
