package fetcher

import (
	"context"
	"errors"
	"net"
)

// Error is why one answer could not be had.
type Error struct {
	Kind    string // "CRL", "OCSP answer" or "time stamp"
	Address string // as the certificate or the caller says it; it is not in the text
	Reason  error  // one of this package's
	cause   error
}

func (e *Error) Error() string {
	return e.Kind + " could not be fetched: " + e.Reason.Error()
}

// Unwrap returns the reason and what net/http reported, whose text may contain
// the other side's words.
func (e *Error) Unwrap() []error {
	if e.cause == nil {
		return []error{e.Reason}
	}
	return []error{e.Reason, e.cause}
}

// The reasons.
var (
	errNoAddress  = errors.New("the certificate names no address")
	errLDAP       = errors.New("the address is ldap; only http and https are fetched (give the list itself, or a mirror)")
	errScheme     = errors.New("the address must be http or https")
	errAddress    = errors.New("the address must be a URL with a host and without a user")
	errPort       = errors.New("the port of the address is not among those allowed")
	errNotPublic  = errors.New("the address must be on the public Internet")
	errRedirects  = errors.New("there must be at most 3 redirects")
	errStatus     = errors.New("the HTTP status must be 200")
	errTooLarge   = errors.New("the answer is larger than allowed")
	errTimeout    = errors.New("no answer came in time")
	errConnection = errors.New("the connection failed")
	errContent    = errors.New("the answer is not what was asked for")
)

// reasonOf finds our own reason in what net/http reports.
func reasonOf(err error) error {
	for _, own := range []error{errLDAP, errScheme, errAddress, errPort, errNotPublic, errRedirects, errStatus, errTooLarge, errContent} {
		if errors.Is(err, own) {
			return own
		}
	}
	var network net.Error
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &network) && network.Timeout() {
		return errTimeout
	}
	return errConnection
}
