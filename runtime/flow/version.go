package flow

// SupportsGenerated1 is named by generated code that needs a runtime as new as this one,
// so that one of another version is told when the code is compiled, not when it runs.
const SupportsGenerated1 = true
