package doctor

import (
	"crypto/x509"
	"errors"
	"time"
)

// soon is how long before its end a root causes a finding: it takes time to
// obtain another one and to verify its fingerprint out of band.
const soon = 90 * 24 * time.Hour

// examineCertificates checks whether signatures can be checked. It names
// certificates by their position alone: a certificate that was given by mistake
// may be a person's.
func (d *examination) examineCertificates() {
	roots, intermediates := x509.NewCertPool(), x509.NewCertPool()
	for _, root := range d.options.Roots {
		roots.AddCert(root)
	}
	for _, intermediate := range d.options.Intermediates {
		intermediates.AddCert(intermediate)
	}
	d.examineEach("roots", d.options.Roots, nil)
	d.examineEach("intermediates", d.options.Intermediates, func(c *x509.Certificate) bool {
		_, err := c.Verify(x509.VerifyOptions{
			Roots: roots, Intermediates: intermediates, CurrentTime: c.NotAfter, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
		})
		_, unknown := errors.AsType[x509.UnknownAuthorityError](err)
		return !unknown
	})
}

// examineEach looks at the certificates of one kind; leads reports whether a
// certificate leads to a root, where that is required.
func (d *examination) examineEach(check string, certificates []*x509.Certificate, leads func(*x509.Certificate) bool) {
	if len(certificates) == 0 {
		d.say(check, check+".unset")
		return
	}
	now, first := time.Now(), certificates[0].NotAfter
	for i, c := range certificates {
		switch place := i + 1; {
		case !c.IsCA || !c.BasicConstraintsValid:
			d.say(check, "certificate.not_authority", place)
			return
		case now.After(c.NotAfter):
			d.say(check, "certificate.expired", place, c.NotAfter.Format(time.DateOnly))
			return
		case now.Before(c.NotBefore):
			d.say(check, "certificate.early", place, c.NotBefore.Format(time.DateOnly))
			return
		case leads != nil && !leads(c):
			d.say(check, "certificate.orphan", place)
			return
		}
		if c.NotAfter.Before(first) {
			first = c.NotAfter
		}
	}
	if first.Sub(now) < soon {
		d.say(check, "certificate.ending", first.Format(time.DateOnly))
		return
	}
	d.say(check, "certificate.valid", len(certificates), first.Format(time.DateOnly))
}
