// Package visualize draws checked programs.
//
// The phases, in the order in which a workflow passes them:
//
//	WorkflowDecl → Graph (build.go) → what a level of detail shows of it
//	(reduce.go, absorb.go) → where it is cut so that it fits a screen (layout.go)
//	→ Mermaid text (mermaid.go, legend.go) → a page for people (document.go)
//
// Entry points: [NewGraph] gives the exact graph of a workflow, every operation
// once and no edge that an execution could not take; [Mermaid] and [Sequence]
// draw it; [Document] makes the page that stands beside a `.flow` file, and
// [Regions] keeps marked regions of other Markdown files current. [Overlay] lays
// the history of one execution over the graph, and says in a sentence what it
// waits for. [Change] draws two versions of a workflow as one.
//
// The package takes a program and returns text. It reads no file and no clock,
// and it trusts no text: names, conditions and messages are escaped so that they
// can neither break a diagram nor become markup in it.
package visualize
