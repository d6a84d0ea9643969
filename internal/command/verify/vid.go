package verify

import (
	"context"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/cms"
	"github.com/kakaocert-go/kakaocert/internal/command/call"
	"github.com/kakaocert-go/kakaocert/internal/pemfile"
)

// VIDCommand is the verb vid.
func VIDCommand() *cli.Command {
	return &cli.Command{
		Name:      "vid",
		Usage:     "compute the VID of a person and a certificate, in hex",
		UsageText: "kakaocert vid --ci-file FILE (--cert FILE | --serial HEX) [--json]",
		Description: `The VID is the SHA-256 of the CI's 64 bytes followed by the bytes of the certificate's serial
number. The CI is personal data, so it is read from a file and never from the command line.

Example: kakaocert vid --ci-file ci.txt --serial f1e2d3c4b5a69788`,
		Flags: []cli.Flag{
			call.TextFlag("ci-file", "the person's CI, 88 characters of Base64, is in this `FILE`"),
			call.JSONFlag("print one JSON object"),
		},
		MutuallyExclusiveFlags: []cli.MutuallyExclusiveFlags{{Required: true, Flags: [][]cli.Flag{
			{call.TextFlag("cert", "the certificate is in this `FILE`, PEM or DER")},
			{call.TextFlag("serial", "serial number of the certificate in `HEX`, a positive number: a missing leading 00 is added")},
		}}},
		Action: printVID,
	}
}

func printVID(_ context.Context, cmd *cli.Command) error {
	if err := call.NoArguments(cmd); err != nil {
		return err
	}
	if !cmd.IsSet("ci-file") {
		return call.Wrong("--ci-file is not given")
	}
	ci, err := call.ReadCI(cmd)
	if err != nil {
		return err
	}
	serial, err := readSerial(cmd)
	if err != nil {
		return err
	}
	vid, err := kakaocert.ComputeVID(ci, serial)
	if err != nil {
		return call.Wrong("%w", err)
	}
	if cmd.Bool("json") {
		return call.PrintJSON(call.Stdout(cmd), struct {
			VID    string `json:"vid"`
			Serial string `json:"serial"`
		}{vid.Hex(), hex.EncodeToString(serial)})
	}
	fmt.Fprintln(call.Stdout(cmd), vid.Hex())
	return nil
}

// readSerial returns the bytes of the serial number's INTEGER.
func readSerial(cmd *cli.Command) ([]byte, error) {
	if cmd.IsSet("serial") {
		return parseSerial(cmd.String("serial"))
	}
	name := cmd.String("cert")
	raw, err := call.ReadText("cert", name)
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(raw)
	if err == nil {
		return cms.SerialBytes(certificate), nil
	}
	certificates, err := pemfile.Parse(raw)
	if err != nil {
		return nil, call.Wrong("--cert: %s: %w, nor is it DER", name, err)
	}
	if len(certificates) > 1 {
		return nil, call.Wrong("--cert: %s: has more than one certificate", name)
	}
	return cms.SerialBytes(certificates[0]), nil
}

// parseSerial reads a positive number and writes it as DER does, with a 00 in
// front where the top bit is set (X.690 section 8.3).
func parseSerial(text string) ([]byte, error) {
	digits := strings.ReplaceAll(text, ":", "") // as openssl prints long ones
	if strings.Trim(digits, "0123456789abcdefABCDEF") != "" {
		return nil, call.Wrong("--serial is not hexadecimal")
	}
	number, ok := new(big.Int).SetString(digits, 16)
	if !ok || number.Sign() == 0 {
		return nil, call.Wrong("--serial is not a positive number")
	}
	raw := number.Bytes()
	if raw[0] >= 0x80 {
		raw = append([]byte{0}, raw...)
	}
	return raw, nil
}
