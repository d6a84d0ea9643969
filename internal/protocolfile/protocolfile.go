// Package protocolfile writes protocol files: what a host was found to speak, with
// notes of how it was found.
package protocolfile

import (
	"bytes"
	"encoding/json"

	"github.com/kakaocert-go/kakaocert"
)

// Line is a line of a protocol file, with a note of how its value was found; the
// note may be empty.
type Line struct{ Value, Found string }

// Text is the text of a protocol file: what p changes, and lines by their keys,
// which take the place of p's.
func Text(p *kakaocert.Protocol, lines map[string]Line) []byte {
	var out bytes.Buffer
	separator := "{\n"
	for _, entry := range p.Entries() {
		line, isNew := lines[entry.Key]
		if !isNew {
			line = Line{entry.Value, entry.Found}
			if !entry.Changed && entry.Found == "" {
				continue
			}
		}
		out.WriteString(separator + "  " + quoted(entry.Key) + ": ")
		if line.Found == "" {
			out.WriteString(quoted(line.Value))
		} else {
			out.WriteString(`{"value": ` + quoted(line.Value) + `, "found": ` + quoted(line.Found) + `}`)
		}
		separator = ",\n"
	}
	if out.Len() == 0 {
		return []byte("{}\n")
	}
	out.WriteString("\n}\n")
	return out.Bytes()
}

func quoted(text string) string {
	raw, _ := json.Marshal(text) // text always can be
	return string(raw)
}
