package cms

import (
	"bytes"
	"crypto"
	"crypto/subtle"
	"time"
)

// signedAttributes is what the signed attributes say.
type signedAttributes struct {
	claim        time.Time // of when it was signed; zero when there is none
	certificates []certificateHash
}

// checkAttributes checks the signed attributes (RFC 5652 sections 5.3, 5.4 and
// 11) against content and algorithms. They must be there: without them, the
// encoding of some other message's attributes could be passed off as content under
// that message's signature.
//
//	SignedAttributes ::= SET SIZE (1..MAX) OF Attribute
//
//	Attribute ::= SEQUENCE {
//	  attrType OBJECT IDENTIFIER,
//	  attrValues SET OF AttributeValue }
func (s *SignerInfo) checkAttributes(contentType, content []byte, hash crypto.Hash) (said signedAttributes, err error) {
	if s.Attributes == nil {
		return said, AttributesMissing
	}
	if !s.AttributesDER { // section 5.4: what is signed is their DER
		return said, AttributesNotDER
	}
	var seen attributeValues
	if err := seen.read(s.attributes); err != nil {
		return said, err
	}
	if err := seen.checkContent(contentType, content, hash); err != nil {
		return said, err
	}
	if err := seen.signingTime.once("", SigningTimeRepeated); err != nil {
		return said, err
	}
	if seen.signingTime.found > 0 {
		var ok bool
		if said.claim, ok = readTime(seen.signingTime.value); !ok {
			return said, SigningTimeMalformed // section 11.3
		}
	}
	if said.certificates, err = seen.signingCertificates(); err != nil {
		return said, err
	}
	return said, s.checkProtection(seen.protection)
}

// checkContent checks contentType and messageDigest.
func (v *attributeValues) checkContent(contentType, content []byte, hash crypto.Hash) error {
	if err := v.contentType.once(ContentTypeMissing, ContentTypeRepeated); err != nil {
		return err
	}
	if e := v.contentType.value; e.tag != tagOID || !bytes.Equal(e.body, contentType) {
		return ContentTypeDiffers // section 11.1
	}
	if err := v.messageDigest.once(MessageDigestMissing, MessageDigestRepeated); err != nil {
		return err
	}
	digest := digestOf(hash, content)
	if e := v.messageDigest.value; e.tag != tagOctetString || subtle.ConstantTimeCompare(e.body, digest) != 1 {
		return MessageDigestDiffers // section 5.6
	}
	return nil
}

// signedDigest returns the digest of what the signer signed: the attributes as
// received, with the tag SET OF in place of [0], or without any the content
// (RFC 5652 section 5.4).
func (s *SignerInfo) signedDigest(hash crypto.Hash, content []byte) []byte {
	if s.Attributes == nil {
		return digestOf(hash, content)
	}
	return digestOf(hash, []byte{tagSet}, s.Attributes[1:])
}

// isAttributes reports whether content is what the encoding of signed
// attributes looks like: a SET OF SEQUENCE and nothing behind it.
func isAttributes(content []byte) bool {
	n, err := normalise(content)
	if err != nil {
		return false
	}
	whole := n.cursor()
	set, ok := whole.take(tagSet)
	for c := set.inside(); ok && !c.empty(); {
		_, ok = c.take(tagSequence)
	}
	return ok
}

func digestOf(hash crypto.Hash, parts ...[]byte) []byte {
	h := hash.New()
	for _, part := range parts {
		h.Write(part)
	}
	return h.Sum(nil)
}

// attributeValues are the attributes that mean something here.
type attributeValues struct {
	contentType, messageDigest, signingTime, protection attribute
	signingCertificate, signingCertificateV2            attribute
}

// attribute is what was found of one type of attribute.
type attribute struct {
	found int     // how many attributes of the type, or values in it
	value element // one of them
}

// once demands that there is exactly one attribute with one value; an empty
// missing allows none.
func (a attribute) once(missing, repeated Defect) error {
	switch {
	case a.found == 0 && missing != "":
		return missing
	case a.found > 1:
		return repeated
	default:
		return nil
	}
}

// read goes through SignedAttributes, a SET OF in DER order (X.690, 11.6).
func (v *attributeValues) read(set element) error {
	var previous []byte
	c := set.inside()
	if c.empty() { // SIZE (1..MAX)
		return AttributesMalformed
	}
	for !c.empty() {
		e, _ := c.next()
		if bytes.Compare(previous, e.raw) > 0 {
			return AttributesOrder
		}
		previous = e.raw
		if err := v.add(e); err != nil {
			return err
		}
	}
	return nil
}

// add reads one Attribute: a type and a SET of values.
func (v *attributeValues) add(e element) error {
	if e.tag != tagSequence {
		return AttributesMalformed
	}
	c := e.inside()
	oid, ok := c.take(tagOID)
	if !ok {
		return AttributesMalformed
	}
	values, ok := c.take(tagSet)
	if !ok || !c.empty() || len(values.body) == 0 {
		return AttributesMalformed
	}
	var a *attribute
	switch string(oid.body) {
	case oidContentType:
		a = &v.contentType
	case oidMessageDigest:
		a = &v.messageDigest
	case oidSigningTime:
		a = &v.signingTime
	case oidSigningCertificate:
		a = &v.signingCertificate
	case oidSigningCertificateV2:
		a = &v.signingCertificateV2
	case oidAlgorithmProtection:
		a = &v.protection
	default:
		return nil
	}
	in := values.inside()
	a.value, _ = in.next()
	a.found += values.count()
	return nil
}

// checkProtection compares CMSAlgorithmProtection, where it is there, with the
// algorithms used (RFC 6211 section 3).
func (s *SignerInfo) checkProtection(a attribute) error {
	if err := a.once("", AlgorithmProtectionRepeated); err != nil || a.found == 0 {
		return err
	}
	c := a.value.inside()
	e, _ := c.next()
	digest, ok := readAlgorithm(e, tagSequence)
	if a.value.tag != tagSequence || !ok || !digest.same(s.Digest) {
		return AlgorithmProtectionDiffers
	}
	e, _ = c.next()
	signature, ok := readAlgorithm(e, context1)
	if !ok || !signature.same(s.SignatureAlgorithm) || !c.empty() {
		return AlgorithmProtectionDiffers
	}
	return nil
}

// readTime reads Time (RFC 5652 section 11.3), in the DER forms of RFC 5280
// section 4.1.2.5.
func readTime(e element) (time.Time, bool) {
	layout := ""
	switch e.tag {
	case tagUTCTime:
		layout = "060102150405Z"
	case tagGeneralizedTime:
		layout = "20060102150405Z"
	}
	if len(e.body) != len(layout) {
		return time.Time{}, false
	}
	t, err := time.Parse(layout, string(e.body))
	if err != nil {
		return time.Time{}, false
	}
	if e.tag == tagUTCTime && t.Year() >= 2050 { // 50 to 99 are of the last century
		t = t.AddDate(-100, 0, 0)
	}
	return t, true
}
