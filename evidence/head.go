package evidence

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"time"
)

// magic is the first line of every record and attachment.
const magic = "kakaocert-evidence 1\n"

// maxHead is the longest head, both lines together.
const maxHead = 4096

const (
	kindRecord     = "record"
	kindAttachment = "attachment"
)

// fileHead is what a file says in clear. (FORMAT.md, "Head")
type fileHead struct {
	Kind    string    `json:"kind"`
	ID      string    `json:"id"`
	Suite   string    `json:"suite"`
	Key     string    `json:"key"`
	Salt    string    `json:"salt"`
	At      time.Time `json:"at"`
	Record  string    `json:"record,omitempty"`
	Product string    `json:"product,omitempty"`
	TxID    string    `json:"tx_id,omitempty"`
	Attempt int       `json:"attempt,omitempty"`
	Client  string    `json:"client,omitempty"`
}

// sealedHead is the rest of what is known at the beginning, in the first
// frame: a digest of a document of few possible contents gives it away.
type sealedHead struct {
	Asked []string `json:"asked,omitempty"`
	Name  string   `json:"name,omitempty"`
}

// ending is what the last frame says.
type ending struct {
	At     time.Time `json:"at"`
	Reason string    `json:"reason,omitempty"`
}

func (h fileHead) encode() ([]byte, error) {
	line, err := json.Marshal(h)
	if err != nil {
		return nil, err
	}
	return append(append([]byte(magic), line...), '\n'), nil
}

// decodeHead reads a whole head.
func decodeHead(raw []byte) (h fileHead, salt []byte, err error) {
	line, found := bytes.CutPrefix(raw, []byte(magic))
	if !found {
		return h, nil, damaged("first line is not that of version 1")
	}
	if err := decodeStrict(line, &h); err != nil {
		return fileHead{}, nil, damaged("head is not understood")
	}
	salt, err = hex.DecodeString(h.Salt)
	if err != nil || len(salt) != KeySize {
		return fileHead{}, nil, damaged("head has no salt")
	}
	return h, salt, nil
}

// decodeStrict reads one JSON value without unknown names, and nothing after.
func decodeStrict(data []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("evidence: more than one JSON value")
	}
	return nil
}
