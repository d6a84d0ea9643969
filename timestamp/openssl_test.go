package timestamp_test

import (
	"context"
	"crypto"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/cms/cmstest"
	"github.com/kakaocert-go/kakaocert/internal/judge"
	"github.com/kakaocert-go/kakaocert/timestamp"
)

// opensslAuthority answers by `openssl ts -reply`.
type opensslAuthority struct {
	t        *testing.T
	dir      string
	request  []byte
	response []byte
}

// newOpensslAuthority writes the authority's files. The settings are lines of
// its configuration.
func newOpensslAuthority(t *testing.T, signer, ca *cmstest.Identity, settings ...string) *opensslAuthority {
	t.Helper()
	judge.Need(t, "openssl")
	a := &opensslAuthority{t: t, dir: t.TempDir()}
	key, err := x509.MarshalPKCS8PrivateKey(signer.Key)
	require.NoError(t, err)
	for name, text := range map[string][]byte{
		"tsa.pem":   signer.PEM(),
		"chain.pem": ca.PEM(),
		"key.pem":   pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}),
		"serial":    []byte("01\n"),
		"tsa.cnf": []byte(strings.Join(append([]string{
			"[tsa]", "default_tsa = one", "[one]", "serial = " + filepath.Join(a.dir, "serial"), "crypto_device = builtin",
			"signer_cert = " + filepath.Join(a.dir, "tsa.pem"), "signer_key = " + filepath.Join(a.dir, "key.pem"),
			"certs = " + filepath.Join(a.dir, "chain.pem"), "default_policy = 1.2.3.4.1", "other_policies = 1.2.3.4.5",
			"digests = sha256, sha384, sha512",
		}, settings...), "\n") + "\n"),
	} {
		require.NoError(t, os.WriteFile(filepath.Join(a.dir, name), text, 0o600))
	}
	return a
}

func (a *opensslAuthority) Stamp(ctx context.Context, request []byte) ([]byte, error) {
	a.request = request
	query, reply := filepath.Join(a.dir, "query"), filepath.Join(a.dir, "reply")
	if err := os.WriteFile(query, request, 0o600); err != nil {
		return nil, err
	}
	out, err := exec.CommandContext(ctx, "openssl", "ts", "-reply", "-config", filepath.Join(a.dir, "tsa.cnf"), "-queryfile", query, "-out", reply).CombinedOutput()
	if err != nil {
		a.t.Logf("openssl ts -reply: %s", out)
		return nil, err
	}
	a.response, err = os.ReadFile(reply)
	return a.response, err
}

// opensslAccepts asks openssl about a response to a request, as of a time.
func opensslAccepts(t *testing.T, request, response []byte, root *cmstest.Identity, at time.Time) bool {
	t.Helper()
	judge.Need(t, "openssl")
	dir := t.TempDir()
	for name, content := range map[string][]byte{"query": request, "reply": response, "root.pem": root.PEM()} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), content, 0o600))
	}
	out, err := exec.CommandContext(t.Context(), "openssl", "ts", "-verify", "-queryfile", filepath.Join(dir, "query"), "-in", filepath.Join(dir, "reply"),
		"-CAfile", filepath.Join(dir, "root.pem"), "-attime", strconv.FormatInt(at.Unix(), 10)).CombinedOutput()
	var exit *exec.ExitError
	require.True(t, err == nil || errors.As(err, &exit), "%v", err)
	if err == nil {
		require.Contains(t, string(out), "Verification: OK")
	}
	return err == nil
}

// Tokens that openssl makes are good here, and what they say is read.
func TestStamp_AgreesWithOpenSSLOnItsOwnTokens(t *testing.T) {
	t.Parallel()
	w := newWorld()
	rsa := cmstest.RSAKey(2048)
	for name, test := range map[string]struct {
		signer   *cmstest.Identity
		settings []string
		policy   string
		check    func(t *testing.T, token *timestamp.Token)
	}{
		"ECDSA P-256":    {w.tsa, []string{"signer_digest = sha256"}, "", nil},
		"ECDSA P-384":    {w.signer(cmstest.ECKey(elliptic.P384())), []string{"signer_digest = sha384"}, "", nil},
		"RSA":            {w.signer(rsa), []string{"signer_digest = sha256"}, "", nil},
		"RSA, SHA-384":   {w.signer(rsa), []string{"signer_digest = sha384"}, "", nil},
		"RSA, SHA-512":   {w.signer(rsa), []string{"signer_digest = sha512"}, "", nil},
		"ESSCertID":      {w.tsa, []string{"signer_digest = sha256", "ess_cert_id_alg = sha1"}, "", nil},
		"ESSCertIDv2":    {w.tsa, []string{"signer_digest = sha256", "ess_cert_id_alg = sha384"}, "", nil},
		"chain in there": {w.tsa, []string{"signer_digest = sha256", "ess_cert_id_chain = yes"}, "", nil},
		"its name":       {w.tsa, []string{"signer_digest = sha256", "tsa_name = yes"}, "", nil},
		"accuracy": {w.tsa, []string{"signer_digest = sha256", "accuracy = secs:1, millisecs:500, microsecs:100"}, "", func(t *testing.T, token *timestamp.Token) {
			assert.Equal(t, 1500100*time.Microsecond, token.Accuracy)
			assert.Equal(t, token.Accuracy, token.Latest().Sub(token.Time))
		}},
		"ordering": {w.tsa, []string{"signer_digest = sha256", "ordering = yes"}, "", func(t *testing.T, token *timestamp.Token) { assert.True(t, token.Ordering) }},
		"fraction": {w.tsa, []string{"signer_digest = sha256", "clock_precision_digits = 6"}, "", nil},
		"policy": {w.tsa, []string{"signer_digest = sha256"}, "1.2.3.4.5", func(t *testing.T, token *timestamp.Token) {
			assert.Equal(t, "1.2.3.4.5", token.Policy.String())
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newOpensslAuthority(t, test.signer, w.ca, test.settings...)
			var policy x509.OID
			if test.policy != "" {
				policy = oid(t, test.policy)
			}
			v := w.verifier(t)
			before := time.Now()
			token, err := stamper(t, a, v, policy).Stamp(t.Context(), message)
			require.NoError(t, err)
			assert.True(t, opensslAccepts(t, a.request, a.response, w.root, token.Time))
			assert.WithinDuration(t, before, token.Time, time.Hour)
			assert.Equal(t, []*x509.Certificate{test.signer.Certificate, w.ca.Certificate, w.root.Certificate}, token.Chain)
			assert.Equal(t, int64(2), token.Serial.Int64())
			if test.check != nil {
				test.check(t, token)
			}
			again, err := v.Check(token.Raw, message)
			require.NoError(t, err)
			assert.Equal(t, token, again)
			_, err = v.Check(token.Raw, append(slices.Clone(message), 'x'))
			assertDefect(t, err, timestamp.ImprintDiffers)
		})
	}
}

// A refusal of openssl is read.
func TestStamp_ReadsRefusalsOfOpenSSL(t *testing.T) {
	t.Parallel()
	w := newWorld()
	a := newOpensslAuthority(t, w.tsa, w.ca, "signer_digest = sha256")
	_, err := stamper(t, a, w.verifier(t), oid(t, "1.2.3.99")).Stamp(t.Context(), message)
	var refusal *timestamp.RefusedError
	require.ErrorAs(t, err, &refusal)
	assert.Equal(t, &timestamp.RefusedError{Status: 2, Failures: []timestamp.Failure{timestamp.UnacceptedPolicy}}, refusal)
	assert.Equal(t, "timestamp: the authority refuses with status 2, unacceptedPolicy", err.Error())
	assert.False(t, opensslAccepts(t, a.request, a.response, w.root, cmstest.Now))
}

// goodAnswers are tokens of our own builder that openssl does not make.
func goodAnswers(w *world) map[string]func(*answer) {
	return map[string]func(*answer){
		"plain": func(*answer) {},
		"not yet valid for a minute": func(a *answer) {
			a.certs[0] = w.signer(w.tsa.Key, func(c *x509.Certificate) { c.NotBefore = cmstest.Now.Add(time.Minute) })
		},
		"false":       func(a *answer) { a.info.Ordering = cmstest.TLV(0x01, []byte{0}) },
		"PSS":         func(a *answer) { a.certs[0] = w.signer(cmstest.RSAKey(2048)); a.settings.PSS = true },
		"by key ID":   func(a *answer) { a.settings.KeyID = true },
		"SHA-512":     func(a *answer) { a.settings.Hash = crypto.SHA512 },
		"below root":  func(a *answer) { a.certs = []*cmstest.Identity{w.root.Person(w.tsa.Key, named, cmstest.ForTimeStamps)} },
		"with root":   func(a *answer) { a.certs = append(a.certs, w.root) },
		"fraction":    func(a *answer) { a.info.Time = generalized("20260601120000.123456789Z") },
		"micros only": func(a *answer) { a.info.Accuracy = cmstest.TLV(0x30, cmstest.TLV(0x81, []byte{5})) },
		"long serial": func(a *answer) { a.info.Serial = cmstest.TLV(0x02, append([]byte{1}, make([]byte, 20)...)) },
		"ordering":    func(a *answer) { a.info.Ordering = cmstest.TLV(0x01, []byte{0xff}) },
		"extension":   func(a *answer) { a.info.Extensions = extension(false) },
		"both names of the certificate": func(a *answer) {
			a.token = func(_ *cmstest.Message, s *cmstest.Signer) {
				s.Attributes = append(s.Attributes, cmstest.NamesV1(w.tsa))
			}
		},
		"name in SAN": func(a *answer) {
			a.certs[0] = w.signer(w.tsa.Key, func(c *x509.Certificate) { c.DNSNames = []string{"other.example", "tsa.example"} })
			a.info.Name = cmstest.TLV(0xa0, cmstest.TLV(0x82, []byte("tsa.example")))
		},
		"granted with modifications": func(a *answer) {
			a.whole = func(token []byte) []byte { return cmstest.TLV(0x30, cmstest.TLV(0x30, cmstest.Integer(1)), token) }
		},
		"words": func(a *answer) {
			a.whole = func(token []byte) []byte {
				return cmstest.TLV(0x30, cmstest.TLV(0x30, cmstest.Integer(0), cmstest.TLV(0x30, cmstest.TLV(0x0c, []byte("done")))), token)
			}
		},
	}
}

func TestStamp_AgreesWithOpenSSLOnGoodTokens(t *testing.T) {
	t.Parallel()
	w := newWorld()
	for name, change := range goodAnswers(w) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := &authority{world: w, change: change}
			token, err := stamper(t, a, w.verifier(t), x509.OID{}).Stamp(t.Context(), message)
			require.NoError(t, err)
			assert.Equal(t, w.root.Certificate.Raw, token.Chain[len(token.Chain)-1].Raw)
			assert.Equal(t, beyondOpenSSL[name] == "", opensslAccepts(t, a.request, a.response, w.root, token.Time))
		})
	}
}

// stricterThanOpenSSL are answers that openssl ts accepts and that are refused
// here, by their defect or by their whole name.
var stricterThanOpenSSL = map[string]string{
	"bad-accuracy, 0 microseconds":          "thousandths are 1 to 999 (RFC 3161 section 2.4.2)",
	"bad-accuracy, 1000 ms":                 "likewise",
	"bad-accuracy, negative":                "an accuracy is a distance",
	"bad-info, no extension":                "Extensions are at least one (RFC 5280 section 4.1)",
	"bad-info, ordering":                    "TRUE is FF in DER (X.690, 11.1)",
	"bad-info, trailing":                    "bytes behind TSTInfo could say something else",
	"bad-response, in BER":                  "a response is DER (RFC 3161 section 3.4)",
	"bad-response, token in BER":            "likewise",
	"bad-response, trailing":                "bytes behind the response could be another",
	"bad-time":                              "one way of writing a time, in UTC (RFC 3161 section 2.4.2)",
	"content-type-differs":                  "the signed attribute is about the content (RFC 5652 section 11.1)",
	"digest-algorithm, SHA-1":               "two messages of one SHA-1 can be made",
	"extended-key-usage, not of its issuer": "an authority for mail issues no time stamping certificates (RFC 5280 section 4.2.1.12)",
	"extended-key-usage, twice":             "one usage and no other (RFC 3161 section 2.3)",
	"info-extension":                        "what is critical must be understood (RFC 3161 section 2.4.2)",
	"key-size":                              "RSA keys have 2048 bits or more",
	"not-der":                               "a token is DER (RFC 3161 section 3.4)",
	"too-large":                             "a stranger decides how large it is",
}

// beyondOpenSSL are good tokens that openssl ts refuses, and why.
var beyondOpenSSL = map[string]string{
	"PSS":                        "its PKCS #7 code knows no parameters of signatures",
	"not yet valid for a minute": "it allows no difference of clocks",
	"by key ID":                  "its PKCS #7 code knows issuer and serial number alone",
}

func TestStamp_RefusesWhatOpenSSLRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld()
	for name, change := range badAnswers(w) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := &authority{world: w, change: change}
			_, err := stamper(t, a, w.verifier(t), oid(t, "1.2.3.4.1")).Stamp(t.Context(), message)
			require.Error(t, err)
			defect, _, _ := strings.Cut(name, ", ")
			at := cmstest.Now
			if defect == "certificate-expired" || defect == "certificate-not-yet-valid" {
				at = outOfDate(defect)
			}
			reason := stricterThanOpenSSL[name]
			if reason == "" {
				reason = stricterThanOpenSSL[defect]
			}
			assert.Equal(t, reason != "", opensslAccepts(t, a.request, a.response, w.root, at), "openssl accepts it: %v, a reason for refusing it: %q", err, reason)
		})
	}
}
