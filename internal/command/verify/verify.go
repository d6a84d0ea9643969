// Package verify defines the verbs that look at signed messages: verify, inspect and
// vid.
package verify

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/cms"
	"github.com/kakaocert-go/kakaocert/internal/command/call"
	"github.com/kakaocert-go/kakaocert/internal/command/verdict"
)

// Command is the verb verify.
func Command(getenv func(string) string) *cli.Command {
	return &cli.Command{
		Name:      "verify",
		Usage:     "check signatures (CMS SignedData), as Kakao returns them",
		UsageText: "kakaocert verify --roots PEM [--content FILE | --detached FILE] [options] SIGNED...",
		Description: `SIGNED is DER, BER, PEM or Base64; - is standard input. Prints a result for each file;
with --json one object on each line: file, verified, reason (the check that failed), defect,
checks (those that passed), revocation, signer, content_length, content_checked. Without --content
or --detached the content is only compared with its own signature, because nothing says what was
to be signed. Revocation is checked with --crl, --ocsp or --fetch. Without --fetch nothing is sent.

Exit status: 0 all are verified, 1 at least one is not, 2 wrong call or no such file.

Examples:
  kakaocert verify --roots root.pem --content contract.txt signed.p7s
  kakaocert verify --roots root.pem --crl ca.crl --crl root.crl --time 2026-03-01T09:30:00+09:00 *.p7s
  kakaocert verify --roots root.pem --content contract.txt --ci-file ci.txt --vid 063f0e4e... signed.p7s`,
		Flags: []cli.Flag{
			call.RootsFlag(),
			call.IntermediatesFlag(),
			call.TextFlag("time", "check as of this `RFC3339` time (default: now)"),
			call.ListFlag("crl", "use the CRL in this `FILE`, DER or PEM; one for each authority"),
			call.ListFlag("ocsp", "use the OCSP answer in this `FILE`, DER"),
			call.FetchFlag(),
			call.RevocationFlag("hard with --crl, --ocsp or --fetch, else off"),
			call.TextFlag("ci-file", "the signer must be the person whose CI is in this `FILE`; with --vid"),
			call.TextFlag("vid", "the `VID` of that person's certificate, hex or Base64; with --ci-file"),
			call.ShowSubjectFlag(),
			call.JSONFlag("print JSON, one object on each line"),
		},
		MutuallyExclusiveFlags: []cli.MutuallyExclusiveFlags{{Flags: [][]cli.Flag{
			{call.TextFlag("content", "the attached content must equal this `FILE`, byte for byte")},
			{call.TextFlag("detached", "the content is not attached; it is in this `FILE`")},
		}}},
		Action: func(_ context.Context, cmd *cli.Command) error {
			c, err := newChecker(cmd, getenv)
			if err != nil {
				return err
			}
			return call.EachMessage(cmd, func(name string, given []byte) (bool, error) {
				answer := c.check(given)
				answer.File = name
				return answer.Verified, answer.print(cmd)
			})
		},
	}
}

// checker is what the call requires of every message.
type checker struct {
	verifier    *kakaocert.Verifier
	content     kakaocert.ContentRule
	compared    bool // the caller has said what the content is
	ci, vid     string
	showSubject bool
}

func newChecker(cmd *cli.Command, getenv func(string) string) (*checker, error) {
	c := &checker{showSubject: cmd.Bool("show-subject")}
	roots, err := call.ReadRoots(cmd, getenv)
	if err != nil {
		return nil, err
	}
	if roots == nil {
		return nil, call.Wrong("--roots is missing: say which authorities to trust")
	}
	options, err := verifierOptions(cmd, getenv, roots.Pool)
	if err != nil {
		return nil, err
	}
	options = append(options, kakaocert.WithIntermediates(roots.Intermediates...))
	if c.verifier, err = kakaocert.NewVerifier(roots.Pool, options...); err != nil {
		return nil, call.Wrong("%w", err)
	}
	if err := c.readContent(cmd); err != nil {
		return nil, err
	}
	return c, c.readVID(cmd)
}

func verifierOptions(cmd *cli.Command, getenv func(string) string, roots *x509.CertPool) ([]kakaocert.VerifierOption, error) {
	var options []kakaocert.VerifierOption
	if cmd.IsSet("time") {
		at, err := time.Parse(time.RFC3339, cmd.String("time"))
		if err != nil {
			return nil, call.Wrong("--time must be as in 2026-03-01T09:30:00+09:00")
		}
		options = append(options, kakaocert.WithTime(at))
	}
	mode, err := revocationMode(cmd)
	if err != nil {
		return nil, err
	}
	lists, err := readRevocation(cmd, roots)
	if err != nil {
		return nil, err
	}
	var fetcher kakaocert.RevocationFetcher
	if cmd.Bool("fetch") {
		if fetcher, err = call.NewFetcher(getenv); err != nil {
			return nil, err
		}
	}
	return append(options, call.RevocationOptions(mode, lists, fetcher)...), nil
}

// readRevocation reads the files that say what was revoked.
func readRevocation(cmd *cli.Command, roots *x509.CertPool) (all kakaocert.RevocationData, err error) {
	for _, kind := range []struct {
		flag string
		read func(flag, name string) ([]byte, error)
		of   func([]byte) kakaocert.RevocationData
		into *[][]byte
	}{
		{"crl", call.ReadText, func(raw []byte) kakaocert.RevocationData { return kakaocert.RevocationData{CRLs: [][]byte{raw}} }, &all.CRLs},
		{"ocsp", call.ReadFile, func(raw []byte) kakaocert.RevocationData { return kakaocert.RevocationData{OCSP: [][]byte{raw}} }, &all.OCSP},
	} {
		for _, name := range cmd.StringSlice(kind.flag) {
			raw, err := kind.read(kind.flag, name)
			if err != nil {
				return all, err
			}
			if _, err := kakaocert.NewVerifier(roots, kakaocert.WithRevocation(kakaocert.RevocationHard, kind.of(raw))); err != nil {
				return all, call.Wrong("--%s: %s: %w", kind.flag, name, err)
			}
			*kind.into = append(*kind.into, raw)
		}
	}
	return all, nil
}

func revocationMode(cmd *cli.Command) (kakaocert.RevocationMode, error) {
	otherwise := call.RevocationOff
	given := ""
	for _, flag := range []string{"crl", "ocsp", "fetch"} {
		if cmd.IsSet(flag) {
			given, otherwise = flag, kakaocert.RevocationHard
		}
	}
	mode, err := call.ReadRevocationMode(cmd, otherwise)
	if err == nil && mode == call.RevocationOff && given != "" {
		return 0, call.Wrong("--revocation off would not look at --%s", given)
	}
	return mode, err
}

func (c *checker) readContent(cmd *cli.Command) error {
	c.content = kakaocert.UnsafeAnyContent()
	for flag, rule := range map[string]func([]byte) kakaocert.ContentRule{
		"content": kakaocert.ExpectContent[[]byte], "detached": kakaocert.DetachedContent[[]byte],
	} {
		if !cmd.IsSet(flag) {
			continue
		}
		data, err := call.ReadFile(flag, cmd.String(flag))
		if err != nil {
			return err
		}
		c.content, c.compared = rule(data), true
	}
	return nil
}

func (c *checker) readVID(cmd *cli.Command) error {
	if cmd.IsSet("ci-file") != cmd.IsSet("vid") {
		return call.Wrong("--ci-file and --vid are given together or not at all")
	}
	if !cmd.IsSet("vid") {
		return nil
	}
	var err error
	if c.ci, err = call.ReadCI(cmd); err != nil {
		return err
	}
	c.vid = cmd.String("vid")
	if _, err := kakaocert.ExplainVID(c.ci, c.vid, []byte{1}); err != nil { // neither depends on a message
		return call.Wrong("%w", err)
	}
	return nil
}

// signed is the answer about one message.
type signed struct {
	File string `json:"file"`
	verdict.Verdict
	ContentLength  int  `json:"content_length"`
	ContentChecked bool `json:"content_checked"`
}

func (c *checker) check(given []byte) signed {
	verified, err := c.verify(given)
	answer := signed{Verdict: verdict.Of(verified, err, c.showSubject), ContentLength: len(verified.Content())}
	answer.ContentChecked = err == nil && c.compared
	if errors.Is(err, kakaocert.Defect(cms.ContentMissing)) && !c.compared {
		answer.Hint = "the content is not attached: --detached says what it is"
	}
	if err != nil || c.vid == "" {
		return answer
	}
	if answer.CheckVID(verified, c.ci, c.vid) != nil {
		answer.Hint, _ = kakaocert.ExplainVID(c.ci, c.vid, verified.SerialNumber())
	}
	return answer
}

// verify takes a message in any form.
func (c *checker) verify(given []byte) (*kakaocert.Verified, error) {
	data, err := cms.Unwrap(given, cms.DefaultMaxSize)
	if defect, ok := errors.AsType[cms.Defect](err); ok {
		return nil, &kakaocert.VerifyError{Check: cms.CheckParsed, Defect: kakaocert.Defect(defect)}
	}
	return c.verifier.Verify(data, c.content)
}

func (s signed) print(cmd *cli.Command) error {
	if cmd.Bool("json") {
		return call.PrintJSON(call.Stdout(cmd), s)
	}
	out := call.Stdout(cmd)
	fmt.Fprintf(out, "%s: %s\n", call.Printable(s.File), s.Word(out))
	s.Show(out)
	switch {
	case s.ContentChecked:
		call.Field(out, "content", "%d bytes, as was to be signed", s.ContentLength)
	case s.Verified:
		call.Field(out, "content", "%d bytes, checked against the signature only", s.ContentLength)
	}
	if s.Hint != "" {
		call.Field(out, "hint", "%s", s.Hint)
	}
	return nil
}
