package cmstest

import (
	"bytes"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"math/big"
	"slices"
	"strings"
)

// hostileSize is about how large the messages of [Hostile] are.
const hostileSize = 1 << 20

// Hostile returns messages of up to 1 MiB that are made to cost time, by kind,
// with a root under which some of their chains end. All must be refused.
func Hostile() (root *Identity, messages map[string][]byte) {
	h := newHostile()
	return h.root, map[string][]byte{
		"nested":                []byte(strings.Repeat("\x30\x80", hostileSize/2)),
		"empty-strings":         Indefinite(0x30, []byte(strings.Repeat("\x24\x80\x04\x00\x00\x00", hostileSize/6))),
		"huge-keys-of-issuers":  h.below(h.hugeIssuers(262_144), 262_144/8),
		"large-keys-of-issuers": h.below(h.issuers(4096), 4096/8),
		"key-of-signer":         h.signedBy(HugeKey(2_000_000)),
		"cross-certificates":    h.crossed(),
		"one-name":              h.oneName(),
		"long-names":            h.longNames(),
		"long-certificate":      h.longCertificate(),
		"twins":                 h.twins(),
		"attributes":            h.attributes(),
		"alternative-names":     h.alternativeNames(),
		"long-mail":             h.longName(0x81, "hong@", ""),
		"long-host":             h.longName(0x82, "", ""),
		"long-address":          h.longName(0x86, "https://", "/"),
		"long-path":             h.longName(0x86, "https://bank.example/", ""),
		"certificates":          h.certificates(),
		"signers":               h.signers(),
		"digests":               h.digests(),
	}
}

type hostile struct {
	root, ca, person *Identity
	rsa              *rsa.PrivateKey
}

func newHostile() *hostile {
	h := &hostile{rsa: RSAKey(2048)}
	h.root = Root("Example Root", ECKey(elliptic.P256()))
	h.ca = h.root.Authority("Example Issuing CA", RSAKey(2048))
	h.person = h.ca.Person(h.rsa)
	return h
}

// HugeKey is an RSA key of that many bits, without a private key.
func HugeKey(bits uint) *rsa.PublicKey { return &rsa.PublicKey{N: ones(bits), E: 65537} }

// named makes the certificate one of an authority of that name.
func named(name string) Change {
	return func(c *x509.Certificate) {
		c.Subject.CommonName, c.IsCA, c.KeyUsage = name, true, x509.KeyUsageCertSign
	}
}

func (h *hostile) hugeIssuers(bits uint) (issuers []*Identity) {
	for range 4 {
		issuers = append(issuers, h.root.PersonWith(HugeKey(bits), named("Example Issuing CA")))
	}
	return issuers
}

// issuers have keys of that many bits, each another one.
func (h *hostile) issuers(bits uint) (issuers []*Identity) {
	for i := range 30 {
		key := HugeKey(bits)
		key.N.Sub(key.N, big.NewInt(int64(2*i)))
		issuers = append(issuers, h.root.PersonWith(key, named("Example Issuing CA")))
	}
	return issuers
}

// below is a message of a person whose certificate has a signature as long as
// its issuers' keys: a shorter one is refused without computing anything.
func (h *hostile) below(issuers []*Identity, size int) []byte {
	signature := make([]byte, 1+size)
	signature[1] = 0x7f
	raw := TLV(0x30, h.person.Certificate.RawTBSCertificate, Algorithm(SHA256WithRSA, Null), TLV(0x03, signature))
	m := New([]byte(Content), Settings{}, append([]*Identity{h.person}, issuers...)...).Sign()
	m.Certs, m.Extra = issuers, raw
	return m.Encode()
}

func (h *hostile) signedBy(key *rsa.PublicKey) []byte {
	m := New([]byte(Content), Settings{}, h.person, h.ca).Sign()
	m.Certs[0] = h.ca.PersonWith(key, sameSerial(h.person))
	m.Signers[0].Signature = slices.Repeat([]byte{0x7f}, key.Size())
	return m.Encode()
}

// crossed contains 31 certificates for three keys, each authority certified by the
// next in ten ways.
func (h *hostile) crossed() []byte {
	keys := []*Identity{Root("Upper", ECKey(elliptic.P256())), Root("Middle", ECKey(elliptic.P256())), Root("Lower", ECKey(elliptic.P256()))}
	var certs []*Identity
	for i, of := range []string{"Upper", "Middle", "Lower"} {
		by := keys[(i+2)%3] // a circle
		for range 10 {
			certs = append(certs, by.Authority(of, keys[i].Key))
		}
	}
	return by(Settings{}, append([]*Identity{certs[29].Person(h.rsa)}, certs...)...)
}

// oneName contains 31 authorities of the root's own name and each of another key.
func (h *hostile) oneName() []byte {
	var certs []*Identity
	above := Root("Example Root", ECKey(elliptic.P256()))
	for range 30 {
		above = above.Authority("Example Root", ECKey(elliptic.P256()))
		certs = append(certs, above)
	}
	return by(Settings{}, append([]*Identity{above.Person(h.rsa)}, certs...)...)
}

// longNames is oneName with a name of 15 KB.
func (h *hostile) longNames() []byte {
	long := strings.Repeat("긴 이름 ", hostileSize/70/14)
	var certs []*Identity
	above := Root(long, ECKey(elliptic.P256()))
	for range 30 {
		above = above.Authority(long, ECKey(elliptic.P256()))
		certs = append(certs, above)
	}
	return by(Settings{}, append([]*Identity{above.Person(h.rsa)}, certs...)...)
}

// longCertificate has to be hashed for each of 30 issuers.
func (h *hostile) longCertificate() []byte {
	person := h.ca.Person(h.rsa, withExtension(false, TLV(0x04, make([]byte, hostileSize*9/10)), 1, 2, 3))
	return by(Settings{}, append([]*Identity{person}, h.issuers(2048)...)...)
}

// twins are four certificates of the signer's name.
func (h *hostile) twins() []byte {
	m := New([]byte(Content), Settings{}, h.person, h.ca).Sign()
	for i := range 3 {
		key := HugeKey(4096)
		key.N.Sub(key.N, big.NewInt(int64(2*i)))
		m.Certs = append(m.Certs, h.ca.PersonWith(key, sameSerial(h.person)))
	}
	m.Signers[0].Signature = append([]byte{0x7f}, make([]byte, 511)...)
	return m.Encode()
}

// attributes are as many as there is room for.
func (h *hostile) attributes() []byte {
	m := New([]byte(Content), Settings{}, h.person, h.ca)
	for i := range hostileSize / 20 {
		m.Signers[0].Attributes = append(m.Signers[0].Attributes, Attribute(OID(1, 2, 410, i), Null))
	}
	m.Sign()
	m.Signers[0].Signature[0] ^= 1
	return m.Encode()
}

// alternativeNames are held to as many constraints of the authority.
func (h *hostile) alternativeNames() []byte {
	var subtrees, names [][]byte
	for i := range hostileSize / 60 {
		subtrees = append(subtrees, subtree(TLV(0x82, fmt.Appendf(nil, "h%d.example", i))))
		names = append(names, TLV(0x82, fmt.Appendf(nil, "g%d.example", i)))
	}
	ca := h.root.Authority("Example Bound CA", RSAKey(2048), Constraints(true, nil, subtrees))
	return by(Settings{}, ca.Person(h.rsa, withExtension(false, TLV(0x30, names...), 2, 5, 29, 17)), ca)
}

// longName is one name that is held to many constraints of the authority; the last
// of them excludes everything.
func (h *hostile) longName(tag byte, before, behind string) []byte {
	var subtrees [][]byte
	for i := range hostileSize / 40 {
		subtrees = append(subtrees, subtree(TLV(tag, fmt.Appendf(nil, "h%d", i))))
	}
	subtrees = append(subtrees, subtree(TLV(0xa4, TLV(0x30))))
	ca := h.root.Authority("Example Bound CA", RSAKey(2048), Constraints(true, nil, subtrees))
	name := TLV(tag, []byte(before+strings.Repeat("a", hostileSize/3)+behind))
	return by(Settings{}, ca.Person(h.rsa, withExtension(false, TLV(0x30, name), 2, 5, 29, 17)), ca)
}

func (h *hostile) certificates() []byte {
	m := New([]byte(Content), Settings{}, h.person).Sign()
	m.Extra = bytes.Repeat(TLV(0x30), hostileSize/2)
	return m.Encode()
}

func (h *hostile) signers() []byte {
	m := New([]byte(Content), Settings{}, h.person, h.ca).Sign()
	m.Signers = slices.Repeat(m.Signers, hostileSize/len(m.Signers[0].encode()))
	return m.Encode()
}

func (h *hostile) digests() []byte {
	m := New([]byte(Content), Settings{}, h.person, h.ca).Sign()
	m.Digests = slices.Repeat(m.Digests, hostileSize/len(m.Digests[0]))
	return m.Encode()
}
