package pyreader

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/kakaocert-go/kakaocert/internal/judge"
)

// Ours is what an audit by package evidence found, which cannot be named here:
// its own tests use this package.
type Ours struct {
	Faults                                  []error
	Damaged, Missing, Extra, Cut            error // the kinds of faults
	Committed, Aborted, Interrupted, Purged int
}

// kinds are those of the faults, by what the reader calls them. A key that was
// not given is not one.
func (o Ours) kinds() []string {
	found := make(map[string]bool)
	for kind, err := range map[string]error{"damaged": o.Damaged, "missing": o.Missing, "extra": o.Extra, "cut": o.Cut} {
		for _, fault := range o.Faults {
			found[kind] = found[kind] || errors.Is(fault, err)
		}
	}
	maps.DeleteFunc(found, func(_ string, is bool) bool { return !is })
	return slices.Sorted(maps.Keys(found))
}

var asked sync.Map // how often each test has asked

// Agree demands that the reader finds faults of the same kinds, or the same
// records where there are none. It does nothing where Python is missing: a test
// that calls [Read] counts the judge as missing.
func Agree(t testing.TB, call Call, ours Ours) {
	t.Helper()
	if _, err := judge.FindPython(); err != nil {
		return
	}
	calls, _ := asked.LoadOrStore(t.Name(), new(atomic.Int64))
	if n := calls.(*atomic.Int64).Add(1); n > 50 && n%10 != 0 {
		return // a test that cuts a file at every byte
	}
	theirs := Read(t, call)
	want, got := ours.kinds(), theirs.kinds()
	if slices.ContainsFunc(ours.Faults, func(err error) bool { return errors.Is(err, ours.Extra) && errors.Is(err, ours.Damaged) }) {
		want, got = eitherOf(want), eitherOf(got)
	}
	if !slices.Equal(want, got) {
		t.Fatalf("our audit found %v: %v\nthe reader in Python found %v: %v", want, errors.Join(ours.Faults...), got, theirs.Faults)
	}
	counted := [...]int{theirs.count("committed"), theirs.count("aborted"), theirs.count("interrupted"), theirs.count("purged")}
	if len(want) == 0 && counted != [...]int{ours.Committed, ours.Aborted, ours.Interrupted, ours.Purged} {
		t.Errorf("our audit counted %+v, the reader in Python found %v", ours, theirs.Records)
	}
}

func (v Verdict) kinds() []string {
	var found []string
	for _, fault := range v.Faults {
		kind, _, _ := strings.Cut(fault, ":")
		found = append(found, kind)
	}
	return slices.Compact(slices.Sorted(slices.Values(found)))
}

// count counts the records that are something.
func (v Verdict) count(what string) (n int) {
	for _, record := range v.Records {
		if _, is, _ := strings.Cut(record, ": "); strings.HasPrefix(is, what) {
			n++
		}
	}
	return n
}

// eitherOf makes one kind of two: an extra file that is damaged may be called
// either.
func eitherOf(kinds []string) []string {
	either := slices.Clone(kinds)
	for i, kind := range either {
		if kind == "damaged" {
			either[i] = "extra"
		}
	}
	return slices.Compact(slices.Sorted(slices.Values(either)))
}
