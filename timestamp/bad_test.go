package timestamp_test

import (
	"bytes"
	"crypto"
	"crypto/elliptic"
	"crypto/x509"
	"crypto/x509/pkix"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/cms/cmstest"
	"github.com/kakaocert-go/kakaocert/timestamp"
)

func assertDefect[D ~string](t testing.TB, err error, want D) {
	t.Helper()
	var refused *timestamp.TokenError
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, string(want), string(refused.Defect), "%v", err)
}

func generalized(text string) []byte { return cmstest.TLV(0x18, []byte(text)) }

// extension is a TSTInfo's extensions, with one that is unknown.
func extension(critical bool) []byte {
	one := [][]byte{cmstest.OID(1, 2, 3, 4, 99)}
	if critical {
		one = append(one, cmstest.TLV(0x01, []byte{0xff}))
	}
	return cmstest.TLV(0xa1, cmstest.TLV(0x30, append(one, cmstest.TLV(0x04, []byte("x")))...))
}

// outOfDate is a time at which the certificate of the bad answers is not in date.
func outOfDate(defect string) time.Time {
	if defect == "certificate-expired" {
		return cmstest.Now.AddDate(71, 0, 0)
	}
	return cmstest.Now.AddDate(-4, 0, 0)
}

func status(status int, more ...[]byte) func([]byte) []byte {
	return func([]byte) []byte {
		return cmstest.TLV(0x30, cmstest.TLV(0x30, append([][]byte{cmstest.Integer(status)}, more...)...))
	}
}

// badAnswers are by defect.
func badAnswers(w *world) map[string]func(*answer) {
	all := make(map[string]func(*answer))
	for _, group := range []map[string]func(*answer){badResponses(), badInfos(), badTimes(), w.badSigners(), w.badSignatures(), w.badChains()} {
		for name, change := range group {
			all[name] = change
		}
	}
	return all
}

func badResponses() map[string]func(*answer) {
	whole := func(change func(token []byte) []byte) func(*answer) { return func(a *answer) { a.whole = change } }
	return map[string]func(*answer){
		"refused, rejection":     whole(status(2)),
		"refused, with a reason": whole(status(2, cmstest.TLV(0x30, cmstest.TLV(0x0c, []byte("no"))), cmstest.TLV(0x03, []byte{6, 0x00, 0x00, 0x40}))),
		"refused, waiting":       whole(status(3)),
		"refused, with a token": whole(func(token []byte) []byte {
			return cmstest.TLV(0x30, cmstest.TLV(0x30, cmstest.Integer(2)), token)
		}),
		"token-missing":              whole(status(0)),
		"bad-response, empty":        whole(func([]byte) []byte { return nil }),
		"bad-response, trailing":     whole(func(token []byte) []byte { return append(cmstest.TimeResponse(token), 0x05, 0x00) }),
		"bad-response, token behind": whole(func(token []byte) []byte { return cmstest.TimeResponse(append(token, 0x05, 0x00)) }),
		"bad-response, status 6":     whole(func(token []byte) []byte { return cmstest.TLV(0x30, cmstest.TLV(0x30, cmstest.Integer(6)), token) }),
		"bad-response, token alone":  whole(func(token []byte) []byte { return token }),
		"bad-response, in BER": whole(func(token []byte) []byte {
			return cmstest.Indefinite(0x30, cmstest.TLV(0x30, cmstest.Integer(0)), token)
		}),
		"too-large": whole(func(token []byte) []byte {
			return cmstest.TLV(0x30, cmstest.TLV(0x30, cmstest.Integer(0), cmstest.TLV(0x30, cmstest.TLV(0x0c, make([]byte, timestamp.MaxToken+16<<10)))), token)
		}),
		"too-large, token": func(a *answer) {
			a.after = func(_ *cmstest.Message, s *cmstest.Signer) {
				s.Unsigned = cmstest.TLV(0xa1, cmstest.Attribute(cmstest.OID(1, 2, 3), cmstest.TLV(0x04, make([]byte, timestamp.MaxToken))))
			}
		},
		"not-signed-data": whole(func([]byte) []byte { return cmstest.TimeResponse(cmstest.TLV(0x30, cmstest.Data)) }),
		"bad-response, token in BER": func(a *answer) {
			a.token = func(m *cmstest.Message, _ *cmstest.Signer) { m.BER = true }
		},
		"not-der": func(a *answer) {
			a.token = func(m *cmstest.Message, _ *cmstest.Signer) {
				m.Content = cmstest.TLV(0xa0, cmstest.Pieces(a.info.Encode(), 20))
			}
		},
	}
}

func badInfos() map[string]func(*answer) {
	info := func(change func(i *cmstest.TimeInfo)) func(*answer) { return func(a *answer) { change(a.info) } }
	return map[string]func(*answer){
		"imprint-differs":                 info(func(i *cmstest.TimeInfo) { i.Imprint = cmstest.Imprint(crypto.SHA256, []byte("other")) }),
		"imprint-differs, another digest": info(func(i *cmstest.TimeInfo) { i.Imprint = cmstest.Imprint(crypto.SHA512, message) }),
		"imprint-algorithm, SHA-1":        info(func(i *cmstest.TimeInfo) { i.Imprint = cmstest.Imprint(crypto.SHA1, message) }),
		"imprint-algorithm, too short": info(func(i *cmstest.TimeInfo) {
			i.Imprint = cmstest.TLV(0x30, cmstest.Algorithm(cmstest.SHA256), cmstest.TLV(0x04, make([]byte, 20)))
		}),
		"bad-info, parameters of the digest": info(func(i *cmstest.TimeInfo) {
			i.Imprint = bytes.Replace(i.Imprint, cmstest.Null, []byte{0x04, 0x00}, 1)
		}),
		"nonce-differs":                info(func(i *cmstest.TimeInfo) { i.Nonce = cmstest.Integer(1) }),
		"nonce-differs, missing":       info(func(i *cmstest.TimeInfo) { i.Nonce = nil }),
		"policy-differs":               info(func(i *cmstest.TimeInfo) { i.Policy = cmstest.OID(1, 2, 3, 4, 5) }),
		"bad-version":                  info(func(i *cmstest.TimeInfo) { i.Version = cmstest.Integer(2) }),
		"bad-accuracy, 1000 ms":        info(func(i *cmstest.TimeInfo) { i.Accuracy = cmstest.TLV(0x30, cmstest.TLV(0x80, []byte{0x03, 0xe8})) }),
		"bad-accuracy, 0 microseconds": info(func(i *cmstest.TimeInfo) { i.Accuracy = cmstest.TLV(0x30, cmstest.TLV(0x81, []byte{0})) }),
		"bad-accuracy, negative":       info(func(i *cmstest.TimeInfo) { i.Accuracy = cmstest.TLV(0x30, cmstest.TLV(0x02, []byte{0xff})) }),
		"bad-accuracy, out of order": info(func(i *cmstest.TimeInfo) {
			i.Accuracy = cmstest.TLV(0x30, cmstest.TLV(0x81, []byte{1}), cmstest.TLV(0x80, []byte{1}))
		}),
		"info-extension":               info(func(i *cmstest.TimeInfo) { i.Extensions = extension(true) }),
		"bad-info, no extension":       info(func(i *cmstest.TimeInfo) { i.Extensions = cmstest.TLV(0xa1) }),
		"bad-info, ordering":           info(func(i *cmstest.TimeInfo) { i.Ordering = cmstest.TLV(0x01, []byte{1}) }),
		"bad-info, serial not minimal": info(func(i *cmstest.TimeInfo) { i.Serial = cmstest.TLV(0x02, []byte{0, 7}) }),
		"bad-info, nonce not minimal":  info(func(i *cmstest.TimeInfo) { i.Nonce = append([]byte{2, i.Nonce[1] + 1, 0}, i.Nonce[2:]...) }),
		"bad-info, nonce after the name": info(func(i *cmstest.TimeInfo) {
			i.Name, i.Extensions = cmstest.TLV(0xa0, cmstest.TLV(0x82, []byte("a"))), i.Nonce
		}),
		"authority-differs": info(func(i *cmstest.TimeInfo) { i.Name = cmstest.TLV(0xa0, cmstest.TLV(0x82, []byte("tsa.example"))) }),
		"authority-differs, another's name": info(func(i *cmstest.TimeInfo) {
			i.Name = cmstest.TLV(0xa0, cmstest.TLV(0xa4, cmstest.Root("Other", cmstest.ECKey(elliptic.P256())).Certificate.RawSubject))
		}),
		"bad-info, trailing": func(a *answer) { a.body = func(info []byte) []byte { return append(info, 0x05, 0x00) } },
		"bad-info, in BER":   func(a *answer) { a.body = func(info []byte) []byte { return cmstest.Indefinite(0x30, info[3:]) } },
	}
}

func badTimes() map[string]func(*answer) {
	all := make(map[string]func(*answer))
	for name, text := range map[string]string{
		"no seconds":        "202606011200Z",
		"no zone":           "20260601120000",
		"another zone":      "20260601210000+0900",
		"zero at the end":   "20260601120000.50Z",
		"nothing but zeros": "20260601120000.0Z",
		"no fraction":       "20260601120000.Z",
		"comma":             "20260601120000,5Z",
		"month 13":          "20261301120000Z",
		"sign":              "+0260601120000Z",
	} {
		all["bad-time, "+name] = func(a *answer) { a.info.Time = generalized(text) }
	}
	all["bad-info, UTCTime"] = func(a *answer) { a.info.Time = cmstest.UTCTime(cmstest.Now) }
	return all
}

func (w *world) badSigners() map[string]func(*answer) {
	issued := func(changes ...cmstest.Change) func(*answer) {
		return func(a *answer) { a.certs[0] = w.ca.Person(w.tsa.Key, append([]cmstest.Change{named}, changes...)...) }
	}
	email := cmstest.OID(1, 3, 6, 1, 5, 5, 7, 3, 4)
	return map[string]func(*answer){
		"extended-key-usage, none":         issued(),
		"extended-key-usage, not critical": issued(cmstest.Usage(false, cmstest.TimeStamping)),
		"extended-key-usage, with others":  issued(cmstest.Usage(true, cmstest.TimeStamping, email)),
		"extended-key-usage, another":      issued(cmstest.Usage(true, email)),
		"extended-key-usage, any":          issued(cmstest.Usage(true, cmstest.OID(2, 5, 29, 37, 0))),
		"extended-key-usage, twice":        issued(cmstest.Usage(true, cmstest.TimeStamping, cmstest.TimeStamping)),
		"extended-key-usage, not of its issuer": func(a *answer) {
			a.certs[1] = w.root.Authority("Example Mail CA", cmstest.ECKey(elliptic.P256()), cmstest.Usage(false, email))
			a.certs[0] = a.certs[1].Person(w.tsa.Key, named, cmstest.ForTimeStamps)
		},
		"key-usage, of certificates": issued(cmstest.ForTimeStamps, func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCertSign }),
		"key-usage, of keys as well": issued(cmstest.ForTimeStamps, func(c *x509.Certificate) { c.KeyUsage |= x509.KeyUsageKeyEncipherment }),
		"signer-is-authority": issued(cmstest.ForTimeStamps, func(c *x509.Certificate) {
			c.IsCA, c.KeyUsage = true, x509.KeyUsageDigitalSignature|x509.KeyUsageCertSign
		}),
		"critical-extension": issued(cmstest.ForTimeStamps, func(c *x509.Certificate) {
			c.ExtraExtensions = append(c.ExtraExtensions, pkix.Extension{Id: []int{1, 2, 3, 4, 99}, Critical: true, Value: cmstest.Null})
		}),
		"signer-certificate-missing": func(a *answer) {
			a.token = func(m *cmstest.Message, _ *cmstest.Signer) { m.Certs = m.Certs[1:] }
		},
		"too-many-signers": func(a *answer) {
			a.token = func(m *cmstest.Message, _ *cmstest.Signer) {
				s := m.AddSigner(a.info.Encode(), a.settings, w.signer(cmstest.ECKey(elliptic.P256())))
				m.Certs = append(m.Certs, s.Identity)
			}
		},
		"signer-missing": func(a *answer) {
			a.after = func(m *cmstest.Message, _ *cmstest.Signer) { m.Signers = nil }
		},
		"signing-certificate-missing": withoutNames(nil),
		"signing-certificate-differs": withoutNames(cmstest.Names(w.ca)),
		"signing-certificate-differs, another beside the chain": withoutNames(cmstest.Attribute(cmstest.SigningCertificateV2,
			cmstest.TLV(0x30, cmstest.TLV(0x30, cmstest.CertificateID(w.tsa), cmstest.CertificateID(w.signer(w.tsa.Key)))))),
		"signing-certificate-malformed": withoutNames(cmstest.Attribute(cmstest.SigningCertificateV2,
			cmstest.TLV(0x30, cmstest.TLV(0x30, cmstest.CertificateID(w.tsa), cmstest.Null)))),
		"signing-certificate-differs, signer swapped": func(a *answer) {
			other := w.signer(w.tsa.Key, func(c *x509.Certificate) {
				c.SerialNumber = w.tsa.Certificate.SerialNumber
				c.NotAfter = cmstest.Now.AddDate(1, 0, 0)
			})
			a.after = func(m *cmstest.Message, _ *cmstest.Signer) { m.Certs = []*cmstest.Identity{other, w.ca} }
		},
	}
}

func (w *world) badSignatures() map[string]func(*answer) {
	after := func(change func(m *cmstest.Message, s *cmstest.Signer)) func(*answer) {
		return func(a *answer) { a.after = change }
	}
	return map[string]func(*answer){
		"content-type-refused": func(a *answer) {
			a.token = func(m *cmstest.Message, s *cmstest.Signer) {
				m.ContentType = cmstest.Data
				s.Attributes[slices.IndexFunc(s.Attributes, func(a []byte) bool { return bytes.Contains(a, cmstest.TSTInfo) })] = cmstest.Attribute(cmstest.ContentType, cmstest.Data)
			}
		},
		"content-type-differs": func(a *answer) {
			a.token = func(m *cmstest.Message, s *cmstest.Signer) {
				s.Attributes[slices.IndexFunc(s.Attributes, func(a []byte) bool { return bytes.Contains(a, cmstest.TSTInfo) })] = cmstest.Attribute(cmstest.ContentType, cmstest.Data)
			}
		},
		"attributes-missing": after(func(_ *cmstest.Message, s *cmstest.Signer) {
			s.Attributes = nil
		}),
		"message-digest-differs": after(func(m *cmstest.Message, _ *cmstest.Signer) {
			m.Content = bytes.Replace(m.Content, []byte("20260601120000Z"), []byte("20260601120001Z"), 1)
		}),
		"signature-wrong": after(func(_ *cmstest.Message, s *cmstest.Signer) { s.SignOver([]byte("other")) }),
		"signature-wrong, another key": func(a *answer) {
			other := &cmstest.Identity{Certificate: w.tsa.Certificate, Key: cmstest.ECKey(elliptic.P256())}
			a.certs[0] = other
		},
		"digest-algorithm, SHA-1": func(a *answer) { a.certs[0] = w.signer(cmstest.RSAKey(2048)); a.settings.Hash = crypto.SHA1 },
		"key-size":                func(a *answer) { a.certs[0] = w.signer(cmstest.RSAKey(1024)) },
		"content-missing":         after(func(m *cmstest.Message, _ *cmstest.Signer) { m.Content = nil }),
	}
}

func (w *world) badChains() map[string]func(*answer) {
	other := cmstest.Root("Example TSA Root", cmstest.ECKey(elliptic.P256()))
	return map[string]func(*answer){
		"unknown-authority": func(a *answer) {
			a.certs = []*cmstest.Identity{other.Person(w.tsa.Key, named, cmstest.ForTimeStamps), other}
		},
		"unknown-authority, issuer missing": func(a *answer) { a.certs = a.certs[:1] },
		"certificate-expired": func(a *answer) {
			a.info.Time = generalized(outOfDate("certificate-expired").Format("20060102150405Z"))
		},
		"certificate-not-yet-valid": func(a *answer) {
			a.certs[0] = w.signer(w.tsa.Key, func(c *x509.Certificate) { c.NotBefore = cmstest.Now })
			a.info.Time = generalized(outOfDate("certificate-not-yet-valid").Format("20060102150405Z"))
		},
		"issuer-not-ca": func(a *answer) {
			a.certs = []*cmstest.Identity{w.tsa.Person(cmstest.ECKey(elliptic.P256()), named, cmstest.ForTimeStamps), w.tsa, w.ca}
		},
	}
}

// withoutNames puts another attribute, or none, in the place of
// signingCertificateV2.
func withoutNames(other []byte) func(*answer) {
	return func(a *answer) {
		a.token = func(_ *cmstest.Message, s *cmstest.Signer) {
			s.Attributes = slices.DeleteFunc(s.Attributes, func(a []byte) bool { return bytes.Contains(a, cmstest.SigningCertificateV2) })
			if other != nil {
				s.Attributes = append(s.Attributes, other)
			}
		}
	}
}

// Every refused answer is named after its defect, or after "refused" where the
// authority gives no token.
func TestVerifier_RefusesBadTokens(t *testing.T) {
	t.Parallel()
	w := newWorld()
	for name, change := range badAnswers(w) {
		_, err := stamper(t, &authority{world: w, change: change}, w.verifier(t), oid(t, "1.2.3.4.1")).Stamp(t.Context(), message)
		if defect, _, _ := strings.Cut(name, ", "); defect != "refused" {
			assertDefect(t, err, defect)
			continue
		}
		require.ErrorAs(t, err, new(*timestamp.RefusedError), name)
	}
}

// Revocation of the authority counts from its date on, and for ever where the
// key was compromised.
func TestVerifier_HearsTheRevocationOfTheAuthority(t *testing.T) {
	t.Parallel()
	w := newWorld()
	a := &authority{world: w}
	token, err := stamper(t, a, w.verifier(t), x509.OID{}).Stamp(t.Context(), message)
	require.NoError(t, err)
	const keyCompromise, superseded = 1, 4
	for name, test := range map[string]struct {
		since  time.Time
		reason int
		good   bool
	}{
		"before":              {cmstest.Now.Add(-time.Hour), superseded, false},
		"after":               {cmstest.Now.Add(time.Hour), superseded, true},
		"after, with its key": {cmstest.Now.Add(time.Hour), keyCompromise, false},
	} {
		data := kakaocert.RevocationData{CRLs: [][]byte{w.ca.CRL(w.tsa.Revoked(test.since, test.reason))}}
		v, err := timestamp.NewVerifier(timestamp.Config{Roots: cmstest.Pool(w.root), Revocation: data})
		require.NoError(t, err)
		_, err = v.Check(token.Raw, message)
		if test.good {
			assert.NoError(t, err, name)
			continue
		}
		assertDefect(t, err, "revoked")
		assert.ErrorIs(t, err, kakaocert.ErrRevoked, name)
	}
}

func TestVerifier_TakesIntermediatesAndPoliciesOfTheCaller(t *testing.T) {
	t.Parallel()
	w := newWorld()
	a := &authority{world: w, change: func(a *answer) { a.certs = a.certs[:1] }}
	config := timestamp.Config{Roots: cmstest.Pool(w.root), Intermediates: []*x509.Certificate{w.ca.Certificate}, Policies: []x509.OID{oid(t, "1.2.3.4.9"), oid(t, "1.2.3.4.1")}}
	v, err := timestamp.NewVerifier(config)
	require.NoError(t, err)
	token, err := stamper(t, a, v, x509.OID{}).Stamp(t.Context(), message)
	require.NoError(t, err)
	config.Policies = config.Policies[:1]
	v, err = timestamp.NewVerifier(config)
	require.NoError(t, err)
	_, err = v.Check(token.Raw, message)
	assertDefect(t, err, timestamp.PolicyDiffers)
	assert.EqualError(t, err, "timestamp: token is refused: policy-differs")
	_, err = w.verifier(t).Check(token.Raw, message)
	require.ErrorIs(t, err, kakaocert.ErrUntrusted)
}

func TestNewVerifier_RefusesWhatCannotBeUsed(t *testing.T) {
	t.Parallel()
	w := newWorld()
	var argument *kakaocert.ArgumentError
	for _, c := range []timestamp.Config{
		{}, {Roots: x509.NewCertPool()}, {Roots: cmstest.Pool(w.root), Intermediates: []*x509.Certificate{nil}},
		{Roots: cmstest.Pool(w.root), Revocation: kakaocert.RevocationData{CRLs: [][]byte{{1}}}},
	} {
		_, err := timestamp.NewVerifier(c)
		require.ErrorAs(t, err, &argument)
	}
	_, err := timestamp.NewStamper(timestamp.StamperConfig{Verifier: w.verifier(t)})
	require.ErrorAs(t, err, &argument)
	_, err = timestamp.NewStamper(timestamp.StamperConfig{Authority: &authority{}})
	require.ErrorAs(t, err, &argument)
}
