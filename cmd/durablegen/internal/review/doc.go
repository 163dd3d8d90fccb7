// Package review tells in one comment what the edits of a pull request do.
package review
