package cmstest

import (
	"bytes"
	"crypto"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"maps"
)

// Content is what the messages sign.
const Content = "본인은 위 계약에 동의합니다."

// world is the authorities and the people that the messages are made with.
type world struct {
	root, ca  *Identity
	person    *Identity // RSA
	signerEC  *Identity // ECDSA P-256
	chain     []*Identity
	personKey *rsa.PrivateKey
}

// Vectors returns the messages that must be verified and those that must be
// refused, by name, with the root they chain to.
func Vectors() (root *Identity, good, bad map[string][]byte) {
	w := newWorld()
	return w.root, w.good(), w.bad()
}

func newWorld() *world {
	w := &world{personKey: RSAKey(2048)}
	w.root = Root("Example Root", RSAKey(2048))
	w.ca = w.root.Authority("Example Issuing CA", RSAKey(2048))
	w.person = w.ca.Person(w.personKey)
	w.signerEC = w.ca.Person(ECKey(elliptic.P256()))
	w.chain = []*Identity{w.person, w.ca}
	return w
}

// message is the usual one, not yet signed.
func (w *world) message() *Message { return New([]byte(Content), Settings{}, w.chain...) }

// by is the usual one, by a signer with these issuers, signed and encoded.
func by(settings Settings, certs ...*Identity) []byte {
	return New([]byte(Content), settings, certs...).Sign().Encode()
}

// with signs the usual message after the change.
func (w *world) with(change func(*Message, *Signer)) []byte {
	m := w.message()
	change(m, m.Signers[0])
	return m.Sign().Encode()
}

// after changes the usual message when it has been signed.
func (w *world) after(change func(*Message, *Signer)) []byte {
	m := w.message().Sign()
	change(m, m.Signers[0])
	return m.Encode()
}

// issued is the usual message by a person whose certificate was changed.
func (w *world) issued(change Change) []byte {
	return by(Settings{}, w.ca.Person(w.personKey, change), w.ca)
}

// under is the usual message by a person below an authority that was changed.
func (w *world) under(changes ...Change) []byte {
	ca := w.root.Authority("Example Other CA", ECKey(elliptic.P256()), changes...)
	return by(Settings{}, ca.Person(w.personKey), ca)
}

func (w *world) good() map[string][]byte {
	detached := w.message()
	detached.Content = nil
	pieces := w.message()
	pieces.BER, pieces.Content = true, Indefinite(0xa0, Pieces([]byte(Content), 10))
	nested := w.message()
	nested.BER, nested.Content = true, Indefinite(0xa0, Indefinite(0x24, Pieces([]byte(Content[:6]), 2), TLV(0x24, TLV(0x04, []byte(Content[6:])))))
	long := w.message()
	long.Content = TLV(0xa0, append([]byte{0x04, 0x83, 0, 0}, TLV(0x04, []byte(Content))[1:]...))
	all := map[string][]byte{
		"rsa.der":                  w.message().Sign().Encode(),
		"rsa-in-pieces.ber":        pieces.Sign().Encode(),
		"rsa-in-nested-pieces.ber": nested.Sign().Encode(),
		"rsa-long-length.ber":      long.Sign().Encode(),
		"rsa-sha384.der":           by(Settings{Hash: crypto.SHA384}, w.chain...),
		"rsa-sha512.der":           by(Settings{Hash: crypto.SHA512}, w.chain...),
		"rsa-bare-oid.der":         w.with(func(_ *Message, s *Signer) { s.Algorithm = Algorithm(RSA, Null); s.Attributes = s.Attributes[:3] }),
		"pss.der":                  by(Settings{PSS: true}, w.chain...),
		"pss-sha512.der":           by(Settings{PSS: true, Hash: crypto.SHA512}, w.chain...),
		"pss-longest-salt.der":     w.saltOf(222),
		"ecdsa-p256.der":           by(Settings{}, w.signerEC, w.ca),
		"ecdsa-p384.der":           by(Settings{Hash: crypto.SHA384}, w.ca.Person(ECKey(elliptic.P384())), w.ca),
		"ecdsa-sha512.der":         by(Settings{Hash: crypto.SHA512}, w.signerEC, w.ca),
		"key-identifier.der":       by(Settings{KeyID: true}, w.chain...),
		"detached.der":             detached.Sign().Encode(),
		"attributes-least.der":     w.with(func(_ *Message, s *Signer) { s.Attributes = [][]byte{s.Attributes[0], s.Attributes[2]} }),
		"attributes-more.der": w.with(func(_ *Message, s *Signer) {
			s.Attributes = append(s.Attributes, Attribute(OID(1, 2, 410, 200004, 1), Integer(1), Integer(2)))
		}),
		"unsigned-attributes.der": w.after(func(_ *Message, s *Signer) {
			s.Unsigned = TLV(0xa1, Attribute(OID(1, 2, 840, 113549, 1, 9, 16, 2, 14), TLV(0x30)))
		}),
		"without-key-usage.der":       w.issued(func(c *x509.Certificate) { c.KeyUsage = 0 }),
		"usage-email.der":             w.issued(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection} }),
		"under-root.der":              by(Settings{}, w.root.Person(w.personKey)),
		"root-beside.der":             by(Settings{}, w.person, w.ca, w.root),
		"certificates-backwards.der":  w.after(func(m *Message, _ *Signer) { m.Certs = []*Identity{w.root, w.signerEC, w.ca, w.person} }),
		"certificate-repeated.der":    w.after(func(m *Message, _ *Signer) { m.Extra = bytes.Repeat(w.person.Certificate.Raw, 5) }),
		"bad-certificate-beside.der":  w.after(func(m *Message, _ *Signer) { m.Extra = TLV(0x30, Integer(1), TLV(0x30)) }),
		"ber-certificate-beside.ber":  w.after(func(m *Message, _ *Signer) { m.Extra = indefiniteCertificate(w.signerEC) }),
		"other-certificate-kind.der":  w.after(func(m *Message, _ *Signer) { m.Extra = TLV(0xa2, TLV(0x30)) }),
		"twin-with-another-key.der":   w.twins(1),
		"twin-of-another-issuer.der":  w.twinOfAnotherIssuer(),
		"expired-authority-twin.der":  w.expiredTwinAuthority(),
		"crl-that-is-none-beside.der": w.after(func(m *Message, _ *Signer) { m.CRLs = [][]byte{TLV(0x30)} }),
	}
	maps.Copy(all, w.goodCertificates())
	return all
}

// saltOf is signed by PSS with a salt of that many bytes, and says so.
func (w *world) saltOf(raw int) []byte {
	m := New([]byte(Content), Settings{PSS: true}, w.chain...)
	s := m.Signers[0]
	s.Salt, s.Algorithm = raw, Algorithm(PSS, PSSParameters(SHA256, SHA256, raw))
	s.Attributes = s.Attributes[:3]
	return m.Sign().Encode()
}

// indefiniteCertificate encodes a certificate with indefinite length.
func indefiniteCertificate(id *Identity) []byte {
	return Indefinite(0x30, id.Certificate.Raw[4:])
}

// twins puts in front of the signer's certificate that many others with the
// same issuer and serial, and other keys.
func (w *world) twins(n int) []byte {
	m := w.message().Sign()
	for range n {
		twin := w.ca.Person(ECKey(elliptic.P256()), sameSerial(w.person))
		m.Certs = append([]*Identity{twin}, m.Certs...)
	}
	return m.Encode()
}

func sameSerial(id *Identity) Change {
	return func(c *x509.Certificate) { c.SerialNumber = id.Certificate.SerialNumber }
}

// twinOfAnotherIssuer begins with a certificate for the signer's own key, of
// an issuer that only bears the name of the real one: it verifies the
// signature, and does not chain.
func (w *world) twinOfAnotherIssuer() []byte {
	m := w.message().Sign()
	impostor := Root("Example Issuing CA", ECKey(elliptic.P256()))
	m.Certs = append([]*Identity{impostor.Person(w.personKey, sameSerial(w.person)), impostor}, m.Certs...)
	return m.Encode()
}

// expiredTwinAuthority contains two certificates of one authority, the first out of
// date.
func (w *world) expiredTwinAuthority() []byte {
	expired := w.root.Authority("Example Issuing CA", w.ca.Key, func(c *x509.Certificate) { c.NotAfter = Now.AddDate(-1, 0, 0) })
	return by(Settings{}, w.person, expired, w.ca)
}
