//go:build unix

package evidence

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
)

var errSync = errors.New("the disk is gone")

// childSync does one verify, an attachment and a purge with the real client,
// and prints what was synced when. The sync with the given number fails, once;
// 0 means that no sync fails.
func childSync(args []string) error {
	path, failing := args[0], args[1]
	syncs := 0
	syncFile = func(f *os.File) error {
		syncs++
		if strconv.Itoa(syncs) == failing {
			fmt.Println("failed")
			return errSync
		}
		fmt.Println("sync", kindOfFile(path, f.Name()))
		return f.Sync()
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Println("asked")
		_, _ = w.Write([]byte(killAnswer("tx")))
	}))
	defer server.Close()

	d, err := Open(path, testKey(1))
	if err != nil {
		return told("open", err)
	}
	fmt.Println("open")
	client, err := killClient(server.URL, d)
	if err != nil {
		return err
	}
	tx, err := kakaocert.ParseTransaction[kakaocert.K3500Product]("K3510T:tx")
	if err != nil {
		return err
	}
	if _, err := client.K3500.Verify(context.Background(), tx, nil); err != nil {
		return told("verify", err)
	}
	fmt.Println("verified")
	for r, err := range d.Archive().ByTxID(context.Background(), "tx") {
		if err != nil {
			return err
		}
		if err := d.Attach(context.Background(), r.ID, "note", []byte("note")); err != nil {
			return told("attach", err)
		}
		fmt.Println("attached")
		if err := d.Purge(context.Background(), "time is over", r.ID); err != nil {
			return told("purge", err)
		}
		fmt.Println("purged")
	}
	return d.Close()
}

// told prints the step at which a failed sync was noticed.
func told(step string, err error) error {
	if !errors.Is(err, errSync) {
		return err
	}
	fmt.Println("noticed by", step)
	return nil
}

// kindOfFile is a file's name without the parts that differ each time.
func kindOfFile(path, name string) string {
	switch relative, err := filepath.Rel(path, name); {
	case err != nil || strings.HasPrefix(relative, ".."):
		return "above"
	case strings.HasSuffix(name, ".record"):
		return "record"
	case strings.HasSuffix(name, ".attachment"):
		return "attachment"
	case strings.HasSuffix(name, ".chain"):
		return "chain"
	default:
		return relative
	}
}

func runSync(t *testing.T, failing int) (path string, events []string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "a", "b", "evidence")
	out, err := child(t, "sync", path, strconv.Itoa(failing)).Output()
	require.NoError(t, err)
	for line := range strings.Lines(string(out)) {
		event := strings.TrimSpace(line)
		if len(events) > 0 && event == events[len(events)-1] {
			continue // folders above, pieces of an answer
		}
		events = append(events, event)
	}
	return path, events
}

// What a power cut cannot remove any more, and since when: nothing less is
// durable enough to send a verify after it, or to return from it.
func TestDir_SyncsBeforeItGoesOn(t *testing.T) {
	t.Parallel()
	path, events := runSync(t, 0)
	assert.Equal(t, []string{
		"sync .", "sync above", "sync record", "sync records", "open", // the trial of a beginning
		"sync record", "sync records", "sync chain", "sync chains", "asked", // begun before it is sent
		"sync record", // the answer, and then its end, which the chain has in the next sync
		"verified",
		"sync attachment", "sync records", "sync chain", "attached",
		"sync chain", "sync records", "purged", // the tombstone before the removal
	}, events)
	require.NoError(t, verify(t, path).Err())
}

// Whichever sync fails, the step that needed it fails. No verify is sent if the
// record's beginning may be missing. The directory has no fault when it is
// opened again.
func TestDir_NoticesASyncThatFails(t *testing.T) {
	t.Parallel()
	asked, noticed := 0, make(map[string]int)
	for failing := 1; ; failing++ {
		path, events := runSync(t, failing)
		last := events[len(events)-1]
		if last == "purged" {
			break // more than there are
		}
		step, found := strings.CutPrefix(last, "noticed by ")
		require.True(t, found, "%v", events)
		noticed[step]++
		if strings.Contains(strings.Join(events, "\n"), "asked") {
			asked++
		} else {
			assert.Contains(t, []string{"open", "verify"}, step)
		}
		d := openDir(t, path)
		report := verify(t, path)
		require.NoError(t, report.Err(), "%v", events)
		require.Zero(t, report.InProgress)
		records := report.Committed + report.Aborted + report.Interrupted + report.Purged
		if strings.Contains(strings.Join(events, "\n"), "asked") {
			assert.Equal(t, 1, records, "%v", events)
		}
		commit(t, d, "tx-later", "goes on")
		require.NoError(t, verify(t, path).Err())
	}
	assert.Positive(t, asked)
	for _, step := range []string{"open", "verify", "attach", "purge"} {
		assert.Positive(t, noticed[step], step)
	}
	assert.GreaterOrEqual(t, noticed["verify"], 5)
}
