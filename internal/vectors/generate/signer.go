package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/x509"
	"io"
	"math/big"

	"github.com/kakaocert-go/kakaocert/internal/cms/cmstest"
)

// fixedKey signs without randomness (RFC 6979), so that a message is the same
// every time.
type fixedKey struct{ *ecdsa.PrivateKey }

func (k fixedKey) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return k.PrivateKey.Sign(nil, digest, opts)
}

// signers are a person and the authorities above. Their keys are public.
type signers struct{ root, person, ca *cmstest.Identity }

func newSigners() signers {
	root := cmstest.Root("Example Root", fixedKey{testKey(4)}, numbered(1))
	ca := root.Authority("Example Issuing CA", fixedKey{testKey(5)}, numbered(2))
	return signers{root: root, ca: ca, person: ca.Person(fixedKey{testKey(6)}, numbered(3))}
}

// numbered gives a certificate a serial number that is the same every time.
func numbered(serial int64) cmstest.Change {
	return func(c *x509.Certificate) { c.SerialNumber = big.NewInt(serial) }
}

// on is a message with an attached content.
func (s signers) on(content string) *cmstest.Message {
	return cmstest.New([]byte(content), cmstest.Settings{}, s.person, s.ca)
}

func (s signers) sign(content string) []byte { return s.on(content).Sign().Encode() }

// detached signs a content that it does not contain.
func (s signers) detached(content string) []byte {
	message := s.on(content)
	message.Content = nil
	return message.Sign().Encode()
}
