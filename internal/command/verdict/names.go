package verdict

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"

	"github.com/kakaocert-go/kakaocert/internal/cms"
)

// mask replaces a name, however long it was.
const mask = "***"

// NameText writes an X.501 name. Without show it gives only the kinds of its parts
// and the country: any other part may be a person's name.
func NameText(der []byte, show bool) string {
	var name pkix.RDNSequence
	if rest, err := asn1.Unmarshal(der, &name); err != nil || len(rest) > 0 {
		return "(unreadable)"
	}
	if show {
		return name.String()
	}
	for _, set := range name {
		for i := range set {
			if !set[i].Type.Equal(countryName) {
				set[i].Value = mask
			}
		}
	}
	return name.String()
}

var countryName = asn1.ObjectIdentifier{2, 5, 4, 6}

// Signer is whose certificate a signature was verified with.
type Signer struct {
	Subject string `json:"subject"`
	Serial  string `json:"serial"` // the INTEGER's bytes, a leading 00 included
}

func signerOf(c *x509.Certificate, show bool) *Signer {
	return &Signer{Subject: NameText(c.RawSubject, show), Serial: SerialText(c)}
}

// SerialText is the serial number in hex.
func SerialText(c *x509.Certificate) string { return hex.EncodeToString(cms.SerialBytes(c)) }

// ObjectName is the usual name of an object identifier, or its numbers.
func ObjectName(dotted string) string {
	if name, known := objectNames[dotted]; known {
		return name
	}
	return dotted
}

// ObjectNamesOf is [ObjectName] for several.
func ObjectNamesOf(list []string) []string {
	names := []string{}
	for _, dotted := range list {
		names = append(names, ObjectName(dotted))
	}
	return names
}

// objectNames are those that signed messages have (RFC 5652, 5754, 6211, 3161,
// 5035), weak ones too.
var objectNames = map[string]string{
	"1.2.840.113549.1.7.1":       "data",
	"1.2.840.113549.1.7.2":       "signedData",
	"1.3.14.3.2.26":              "SHA-1",
	"1.2.840.113549.2.5":         "MD5",
	"2.16.840.1.101.3.4.2.1":     "SHA-256",
	"2.16.840.1.101.3.4.2.2":     "SHA-384",
	"2.16.840.1.101.3.4.2.3":     "SHA-512",
	"1.2.840.113549.1.1.1":       "RSA",
	"1.2.840.113549.1.1.5":       "RSA with SHA-1",
	"1.2.840.113549.1.1.10":      "RSA-PSS",
	"1.2.840.113549.1.1.11":      "RSA with SHA-256",
	"1.2.840.113549.1.1.12":      "RSA with SHA-384",
	"1.2.840.113549.1.1.13":      "RSA with SHA-512",
	"1.2.840.10045.4.3.2":        "ECDSA with SHA-256",
	"1.2.840.10045.4.3.3":        "ECDSA with SHA-384",
	"1.2.840.10045.4.3.4":        "ECDSA with SHA-512",
	"1.2.840.113549.1.9.3":       "contentType",
	"1.2.840.113549.1.9.4":       "messageDigest",
	"1.2.840.113549.1.9.5":       "signingTime",
	"1.2.840.113549.1.9.15":      "smimeCapabilities",
	"1.2.840.113549.1.9.52":      "cmsAlgorithmProtection",
	"1.2.840.113549.1.9.16.2.14": "timeStampToken",
	"1.2.840.113549.1.9.16.2.47": "signingCertificateV2",
}
