package transport

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
)

// WireError is why an exchange failed, in our words. The errors of net/http and
// crypto may quote the other side: a header, a length, a proxy's words, the names
// in a certificate, and with them whatever it echoes of the request. So the
// text is chosen from a list, and the cause can be matched but not printed.
type WireError struct {
	text  string
	cause error
}

func (e *WireError) Error() string { return e.text }

// Is reports whether the cause matches.
func (e *WireError) Is(target error) bool { return errors.Is(e.cause, target) }

// As finds the first error in the cause that matches target.
func (e *WireError) As(target any) bool { return errors.As(e.cause, target) }

// Timeout reports whether the cause was a timeout.
func (e *WireError) Timeout() bool { return isTimeout(e.cause) }

func isTimeout(err error) bool {
	timeout, ok := errors.AsType[interface {
		error
		Timeout() bool
	}](err)
	return ok && timeout.Timeout()
}

// InOurWords returns an error whose text contains nothing of the other side's.
func InOurWords(err error) error {
	switch {
	case err == nil, err == ErrTimeout, err == ErrTooLong, err == context.Canceled, err == context.DeadlineExceeded:
		return err
	case err == io.EOF, err == io.ErrUnexpectedEOF:
		return err
	}
	return &WireError{text: describe(err), cause: err}
}

func describe(err error) string {
	if IsTrustFailure(err) {
		return "the server's certificate was refused: " + refusedFor(err)
	}
	where := "the exchange"
	if op, ok := errors.AsType[*net.OpError](err); ok && knownOps[op.Op] != "" {
		where = knownOps[op.Op]
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return where + " failed: the host's name was not resolved"
	}
	if number, ok := errors.AsType[syscall.Errno](err); ok {
		return where + " failed: " + number.Error()
	}
	switch {
	case isTimeout(err), errors.Is(err, os.ErrDeadlineExceeded):
		return where + " took too long"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return where + " ended before the answer did"
	case errors.Is(err, net.ErrClosed):
		return where + " failed: the connection was closed"
	}
	return where + " failed"
}

// knownOps are the operations of [net.OpError].
var knownOps = map[string]string{
	"dial": "connecting", "proxyconnect": "connecting through the proxy", "read": "reading", "write": "writing",
	"remote error": "the TLS handshake", "local error": "the TLS handshake",
}

func refusedFor(err error) string {
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "its authority is unknown"
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return "it is for another host"
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok && invalid.Reason == x509.Expired {
		return "it has expired or is not valid yet"
	}
	return "it is not valid"
}
