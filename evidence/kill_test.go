//go:build unix

package evidence

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
)

// Real time: a disk that syncs slowly has fewer kills, and no test that takes
// longer than go test allows.
const longEnough = 2 * time.Minute

const (
	kills    = 200
	enough   = 20 // kills in a lane, also on a slow disk
	lanes    = 2  // directories, each with one process after another
	flows    = 4  // verifies at the same time in one process
	maxEvent = 45
)

// A process that verifies with the real client is killed again and again, at
// any point of four concurrent verifies, by a service that sends its answers in
// small pieces. Every verify that the service received has its record, with all
// that the process had read.
func TestDir_LosesNoRecordByAKill(t *testing.T) {
	t.Parallel()
	for lane := range lanes {
		t.Run(strconv.Itoa(lane), func(t *testing.T) {
			t.Parallel()
			l := newLane(t, uint64(lane))
			for began := time.Now(); l.kills < rounds() && (l.kills < enough || time.Since(began) < longEnough); l.kills++ {
				l.killOne(t, l.kills)
			}
			l.settle(t)
		})
	}
}

// rounds is how many processes die in a lane.
func rounds() int {
	if testing.Short() {
		return kills / lanes / 5
	}
	return kills / lanes
}

// lane is one directory and the service that knows what it was asked.
type lane struct {
	path   string
	server *httptest.Server
	random *rand.Rand
	kills  int

	mu        sync.Mutex
	answers   map[string]string // by tx_id, once the service has seen its verify
	confirmed map[string]int    // bytes that the process had kept
	returned  map[string]bool   // Verify had returned
	events    chan struct{}
}

func newLane(t *testing.T, seed uint64) *lane {
	t.Helper()
	l := &lane{
		path: filepath.Join(t.TempDir(), "evidence"), random: rand.New(rand.NewPCG(seed, 20260301)),
		answers: make(map[string]string), confirmed: make(map[string]int), returned: make(map[string]bool),
		events: make(chan struct{}, 1<<16),
	}
	l.server = httptest.NewServer(l)
	t.Cleanup(l.server.Close)
	return l
}

// ServeHTTP answers a verify in pieces.
func (l *lane) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	txID := r.URL.Query().Get("tx_id")
	answer := killAnswer(txID)
	l.mu.Lock()
	l.answers[txID] = answer
	l.mu.Unlock()
	l.events <- struct{}{}
	w.Header().Set("Content-Length", strconv.Itoa(len(answer)))
	for len(answer) > 0 {
		piece := answer[:min(len(answer), 1500)]
		answer = answer[len(piece):]
		if _, err := io.WriteString(w, piece); err != nil {
			return // the process was killed
		}
		_ = http.NewResponseController(w).Flush()
		l.events <- struct{}{}
	}
}

// killAnswer is the service's answer. Its tx_id makes each answer different.
func killAnswer(txID string) string {
	// An answer is recognised as CMS by its first byte, 0x30, which is "0" in
	// ASCII.
	signed := base64.StdEncoding.EncodeToString([]byte("0" + strings.Repeat("signed by 홍길동 in "+txID+". ", 100)))
	text, _ := json.Marshal(map[string]string{"tx_id": txID, "result": "Y", "status": "COMPLETED", "signed_data": signed})
	return string(text)
}

// killOne starts a process, kills it at some event, and notes what the process
// had confirmed before.
func (l *lane) killOne(t *testing.T, round int) {
	t.Helper()
	for len(l.events) > 0 {
		<-l.events
	}
	cmd := child(t, "kill", l.path, l.server.URL, strconv.Itoa(round))
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		l.listen(out)
	}()
	for range l.random.IntN(maxEvent) {
		select {
		case <-l.events:
		case <-drained:
			t.Error("the process ended by itself")
			return
		}
	}
	require.NoError(t, cmd.Process.Kill())
	<-drained
	_ = cmd.Wait() // says that it was killed
	require.Equal(t, syscall.SIGKILL, cmd.ProcessState.Sys().(syscall.WaitStatus).Signal())
}

// listen reads the reports of the process: "kept <tx_id> <bytes>" after a
// Write, "returned <tx_id>" after Verify.
func (l *lane) listen(out io.Reader) {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		l.mu.Lock()
		switch words[0] {
		case "kept":
			l.confirmed[words[1]], _ = strconv.Atoi(words[2])
		case "returned":
			l.returned[words[1]] = true
		}
		l.mu.Unlock()
		l.events <- struct{}{}
	}
}

// settle counts.
func (l *lane) settle(t *testing.T) {
	t.Helper()
	l.server.Close() // it may still be at the last requests of the processes
	before := verify(t, l.path)
	require.NoError(t, before.Err())
	d := openDir(t, l.path) // completes what the killed processes left
	report := verify(t, l.path, before.Heads...)
	require.NoError(t, report.Err())
	require.Zero(t, report.InProgress)

	require.NotEmpty(t, l.answers)
	for txID, answer := range l.answers {
		found := 0
		for r, err := range d.Archive().ByTxID(t.Context(), txID) {
			require.NoError(t, err)
			found++
			l.judge(t, r, answer)
		}
		assert.Equal(t, 1, found, "records of a verify that was sent")
	}
	t.Logf("%d kills: %d verifies seen, %d confirmed in part, %d returned; %d committed, %d interrupted, %d aborted, %d leftovers",
		l.kills, len(l.answers), len(l.confirmed), len(l.returned), report.Committed, report.Interrupted, report.Aborted, report.Leftovers)
	assert.Positive(t, report.Interrupted)
	assert.Positive(t, report.Committed)
	l.damageAll(t)
}

func (l *lane) judge(t *testing.T, r *Record, answer string) {
	t.Helper()
	txID, body := r.Meta.TxID, string(r.Body())
	assert.True(t, strings.HasPrefix(answer, body), "%s: what is kept is what came", txID)
	assert.GreaterOrEqual(t, len(body), l.confirmed[txID], "%s: all that was read is kept", txID)
	switch r.Outcome {
	case Committed:
		assert.Len(t, body, len(answer), "%s: what is committed is whole", txID)
	case Interrupted:
		assert.False(t, l.returned[txID], "%s: Verify had returned", txID)
	default:
		assert.Fail(t, "outcome", "%s: %s %s", txID, r.Outcome, r.Reason)
	}
}

// damageAll changes one byte of every record: none is accepted any more.
func (l *lane) damageAll(t *testing.T) {
	t.Helper()
	path := apart(t, l.path)
	a := openArchive(t, path)
	records := 0
	for r, err := range a.Records(t.Context()) {
		require.NoError(t, err)
		records++
		file := recordPath(path, r.ID)
		raw := readFile(t, file)
		raw[l.random.IntN(len(raw))] ^= 1 << l.random.IntN(8)
		writeFile(t, file, raw)
		_, err = a.Record(t.Context(), r.ID)
		assert.ErrorIs(t, err, ErrDamaged)
	}
	assert.Len(t, verify(t, path).Faults, records)
}

// childVerify verifies one transaction after another, several at once, until
// it is killed.
func childVerify(args []string) error {
	path, url, round := args[0], args[1], args[2]
	d, err := Open(path, testKey(1))
	if err != nil {
		return err
	}
	client, err := killClient(url, telling{d})
	if err != nil {
		return err
	}
	failed := make(chan error)
	for flow := range flows {
		go func() { failed <- verifyForever(client, round+"-"+strconv.Itoa(flow)) }()
	}
	return <-failed
}

// killClient is a client of the service that sends its answers in small pieces.
func killClient(url string, sink kakaocert.Sink) (*kakaocert.Client, error) {
	zeros := make([]byte, 32)
	cipher, err := kakaocert.NewCTRCipher(base64.StdEncoding.EncodeToString(zeros), base64.StdEncoding.EncodeToString(zeros[:16]))
	if err != nil {
		return nil, err
	}
	return kakaocert.NewClient(kakaocert.Config{
		DealerKey: "dealer", InstitutionKey: "institution", SettleID: "settle", Cipher: cipher,
		Environment: kakaocert.Test, BaseURL: url, Evidence: sink,
	})
}

func verifyForever(client *kakaocert.Client, name string) error {
	for i := 0; ; i++ {
		txID := name + "-" + strconv.Itoa(i)
		tx, err := kakaocert.ParseTransaction[kakaocert.K3500Product]("K3510T:" + txID)
		if err != nil {
			return err
		}
		if _, err := client.K3500.Verify(context.Background(), tx, nil); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(os.Stdout, "returned %s\n", txID); err != nil {
			return err
		}
	}
}

// telling is a Sink that reports what its directory has kept.
type telling struct{ dir *Log }

func (s telling) Begin(ctx context.Context, meta kakaocert.EvidenceMeta) (kakaocert.RecordWriter, error) {
	record, err := s.dir.Begin(ctx, meta)
	if err != nil {
		return nil, err
	}
	return &tellingRecord{RecordWriter: record, txID: meta.TxID}, nil
}

type tellingRecord struct {
	kakaocert.RecordWriter
	txID string
	kept int
}

func (r *tellingRecord) Write(p []byte) (int, error) {
	n, err := r.RecordWriter.Write(p)
	r.kept += n
	_, _ = fmt.Fprintf(os.Stdout, "kept %s %d\n", r.txID, r.kept)
	return n, err
}
