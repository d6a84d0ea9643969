package cms

import (
	"bytes"
	"crypto"
	_ "crypto/sha1" // names a certificate in RFC 2634, signs nothing
	"crypto/subtle"
	"crypto/x509"
	"slices"
)

// certificateHash names the signer's certificate among the signed attributes.
type certificateHash struct {
	hash   crypto.Hash
	digest []byte
	issuer []byte // Name; nil when it is not said
	serial []byte // contents of the INTEGER, likewise

	others []certificateHash // of its issuers, as far as the signer names them
	odd    bool              // what follows the first is no such list
}

// signingCertificates reads the attributes signingCertificate and
// signingCertificateV2, which may both be there. The first certificate in each
// is the signer's.
func (v *attributeValues) signingCertificates() (all []certificateHash, err error) {
	for _, a := range [...]struct {
		attribute
		named bool // the hash algorithm may be named, and is SHA-256 else
	}{{v.signingCertificate, false}, {v.signingCertificateV2, true}} {
		if err := a.once("", SigningCertificateRepeated); err != nil {
			return nil, err
		}
		if a.found == 0 {
			continue
		}
		h, ok := readSigningCertificate(a.value, a.named)
		if !ok {
			return nil, SigningCertificateMalformed
		}
		all = append(all, h)
	}
	return all, nil
}

// readSigningCertificate reads (RFC 2634 section 5.4, RFC 5035 section 3)
//
//	SigningCertificate[V2] ::= SEQUENCE {
//	    certs        SEQUENCE OF ESSCertID[v2],
//	    policies     SEQUENCE OF PolicyInformation OPTIONAL }
//
//	ESSCertID[v2] ::= SEQUENCE {
//	    hashAlgorithm  AlgorithmIdentifier DEFAULT {algorithm id-sha256}, -- v2 only
//	    certHash       Hash,
//	    issuerSerial   IssuerSerial OPTIONAL }
func readSigningCertificate(e element, named bool) (h certificateHash, ok bool) {
	if e.tag != tagSequence {
		return h, false
	}
	c := e.inside()
	certificates, ok := c.take(tagSequence)
	if !ok {
		return h, false
	}
	in := certificates.inside()
	first, ok := in.take(tagSequence)
	if !ok {
		return h, false
	}
	if h, ok = readCertificateHash(first, named); !ok {
		return h, false
	}
	for !in.empty() {
		e, ok := in.take(tagSequence)
		other, readable := readCertificateHash(e, named)
		if !ok || !readable {
			h.odd = true
			break
		}
		h.others = append(h.others, other)
	}
	return h, true
}

// readCertificateHash reads an ESSCertID or ESSCertIDv2.
func readCertificateHash(e element, named bool) (h certificateHash, ok bool) {
	id := e.inside()
	h.hash = crypto.SHA1
	if named {
		h.hash = crypto.SHA256
		if algorithm, there := id.take(tagSequence); there {
			a, ok := readAlgorithm(algorithm, tagSequence)
			if !ok {
				return h, false
			}
			if h.hash, ok = a.naming(); !ok {
				return h, false
			}
		}
	}
	digest, ok := id.take(tagOctetString)
	h.digest = digest.body
	if both, there := id.take(tagSequence); ok && there {
		ok = h.readIssuerSerial(both)
	}
	return h, ok && id.empty()
}

// naming returns a digest that names a certificate. SHA-1 may: a second
// certificate with the same digest must have been signed by an authority too.
func (a Algorithm) naming() (crypto.Hash, bool) {
	if string(a.OID) == oidSHA1 && a.wantNull() == nil {
		return crypto.SHA1, true
	}
	return a.hash()
}

// readIssuerSerial reads
//
//	IssuerSerial ::= SEQUENCE {
//	    issuer         GeneralNames, -- one directoryName
//	    serialNumber   CertificateSerialNumber }
func (h *certificateHash) readIssuerSerial(e element) bool {
	c := e.inside()
	names, ok := c.take(tagSequence)
	if !ok {
		return false
	}
	directory, ok := names.only(formDirectory)
	if !ok {
		return false
	}
	serial, ok := c.take(tagInteger)
	h.issuer, h.serial = directory.body, serial.body
	return ok && c.empty()
}

// means reports whether the attributes name this certificate, or none.
func (s *signedAttributes) means(c *x509.Certificate) error {
	for _, h := range s.certificates {
		if !h.names(c) {
			return SigningCertificateDiffers
		}
	}
	return nil
}

func (h *certificateHash) names(c *x509.Certificate) bool {
	return subtle.ConstantTimeCompare(digestOf(h.hash, c.Raw), h.digest) == 1 &&
		(h.issuer == nil || bytes.Equal(h.issuer, c.RawIssuer) && bytes.Equal(h.serial, SerialBytes(c)))
}

// allIn reports whether all certificates that the attributes name are in the
// chain.
func (s *signedAttributes) allIn(chain []*x509.Certificate) error {
	for _, h := range s.certificates {
		for _, other := range h.others {
			if !slices.ContainsFunc(chain, other.names) {
				return SigningCertificateDiffers
			}
		}
		if h.odd {
			return SigningCertificateMalformed
		}
	}
	return nil
}
