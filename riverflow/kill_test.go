package riverflow_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/evidence"
	"github.com/kakaocert-go/kakaocert/flow"
	"github.com/kakaocert-go/kakaocert/internal/pgtest"
	"github.com/kakaocert-go/kakaocert/internal/postgres"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
	"github.com/kakaocert-go/kakaocert/pgstore"
	"github.com/kakaocert-go/kakaocert/riverflow"
)

// Real time: processes are killed and frozen at random moments, and at none of
// them may a test fail.

// The long run is
//
//	go test -run TestPods -timeout 60m -flows 2000 -kills 50 -crashes 10 -slow=false
var (
	flagFlows   = flag.Int("flows", 200, "flows of the tests that kill pods")
	flagKills   = flag.Int("kills", 30, "pods that are killed")
	flagCrashes = flag.Int("crashes", 2, "crashes of the database")
	flagStops   = flag.Int("stops", 2, "pods that are frozen for a while")
	flagSlow    = flag.Bool("slow", true, "let Kakao's answers come slowly: more of them are hit")
)

func TestPods_LoseOnlyWhatKakaoHadHandedOverWhenTheyWereKilled(t *testing.T) {
	t.Parallel()
	for name, queue := range map[string]string{"Batches": "batch", "Jobs": "jobs"} {
		t.Run(name, func(t *testing.T) {
			if queue == "jobs" && *flagFlows <= 200 {
				t.Skip("River sees only after minutes that a pod is dead: this is for the long run")
			}
			s := newSiege(t, queue)
			s.feed(*flagFlows)
			s.strike(map[string]int{"kill": *flagKills, "crash": *flagCrashes, "stop": *flagStops})
			s.settle()
			s.judge()
		})
	}
}

func TestPods_LoseNothingWhereTheyAreStopped(t *testing.T) {
	t.Parallel()
	s := newSiege(t, patientBatch)
	s.feed(*flagFlows / 2)
	s.strike(map[string]int{"term": *flagKills / 3})
	s.settle()
	s.judge()
	assert.Zero(t, s.lost)
}

// siege is Kakao, a database and two pods, one of which dies again and again.
type siege struct {
	testing.TB
	server *postgres.Server
	db     *pgtest.Database
	pool   *pgxpool.Pool
	store  *pgstore.Store
	log    *evidence.Log
	kakao  *kakaocerttest.Server
	env    []string
	pods   []*podProcess
	begun  time.Time
	fed    sync.WaitGroup
	pace   time.Duration // between two flows that begin
	users  []kakaocerttest.User
	input  func(i int, u kakaocerttest.User) flow.Input
	flows  int
	lost   int

	mu     sync.Mutex
	calls  map[string]*calls // by tx_id
	polled int               // status calls
}

// calls are what Kakao has seen of a transaction.
type calls struct{ requests, asked, verifies, handed int }

const podVariable = "KAKAOCERT_TEST_POD"

func newSiege(t testing.TB, queue string, users ...kakaocerttest.User) *siege {
	t.Helper()
	if users == nil {
		users = people()
	}
	server := pgtest.Start(t, "max_connections=100")
	s := &siege{TB: t, users: users, server: server, db: newDatabase(t, pgtest.On(t, server)), calls: make(map[string]*calls), begun: time.Now(), pace: 25 * time.Millisecond, input: inputOf}
	s.pool = connect(t, s.db.URLAs("pod"))
	var err error
	s.store, s.log, err = openEvidence(t.Context(), s.pool)
	require.NoError(t, err)
	s.db.Exec(t, `create table bank_event (id text primary key, outcome text not null); grant select, insert on bank_event to pod`)
	s.kakao = kakaocerttest.NewServer(t, kakaocerttest.WithUsers(users...))
	s.kakao.OnEvent(s.saw)
	// Slow answers make a kill in the middle of a call more likely.
	for _, slow := range []kakaocerttest.Fault{
		{Step: "verify", Kind: kakaocerttest.Trickle, Size: 400, Delay: 3 * time.Millisecond},
		{Step: "request", Kind: kakaocerttest.Slow, Delay: 100 * time.Millisecond},
		{Step: "prepare", Kind: kakaocerttest.Slow, Delay: 30 * time.Millisecond},
	} {
		slow.Times = kakaocerttest.Always
		if !*flagSlow {
			break
		}
		require.NoError(t, s.kakao.Inject(slow))
	}
	s.env = append(os.Environ(), s.kakao.Environ()...)
	s.env = append(s.env, podVariable+"="+queue, "POD_DATABASE="+s.db.URLAs("pod"),
		"POD_ROOTS="+base64.StdEncoding.EncodeToString(s.kakao.RootPEM()))
	s.pods = []*podProcess{s.startPod(), s.startPod()}
	t.Cleanup(func() {
		for _, p := range s.pods {
			_ = p.kill()
		}
	})
	return s
}

// people sign at different times, some by RSA, and a few do not.
func people() []kakaocerttest.User {
	users := make([]kakaocerttest.User, 40)
	for i := range users {
		users[i] = kakaocerttest.User{
			Name: hong.Name, Birthday: hong.Birthday, Phone: fmt.Sprintf("0101111%04d", i),
			Behaviour: kakaocerttest.SignAfter(time.Duration(i%20) * 50 * time.Millisecond), Key: kakaocerttest.ECDSA,
		}
		switch {
		case i%10 == 9:
			users[i].Behaviour = kakaocerttest.RefuseAfter(time.Second)
		case i%2 == 0:
			users[i].Key = kakaocerttest.RSA
		}
	}
	return users
}

func (s *siege) saw(e kakaocerttest.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.calls[e.TxID]
	if c == nil {
		c = new(calls)
		s.calls[e.TxID] = c
	}
	carriedOut := e.Code == "" && e.Status == 200
	switch e.Step {
	case "request":
		c.requests++
		if carriedOut {
			c.asked++
		}
	case "status":
		s.polled++
	case "verify":
		c.verifies++
		if tx, _ := s.kakao.Transaction(e.TxID); carriedOut && tx.Verified {
			c.handed++
		}
	}
}

// podProcess is a pod in a process of its own.
type podProcess struct {
	*exec.Cmd
	output io.ReadCloser // ends when the pod handles SIGTERM, or is dead
}

func (s *siege) startPod() *podProcess {
	s.Helper()
	binary, err := os.Executable()
	require.NoError(s, err)
	pod := &podProcess{Cmd: exec.Command(binary)}
	pod.Env, pod.Stderr = s.env, os.Stderr
	pod.output, err = pod.StdoutPipe()
	require.NoError(s, err)
	require.NoError(s, pod.Start())
	return pod
}

// kill may hit a pod that has only just started.
func (p *podProcess) kill() error {
	_ = p.Process.Kill()
	return p.Wait()
}

// stop stops a pod as Kubernetes does. A process that does not handle SIGTERM
// yet would end by it with an error, but it has nothing to finish either, so stop
// waits until the pod does.
func (p *podProcess) stop() error {
	if _, err := io.Copy(io.Discard, p.output); err != nil {
		return err
	}
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return p.Wait()
}

// feed begins flows, like web requests that are repeated when the database is
// not available.
func (s *siege) feed(flows int) {
	s.flows = flows
	starter, err := riverflow.New(podConfig(s.store, s.log, s.env, "batch"), handlers()...)
	require.NoError(s, err)
	s.fed.Go(func() {
		p := &pod{world: &world{TB: s, pool: s.pool}, flows: starter}
		for i := range flows {
			in := s.input(i, s.users[i%len(s.users)])
			for s.Context().Err() == nil {
				err := p.start(fmt.Sprintf("order-%05d", i), in)
				if err == nil || strings.Contains(err.Error(), "bank_order_pkey") {
					break
				}
				time.Sleep(200 * time.Millisecond)
			}
			time.Sleep(s.pace)
		}
	})
}

func inputOf(i int, u kakaocerttest.User) flow.Input {
	user := kakaocert.ByPerson(kakaocert.Person{Name: u.Name, Birthday: u.Birthday, Phone: u.Phone})
	if i%2 == 0 {
		in := identity()
		in.Prepare.User = user
		return in
	}
	in := contract()
	in.Prepare.User = user
	return in
}

// strike causes events in random order, about one a second.
func (s *siege) strike(times map[string]int) {
	s.Helper()
	var all []string
	for what, n := range times {
		for range n {
			all = append(all, what)
		}
	}
	rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	// Spread over the time in which flows begin.
	pause := max(750*time.Millisecond, time.Duration(s.flows)*s.pace/time.Duration(len(all)+1))
	for _, what := range all {
		time.Sleep(pause/2 + rand.N(pause))
		i := rand.IntN(len(s.pods))
		pod := s.pods[i]
		switch what {
		case "crash":
			require.NoError(s, s.server.Crash())
			require.NoError(s, s.server.Restart(s.Context()))
		case "stop":
			require.NoError(s, pod.Process.Signal(syscall.SIGSTOP))
			time.Sleep(3 * time.Second)
			require.NoError(s, pod.Process.Signal(syscall.SIGCONT))
		case "kill":
			require.ErrorContains(s, pod.kill(), "killed", "a pod ends only when it is killed")
			s.pods[i] = s.startPod()
		case "term":
			require.NoError(s, pod.stop(), "a pod that is stopped ends well")
			s.pods[i] = s.startPod()
		}
	}
	s.Logf("%v within %v", times, time.Since(s.begun).Round(time.Second))
}

// settle waits until all flows have ended, and stops the pods.
func (s *siege) settle() {
	s.Helper()
	s.fed.Wait()
	struck := time.Now()
	s.ended()
	s.Logf("all ended %v after the last strike", time.Since(struck).Round(time.Second))
	for _, pod := range s.pods {
		require.NoError(s, pod.stop(), "a pod that is stopped ends well")
	}
}

// ended waits until all flows have ended.
func (s *siege) ended() {
	s.Helper()
	require.Eventually(s, func() bool {
		var open int
		err := s.pool.QueryRow(s.Context(), `select $1 - count(*) from kakaocert.flow where state = 'ended'`, s.flows).Scan(&open)
		return err == nil && open == 0
	}, 10*time.Minute, 100*time.Millisecond, "all flows end")
}

// judge compares what Kakao has seen with the flows, the institution's rows and
// the evidence.
func (s *siege) judge() {
	s.Helper()
	s.mu.Lock() // the simulator may still be at the last calls of the pods
	defer s.mu.Unlock()
	type ended struct{ id, tx, reason, outcome string }
	rows, err := s.pool.Query(s.Context(), `select f.id, split_part(f.transaction, ':', 2), f.reason, coalesce(e.outcome, '') from kakaocert.flow f left join bank_event e using (id)`)
	require.NoError(s, err)
	flows, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (e ended, err error) {
		err = row.Scan(&e.id, &e.tx, &e.reason, &e.outcome)
		return e, err
	})
	require.NoError(s, err)
	assert.Len(s, flows, s.flows)
	known := make(map[string]bool)
	counts := make(map[string]int)
	for _, f := range flows {
		known[f.tx] = true
		counts[f.reason]++
		assert.Equal(s, orDone(f.reason), f.outcome, "the institution's row of %s", f.id)
		c := s.calls[f.tx]
		if f.reason == string(flow.ReasonLost) {
			s.lost++
			assert.Positive(s, c.handed, "%s is lost, but Kakao has not handed it over", f.id)
			assert.False(s, isKept(s, s.log, f.tx), "%s is lost, but the evidence has it", f.id)
		}
		if f.reason == "" {
			assert.True(s, isKept(s, s.log, f.tx), "%s is done, but the evidence does not have it", f.id)
		}
	}
	repeated, again := 0, 0
	for tx, c := range s.calls {
		assert.LessOrEqual(s, c.asked, 1, "a user was asked twice in one transaction")
		assert.True(s, c.asked == 0 || known[tx], "a user was asked in a transaction that no flow has")
		if c.requests > 1 {
			repeated++
		}
		if c.verifies > 1 {
			again++
		}
	}
	s.Logf("%d flows: %d done, %d declined, %d lost; %d requests and %d verifies were sent again; %v", s.flows, counts[""], counts["declined"], s.lost, repeated, again, time.Since(s.begun).Round(time.Second))
	assert.Equal(s, s.flows, counts[""]+counts["declined"]+counts["lost"], "%v", counts)
}

func orDone(reason string) string {
	if reason == "" {
		return "done"
	}
	return reason
}

func isKept(t testing.TB, log *evidence.Log, txID string) bool {
	t.Helper()
	for r, err := range log.Recall(t.Context(), txID) {
		require.NoError(t, err)
		if json.Valid(r.Body) && bytes.Contains(r.Body, []byte(`"Y"`)) {
			return true
		}
	}
	return false
}

// The pod's side.

func handlers() []flow.Handler[pgx.Tx] {
	return []flow.Handler[pgx.Tx]{
		riverflow.K1100{Done: entered[*kakaocert.K1100Result], Failed: enteredFailure},
		riverflow.K3500{Done: entered[*kakaocert.K3500Result], Failed: enteredFailure},
	}
}

func entered[R any](ctx context.Context, tx pgx.Tx, d flow.Done[R]) error {
	_, err := tx.Exec(ctx, `insert into bank_event values ($1, 'done')`, d.ID)
	return err
}

func enteredFailure(ctx context.Context, tx pgx.Tx, f flow.Failed) error {
	_, err := tx.Exec(ctx, `insert into bank_event values ($1, $2)`, f.ID, string(f.Reason))
	return err
}

// openEvidence fails where the database is not available.
func openEvidence(ctx context.Context, pool *pgxpool.Pool) (*pgstore.Store, *evidence.Log, error) {
	store, err := pgstore.Open(ctx, pool, nil)
	if err != nil {
		return nil, nil, err
	}
	log, err := evidence.NewLog(ctx, store.Evidence(), must(evidence.NewKey(bytes.Repeat([]byte{9}, evidence.KeySize))))
	return store, log, err
}

func must[V any](v V, err error) V {
	if err != nil {
		panic(err)
	}
	return v
}

// patientBatch is the queue of pods that do not give up a verify on a slow
// machine: its answer would be lost without a kill.
const patientBatch = "patient batch"

// podConfig has short times, so that the test sees what happens after them. The
// queue may end in how often a waiting flow is asked: "jobs/10s".
func podConfig(store *pgstore.Store, log *evidence.Log, env []string, queue string) riverflow.Config {
	get := func(name string) string {
		for _, variable := range env {
			if value, is := strings.CutPrefix(variable, name+"="); is {
				return value
			}
		}
		return ""
	}
	queue, often, _ := strings.Cut(queue, "/")
	every := time.Second
	if often != "" {
		every = must(time.ParseDuration(often))
	}
	verify := 5 * time.Second
	if queue == patientBatch {
		verify = time.Minute
	}
	client := must(kakaocert.NewClient(kakaocert.Config{
		DealerKey: get("KAKAOCERT_DEALER_KEY"), InstitutionKey: get("KAKAOCERT_INSTITUTION_KEY"), SettleID: get("KAKAOCERT_SETTLE_ID"),
		Cipher:      must(kakaocert.NewCTRCipher(get("KAKAOCERT_ENC_KEY"), get("KAKAOCERT_ENC_IV"))),
		Environment: kakaocert.Test, BaseURL: get("KAKAOCERT_BASE_URL"), Evidence: log,
		TryTimeout: verify, VerifyTimeout: verify, Retries: kakaocert.NoRetries,
	}))
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(must(base64.StdEncoding.DecodeString(get("POD_ROOTS"))))
	return riverflow.Config{
		Batch: queue != "jobs", Every: every, MaxWorkers: 30,
		Flow: flow.Config[pgx.Tx]{
			Store: store.Flows(), Client: client,
			Verifier: must(kakaocert.NewVerifier(roots, kakaocert.UnsafeNoRevocation())),
			Keys:     []*kakaocert.SealKey{must(kakaocert.NewSealKey("1", bytes.Repeat([]byte{7}, 32)))},
			Poll:     func(time.Duration) time.Duration { return every },
			Lease:    2 * verify, Grace: time.Minute,
		},
	}
}

// podConnections is enough for MaxWorkers: a worker holds a connection for a
// statement only. With pgxpool's four, workers would wait for each other.
const podConnections = 20

// runPod is the main function of a pod.
func runPod(queue string) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	_ = os.Stdout.Close() // the siege waits for it
	address := must(pgxpool.ParseConfig(os.Getenv("POD_DATABASE")))
	address.MaxConns = podConnections
	pool := must(pgxpool.NewWithConfig(ctx, address))
	store, log, err := openEvidence(ctx, pool)
	for err != nil && ctx.Err() == nil { // the database has crashed
		time.Sleep(100 * time.Millisecond)
		store, log, err = openEvidence(ctx, pool)
	}
	if ctx.Err() != nil {
		return
	}
	flows := must(riverflow.New(podConfig(store, log, os.Environ(), queue), handlers()...))
	settings := &river.Config{Logger: slog.New(slog.DiscardHandler), FetchCooldown: 50 * time.Millisecond}
	if err := flows.Configure(settings); err != nil {
		panic(err)
	}
	client := must(river.NewClient(riverpgxv5.New(pool), settings))
	for flows.Run(ctx, client) != nil && ctx.Err() == nil {
		time.Sleep(100 * time.Millisecond)
	}
}
