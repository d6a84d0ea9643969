package kakaocert

import (
	"encoding/base64"
	"encoding/hex"
)

// decrypted returns a field's plain text, which must have the right shape: the
// cipher itself would not notice a wrong key or a changed text.
func (c *core) decrypted(st step, o object, answer Answer, field string, shape func(string) bool) (Secret, error) {
	names := c.protocol.List("field." + field)
	text := o.text(names)
	if text == "" {
		return Secret{}, nil
	}
	plain, err := c.decrypt(text)
	if err != nil || !shape(plain) {
		return Secret{}, st.undecodable(names[0], "cannot be decrypted", ErrDecrypt, answer)
	}
	return NewSecret(plain), nil
}

func (c *core) encrypt(plain string) (string, error) {
	secret, err := c.cipher.Encrypt([]byte(plain))
	if err != nil {
		return "", &ArgumentError{Field: "Config.Cipher", Reason: "does not encrypt"}
	}
	switch c.protocol.Get("encoding.cipher") {
	case "hex":
		return hex.EncodeToString(secret), nil
	case "base64url":
		return base64.URLEncoding.EncodeToString(secret), nil
	}
	return base64.StdEncoding.EncodeToString(secret), nil
}

func (c *core) decrypt(text string) (string, error) { return unseal(c.protocol, c.cipher, text) }

// unseal undoes encoding and encryption. Whatever is wrong, it is ErrDecrypt.
func unseal(p *Protocol, cipher DataCipher, text string) (string, error) {
	secret, err := decodeText(p.Get("encoding.cipher"), text)
	if err != nil {
		return "", ErrDecrypt
	}
	plain, err := cipher.Decrypt(secret)
	if err != nil {
		return "", ErrDecrypt
	}
	return string(plain), nil
}

// decodeText undoes an encoding of the Protocol. Base64 may be standard or
// URL-safe, padded or not, whichever of the two is written down.
func decodeText(encoding, text string) ([]byte, error) {
	if encoding == "hex" {
		return hex.DecodeString(text)
	}
	return decodeBase64(text)
}
