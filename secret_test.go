package kakaocert_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
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
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%e", "%c", "%U", "%T"} {
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

// foreign is a struct of another package. fmt calls no method of what is in an
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

func TestRedaction_PrintsNothingPersonalAndNoKey(t *testing.T) {
	t.Parallel()
	user := kakaocerttest.DefaultUser()
	user.CI = kakaocerttest.NewService().Users()[0].CI
	server := kakaocerttest.NewServer(t, kakaocerttest.WithUsers(user))
	var log lockedBuffer
	var urls []string
	config := server.Config()
	config.Logger = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	observer := new(recordingObserver)
	config.Observer = observer
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
	spans := observer.spelled(t)
	secrets.check(t, "spans", spans)
	assert.Contains(t, spans, tx.TxID())
}

// %p and %w ask no method, and go vet refuses them: what is hidden stays hidden
// all the same, and only what has plain fields to be filled in does not.
func TestRedaction_HoldsUnderVerbsThatCallNoMethod(t *testing.T) {
	t.Parallel()
	service := kakaocerttest.NewService()
	config := service.Config()
	client := newClient(t, config)
	tx := requested(t, client, "nonce", everyItem...)
	info, err := client.K1100.SignerInfo(t.Context(), tx)
	require.NoError(t, err)
	var kept kakaocert.Answer
	result, err := client.K1100.Verify(t.Context(), tx, "nonce", kakaocert.WithAnswer(&kept))
	require.NoError(t, err)
	secrets := canaries{hong.Name, hong.Birthday, hong.Phone, service.Users()[0].CI, config.DealerKey, config.InstitutionKey}
	for name, value := range map[string]any{
		"client": client, "service": client.K1100, "cipher": config.Cipher, "user": byHong, "secret": info.Name, "info": *info,
		"result": *result, "answer": kept, "document": kakaocert.TextDocument(hong.Name, hong.Name),
	} {
		for _, verb := range []string{"%p", "%w", "%+p", "%#w"} {
			secrets.check(t, name, fmt.Sprintf(verb, value)+fmt.Sprintf(verb, foreign{inside: value}))
		}
	}
}

func TestRedaction_ErrorsContainNothingPersonal(t *testing.T) {
	t.Parallel()
	user := kakaocerttest.DefaultUser()
	consent := hongsConsent()
	secrets := canaries{user.Name, user.Birthday, user.Phone, user.CI, consent.AccountNumber, consent.BankName}
	everything := fmt.Sprintf(`"name":%q,"birthday":%q,"phone_no":%q,"ci":%q`, user.Name, user.Birthday, user.Phone, user.CI)
	completed := `{"tx_id":"tx","status":"COMPLETED","result":"Y",`
	bodies := []string{
		`{"code":"E2002","message":"no match for ` + user.Name + `",` + everything + `}`,
		`{"code":"` + user.Name + `",` + everything + `}`,
		`{"tx_id":"` + user.Name + `"}`,
		`{"tx_id":"` + user.Phone + ` ` + user.Name + `"}`,
		`{"tx_id":"tx","status":"` + user.Name + `","result":"` + user.Name + `","data":"` + user.Phone + `"}`,
		completed + `"data":"nonce",` + everything + `}`,
		completed + `"data":"nonce","vid":"` + user.CI + `"}`,
		completed + `"data":"` + user.Name + `","signed_data":"` + user.Name + `"}`,
		completed + `"data":"nonce","signed_data":"MAAA","vid":"` + user.Name + `"}`,
		completed + `"signed_documents":["` + user.Name + `"]}`,
		completed + `"signed_documents":[{"signed_document":"` + user.Name + `"}]}`,
		"<html>" + user.Name + user.Phone,
		user.Name,
	}
	documents := []kakaocert.Document{kakaocert.TextDocument(user.Name, user.CI), kakaocert.TextDocument(user.Name, user.CI)}
	var errs []error
	for _, body := range bodies {
		for _, status := range []int{200, 302, 400, 502} {
			for _, sink := range []kakaocert.Sink{new(memorySink), failingSink{errFull}} {
				var log lockedBuffer
				config := configWith(t, roundTripper(func(*http.Request) (*http.Response, error) { return answer(status, body), nil }))
				config.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
				observer := new(recordingObserver)
				config.Evidence, config.Observer, config.Retries = sink, observer, kakaocert.NoRetries
				errs = append(errs, everyError(t, newClient(t, config), []byte(body), consent, documents)...)
				secrets.check(t, "log", log.String())
				secrets.check(t, "spans", observer.spelled(t))
			}
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
	assert.Greater(t, failed, 900)
}

var errFull = errors.New("disk full")

// everyError makes every call, and every reading of a stored body.
func everyError(t *testing.T, client *kakaocert.Client, body []byte, consent *kakaocert.Consent, documents []kakaocert.Document) []error {
	t.Helper()
	ctx := t.Context()
	identity, err := kakaocert.ParseTransaction[kakaocert.K1100Product]("K1110T:tx")
	require.NoError(t, err)
	withdrawal, err := kakaocert.ParseTransaction[kakaocert.K3100Product]("K3110T:tx")
	require.NoError(t, err)
	one, err := kakaocert.ParseTransaction[kakaocert.K3500Product]("K3510T:tx")
	require.NoError(t, err)
	several, err := kakaocert.ParseTransaction[kakaocert.K3500Product]("K3511T:tx")
	require.NoError(t, err)
	second := func(_ any, err error) error { return err }
	return []error{
		second(client.K1100.Prepare(ctx, &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: byHong})),
		second(client.K1100.Request(ctx, identity, &kakaocert.K1100RequestParams{Data: "nonce"})),
		second(client.K1100.Status(ctx, identity)),
		second(client.K1100.Verify(ctx, identity, "nonce")),
		second(client.K1100.SignerInfo(ctx, identity)),
		second(client.K1100.Restore(identity, body, "nonce")),
		second(client.K3100.Request(ctx, withdrawal, &kakaocert.K3100RequestParams{Consent: consent})),
		second(client.K3100.Verify(ctx, withdrawal, consent)),
		second(client.K3100.Restore(withdrawal, body, consent)),
		second(client.K3500.Request(ctx, several, &kakaocert.K3500RequestParams{Documents: documents})),
		second(client.K3500.Verify(ctx, one, documents[:1])),
		second(client.K3500.Verify(ctx, several, documents)),
		second(client.K3500.Restore(several, body, documents)),
		second(kakaocert.SignedDataIn(body, nil)),
		second(kakaocert.ParseConsentExport(body, body)),
		second(kakaocert.ParseTransaction[kakaocert.K1100Product](string(body))),
		second(kakaocert.ParseProtocol(bytes.NewReader(body))),
	}
}
