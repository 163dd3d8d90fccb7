// Package flow is the tree-sitter grammar of Flow for Go programs.
package flow

// #cgo CFLAGS: -std=c11 -Isrc
// #include "src/parser.c"
// #include "src/scanner.c"
import "C"

import "unsafe"

// Language gives the grammar, as tree_sitter.NewLanguage wants it.
func Language() unsafe.Pointer { return unsafe.Pointer(C.tree_sitter_flow()) }
