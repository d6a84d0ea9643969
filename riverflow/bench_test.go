package riverflow_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/flow"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
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

// BenchmarkPolling measures the cost of one status call for a flow while its
// user does nothing. The elapsed time is not of interest.
//
//	go test -run '^$' -bench Polling -benchtime 10000x
func BenchmarkPolling(b *testing.B) {
	needProc(b)
	for name, queue := range queues {
		b.Run(name, func(b *testing.B) {
			s := newSiege(b, queue, kakaocerttest.User{Name: hong.Name, Birthday: hong.Birthday, Phone: hong.Phone, Behaviour: kakaocerttest.Ignore()})
			s.kakao.ClearFaults()
			const waiting = 500
			s.pace = 0
			s.feed(waiting)
			s.fed.Wait()
			require.Eventually(b, func() bool {
				stats, err := s.stats()
				return err == nil && stats == waiting
			}, 5*time.Minute, 100*time.Millisecond)
			before := s.polls()
			database, pods, wal := s.databaseCPU(), s.podsCPU(), s.wal()
			b.ResetTimer()
			for s.polls() < before+b.N {
				time.Sleep(10 * time.Millisecond)
			}
			b.StopTimer()
			polls := s.polls() - before
			report(b, "pods-ms/op", s.podsCPU()-pods, polls)
			report(b, "postgres-ms/op", s.databaseCPU()-database, polls)
			b.ReportMetric(float64(s.wal()-wal)/float64(polls), "WAL-B/op")
		})
	}
}

func report(b *testing.B, unit string, spent time.Duration, n int) {
	b.ReportMetric(float64(spent.Microseconds())/1000/float64(n), unit)
}

func (s *siege) stats() (waiting int, err error) {
	err = s.pool.QueryRow(s.Context(), `select count(*) from kakaocert.flow where state = 'waiting'`).Scan(&waiting)
	return waiting, err
}

func (s *siege) polls() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.calls {
		n += c.polls
	}
	return n
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
