package cms

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	_ "crypto/sha256" // linked in for crypto.SHA256
	_ "crypto/sha512" // and for crypto.SHA384, crypto.SHA512
	"crypto/x509"
)

// scheme is how a signer's signature is made.
type scheme struct {
	hash crypto.Hash
	kind schemeKind
	salt int // bytes of salt, of PSS
}

type schemeKind int

const (
	pkcs1v15 schemeKind = iota
	pss
	ecdsaSignature
)

// scheme reads digest and signature algorithm, which must be on the list and
// go together (RFC 5754, RFC 4056).
func (s *SignerInfo) scheme(announced []Algorithm) (scheme, error) {
	hash, ok := s.Digest.hash()
	if !ok {
		return scheme{}, DigestAlgorithm
	}
	if !announces(announced, s.Digest) { // RFC 5652 section 5.1
		return scheme{}, DigestNotAnnounced
	}
	return schemeOf(s.SignatureAlgorithm, hash)
}

// schemeOf reads a signature algorithm that is used with that digest.
func schemeOf(signature Algorithm, hash crypto.Hash) (scheme, error) {
	switch string(signature.OID) {
	case oidRSA: // the digest is named next to it, RFC 3370 section 3.2
		return scheme{hash: hash}, signature.wantNull()
	case oidSHA256WithRSA:
		return scheme{hash: hash}, fixed(hash, crypto.SHA256, signature.wantNull())
	case oidSHA384WithRSA:
		return scheme{hash: hash}, fixed(hash, crypto.SHA384, signature.wantNull())
	case oidSHA512WithRSA:
		return scheme{hash: hash}, fixed(hash, crypto.SHA512, signature.wantNull())
	case oidECDSAWithSHA256:
		return scheme{hash: hash, kind: ecdsaSignature}, fixed(hash, crypto.SHA256, signature.wantNull())
	case oidECDSAWithSHA384:
		return scheme{hash: hash, kind: ecdsaSignature}, fixed(hash, crypto.SHA384, signature.wantNull())
	case oidECDSAWithSHA512:
		return scheme{hash: hash, kind: ecdsaSignature}, fixed(hash, crypto.SHA512, signature.wantNull())
	case oidPSS:
		salt, err := signature.pssSalt(hash)
		return scheme{hash: hash, kind: pss, salt: salt}, err
	default:
		return scheme{}, SignatureAlgorithm
	}
}

// VerifySignature checks a signature in X.509's manner, where the algorithm (an
// AlgorithmIdentifier in DER) names its digest: algorithms and keys are those
// accepted for messages.
func VerifySignature(certificate *x509.Certificate, algorithm, signed, signature []byte) error {
	whole := cursor{rest: algorithm}
	e, _ := whole.next()
	a, ok := readAlgorithm(e, tagSequence)
	if !ok || string(a.OID) == oidRSA {
		return SignatureAlgorithm
	}
	var err error = SignatureAlgorithm
	for _, hash := range []crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512} {
		var s scheme
		if s, err = schemeOf(a, hash); err != nil {
			continue
		}
		if err = s.fits(certificate, true); err != nil {
			return err
		}
		return s.verify(certificate, digestOf(hash, signed), signature)
	}
	return err
}

// fixed checks that the digest is the one that the signature algorithm names.
func fixed(hash, named crypto.Hash, parameters error) error {
	if hash != named {
		return SignatureDigest
	}
	return parameters
}

// announces reports whether the digest is in SignedData's digestAlgorithms.
func announces(announced []Algorithm, digest Algorithm) bool {
	for _, a := range announced {
		if bytes.Equal(a.OID, digest.OID) {
			return true
		}
	}
	return false
}

// hash returns the digest, whose parameters must be absent or NULL (RFC 5754
// section 2).
func (a Algorithm) hash() (crypto.Hash, bool) {
	if a.wantNull() != nil {
		return 0, false
	}
	switch string(a.OID) {
	case oidSHA256:
		return crypto.SHA256, true
	case oidSHA384:
		return crypto.SHA384, true
	case oidSHA512:
		return crypto.SHA512, true
	default:
		return 0, false
	}
}

// wantNull accepts both NULL and absent parameters: RSA requires NULL, ECDSA none
// (RFC 5754 section 3), and some writers do the opposite.
func (a Algorithm) wantNull() error {
	if len(a.Parameters) == 0 || string(a.Parameters) == "\x05\x00" {
		return nil
	}
	return SignatureParameters
}

// same reports whether both identifiers say the same, where NULL and no
// parameters are the same.
func (a Algorithm) same(b Algorithm) bool {
	if !bytes.Equal(a.OID, b.OID) {
		return false
	}
	return bytes.Equal(a.Parameters, b.Parameters) || a.wantNull() == nil && b.wantNull() == nil
}

// pssSalt reads RSASSA-PSS-params (RFC 4055 section 3.1). Nothing is left to
// its default, which is SHA-1: both digests are the signer's, and the salt is
// at least as long as the digest.
func (a Algorithm) pssSalt(hash crypto.Hash) (int, error) {
	whole := cursor{rest: a.Parameters}
	params, ok := whole.take(tagSequence)
	if !ok {
		return 0, SignatureParameters
	}
	c := params.inside()
	if digest, ok := pssField(&c, 0).algorithm(); !ok || !digest.isHash(hash) {
		return 0, SignatureParameters
	}
	mask, ok := pssField(&c, 1).algorithm()
	if !ok || string(mask.OID) != oidMGF1 {
		return 0, SignatureParameters
	}
	inner := cursor{rest: mask.Parameters}
	e, _ := inner.next()
	if digest, ok := readAlgorithm(e, tagSequence); !ok || !digest.isHash(hash) {
		return 0, SignatureParameters
	}
	salt, ok := pssField(&c, 2).smallInteger()
	if !ok || salt < hash.Size() {
		return 0, SignatureParameters
	}
	if !c.empty() { // the trailer field may be given, with its only value
		if trailer, ok := pssField(&c, 3).smallInteger(); !ok || trailer != 1 || !c.empty() {
			return 0, SignatureParameters
		}
	}
	return salt, nil
}

// pssField takes the explicitly tagged field with that number.
func pssField(c *cursor, number byte) element {
	e, _ := c.take(context0 | number)
	return e
}

// algorithm reads the AlgorithmIdentifier that is all there is in e.
func (e element) algorithm() (Algorithm, bool) {
	inner, ok := e.only(tagSequence)
	if !ok {
		return Algorithm{}, false
	}
	return readAlgorithm(inner, tagSequence)
}

// smallInteger reads the INTEGER below 32768 that is all there is in e.
func (e element) smallInteger() (int, bool) {
	inner, ok := e.only(tagInteger)
	if !ok || len(inner.body) == 0 || len(inner.body) > 2 || inner.body[0] >= 0x80 {
		return 0, false
	}
	value := 0
	for _, b := range inner.body {
		value = value<<8 | int(b)
	}
	return value, true
}

func (a Algorithm) isHash(hash crypto.Hash) bool {
	got, ok := a.hash()
	return ok && got == hash
}

// fits says whether the certificate's key can have made such a signature; given
// is true for certificates that the caller gave.
func (s scheme) fits(certificate *x509.Certificate, given bool) error {
	switch key := certificate.PublicKey.(type) {
	case *rsa.PublicKey:
		if s.kind == ecdsaSignature {
			return KeyType
		}
		if defect := keyDefect(certificate, given); defect != "" {
			return defect
		}
		return nil
	case *ecdsa.PublicKey:
		if s.kind != ecdsaSignature {
			return KeyType
		}
		if key.Curve != elliptic.P256() && key.Curve != elliptic.P384() {
			return KeyCurve
		}
		return nil
	default:
		return KeyType
	}
}

// verify checks the signature over what has that digest. The key fits.
func (s scheme) verify(certificate *x509.Certificate, digest, signature []byte) error {
	ok := false
	switch key := certificate.PublicKey.(type) {
	case *rsa.PublicKey:
		if s.kind == pss { // RFC 4056 section 3
			options := rsa.PSSOptions{SaltLength: s.salt, Hash: s.hash}
			ok = rsa.VerifyPSS(key, s.hash, digest, signature, &options) == nil
		} else { // RFC 3370 section 3.2
			ok = rsa.VerifyPKCS1v15(key, s.hash, digest, signature) == nil
		}
	case *ecdsa.PublicKey: // RFC 5753 section 2.1
		ok = ecdsa.VerifyASN1(key, digest, signature)
	}
	if !ok {
		return SignatureWrong
	}
	return nil
}
