package flow_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/flow"
	"github.com/kakaocert-go/kakaocert/flow/flowtest"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// Bubble time: every test runs its world in a bubble.

const (
	hongName  = "홍길동"
	hongPhone = "01012345678"
	flowID    = "order-1"
)

var (
	hong   = kakaocert.Person{Name: hongName, Birthday: "19900101", Phone: hongPhone}
	byHong = kakaocert.ByPerson(hong)
	items  = []kakaocert.IdentifyItem{kakaocert.IdentifyName, kakaocert.IdentifyBirthday}
)

// world is everything that outlives a process: Kakao, the flows, the evidence,
// and the institution's rows. It is used inside a bubble of testing/synctest.
type world struct {
	*testing.T
	kakao    *kakaocerttest.Service
	memory   *flowtest.Memory
	evidence *evidence
	key      *kakaocert.SealKey
	config   func(*flow.Config[*flowtest.Tx])
	// revocation is the verifier's option.
	revocation kakaocert.VerifierOption

	mu sync.Mutex // guards what follows, which several processes change

	// A crash comes at the point with this number; 0 is never.
	crashAt, points int
	crashed         string

	frozen   time.Duration // how long the first process freezes within a verify
	late     bool          // the first request arrives late
	held     *http.Request // that request
	unmoved  flow.State    // the first move to it fails
	cipher   kakaocert.DataCipher
	refusals int // how often the institution's rows are refused
}

func newWorld(t *testing.T, behaviour kakaocerttest.Behaviour, opts ...kakaocerttest.Option) *world {
	t.Helper()
	user := kakaocerttest.DefaultUser()
	user.Behaviour, user.Key = behaviour, kakaocerttest.ECDSA
	key, err := kakaocert.NewSealKey("1", bytes.Repeat([]byte{7}, 32))
	require.NoError(t, err)
	return &world{
		T: t, kakao: kakaocerttest.NewService(append(opts, kakaocerttest.WithUsers(user))...),
		memory: flowtest.NewMemory(), evidence: new(evidence), key: key, revocation: kakaocert.UnsafeNoRevocation(),
	}
}

// process is one life of a machine. Its actions after its death have no effect.
type process struct {
	*world
	dead    bool // guarded by mu
	machine *flow.Machine[*flowtest.Tx]
}

// point is where a process can die: it ends the goroutine, and with it the
// process.
func (p *process) point(name string) {
	p.mu.Lock()
	if !p.dead {
		p.points++
		if p.points == p.crashAt {
			p.dead, p.crashed = true, name
		}
	}
	dead := p.dead
	p.mu.Unlock()
	if dead {
		runtime.Goexit()
	}
}

// take returns a setting of the world that counts once, and clears it.
func take[T any](w *world, setting *T) T {
	w.mu.Lock()
	defer w.mu.Unlock()
	var zero, value T
	value, *setting = *setting, zero
	return value
}

func (w *world) process() *process {
	w.Helper()
	p := &process{world: w}
	config := w.kakao.Config()
	config.Evidence = sink{p}
	config.Transport = wire{p, config.Transport}
	if w.cipher != nil {
		config.Cipher = w.cipher
	}
	client, err := kakaocert.NewClient(config)
	require.NoError(w, err)
	verifier, err := kakaocert.NewVerifier(w.kakao.Roots(), w.revocation)
	require.NoError(w, err)
	settings := flow.Config[*flowtest.Tx]{
		Store: store{p, w.memory}, Client: client, Verifier: verifier, Keys: []*kakaocert.SealKey{w.key},
		Documents: func(_ context.Context, ref string) ([]kakaocert.Document, error) {
			return []kakaocert.Document{kakaocert.TextDocument("약정서", "제1조 "+ref), kakaocert.TextDocument("동의서", "제2조 "+ref)}, nil
		},
	}
	if w.config != nil {
		w.config(&settings)
	}
	p.machine, err = flow.New(settings,
		flow.K1100[*flowtest.Tx]{Done: done[*kakaocert.K1100Result](p), Failed: p.failed},
		flow.K1400[*flowtest.Tx]{Done: done[*kakaocert.K1400Result](p), Failed: p.failed},
		flow.K2100[*flowtest.Tx]{Done: done[*kakaocert.K2100Result](p), Failed: p.failed},
		flow.K2220[*flowtest.Tx]{Done: done[*kakaocert.K2220Result](p), Failed: p.failed},
		flow.K3100[*flowtest.Tx]{Done: done[*kakaocert.K3100Result](p), Failed: p.failed},
		flow.K3500[*flowtest.Tx]{Done: done[*kakaocert.K3500Result](p), Failed: p.failed},
	)
	require.NoError(w, err)
	return p
}

var errRow = errors.New("the institution's row was refused")

func done[R any](p *process) func(context.Context, *flowtest.Tx, flow.Done[R]) error {
	return func(_ context.Context, tx *flowtest.Tx, d flow.Done[R]) error {
		p.point("done")
		p.mu.Lock()
		refused := p.refusals > 0
		if refused {
			p.refusals--
		}
		p.mu.Unlock()
		if refused {
			return errRow
		}
		tx.Set(d.ID, fmt.Sprintf("done %d %v %s", len(d.Verified), d.Compared, d.EvidenceID))
		return nil
	}
}

func (p *process) failed(_ context.Context, tx *flowtest.Tx, f flow.Failed) error {
	p.point("failed")
	tx.Set(f.ID, string("failed "+f.Reason))
	return nil
}

// live runs a process until its flow has ended, or the process dies, or the
// patience is over.
func (w *world) live(patience time.Duration) {
	w.Helper()
	p := w.process()
	over := time.Now().Add(patience)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for pause := time.Second; time.Now().Before(over); {
			next, err := p.machine.Drive(w.Context(), flowID)
			switch {
			case next.Ended:
				return
			case err != nil && next.After == 0:
				time.Sleep(pause)
				pause = min(2*pause, 30*time.Second)
			case err == nil:
				pause = time.Second
			}
			time.Sleep(next.After)
		}
	}()
	<-ended
}

// start begins a flow as the institution's web request does.
func (w *world) start(product string) {
	w.Helper()
	crashAt := w.crashAt
	w.crashAt = 0
	p := w.process()
	in := p.input(product)
	require.NoError(w, w.memory.Begin(w.Context(), func(ctx context.Context, tx *flowtest.Tx) error {
		return p.machine.Start(ctx, tx, flowID, in)
	}))
	w.crashAt, w.points = crashAt, 0
}

// products are one of each kind of flow.
var products = []string{"K1110", "K1120", "K3110", "K3510", "K3511", "K1400", "K2100", "K3220"}

func consent() *kakaocert.Consent {
	return &kakaocert.Consent{
		BillingOrganization: "길동증권", BankName: "길동은행", AccountNumber: "110123456789",
		AccountHolder: hongName, AccountHolderBirthday: "19900101", CollectionType: kakaocert.CollectionCMS,
	}
}

func (p *process) input(product string) flow.Input {
	p.Helper()
	switch product {
	case "K1110", "K1120":
		return flow.K1100Input{
			Prepare: kakaocert.K1100PrepareParams{Product: kakaocert.K1100Product(product), User: byHong},
			Request: kakaocert.K1100RequestParams{Title: "본인인증", IdentifyItems: items},
		}
	case "K3110":
		return flow.K3100Input{
			Prepare: kakaocert.K3100PrepareParams{Product: kakaocert.K3110, User: byHong},
			Request: kakaocert.K3100RequestParams{Title: "출금동의", Consent: consent(), IdentifyItems: items},
		}
	case "K3510":
		return flow.K3500Input{
			Prepare: kakaocert.K3500PrepareParams{Product: kakaocert.K3510, User: byHong},
			Request: kakaocert.K3500RequestParams{Documents: []kakaocert.Document{kakaocert.TextDocument("약정서", "제1조")}},
		}
	case "K3511":
		return flow.K3500Input{
			Prepare: kakaocert.K3500PrepareParams{Product: kakaocert.K3511, User: byHong},
			Request: kakaocert.K3500RequestParams{Title: "대출 계약"}, DocumentsRef: "loan-7",
		}
	}
	return p.later(product)
}

// later are the inputs that begin with a transaction.
func (p *process) later(product string) flow.Input {
	config := p.kakao.Config()
	client, err := kakaocert.NewClient(config)
	require.NoError(p, err)
	query := func(callback string, err error) url.Values {
		require.NoError(p, err)
		address, err := url.Parse(callback)
		require.NoError(p, err)
		return address.Query()
	}
	switch product {
	case "K1400":
		window, err := client.K1400.Begin("")
		require.NoError(p, err)
		tx, err := client.K1400.ParseRedirect(window, query(p.kakao.SignInWindow(p.Context(), kakaocerttest.Window{
			RedirectURI: "https://bank.invalid/back", SettleID: config.SettleID, SignData: window.SignData(), State: window.State(),
			IdentifyItems: []string{"NAME", "BIRTHDAY"},
		}, hongPhone)))
		require.NoError(p, err)
		return flow.K1400Input{Transaction: tx, Window: window, User: byHong, IdentifyItems: items}
	case "K2100":
		login, err := client.K2100.Prepare(p.Context(), &kakaocert.K2100PrepareParams{RedirectURI: "https://bank.invalid/back", IdentifyItems: items})
		require.NoError(p, err)
		address, err := client.K2100.AuthorizeURL(login, nil)
		require.NoError(p, err)
		tokens, err := client.K2100.Exchange(p.Context(), login, query(p.kakao.LogIn(p.Context(), address, hongPhone)))
		require.NoError(p, err)
		return flow.K2100Input{Transaction: tokens.Transaction, Login: login, IdentifyItems: items}
	case "K3220":
		tx, err := client.K2220.Prepare(p.Context(), &kakaocert.K2220PrepareParams{Product: kakaocert.K3220, User: byHong})
		require.NoError(p, err)
		_, err = client.K2220.Request(p.Context(), tx, &kakaocert.K2220RequestParams{SessionLength: 24 * time.Hour, Title: "주식 주문", IdentifyItems: items})
		require.NoError(p, err)
		require.NoError(p, p.kakao.NewApp(hongPhone).Open(p.Context(), tx.TxID()))
		return flow.K2220Input{Transaction: tx, Length: 24 * time.Hour, User: byHong, IdentifyItems: items}
	}
	panic("no such product")
}

// flow returns the flow as it is.
func (w *world) flow() flow.Flow {
	w.Helper()
	f, err := w.memory.Load(w.Context(), flowID)
	require.NoError(w, err)
	return f
}

func (w *world) row() string {
	row, _ := w.memory.Row(flowID)
	return row
}

// kept reports whether the evidence has the whole answer of a transaction.
func (w *world) kept(txID string) bool {
	w.evidence.mu.Lock()
	defer w.evidence.mu.Unlock()
	return slices.ContainsFunc(w.evidence.records, func(r *record) bool {
		return r.Meta.TxID == txID && json.Valid(r.Body) && bytes.Contains(r.Body, []byte(`"Y"`))
	})
}

// mustHold checks what is true for every flow, whatever has happened: no user
// was asked twice, the row and the flow agree, and a flow is lost only if Kakao
// has handed the answer over and no process has it.
func (w *world) mustHold(context string) {
	w.Helper()
	asked, handed, kept := 0, false, false
	for _, tx := range w.kakao.Transactions() {
		if !tx.RequestedAt.IsZero() {
			asked++
		}
		handed = handed || tx.Verified
		kept = kept || w.kept(tx.TxID)
	}
	f := w.flow()
	switch {
	case asked > 1:
		w.Fatalf("%s: %d transactions asked the user", context, asked)
	case f.State != flow.StateEnded:
		w.Fatalf("%s: the flow has not ended: %+v", context, f)
	case f.Input != nil:
		w.Fatalf("%s: the input was not wiped", context)
	case (w.row() == "") || (f.Reason == "") != (w.row()[:4] == "done"):
		w.Fatalf("%s: the flow says %q and the row %q", context, f.Reason, w.row())
	case f.Reason == flow.ReasonLost && (!handed || kept):
		w.Fatalf("%s: lost, but handed over %v and kept %v", context, handed, kept)
	case f.Reason == "" && !kept:
		w.Fatalf("%s: done without an answer in the evidence", context)
	}
}

// evidence is records that outlive their process.
type evidence struct {
	mu      sync.Mutex
	records []*record
	recalls int
	fails   string    // the step that fails
	until   time.Time // and how long
}

var errEvidence = errors.New("the evidence is away")

func (e *evidence) failure(step string) error {
	if step == e.fails && time.Now().Before(e.until) {
		return errEvidence
	}
	return nil
}

type record struct{ kakaocert.Recalled }

// sink is the evidence as one process uses it.
type sink struct{ *process }

func (s sink) Begin(_ context.Context, meta kakaocert.EvidenceMeta) (kakaocert.RecordWriter, error) {
	s.point("evidence begin")
	if err := s.evidence.failure("begin"); err != nil {
		return nil, err
	}
	s.evidence.mu.Lock()
	r := &record{kakaocert.Recalled{ID: fmt.Sprint("record-", len(s.evidence.records)+1), Meta: meta}}
	s.evidence.records = append(s.evidence.records, r)
	s.evidence.mu.Unlock()
	s.point("evidence begun")
	return writer{s.process, r}, nil
}

func (s sink) Recall(_ context.Context, txID string) iter.Seq2[kakaocert.Recalled, error] {
	return func(yield func(kakaocert.Recalled, error) bool) {
		s.evidence.mu.Lock()
		var found []kakaocert.Recalled
		for _, r := range s.evidence.records {
			if r.Meta.TxID == txID {
				recalled := r.Recalled
				recalled.Body = bytes.Clone(recalled.Body)
				found = append(found, recalled)
			}
		}
		if len(found) > 0 {
			s.evidence.recalls++
		}
		s.evidence.mu.Unlock()
		for _, recalled := range found {
			if !yield(recalled, nil) {
				return
			}
		}
	}
}

type writer struct {
	*process
	r *record
}

func (w writer) ID() string { return w.r.ID }

func (w writer) Write(b []byte) (int, error) {
	w.point("evidence write")
	if err := w.evidence.failure("write"); err != nil {
		return 0, err
	}
	w.evidence.mu.Lock()
	w.r.Body = append(w.r.Body, b...)
	w.evidence.mu.Unlock()
	w.point("evidence written")
	return len(b), nil
}

func (w writer) Commit() error {
	w.point("evidence commit")
	if err := w.evidence.failure("commit"); err != nil {
		return err
	}
	w.evidence.mu.Lock()
	w.r.Whole = true
	w.evidence.mu.Unlock()
	w.point("evidence committed")
	return nil
}

func (w writer) Abort(reason string) error {
	w.point("evidence abort")
	w.evidence.mu.Lock()
	defer w.evidence.mu.Unlock()
	w.r.Reason = reason
	return nil
}

// wire is the network as one process uses it.
type wire struct {
	*process
	next http.RoundTripper
}

func (w wire) RoundTrip(r *http.Request) (*http.Response, error) {
	step := path.Base(strings.TrimSuffix(r.URL.Path, path.Ext(r.URL.Path)))
	w.point("sending " + step)
	if step == "request" && take(w.world, &w.late) {
		w.held = r.Clone(context.WithoutCancel(r.Context()))
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		w.held.Body = io.NopCloser(bytes.NewReader(body))
		return nil, errEvidence
	}
	if step == "request" {
		if held := take(w.world, &w.held); held != nil {
			response, err := w.next.RoundTrip(held)
			if err != nil {
				return nil, err
			}
			_ = response.Body.Close()
		}
	}
	response, err := w.next.RoundTrip(r)
	if step == "verify" {
		time.Sleep(take(w.world, &w.frozen))
	}
	w.point("sent " + step)
	return response, err
}

// store is the flows as one process uses them.
type store struct {
	p *process
	*flowtest.Memory
}

func (s store) Move(ctx context.Context, id string, rev int64, to flow.Change) error {
	s.p.point("move to " + string(to.State))
	s.p.mu.Lock()
	unmoved := s.p.unmoved == to.State
	if unmoved {
		s.p.unmoved = ""
	}
	s.p.mu.Unlock()
	if unmoved {
		return errEvidence
	}
	err := s.Memory.Move(ctx, id, rev, to)
	s.p.point("moved to " + string(to.State))
	return err
}

func (s store) End(ctx context.Context, id string, rev int64, to flow.Change, write func(context.Context, *flowtest.Tx) error) error {
	s.p.point("end")
	err := s.Memory.End(ctx, id, rev, to, write)
	s.p.point("ended")
	return err
}

// refused is a network that leads nowhere.
type refused struct{}

func (refused) RoundTrip(*http.Request) (*http.Response, error) { return nil, errEvidence }

var (
	_ flow.Store[*flowtest.Tx] = store{}
	_ kakaocert.Recaller       = sink{}
	_ kakaocert.RecordWriter   = writer{}
)
