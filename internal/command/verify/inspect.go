package verify

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
	"github.com/kakaocert-go/kakaocert/internal/command/call"
	"github.com/kakaocert-go/kakaocert/internal/command/verdict"
)

// InspectCommand is the verb inspect.
func InspectCommand() *cli.Command {
	return &cli.Command{
		Name:      "inspect",
		Usage:     "show the content of a signed message, without checking it",
		UsageText: "kakaocert inspect [--show-subject] [--json] SIGNED...",
		Description: `SIGNED is DER, BER, PEM or Base64; - is standard input. Anybody can
write what a message says about itself: only kakaocert verify checks it. Names are masked, because
they are personal data.

Exit status: 0 all could be read, 1 at least one could not, 2 wrong call or no such file.

Example: kakaocert inspect signed.p7s`,
		Flags: []cli.Flag{call.ShowSubjectFlag(), call.JSONFlag("print JSON, one object on each line")},
		Action: func(_ context.Context, cmd *cli.Command) error {
			return call.EachMessage(cmd, func(name string, given []byte) (bool, error) {
				m := inspect(given, cmd.Bool("show-subject"))
				m.File = name
				if cmd.Bool("json") {
					return m.Read, call.PrintJSON(call.Stdout(cmd), m)
				}
				m.show(call.Stdout(cmd))
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
	raw, err := cms.Unwrap(given, cms.DefaultMaxSize)
	if err != nil {
		return unreadable(err)
	}
	d, err := cms.Describe(raw, cms.DefaultMaxSize)
	if err != nil {
		return unreadable(err)
	}
	m := message{
		Read: true, Size: len(raw), Encoding: "DER",
		ContentType: verdict.ObjectName(d.ContentType), Attached: d.Attached, ContentLength: d.ContentLength,
		Digests: verdict.ObjectNamesOf(d.Digests), Unreadable: d.Unreadable, CRLs: d.CRLs,
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
			Digest: verdict.ObjectName(s.Digest), Signature: verdict.ObjectName(s.Signature),
			SignedAttributes: verdict.ObjectNamesOf(s.Attributes), UnsignedAttributes: verdict.ObjectNamesOf(s.UnsignedAttributes),
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
		Subject: verdict.NameText(c.RawSubject, showSubject), Serial: verdict.SerialText(c), Issuer: verdict.NameText(c.RawIssuer, showSubject),
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

func (m message) show(c *call.Console) {
	if !m.Read {
		fmt.Fprintf(c, "%s: %s: %s\n", call.Printable(m.File), c.Paint(call.Red, c.T("cannot be read")), m.Defect)
		return
	}
	fmt.Fprintf(c, "%s: %s\n", call.Printable(m.File), c.Paint(call.Yellow, c.T("nothing was verified")))
	call.Field(c, "message", "%s, %d bytes", m.Encoding, m.Size)
	if m.Attached {
		call.Field(c, "content", "%d bytes of %s", m.ContentLength, m.ContentType)
	} else {
		call.Field(c, "content", "not attached")
	}
	call.Field(c, "digests", "%s", strings.Join(m.Digests, ", "))
	for _, certificate := range m.Certificates {
		certificate.show(c)
	}
	if m.Unreadable > 0 {
		call.Field(c, "certificates", "%d more that cannot be read", m.Unreadable)
	}
	if m.CRLs > 0 {
		call.Field(c, "CRLs", "%d", m.CRLs)
	}
	for _, s := range m.Signers {
		s.show(c)
	}
}

func (certificate certificate) show(c *call.Console) {
	call.Field(c, "certificate", "%s", certificate.Subject)
	call.Field(c, "", "serial %s, issued by %s", certificate.Serial, certificate.Issuer)
	what := certificate.Key
	if certificate.Authority {
		what += ", an authority"
	}
	call.Field(c, "", "%s, %s to %s", what, certificate.NotBefore.Format(time.RFC3339), certificate.NotAfter.Format(time.RFC3339))
	call.Field(c, "", "SHA-256 %s", certificate.SHA256)
}

func (s signerClaim) show(c *call.Console) {
	who := "serial " + s.Serial
	if s.SubjectKeyID != "" {
		who = "key identifier " + s.SubjectKeyID
	}
	if !s.CertificateThere {
		who += ", whose certificate is not there"
	}
	call.Field(c, "signer", "%s", who)
	call.Field(c, "", "%s, %s", s.Digest, s.Signature)
	if len(s.SignedAttributes) > 0 {
		call.Field(c, "", "signed: %s", strings.Join(s.SignedAttributes, ", "))
	}
	if len(s.UnsignedAttributes) > 0 {
		call.Field(c, "", "unsigned: %s", strings.Join(s.UnsignedAttributes, ", "))
	}
	if !s.SigningTime.IsZero() {
		call.Field(c, "", "claims to have signed at %s", s.SigningTime.Format(time.RFC3339))
	}
}
