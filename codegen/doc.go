// Package codegen turns a checked Flow program into Go source.
//
// Entry points: [Generate] gives the Go file of each .flow file, [Stubs] what the
// user has still to write: the methods of steps, helpers, and a Lambda main; [Check]
// reports names that Go can't have. All are pure: they take values and return text,
// equal input gives equal bytes, and the caller does all reading and writing.
//
// The tour: generate.go walks the files; names.go and locals.go choose the Go
// names; types.go and decls.go write declarations; steps.go the interface that the
// user implements; workflow.go and body.go the functions; each statement and
// operation has an emit function of its own name; expr.go and builtin.go write
// expressions; analysis.go answers what emission asks about the tree.
//
// Else the package never checks: what reaches it is a valid program. Where it finds
// otherwise, that is an error of the project's, and says which .flow position was
// being written.
package codegen
