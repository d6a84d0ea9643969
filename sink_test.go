package kakaocert_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// A pod that has died had the answer in the evidence; another takes it up.
func TestRecall_FindsTheAnswerOfAnotherProcess(t *testing.T) {
	t.Parallel()
	server := kakaocerttest.NewServer(t)
	sink := new(memorySink)
	config := server.Config()
	config.Evidence = sink
	client, another := newClient(t, config), newClient(t, config)
	verifier := strictVerifier(t, server)

	identity := requested(t, client, "nonce")
	_, err := another.K1100.Recall(t.Context(), identity, "nonce")
	require.ErrorIs(t, err, kakaocert.ErrNoAnswer)
	_, err = client.K1100.Verify(t.Context(), identity, "nonce", kakaocert.WithReference("주문 17"))
	require.NoError(t, err)
	recalled, err := another.K1100.Recall(t.Context(), identity, "nonce")
	require.NoError(t, err)
	assert.Equal(t, "record 1", recalled.EvidenceID())
	assert.Equal(t, "주문 17", sink.all()[0].meta.Ref)
	_, err = another.K1100.Recall(t.Context(), identity, "another")
	require.ErrorIs(t, err, kakaocert.ErrNonceMismatch, "not a missing answer")

	documents := []kakaocert.Document{contract}
	tx := requestedDocuments(t, client, kakaocert.K3510, byHong, documents...)
	var answer kakaocert.Answer
	verified, err := client.K3500.Verify(t.Context(), tx, documents, kakaocert.WithAnswer(&answer))
	require.NoError(t, err)
	assert.Equal(t, "record 2", verified.EvidenceID())
	assert.Equal(t, "record 2", answer.EvidenceID())
	again, err := another.K3500.Recall(t.Context(), tx, documents)
	require.NoError(t, err)
	_, err = again.Check(verifier)
	require.NoError(t, err)
	assert.Equal(t, 2, server.Calls("verify"), "Recall sends nothing")
}

func TestRecall_PassesOverWhatIsNoAnswer(t *testing.T) {
	t.Parallel()
	server := kakaocerttest.NewServer(t)
	sink := new(memorySink)
	config := server.Config()
	config.Evidence = sink
	client := newClient(t, config)
	tx := requested(t, client, "nonce")
	meta := kakaocert.EvidenceMeta{Product: "K1110T", TxID: tx.TxID()}
	for _, body := range []string{"", "{", `{"code":"E2003"}`, `{"result":"Y","status":"COMP`, `[]`} {
		record, err := sink.Begin(t.Context(), meta)
		require.NoError(t, err)
		_, err = record.Write([]byte(body))
		require.NoError(t, err)
	}
	foreign, err := sink.Begin(t.Context(), kakaocert.EvidenceMeta{Product: "K1120T", TxID: tx.TxID()})
	require.NoError(t, err)
	_, err = foreign.Write([]byte(`{"result":"Y","status":"COMPLETED","data":"nonce"}`))
	require.NoError(t, err)
	_, err = client.K1100.Recall(t.Context(), tx, "nonce")
	require.ErrorIs(t, err, kakaocert.ErrNoAnswer)

	_, err = client.K1100.Verify(t.Context(), tx, "nonce")
	require.NoError(t, err)
	_, err = client.K1100.Recall(t.Context(), tx, "nonce")
	require.NoError(t, err)
}

func TestRecall_NeedsASinkThatCanBeRead(t *testing.T) {
	t.Parallel()
	config := configWith(t, answering(http.StatusOK, `{}`))
	config.Evidence = kakaocert.UnsafeNoEvidence()
	client := newClient(t, config)
	tx, err := kakaocert.ParseTransaction[kakaocert.K2220Product]("K2220T:tx")
	require.NoError(t, err)
	var argument *kakaocert.ArgumentError
	_, err = client.K2220.Recall(t.Context(), tx, day)
	require.ErrorAs(t, err, &argument)
	assert.Equal(t, "Config.Evidence", argument.Field)
}

func TestWithReference_IsLimited(t *testing.T) {
	t.Parallel()
	client := newClient(t, configWith(t, answering(http.StatusOK, `{}`)))
	tx, err := kakaocert.ParseTransaction[kakaocert.K1100Product]("K1110T:tx")
	require.NoError(t, err)
	for _, reference := range []string{strings.Repeat("가", 201), "\xff", "a\x00"} {
		_, err := client.K1100.Verify(t.Context(), tx, "nonce", kakaocert.WithReference(reference))
		var argument *kakaocert.ArgumentError
		require.ErrorAs(t, err, &argument)
		assert.Equal(t, "WithReference", argument.Field)
	}
}

// fullFor is a Sink without room for an answer, some times.
type fullFor struct {
	memorySink
	times int
}

func (s *fullFor) Begin(ctx context.Context, meta kakaocert.EvidenceMeta) (kakaocert.RecordWriter, error) {
	if s.times--; s.times >= 0 {
		return failingSink{errFull}, nil
	}
	return s.memorySink.Begin(ctx, meta)
}

func TestKeep_StoresTheAnswerWhenTheSinkWorksAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		service := kakaocerttest.NewService()
		sink := &fullFor{times: 5}
		config := service.Config()
		config.Evidence = sink
		client := newClient(t, config)
		documents := []kakaocert.Document{contract}
		tx := requestedDocuments(t, client, kakaocert.K3510, byHong, documents...)
		_, err := client.K3500.Verify(t.Context(), tx, documents)
		require.ErrorIs(t, err, errFull)

		require.NoError(t, client.Keep(t.Context(), err))
		result, err := client.K3500.Recall(t.Context(), tx, documents)
		require.NoError(t, err)
		assert.NotEmpty(t, result.SignedData())
		kept := sink.all()
		require.Len(t, kept, 1)
		assert.Equal(t, "committed", kept[0].ended)
		assert.Len(t, kept[0].meta.Asked, 1)
		assert.Equal(t, 1, service.Calls("verify"))
	})
}

// busyOnce answers the first verify with 429.
type busyOnce struct {
	kakaocert.Config
	busy bool
}

func (b *busyOnce) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.Contains(r.URL.Path, "/verify") && !b.busy {
		b.busy = true
		return answer(429, "{}"), nil
	}
	return b.Transport.RoundTrip(r)
}

func TestKeep_NotesTheTryWhoseAnswerItIs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		service := kakaocerttest.NewService()
		sink := &fullFor{times: 2}
		config := service.Config()
		config.Transport, config.Evidence = &busyOnce{Config: config}, full429{sink}
		client := newClient(t, config)
		tx := requested(t, client, "nonce")
		began := time.Now()
		_, err := client.K1100.Verify(t.Context(), tx, "nonce")
		require.ErrorIs(t, err, errFull)
		ended := time.Now()
		time.Sleep(time.Hour)
		require.NoError(t, client.Keep(t.Context(), err))
		meta := sink.all()[0].meta
		assert.Equal(t, 2, meta.Attempt)
		assert.True(t, meta.BegunAt.After(began) && !meta.BegunAt.After(ended), "when verify was sent")
	})
}

// full429 keeps what is refused, and is full otherwise as its Sink says.
type full429 struct{ *fullFor }

func (s full429) Begin(ctx context.Context, meta kakaocert.EvidenceMeta) (kakaocert.RecordWriter, error) {
	if meta.Attempt == 1 {
		return new(memorySink).Begin(ctx, meta)
	}
	return s.fullFor.Begin(ctx, meta)
}

func TestKeep_EndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		service := kakaocerttest.NewService()
		config := service.Config()
		config.Evidence = failingSink{errFull}
		client := newClient(t, config)
		_, failed := client.K1100.Verify(t.Context(), requested(t, client, "nonce"), "nonce")
		require.ErrorIs(t, failed, errFull)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		err := client.Keep(ctx, failed)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorIs(t, err, errFull)
	})
}

func TestKeep_HasNothingToDoForOtherErrors(t *testing.T) {
	t.Parallel()
	client := newClient(t, configWith(t, answering(http.StatusOK, `{}`)))
	for _, err := range []error{nil, errors.New("another"), kakaocert.ErrOutcomeUnknown} {
		assert.NoError(t, client.Keep(t.Context(), err))
	}
}

func TestAppLink_IsThatOfTheReceipt(t *testing.T) {
	t.Parallel()
	_, client := setup(t)
	tx, err := client.K3500.Prepare(t.Context(), &kakaocert.K3500PrepareParams{Product: kakaocert.K3520, User: byHong})
	require.NoError(t, err)
	link, err := client.K3500.AppLink(tx)
	require.NoError(t, err)
	assert.Equal(t, "kakaotalk://me/cert/sign?tx_id="+tx.TxID(), link)

	message, err := kakaocert.ParseTransaction[kakaocert.K3500Product]("K3510T:tx")
	require.NoError(t, err)
	elsewhere, err := kakaocert.ParseTransaction[kakaocert.K3500Product]("K3520:tx")
	require.NoError(t, err)
	for _, refused := range []kakaocert.K3500Transaction{{}, message, elsewhere} {
		_, err := client.K3500.AppLink(refused)
		require.ErrorAs(t, err, new(*kakaocert.ArgumentError))
	}
}
