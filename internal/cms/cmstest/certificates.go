package cmstest

import (
	"bytes"
	"crypto"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"strings"
	"time"
)

// Attributes that name the signer's certificate (RFC 2634, RFC 5035).
var (
	SigningCertificate   = OID(1, 2, 840, 113549, 1, 9, 16, 2, 12)
	SigningCertificateV2 = OID(1, 2, 840, 113549, 1, 9, 16, 2, 47)
	usageDocument        = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 36}
	usageIPsec           = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 17}
)

// Names encodes the attribute signingCertificateV2 with SHA-256 of the
// certificate, and what is added behind it.
func Names(id *Identity, more ...[]byte) []byte {
	return Attribute(SigningCertificateV2, TLV(0x30, TLV(0x30, CertificateID(id, more...))))
}

// CertificateID encodes an ESSCertIDv2, as Names does.
func CertificateID(id *Identity, more ...[]byte) []byte {
	sum := sha256.Sum256(id.Certificate.Raw)
	return TLV(0x30, append([][]byte{TLV(0x04, sum[:])}, more...)...)
}

// NamesV1 encodes the attribute signingCertificate with SHA-1 of the certificate.
func NamesV1(id *Identity) []byte {
	sum := sha1.Sum(id.Certificate.Raw)
	return Attribute(SigningCertificate, TLV(0x30, TLV(0x30, TLV(0x30, TLV(0x04, sum[:])))))
}

// issuerSerial encodes IssuerSerial.
func issuerSerial(id *Identity) []byte {
	return TLV(0x30, TLV(0x30, TLV(0xa4, id.Certificate.RawIssuer)), marshal(id.Certificate.SerialNumber))
}

// naming is the usual message with one more signed attribute.
func (w *world) naming(attributes ...[]byte) []byte {
	return w.with(func(_ *Message, s *Signer) { s.Attributes = append(s.Attributes, attributes...) })
}

// otherwise is the signer's certificate once more, of the same name, serial
// number and key, with other dates.
func (w *world) otherwise() *Identity {
	return w.ca.Person(w.personKey, sameSerial(w.person), func(c *x509.Certificate) { c.NotAfter = Now.AddDate(1, 0, 0) })
}

// withExtension adds an extension to a certificate.
func withExtension(critical bool, value []byte, id ...int) Change {
	return func(c *x509.Certificate) {
		c.ExtraExtensions = append(c.ExtraExtensions, pkix.Extension{Id: id, Critical: critical, Value: value})
	}
}

// Constraints is NameConstraints with these subtrees, permitted or excluded.
func Constraints(critical bool, permitted, excluded [][]byte) Change {
	var lists [][]byte
	if permitted != nil {
		lists = append(lists, TLV(0xa0, permitted...))
	}
	if excluded != nil {
		lists = append(lists, TLV(0xa1, excluded...))
	}
	return withExtension(critical, TLV(0x30, lists...), 2, 5, 29, 30)
}

func subtree(name []byte, more ...[]byte) []byte {
	return TLV(0x30, append([][]byte{name}, more...)...)
}

// organisation encodes a directoryName of country and organisation.
func organisation(tag byte, name string) []byte {
	return TLV(0xa4, TLV(0x30,
		TLV(0x31, TLV(0x30, OID(2, 5, 4, 6), TLV(0x13, []byte("KR")))),
		TLV(0x31, TLV(0x30, OID(2, 5, 4, 10), TLV(tag, []byte(name))))))
}

// bound is the usual message by a person below an authority with constraints.
func (w *world) bound(constraints Change, person ...Change) []byte {
	ca := w.root.Authority("Example Bound CA", ECKey(elliptic.P256()), constraints)
	return by(Settings{}, ca.Person(w.personKey, person...), ca)
}

// resigned changes what an authority signed of a certificate, and signs it.
func (w *world) resigned(id *Identity, change func(tbs []byte) []byte) []byte {
	tbs := change(bytes.Clone(id.Certificate.RawTBSCertificate))
	sum := sha256.Sum256(tbs)
	signature, err := w.ca.Key.Sign(nil, sum[:], crypto.SHA256)
	if err != nil {
		panic(err)
	}
	return TLV(0x30, tbs, Algorithm(SHA256WithRSA, Null), TLV(0x03, []byte{0}, signature))
}

// ofForm puts a certificate into the usual message in the signer's place.
func (w *world) ofForm(change func(tbs []byte) []byte) []byte {
	return w.after(func(m *Message, _ *Signer) { m.Certs, m.Extra = m.Certs[1:], w.resigned(w.person, change) })
}

// Version1 is the same authority with a certificate of version 1, which keeps
// its extensions although that version has none. The key is an ECDSA one.
func (ca *Identity) Version1() *Identity {
	tbs := TLV(0x30, withoutVersion(ca.Certificate.RawTBSCertificate))
	sum := sha256.Sum256(tbs)
	signature, err := ca.Key.Sign(rand.Reader, sum[:], crypto.SHA256)
	if err != nil {
		panic(err)
	}
	certificate, err := x509.ParseCertificate(TLV(0x30, tbs, Algorithm(ECDSAWithSHA256), TLV(0x03, []byte{0}, signature)))
	if err != nil {
		panic(err)
	}
	return &Identity{Certificate: certificate, Key: ca.Key}
}

// withoutVersion returns the contents of a TBSCertificate behind its version,
// which takes five bytes.
func withoutVersion(tbs []byte) []byte {
	return tbs[bytes.Index(tbs, []byte{0xa0, 3, 2, 1, 2})+5:]
}

func (w *world) unreadableCertificates() map[string][]byte {
	return map[string][]byte{
		"signer-certificate-unreadable_version-1-with-extensions": w.ofForm(func(tbs []byte) []byte {
			return TLV(0x30, withoutVersion(tbs))
		}),
		"signer-certificate-unreadable_version-2-with-extensions": w.ofForm(func(tbs []byte) []byte {
			tbs[4+4] = 1
			return tbs
		}),
		"signer-certificate-unsupported_bit-string-in-name": w.ofForm(func(tbs []byte) []byte {
			i := bytes.LastIndex(tbs, []byte("\x0c\x09홍길동"))
			copy(tbs[i:], "\x03\x09\x00")
			return tbs
		}),
		"signer-certificate-ambiguous": w.after(func(m *Message, _ *Signer) { m.Certs = append(m.Certs, w.otherwise()) }),
	}
}

func (w *world) wrongSigningCertificates() map[string][]byte {
	return map[string][]byte{
		"signing-certificate-differs":               w.naming(Names(w.ca)),
		"signing-certificate-differs_version-1":     w.naming(NamesV1(w.ca)),
		"signing-certificate-differs_in-version-1":  w.naming(Names(w.person), NamesV1(w.ca)),
		"signing-certificate-differs_second":        w.naming(Attribute(SigningCertificateV2, TLV(0x30, TLV(0x30, Names(w.ca)[21:], Names(w.person)[21:])))),
		"signing-certificate-differs_issuer-serial": w.naming(Names(w.person, issuerSerial(w.signerEC))),
		"signing-certificate-malformed":             w.naming(Attribute(SigningCertificateV2, Integer(1))),
		"signing-certificate-malformed_empty":       w.naming(Attribute(SigningCertificateV2, TLV(0x30, TLV(0x30)))),
		"signing-certificate-malformed_digest": w.naming(Attribute(SigningCertificateV2,
			TLV(0x30, TLV(0x30, TLV(0x30, Algorithm(MD5, Null), TLV(0x04, make([]byte, 16))))))),
		"signing-certificate-repeated": w.naming(Names(w.person), Names(w.person)),
	}
}

func (w *world) wrongConstraints() map[string][]byte {
	example, other := organisation(0x0c, "Example"), organisation(0x0c, "Other")
	mail := func(address string) Change {
		return func(c *x509.Certificate) { c.EmailAddresses = []string{address} }
	}
	permits := func(names ...[]byte) Change {
		var all [][]byte
		for _, name := range names {
			all = append(all, subtree(name))
		}
		return Constraints(true, all, nil)
	}
	return map[string][]byte{
		"name-constraints_directory":          w.bound(permits(other)),
		"name-constraints_directory-excluded": w.bound(Constraints(true, nil, [][]byte{subtree(organisation(0x13, "EXAMPLE"))})),
		"name-constraints_not-critical":       w.bound(Constraints(false, [][]byte{subtree(other)}, nil)),
		"name-constraints_mail-below-host":    w.bound(permits(TLV(0x81, []byte("bank.example"))), mail("hong@mail.bank.example")),
		"name-constraints_mail-in-subject": w.bound(permits(TLV(0x81, []byte("bank.example"))), func(c *x509.Certificate) {
			c.Subject.ExtraNames = []pkix.AttributeTypeAndValue{{Type: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}, Value: "hong@other.example"}}
		}),
		"name-constraints_host":         w.bound(permits(TLV(0x82, []byte("bank.example"))), func(c *x509.Certificate) { c.DNSNames = []string{"notbank.example"} }),
		"name-constraints_address":      w.bound(permits(TLV(0x87, []byte{192, 0, 2, 0, 255, 255, 255, 0})), func(c *x509.Certificate) { c.IPAddresses = append(c.IPAddresses, []byte{198, 51, 100, 1}) }),
		"name-constraints_minimum":      w.bound(Constraints(true, [][]byte{subtree(example, TLV(0x80, []byte{1}))}, nil)),
		"name-constraints_maximum":      w.bound(Constraints(true, [][]byte{subtree(example, TLV(0x81, []byte{9}))}, nil)),
		"name-constraints_unknown-form": w.bound(permits(example, TLV(0x88, []byte{42, 3}))),
	}
}

// evadedConstraints spell a name that is excluded in a way that a plain comparison
// does not see.
func (w *world) evadedConstraints() map[string][]byte {
	evading := func(tag byte, excluded string, name []byte) []byte {
		return w.bound(Constraints(true, nil, [][]byte{subtree(TLV(tag, []byte(excluded)))}), withExtension(false, TLV(0x30, name), 2, 5, 29, 17))
	}
	utf8Mailbox := OID(1, 3, 6, 1, 5, 5, 7, 8, 9)
	return map[string][]byte{
		"name-constraints_host-with-point-at-end": evading(0x82, "other.example", TLV(0x82, []byte("www.other.example."))),
		"name-constraints_host-with-space":        evading(0x82, "other.example", TLV(0x82, []byte("www.other.example "))),
		"name-constraints_host-with-wildcard":     evading(0x82, "www.other.example", TLV(0x82, []byte("w*.other.example"))),
		"name-constraints_mail-with-point-at-end": evading(0x81, "other.example", TLV(0x81, []byte("hong@other.example."))),
		"name-constraints_mail-in-quotes":         evading(0x81, "hong@other.example", TLV(0x81, []byte(`"hong"@other.example`))),
		"name-constraints_mail-in-utf8":           evading(0x81, "other.example", TLV(0xa0, utf8Mailbox, TLV(0xa0, TLV(0x0c, []byte("홍길동@other.example"))))),
		"name-constraints_uri-of-an-address":      evading(0x86, "other.example", TLV(0x86, []byte("https://192.0.2.1/"))),
	}
}

func (w *world) wrongAuthorities() map[string][]byte {
	otherwise := &Identity{Certificate: spelledOtherwise(w.ca.Certificate), Key: w.ca.Key}
	rootOtherwise := &Identity{Certificate: spelledOtherwise(w.root.Certificate), Key: w.root.Key}
	even := &rsa.PublicKey{N: ones(2048), E: 1<<31 - 1}
	authority := func(c *x509.Certificate) {
		c.IsCA, c.KeyUsage, c.Subject.CommonName = true, x509.KeyUsageCertSign, "Example Issuing CA"
	}
	beside := func(key *rsa.PublicKey) []byte { // in the place of the issuing authority
		return w.after(func(m *Message, _ *Signer) { m.Certs[1] = w.root.PersonWith(key, authority) })
	}
	signer := func(key *rsa.PublicKey) []byte {
		return w.after(func(m *Message, _ *Signer) { m.Certs[0] = w.ca.PersonWith(key, sameSerial(w.person)) })
	}
	p224 := w.root.Authority("Example Weak CA", ECKey(elliptic.P224()))
	return map[string][]byte{
		"issuer-spelled-otherwise":                     by(Settings{}, otherwise.Person(w.personKey), w.ca),
		"issuer-spelled-otherwise_root":                by(Settings{}, rootOtherwise.Person(w.personKey)),
		"issuer-algorithm_p224":                        by(Settings{}, p224.Person(w.personKey), p224),
		"issuer-algorithm_rsa-4104":                    beside(&rsa.PublicKey{N: ones(4104), E: 65537}),
		"issuer-algorithm_rsa-exponent":                beside(even),
		"key-size_rsa-4104":                            signer(&rsa.PublicKey{N: ones(4104), E: 65537}),
		"key-exponent":                                 signer(even),
		"certificate-not-yet-valid_in-six-minutes":     w.issued(func(c *x509.Certificate) { c.NotBefore = Now.Add(6 * time.Minute) }),
		"signer-is-authority":                          w.issued(func(c *x509.Certificate) { c.IsCA = true; c.KeyUsage |= x509.KeyUsageCertSign }),
		"signer-is-authority_usage-unsaid":             w.issued(func(c *x509.Certificate) { c.IsCA = true; c.KeyUsage = 0 }),
		"path-too-long_self-issued-below-an-authority": w.selfIssued(true),
		"too-many-operations":                          w.manyPaths(),
	}
}

// ones is a number of that many bits, all of them set.
func ones(bits uint) *big.Int {
	n := new(big.Int).Lsh(big.NewInt(1), bits)
	return n.Sub(n, big.NewInt(1))
}

// spelledOtherwise is the same certificate with its name in capitals.
func spelledOtherwise(c *x509.Certificate) *x509.Certificate {
	changed := *c
	changed.RawSubject = bytes.Replace(c.RawSubject, []byte(c.Subject.CommonName), []byte(strings.ToUpper(c.Subject.CommonName)), 1)
	return &changed
}

// selfIssued is by a person below an authority that may have no other below it,
// but has issued a certificate for a new key of its own.
func (w *world) selfIssued(other bool) []byte {
	short := func(c *x509.Certificate) { c.MaxPathLen, c.MaxPathLenZero = 0, true }
	old := w.root.Authority("Example Short CA", ECKey(elliptic.P256()), short)
	renewed := old.Authority("Example Short CA", ECKey(elliptic.P256()), func(c *x509.Certificate) {
		c.AuthorityKeyId = old.Certificate.SubjectKeyId // x509.CreateCertificate leaves it out
	})
	if !other {
		return by(Settings{}, renewed.Person(w.personKey), renewed, old)
	}
	below := renewed.Authority("Example Lower CA", ECKey(elliptic.P256()))
	return by(Settings{}, below.Person(w.personKey), below, renewed, old)
}

// manyPaths contains ten certificates for each of two authorities' keys: a
// hundred ways up, and none to a root.
func (w *world) manyPaths() []byte {
	upper, lower := ECKey(elliptic.P256()), ECKey(elliptic.P256())
	top := Root("Stranger Root", ECKey(elliptic.P256()))
	var certs []*Identity
	for range 10 {
		certs = append(certs, top.Authority("Stranger Upper CA", upper))
	}
	for range 10 {
		certs = append(certs, certs[0].Authority("Stranger Lower CA", lower))
	}
	return by(Settings{}, append([]*Identity{certs[10].Person(w.personKey)}, certs...)...)
}

func (w *world) otherUsages() map[string][]byte {
	extended := func(usages ...x509.ExtKeyUsage) Change { return func(c *x509.Certificate) { c.ExtKeyUsage = usages } }
	unknown := func(usages ...asn1.ObjectIdentifier) Change {
		return func(c *x509.Certificate) { c.UnknownExtKeyUsage = usages }
	}
	server := w.root.Authority("Example Server CA", ECKey(elliptic.P256()), extended(x509.ExtKeyUsageServerAuth))
	mail := w.root.Authority("Example Mail CA", ECKey(elliptic.P256()), extended(x509.ExtKeyUsageEmailProtection))
	return map[string][]byte{
		"extended-key-usage_client":            w.issued(extended(x509.ExtKeyUsageClientAuth)),
		"extended-key-usage_server-and-client": w.issued(extended(x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth)),
		"extended-key-usage_ipsec":             w.issued(unknown(usageIPsec)),
		"extended-key-usage_empty":             w.issued(withExtension(false, TLV(0x30), 2, 5, 29, 37)),
		"extended-key-usage_server-authority":  by(Settings{}, server.Person(w.personKey), server),
		"extended-key-usage_mail-authority":    by(Settings{}, mail.Person(w.personKey, unknown(usageDocument)), mail),
	}
}

// goodCertificates are messages whose certificates need a second look.
func (w *world) goodCertificates() map[string][]byte {
	extended := func(usages ...x509.ExtKeyUsage) Change { return func(c *x509.Certificate) { c.ExtKeyUsage = usages } }
	document := func(c *x509.Certificate) { c.UnknownExtKeyUsage = []asn1.ObjectIdentifier{usageDocument} }
	kisa := TLV(0x30, TLV(0xa0, OID(1, 2, 410, 200004, 10, 1, 1, 1), TLV(0xa0, TLV(0x30, TLV(0x0c, []byte("홍길동"))))))
	mail := w.root.Authority("Example Mail CA", ECKey(elliptic.P256()), extended(x509.ExtKeyUsageEmailProtection, x509.ExtKeyUsageClientAuth))
	twin := w.otherwise()
	within := Constraints(true, [][]byte{
		subtree(organisation(0x13, "eXAMPLE ")), subtree(TLV(0x81, []byte("Bank.example"))), subtree(TLV(0x82, []byte("bank.example"))),
	}, [][]byte{subtree(organisation(0x0c, "Other")), subtree(TLV(0x81, []byte(".bank.example")))})
	return map[string][]byte{
		"ecdsa-null.der":                 w.ecdsaNull(),
		"usage-document.der":             w.issued(document),
		"usage-any.der":                  w.issued(extended(x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageAny)),
		"usage-mail-and-client.der":      w.issued(extended(x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageEmailProtection)),
		"usage-under-mail-authority.der": by(Settings{}, mail.Person(w.personKey, extended(x509.ExtKeyUsageEmailProtection)), mail),
		"critical-alternative-name.der":  w.issued(withExtension(true, kisa, 2, 5, 29, 17)),
		"name-constraints-within.der": w.bound(within, func(c *x509.Certificate) {
			c.EmailAddresses, c.DNSNames = []string{"hong@bank.example"}, []string{"www.bank.example"}
		}),
		"self-issued-authority.der":        w.selfIssued(false),
		"not-yet-valid-for-a-minute.der":   w.issued(func(c *x509.Certificate) { c.NotBefore = Now.Add(time.Minute) }),
		"signing-certificate.der":          w.naming(NamesV1(w.person)),
		"signing-certificate-v2.der":       w.naming(Names(w.person, issuerSerial(w.person))),
		"signing-certificates.der":         w.naming(Names(w.person), NamesV1(w.person)),
		"signing-certificate-chooses.der":  w.chosen(twin),
		"many-issuers-of-one-name.der":     w.manyIssuers(),
		"unsigned-two-octet-tag.der":       w.after(func(_ *Message, s *Signer) { s.Unsigned = TLV(0xa1, Attribute(OID(1, 2, 3), []byte{0xbf, 0x21, 0x00})) }),
		"certificate-of-two-octet-tag.der": w.after(func(m *Message, _ *Signer) { m.Extra = []byte{0xbf, 0x21, 0x02, 0x05, 0x00} }),
	}
}

// ecdsaNull contains NULL where ECDSA's parameters should be absent.
func (w *world) ecdsaNull() []byte {
	m := New([]byte(Content), Settings{}, w.signerEC, w.ca)
	m.Signers[0].Algorithm = Algorithm(ECDSAWithSHA256, Null)
	return m.Sign().Encode()
}

// chosen contains two certificates of one key, of which the attribute names one.
func (w *world) chosen(twin *Identity) []byte {
	m := w.message()
	m.Signers[0].Attributes = append(m.Signers[0].Attributes, Names(w.person))
	m.Certs = append([]*Identity{twin}, m.Certs...)
	return m.Sign().Encode()
}

// manyIssuers contains 29 other authorities of the issuing one's name in front of it.
func (w *world) manyIssuers() []byte {
	certs := []*Identity{w.person}
	for range 29 {
		certs = append(certs, w.root.Authority("Example Issuing CA", ECKey(elliptic.P256())))
	}
	return by(Settings{}, append(certs, w.ca)...)
}
