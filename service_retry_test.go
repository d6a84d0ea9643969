package kakaocert_test

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
)

// oneCall is one of the five, with an answer that it succeeds with.
type oneCall struct {
	step, answer string
	call         func(context.Context, *kakaocert.Client, kakaocert.K1100Transaction) error
}

// calls are in the order of the columns below.
var calls = []oneCall{
	{"prepare", `{"tx_id":"tx"}`, func(ctx context.Context, c *kakaocert.Client, _ kakaocert.K1100Transaction) error {
		_, err := c.K1100.Prepare(ctx, &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: byHong})
		return err
	}},
	{"request", `{"result":"Y"}`, func(ctx context.Context, c *kakaocert.Client, tx kakaocert.K1100Transaction) error {
		_, err := c.K1100.Request(ctx, tx, &kakaocert.K1100RequestParams{Data: "nonce"})
		return err
	}},
	{"status", `{"status":"PREPARED"}`, func(ctx context.Context, c *kakaocert.Client, tx kakaocert.K1100Transaction) error {
		_, err := c.K1100.Status(ctx, tx)
		return err
	}},
	{"signer", `{"tx_id":"tx"}`, func(ctx context.Context, c *kakaocert.Client, tx kakaocert.K1100Transaction) error {
		_, err := c.K1100.SignerInfo(ctx, tx)
		return err
	}},
	{"verify", `{"result":"Y","data":"nonce"}`, func(ctx context.Context, c *kakaocert.Client, tx kakaocert.K1100Transaction) error {
		_, err := c.K1100.Verify(ctx, tx, "nonce")
		return err
	}},
}

// kind is how a caller distinguishes errors.
type kind string

const (
	connection kind = "ConnectionError"
	api        kind = "APIError"
	outcome    kind = "OutcomeError"
)

func kindOf(err error) kind {
	switch {
	case errors.Is(err, kakaocert.ErrOutcomeUnknown): // first, for it has one of the others inside
		return outcome
	case errors.As(err, new(*kakaocert.ConnectionError)):
		return connection
	case errors.As(err, new(*kakaocert.APIError)):
		return api
	}
	return ""
}

// dialing fails before there is a connection, with the error of net/http.
func dialing(err error) roundTripper {
	return func(r *http.Request) (*http.Response, error) {
		if trace := httptrace.ContextClientTrace(r.Context()); trace != nil {
			trace.GetConn("host:443")
		}
		return nil, err
	}
}

func answering(status int, body string) roundTripper {
	return func(*http.Request) (*http.Response, error) { return answer(status, body), nil }
}

func cut(*http.Request) (*http.Response, error) {
	response := answer(200, "")
	response.ContentLength, response.Body = 100, io.NopCloser(io.MultiReader(strings.NewReader(`{"tx`), brokenReader{}))
	return response, nil
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// Each call under each fault: how often it is sent, and
// with which error it ends when nothing gets better.
func TestSteps_AreRepeatedOnlyWhereThatIsSafe(t *testing.T) {
	t.Parallel()
	all := func(k kind) [5]kind { return [5]kind{k, k, k, k, k} }
	once, thrice := [5]int{1, 1, 1, 1, 1}, [5]int{3, 3, 3, 3, 3}
	lost := [5]int{3, 1, 3, 3, 1}
	lostWithout := [5]kind{connection, outcome, connection, connection, outcome}
	lostWith := [5]kind{api, outcome, api, api, outcome}
	for name, c := range map[string]struct {
		happens roundTripper
		sent    [5]int
		ends    [5]kind
	}{
		"nothing was sent":           {dialing(errors.New("connection refused")), thrice, all(connection)},
		"no trust in the server":     {dialing(x509.UnknownAuthorityError{}), once, all(connection)},
		"no answer":                  {func(*http.Request) (*http.Response, error) { return nil, io.EOF }, lost, lostWithout},
		"answer was cut off":         {cut, lost, lostWithout},
		"answer is too long":         {answering(200, strings.Repeat(" ", 1<<11)), lost, lostWithout},
		"502 with a page":            {answering(502, "<html>"), lost, lostWith},
		"503 without a code":         {answering(503, "{}"), lost, lostWith},
		"500 with an unknown code":   {answering(500, `{"code":"E9999"}`), lost, lostWith},
		"408":                        {answering(408, ""), lost, lostWith},
		"421":                        {answering(421, "<html>"), lost, lostWith},
		"425":                        {answering(425, "{}"), lost, lostWith},
		"408 with a known code":      {answering(408, `{"code":"E1001"}`), once, all(api)},
		"429":                        {answering(429, "{}"), thrice, all(api)},
		"E0001":                      {answering(400, `{"code":"E0001"}`), [5]int{3, 1, 3, 3, 3}, [5]kind{api, outcome, api, api, api}},
		"E0002":                      {answering(503, `{"code":"E0002"}`), once, all(api)},
		"another known code":         {answering(400, `{"code":"E1001"}`), once, all(api)},
		"a known code with HTTP 500": {answering(500, `{"code":"E1002"}`), once, all(api)},
		"an unknown code":            {answering(400, `{"code":"E9999"}`), once, all(api)},
		"no code":                    {answering(404, "no such path"), once, all(api)},
		"redirect":                   {answering(307, ""), once, all(api)},
	} {
		for i, call := range calls {
			t.Run(name+", "+call.step, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					sent, err := befall(t, i, func(int) bool { return true }, c.happens)
					assert.Equal(t, c.sent[i], sent[call.step])
					assert.Equal(t, c.ends[i], kindOf(err), "%v", err)
					asked := 0
					if call.step == "request" && c.ends[i] == outcome {
						asked = 1
					}
					if call.step != "status" {
						assert.Equal(t, asked, sent["status"], "status settles what became of a request, and nothing else")
					}

					sent, err = befall(t, i, func(try int) bool { return try == 1 }, c.happens)
					if c.sent[i] == 1 {
						assert.Equal(t, 1, sent[call.step])
						assert.Error(t, err)
						return
					}
					assert.Equal(t, 2, sent[call.step])
					assert.NoError(t, err)
				})
			})
		}
	}
}

// befall makes one call to a service at which something happens in some of its
// tries, and counts what was sent.
func befall(t *testing.T, which int, in func(try int) bool, happens roundTripper) (sent map[string]int, err error) {
	t.Helper()
	sent = make(map[string]int)
	sink := new(memorySink)
	config := configWith(t, roundTripper(func(r *http.Request) (*http.Response, error) {
		step := strings.Split(r.URL.Path, "/")[3]
		sent[step]++
		if step == calls[which].step && in(sent[step]) {
			return happens(r)
		}
		at := slices.IndexFunc(calls, func(c oneCall) bool { return c.step == step })
		return answer(200, calls[at].answer), nil
	}))
	config.Evidence = sink
	client := newClient(t, config)
	client.LimitAnswers(1<<10, 1<<10)
	tx, err := kakaocert.ParseTransaction[kakaocert.K1100Product]("K1110T:tx")
	require.NoError(t, err)
	err = calls[which].call(t.Context(), client, tx)
	assert.Len(t, sink.all(), sent["verify"], "each verify that is sent has its record")
	return sent, err
}

func TestSteps_AreNotMadeForACallerWhoHasGone(t *testing.T) {
	t.Parallel()
	for _, call := range calls {
		t.Run(call.step, func(t *testing.T) {
			t.Parallel()
			sink := new(memorySink)
			config := configWith(t, roundTripper(func(*http.Request) (*http.Response, error) {
				t.Error("something was sent")
				return nil, io.EOF
			}))
			config.Evidence = sink
			ctx, leave := context.WithCancelCause(t.Context())
			gone := errors.New("the browser went away")
			leave(gone)
			tx, err := kakaocert.ParseTransaction[kakaocert.K1100Product]("K1110T:tx")
			require.NoError(t, err)
			err = call.call(ctx, newClient(t, config), tx)
			assert.Equal(t, connection, kindOf(err), "%v", err)
			require.ErrorIs(t, err, context.Canceled)
			require.ErrorIs(t, err, gone)
			assert.Empty(t, sink.all())
		})
	}
}
