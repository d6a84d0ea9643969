// Package vectors reads the portable vectors in testdata/vectors, and compares
// with them what an implementation in another language has answered.
//
// A vector is an input, and what an implementation must make of it. Its ID
// begins with the part that it belongs to: "vid/leading-zero". An answer is a
// JSON object under the vector's ID.
package vectors

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	files "github.com/kakaocert-go/kakaocert/testdata/vectors"
)

// SchemaFile is the name of the JSON schema of the files of vectors.
const SchemaFile = "schema.json"

// Part is the vectors about one subject: a file of testdata/vectors.
type Part struct {
	Schema  string   `json:"$schema"`
	Part    string   `json:"part"`
	About   string   `json:"about"`
	Answer  string   `json:"answer"`           // what an answer contains, in words
	Common  object   `json:"common,omitempty"` // fields of every input
	Vectors []Vector `json:"vectors"`
}

// Vector is an input and what an answer to it must contain.
type Vector struct {
	ID    string `json:"id"`
	About string `json:"about"`
	Input object `json:"input"`
	// Expect is nil where a vector is printed for others to answer.
	Expect object `json:"expect,omitempty"`
	// Detail is what an answer may leave out. Where it is there, it must be so.
	Detail object `json:"detail,omitempty"`
}

// object is a JSON object.
type object map[string]json.RawMessage

// Parts returns all vectors, by the names of their parts.
func Parts() ([]Part, error) { return readParts(files.Files) }

func readParts(fsys fs.FS) ([]Part, error) {
	names, err := fs.Glob(fsys, "*.json")
	if err != nil {
		return nil, err
	}
	var parts []Part
	for _, name := range names {
		if name == SchemaFile {
			continue
		}
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		var part Part
		if err := json.Unmarshal(text, &part); err != nil {
			return nil, fmt.Errorf("vectors: %s: %w", name, err)
		}
		parts = append(parts, part)
	}
	return parts, nil
}

// Read decodes the input of a vector, with what is common to its part.
func (p *Part) Read(v Vector, into any) error {
	whole := maps.Clone(v.Input)
	for name, value := range p.Common {
		if _, own := whole[name]; !own {
			whole[name] = value
		}
	}
	text, err := json.Marshal(whole)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

// Questions returns the parts without what is expected.
func Questions(parts []Part) []Part {
	asked := slices.Clone(parts)
	for i := range asked {
		asked[i].Vectors = slices.Clone(asked[i].Vectors)
		for j := range asked[i].Vectors {
			asked[i].Vectors[j].Expect, asked[i].Vectors[j].Detail = nil, nil
		}
	}
	return asked
}

// Choose returns the parts with these names; without names, all.
func Choose(parts []Part, names []string) ([]Part, error) {
	if len(names) == 0 {
		return parts, nil
	}
	var chosen []Part
	for _, name := range names {
		i := slices.IndexFunc(parts, func(p Part) bool { return p.Part == name })
		if i < 0 {
			return nil, fmt.Errorf("no such part: the parts are %s", strings.Join(PartNames(parts), ", "))
		}
		chosen = append(chosen, parts[i])
	}
	return chosen, nil
}

// PartNames returns the names of the parts.
func PartNames(parts []Part) []string {
	var names []string
	for _, part := range parts {
		names = append(names, part.Part)
	}
	return names
}
