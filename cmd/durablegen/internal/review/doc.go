// Package review tells in one comment what the edits of a pull request do: for each
// workflow that has changed, what becomes of its executions, who else notices, what they
// cost, and a diagram with both versions. The comment fits what GitHub takes; what had to be cut is said.
package review
