package call

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/kakaocert-go/kakaocert/internal/cms"
	"github.com/kakaocert-go/kakaocert/internal/env"
)

// standardInput is the name under which standard input is given.
const standardInput = "-"

// maxText is the longest text form of a message, and one byte more.
const maxText = 2*cms.DefaultMaxSize + 1024 + 1

// EachMessage gives every file of the call to answer, which prints what it
// finds and reports whether that is yes. A file that cannot be read makes the
// call a wrong one; the others still get their answers.
func EachMessage(cmd *cli.Command, answer func(name string, given []byte) (bool, error)) error {
	names := cmd.Args().Slice()
	if len(names) == 0 {
		return Wrong("which file? %s -h says how; - is standard input", cmd.FullName())
	}
	if first := slices.Index(names, standardInput); first >= 0 && slices.Contains(names[first+1:], standardInput) {
		return Wrong("standard input is given twice")
	}
	var result error
	for _, name := range names {
		given, err := readMessage(cmd, name)
		if err != nil {
			SayError(Stderr(cmd), err)
			result = ErrWrong
			continue
		}
		yes, err := answer(name, given)
		if err != nil {
			return err
		}
		if !yes && result == nil {
			result = ErrNo
		}
	}
	return result
}

// readMessage reads no more than tells that a message is too large.
func readMessage(cmd *cli.Command, name string) ([]byte, error) {
	input, err := OpenInput(cmd, name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = input.Close() }()
	return readCapped(input)
}

// OpenInput opens a file that the call names, or standard input. Close it when
// done.
func OpenInput(cmd *cli.Command, name string) (io.ReadCloser, error) {
	if name == standardInput {
		return io.NopCloser(cmd.Root().Reader), nil
	}
	return os.Open(name)
}

func readCapped(r io.Reader) ([]byte, error) {
	octets, err := io.ReadAll(io.LimitReader(r, maxText))
	return withoutPreamble(octets), err
}

// byteOrderMark is what some editors put before a text.
var byteOrderMark = []byte("\ufeff")

// withoutPreamble passes over a byte order mark and, before PEM, over the words
// that tools such as openssl print there. DER and BER, which begin with 0x30,
// stay as they are.
func withoutPreamble(octets []byte) []byte {
	if len(octets) > 0 && octets[0] == 0x30 {
		return octets
	}
	octets = bytes.TrimPrefix(octets, byteOrderMark)
	if i := bytes.Index(octets, []byte("-----BEGIN ")); i > 0 && octets[i-1] == '\n' {
		return octets[i:]
	}
	return octets
}

// ReadFile reads a file that a flag names.
func ReadFile(flag, name string) ([]byte, error) {
	octets, err := os.ReadFile(name)
	if err != nil {
		return nil, Wrong("--%s: %w", flag, err)
	}
	return octets, nil
}

// ReadText reads a file of text that a flag names, without its byte order mark.
// What is to be signed, or was, is read by [ReadFile]: byte for byte.
func ReadText(flag, name string) ([]byte, error) {
	octets, err := ReadFile(flag, name)
	return withoutPreamble(octets), err
}

// ReadCI reads a CI, which a newline may follow.
func ReadCI(cmd *cli.Command) (string, error) {
	octets, err := ReadText("ci-file", cmd.String("ci-file"))
	return strings.TrimSpace(string(octets)), err
}

// Trust is the roots that a call trusts, with issuing authorities that are not
// trusted by themselves.
type Trust struct {
	Pool          *x509.CertPool
	PEM           []byte // of the roots
	Intermediates []*x509.Certificate
}

// ReadRoots reads the roots and the intermediates that the call, or else the
// environment, names; nil where neither names roots.
func ReadRoots(cmd *cli.Command, getenv func(string) string) (*Trust, error) {
	intermediates, _, err := readCertificates(cmd, getenv, "intermediates", env.Intermediates)
	if err != nil {
		return nil, err
	}
	roots, octets, err := readCertificates(cmd, getenv, "roots", env.Roots)
	if err != nil || roots == nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	for _, certificate := range roots {
		pool.AddCert(certificate)
	}
	return &Trust{Pool: pool, PEM: octets, Intermediates: intermediates}, nil
}

// readCertificates reads the file that a flag, or else a variable, names; nil
// where neither does.
func readCertificates(cmd *cli.Command, getenv func(string) string, flag, variable string) ([]*x509.Certificate, []byte, error) {
	source, name := "--"+flag, cmd.String(flag)
	if name == "" {
		source, name = variable, getenv(variable)
	}
	if name == "" {
		return nil, nil, nil
	}
	certificates, octets, err := ReadCertificates(name)
	if err != nil {
		return nil, nil, Wrong("%s: %w", source, err)
	}
	return certificates, octets, nil
}

// ReadCertificates reads a file of certificates in PEM, and returns its bytes
// too. Every one must be readable.
func ReadCertificates(name string) ([]*x509.Certificate, []byte, error) {
	octets, err := os.ReadFile(name)
	if err != nil {
		return nil, nil, err
	}
	octets = withoutPreamble(octets)
	certificates, err := ParseCertificates(octets)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	return certificates, octets, nil
}

// ParseCertificates reads a file of certificates in PEM, every one of them.
func ParseCertificates(octets []byte) ([]*x509.Certificate, error) {
	var certificates []*x509.Certificate
	for block, rest := pem.Decode(octets); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("contains a PEM block that is not a certificate")
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("contains a certificate that cannot be read")
		}
		certificates = append(certificates, certificate)
	}
	if len(certificates) == 0 {
		return nil, fmt.Errorf("contains no certificate in PEM")
	}
	return certificates, nil
}
