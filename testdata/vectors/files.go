// Package vectors embeds the portable vectors. They are read through
// internal/vectors, which says what they are.
package vectors

import "embed"

// Files has a JSON file for each part, and the schema of those files.
//
//go:embed *.json
var Files embed.FS
