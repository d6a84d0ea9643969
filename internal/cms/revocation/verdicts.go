package revocation

import (
	"bytes"
	"crypto/x509"
	"sync"
)

// verdicts remembers whose signature on something was found right or wrong:
// its bytes never change, and neither does the answer. Those asked about chain
// to a trusted root, so they are few. It is safe for concurrent use.
type verdicts struct {
	mu   sync.Mutex
	list []verdict // the oldest first
}

type verdict struct {
	certificate []byte
	right       bool
}

const maxVerdicts = 16

// of returns what is known of the certificate, and finds it out first where
// nothing is.
func (v *verdicts) of(c *x509.Certificate, find func() bool) bool {
	if right, known := v.known(c); known {
		return right
	}
	right := find()
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.list) == maxVerdicts {
		v.list = v.list[1:]
	}
	v.list = append(v.list, verdict{bytes.Clone(c.Raw), right})
	return right
}

func (v *verdicts) known(c *x509.Certificate) (right, known bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, one := range v.list {
		if bytes.Equal(one.certificate, c.Raw) {
			return one.right, true
		}
	}
	return false, false
}
