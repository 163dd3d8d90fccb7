// A module of its own, since its tests build C.
module github.com/durablegen/durablegen/editors/tree-sitter-flow

go 1.26.0

require (
	github.com/durablegen/durablegen v0.0.0
	github.com/tree-sitter/go-tree-sitter v0.25.0
	golang.org/x/tools v0.52.0
)

require (
	github.com/alecthomas/participle/v2 v2.1.4 // indirect
	github.com/mattn/go-pointer v0.0.1 // indirect
	github.com/rivo/uniseg v0.4.7 // indirect
)

replace github.com/durablegen/durablegen => ../..
