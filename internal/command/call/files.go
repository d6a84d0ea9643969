package call

import (
	"crypto/x509"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/kakaocert-go/kakaocert/internal/cms"
	"github.com/kakaocert-go/kakaocert/internal/env"
	"github.com/kakaocert-go/kakaocert/internal/pemfile"
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

// readMessage stops reading when a message is seen to be too large.
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
	raw, err := io.ReadAll(io.LimitReader(r, maxText))
	return pemfile.WithoutPreamble(raw), err
}

// ReadFile reads a file that a flag names.
func ReadFile(flag, name string) ([]byte, error) {
	raw, err := os.ReadFile(name)
	if err != nil {
		return nil, Wrong("--%s: %w", flag, err)
	}
	return raw, nil
}

// ReadText reads a file of text that a flag names, without its byte order mark.
// A text that is signed is read by [ReadFile] instead: byte for byte.
func ReadText(flag, name string) ([]byte, error) {
	raw, err := ReadFile(flag, name)
	return pemfile.WithoutPreamble(raw), err
}

// ReadCI reads a CI, which a newline may follow.
func ReadCI(cmd *cli.Command) (string, error) {
	raw, err := ReadText("ci-file", cmd.String("ci-file"))
	return strings.TrimSpace(string(raw)), err
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
	return readTrust(cmd, getenv, "")
}

// ReadTSARoots reads those of time stamping authorities, which only flags name;
// nil where the call does not name roots.
func ReadTSARoots(cmd *cli.Command) (*Trust, error) {
	return readTrust(cmd, func(string) string { return "" }, "tsa-")
}

// readTrust reads what the flags name whose names begin with the prefix.
func readTrust(cmd *cli.Command, getenv func(string) string, prefix string) (*Trust, error) {
	intermediates, _, err := readCertificates(cmd, getenv, prefix+"intermediates", env.Intermediates)
	if err != nil {
		return nil, err
	}
	roots, raw, err := readCertificates(cmd, getenv, prefix+"roots", env.Roots)
	if err != nil || roots == nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	for _, certificate := range roots {
		pool.AddCert(certificate)
	}
	return &Trust{Pool: pool, PEM: raw, Intermediates: intermediates}, nil
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
	certificates, raw, err := pemfile.Read(name)
	if err != nil {
		return nil, nil, Wrong("%s: %w", source, err)
	}
	return certificates, raw, nil
}
