package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/kakaocert-go/kakaocert/internal/cms"
)

func inspectCommand() *cli.Command {
	return &cli.Command{
		Name:      "inspect",
		Usage:     "show what is in a signed message, verifying nothing",
		UsageText: "kakaocert inspect [--show-subject] [--json] SIGNED...",
		Description: `SIGNED is DER, BER, PEM or Base64; - is standard input. What a message says of itself is
anybody's writing until kakaocert verify has checked it. Names are masked: they are personal
data.

Exit status: 0 all could be read, 1 one could not, 2 wrong call or no such file.

Example: kakaocert inspect signed.p7s`,
		Flags: []cli.Flag{showSubjectFlag(), jsonFlag("print one JSON object a line")},
		Action: func(_ context.Context, cmd *cli.Command) error {
			return eachMessage(cmd, func(name string, given []byte) (bool, error) {
				m := inspect(given, cmd.Bool("show-subject"))
				m.File = name
				if cmd.Bool("json") {
					return m.Read, printJSON(stdout(cmd), m)
				}
				m.show(stdout(cmd))
				return m.Read, nil
			})
		},
	}
}

// message is what a message says of itself.
type message struct {
	File          string        `json:"file"`
	Verified      bool          `json:"verified"` // never: nothing was checked
	Read          bool          `json:"read"`
	Defect        string        `json:"defect,omitempty"` // why it could not be read
	Size          int           `json:"size"`             // as DER or BER
	Encoding      string        `json:"encoding,omitempty"`
	ContentType   string        `json:"content_type,omitempty"`
	Attached      bool          `json:"attached"`
	ContentLength int           `json:"content_length"`
	Digests       []string      `json:"digests"`
	Certificates  []certificate `json:"certificates"`
	Unreadable    int           `json:"unreadable_certificates"`
	CRLs          int           `json:"crls"`
	Signers       []signerClaim `json:"signers"`
}

// certificate is a certificate that lies in a message.
type certificate struct {
	Subject   string    `json:"subject"`
	Serial    string    `json:"serial"`
	Issuer    string    `json:"issuer"`
	NotBefore time.Time `json:"not_before"`
	NotAfter  time.Time `json:"not_after"`
	Key       string    `json:"key"`
	Authority bool      `json:"authority"`
	SHA256    string    `json:"sha256"` // of its DER
}

// signerClaim is what a message says of a signer.
type signerClaim struct {
	Serial             string    `json:"serial,omitempty"` // with the issuer's name
	SubjectKeyID       string    `json:"subject_key_id,omitempty"`
	CertificateThere   bool      `json:"certificate_there"`
	Digest             string    `json:"digest"`
	Signature          string    `json:"signature"`
	SignedAttributes   []string  `json:"signed_attributes"`
	UnsignedAttributes []string  `json:"unsigned_attributes"`
	SigningTime        time.Time `json:"signing_time,omitzero"`
}

func inspect(given []byte, showSubject bool) message {
	octets, err := cms.Unwrap(given, cms.DefaultMaxSize)
	if err != nil {
		return unreadable(err)
	}
	d, err := cms.Describe(octets, cms.DefaultMaxSize)
	if err != nil {
		return unreadable(err)
	}
	m := message{
		Read: true, Size: len(octets), Encoding: "DER",
		ContentType: objectName(d.ContentType), Attached: d.Attached, ContentLength: d.ContentLength,
		Digests: objectNamesOf(d.Digests), Unreadable: d.Unreadable, CRLs: d.CRLs,
		Certificates: []certificate{}, Signers: []signerClaim{},
	}
	if d.BER {
		m.Encoding = "BER"
	}
	for _, c := range d.Certificates {
		m.Certificates = append(m.Certificates, certificateOf(c, showSubject))
	}
	for _, s := range d.Signers {
		m.Signers = append(m.Signers, signerClaim{
			Serial: s.Serial, SubjectKeyID: s.SubjectKeyID, CertificateThere: s.Certificate != nil,
			Digest: objectName(s.Digest), Signature: objectName(s.Signature),
			SignedAttributes: objectNamesOf(s.Attributes), UnsignedAttributes: objectNamesOf(s.UnsignedAttributes),
			SigningTime: s.SigningTime,
		})
	}
	return m
}

func unreadable(err error) message {
	defect, _ := errors.AsType[cms.Defect](err)
	return message{Defect: string(defect), Digests: []string{}, Certificates: []certificate{}, Signers: []signerClaim{}}
}

func certificateOf(c *x509.Certificate, showSubject bool) certificate {
	return certificate{
		Subject: nameText(c.RawSubject, showSubject), Serial: serialText(c), Issuer: nameText(c.RawIssuer, showSubject),
		NotBefore: c.NotBefore, NotAfter: c.NotAfter, Key: keyText(c), Authority: c.IsCA,
		SHA256: fmt.Sprintf("%x", sha256.Sum256(c.Raw)),
	}
}

func keyText(c *x509.Certificate) string {
	switch key := c.PublicKey.(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d bits", key.N.BitLen())
	case *ecdsa.PublicKey:
		return "ECDSA " + key.Params().Name
	}
	return c.PublicKeyAlgorithm.String()
}

func (m message) show(c *console) {
	if !m.Read {
		fmt.Fprintf(c, "%s: %s: %s\n", printable(m.File), c.paint(red, "cannot be read"), m.Defect)
		return
	}
	fmt.Fprintf(c, "%s: %s\n", printable(m.File), c.paint(yellow, "nothing was verified"))
	field(c, "message", "%s, %d bytes", m.Encoding, m.Size)
	if m.Attached {
		field(c, "content", "%d bytes of %s", m.ContentLength, m.ContentType)
	} else {
		field(c, "content", "not attached")
	}
	field(c, "digests", "%s", strings.Join(m.Digests, ", "))
	for _, certificate := range m.Certificates {
		certificate.show(c)
	}
	if m.Unreadable > 0 {
		field(c, "certificates", "%d more that cannot be read", m.Unreadable)
	}
	if m.CRLs > 0 {
		field(c, "CRLs", "%d", m.CRLs)
	}
	for _, s := range m.Signers {
		s.show(c)
	}
}

func (certificate certificate) show(c *console) {
	field(c, "certificate", "%s", certificate.Subject)
	field(c, "", "serial %s, issued by %s", certificate.Serial, certificate.Issuer)
	what := certificate.Key
	if certificate.Authority {
		what += ", an authority"
	}
	field(c, "", "%s, %s to %s", what, certificate.NotBefore.Format(time.RFC3339), certificate.NotAfter.Format(time.RFC3339))
	field(c, "", "SHA-256 %s", certificate.SHA256)
}

func (s signerClaim) show(c *console) {
	who := "serial " + s.Serial
	if s.SubjectKeyID != "" {
		who = "key identifier " + s.SubjectKeyID
	}
	if !s.CertificateThere {
		who += ", whose certificate is not there"
	}
	field(c, "signer", "%s", who)
	field(c, "", "%s, %s", s.Digest, s.Signature)
	if len(s.SignedAttributes) > 0 {
		field(c, "", "signed: %s", strings.Join(s.SignedAttributes, ", "))
	}
	if len(s.UnsignedAttributes) > 0 {
		field(c, "", "unsigned: %s", strings.Join(s.UnsignedAttributes, ", "))
	}
	if !s.SigningTime.IsZero() {
		field(c, "", "claims to have signed at %s", s.SigningTime.Format(time.RFC3339))
	}
}
