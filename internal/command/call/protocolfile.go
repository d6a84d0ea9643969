package call

import (
	"bytes"
	"os"

	"github.com/kakaocert-go/kakaocert"
)

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
