package kakaocerttest_test

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/journey"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// inForm is display data in the contract's form, which the caller must know.
func inForm(form kakaocerttest.DescForm) (*kakaocert.Desc, kakaocert.Extra) {
	switch form {
	case kakaocerttest.DescText:
		return &kakaocert.Desc{Raw: json.RawMessage(`"계좌 개설"`)}, nil
	case kakaocerttest.DescNone:
		return nil, kakaocert.Extra{"request_type": "계좌 개설"}
	}
	return &kakaocert.Desc{RequestType: "계좌 개설"}, nil
}

// The client learns these from a protocol file, and in no other way; it
// understands all other dialects without one.
var needsConfiguration = map[string]string{
	"product in path": withProductInPaths, "settle_id in the header": `{"place.settle_id": "header"}`,
	"all at once":      strings.TrimSuffix(withProductInPaths, "}") + `, "place.settle_id": "header"}`,
	"names of its own": ownNames, "names of its own, wrapped": ownNames,
	"wrapped in another object": `{"place.answer": "response.body data"}`,
}

var withProductInPaths = func() string {
	var lines []string
	for _, entry := range kakaocert.DefaultProtocol().Entries() {
		words := strings.Fields(entry.Value)
		if strings.HasPrefix(entry.Key, "step.") && len(words) == 2 && !strings.Contains(entry.Value, "{product}") {
			lines = append(lines, `"`+entry.Key+`": "`+entry.Value+`/{product}"`)
		}
	}
	return "{" + strings.Join(lines, ", ") + "}"
}()

// namesOfItsOwn are names that the protocol does not define, all of them
// nested.
var namesOfItsOwn = map[string]string{
	"tx_id": "payload.key", "result": "payload.yes", "status": "state.word", "nonce": "payload.token", "signed_data": "payload.signed.cms",
	"signed_documents": "payload.list", "signed_document": "one.cms", "ci": "who.link", "vid": "who.bound", "name": "who.called",
	"birthday": "who.born", "phone_number": "who.phone", "requested_at": "state.asked", "signed_at": "state.done", "request_expired_at": "state.end",
	"kauth_tx_id": "login.key", "access_token": "login.access", "session_start_at": "state.from", "session_end_at": "state.until",
	"error_code": "problem.number", "error_message": "problem.words",
}

var ownNames = func() string {
	p := kakaocert.DefaultProtocol()
	lines := make(map[string]string)
	for key, name := range namesOfItsOwn {
		lines["field."+key] = p.Field(key) + " " + name
	}
	text, err := json.Marshal(lines)
	if err != nil {
		panic(err)
	}
	return string(text)
}()

var oneOfEachService = []string{"K1110", "K1400", "K2100", "K2220", "K3110", "K3511"}

// flowDialects are all dialects in which the flows run.
func flowDialects() map[string]kakaocerttest.Dialect {
	dialects := map[string]kakaocerttest.Dialect{
		"DER": {DER: true}, "VID in Base64": {Base64VID: true}, "no scheme": {WithoutScheme: true},
		"names of its own":          {Names: namesOfItsOwn},
		"wrapped in another object": {Wrapped: true, Wrapper: "response.body", Errors: kakaocerttest.ErrorForm{In: "response.body"}},
		"names of its own, wrapped": {Names: namesOfItsOwn, Wrapped: true},
	}
	for name, test := range dialectTests {
		dialects[name] = test.dialect
	}
	return dialects
}

var ourKey = regexp.MustCompile(`\b(step|field|place)\.[a-z0-9_.]+\b`)

func TestClient_RunsEveryFlowInEveryDialect(t *testing.T) {
	t.Parallel()
	for name, dialect := range flowDialects() {
		for product, flow := range journey.Flows {
			if testing.Short() && !slices.Contains(oneOfEachService, product) {
				continue
			}
			t.Run(name+"/"+product, func(t *testing.T) {
				t.Parallel()
				file, isTold := needsConfiguration[name]
				err := runFlow(t, dialect, "", flow)
				if !isTold || product == "K1400" && dialect.SettleIDHeader && !dialect.ProductInPath || product == "K2100" && dialect.SettleIDHeader && !dialect.ProductInPath {
					require.NoError(t, err) // for the last two the server prepares nothing with a settle_id of its own
					return
				}
				require.Error(t, err)
				assert.False(t, kakaocert.IsSecurityEvent(err))
				key := ourKey.FindString(err.Error())
				require.NotEmpty(t, key, "must name what to change: %v", err)
				assert.NotEmpty(t, kakaocert.DefaultProtocol().Get(key), key)
				require.NoError(t, runFlow(t, dialect, file, flow))
			})
		}
	}
}

// If a single field has another name, the flow succeeds without it, or the
// error names its key and no other.
func TestClient_NamesTheOneKeyThatAHostHasOtherwise(t *testing.T) {
	t.Parallel()
	needed := make(map[string]bool)
	var mu sync.Mutex
	t.Run("keys", func(t *testing.T) {
		for key, name := range namesOfItsOwn {
			for _, product := range oneOfEachService {
				t.Run(key+"/"+product, func(t *testing.T) {
					t.Parallel()
					err := runFlow(t, kakaocerttest.Dialect{Names: map[string]string{key: name}}, "", journey.Flows[product])
					if err == nil || isAboutTimes(err) {
						return
					}
					assert.False(t, kakaocert.IsSecurityEvent(err), "%v", err)
					assert.Contains(t, ourKey.FindAllString(err.Error(), -1), "field."+key, "%v", err)
					mu.Lock()
					defer mu.Unlock()
					needed[key] = true
				})
			}
		}
	})
	for _, key := range []string{"tx_id", "result", "status", "nonce", "signed_data", "signed_documents", "signed_document", "name", "birthday", "ci", "kauth_tx_id"} {
		if key != "result" && key != "ci" { // request is settled by status, and CI is the contract's
			assert.True(t, needed[key], key)
		}
	}
}

// isAboutTimes reports that the test, and not the client, needs the times.
func isAboutTimes(err error) bool { return strings.Contains(err.Error(), "status does not say when") }

func runFlow(t *testing.T, dialect kakaocerttest.Dialect, file string, flow journey.Flow) error {
	t.Helper()
	server := kakaocerttest.NewServer(t, kakaocerttest.WithDialect(dialect))
	config := server.Config()
	config.Evidence = kakaocert.UnsafeNoEvidence()
	if file != "" {
		protocol, err := kakaocert.ParseProtocol(strings.NewReader(file))
		require.NoError(t, err)
		config.Protocol = protocol
	}
	client, err := kakaocert.NewClient(config)
	require.NoError(t, err)
	verifier, err := kakaocert.NewVerifier(server.Roots(), kakaocert.UnsafeNoRevocation())
	require.NoError(t, err)
	user := kakaocerttest.DefaultUser()
	desc, extra := inForm(dialect.Desc)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err = flow(ctx, &journey.Journey{
		Client: client, SettleID: config.SettleID, Verifier: verifier, Sim: server.Service, Desc: desc, Extra: extra, CI: user.CI,
		Person: kakaocert.Person{Name: user.Name, Birthday: user.Birthday, Phone: user.Phone}, Order: []byte("매수 100주"),
	})
	require.NotErrorAs(t, err, new(*kakaocert.ArgumentError))
	return err
}

// A second verify is refused, with a code that the client understands in any
// dialect.
func TestClient_UnderstandsARefusalInEveryDialect(t *testing.T) {
	t.Parallel()
	for name, dialect := range flowDialects() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := runFlow(t, dialect, needsConfiguration[name], func(ctx context.Context, j *journey.Journey) error {
				user := kakaocerttest.DefaultUser()
				user.Name = "김철수"
				tx, err := j.Client.K1100.Prepare(ctx, &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: person(user)})
				assert.True(t, tx.IsZero())
				return err
			})
			assert.ErrorIs(t, err, kakaocert.ErrUserMismatch)
		})
	}
}
