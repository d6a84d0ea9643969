package kakaocert

import "encoding/hex"

// resultData is what a verify gave. It is behind a pointer, where fmt does not
// look.
type resultData struct {
	signed [][]byte
	ci     Secret
	vid    Secret
}

// identity reads CI and VID, which verify gives where the contract grants
// them.
func (c *core) identity(st step, answer Answer, o object) (ci, vid Secret, err error) {
	if ci, err = c.decrypted(st, o, answer, "ci", isCI); err != nil {
		return ci, vid, err
	}
	names := c.protocol.List("field.vid")
	text := o.text(names)
	if text != "" && !isVID(text) {
		return ci, vid, st.undecodable(names[0], "is neither hex nor Base64 of 32 bytes", nil, answer)
	}
	return ci, NewSecret(text), nil
}

func isVID(text string) bool {
	if raw, err := hex.DecodeString(text); err == nil && len(raw) == 32 {
		return true
	}
	raw, err := decodeText("base64", text)
	return err == nil && len(raw) == 32
}
