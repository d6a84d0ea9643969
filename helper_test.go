package kakaocert_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

var (
	hong   = kakaocert.Person{Name: "홍길동", Birthday: "19900101", Phone: "01012345678"}
	byHong = kakaocert.ByPerson(hong)
)

// setup starts a simulator on loopback and a client of it that retries without
// delay worth speaking of.
func setup(t *testing.T, opts ...kakaocerttest.Option) (*kakaocerttest.Server, *kakaocert.Client) {
	t.Helper()
	server := kakaocerttest.NewServer(t, opts...)
	return server, newClient(t, server.Config())
}

func newClient(t testing.TB, config kakaocert.Config) *kakaocert.Client {
	t.Helper()
	client, err := kakaocert.NewClient(config)
	require.NoError(t, err)
	return client
}

// prepared is a transaction of 홍길동's.
func prepared(t testing.TB, client *kakaocert.Client) kakaocert.K1100Transaction {
	t.Helper()
	tx, err := client.K1100.Prepare(t.Context(), &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: byHong})
	require.NoError(t, err)
	return tx
}

// requested is one that the user has been asked about.
func requested(t testing.TB, client *kakaocert.Client, nonce string, items ...kakaocert.IdentifyItem) kakaocert.K1100Transaction {
	t.Helper()
	tx := prepared(t, client)
	_, err := client.K1100.Request(t.Context(), tx, &kakaocert.K1100RequestParams{Data: nonce, IdentifyItems: items})
	require.NoError(t, err)
	return tx
}

// soon is a context for Wait: long enough for a person, too, in the live test.
func soon(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func answer(status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}},
		ContentLength: int64(len(body)), Body: io.NopCloser(bytes.NewReader([]byte(body))),
	}
}

// configWith is a complete configuration over a transport of the test's own.
func configWith(t testing.TB, rt http.RoundTripper) kakaocert.Config {
	t.Helper()
	config := kakaocerttest.NewService().Config()
	config.Transport = rt
	return config
}

// memorySink is a Sink that keeps everything, as a test can look at it.
type memorySink struct {
	mu      sync.Mutex
	fail    error // of Begin
	records []*memoryRecord
}

type memoryRecord struct {
	sink  *memorySink
	id    string
	meta  kakaocert.EvidenceMeta
	body  []byte
	ended string // "committed", or why it was aborted
}

func (s *memorySink) Begin(_ context.Context, meta kakaocert.EvidenceMeta) (kakaocert.RecordWriter, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return nil, s.fail
	}
	r := &memoryRecord{sink: s, id: fmt.Sprint("record ", len(s.records)+1), meta: meta}
	s.records = append(s.records, r)
	return r, nil
}

func (s *memorySink) all() []memoryRecord {
	s.mu.Lock()
	defer s.mu.Unlock()
	var records []memoryRecord
	for _, r := range s.records {
		records = append(records, *r)
	}
	return records
}

func (s *memorySink) Recall(_ context.Context, txID string) iter.Seq2[kakaocert.Recalled, error] {
	return func(yield func(kakaocert.Recalled, error) bool) {
		for _, r := range s.all() {
			if r.meta.TxID != txID {
				continue
			}
			recalled := kakaocert.Recalled{ID: r.id, Meta: r.meta, Body: r.body, Whole: r.ended == "committed"}
			if !recalled.Whole {
				recalled.Reason = r.ended
			}
			if !yield(recalled, nil) {
				return
			}
		}
	}
}

func (r *memoryRecord) ID() string { return r.id }

func (r *memoryRecord) Write(p []byte) (int, error) {
	r.sink.mu.Lock()
	defer r.sink.mu.Unlock()
	r.body = append(r.body, p...)
	return len(p), nil
}

func (r *memoryRecord) Commit() error { return r.Abort("committed") }

func (r *memoryRecord) Abort(reason string) error {
	r.sink.mu.Lock()
	defer r.sink.mu.Unlock()
	r.ended = reason
	return nil
}

func parseProtocol(t testing.TB, text string) *kakaocert.Protocol {
	t.Helper()
	p, err := kakaocert.ParseProtocol(bytes.NewReader([]byte(text)))
	require.NoError(t, err)
	return p
}
