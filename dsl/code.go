package dsl

// Code names one kind of problem and never changes its meaning.
type Code string
