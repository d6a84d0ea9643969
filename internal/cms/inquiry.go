package cms

import (
	"bytes"
	"crypto/x509"
	"time"
)

// Inquiry is a verified chain whose revocation is to be judged.
type Inquiry struct {
	Message *Message
	Chain   []*x509.Certificate // the signer's certificate first, a root of the caller's last
	At      time.Time

	rules  *Rules
	budget *budget
}

// Spend takes one public-key operation out of what the message may cost. The
// error is TooManyOperations, or the context's.
func (i *Inquiry) Spend(key *x509.Certificate) error { return i.budget.spend(1, key) }

// Authorities returns the chains of certificates with this subject that may sign
// CRLs: an authority may have several keys, before and after a change of its
// key, or one for CRLs alone. Errors are as of Spend.
func (i *Inquiry) Authorities(subject []byte) (found [][]*x509.Certificate, err error) {
	for n := range i.Chain[1:] {
		if chain := i.Chain[n+1:]; bytes.Equal(chain[0].RawSubject, subject) {
			found = append(found, chain)
		}
	}
	t := &i.rules.Trust
	for _, c := range i.authorities(subject) {
		paths, err := t.chains(i.Message, c, i.budget, &Usages{AuthoritySigner: true}, 1)
		if err == nil {
			found = append(found, paths...)
		} else if defect, ok := err.(Defect); !ok || defect == TooManyOperations {
			return found, err
		}
	}
	return found, nil
}

// authorities returns the candidates. Nothing is computed with their keys.
func (i *Inquiry) authorities(subject []byte) (found []*x509.Certificate) {
	all := i.rules.Intermediates
	for _, c := range i.Message.Certificates {
		all = append(all[:len(all):len(all)], c.X509)
	}
	for _, c := range all {
		if c == nil || !bytes.Equal(c.RawSubject, subject) || contains(i.Chain, c) || contains(found, c) {
			continue
		}
		if c.KeyUsage&x509.KeyUsageCRLSign != 0 && keyDefect(c, i.rules.given(c)) == "" {
			found = append(found, c)
		}
	}
	return found
}

// SameName reports whether two names, in DER, are the same as RFC 5280 section
// 7.1 compares them.
func SameName(a, b []byte) bool {
	return bytes.Equal(a, b) || readName(a).equal(readName(b))
}
