package evidencedir

import (
	"crypto/tls"
	"encoding/base64"
	"net/http"
	"net/textproto"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/kakaocert-go/kakaocert/internal/command/call"
	"github.com/kakaocert-go/kakaocert/internal/env"
	"github.com/kakaocert-go/kakaocert/internal/pemfile"
	"github.com/kakaocert-go/kakaocert/internal/transport"
	"github.com/kakaocert-go/kakaocert/timestamp"
)

// authorityFlags say where a time stamping authority is, and what it wants to see
// before it answers. Secrets are in files: other users of a machine can see the
// arguments of a process.
func authorityFlags() []cli.Flag {
	return []cli.Flag{
		call.TextFlag("tsa-url", "have the checkpoint stamped by the time stamping authority (RFC 3161) at this `URL`"),
		call.TextFlag("tsa-user-file", "log in there with NAME:PASSWORD, the only line of this `FILE` (default: $KAKAOCERT_TSA_USER)"),
		call.TextFlag("tsa-header-file", "send the lines of this `FILE` there as headers, such as Authorization: Bearer TOKEN (default: $KAKAOCERT_TSA_HEADER)"),
		call.TextFlag("tsa-client-cert", "show the certificate in this `PEM` file there; it must contain the private key too"),
	}
}

// readAuthority returns the authority that the call names. Its errors name flags
// and variables, and never their values.
func readAuthority(cmd *cli.Command, getenv func(string) string) (timestamp.Authority, error) {
	config := timestamp.HTTPConfig{URL: cmd.String("tsa-url"), Header: make(http.Header)}
	lines, source, err := readSecret(cmd, getenv, "tsa-header-file", env.TSAHeader)
	if err != nil {
		return nil, err
	}
	if err := addHeaders(config.Header, lines, source); err != nil {
		return nil, err
	}
	user, source, err := readSecret(cmd, getenv, "tsa-user-file", env.TSAUser)
	if err != nil {
		return nil, err
	}
	if err := addUser(config.Header, user, source); err != nil {
		return nil, err
	}
	if path := cmd.String("tsa-client-cert"); path != "" {
		if config.Transport, err = certifiedTransport(path, config.URL); err != nil {
			return nil, err
		}
	}
	authority, err := timestamp.NewHTTPAuthority(config)
	if err != nil {
		return nil, call.Wrong("--tsa-url: %w", err)
	}
	return authority, nil
}

// readSecret reads the file that a flag names, or else the variable. Source says
// which of the two was read, for errors.
func readSecret(cmd *cli.Command, getenv func(string) string, flag, variable string) (text, source string, err error) {
	name := cmd.String(flag)
	if name == "" {
		return getenv(variable), variable, nil
	}
	raw, err := call.ReadText(flag, name)
	if err == nil && strings.TrimSpace(string(raw)) == "" {
		err = call.Wrong("%s: must not be empty", "--"+flag)
	}
	return string(raw), "--" + flag, err
}

// addHeaders adds lines of the form "Name: value". Empty lines are passed over.
func addHeaders(header http.Header, lines, source string) error {
	for line := range strings.Lines(lines) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		name, value, found := strings.Cut(line, ":")
		if !found || strings.ContainsAny(name, " \t") {
			return call.Wrong("%s: each line must be a header, such as Authorization: Bearer TOKEN", source)
		}
		header[textproto.CanonicalMIMEHeaderKey(name)] = append(header[textproto.CanonicalMIMEHeaderKey(name)], strings.TrimSpace(value))
	}
	return nil
}

// addUser adds a name and a password as RFC 7617 has them, in UTF-8.
func addUser(header http.Header, user, source string) error {
	user = strings.TrimSuffix(strings.TrimSuffix(user, "\n"), "\r")
	switch {
	case user == "":
		return nil
	case !strings.Contains(user, ":") || strings.ContainsFunc(user, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return call.Wrong("%s: must be one line, NAME:PASSWORD", source)
	case header.Get("Authorization") != "":
		return call.Wrong("%s: there is a header Authorization already", source)
	}
	header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(user)))
	return nil
}

// certifiedTransport shows a client's certificate.
func certifiedTransport(path, url string) (*http.Transport, error) {
	if !strings.HasPrefix(strings.ToLower(url), "https://") {
		return nil, call.Wrong("--tsa-client-cert: --tsa-url must be https")
	}
	raw, err := call.ReadFile("tsa-client-cert", path)
	if err != nil {
		return nil, err
	}
	raw = pemfile.WithoutPreamble(raw)
	pair, err := tls.X509KeyPair(raw, raw)
	if err != nil {
		return nil, call.Wrong("--tsa-client-cert: must contain a certificate and its private key, in PEM")
	}
	certified := transport.Default()
	certified.TLSClientConfig.Certificates = []tls.Certificate{pair}
	return certified, nil
}
