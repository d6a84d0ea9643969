package kakaocert_test

import (
	"encoding/hex"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// A certificate contains a name, and a signed document whatever it says.
func TestRedaction_PrintsNothingThatWasSigned(t *testing.T) {
	t.Parallel()
	server := kakaocerttest.NewServer(t)
	const clause = "제9조 비밀조항"
	document := kakaocert.TextDocument(clause, clause)
	signed, _ := contracted(t, server, kakaocert.K3510, byHong, document)
	verifier := strictVerifier(t, server) // the result says what is known of revocation
	checked, err := signed.Check(verifier)
	require.NoError(t, err)
	checks := checked.Documents()
	consent := hongsConsent()
	agreed, _ := consented(t, server, kakaocert.K3110, byHong, consent)
	export, err := agreed.Export(verifier)
	require.NoError(t, err)
	_, mismatch := signed.On(kakaocert.TextDocument("", clause+".")).Check(verifier)
	require.Error(t, mismatch)
	failed, ok := errors.AsType[*kakaocert.VerifyError](mismatch)
	require.True(t, ok)

	vid, err := kakaocert.ComputeVID(server.Users()[0].CI, checks[0].Verified.SerialNumber())
	require.NoError(t, err)
	raw, err := hex.DecodeString(vid.Hex())
	require.NoError(t, err)

	type foreignSigned struct {
		document kakaocert.Document
		rule     kakaocert.ContentRule
		signed   kakaocert.K3500Result
		agreed   kakaocert.K3100Result
		export   kakaocert.ConsentExport
		verified kakaocert.Verified
		check    kakaocert.DocumentCheck
		request  kakaocert.K3500RequestParams
		vid      kakaocert.VID
		verifier kakaocert.Verifier
	}
	holder := foreignSigned{
		document: document, rule: kakaocert.ExpectContent(clause), signed: *signed, agreed: *agreed, export: *export,
		verified: *checks[0].Verified, check: checks[0],
		request: kakaocert.K3500RequestParams{Documents: []kakaocert.Document{document}}, vid: vid, verifier: *verifier,
	}
	secrets := canaries{hong.Name, clause, consent.AccountNumber, consent.BankName, server.Users()[0].CI, vid.Hex(), string(raw)}
	for name, value := range map[string]any{
		"document": document, "rule": kakaocert.ExpectContent(clause), "consent": *consent, "*consent": consent,
		"K3500Result": signed, "K3100Result": agreed, "export": export, "Verified": checks[0].Verified, "checks": checks, "checked": checked,
		"consent request": kakaocert.K3100RequestParams{Consent: consent},
		"foreign":         holder, "*foreign": &holder, "mismatch": mismatch, "VerifyError": failed,
		"VID": vid, "verifier": verifier, "foreign checks": foreign{inside: checks},
		"foreign export": foreign{inside: *export}, "foreign error": foreign{inside: failed},
	} {
		secrets.check(t, name, spell(t, value))
	}
	assert.Equal(t, clause, string(checks[0].Verified.Content()), "the canary was there to be found")
}
