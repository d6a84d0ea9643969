package revocation

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"testing"
)

// All bytes that are read of a certificate's distribution points lie in the
// extension, so that a name cannot be made of anything else.
func FuzzReadPoints(f *testing.F) {
	f.Add([]byte{0x30, 0})
	f.Add([]byte{0x30, 0x0b, 0x30, 0x09, 0xa0, 0x07, 0xa0, 0x05, 0x86, 0x03, 'u', 'r', 'i'})
	f.Add([]byte{0x30, 0x06, 0x30, 0x04, 0xa2, 0x02, 0x86, 0x00})
	f.Fuzz(func(t *testing.T, value []byte) {
		certificate := &x509.Certificate{Extensions: []pkix.Extension{{Id: oidCRLPoints, Value: value}}}
		for _, p := range readPoints(certificate) {
			for _, name := range append(p.names, p.issuers...) {
				if !bytes.Contains(value, name) {
					t.Fatal("a name that is not in the extension")
				}
			}
		}
	})
}
