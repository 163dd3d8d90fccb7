// Package examples is the workflows of the folders below as texts, for pages that show them.
package examples

import "embed"

// Files holds the .flow files, as FOLDER/NAME.flow.
//
//go:embed */*.flow
var Files embed.FS
