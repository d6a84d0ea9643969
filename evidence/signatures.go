package evidence

import (
	"errors"

	"github.com/kakaocert-go/kakaocert"
)

// ErrNoSignature says that a record's answer has no signature: it is not
// whole, it says no, or it is one of K1100 that carries the nonce alone.
var ErrNoSignature = errors.New("evidence: no signature")

// Signatures returns the CMS SignedData in the answer, as they came, DER or
// BER: one, or one for each document in request order. They are not checked. A
// nil Protocol is [kakaocert.DefaultProtocol].
//
// The outcome does not matter here: an answer that came to its end before its
// process died is as good as any.
func (r *Record) Signatures(p *kakaocert.Protocol) ([][]byte, error) {
	signatures, err := kakaocert.SignedDataIn(r.Body(), p)
	if err != nil || len(signatures) == 0 {
		return nil, ErrNoSignature
	}
	return signatures, nil
}
