package timestamp

import (
	"bytes"
	"crypto"
	"crypto/subtle"
	"crypto/x509"
	"encoding/asn1"
	"math/big"
	"strings"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cryptobyte_asn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/kakaocert-go/kakaocert/internal/cms"
)

// MaxToken is how many bytes a token may have. Usual ones have 2,000 to 8,000.
const MaxToken = 128 << 10

// Info is what a token says (TSTInfo, RFC 3161 section 2.4.2).
type Info struct {
	// Time is genTime: when the authority made the token.
	Time time.Time
	// Accuracy is how far Time may be from the true time, in either direction. Zero
	// means that the token does not say.
	Accuracy time.Duration
	// Ordering says that two tokens of the authority can be ordered by Time,
	// whatever their accuracy.
	Ordering bool
	Policy   x509.OID
	Serial   *big.Int // unique among the authority's tokens
	Hash     crypto.Hash

	digest []byte
	nonce  *big.Int // nil where there is none
	name   []byte   // of the authority: a GeneralName in DER; nil likewise
}

// Latest is the latest time at which the token can have been made.
func (i *Info) Latest() time.Time { return i.Time.Add(i.Accuracy) }

// Covers reports whether the token is of this message.
func (i *Info) Covers(message []byte) bool {
	h := i.Hash.New()
	h.Write(message)
	return subtle.ConstantTimeCompare(h.Sum(nil), i.digest) == 1
}

// Parse reads what a token says, and verifies nothing of it. The error is a
// [*TokenError].
func Parse(token []byte) (*Info, error) {
	message, err := cms.Parse(token, MaxToken)
	switch {
	case err != nil:
		return nil, ofSignature(err)
	case string(message.ContentType) != typeTSTInfo:
		return nil, ofSignature(cms.ContentTypeRefused)
	case !message.Attached:
		return nil, ofSignature(cms.ContentMissing)
	case message.BER:
		return nil, refused(NotDER)
	}
	return parseInfo(message.Content)
}

const oidSHA256 = "\x60\x86\x48\x01\x65\x03\x04\x02\x01" // 2.16.840.1.101.3.4.2.1, RFC 5754 section 2

// typeTSTInfo is id-ct-TSTInfo, 1.2.840.113549.1.9.16.1.4, RFC 3161 section
// 2.4.2.
const typeTSTInfo = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x04"

var (
	tag0   = cryptobyte_asn1.Tag(0).ContextSpecific()
	tag1   = cryptobyte_asn1.Tag(1).ContextSpecific()
	hashes = map[string]crypto.Hash{ // RFC 5754 section 2
		oidSHA256:                              crypto.SHA256,
		"\x60\x86\x48\x01\x65\x03\x04\x02\x02": crypto.SHA384,
		"\x60\x86\x48\x01\x65\x03\x04\x02\x03": crypto.SHA512,
	}
)

// parseInfo reads
//
//	TSTInfo ::= SEQUENCE {
//	  version INTEGER { v1(1) },
//	  policy TSAPolicyId,
//	  messageImprint MessageImprint,
//	  serialNumber INTEGER,
//	  genTime GeneralizedTime,
//	  accuracy Accuracy OPTIONAL,
//	  ordering BOOLEAN DEFAULT FALSE,
//	  nonce INTEGER OPTIONAL,
//	  tsa [0] GeneralName OPTIONAL,
//	  extensions [1] IMPLICIT Extensions OPTIONAL }
func parseInfo(der []byte) (*Info, error) {
	i := &Info{Serial: new(big.Int)}
	whole := cryptobyte.String(der)
	var in, policy, imprint, genTime cryptobyte.String
	var version int64
	if !whole.ReadASN1(&in, cryptobyte_asn1.SEQUENCE) || !whole.Empty() || !in.ReadASN1Integer(&version) {
		return nil, refused(BadInfo)
	}
	if version != 1 {
		return nil, refused(BadVersion)
	}
	if !in.ReadASN1(&policy, cryptobyte_asn1.OBJECT_IDENTIFIER) || i.Policy.UnmarshalBinary(policy) != nil ||
		!in.ReadASN1(&imprint, cryptobyte_asn1.SEQUENCE) {
		return nil, refused(BadInfo)
	}
	if err := i.readImprint(imprint); err != nil {
		return nil, err
	}
	if !in.ReadASN1Integer(i.Serial) || !in.ReadASN1(&genTime, cryptobyte_asn1.GeneralizedTime) {
		return nil, refused(BadInfo)
	}
	var ok bool
	if i.Time, ok = readTime(string(genTime)); !ok {
		return nil, refused(BadTime)
	}
	if in.PeekASN1Tag(cryptobyte_asn1.SEQUENCE) {
		if i.Accuracy, ok = readAccuracy(&in); !ok {
			return nil, refused(BadAccuracy)
		}
	}
	if !readDefaultFalse(&in, &i.Ordering) {
		return nil, refused(BadInfo)
	}
	return i, i.readRest(in)
}

// readImprint reads
//
//	MessageImprint ::= SEQUENCE {
//	  hashAlgorithm AlgorithmIdentifier,
//	  hashedMessage OCTET STRING }
func (i *Info) readImprint(in cryptobyte.String) error {
	var algorithm, oid, digest, parameters cryptobyte.String
	if !in.ReadASN1(&algorithm, cryptobyte_asn1.SEQUENCE) || !algorithm.ReadASN1(&oid, cryptobyte_asn1.OBJECT_IDENTIFIER) ||
		!in.ReadASN1(&digest, cryptobyte_asn1.OCTET_STRING) || !in.Empty() {
		return refused(BadInfo)
	}
	if !algorithm.Empty() && (!algorithm.ReadASN1(&parameters, cryptobyte_asn1.NULL) || !parameters.Empty() || !algorithm.Empty()) {
		return refused(BadInfo)
	}
	hash, known := hashes[string(oid)]
	if !known || len(digest) != hash.Size() {
		return refused(ImprintAlgorithm)
	}
	i.Hash, i.digest = hash, digest
	return nil
}

// readRest reads what may follow ordering.
func (i *Info) readRest(in cryptobyte.String) error {
	if in.PeekASN1Tag(cryptobyte_asn1.INTEGER) {
		i.nonce = new(big.Int)
		if !in.ReadASN1Integer(i.nonce) {
			return refused(BadInfo)
		}
	}
	var name, extensions cryptobyte.String
	var named, extended bool
	if !in.ReadOptionalASN1(&name, &named, tag0.Constructed()) || !in.ReadOptionalASN1(&extensions, &extended, tag1.Constructed()) || !in.Empty() {
		return refused(BadInfo)
	}
	if named {
		var one cryptobyte.String
		var tag cryptobyte_asn1.Tag
		i.name = name
		if !name.ReadAnyASN1Element(&one, &tag) || !name.Empty() {
			return refused(BadInfo)
		}
	}
	if extended && extensions.Empty() { // SIZE (1..MAX)
		return refused(BadInfo)
	}
	for !extensions.Empty() {
		if err := readExtension(&extensions); err != nil {
			return err
		}
	}
	return nil
}

// readDefaultFalse reads BOOLEAN DEFAULT FALSE. A FALSE that is written is taken.
func readDefaultFalse(in *cryptobyte.String, out *bool) bool {
	return !in.PeekASN1Tag(cryptobyte_asn1.BOOLEAN) || in.ReadASN1Boolean(out)
}

// readExtension passes over one Extension (RFC 5280 section 4.1).
func readExtension(in *cryptobyte.String) error {
	var extension, oid, value cryptobyte.String
	var critical bool
	switch {
	case !in.ReadASN1(&extension, cryptobyte_asn1.SEQUENCE), !extension.ReadASN1(&oid, cryptobyte_asn1.OBJECT_IDENTIFIER),
		!readDefaultFalse(&extension, &critical),
		!extension.ReadASN1(&value, cryptobyte_asn1.OCTET_STRING), !extension.Empty():
		return refused(BadInfo)
	case critical:
		return refused(CriticalExtension)
	}
	return nil
}

// readTime reads YYYYMMDDhhmmss[.s...]Z: always in UTC and with seconds, and
// without zeros at the end of the fraction (RFC 3161 section 2.4.2).
func readTime(text string) (time.Time, bool) {
	digits, found := strings.CutSuffix(text, "Z")
	seconds, fraction, pointed := strings.Cut(digits, ".")
	if !found || len(seconds) != 14 || pointed && (fraction == "" || len(fraction) > 9 || strings.HasSuffix(fraction, "0")) {
		return time.Time{}, false
	}
	if strings.Trim(seconds+fraction, "0123456789") != "" {
		return time.Time{}, false
	}
	t, err := time.Parse("20060102150405", digits) // a fraction behind the seconds is read without being in the layout
	return t, err == nil
}

// readAccuracy reads
//
//	Accuracy ::= SEQUENCE {
//	  seconds INTEGER OPTIONAL,
//	  millis [0] INTEGER (1..999) OPTIONAL,
//	  micros [1] INTEGER (1..999) OPTIONAL }
func readAccuracy(from *cryptobyte.String) (time.Duration, bool) {
	const maxSeconds = 1 << 31
	var in cryptobyte.String
	if !from.ReadASN1(&in, cryptobyte_asn1.SEQUENCE) {
		return 0, false
	}
	var sum time.Duration
	for _, part := range [...]struct {
		tag      cryptobyte_asn1.Tag
		min, max int64
		unit     time.Duration
	}{{cryptobyte_asn1.INTEGER, 0, maxSeconds, time.Second}, {tag0, 1, 999, time.Millisecond}, {tag1, 1, 999, time.Microsecond}} {
		var n int64
		if !in.PeekASN1Tag(part.tag) {
			continue
		}
		if !in.ReadASN1Int64WithTag(&n, part.tag) || n < part.min || n > part.max {
			return 0, false
		}
		sum += time.Duration(n) * part.unit
	}
	return sum, in.Empty()
}

var oidSubjectAltName = asn1.ObjectIdentifier{2, 5, 29, 17}

// isNameOf reports whether the name of the authority, if the token has one, is
// one of the certificate's (RFC 3161 section 2.4.2).
func (i *Info) isNameOf(c *x509.Certificate) bool {
	if i.name == nil || sameName(i.name, c.RawSubject, true) {
		return true
	}
	for _, e := range c.Extensions {
		if !e.Id.Equal(oidSubjectAltName) {
			continue
		}
		value := cryptobyte.String(e.Value)
		var names, name cryptobyte.String
		var tag cryptobyte_asn1.Tag
		if !value.ReadASN1(&names, cryptobyte_asn1.SEQUENCE) {
			return false
		}
		for names.ReadAnyASN1Element(&name, &tag) {
			if sameName(i.name, name, false) {
				return true
			}
		}
	}
	return false
}

// sameName compares a GeneralName with another, or with a Name.
func sameName(general, other cryptobyte.String, isName bool) bool {
	var a, b cryptobyte.String
	directory := cryptobyte_asn1.Tag(4).Constructed().ContextSpecific()
	if !general.PeekASN1Tag(directory) {
		return !isName && bytes.Equal(general, other)
	}
	if !general.ReadASN1(&a, directory) {
		return false
	}
	if b = other; !isName && !other.ReadASN1(&b, directory) {
		return false
	}
	return cms.SameName(a, b)
}
