package kakaocert

import (
	"bytes"
	"crypto/sha256"
)

// SignedDataIn returns the signatures in the body of a verify's answer that was
// stored. Each is CMS SignedData, in request order. There is none where the
// answer has none, as that of an identity check without CI. It needs neither
// client nor keys, and nothing is checked: see [CheckStored]. A nil Protocol is
// [DefaultProtocol].
func SignedDataIn(body []byte, p *Protocol) ([][]byte, error) {
	if p == nil {
		p = DefaultProtocol()
	}
	fields := parseBody(body, verifyLimit)
	if !fields.isObject() {
		return nil, &DecodeError{Operation: "stored", Reason: "is not a JSON object"}
	}
	if names := p.List("field.signed_documents"); fields.has(names) {
		signed, key, reason := signedList(p, fields.list(names))
		if reason != "" {
			return nil, &DecodeError{Operation: "stored", Field: protocolKey(key), Reason: reason}
		}
		return signed, nil
	}
	signed, _, ok := signedContent(fields.text(p.List("field.signed_data")))
	if !ok {
		return nil, nil
	}
	return [][]byte{signed}, nil
}

// CheckStored checks the signatures in the body of a verify's answer that was
// stored: each by the Verifier, and that all of them have one signer. Where
// asked is not empty, it has the SHA-256 of what each signature must be on, as
// [EvidenceMeta] has them for K1100, K2100 and K3500; a difference, also in
// number, is [ErrContentMismatch]. It needs neither client nor keys. A nil
// Protocol is [DefaultProtocol].
//
// There is a DocumentCheck for each signature. The error is [ErrNoSignature] for
// an answer without signatures, or that of [SignedDataIn].
func CheckStored(v *Verifier, body []byte, asked [][sha256.Size]byte, p *Protocol) ([]DocumentCheck, error) {
	if v == nil {
		return nil, &ArgumentError{Field: "Verifier", Reason: "must not be nil"}
	}
	signed, err := SignedDataIn(body, p)
	if err != nil {
		return nil, err
	}
	if len(signed) == 0 {
		return nil, ErrNoSignature
	}
	checks := make([]DocumentCheck, len(signed))
	onAllCores(len(signed), func(i int) {
		c := &checks[i]
		c.Verified, c.Err = v.Verify(signed[i], UnsafeAnyContent())
		if c.Err != nil || len(asked) == 0 {
			return
		}
		if len(asked) != len(signed) || sha256.Sum256(c.Verified.Content()) != asked[i] {
			c.Verified, c.Err = nil, ErrContentMismatch
		}
	})
	requireOneSigner(checks)
	return checks, nil
}

// requireOneSigner fails every document whose signer is not that of the first
// good one.
func requireOneSigner(checks []DocumentCheck) {
	var signer []byte
	for i := range checks {
		c := &checks[i]
		switch {
		case c.Err != nil:
		case signer == nil:
			signer = c.Verified.Certificate().Raw
		case !bytes.Equal(signer, c.Verified.Certificate().Raw):
			c.Verified, c.Err = nil, ErrSignersDiffer
		}
	}
}
