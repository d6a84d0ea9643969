package timestamp

import (
	"encoding/asn1"
	"slices"

	"golang.org/x/crypto/cryptobyte"
	cryptobyte_asn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// maxResponse is the largest response that is read: a token, and words of the
// authority next to it.
const maxResponse = MaxToken + 16<<10

// readResponse returns the token in a response.
//
//	TimeStampResp ::= SEQUENCE {
//	  status PKIStatusInfo,
//	  timeStampToken TimeStampToken OPTIONAL }
//
//	PKIStatusInfo ::= SEQUENCE {
//	  status PKIStatus,
//	  statusString PKIFreeText OPTIONAL,
//	  failInfo PKIFailureInfo OPTIONAL }
func readResponse(der []byte) (token []byte, err error) {
	if len(der) > maxResponse {
		return nil, refused("too-large")
	}
	whole := cryptobyte.String(der)
	var in, info, words, element cryptobyte.String
	var status int64
	if !whole.ReadASN1(&in, cryptobyte_asn1.SEQUENCE) || !whole.Empty() ||
		!in.ReadASN1(&info, cryptobyte_asn1.SEQUENCE) || !info.ReadASN1Integer(&status) || status < 0 || status > 5 ||
		!info.ReadOptionalASN1(&words, nil, cryptobyte_asn1.SEQUENCE) {
		return nil, refused(BadResponse)
	}
	var bits asn1.BitString
	if !info.Empty() && (!info.ReadASN1BitString(&bits) || !info.Empty()) {
		return nil, refused(BadResponse)
	}
	if !in.Empty() && (!in.ReadASN1Element(&element, cryptobyte_asn1.SEQUENCE) || !in.Empty()) {
		return nil, refused(BadResponse)
	}
	const granted, grantedWithMods = 0, 1
	if status != granted && status != grantedWithMods {
		return nil, &RefusedError{Status: int(status), Failures: failuresOf(bits)}
	}
	if element == nil {
		return nil, refused(TokenMissing)
	}
	return slices.Clone(element), nil
}

func failuresOf(bits asn1.BitString) (all []Failure) {
	for n := range bits.BitLength {
		if failure, known := failures[n]; known && bits.At(n) == 1 {
			all = append(all, failure)
		}
	}
	return all
}
