package cms

import "encoding/asn1"

// Object identifiers as the contents of their DER encoding.
const (
	oidData       = "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01" // 1.2.840.113549.1.7.1, RFC 5652 section 4
	oidSignedData = "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02" // 1.2.840.113549.1.7.2, section 5.1

	oidContentType          = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03"         // 1.2.840.113549.1.9.3, section 11.1
	oidMessageDigest        = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04"         // 1.2.840.113549.1.9.4, section 11.2
	oidSigningTime          = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x05"         // 1.2.840.113549.1.9.5, section 11.3
	oidSigningCertificate   = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x0c" // 1.2.840.113549.1.9.16.2.12, RFC 2634 section 5.4
	oidSigningCertificateV2 = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x2f" // 1.2.840.113549.1.9.16.2.47, RFC 5035 section 3
	oidEmailAddress         = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01"         // 1.2.840.113549.1.9.1, RFC 5280 section 4.1.2.6
	oidAlgorithmProtection  = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x34"         // 1.2.840.113549.1.9.52, RFC 6211

	oidSMTPUTF8Mailbox = "\x2b\x06\x01\x05\x05\x07\x08\x09" // 1.3.6.1.5.5.7.8.9, RFC 9598

	oidSHA1   = "\x2b\x0e\x03\x02\x1a"                 // 1.3.14.3.2.26, names a certificate in RFC 2634
	oidSHA256 = "\x60\x86\x48\x01\x65\x03\x04\x02\x01" // 2.16.840.1.101.3.4.2.1, RFC 5754 section 2
	oidSHA384 = "\x60\x86\x48\x01\x65\x03\x04\x02\x02" // 2.16.840.1.101.3.4.2.2
	oidSHA512 = "\x60\x86\x48\x01\x65\x03\x04\x02\x03" // 2.16.840.1.101.3.4.2.3

	oidRSA           = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01" // 1.2.840.113549.1.1.1, RFC 3370 section 3.2
	oidSHA256WithRSA = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b" // 1.2.840.113549.1.1.11, RFC 5754 section 3.2
	oidSHA384WithRSA = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c"
	oidSHA512WithRSA = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d"
	oidPSS           = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a" // 1.2.840.113549.1.1.10, RFC 4056 section 2.1
	oidMGF1          = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08" // 1.2.840.113549.1.1.8

	oidECDSAWithSHA256 = "\x2a\x86\x48\xce\x3d\x04\x03\x02" // 1.2.840.10045.4.3.2, RFC 5754 section 3.3
	oidECDSAWithSHA384 = "\x2a\x86\x48\xce\x3d\x04\x03\x03"
	oidECDSAWithSHA512 = "\x2a\x86\x48\xce\x3d\x04\x03\x04"
)

// Extensions of certificates (RFC 5280 section 4.2.1).
var (
	oidKeyUsage         = asn1.ObjectIdentifier{2, 5, 29, 15}
	oidSubjectAltName   = asn1.ObjectIdentifier{2, 5, 29, 17}
	oidNameConstraints  = asn1.ObjectIdentifier{2, 5, 29, 30}
	oidExtendedKeyUsage = asn1.ObjectIdentifier{2, 5, 29, 37}
)
