package cmstest

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"slices"
	"time"
)

// Message is a SignedData in parts, each in its encoding. Change parts, sign,
// change more, and encode.
type Message struct {
	Digests     [][]byte // AlgorithmIdentifiers
	ContentType []byte   // OID
	Content     []byte   // [0] with the OCTET STRING; nil is detached
	Extra       []byte   // raw CertificateChoices next to Certificates
	Certs       []*Identity
	CRLs        [][]byte
	Signers     []*Signer
	BER         bool // indefinite lengths down to the content, as BouncyCastle writes
}

// Signer is a SignerInfo in parts.
type Signer struct {
	Identity   *Identity
	Version    int
	Name       []byte // SignerIdentifier
	Hash       crypto.Hash
	Digest     []byte   // AlgorithmIdentifier
	Attributes [][]byte // each an Attribute, in DER order
	Encoded    []byte   // the [0] in place of Attributes
	Algorithm  []byte   // AlgorithmIdentifier
	Salt       int      // bytes, of PSS
	Signature  []byte
	Unsigned   []byte // the [1]
}

// Settings of a new message.
type Settings struct {
	Hash  crypto.Hash // SHA-256 when 0
	PSS   bool
	KeyID bool // name the signer by subject key identifier
}

// New returns a message as BouncyCastle would make it, not yet signed. The
// signer's certificate is the first of certs.
func New(content []byte, settings Settings, certs ...*Identity) *Message {
	m := &Message{ContentType: Data, Content: TLV(0xa0, TLV(0x04, content)), Certs: slices.Clone(certs)}
	m.AddSigner(content, settings, certs[0])
	return m
}

// AddSigner adds a signer to the message.
func (m *Message) AddSigner(content []byte, settings Settings, id *Identity) *Signer {
	hash := settings.Hash
	if hash == 0 {
		hash = crypto.SHA256
	}
	s := &Signer{Identity: id, Hash: hash, Digest: Algorithm(hashOID(hash), Null), Salt: hash.Size()}
	s.Version, s.Name = 1, TLV(0x30, id.Certificate.RawIssuer, marshal(id.Certificate.SerialNumber))
	if settings.KeyID {
		s.Version, s.Name = 3, TLV(0x80, id.Certificate.SubjectKeyId)
	}
	s.Algorithm = signatureAlgorithm(id, hash, settings.PSS)
	h := hash.New()
	h.Write(content)
	s.Attributes = [][]byte{
		Attribute(ContentType, m.ContentType),
		Attribute(SigningTime, UTCTime(Now.Add(-time.Hour))),
		Attribute(MessageDigest, TLV(0x04, h.Sum(nil))),
		Attribute(AlgorithmProtection, TLV(0x30, s.Digest, retag(0xa1, s.Algorithm))),
	}
	m.Signers = append(m.Signers, s)
	m.Digests = append(m.Digests, s.Digest)
	return s
}

// retag encodes the element under another tag.
func retag(tag byte, element []byte) []byte {
	return append([]byte{tag}, element[1:]...)
}

// Attribute encodes an Attribute with these values.
func Attribute(oid []byte, values ...[]byte) []byte {
	return TLV(0x30, oid, TLV(0x31, slices.Concat(values...)))
}

// UTCTime encodes a time.
func UTCTime(t time.Time) []byte { return TLV(0x17, []byte(t.UTC().Format("060102150405Z"))) }

func hashOID(hash crypto.Hash) []byte {
	switch hash {
	case crypto.SHA384:
		return SHA384
	case crypto.SHA512:
		return SHA512
	case crypto.SHA1:
		return SHA1
	case crypto.MD5:
		return MD5
	default:
		return SHA256
	}
}

func signatureAlgorithm(id *Identity, hash crypto.Hash, pss bool) []byte {
	index := slices.Index([]crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512}, hash)
	if _, ok := id.Certificate.PublicKey.(*ecdsa.PublicKey); ok {
		return Algorithm([][]byte{ECDSAWithSHA256, ECDSAWithSHA384, ECDSAWithSHA512}[max(index, 0)])
	}
	if pss {
		return Algorithm(PSS, PSSParameters(hashOID(hash), hashOID(hash), hash.Size()))
	}
	if index < 0 {
		return Algorithm(RSA, Null)
	}
	return Algorithm([][]byte{SHA256WithRSA, SHA384WithRSA, SHA512WithRSA}[index], Null)
}

// PSSParameters encodes RSASSA-PSS-params (RFC 4055 section 3.1).
func PSSParameters(hash, mask []byte, salt int) []byte {
	return TLV(0x30,
		TLV(0xa0, Algorithm(hash, Null)),
		TLV(0xa1, Algorithm(MGF1, Algorithm(mask, Null))),
		TLV(0xa2, Integer(salt)))
}

// Sort puts the attributes in DER order.
func (s *Signer) Sort() { slices.SortFunc(s.Attributes, bytes.Compare) }

// Sign sorts the attributes and signs them, for every signer.
func (m *Message) Sign() *Message {
	for _, s := range m.Signers {
		s.Sort()
		s.SignOver(TLV(0x31, s.Attributes...))
	}
	return m
}

// SignOver makes the signature over these bytes.
func (s *Signer) SignOver(signed []byte) {
	h := s.Hash.New()
	h.Write(signed)
	var options crypto.SignerOpts = s.Hash
	if _, isRSA := s.Identity.Key.(*rsa.PrivateKey); isRSA && bytes.Contains(s.Algorithm, PSS) {
		options = &rsa.PSSOptions{Hash: s.Hash, SaltLength: s.Salt}
	}
	signature, err := s.Identity.Key.Sign(rand.Reader, h.Sum(nil), options)
	if err != nil {
		panic(err)
	}
	s.Signature = signature
}

// Encode returns the message, in BER where that was asked for.
func (m *Message) Encode() []byte {
	outer := TLV
	if m.BER {
		outer = Indefinite
	}
	fields := [][]byte{Integer(1), TLV(0x31, m.Digests...), outer(0x30, m.ContentType, m.Content)}
	certificates := slices.Clone(m.Extra)
	for _, id := range m.Certs {
		certificates = append(certificates, id.Certificate.Raw...)
	}
	if len(certificates) > 0 {
		fields = append(fields, outer(0xa0, certificates))
	}
	if len(m.CRLs) > 0 {
		fields = append(fields, outer(0xa1, m.CRLs...))
	}
	var signers []byte
	for _, s := range m.Signers {
		signers = append(signers, s.encode()...)
	}
	fields = append(fields, TLV(0x31, signers))
	return outer(0x30, SignedData, outer(0xa0, outer(0x30, fields...)))
}

func (s *Signer) encode() []byte {
	attributes := s.Encoded
	if attributes == nil && s.Attributes != nil {
		attributes = TLV(0xa0, s.Attributes...)
	}
	return TLV(0x30, Integer(s.Version), s.Name, s.Digest, attributes, s.Algorithm, TLV(0x04, s.Signature), s.Unsigned)
}
