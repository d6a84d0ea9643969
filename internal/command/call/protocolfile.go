package call

import (
	"bytes"
	"encoding/json"
	"os"

	"github.com/kakaocert-go/kakaocert"
)

// ProtocolLine is a line of a protocol file, with a note of how its value was
// found; the note may be empty.
type ProtocolLine struct{ Value, Found string }

// ProtocolText is the text of a protocol file: what p changes, and lines by their
// keys, which take the place of p's.
func ProtocolText(p *kakaocert.Protocol, lines map[string]ProtocolLine) []byte {
	var out bytes.Buffer
	separator := "{\n"
	for _, entry := range p.Entries() {
		line, isNew := lines[entry.Key]
		if !isNew {
			line = ProtocolLine{entry.Value, entry.Found}
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
	octets, _ := json.Marshal(text) // text always can be
	return string(octets)
}

// WriteProtocol writes the text of a protocol file, whole or not at all. Before,
// it reads it as every client will.
func WriteProtocol(path string, text []byte) error {
	if _, err := kakaocert.ParseProtocol(bytes.NewReader(text)); err != nil {
		return err
	}
	part := path + ".part"
	defer func() { _ = os.Remove(part) }()
	if err := WriteSynced(part, text); err != nil {
		return err
	}
	return os.Rename(part, path)
}
