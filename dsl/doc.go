// Package dsl is the Flow language: it turns the text of `.flow` files into a
// checked program, the one model that code generation, diagrams and tools read.
//
// The phases, in the order in which a file passes them:
//
//	Source → tokens (lexer.go) → syntax tree (parser.go, ast.go) → Program (check.go)
//
// Entry points: [Parse] makes a tree of one file, [Check] a [Program] of all the
// files of a package, [Format] lays a file out in the canonical style. All of
// them report problems as [Diagnostic] values and return what they could make of
// the input, so that one mistake does not hide another.
//
// The package takes bytes and returns values. It never reads a file, the
// environment or a clock, and it knows nothing of Go generation.
package dsl
