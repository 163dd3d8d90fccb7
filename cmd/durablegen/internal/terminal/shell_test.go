package terminal

import "testing"

// A program that `go run` or `go tool` has built is not to be found where it was, so
// that its path is no command to give to people.
func TestBuiltToRun(t *testing.T) {
	for path, want := range map[string]bool{
		"/tmp/go-build3932538817/b001/exe/durablegen":                                                                true,
		"/home/ada/.cache/go-build/98/980a1638cd3d3028c33cbd68fd4e866252d654157dcad0c80cae8d58267c50f2-d/durablegen": true,
		"/home/ada/go/bin/durablegen":                                                                                false,
		"/home/ada/go-build/b/durablegen":                                                                            false,
	} {
		if got := builtToRun.MatchString(path); got != want {
			t.Errorf("%s: %v", path, got)
		}
	}
}
