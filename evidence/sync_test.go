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
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
)

var errSync = errors.New("the disk is gone")

// childSync does one verify, an attachment and a purge with the real client,
// and prints what was synced when. The given sync fails: "log 2" is the second
// of a log file; with "" none fails.
func childSync(args []string) error {
	path, failing := args[0], args[1]
	var mu sync.Mutex // files and folders are synced at the same time
	syncs := make(map[string]int)
	syncFile = func(f *os.File) error {
		mu.Lock()
		defer mu.Unlock()
		kind := kindOfFile(path, f.Name())
		syncs[kind]++
		if kind+" "+strconv.Itoa(syncs[kind]) == failing {
			fmt.Println("failed")
			return errSync
		}
		fmt.Println("sync", kind)
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
	case strings.HasSuffix(name, logSuffix):
		return "log"
	default:
		return relative
	}
}

// runSync returns what the child printed.
func runSync(t *testing.T, failing string) (path string, events []string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "a", "b", "evidence")
	out, err := child(t, "sync", path, failing).Output()
	require.NoError(t, err)
	return path, strings.Split(strings.TrimSpace(string(out)), "\n")
}

// collated gives syncs that are done at the same time one order, that of a file
// before that of its folder, and leaves out repetitions: folders above, and
// pieces of an answer.
func collated(events []string) (ordered []string) {
	for i := range events[1:] {
		if events[i] == "sync chains" && events[i+1] == "sync log" {
			events[i], events[i+1] = events[i+1], events[i]
		}
	}
	return slices.Compact(events)
}

// What a power cut cannot remove any more, and since when: nothing less is
// durable enough to send a verify after it, or to return from it.
func TestDir_SyncsBeforeItGoesOn(t *testing.T) {
	t.Parallel()
	path, events := runSync(t, "")
	assert.Equal(t, []string{
		"sync .", "sync above", "sync log", "sync chains", "open", // the trial of a beginning
		"sync log", "sync chains", "asked", // begun before it is sent
		"sync log", "verified", // the answer, and then its end
		"sync log", "attached",
		"sync log", "purged", // the tombstone, and then the removal
	}, collated(events))
	require.NoError(t, verify(t, path).Err())
}

// Whichever sync fails, the step that needed it fails. No verify is sent if the
// record's beginning may be missing. The directory has no fault when it is
// opened again.
func TestDir_NoticesASyncThatFails(t *testing.T) {
	t.Parallel()
	_, whole := runSync(t, "")
	asked, noticed, syncs := 0, make(map[string]int), make(map[string]int)
	for _, event := range whole {
		kind, isSync := strings.CutPrefix(event, "sync ")
		if !isSync {
			continue
		}
		syncs[kind]++
		path, events := runSync(t, kind+" "+strconv.Itoa(syncs[kind]))
		last := events[len(events)-1]
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
	assert.GreaterOrEqual(t, noticed["verify"], 4)
}
