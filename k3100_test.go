package kakaocert_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

func hongsConsent() *kakaocert.Consent {
	return &kakaocert.Consent{
		BillingOrganization: "한국전력", BankName: "카카오뱅크", AccountNumber: "3333-01-1234567",
		AccountHolder: "홍길동", AccountHolderBirthday: "19900101", CollectionType: kakaocert.CollectionCMS,
	}
}

// consented is a result of 홍길동's consent, and what checks it.
func consented(t *testing.T, server *kakaocerttest.Server, product kakaocert.K3100Product, user kakaocert.User, consent *kakaocert.Consent) (*kakaocert.K3100Result, *kakaocert.Verifier) {
	t.Helper()
	config := server.Config()
	config.Evidence = new(memorySink)
	client := newClient(t, config)
	tx, err := client.K3100.Prepare(t.Context(), &kakaocert.K3100PrepareParams{Product: product, User: user})
	require.NoError(t, err)
	_, err = client.K3100.Request(t.Context(), tx, &kakaocert.K3100RequestParams{Consent: consent, Title: "자동이체 출금동의", IdentifyItems: everyItem})
	require.NoError(t, err)
	_, err = client.K3100.Wait(soon(t), tx)
	require.NoError(t, err)
	result, err := client.K3100.Verify(t.Context(), tx, consent)
	require.NoError(t, err)
	info, err := client.K3100.SignerInfo(t.Context(), tx)
	require.NoError(t, err)
	require.NoError(t, info.Compare(user))
	verifier, err := kakaocert.NewVerifier(server.Roots(), kakaocert.UnsafeNoRevocation())
	require.NoError(t, err)
	return result, verifier
}

func TestK3100_EndToEnd(t *testing.T) {
	t.Parallel()
	ci := kakaocerttest.NewService().Users()[0].CI
	user := kakaocerttest.DefaultUser()
	user.CI = ci
	for _, product := range []kakaocert.K3100Product{kakaocert.K3110, kakaocert.K3120} {
		for name, who := range map[string]kakaocert.User{
			"by person": byHong, "by CI": kakaocert.ByCI(ci), "by CI and phone": kakaocert.ByCIAndPhone(ci, user.Phone),
		} {
			for mode, contract := range map[string]kakaocerttest.Contract{
				"CTR": {}, "CBC": {CipherKeys: []kakaocerttest.CipherKey{{Mode: kakaocerttest.CBC}}},
				"GCM, second key": {CipherKeys: []kakaocerttest.CipherKey{{Mode: kakaocerttest.GCM, Version: 2}}},
			} {
				t.Run(string(product)+" "+name+" "+mode, func(t *testing.T) {
					t.Parallel()
					server := kakaocerttest.NewServer(t, kakaocerttest.WithUsers(user), kakaocerttest.WithContract(contract))
					result, verifier := consented(t, server, product, who, hongsConsent())
					verified, err := result.Check(verifier)
					require.NoError(t, err)
					assert.NoError(t, verified.CheckVID(result))
					assert.NoError(t, result.CheckCI(ci))
				})
			}
		}
	}
}

func TestConsent_SignedInClearIsComparedToo(t *testing.T) {
	t.Parallel()
	server := kakaocerttest.NewServer(t, kakaocerttest.WithProtocol(parseProtocol(t, `{"signed.consent":"plaintext"}`)))
	result, verifier := consented(t, server, kakaocert.K3110, byHong, hongsConsent())
	_, err := result.Check(verifier)
	assert.NoError(t, err)
}

func TestConsent_DifferenceIsNamedByItem(t *testing.T) {
	t.Parallel()
	server := kakaocerttest.NewServer(t)
	result, verifier := consented(t, server, kakaocert.K3110, byHong, hongsConsent())
	other := hongsConsent()
	other.AccountNumber, other.BankName = "110-123-456789", "신한은행"
	_, err := result.On(other).Check(verifier)
	require.ErrorIs(t, err, kakaocert.ErrConsentMismatch)
	different, ok := errors.AsType[*kakaocert.ConsentError](err)
	require.True(t, ok)
	assert.Equal(t, []string{"account_number", "bank_name"}, different.Items)
	assert.NotContains(t, err.Error(), "110")
	_, err = result.On(other).Export(verifier)
	assert.ErrorIs(t, err, kakaocert.ErrConsentMismatch, "nothing that differs is exported")
}

// A consent that says more than was asked, signed all the same.
func TestConsent_WithMoreItemsIsAnother(t *testing.T) {
	t.Parallel()
	server := kakaocerttest.NewServer(t, kakaocerttest.WithProtocol(parseProtocol(t, `{"signed.consent":"plaintext"}`)))
	client := newClient(t, server.Config())
	tx, err := kakaocert.ParseTransaction[kakaocert.K3100Product]("K3110T:tx")
	require.NoError(t, err)
	const items = `"billing_organization":"한국전력","bank_name":"카카오뱅크","account_number":"3333-01-1234567",` +
		`"account_holder":"홍길동","account_holder_birthday":"19900101","service_type":"CMS"`
	for text, want := range map[string][]string{
		`{` + items + `}`:                      nil,
		`{` + items + `,"limit":"none"}`:       {"(more than was asked)"},
		`{` + items + `,"bank_name":"신한은행"}`:   {"(a repeated name)", "bank_name"},
		`{"bank_name":"신한은행",` + items + `}`:   {"(a repeated name)"},
		`[{` + items + `}]`:                    {"(not a JSON object)"},
		`{"account_number":"3333-01-1234567"}`: {"account_holder", "account_holder_birthday", "bank_name", "billing_organization", "service_type"},
	} {
		signed, verifier := contracted(t, server, kakaocert.K3510, byHong, kakaocert.TextDocument("", text))
		result, err := client.K3100.Restore(tx, []byte(`{"result":"Y","signed_data":"`+b64(signed.SignedData()[0])+`"}`), hongsConsent())
		require.NoError(t, err)
		_, err = result.Check(verifier)
		if want == nil {
			require.NoError(t, err)
			continue
		}
		different, ok := errors.AsType[*kakaocert.ConsentError](err)
		require.True(t, ok, "%s: %v", text, err)
		assert.Equal(t, want, different.Items)
	}
}

func TestConsent_HolderMustBeTheNamedUser(t *testing.T) {
	t.Parallel()
	server := kakaocerttest.NewServer(t)
	config := server.Config()
	client := newClient(t, config)
	tx, err := client.K3100.Prepare(t.Context(), &kakaocert.K3100PrepareParams{Product: kakaocert.K3110, User: byHong})
	require.NoError(t, err)
	for _, number := range []string{"12345", "-123456", "123456-", "12 3456", "123456789012345678901234567890123", "１２３４５６"} {
		consent := hongsConsent()
		consent.AccountNumber = number
		_, err := client.K3100.Request(t.Context(), tx, &kakaocert.K3100RequestParams{Consent: consent})
		assert.ErrorContains(t, err, "Consent.AccountNumber", number)
	}
	for field, change := range map[string]func(*kakaocert.K3100RequestParams){
		"Consent.AccountHolder":         func(p *kakaocert.K3100RequestParams) { p.Consent.AccountHolder = "" },
		"Consent.AccountNumber":         func(p *kakaocert.K3100RequestParams) { p.Consent.AccountNumber = "12345" },
		"Consent.AccountHolderBirthday": func(p *kakaocert.K3100RequestParams) { p.Consent.AccountHolderBirthday = "900101" },
		"Consent.CollectionType":        func(p *kakaocert.K3100RequestParams) { p.Consent.CollectionType = "CARD" },
		"Consent.BankName":              func(p *kakaocert.K3100RequestParams) { p.Consent.BankName = "" },
		"Consent.BillingOrganization":   func(p *kakaocert.K3100RequestParams) { p.Consent.BillingOrganization = strings.Repeat("가", 101) },
		"Consent":                       func(p *kakaocert.K3100RequestParams) { p.Consent = nil },
	} {
		params := &kakaocert.K3100RequestParams{Consent: hongsConsent()}
		change(params)
		_, err := client.K3100.Request(t.Context(), tx, params)
		argument, ok := errors.AsType[*kakaocert.ArgumentError](err)
		require.True(t, ok, field)
		assert.Equal(t, field, argument.Field)
	}
	assert.Zero(t, server.Calls("request"))

	_, err = client.K3100.Verify(t.Context(), tx, nil)
	argument, ok := errors.AsType[*kakaocert.ArgumentError](err)
	require.True(t, ok, "without a Sink nothing is fetched")
	assert.Equal(t, "Config.Evidence", argument.Field)
	assert.Zero(t, server.Calls("verify"))
}

func TestConsent_CheckHolderComparesTheNames(t *testing.T) {
	t.Parallel()
	ci := kakaocerttest.DefaultUser().CI
	require.NoError(t, hongsConsent().CheckHolder(byHong))
	other := hongsConsent()
	other.AccountHolder = "성춘향"
	require.NoError(t, other.CheckHolder(kakaocert.ByCI(ci)), "only Kakao knows the name")
	require.NoError(t, other.CheckHolder(kakaocert.ByCIAndPhone(ci, hong.Phone)))
	for field, err := range map[string]error{
		"Consent.AccountHolder": other.CheckHolder(byHong),
		"User":                  hongsConsent().CheckHolder(kakaocert.User{}),
		"Consent":               (*kakaocert.Consent)(nil).CheckHolder(byHong),
	} {
		var argument *kakaocert.ArgumentError
		require.ErrorAs(t, err, &argument, field)
		assert.Equal(t, field, argument.Field)
		assert.NotContains(t, err.Error(), "성춘향")
	}
}

func TestConsentExport_IsCheckedAgainFromItsTwoFiles(t *testing.T) {
	t.Parallel()
	server := kakaocerttest.NewServer(t)
	result, verifier := consented(t, server, kakaocert.K3120, byHong, hongsConsent())
	export, err := result.Export(verifier)
	require.NoError(t, err)
	items, err := export.Items()
	require.NoError(t, err)

	again, err := kakaocert.ParseConsentExport(export.SignedData(), items)
	require.NoError(t, err)
	assert.Equal(t, hongsConsent(), again.Consent())
	_, err = again.Check(verifier, nil, server.Config().Cipher)
	require.NoError(t, err)

	_, err = kakaocert.ParseConsentExport(append(export.SignedData(), 0), items)
	assert.Error(t, err, "another signature")
	_, err = kakaocert.ParseConsentExport(export.SignedData(), append(items, '{'))
	assert.Error(t, err, "more than the items")
	forged, err := kakaocert.ParseConsentExport(export.SignedData(), []byte(strings.Replace(string(items), "3333", "4444", 1)))
	require.NoError(t, err)
	_, err = forged.Check(verifier, nil, server.Config().Cipher)
	assert.ErrorIs(t, err, kakaocert.ErrConsentMismatch)
}
