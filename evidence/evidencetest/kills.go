package evidencetest

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/kakaocert-go/kakaocert"
)

// The variables by which a process learns that it is to write and be killed.
const (
	childPlace = "KAKAOCERT_EVIDENCETEST_PLACE"
	childRound = "KAKAOCERT_EVIDENCETEST_ROUND"
)

// said is the prefix of the lines in which a process reports its progress.
const said = "evidencetest:"

const (
	killWriters = 4
	killEvents  = 60
	killSize    = 6000
)

func quote(part string) string { return regexp.QuoteMeta(part) }

// killsOf: every record that a killed process had begun is there, with all that
// it had written.
func (s *suite) killsOf(t *testing.T) {
	if s.kills == 0 {
		t.Log("no process is killed: the store ends with its process")
		return
	}
	place := t.TempDir()
	random := rand.New(rand.NewPCG(20260301, 1))
	name := strings.TrimSuffix(t.Name(), "/Kills")
	all := make(map[string]*progress)
	for round := range s.kills {
		killOne(t, name, place, round, 1+random.IntN(killEvents), all)
	}
	reader := s.openAt(t, place)
	whole, broken := 0, 0
	for txID, p := range all {
		r := reader.only(txID)
		body := answer(txID, killSize)
		switch {
		case !bytes.HasPrefix(body, r.Body) || len(r.Body) < p.written:
			t.Errorf("%s: %d bytes were written, and %d are there", txID, p.written, len(r.Body))
		case r.Whole && len(r.Body) != len(body):
			t.Errorf("%s: is whole with %d of %d bytes", txID, len(r.Body), len(body))
		case p.committed && !r.Whole:
			t.Errorf("%s: was committed, and is not whole", txID)
		}
		if r.Whole {
			whole++
		} else {
			broken++
		}
	}
	t.Logf("%d processes killed: %d records, %d whole, %d not", s.kills, len(all), whole, broken)
	if broken == 0 {
		t.Error("no process was killed while it wrote")
	}
}

// progress is what a process reported about a record.
type progress struct {
	written   int
	committed bool
}

// killOne starts a process that writes, and kills it after some events.
func killOne(t *testing.T, name, place string, round, events int, all map[string]*progress) {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), binary, "-test.run", runPattern(name), "-test.count=1", "-test.v=false")
	cmd.Env = append(os.Environ(), childPlace+"="+place, childRound+"="+strconv.Itoa(round))
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	seen := follow(out, all, func(count int) {
		if count == events {
			_ = cmd.Process.Kill()
		}
	})
	err = cmd.Wait()
	if seen < events || err == nil {
		t.Fatalf("the process ended by itself after %d steps: %v\n%s", seen, err, errs.String())
	}
}

// follow reads the reports of a process until it ends.
func follow(out io.Reader, all map[string]*progress, each func(int)) (count int) {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		if len(words) != 4 || words[0] != said {
			continue
		}
		txID := words[2]
		if all[txID] == nil {
			all[txID] = new(progress)
		}
		switch words[1] {
		case "written":
			all[txID].written, _ = strconv.Atoi(words[3])
		case "committed":
			all[txID].committed = true
		}
		count++
		each(count)
	}
	return count
}

// child writes until it is killed.
func (s *suite) child(t *testing.T, place string) {
	sink := s.newSink(t, place)
	failed := make(chan error)
	for writer := range killWriters {
		go func() { failed <- s.writeForever(t, sink, fmt.Sprintf("tx-%s-%d", os.Getenv(childRound), writer)) }()
	}
	t.Fatal(<-failed)
}

func (s *suite) writeForever(t *testing.T, sink kakaocert.Sink, name string) error {
	for i := 0; ; i++ {
		txID := fmt.Sprintf("%s-%d", name, i)
		record, err := sink.Begin(t.Context(), metaOf(txID))
		if err != nil {
			return err
		}
		say("begun", txID, 0)
		written := 0
		for _, piece := range pieces(answer(txID, killSize), 1500) {
			n, err := record.Write(piece)
			if err != nil {
				return err
			}
			written += n
			say("written", txID, written)
		}
		if err := record.Commit(); err != nil {
			return err
		}
		say("committed", txID, written)
	}
}

// say writes a line with one write(2).
func say(event, txID string, bytes int) { fmt.Printf("%s %s %s %d\n", said, event, txID, bytes) }
