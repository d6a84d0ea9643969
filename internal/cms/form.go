package cms

import (
	"bytes"
	"encoding/base64"
	"encoding/pem"
)

// Unwrap returns the bytes of a message that is given as DER or BER, as PEM
// (a block CMS, PKCS7 or PKCS #7 SIGNED DATA), or as Base64 (standard or
// URL-safe, padded or not, white space between). The first bytes decide the form,
// without a second guess: BER begins with 0x30, and Base64 of it never does. A byte
// order mark, and words in front of PEM, are passed over. The message may have
// maxSize bytes, and its text twice as many. Bytes in another form are
// [NotSignedData], and so is text of bytes that cannot be a message.
func Unwrap(given []byte, maxSize int) ([]byte, error) {
	if len(given) > 2*maxSize+1024 {
		return nil, TooLarge
	}
	if len(given) > 0 && given[0] == tagSequence {
		return within(given, maxSize)
	}
	text := bytes.TrimSpace(bytes.TrimPrefix(given, []byte("\ufeff")))
	var raw []byte
	var ok bool
	if begin := bytes.Index(text, []byte("-----BEGIN ")); begin >= 0 { // the text in front of it is passed over
		raw, ok = fromPEM(text[begin:])
	} else {
		raw, ok = fromBase64(text)
	}
	if !ok || len(raw) == 0 || raw[0] != tagSequence {
		return nil, NotSignedData
	}
	return within(raw, maxSize)
}

func within(raw []byte, maxSize int) ([]byte, error) {
	if len(raw) > maxSize {
		return nil, TooLarge
	}
	return raw, nil
}

// fromPEM takes one block and nothing else.
func fromPEM(text []byte) ([]byte, bool) {
	block, rest := pem.Decode(text)
	if block == nil || len(bytes.TrimSpace(rest)) > 0 {
		return nil, false
	}
	switch block.Type {
	case "CMS", "PKCS7", "PKCS #7 SIGNED DATA":
		return block.Bytes, true
	default:
		return nil, false
	}
}

// fromBase64 reads either alphabet, but not both at once, and padding that is
// whole or absent.
func fromBase64(text []byte) ([]byte, bool) {
	compact := make([]byte, 0, len(text))
	urlSafe := false
	for _, b := range text {
		if isSpace(b) {
			continue
		}
		urlSafe = urlSafe || b == '-' || b == '_'
		compact = append(compact, b)
	}
	encoding := base64.StdEncoding
	if urlSafe {
		encoding = base64.URLEncoding
	}
	if !bytes.HasSuffix(compact, []byte("=")) {
		encoding = encoding.WithPadding(base64.NoPadding)
	}
	n, err := encoding.Strict().Decode(compact, compact)
	return compact[:n], err == nil
}

func isSpace(b byte) bool { return b == ' ' || b == '\t' || b == '\r' || b == '\n' }
