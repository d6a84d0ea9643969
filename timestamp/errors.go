package timestamp

import (
	"strconv"
	"strings"

	"github.com/kakaocert-go/kakaocert"
)

// Defects of a token beyond those of a signature in general, which are those of
// package kakaocert.
const (
	BadResponse       kakaocert.Defect = "bad-response"      // not a TimeStampResp in DER
	TokenMissing      kakaocert.Defect = "token-missing"     // granted, but there is none
	NotDER            kakaocert.Defect = "not-der"           // the token is in BER
	BadInfo           kakaocert.Defect = "bad-info"          // not a TSTInfo in DER
	BadVersion        kakaocert.Defect = "bad-version"       // of TSTInfo
	BadTime           kakaocert.Defect = "bad-time"          // genTime is not as RFC 3161 requires
	BadAccuracy       kakaocert.Defect = "bad-accuracy"      // likewise
	ImprintAlgorithm  kakaocert.Defect = "imprint-algorithm" // not SHA-256, SHA-384 or SHA-512
	ImprintDiffers    kakaocert.Defect = "imprint-differs"   // of another message
	NonceDiffers      kakaocert.Defect = "nonce-differs"     // of another request
	PolicyDiffers     kakaocert.Defect = "policy-differs"    // not a policy that was asked for
	AuthorityDiffers  kakaocert.Defect = "authority-differs" // its name is not in the certificate
	CriticalExtension kakaocert.Defect = "info-extension"    // TSTInfo has a critical extension
)

// TokenError says why a token, or the response that should contain one, is
// refused. Where a check of the signature failed, it wraps a
// [*kakaocert.VerifyError], and so is kakaocert.ErrUntrusted and the like.
type TokenError struct {
	Defect kakaocert.Defect

	err error
}

func (e *TokenError) Error() string {
	if e.err != nil {
		return "timestamp: " + strings.TrimPrefix(e.err.Error(), "kakaocert: ")
	}
	return "timestamp: token is refused: " + string(e.Defect)
}

// Unwrap returns the failed check of the signature, if it was that.
func (e *TokenError) Unwrap() error { return e.err }

func refused(d kakaocert.Defect) error { return &TokenError{Defect: d} }

// Failure is a reason for which an authority refuses (PKIFailureInfo, RFC 3161
// section 2.4.2).
type Failure string

const (
	BadAlg              Failure = "badAlg"              // the digest is not supported
	BadRequest          Failure = "badRequest"          // the request is not understood
	BadDataFormat       Failure = "badDataFormat"       // the request is malformed
	TimeNotAvailable    Failure = "timeNotAvailable"    // its clock failed
	UnacceptedPolicy    Failure = "unacceptedPolicy"    // it has no such policy
	UnacceptedExtension Failure = "unacceptedExtension" // of the request
	AddInfoNotAvailable Failure = "addInfoNotAvailable" // what was asked for besides is not there
	SystemFailure       Failure = "systemFailure"
)

// failures are the bits of PKIFailureInfo.
var failures = map[int]Failure{
	0: BadAlg, 2: BadRequest, 5: BadDataFormat, 14: TimeNotAvailable, 15: UnacceptedPolicy,
	16: UnacceptedExtension, 17: AddInfoNotAvailable, 25: SystemFailure,
}

// RefusedError says that the authority gave no token. Its words, if there are
// any, are left out.
type RefusedError struct {
	Status   int // PKIStatus: 2 rejection, 3 waiting, 4 and 5 its certificate is revoked
	Failures []Failure
}

func (e *RefusedError) Error() string {
	text := "timestamp: the authority refuses with status " + strconv.Itoa(e.Status)
	for _, f := range e.Failures {
		text += ", " + string(f)
	}
	return text
}
