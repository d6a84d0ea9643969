package main

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
)

func vidCommand() *cli.Command {
	return &cli.Command{
		Name:      "vid",
		Usage:     "compute the VID of a person and a certificate, in hex",
		UsageText: "kakaocert vid --ci-file FILE (--cert FILE | --serial HEX) [--json]",
		Description: `The VID is the SHA-256 of the CI's 64 octets and the octets of the certificate's serial
number. The CI is personal data: it is read from a file, never from the command line.

Example: kakaocert vid --ci-file ci.txt --serial f1e2d3c4b5a69788`,
		Flags: []cli.Flag{
			textFlag("ci-file", "the person's CI, 88 characters of Base64, is in this `FILE`"),
			jsonFlag("print one JSON object"),
		},
		MutuallyExclusiveFlags: []cli.MutuallyExclusiveFlags{{Required: true, Flags: [][]cli.Flag{
			{textFlag("cert", "the certificate is in this `FILE`, PEM or DER")},
			{textFlag("serial", "its serial number in `HEX`, read as a positive number: a missing 00 is added")},
		}}},
		Action: printVID,
	}
}

func printVID(_ context.Context, cmd *cli.Command) error {
	if err := noArguments(cmd); err != nil {
		return err
	}
	if !cmd.IsSet("ci-file") {
		return wrong("--ci-file is not given")
	}
	ci, err := readCI(cmd)
	if err != nil {
		return err
	}
	serial, err := readSerial(cmd)
	if err != nil {
		return err
	}
	vid, err := kakaocert.ComputeVID(ci, serial)
	if err != nil {
		return wrong("%w", err)
	}
	if cmd.Bool("json") {
		return printJSON(stdout(cmd), struct {
			VID    string `json:"vid"`
			Serial string `json:"serial"`
		}{vid.Hex(), hex.EncodeToString(serial)})
	}
	fmt.Fprintln(stdout(cmd), vid.Hex())
	return nil
}

// readSerial returns the octets of the serial number's INTEGER.
func readSerial(cmd *cli.Command) ([]byte, error) {
	if cmd.IsSet("serial") {
		return parseSerial(cmd.String("serial"))
	}
	name := cmd.String("cert")
	octets, err := readFile("cert", name)
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(octets)
	if err == nil {
		return cms.SerialOctets(certificate), nil
	}
	certificates, err := parseCertificates(octets)
	if err != nil {
		return nil, wrong("--cert: %s: %w, nor is it DER", name, err)
	}
	if len(certificates) > 1 {
		return nil, wrong("--cert: %s: has more than one certificate", name)
	}
	return cms.SerialOctets(certificates[0]), nil
}

// parseSerial reads a positive number and writes it as DER does, with a 00 in
// front where the top bit is set (X.690 section 8.3).
func parseSerial(text string) ([]byte, error) {
	digits := strings.ReplaceAll(text, ":", "") // as openssl prints long ones
	if strings.Trim(digits, "0123456789abcdefABCDEF") != "" {
		return nil, wrong("--serial is not hexadecimal")
	}
	number, ok := new(big.Int).SetString(digits, 16)
	if !ok || number.Sign() == 0 {
		return nil, wrong("--serial is not a positive number")
	}
	octets := number.Bytes()
	if octets[0] >= 0x80 {
		octets = append([]byte{0}, octets...)
	}
	return octets, nil
}
