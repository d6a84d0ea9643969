package kakaocert_test

import (
	"errors"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// throughWindow is what the browser comes back with once 홍길동 has signed the
// window's text.
func throughWindow(t testing.TB, server *kakaocerttest.Server, config kakaocert.Config, window *kakaocert.K1400Window) url.Values {
	t.Helper()
	callback, err := server.SignInWindow(t.Context(), kakaocerttest.Window{
		RedirectURI: callbackURL, SettleID: config.SettleID, SignData: window.SignData(), State: window.State(),
		IdentifyItems: []string{"CI", "NAME", "BIRTHDAY", "PHONE_NUMBER"},
	}, hong.Phone)
	require.NoError(t, err)
	address, err := url.Parse(callback)
	require.NoError(t, err)
	return address.Query()
}

func TestK1400_RunsFromWindowToSignerInfo(t *testing.T) {
	t.Parallel()
	server := kakaocerttest.NewServer(t)
	config := server.Config()
	sink := new(memorySink)
	config.Evidence = sink
	client := newClient(t, config)
	window, err := client.K1400.Begin("")
	require.NoError(t, err)
	kept, err := kakaocert.ParseK1400Window(window.Reveal())
	require.NoError(t, err)

	tx, err := client.K1400.ParseRedirect(kept, throughWindow(t, server, config, window))
	require.NoError(t, err)
	status, err := client.K1400.Status(t.Context(), tx)
	require.NoError(t, err)
	assert.Equal(t, kakaocert.StatusCompleted, status.Status)
	_, err = client.K1400.Verify(t.Context(), tx, kept)
	require.NoError(t, err)
	info, err := client.K1400.SignerInfo(t.Context(), tx)
	require.NoError(t, err)
	require.NoError(t, info.Compare(byHong))
	_, err = client.K1400.Restore(tx, sink.all()[0].body, kept)
	require.NoError(t, err)
}

func TestK1400_TransactionOfAnotherSessionIsRefused(t *testing.T) {
	t.Parallel()
	server := kakaocerttest.NewServer(t)
	client := newClient(t, server.Config())
	mine, err := client.K1400.Begin("")
	require.NoError(t, err)
	others, err := client.K1400.Begin("")
	require.NoError(t, err)
	query := throughWindow(t, server, server.Config(), others)

	_, err = client.K1400.ParseRedirect(mine, query)
	require.ErrorIs(t, err, kakaocert.ErrStateMismatch)
	query.Del("state")
	tx, err := client.K1400.ParseRedirect(mine, query)
	require.NoError(t, err, "the window may not give the state back")
	_, err = client.K1400.Verify(t.Context(), tx, mine)
	require.ErrorIs(t, err, kakaocert.ErrNonceMismatch)
	assert.True(t, kakaocert.IsSecurityEvent(err))
}

func TestK1400_ParseRedirectTakesExactlyOneOfTxIDAndErrorCode(t *testing.T) {
	t.Parallel()
	client := newClient(t, kakaocerttest.NewService().Config())
	window, err := client.K1400.Begin("my own text")
	require.NoError(t, err)
	assert.Equal(t, "my own text", window.SignData())
	for _, query := range []string{
		"", "tx_id=a&error_code=b", "tx_id=a&tx_id=a", "error_code=a&error_code=b", "tx_id=", "error_code=", "tx_id=a%20b", "tx_id=%ff", "state=x",
		"tx_id=a&state=" + window.State() + "&state=" + window.State(),
	} {
		values, err := url.ParseQuery(query)
		require.NoError(t, err)
		_, err = client.K1400.ParseRedirect(window, values)
		require.ErrorAs(t, err, new(*kakaocert.ArgumentError), query)
	}
	_, err = client.K1400.ParseRedirect(window, url.Values{"error_code": {"USER_CANCEL"}})
	declined, ok := errors.AsType[*kakaocert.RedirectError](err)
	require.True(t, ok, "%v", err)
	assert.Equal(t, kakaocert.Code("USER_CANCEL"), declined.Code)
	_, err = client.K1400.ParseRedirect(window, url.Values{"error_code": {"<script>홍길동"}})
	assert.NotContains(t, err.Error(), "script")
	for name, bad := range map[string]*kakaocert.K1400Window{"nil": nil, "zero": {}} {
		_, err = client.K1400.ParseRedirect(bad, url.Values{"tx_id": {"a"}})
		require.ErrorAs(t, err, new(*kakaocert.ArgumentError), name)
	}
}

func FuzzParseK1400Window(f *testing.F) {
	client, err := kakaocert.NewClient(kakaocerttest.NewService().Config())
	require.NoError(f, err)
	window, err := client.K1400.Begin("")
	require.NoError(f, err)
	f.Add(window.Reveal(), "tx_id=a&state=b")
	f.Add("", "error_code=x")
	f.Fuzz(func(t *testing.T, text, query string) {
		read, err := kakaocert.ParseK1400Window(text)
		if err != nil {
			read = window
		} else {
			again, err := kakaocert.ParseK1400Window(read.Reveal())
			require.NoError(t, err)
			require.Equal(t, read.SignData(), again.SignData())
		}
		values, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		if tx, err := client.K1400.ParseRedirect(read, values); err == nil {
			require.NotEmpty(t, tx.TxID())
		}
	})
}
