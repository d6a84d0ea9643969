// Package pemfile reads files of certificates in PEM, as tools and people write
// them.
package pemfile

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
)

// Read reads a file of certificates, and returns its bytes too, from the first
// block on. Every certificate must be readable.
func Read(name string) ([]*x509.Certificate, []byte, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, nil, err
	}
	text = WithoutPreamble(text)
	certificates, err := Parse(text)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	return certificates, text, nil
}

// Parse reads certificates, at least one.
func Parse(text []byte) ([]*x509.Certificate, error) {
	var certificates []*x509.Certificate
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			return nil, errors.New("contains a PEM block that is not a certificate")
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, errors.New("contains a certificate that cannot be read")
		}
		certificates = append(certificates, certificate)
	}
	if len(certificates) == 0 {
		return nil, errors.New("contains no certificate in PEM")
	}
	return certificates, nil
}

// byteOrderMark is what some editors put before a text.
var byteOrderMark = []byte("\ufeff")

// WithoutPreamble passes over a byte order mark and, before PEM, over the words
// that tools such as openssl print there. DER and BER, which begin with 0x30,
// stay as they are.
func WithoutPreamble(text []byte) []byte {
	if len(text) > 0 && text[0] == 0x30 {
		return text
	}
	text = bytes.TrimPrefix(text, byteOrderMark)
	if i := bytes.Index(text, []byte("-----BEGIN ")); i > 0 && text[i-1] == '\n' {
		return text[i:]
	}
	return text
}
