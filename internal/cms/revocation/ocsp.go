package revocation

import (
	"bytes"
	"crypto/sha1" // names an issuer in a CertID, signs nothing
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cryptobyte_asn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/kakaocert-go/kakaocert/internal/cms"
)

// maxResponders is how many certificates of an answer are looked at.
const maxResponders = 4

// ocspAnswer is a BasicOCSPResponse (RFC 6960 section 4.2.1) that has been read.
// golang.org/x/crypto/ocsp reads one SingleResponse and one certificate, does
// not ask what that certificate is for, and takes SHA-1 and algorithms that name
// no digest; so the answer is read here.
type ocspAnswer struct {
	raw        []byte
	basic      basicResponse
	responders []*responder
	signers    verdicts
}

// responder is a certificate in an answer, of a party that the CA may have made
// its responder.
type responder struct {
	*x509.Certificate
	issuers verdicts
}

type ocspResponse struct {
	Status asn1.Enumerated
	Bytes  struct {
		Type     asn1.ObjectIdentifier
		Response []byte
	} `asn1:"explicit,tag:0,optional"`
}

type basicResponse struct {
	Signed       responseData
	Algorithm    asn1.RawValue
	Signature    asn1.BitString
	Certificates []asn1.RawValue `asn1:"explicit,tag:0,optional"`
}

type responseData struct {
	Raw        asn1.RawContent
	Version    int `asn1:"optional,default:0,explicit,tag:0"`
	Responder  asn1.RawValue
	ProducedAt time.Time `asn1:"generalized"`
	Responses  []singleResponse
	Extensions []pkix.Extension `asn1:"explicit,tag:1,optional"`
}

type singleResponse struct {
	ID         certID
	Status     asn1.RawValue
	ThisUpdate time.Time        `asn1:"generalized"`
	NextUpdate time.Time        `asn1:"generalized,explicit,tag:0,optional"`
	Extensions []pkix.Extension `asn1:"explicit,tag:1,optional"`
}

type certID struct {
	Hash     pkix.AlgorithmIdentifier
	NameHash []byte
	KeyHash  []byte
	Serial   *big.Int
}

type revokedInfo struct {
	Since  time.Time       `asn1:"generalized"`
	Reason asn1.Enumerated `asn1:"explicit,tag:0,optional"`
}

var (
	oidBasic   = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 1}
	oidNoCheck = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 5}

	idHashes = [...]struct {
		oid    asn1.ObjectIdentifier
		digest func([]byte) []byte
	}{
		{asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}, func(data []byte) []byte { sum := sha1.Sum(data); return sum[:] }},
		{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}, func(data []byte) []byte { sum := sha256.Sum256(data); return sum[:] }},
		{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 2}, func(data []byte) []byte { sum := sha512.Sum384(data); return sum[:] }},
		{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 3}, func(data []byte) []byte { sum := sha512.Sum512(data); return sum[:] }},
	}
)

func readOCSP(raw []byte) (*ocspAnswer, error) {
	var outer ocspResponse
	if rest, err := asn1.Unmarshal(raw, &outer); err != nil || len(rest) > 0 {
		return nil, errUnreadable
	}
	if outer.Status != 0 || !outer.Bytes.Type.Equal(oidBasic) {
		return nil, errUnreadable
	}
	a := &ocspAnswer{raw: raw}
	if rest, err := asn1.Unmarshal(outer.Bytes.Response, &a.basic); err != nil || len(rest) > 0 {
		return nil, errUnreadable
	}
	for i, embedded := range a.basic.Certificates {
		if i == maxResponders {
			break
		}
		if c, err := x509.ParseCertificate(embedded.FullBytes); err == nil {
			a.responders = append(a.responders, &responder{Certificate: c})
		}
	}
	return a, nil
}

// statements returns what the answer says of the certificate: every
// SingleResponse about it. Something critical that is not understood leaves no
// "good", and takes no "revoked" away.
func (a *ocspAnswer) statements(q *question, mayClear bool) (said []statement) {
	understood := !hasUnknownCritical(a.basic.Signed.Extensions)
	for _, single := range a.basic.Signed.Responses {
		if !single.ID.means(q) {
			continue
		}
		if s, ok := single.statement(); ok {
			s.clears = mayClear && understood && !hasUnknownCritical(single.Extensions)
			if s.clears || s.revoked {
				said = append(said, s)
			}
		}
	}
	return said
}

// means reports whether the CertID is the certificate's: serial, and the
// issuer's name and key (RFC 6960 section 4.1.1). A serial alone is any CA's.
func (id *certID) means(q *question) bool {
	if id.Serial == nil || id.Serial.Cmp(q.certificate.SerialNumber) != 0 {
		return false
	}
	for i, known := range idHashes {
		if known.oid.Equal(id.Hash.Algorithm) {
			name, key := q.digests(i)
			return bytes.Equal(id.NameHash, name) && bytes.Equal(id.KeyHash, key)
		}
	}
	return false
}

// digests returns those of the issuer's name and key, by the place of the hash
// in idHashes.
func (q *question) digests(place int) (name, key []byte) {
	known := &q.issuerDigests[place]
	if known.name == nil {
		digest := idHashes[place].digest
		known.name, known.key = digest(q.certificate.RawIssuer), digest(keyBits(q.issuer))
	}
	return known.name, known.key
}

// keyBits returns the contents of subjectPublicKey.
func keyBits(c *x509.Certificate) []byte {
	in := cryptobyte.String(c.RawSubjectPublicKeyInfo)
	var info cryptobyte.String
	var key []byte
	if !in.ReadASN1(&info, cryptobyte_asn1.SEQUENCE) || !info.SkipASN1(cryptobyte_asn1.SEQUENCE) || !info.ReadASN1BitStringAsBytes(&key) {
		return nil
	}
	return key
}

// statement reads CertStatus. Without nextUpdate the answer is current at the
// moment it was made only, which is within the allowance for clocks.
func (r *singleResponse) statement() (statement, bool) {
	s := statement{from: r.ThisUpdate, until: r.NextUpdate}
	if s.until.IsZero() {
		s.until = s.from.Add(skew)
	}
	if r.Status.Class != asn1.ClassContextSpecific {
		return s, false
	}
	switch r.Status.Tag {
	case 0:
		return s, true
	case 1:
		var info revokedInfo
		sequence := bytes.Clone(r.Status.FullBytes)
		sequence[0] = asn1.TagSequence | 0x20
		if rest, err := asn1.Unmarshal(sequence, &info); err != nil || len(rest) > 0 {
			info = revokedInfo{} // it says since when, and is not understood: since ever
		}
		s.revoked, s.since, s.reason = true, info.Since, int(info.Reason)
		return s, true
	default: // the responder does not know it
		return s, false
	}
}

// authorised reports whether the CA itself signed the answer, or a responder that
// the CA appointed, under the key that signed the certificate (RFC 6960 section
// 4.2.2.2), and that was not revoked.
func (s *session) authorised(q *question, a *ocspAnswer) (bool, error) {
	if a.namedBy(q.issuer) && a.signedBy(q.issuer) {
		return true, nil
	}
	if q.inner {
		return false, nil
	}
	for _, c := range a.responders {
		if a.namedBy(c.Certificate) && c.mayAnswer(q) && a.signedBy(c.Certificate) {
			revoked, err := s.responderRevoked(c.Certificate, q.issuer)
			if err != nil || !revoked {
				return !revoked, err
			}
		}
	}
	return false, nil
}

// responderRevoked asks about a responder, unless its CA says that there is no
// need to (RFC 6960 section 4.2.2.2.1). An unknown status does not hinder it.
func (s *session) responderRevoked(c, issuer *x509.Certificate) (bool, error) {
	if hasExtension(c.Extensions, oidNoCheck) {
		return false, nil
	}
	chain := []*x509.Certificate{c, issuer}
	revoked, err := s.revoked(chain, false)
	if revoked || err != nil || s.Fetch == nil || len(c.CRLDistributionPoints)+len(c.OCSPServer) == 0 || s.askedAbout(c) {
		return revoked, err
	}
	fetched, err := s.Fetch(s.ctx, c, issuer)
	if err := s.ctx.Err(); err != nil {
		return false, err
	}
	if err != nil {
		s.errors = append(s.errors, err)
	}
	if fetched == nil {
		return false, nil
	}
	s.fetched = append(s.fetched, fetched)
	return s.revoked(chain, false)
}

// askedAbout reports whether the fetcher was asked about the responder before,
// and notes that it is.
func (s *session) askedAbout(c *x509.Certificate) bool {
	if slices.ContainsFunc(s.responders, c.Equal) {
		return true
	}
	s.responders = append(s.responders, c)
	return false
}

// mayAnswer checks a responder's certificate: issued by that CA directly, for
// OCSP, in date, and able to sign.
func (c *responder) mayAnswer(q *question) bool {
	return slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageOCSPSigning) &&
		!q.at.Before(c.NotBefore) && !q.at.After(c.NotAfter) &&
		(c.KeyUsage == 0 || c.KeyUsage&x509.KeyUsageDigitalSignature != 0) &&
		len(c.UnhandledCriticalExtensions) == 0 &&
		bytes.Equal(c.RawIssuer, q.issuer.RawSubject) &&
		c.issuers.of(q.issuer, func() bool { return c.CheckSignatureFrom(q.issuer) == nil })
}

// namedBy reports whether the certificate is the ResponderID's.
func (a *ocspAnswer) namedBy(c *x509.Certificate) bool {
	id := a.basic.Signed.Responder
	switch {
	case id.Class != asn1.ClassContextSpecific:
		return false
	case id.Tag == 1:
		return bytes.Equal(id.Bytes, c.RawSubject)
	case id.Tag == 2:
		var hash []byte
		sum := sha1.Sum(keyBits(c))
		_, err := asn1.Unmarshal(id.Bytes, &hash)
		return err == nil && bytes.Equal(hash, sum[:])
	default:
		return false
	}
}

func (a *ocspAnswer) signedBy(c *x509.Certificate) bool {
	return a.signers.of(c, func() bool {
		return cms.VerifySignature(c, a.basic.Algorithm.FullBytes, a.basic.Signed.Raw, a.basic.Signature.RightAlign()) == nil
	})
}
