package purity

import (
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"
)

// The fixtures say of each impure function and variable why it is, in a comment at
// its declaration. One without a comment must be pure.
func TestAnalyzer(t *testing.T) {
	analysistest.Run(t, analysistest.TestData(), Analyzer, "pure", "impure", "order", "decimal", "vouched")
}
