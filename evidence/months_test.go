package evidence

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
	"github.com/kakaocert-go/kakaocert/timestamp"
)

// calendar is a clock that the test sets.
type calendar struct{ at atomic.Pointer[time.Time] }

func (c *calendar) set(year int, month time.Month) {
	at := time.Date(year, month, 15, 12, 0, 0, 0, time.UTC)
	c.at.Store(&at)
}

func (c *calendar) now() time.Time { return *c.at.Load() }

func newMonths(t *testing.T) (*Months, *calendar, string) {
	t.Helper()
	c, parent := new(calendar), filepath.Join(t.TempDir(), "evidence")
	c.set(2026, time.January)
	return monthsAt(t, parent, c), c, parent
}

func monthsAt(t *testing.T, parent string, c *calendar) *Months {
	t.Helper()
	m, err := openMonths(parent, c.now, testKey(1))
	require.NoError(t, err)
	t.Cleanup(func() { _ = m.Close() })
	return m
}

func storeIn(t *testing.T, m *Months, txID, body string) string {
	t.Helper()
	record, err := m.Begin(t.Context(), testMeta(txID))
	require.NoError(t, err)
	_, err = record.Write([]byte(body))
	require.NoError(t, err)
	require.NoError(t, record.Commit())
	return record.(*writing).id
}

func directories(t *testing.T, m *Months) []string {
	t.Helper()
	paths, err := m.Directories()
	require.NoError(t, err)
	names := make([]string, len(paths))
	for i, path := range paths {
		names[i] = filepath.Base(path)
	}
	return names
}

func recallIn(t *testing.T, m *Months, txID string) []kakaocert.Recalled {
	t.Helper()
	var found []kakaocert.Recalled
	for r, err := range m.Recall(t.Context(), txID) {
		require.NoError(t, err)
		found = append(found, r)
	}
	return found
}

func TestMonths_HaveADirectoryEach(t *testing.T) {
	t.Parallel()
	m, c, parent := newMonths(t)
	january := storeIn(t, m, "tx<january>", "one")
	across, err := m.Begin(t.Context(), testMeta("tx-across"))
	require.NoError(t, err)
	c.set(2026, time.February)
	storeIn(t, m, "tx-february", "two")
	require.NoError(t, across.Commit(), "a record ends where it began")
	c.set(2026, time.April)
	storeIn(t, m, "tx<january>", "three")
	c.set(2026, time.March) // a clock that was set back
	storeIn(t, m, "tx-later", "four")
	assert.Equal(t, []string{"2026-01", "2026-02", "2026-04"}, directories(t, m))

	both := recallIn(t, m, "tx<january>")
	require.Len(t, both, 2)
	assert.Equal(t, "one", string(both[0].Body))
	assert.Equal(t, "three", string(both[1].Body))
	assert.True(t, both[0].Whole)
	assert.Empty(t, recallIn(t, m, "tx"))

	require.NoError(t, m.Attach(t.Context(), january, "note", []byte("a note")))
	require.NoError(t, m.Purge(t.Context(), "time is over", january))
	require.ErrorIs(t, m.Attach(t.Context(), january, "note", nil), ErrPurged)
	require.ErrorIs(t, m.Purge(t.Context(), "time is over", newID(begunAt)), ErrNotFound)
	require.ErrorIs(t, m.Attach(t.Context(), "../journal", "note", nil), ErrNotFound)
	assert.Len(t, recallIn(t, m, "tx<january>"), 1)
	committed := 0
	for _, name := range directories(t, m) {
		report := verify(t, filepath.Join(parent, name))
		require.NoError(t, report.Err())
		committed += report.Committed
	}
	assert.Equal(t, 4, committed)
}

// The end of what a process of the month before left is entered by the next
// process to open, and by those that are running.
func TestMonths_FinishTheMonthBefore(t *testing.T) {
	t.Parallel()
	for name, restart := range map[string]bool{"opened again": true, "running": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, c, parent := newMonths(t)
			record, err := m.Begin(t.Context(), testMeta("tx"))
			require.NoError(t, err)
			id := record.(*writing).die(t, "half")
			if restart {
				require.NoError(t, m.Close())
			}
			for _, month := range []time.Month{time.February, time.March} {
				c.set(2026, month)
				if restart {
					m = monthsAt(t, parent, c)
				}
				storeIn(t, m, "tx-later", "whole")
			}
			r := read(t, filepath.Join(parent, "2026-01"), id)
			assert.Equal(t, Interrupted, r.Outcome)
			assert.NotEmpty(t, r.SHA256, "its end is in the journal")
		})
	}
}

// A line that was appended without a key does not stop a bank.
func TestRenewMonth_LetsAllGoOnBesideARefusedOne(t *testing.T) {
	t.Parallel()
	m, c, parent := newMonths(t)
	storeIn(t, m, "tx", "before")
	month := directories(t, m)[0]
	appendForged(t, filepath.Join(parent, month), entry{Event: eventPurged, Key: "0123456789abcdef", Record: newID(begunAt)})
	_, err := m.Begin(t.Context(), testMeta("tx-refused"))
	require.ErrorIs(t, err, ErrDamaged, "somebody else has written to its chain")
	_, err = openMonths(parent, c.now, testKey(1))
	require.ErrorIs(t, err, ErrKey)
	assert.Contains(t, err.Error(), "RenewMonth")

	require.NoError(t, renewMonth(parent, c.now, testKey(1)))
	storeIn(t, m, "tx", "after")
	require.NoError(t, renewMonth(parent, c.now, testKey(1)), "as often as it takes")
	fresh := monthsAt(t, parent, c)
	storeIn(t, fresh, "tx", "in the third")
	assert.Equal(t, []string{month, month + ".2", month + ".3"}, directories(t, m))
	var bodies []string
	for _, r := range recallIn(t, m, "tx") {
		bodies = append(bodies, string(r.Body))
	}
	assert.Equal(t, "before after in the third", strings.Join(bodies, " "), "what is refused for writing is read")
	require.ErrorIs(t, verify(t, filepath.Join(parent, month)).Err(), ErrKey)
}

func TestMonths_LeaveWhatIsNotTheirs(t *testing.T) {
	t.Parallel()
	m, c, parent := newMonths(t)
	for _, name := range []string{"2026-13", "2026-01.1", "2026-01.02", "2026-01.x", "backup", "2026-9"} {
		require.NoError(t, os.Mkdir(filepath.Join(parent, name), 0o700))
	}
	writeFile(t, filepath.Join(parent, "2027-01"), nil)
	storeIn(t, m, "tx", "body")
	assert.Equal(t, []string{"2026-01"}, directories(t, m))
	require.NoError(t, monthsAt(t, parent, c).Close())
	require.NoError(t, m.Close())
	require.NoError(t, m.Close())
	_, err := m.Begin(t.Context(), testMeta("tx"))
	require.ErrorIs(t, err, os.ErrClosed)
}

// down is a time stamping authority that does not answer.
type down struct{}

func (down) Stamp(context.Context, []byte) ([]byte, error) { return nil, errDown }

var errDown = errors.New("no route to host")

// The month before keeps no error from this month's checkpoint.
func TestMonths_CheckpointGoesOnAfterAnError(t *testing.T) {
	t.Parallel()
	m, c, _ := newMonths(t)
	signer := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32))
	verifier, err := timestamp.NewVerifier(timestamp.Config{Roots: kakaocerttest.NewService().Roots()})
	require.NoError(t, err)
	stamper, err := timestamp.NewStamper(timestamp.StamperConfig{Authority: down{}, Verifier: verifier})
	require.NoError(t, err)
	storeIn(t, m, "tx-january", "one")
	c.set(2026, time.February)
	storeIn(t, m, "tx-february", "two")
	both, err := m.Checkpoint(t.Context(), "bank.example", signer, WithStamps(stamper, 0))
	require.ErrorIs(t, err, errDown)
	require.ErrorAs(t, err, new(*StampError))
	require.Len(t, both, 2)
	assert.Equal(t, "bank.example/2026-02", both[1].Origin)
}

// A checkpoint of the month before covers the records that ended there later.
func TestMonths_HaveCheckpointsEach(t *testing.T) {
	t.Parallel()
	m, c, parent := newMonths(t)
	signer := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32))
	none, err := m.Checkpoint(t.Context(), "bank.example", signer)
	require.NoError(t, err)
	assert.Empty(t, none)
	across, err := m.Begin(t.Context(), testMeta("tx-across"))
	require.NoError(t, err)
	one, err := m.Checkpoint(t.Context(), "bank.example", signer)
	require.NoError(t, err)
	require.Len(t, one, 1)
	c.set(2026, time.February)
	storeIn(t, m, "tx-february", "two")
	require.NoError(t, across.Commit())
	both, err := m.Checkpoint(t.Context(), "bank.example", signer)
	require.NoError(t, err)
	require.Len(t, both, 2)
	assert.Equal(t, "bank.example/2026-01", both[0].Origin)
	assert.EqualValues(t, 2, both[0].Number)
	assert.Equal(t, "bank.example/2026-02", both[1].Origin)
	for i, month := range []string{"2026-01", "2026-02"} {
		key, err := NewCheckpointKey("bank.example/"+month, signer.Public())
		require.NoError(t, err)
		report, err := openArchive(t, filepath.Join(parent, month)).Verify(t.Context(), key, both[i])
		require.NoError(t, err)
		require.NoError(t, report.Err())
		assert.Equal(t, both[i].Size, report.Covered)
	}
}
