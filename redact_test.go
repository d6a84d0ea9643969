package kakaocert_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// canaries are what must never come out: an invented person, keys, and what
// they look like when something prints their bytes.
type canaries []string

func (c canaries) check(t *testing.T, where, out string) {
	t.Helper()
	for _, secret := range c {
		for _, form := range []string{
			secret, url.QueryEscape(secret), base64.StdEncoding.EncodeToString([]byte(secret)),
			fmt.Sprintf("%x", secret), fmt.Sprintf("%X", secret), strings.Trim(fmt.Sprint([]byte(secret)), "[]"),
		} {
			if strings.Contains(out, form) {
				t.Errorf("%s: canary came out as %q", where, form)
			}
		}
	}
}

// spell prints a value in every way that programs print values.
func spell(t *testing.T, value any) string {
	t.Helper()
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T"} {
		fmt.Fprintf(&out, verb+"\n", value)
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("text", "value", value)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("json", "value", value)
	if text, err := json.Marshal(value); err == nil {
		out.Write(text)
	}
	return out.String()
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// foreign is somebody else's struct. fmt asks no method of what lies in an
// unexported field.
type foreign struct {
	inside any
	typed  struct {
		client *kakaocert.Client
		user   kakaocert.User
		secret kakaocert.Secret
		info   *kakaocert.SignerInfo
		value  kakaocert.SignerInfo
		result *kakaocert.K1100Result
		copied kakaocert.K1100Result
		answer kakaocert.Answer
		cipher kakaocert.DataCipher
	}
}

func TestNothingPersonalAndNoKeyComesOut(t *testing.T) {
	t.Parallel()
	user := kakaocerttest.DefaultUser()
	user.CI = kakaocerttest.NewService().Users()[0].CI
	server := kakaocerttest.NewServer(t, kakaocerttest.WithUsers(user))
	var log lockedBuffer
	var urls []string
	config := server.Config()
	config.Logger = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	config.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
		urls = append(urls, r.URL.String())
		return http.DefaultTransport.RoundTrip(r)
	})
	secrets := canaries{user.Name, user.Birthday, user.Phone, user.CI, config.DealerKey, config.InstitutionKey}
	for _, pair := range server.Environ() {
		if name, value, _ := strings.Cut(pair, "="); strings.HasPrefix(name, "KAKAOCERT_ENC_") {
			secrets = append(secrets, value)
			raw, err := base64.StdEncoding.DecodeString(value)
			require.NoError(t, err)
			secrets = append(secrets, string(raw))
		}
	}

	client := newClient(t, config)
	who := kakaocert.ByPerson(kakaocert.Person{Name: user.Name, Birthday: user.Birthday, Phone: user.Phone})
	params := &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: who}
	tx, err := client.K1100.Prepare(t.Context(), params)
	require.NoError(t, err)
	request := &kakaocert.K1100RequestParams{Data: "nonce", IdentifyItems: everyItem, Desc: &kakaocert.Desc{ReceiverName: user.Name}}
	_, err = client.K1100.Request(t.Context(), tx, request)
	require.NoError(t, err)
	var kept kakaocert.Answer
	result, err := client.K1100.Verify(t.Context(), tx, "nonce", kakaocert.WithAnswer(&kept))
	require.NoError(t, err)
	info, err := client.K1100.SignerInfo(t.Context(), tx)
	require.NoError(t, err)
	require.Equal(t, user.Name, info.Name.Reveal(), "the canary was there to be found")

	holder := foreign{inside: client}
	holder.typed.client, holder.typed.user, holder.typed.secret = client, who, info.Name
	holder.typed.info, holder.typed.value, holder.typed.answer = info, *info, kept
	holder.typed.result, holder.typed.copied, holder.typed.cipher = result, *result, config.Cipher
	for name, value := range map[string]any{
		"Config": config, "*Config": &config, "Client": client, "Client copied": *client,
		"Person": kakaocert.Person{Name: user.Name, Birthday: user.Birthday, Phone: user.Phone},
		"User":   who, "params": params, "params copied": *params, "request": request, "Desc": *request.Desc,
		"SignerInfo": info, "SignerInfo copied": *info, "result": result, "result copied": *result,
		"Answer": kept, "Secret": info.CI, "Secrets": []kakaocert.Secret{info.Name, info.CI}, "foreign": holder, "*foreign": &holder,
		"foreign user": foreign{inside: who}, "foreign info": foreign{inside: *info}, "foreign answer": foreign{inside: kept},
		"ByCI": kakaocert.ByCI(user.CI),
	} {
		secrets.check(t, name, spell(t, value))
	}
	secrets.check(t, "log", log.String())
	assert.Contains(t, log.String(), tx.TxID())
	secrets.check(t, "URLs", strings.Join(urls, "\n"))
}

func TestNoErrorHasAnythingPersonal(t *testing.T) {
	t.Parallel()
	user := kakaocerttest.DefaultUser()
	user.CI = kakaocerttest.NewService().Users()[0].CI
	secrets := canaries{user.Name, user.Birthday, user.Phone, user.CI}
	everything := fmt.Sprintf(`"name":%q,"birthday":%q,"phone_no":%q,"ci":%q`, user.Name, user.Birthday, user.Phone, user.CI)
	bodies := []string{
		`{"code":"E2002","message":"no match for ` + user.Name + `",` + everything + `}`,
		`{"code":"` + user.Name + `",` + everything + `}`,
		`{"tx_id":"` + user.Name + `"}`,
		`{"tx_id":"` + user.Phone + ` ` + user.Name + `"}`,
		`{"tx_id":"tx","status":"` + user.Name + `","result":"` + user.Name + `","data":"` + user.Phone + `"}`,
		`{"tx_id":"tx","status":"COMPLETED","result":"Y","data":"nonce",` + everything + `}`,
		`{"tx_id":"tx","status":"COMPLETED","result":"Y","data":"nonce","vid":"` + user.CI + `"}`,
		"<html>" + user.Name + user.Phone,
		user.Name,
	}
	var errs []error
	for _, body := range bodies {
		for _, status := range []int{200, 302, 400, 502} {
			var log lockedBuffer
			config := configWith(t, roundTripper(func(*http.Request) (*http.Response, error) { return answer(status, body), nil }))
			config.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
			client := newClient(t, config, kakaocert.WithRetries(0))
			var tx kakaocert.K1100Transaction
			require.NoError(t, tx.UnmarshalText([]byte("K1110T:tx")))
			_, err := client.K1100.Prepare(t.Context(), &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: byHong})
			errs = append(errs, err)
			_, err = client.K1100.Request(t.Context(), tx, &kakaocert.K1100RequestParams{Data: "nonce"})
			errs = append(errs, err)
			_, err = client.K1100.Verify(t.Context(), tx, "nonce")
			errs = append(errs, err)
			_, err = client.K1100.SignerInfo(t.Context(), tx)
			errs = append(errs, err)
			secrets.check(t, "log", log.String())
		}
	}
	failed := 0
	for _, err := range errs {
		if err != nil {
			failed++
			secrets.check(t, "error", spell(t, err)+err.Error())
			secrets.check(t, "error in a foreign struct", spell(t, foreign{inside: err}))
		}
	}
	assert.Greater(t, failed, 90)
}
