package cmstest

import (
	"bytes"
	"crypto"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"maps"
	"math/big"
	"slices"
	"time"
)

// bad is what must be refused, by defect.
func (w *world) bad() map[string][]byte {
	all := make(map[string][]byte)
	for _, some := range []map[string][]byte{
		w.unreadable(), w.otherContent(), w.signerless(), w.wrongAlgorithms(),
		w.wrongAttributes(), w.wrongSignatures(), w.wrongChains(), w.wrongUsages(),
		w.unreadableCertificates(), w.wrongSigningCertificates(), w.wrongConstraints(), w.evadedConstraints(), w.wrongAuthorities(), w.otherUsages(),
	} {
		maps.Copy(all, some)
	}
	return all
}

func (w *world) unreadable() map[string][]byte {
	good := w.message().Sign().Encode()
	holding := func(element []byte) []byte {
		return w.with(func(m *Message, _ *Signer) { m.Content = element })
	}
	deep := TLV(0x30)
	for range 64 {
		deep = Indefinite(0x30, deep)
	}
	return map[string][]byte{
		"too-many-certificates_lists": w.after(func(m *Message, _ *Signer) {
			m.CRLs = [][]byte{bytes.Repeat(TLV(0x30, Integer(1)), 33)}
		}),
		"truncated":                            good[:len(good)-1],
		"truncated_without-end":                {0x30, 0x80, 0x30, 0x80},
		"truncated_length-beyond-parent":       TLV(0x30, SignedData, []byte{0xa0, 0x05, 0x30, 0x7f, 0, 0, 0}),
		"trailing-data":                        append(slices.Clone(good), 0),
		"trailing-data_second-message":         append(slices.Clone(good), good...),
		"nested-too-deep":                      deep,
		"bad-tag_two-octets":                   TLV(0x30, SignedData, []byte{0xbf, 0x20, 0x00}),
		"bad-length_five-octets":               {0x30, 0x85, 0, 0, 0, 0, 1, 0},
		"bad-length_reserved":                  append([]byte{0x30, 0xff}, make([]byte, 200)...),
		"bad-length_indefinite-primitive":      holding(TLV(0xa0, []byte{0x04, 0x80, 'x', 0, 0})),
		"bad-octet-string_integer-inside":      holding(TLV(0xa0, Indefinite(0x24, Integer(1)))),
		"stray-end-of-contents":                holding(TLV(0xa0, TLV(0x04, []byte("x")), []byte{0, 0})),
		"stray-end-of-contents_first":          {0, 0},
		"not-signed-data_data":                 TLV(0x30, Data, TLV(0xa0, TLV(0x04, []byte("x")))),
		"not-signed-data_octet-string":         TLV(0x04, []byte("x")),
		"not-signed-data_certificate":          w.person.Certificate.Raw,
		"not-signed-data_bare":                 TLV(0x30, Integer(1), TLV(0x31), TLV(0x30, Data), TLV(0x31)),
		"bad-structure_no-version":             TLV(0x30, SignedData, TLV(0xa0, TLV(0x30, TLV(0x31), TLV(0x30, Data), TLV(0x31)))),
		"bad-structure_empty":                  TLV(0x30, SignedData, TLV(0xa0, TLV(0x30))),
		"bad-structure_no-body":                TLV(0x30, SignedData),
		"bad-structure_content-not-octets":     holding(TLV(0xa0, TLV(0x30, Integer(1)))),
		"bad-structure_field-behind-content":   TLV(0x30, w.message().Sign().Encode()[4:], Null),
		"bad-structure_field-behind-signers":   TLV(0x30, SignedData, TLV(0xa0, TLV(0x30, Integer(1), TLV(0x31), TLV(0x30, Data), TLV(0x31), Null))),
		"bad-structure_two-contents":           holding(TLV(0xa0, TLV(0x04, []byte("a")), TLV(0x04, []byte("b")))),
		"bad-structure_signature-not-octets":   w.after(func(_ *Message, s *Signer) { s.Algorithm = append(s.Algorithm, Null...) }),
		"bad-structure_key-identifier-in-bits": w.after(func(_ *Message, s *Signer) { s.Name = TLV(0xa0, TLV(0x04, []byte("id"))) }),
		"bad-structure_unsigned-twice": w.after(func(_ *Message, s *Signer) {
			s.Unsigned = append(TLV(0xa1, Attribute(SigningTime, UTCTime(Now))), TLV(0xa1)...)
		}),
		"content-type-refused_long-identifier": w.with(func(m *Message, s *Signer) {
			m.ContentType = padded(Data)
			s.Attributes[0] = Attribute(ContentType, m.ContentType)
		}),
		"content-type-refused": w.with(func(m *Message, s *Signer) {
			m.ContentType = TSTInfo
			s.Attributes[0] = Attribute(ContentType, TSTInfo)
		}),
		"too-many-certificates": w.after(func(m *Message, _ *Signer) {
			m.Extra = bytes.Repeat(TLV(0x30, Integer(1)), 31)
		}),
	}
}

func (w *world) otherContent() map[string][]byte {
	return map[string][]byte{
		"content-differs": New([]byte("본인은 위 계약에 동의하지 않습니다."), Settings{}, w.chain...).Sign().Encode(),
		"content-missing": w.after(func(m *Message, _ *Signer) { m.Content = nil }),
	}
}

func (w *world) signerless() map[string][]byte {
	return map[string][]byte{
		"signer-missing":                          w.after(func(m *Message, _ *Signer) { m.Signers = nil }),
		"too-many-signers":                        w.with(func(m *Message, _ *Signer) { m.AddSigner([]byte(Content), Settings{}, w.signerEC) }),
		"signer-version_3-with-issuer-and-serial": w.after(func(_ *Message, s *Signer) { s.Version = 3 }),
		"signer-version_1-with-key-identifier": w.after(func(_ *Message, s *Signer) {
			s.Name = TLV(0x80, w.person.Certificate.SubjectKeyId)
		}),
		"signer-certificate-missing":           w.after(func(m *Message, _ *Signer) { m.Certs = m.Certs[1:] }),
		"signer-certificate-missing_none":      w.after(func(m *Message, _ *Signer) { m.Certs = nil }),
		"signer-certificate-missing_same-name": w.after(func(m *Message, _ *Signer) { m.Certs[0] = w.ca.Person(w.personKey) }),
		"signer-certificate-missing_serial-without-its-zero": w.after(func(_ *Message, s *Signer) {
			s.Name = TLV(0x30, w.person.Certificate.RawIssuer, TLV(0x02, w.person.Certificate.SerialNumber.Bytes()))
		}),
		"signer-certificate-missing_no-key-identifier": w.after(func(m *Message, s *Signer) {
			s.Version, s.Name = 3, TLV(0x80)
		}),
		"signer-certificate-unreadable_ber": w.after(func(m *Message, _ *Signer) {
			m.Certs, m.Extra = m.Certs[1:], indefiniteCertificate(w.person)
		}),
		"signer-certificate-unreadable_cut": w.after(func(m *Message, _ *Signer) {
			m.Certs, m.Extra = m.Certs[1:], TLV(0x30, w.person.Certificate.RawTBSCertificate)
		}),
		"too-many-candidates": w.twins(4),
	}
}

func (w *world) wrongAlgorithms() map[string][]byte {
	digest := func(hash crypto.Hash) []byte { return by(Settings{Hash: hash}, w.chain...) }
	algorithm := func(identifier []byte) []byte {
		return w.with(func(_ *Message, s *Signer) { s.Algorithm = identifier })
	}
	pss := func(parameters ...[]byte) []byte {
		return w.after(func(_ *Message, s *Signer) { s.Algorithm = Algorithm(PSS, parameters...) })
	}
	huge := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 8200), big.NewInt(1))
	return map[string][]byte{
		"digest-algorithm_sha1": digest(crypto.SHA1),
		"digest-algorithm_md5":  digest(crypto.MD5),
		"digest-algorithm_sha512-256": w.with(func(m *Message, s *Signer) {
			s.Digest = Algorithm(OID(2, 16, 840, 1, 101, 3, 4, 2, 6))
			m.Digests = [][]byte{s.Digest}
		}),
		"digest-algorithm_parameters":           w.with(func(_ *Message, s *Signer) { s.Digest = Algorithm(SHA256, Integer(1)) }),
		"digest-not-announced":                  w.after(func(m *Message, _ *Signer) { m.Digests = [][]byte{Algorithm(SHA512, Null)} }),
		"digest-not-announced_none":             w.after(func(m *Message, _ *Signer) { m.Digests = nil }),
		"signature-algorithm_sha1-with-rsa":     algorithm(Algorithm(SHA1WithRSA, Null)),
		"signature-algorithm_ed25519":           algorithm(Algorithm(Ed25519)),
		"signature-algorithm_ec-public-key":     algorithm(Algorithm(ECPublicKey)),
		"signature-digest_sha512-with-rsa":      algorithm(Algorithm(SHA512WithRSA, Null)),
		"signature-digest_ecdsa-with-sha384":    algorithm(Algorithm(ECDSAWithSHA384)),
		"signature-parameters_rsa":              algorithm(Algorithm(SHA256WithRSA, Integer(1))),
		"signature-parameters_pss-absent":       pss(),
		"signature-parameters_pss-defaults":     pss(TLV(0x30)),
		"signature-parameters_pss-digest":       pss(PSSParameters(SHA512, SHA256, 32)),
		"signature-parameters_pss-mask-digest":  pss(PSSParameters(SHA256, SHA1, 32)),
		"signature-parameters_pss-default-salt": pss(TLV(0x30, TLV(0xa0, Algorithm(SHA256, Null)), TLV(0xa1, Algorithm(MGF1, Algorithm(SHA256, Null))))),
		"signature-parameters_pss-short-salt":   w.saltOf(20),
		"signature-parameters_pss-mask-function": pss(TLV(0x30,
			TLV(0xa0, Algorithm(SHA256, Null)), TLV(0xa1, Algorithm(SHA256, Algorithm(SHA256, Null))), TLV(0xa2, Integer(32)))),
		"signature-parameters_pss-negative-salt": pss(TLV(0x30,
			TLV(0xa0, Algorithm(SHA256, Null)), TLV(0xa1, Algorithm(MGF1, Algorithm(SHA256, Null))), TLV(0xa2, TLV(0x02, []byte{0xe0})))),
		"signature-parameters_pss-trailer": pss(TLV(0x30, PSSParameters(SHA256, SHA256, 32)[2:], TLV(0xa3, Integer(2)))),
		"key-type_ecdsa-by-rsa":            algorithm(Algorithm(ECDSAWithSHA256)),
		"key-type_rsa-by-ecdsa": func() []byte {
			m := New([]byte(Content), Settings{}, w.signerEC, w.ca)
			m.Signers[0].Algorithm = Algorithm(SHA256WithRSA, Null)
			return m.Sign().Encode()
		}(),
		"key-size_rsa-1024": by(Settings{}, w.ca.Person(RSAKey(1024)), w.ca),
		"key-size_rsa-8200": w.after(func(m *Message, _ *Signer) {
			m.Certs[0] = w.ca.PersonWith(&rsa.PublicKey{N: huge, E: 65537}, sameSerial(w.person))
		}),
		"key-curve_p521": by(Settings{Hash: crypto.SHA512}, w.ca.Person(ECKey(elliptic.P521())), w.ca),
		"key-curve_p224": by(Settings{}, w.ca.Person(ECKey(elliptic.P224())), w.ca),
	}
}

func (w *world) wrongAttributes() map[string][]byte {
	edit := func(change func(a [][]byte) [][]byte) []byte {
		return w.with(func(_ *Message, s *Signer) { s.Attributes = change(s.Attributes) })
	}
	replace := func(i int, attribute []byte) []byte {
		return edit(func(a [][]byte) [][]byte { a[i] = attribute; return a })
	}
	protection := func(digest, signature []byte) []byte {
		return replace(3, Attribute(AlgorithmProtection, TLV(0x30, digest, signature)))
	}
	digest, rsa256 := Algorithm(SHA256, Null), TLV(0xa1, SHA256WithRSA, Null)
	other := TLV(0x04, make([]byte, 32))
	encoded := func(change func(set []byte) []byte) []byte {
		return w.after(func(_ *Message, s *Signer) { s.Encoded = change(TLV(0xa0, s.Attributes...)) })
	}
	return map[string][]byte{
		"attributes-missing": w.with(func(_ *Message, s *Signer) { s.Attributes = nil }),
		"attributes-missing_signed-directly": w.after(func(_ *Message, s *Signer) {
			s.Attributes = nil
			s.SignOver([]byte(Content))
		}),
		"attributes-missing_replayed-as-content": w.replayed(),
		"attributes-not-der_indefinite":          encoded(func(set []byte) []byte { return Indefinite(0xa0, set[3:]) }),
		"attributes-not-der_long-length":         encoded(longLength),
		"attributes-not-der_digest-in-pieces":    replace(2, Attribute(MessageDigest, TLV(0x24, TLV(0x04, make([]byte, 16)), TLV(0x04, make([]byte, 16))))),
		"attributes-malformed_empty":             w.after(func(_ *Message, s *Signer) { s.Encoded = TLV(0xa0) }),
		"attributes-malformed_no-values":         edit(func(a [][]byte) [][]byte { return append(a, Attribute(OID(1, 2, 3))) }),
		"attributes-malformed_no-type":           edit(func(a [][]byte) [][]byte { return append(a, TLV(0x30, TLV(0x31, Integer(1)))) }),
		"attributes-malformed_not-a-sequence":    edit(func(a [][]byte) [][]byte { return append(a, Integer(1)) }),
		"attributes-malformed_set": edit(func(a [][]byte) [][]byte {
			a[1] = bytes.Clone(a[1])
			a[1][0] = 0x31
			return a
		}),
		"attributes-order": w.after(func(_ *Message, s *Signer) {
			slices.Reverse(s.Attributes)
			s.SignOver(TLV(0x31, s.Attributes...))
		}),
		"content-type-missing":                 edit(func(a [][]byte) [][]byte { return a[1:] }),
		"content-type-missing_long-identifier": replace(0, Attribute(padded(ContentType), Data)),
		"content-type-repeated":                edit(func(a [][]byte) [][]byte { return append(a, a[0]) }),
		"content-type-repeated_values":         replace(0, Attribute(ContentType, Data, Data)),
		"content-type-differs":                 replace(0, Attribute(ContentType, SignedData)),
		"message-digest-missing":               edit(func(a [][]byte) [][]byte { return slices.Delete(a, 2, 3) }),
		"message-digest-repeated":              edit(func(a [][]byte) [][]byte { return append(a, Attribute(MessageDigest, other)) }),
		"message-digest-repeated_values":       edit(func(a [][]byte) [][]byte { a[2] = Attribute(MessageDigest, other, a[2][15:]); return a }),
		"message-digest-differs":               replace(2, Attribute(MessageDigest, other)),
		"message-digest-differs_shorter":       edit(func(a [][]byte) [][]byte { a[2] = Attribute(MessageDigest, TLV(0x04, a[2][17:40])); return a }),
		"message-digest-differs_content":       w.after(func(m *Message, _ *Signer) { m.Content = TLV(0xa0, TLV(0x04, []byte("다른 내용"))) }),
		"signing-time-repeated":                edit(func(a [][]byte) [][]byte { return append(a, Attribute(SigningTime, UTCTime(Now))) }),
		"signing-time-repeated_values":         replace(1, Attribute(SigningTime, UTCTime(Now), UTCTime(Now))),
		"signing-time-malformed":               replace(1, Attribute(SigningTime, TLV(0x17, []byte("2606011200Z")))),
		"signing-time-malformed_not-a-time":    replace(1, Attribute(SigningTime, Integer(1))),
		"signing-time-malformed_fraction":      replace(1, Attribute(SigningTime, TLV(0x18, []byte("20260601120000.5Z")))),
		"signing-time-malformed_second":        replace(1, Attribute(SigningTime, TLV(0x17, []byte("260601235960Z")))),
		"signing-time-malformed_offset":        replace(1, Attribute(SigningTime, TLV(0x17, []byte("260601120000+0900")))),
		"signing-time-malformed_month":         replace(1, Attribute(SigningTime, TLV(0x17, []byte("261301120000Z")))),
		"algorithm-protection-repeated":        edit(func(a [][]byte) [][]byte { return append(a, a[3]) }),
		"algorithm-protection-differs_digest":  protection(Algorithm(SHA512, Null), rsa256),
		"algorithm-protection-differs_rsa":     protection(digest, TLV(0xa1, SHA512WithRSA, Null)),
		"algorithm-protection-differs_mac":     protection(digest, TLV(0xa2, SHA256WithRSA, Null)),
		"algorithm-protection-differs_absent":  protection(digest, nil),
	}
}

// padded is an object identifier with a needless byte in front (X.690, 8.19.2).
func padded(oid []byte) []byte { return TLV(oid[0], []byte{0x80}, oid[2:]) }

// replayed is forged content under a real signature: what the person signed
// was the encoding of attributes, which is now the content.
func (w *world) replayed() []byte {
	m := w.message().Sign()
	s := m.Signers[0]
	m.Content = TLV(0xa0, TLV(0x04, TLV(0x31, s.Attributes...)))
	s.Attributes = nil
	return m.Encode()
}

// longLength encodes an element's length, below 65536, in three bytes.
func longLength(element []byte) []byte {
	body := element[3:] // 0x81 and one byte
	return slices.Concat([]byte{element[0], 0x83, 0, byte(len(body) >> 8), byte(len(body))}, body)
}

func (w *world) wrongSignatures() map[string][]byte {
	return map[string][]byte{
		"signature-wrong":               w.after(func(_ *Message, s *Signer) { s.Signature[100] ^= 1 }),
		"signature-wrong_empty":         w.after(func(_ *Message, s *Signer) { s.Signature = nil }),
		"signature-wrong_zero-in-front": w.after(func(_ *Message, s *Signer) { s.Signature = append([]byte{0}, s.Signature...) }),
		"signature-wrong_modulus-added": w.after(func(_ *Message, s *Signer) {
			sum := new(big.Int).SetBytes(s.Signature)
			s.Signature = sum.Add(sum, w.personKey.N).Bytes()
		}),
		"signature-wrong_ecdsa-of-zeros": w.ecdsaSignature(TLV(0x30, Integer(0), Integer(0))),
		"signature-wrong_another-key": w.after(func(m *Message, _ *Signer) {
			m.Certs[0] = w.ca.Person(RSAKey(2048), sameSerial(w.person))
		}),
		"signature-wrong_tag-not-changed": w.after(func(_ *Message, s *Signer) { s.SignOver(TLV(0xa0, s.Attributes...)) }),
		"signature-wrong_over-content":    w.after(func(_ *Message, s *Signer) { s.SignOver([]byte(Content)) }),
		"signature-wrong_attribute-changed": w.after(func(_ *Message, s *Signer) {
			s.Attributes[1] = Attribute(SigningTime, UTCTime(Now.Add(-2*time.Hour)))
			s.Sort()
		}),
		"signature-wrong_pss-salt-length": w.wrongSalt(),
	}
}

// ecdsaSignature puts this into the place of an ECDSA signature.
func (w *world) ecdsaSignature(signature []byte) []byte {
	m := New([]byte(Content), Settings{}, w.signerEC, w.ca).Sign()
	m.Signers[0].Signature = signature
	return m.Encode()
}

// wrongSalt says another salt length than was used.
func (w *world) wrongSalt() []byte {
	m := New([]byte(Content), Settings{PSS: true}, w.chain...)
	s := m.Signers[0]
	s.Attributes, s.Salt = s.Attributes[:3], 40
	return m.Sign().Encode()
}

func (w *world) wrongChains() map[string][]byte {
	stranger := Root("Stranger Root", RSAKey(2048))
	impostor := Root("Example Root", RSAKey(2048))
	impostorCA := impostor.Authority("Example Issuing CA", RSAKey(2048))
	twin := Root("Example Issuing CA", ECKey(elliptic.P256()))
	expired := func(c *x509.Certificate) { c.NotAfter = Now.Add(-24 * time.Hour) }
	notYet := func(c *x509.Certificate) { c.NotBefore = Now.Add(24 * time.Hour) }
	critical := func(c *x509.Certificate) {
		c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3}, Critical: true, Value: Null}}
	}
	short := w.root.Authority("Example Short CA", ECKey(elliptic.P256()), func(c *x509.Certificate) { c.MaxPathLen, c.MaxPathLenZero = 0, true })
	below := short.Authority("Example Lower CA", ECKey(elliptic.P256()))
	personAsCA := w.ca.Person(ECKey(elliptic.P256()))
	named := func(c *x509.Certificate) { c.EmailAddresses = []string{"hong@other.example"} }
	bound := w.root.Authority("Example Bound CA", ECKey(elliptic.P256()), func(c *x509.Certificate) {
		c.PermittedDNSDomainsCritical, c.PermittedEmailAddresses = true, []string{"bank.example"}
	})
	weak := w.ca.Person(w.personKey)
	weak.Certificate = withSHA1(weak.Certificate, w.ca.Key)
	return map[string][]byte{
		"unknown-authority_another-root":          by(Settings{}, stranger.Person(w.personKey)),
		"unknown-authority_root-in-message":       by(Settings{}, stranger.Person(w.personKey), stranger),
		"unknown-authority_root-of-the-same-name": by(Settings{}, impostorCA.Person(w.personKey), impostorCA, impostor),
		"unknown-authority_name-of-the-root":      by(Settings{}, impostor.Person(w.personKey)),
		"unknown-authority_no-issuer":             by(Settings{}, w.person),
		"unknown-authority_self-signed":           by(Settings{}, Root("홍길동", w.personKey, func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageDigitalSignature })),
		"certificate-expired":                     w.issued(expired),
		"certificate-expired_old-signing-time":    w.expiredWithOldClaim(expired),
		"certificate-expired_authority":           w.under(expired),
		"certificate-not-yet-valid":               w.issued(notYet),
		"certificate-not-yet-valid_authority":     w.under(notYet),
		"issuer-not-ca_person":                    by(Settings{}, personAsCA.Person(w.personKey), personAsCA, w.ca),
		"issuer-not-ca_unsaid":                    w.under(func(c *x509.Certificate) { c.BasicConstraintsValid = false }),
		"issuer-may-not-sign":                     w.under(func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCRLSign }),
		"issuer-signature":                        by(Settings{}, twin.Person(w.personKey), w.ca),
		"issuer-algorithm_sha1":                   by(Settings{}, weak, w.ca),
		"issuer-algorithm_rsa-1024":               w.weakAuthority(),
		"path-too-long":                           by(Settings{}, below.Person(w.personKey), below, short),
		"name-constraints":                        by(Settings{}, bound.Person(w.personKey, named), bound),
		"critical-extension":                      w.issued(critical),
		"critical-extension_authority":            w.under(critical),
		"certificate-policies": w.under(func(c *x509.Certificate) {
			required := asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, Bytes: []byte{0}}
			value, _ := asn1.Marshal([]asn1.RawValue{required})
			c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 36}, Critical: true, Value: value}}
		}),
	}
}

func (w *world) weakAuthority() []byte {
	weak := w.root.Authority("Example Weak CA", RSAKey(1024))
	return by(Settings{}, weak.Person(w.personKey), weak)
}

// expiredWithOldClaim claims to have been signed when the certificate was good.
func (w *world) expiredWithOldClaim(expired Change) []byte {
	m := New([]byte(Content), Settings{}, w.ca.Person(w.personKey, expired), w.ca)
	m.Signers[0].Attributes[1] = Attribute(SigningTime, UTCTime(Now.AddDate(-1, 0, 0)))
	return m.Sign().Encode()
}

// withSHA1 signs a certificate anew with SHA-1, which crypto/x509 does not.
func withSHA1(c *x509.Certificate, key crypto.Signer) *x509.Certificate {
	tbs := bytes.Replace(c.RawTBSCertificate, SHA256WithRSA, SHA1WithRSA, 1)
	sum := sha1.Sum(tbs)
	signature, err := key.Sign(nil, sum[:], crypto.SHA1)
	if err != nil {
		panic(err)
	}
	der := TLV(0x30, tbs, Algorithm(SHA1WithRSA, Null), TLV(0x03, []byte{0}, signature))
	weak, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return weak
}

func (w *world) wrongUsages() map[string][]byte {
	usage := func(usage x509.KeyUsage) []byte {
		return w.issued(func(c *x509.Certificate) { c.KeyUsage = usage })
	}
	extended := func(usages ...x509.ExtKeyUsage) []byte {
		return w.issued(func(c *x509.Certificate) { c.ExtKeyUsage = usages })
	}
	none := pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 15}, Critical: true, Value: []byte{0x03, 0x01, 0x00}}
	return map[string][]byte{
		"key-usage_encipherment":             usage(x509.KeyUsageKeyEncipherment),
		"key-usage_agreement":                usage(x509.KeyUsageKeyAgreement | x509.KeyUsageDataEncipherment),
		"key-usage_none":                     w.issued(func(c *x509.Certificate) { c.ExtraExtensions = []pkix.Extension{none} }),
		"key-usage_authority-none":           w.under(func(c *x509.Certificate) { c.ExtraExtensions = []pkix.Extension{none} }),
		"extended-key-usage_server":          extended(x509.ExtKeyUsageServerAuth),
		"extended-key-usage_time-stamping":   extended(x509.ExtKeyUsageTimeStamping),
		"extended-key-usage_ocsp":            extended(x509.ExtKeyUsageOCSPSigning),
		"extended-key-usage_server-and-ocsp": extended(x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageOCSPSigning),
	}
}
