package riverflow_test

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/flow"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
	"github.com/kakaocert-go/kakaocert/riverflow"
)

// BenchmarkPods measures the cost of a flow, from its beginning to the
// institution's row: the CPU time of two pods, and that of PostgreSQL. The
// elapsed time includes everything, also the simulator.
//
//	go test -run '^$' -bench Pods -benchtime 1000x
func BenchmarkPods(b *testing.B) {
	needProc(b)
	for product, input := range map[string]func(int, kakaocerttest.User) flow.Input{
		"K1110": func(_ int, u kakaocerttest.User) flow.Input { return inputOf(0, u) },
		"K3511": func(_ int, u kakaocerttest.User) flow.Input { return inputOf(1, u) },
	} {
		for name, queue := range queues {
			b.Run(product+"/"+name, func(b *testing.B) {
				s := newSiege(b, queue, kakaocerttest.User{Name: hong.Name, Birthday: hong.Birthday, Phone: hong.Phone, Key: kakaocerttest.ECDSA})
				s.kakao.ClearFaults()
				s.pace, s.input = 0, input
				database, pods := s.databaseCPU(), s.podsCPU()
				b.ResetTimer()
				s.feed(b.N)
				s.fed.Wait()
				s.ended()
				b.StopTimer()
				report(b, "pods-ms/op", s.podsCPU()-pods, b.N)
				report(b, "postgres-ms/op", s.databaseCPU()-database, b.N)
			})
		}
	}
}

var queues = map[string]string{"Batches": "batch", "Jobs": "jobs"}

const (
	waitingFlows = 10_000
	askedEvery   = 10 * time.Second
)

// BenchmarkPolling measures the cost of one status call for a flow while its
// user does nothing: 10,000 flows wait, and each is asked every 10 s. The
// elapsed time is not of interest.
//
//	go test -run '^$' -bench Polling -benchtime 20000x
func BenchmarkPolling(b *testing.B) {
	needProc(b)
	for name, queue := range queues {
		b.Run(name, func(b *testing.B) {
			s := newSiege(b, queue+"/"+askedEvery.String(), kakaocerttest.User{Name: hong.Name, Birthday: hong.Birthday, Phone: hong.Phone, Behaviour: kakaocerttest.Ignore()})
			s.kakao.ClearFaults()
			s.wait(queue)
			for range 2 { // the first round is not in order
				s.poll(s.polls() + waitingFlows/2)
				s.db.Exec(b, "analyze") // as autovacuum does with tables that grow by themselves
			}
			before, begun := s.polls(), time.Now()
			database, pods, wal := s.databaseCPU(), s.podsCPU(), s.wal()
			for next := before; b.Loop(); {
				next++
				s.poll(next)
			}
			polls := s.polls() - before
			report(b, "pods-ms/op", s.podsCPU()-pods, polls)
			report(b, "postgres-ms/op", s.databaseCPU()-database, polls)
			b.ReportMetric(float64(s.wal()-wal)/float64(polls), "WAL-B/op")
			b.ReportMetric(float64(polls)/time.Since(begun).Seconds(), "op/s")
		})
	}
}

// wait makes flows that wait for their users, and asks the users without pods,
// which would take minutes.
func (s *siege) wait(queue string) {
	s.Helper()
	config := podConfig(s.store, s.log, s.env, queue)
	starter, err := riverflow.New(config, handlers()...)
	require.NoError(s, err)
	inserter, err := river.NewClient(riverpgxv5.New(s.pool), &river.Config{Logger: slog.New(slog.DiscardHandler)})
	require.NoError(s, err)
	api, in := config.Flow.Client.K1100, inputOf(0, s.users[0]).(flow.K1100Input)
	const writers, together = 4, 500 // flows in one transaction
	begin := func(tx pgx.Tx, i int) error {
		id := fmt.Sprintf("order-%05d", i)
		asked, err := api.Prepare(s.Context(), &in.Prepare)
		if err != nil {
			return err
		}
		if _, err := api.Request(s.Context(), asked, &kakaocert.K1100RequestParams{Data: id, Title: in.Request.Title, IdentifyItems: in.Request.IdentifyItems}); err != nil {
			return err
		}
		if err := starter.StartTx(s.Context(), inserter, tx, id, in); err != nil {
			return err
		}
		_, err = tx.Exec(s.Context(), `update kakaocert.flow set state = 'waiting', transaction = $2, key_version = 1, due_at = due_at + random() * $3::interval where id = $1`,
			id, asked.String(), askedEvery)
		return err
	}
	var group sync.WaitGroup
	for writer := range writers {
		group.Go(func() {
			for first := writer * together; first < waitingFlows; first += writers * together {
				assert.NoError(s, pgx.BeginFunc(s.Context(), s.pool, func(tx pgx.Tx) (err error) {
					for i := first; i < first+together && err == nil; i++ {
						err = begin(tx, i)
					}
					return err
				}))
			}
		})
	}
	group.Wait()
}

// poll waits until so many status calls were made.
func (s *siege) poll(n int) {
	for s.polls() < n && s.Context().Err() == nil {
		time.Sleep(10 * time.Millisecond)
	}
}

func report(b *testing.B, unit string, spent time.Duration, n int) {
	b.ReportMetric(float64(spent.Microseconds())/1000/float64(n), unit)
}

func (s *siege) polls() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.polled
}

func (s *siege) wal() (bytes int64) {
	require.NoError(s, s.pool.QueryRow(s.Context(), `select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint`).Scan(&bytes))
	return bytes
}

// needProc skips if the CPU time of other processes cannot be read.
func needProc(b *testing.B) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		b.Skip("needs Linux")
	}
}

func (s *siege) podsCPU() (spent time.Duration) {
	for _, pod := range s.pods {
		spent += cpuOf(s, pod.Process.Pid).own
	}
	return spent
}

// databaseCPU is the CPU time of the server and its children, including ended
// ones.
func (s *siege) databaseCPU() time.Duration {
	text, err := os.ReadFile(filepath.Join(s.server.Dir(), "data", "postmaster.pid"))
	require.NoError(s, err)
	first, _, _ := strings.Cut(string(text), "\n")
	server, err := strconv.Atoi(first)
	require.NoError(s, err)
	all := cpuOf(s, server)
	spent := all.own + all.ended
	processes, err := filepath.Glob("/proc/[0-9]*")
	require.NoError(s, err)
	for _, process := range processes {
		id, _ := strconv.Atoi(filepath.Base(process))
		if one := cpuOf(s, id); one.parent == server {
			spent += one.own
		}
	}
	return spent
}

// cpu is the CPU time of a process according to /proc.
type cpu struct {
	parent     int
	own, ended time.Duration // its own, and that of children that have ended
}

const clockTick = 10 * time.Millisecond // USER_HZ is 100

func cpuOf(t testing.TB, process int) (c cpu) {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", process))
	if err != nil {
		return c // it has ended
	}
	_, after, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(after)
	number := func(i int) int { n, _ := strconv.Atoi(fields[i]); return n }
	c.parent = number(1)
	c.own = time.Duration(number(11)+number(12)) * clockTick
	c.ended = time.Duration(number(13)+number(14)) * clockTick
	return c
}
