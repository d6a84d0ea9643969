package kakaocert_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

var contract = kakaocert.TextDocument("계약서", "제1조 (목적)")

// answered is an error that contains the answer.
type answered interface {
	error
	Answer() kakaocert.Answer
}

// Each fault of verify: what the caller sees, how often the service was asked,
// and that every byte that came is in the Sink and in the error.
func TestVerify_FaultsLeaveTheirBytesInSinkAndError(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind    kakaocerttest.FaultKind
		fault   kakaocerttest.Fault
		verify  error // nil: it succeeds
		asked   int   // how often verify reached the service
		records []string
	}{
		// Over TCP the simulator knows the step too late to refuse: it resets.
		{kind: kakaocerttest.Refuse, verify: kakaocert.ErrOutcomeUnknown, asked: 0, records: []string{"no answer"}},
		{kind: kakaocerttest.DropBefore, verify: kakaocert.ErrOutcomeUnknown, asked: 1, records: []string{"no answer"}},
		{kind: kakaocerttest.DropAfter, verify: kakaocert.ErrOutcomeUnknown, asked: 1, records: []string{"no answer"}},
		{kind: kakaocerttest.CutBody, verify: kakaocert.ErrOutcomeUnknown, asked: 1, records: []string{"answer was cut off"}},
		{kind: kakaocerttest.Oversized, fault: kakaocerttest.Fault{Size: 1 << 20}, verify: kakaocert.ErrOutcomeUnknown, asked: 1, records: []string{"answer is longer than the cap"}},
		{kind: kakaocerttest.BadGateway, verify: kakaocert.ErrOutcomeUnknown, asked: 1, records: []string{"answer has HTTP status 502"}},
		{kind: kakaocerttest.Unavailable, verify: kakaocert.ErrOutcomeUnknown, asked: 1, records: []string{"answer has HTTP status 503"}},
		{kind: kakaocerttest.Maintenance, verify: kakaocert.ErrMaintenance, asked: 1, records: []string{"answer says E0002"}},
		{kind: kakaocerttest.ErrorCode, fault: kakaocerttest.Fault{Code: "E2010"}, verify: kakaocert.Code("E2010"), asked: 1, records: []string{"answer says E2010"}},
		{kind: kakaocerttest.BrokenJSON, verify: errNotUnderstood, asked: 1, records: []string{"committed"}},
		{kind: kakaocerttest.InternalError, asked: 2, records: []string{"answer says E0001", "committed"}},
		{kind: kakaocerttest.TooManyRequests, asked: 2, records: []string{"answer has HTTP status 429", "committed"}},
		{kind: kakaocerttest.Slow, fault: kakaocerttest.Fault{Delay: time.Millisecond}, asked: 1, records: []string{"committed"}},
		{kind: kakaocerttest.Trickle, fault: kakaocerttest.Fault{Delay: time.Microsecond, Size: 512}, asked: 1, records: []string{"committed"}},
	} {
		t.Run(string(c.kind), func(t *testing.T) {
			t.Parallel()
			server := kakaocerttest.NewServer(t)
			sink := new(memorySink)
			config := server.Config()
			config.Evidence = sink
			client := newClient(t, config)
			client.LimitAnswers(1<<20, 1<<19)
			tx := requestedDocuments(t, client, kakaocert.K3510, byHong, contract)
			c.fault.Step, c.fault.Kind = "verify", c.kind
			require.NoError(t, server.Inject(c.fault))

			result, err := client.K3500.Verify(t.Context(), tx, []kakaocert.Document{contract})
			records := sink.all()
			var ended []string
			for i, r := range records {
				ended = append(ended, r.ended)
				assert.Equal(t, i+1, r.meta.Attempt)
			}
			assert.Equal(t, c.records, ended)
			assert.Equal(t, c.asked, server.Calls("verify"))
			if c.verify == nil {
				require.NoError(t, err)
				verifier, err := kakaocert.NewVerifier(server.Roots(), kakaocert.UnsafeNoRevocation())
				require.NoError(t, err)
				_, err = result.Check(verifier)
				require.NoError(t, err)
				assert.True(t, json.Valid(records[len(records)-1].body))
				return
			}
			assert.Nil(t, result)
			if c.verify == errNotUnderstood {
				require.ErrorAs(t, err, new(*kakaocert.DecodeError))
			} else {
				require.ErrorIs(t, err, c.verify)
			}
			kept, ok := errors.AsType[answered](err)
			require.True(t, ok)
			assert.Equal(t, string(records[0].body), string(kept.Answer().Body()), "what came is in the error too")
		})
	}
}

var errNotUnderstood = errors.New("a DecodeError")

// Each fault of request: what the caller sees, and that the user was asked once
// or not at all, whatever the error says.
func TestRequest_FaultsAskTheUserOnceAtMost(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind  kakaocerttest.FaultKind
		fault kakaocerttest.Fault
		sees  error // nil: it succeeds
		calls int   // how often request reached the service
		asked bool
	}{
		{kind: kakaocerttest.Refuse, calls: 1, asked: true},
		{kind: kakaocerttest.DropBefore, sees: kakaocert.ErrOutcomeUnknown, calls: 1},
		{kind: kakaocerttest.DropAfter, calls: 1, asked: true},
		{kind: kakaocerttest.CutBody, calls: 1, asked: true},
		{kind: kakaocerttest.BrokenJSON, calls: 1, asked: true},
		{kind: kakaocerttest.Oversized, calls: 1, asked: true},
		{kind: kakaocerttest.Slow, fault: kakaocerttest.Fault{Delay: time.Minute}, calls: 1, asked: true},
		{kind: kakaocerttest.Trickle, fault: kakaocerttest.Fault{Delay: time.Minute}, calls: 1, asked: true},
		{kind: kakaocerttest.BadGateway, sees: kakaocert.ErrOutcomeUnknown, calls: 1},
		{kind: kakaocerttest.Unavailable, sees: kakaocert.ErrOutcomeUnknown, calls: 1},
		{kind: kakaocerttest.InternalError, sees: kakaocert.ErrOutcomeUnknown, calls: 1},
		{kind: kakaocerttest.Maintenance, sees: kakaocert.ErrMaintenance, calls: 1},
		{kind: kakaocerttest.TooManyRequests, fault: kakaocerttest.Fault{RetryAfter: 7 * time.Second}, calls: 2, asked: true},
		{kind: kakaocerttest.ErrorCode, fault: kakaocerttest.Fault{Code: "E1002"}, sees: kakaocert.ErrPermission, calls: 1},
	} {
		t.Run(string(c.kind), func(t *testing.T) {
			t.Parallel()
			inBubble(t, kakaocerttest.Ignore(), func(t *testing.T, service *kakaocerttest.Service, client *kakaocert.Client) {
				tx := prepared(t, client)
				c.fault.Step, c.fault.Kind = "request", c.kind
				require.NoError(t, service.Inject(c.fault))
				_, err := client.K1100.Request(t.Context(), tx, &kakaocert.K1100RequestParams{Data: "nonce"})
				require.ErrorIs(t, err, c.sees)
				assert.Equal(t, c.calls, service.Calls("request"))
				status, err := client.K1100.Status(t.Context(), tx)
				require.NoError(t, err)
				assert.Equal(t, c.asked, status.Status == kakaocert.StatusRequested)
			})
		})
	}
}

// A verify has a time of its own, whatever the caller's.
func TestVerify_OutlastsItsCallerButNotItsOwnTime(t *testing.T) {
	t.Parallel()
	inBubble(t, kakaocerttest.SignAfter(0), func(t *testing.T, service *kakaocerttest.Service, client *kakaocert.Client) {
		slow := func(d time.Duration) (*kakaocert.K1100Result, error) {
			tx := requested(t, client, "nonce")
			require.NoError(t, service.Inject(kakaocerttest.Fault{Step: "verify", Kind: kakaocerttest.Slow, Delay: d}))
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			return client.K1100.Verify(ctx, tx, "nonce")
		}
		began := time.Now()
		result, err := slow(59 * time.Second)
		require.NoError(t, err, "the caller knows its own context")
		assert.NotNil(t, result)
		assert.Equal(t, 59*time.Second, time.Since(began))

		began = time.Now()
		result, err = slow(time.Hour)
		require.ErrorIs(t, err, kakaocert.ErrOutcomeUnknown)
		require.ErrorContains(t, err, "within the time of one try")
		assert.Nil(t, result)
		assert.Equal(t, time.Minute, time.Since(began))
	})
}

// A refused connection is one that nothing was sent on: verify is tried again.
func TestVerify_RefusedConnectionIsTriedAgain(t *testing.T) {
	t.Parallel()
	service := kakaocerttest.NewService()
	sink := new(memorySink)
	config := service.Config()
	config.Evidence = sink
	client := newClient(t, config)
	tx := requestedDocuments(t, client, kakaocert.K3510, byHong, contract)
	require.NoError(t, service.Inject(kakaocerttest.Fault{Step: "verify", Kind: kakaocerttest.Refuse}))
	_, err := client.K3500.Verify(t.Context(), tx, nil)
	require.NoError(t, err)
	assert.Equal(t, 1, service.Calls("verify"))
	records := sink.all()
	require.Len(t, records, 2)
	assert.Equal(t, "nothing was sent", records[0].ended)
	assert.Equal(t, "committed", records[1].ended)
}

// A wrong signature of the service must not pass the check, whatever its form.
func TestCheck_RefusesEachFaultySignature(t *testing.T) {
	t.Parallel()
	other := kakaocert.TextDocument("약관", "제2조")
	for _, c := range []struct {
		kind      kakaocerttest.FaultKind
		documents []kakaocert.Document
		check     error // of the signature
		vid       error // when the signature is good
	}{
		{kakaocerttest.AnotherDocument, []kakaocert.Document{contract}, kakaocert.ErrContentMismatch, nil},
		{kakaocerttest.SwappedPair, []kakaocert.Document{contract, other}, kakaocert.ErrContentMismatch, nil},
		{kakaocerttest.ExpiredCertificate, []kakaocert.Document{contract}, kakaocert.ErrUntrusted, nil},
		{kakaocerttest.RevokedCertificate, []kakaocert.Document{contract}, kakaocert.ErrRevoked, nil},
		{kakaocerttest.AnotherUser, []kakaocert.Document{contract}, nil, kakaocert.ErrVIDMismatch},
		{kakaocerttest.WrongVID, []kakaocert.Document{contract}, nil, kakaocert.ErrVIDMismatch},
	} {
		t.Run(string(c.kind), func(t *testing.T) {
			t.Parallel()
			server := kakaocerttest.NewServer(t)
			require.NoError(t, server.Inject(kakaocerttest.Fault{Step: "verify", Kind: c.kind}))
			product := kakaocert.K3510
			if len(c.documents) > 1 {
				product = kakaocert.K3511
			}
			result, _ := contracted(t, server, product, byHong, c.documents...)
			verifier := strictVerifier(t, server)
			checked, err := result.Check(verifier)
			if c.check != nil {
				require.ErrorIs(t, err, c.check)
				return
			}
			require.NoError(t, err)
			assert.ErrorIs(t, checked.CheckVID(result), c.vid)
		})
	}
}

// strictVerifier checks revocation by the simulator's lists.
func strictVerifier(t testing.TB, server *kakaocerttest.Server) *kakaocert.Verifier {
	t.Helper()
	issuing, err := server.CRL()
	require.NoError(t, err)
	root, err := server.RootCRL()
	require.NoError(t, err)
	verifier, err := kakaocert.NewVerifier(server.Roots(), kakaocert.WithRevocation(
		kakaocert.RevocationHard, kakaocert.RevocationData{CRLs: [][]byte{issuing, root}}))
	require.NoError(t, err)
	return verifier
}
