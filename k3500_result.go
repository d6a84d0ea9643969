package kakaocert

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
)

// ErrSeveralSigners says that not all documents were signed with the same
// certificate: a security event.
var ErrSeveralSigners = errors.New("kakaocert: documents have several signers")

// K3500Result is signed documents, stored but not checked. It prints as
// [redacted].
type K3500Result struct {
	redacted
	protocol *Protocol
	data     hidden[resultData]
}

// SignedData returns the CMS SignedData of each document in request order, as
// they came, DER or BER.
func (r *K3500Result) SignedData() [][]byte { return r.data.value().signed }

// CI returns the user's CI where the contract grants it.
func (r *K3500Result) CI() Secret { return r.data.value().ci }

// VID returns the certificate's VID, as hex or Base64, where the contract
// grants it.
func (r *K3500Result) VID() Secret { return r.data.value().vid }

// DocumentCheck is what became of one document: either Verified or Err is set.
type DocumentCheck struct {
	Verified *Verified
	Err      error
}

// DocumentsError says how many of the documents failed. Its Unwrap gives each
// failure.
type DocumentsError struct {
	Failed, Total int
	errs          []error
}

func (e *DocumentsError) Error() string {
	text := fmt.Sprintf("kakaocert: %d of %d documents failed the check", e.Failed, e.Total)
	if len(e.errs) > 0 {
		text += ", the first with: " + e.errs[0].Error()
	}
	return text
}

// Unwrap returns the failures, in the order of the documents.
func (e *DocumentsError) Unwrap() []error { return e.errs }

// Check verifies that each signature is on its own document, by place and by
// content, and that all have one signer. It uses all cores. There is a
// DocumentCheck for each document; the error is nil only when all are good,
// and otherwise a [*DocumentsError].
func (r *K3500Result) Check(v *Verifier, documents []Document) ([]DocumentCheck, error) {
	signed := r.SignedData()
	switch {
	case v == nil:
		return nil, &ArgumentError{Field: "Verifier", Reason: "is nil"}
	case len(signed) == 0:
		return nil, errNotOfVerify
	case len(documents) != len(signed):
		return nil, &ArgumentError{Field: "Documents", Reason: "are not as many as the signatures"}
	}
	for _, d := range documents {
		if err := d.check(r.protocol); err != nil {
			return nil, err
		}
	}
	checks := make([]DocumentCheck, len(documents))
	onAllCores(len(documents), func(i int) {
		_, data := documents[i].wire(r.protocol)
		checks[i].Verified, checks[i].Err = v.Verify(signed[i], ExpectContent(data))
	})
	RequireOneSigner(checks)
	return checks, documentsError(checks)
}

// onAllCores calls work with 0 to n-1.
func onAllCores(n int, work func(int)) {
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				work(i)
			}
		})
	}
	group.Wait()
}

// RequireOneSigner fails every document whose signer is not that of the first
// good one, with [ErrSeveralSigners]. [K3500Result.Check] does it by itself; it
// is for those who check stored signatures one by one (see [SignedDataIn]).
func RequireOneSigner(checks []DocumentCheck) {
	var signer []byte
	for i := range checks {
		c := &checks[i]
		switch {
		case c.Err != nil:
		case signer == nil:
			signer = c.Verified.Certificate().Raw
		case !bytes.Equal(signer, c.Verified.Certificate().Raw):
			c.Verified, c.Err = nil, ErrSeveralSigners
		}
	}
}

func documentsError(checks []DocumentCheck) error {
	var errs []error
	for _, c := range checks {
		if c.Err != nil {
			errs = append(errs, c.Err)
		}
	}
	if len(errs) == 0 {
		return nil
	}
	return &DocumentsError{Failed: len(errs), Total: len(checks), errs: errs}
}
