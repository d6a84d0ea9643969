package places

import (
	"slices"
	"strings"
)

// Wrapped splits the path of a field whose name is known into the object that
// contains it and the name: "response.body.tx_id" is tx_id in response.body. ok is
// false for a field at the top, and for a name that is not known.
func Wrapped(path string, known []string) (object, name string, ok bool) {
	for i, ch := range path {
		if ch == '.' && i > 0 && slices.Contains(known, path[i+1:]) {
			return path[:i], path[i+1:], true
		}
	}
	return "", "", false
}

// Inside returns the path as it is inside the object that contains an answer's
// fields, and the path itself where it is in none of these objects.
func Inside(path string, objects []string) string {
	for _, object := range objects {
		if inside, is := strings.CutPrefix(path, object+"."); is {
			return inside
		}
	}
	return path
}
