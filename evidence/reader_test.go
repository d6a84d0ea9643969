package evidence

import (
	"bytes"
	"crypto"
	"crypto/ecdh"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/judge"
	"github.com/kakaocert-go/kakaocert/internal/pyreader"
)

// kinds are those of faults, by what the reader in Python calls them.
var kinds = map[string]error{"damaged": ErrDamaged, "missing": ErrMissing, "extra": ErrExtra, "cut": ErrCutTail}

// kindsOf are the kinds of a report's faults. A key that was not given is not one.
func kindsOf(report *Report) []string {
	found := make(map[string]bool)
	for _, fault := range report.Faults {
		for kind, err := range kinds {
			if errors.Is(fault, err) {
				found[kind] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// eitherOf makes one kind of two: an extra file that is damaged may be called
// either.
func eitherOf(kinds []string) (either []string) {
	for _, kind := range kinds {
		if kind == "damaged" {
			kind = "extra"
		}
		either = append(either, kind)
	}
	return slices.Compact(slices.Sorted(slices.Values(either)))
}

var agreed sync.Map // how often each test has asked

// agree demands that the reader in Python says the same of a directory as our
// audit, where there is Python. Every directory that these tests audit, changed in
// whatever way, comes here.
func agree(t *testing.T, report *Report, call pyreader.Call) {
	t.Helper()
	if _, err := judge.FindPython(); err != nil {
		return // TestReader_AgreesOnADirectory counts the judge as missing
	}
	calls, _ := agreed.LoadOrStore(t.Name(), new(atomic.Int64))
	if n := calls.(*atomic.Int64).Add(1); n > 50 && n%10 != 0 {
		return // of a test that cuts a file at every byte
	}
	verdict := pyreader.Read(t, call)
	ours := kindsOf(report)
	var theirs []string
	for _, fault := range verdict.Faults {
		kind, _, _ := strings.Cut(fault, ":")
		theirs = append(theirs, kind)
	}
	slices.Sort(theirs)
	theirs = slices.Compact(theirs)
	if slices.ContainsFunc(report.Faults, func(f *Fault) bool { return errors.Is(f, ErrExtra) && errors.Is(f, ErrDamaged) }) {
		ours, theirs = eitherOf(ours), eitherOf(theirs)
	}
	require.Equal(t, ours, theirs, "ours: %v\ntheirs: %v", report.Err(), verdict.Faults)
	if len(ours) > 0 {
		return
	}
	count := func(what string) (n int) {
		for _, record := range verdict.Records {
			if _, is, _ := strings.Cut(record, ": "); strings.HasPrefix(is, what) {
				n++
			}
		}
		return n
	}
	assert.Equal(t, []int{report.Committed, report.Aborted, report.Interrupted, report.Purged},
		[]int{count("committed"), count("aborted"), count("interrupted") - report.InProgress, count("purged")}, verdict.Records)
}

// asTheReader is the call that has what an audit with these keys had.
func asTheReader(path string, keys []KeyOption, known ...Known) pyreader.Call {
	call := pyreader.Call{Directory: path}
	for n := byte(1); n < 9; n++ {
		if slices.ContainsFunc(keys, func(option KeyOption) bool { k, ok := option.(Key); return ok && k.ID() == testKey(n).ID() }) {
			call.Keys = append(call.Keys, bytes.Repeat([]byte{n}, KeySize))
		}
	}
	for _, k := range known {
		switch k := k.(type) {
		case Head:
			call.Since = append(call.Since, k.String())
		case Checkpoint:
			call.Checkpoints = append(call.Checkpoints, string(k.Note))
		case CheckpointKey:
			public, _ := publicKeys.Load(k)
			call.Public, call.Origin = public.(string), k.origin
		}
	}
	return call
}

var publicKeys sync.Map // PEM, by CheckpointKey

// RememberPublicKey is for [AgreeWithReader].
func RememberPublicKey(k CheckpointKey, public crypto.PublicKey) error {
	der, err := x509.MarshalPKIXPublicKey(public)
	publicKeys.Store(k, string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})))
	return err
}

// AgreeWithReader is [agree] for tests outside the package.
func AgreeWithReader(t *testing.T, path string, report *Report, keys []KeyOption, known ...Known) {
	t.Helper()
	agree(t, report, asTheReader(path, keys, known...))
}

// The judge is counted here, and asked by every test that audits a directory.
func TestReader_AgreesOnADirectory(t *testing.T) {
	t.Parallel()
	judge.Python(t)
	f := newFaulty(t)
	agree(t, verify(t, f.path, f.head), asTheReader(f.path, []KeyOption{testKey(1)}, f.head))
	verdict := pyreader.Read(t, asTheReader(f.path, []KeyOption{testKey(1)}))
	assert.Zero(t, verdict.Status, "%+v", verdict)
	verdict = pyreader.Read(t, asTheReader(f.path, nil))
	assert.Equal(t, 3, verdict.Status, "without a key")
	assert.Empty(t, verdict.Faults)
	raw := readFile(t, f.file(f.committed))
	writeFile(t, f.file(f.committed), bytes.Replace(raw, []byte("K3510T"), []byte("K3511T"), 1))
	verdict = pyreader.Read(t, asTheReader(f.path, nil))
	assert.Equal(t, 1, verdict.Status, "without a key")
}

// Records that are sealed to an archive are opened with its private key, which an
// auditor has as OpenSSL made it.
func TestReader_OpensWhatIsSealedToAnArchive(t *testing.T) {
	t.Parallel()
	judge.Python(t)
	raw, err := hex.DecodeString(archiveKey2)
	require.NoError(t, err)
	onP256, err := ecdh.P256().NewPrivateKey(raw)
	require.NoError(t, err)
	onX25519, err := ecdh.X25519().NewPrivateKey(raw)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "evidence")
	var recipients []KeyOption
	var private []string
	for _, key := range []*ecdh.PrivateKey{onP256, onX25519} {
		der, err := x509.MarshalPKIXPublicKey(key.PublicKey())
		require.NoError(t, err)
		r, err := ParseRecipient(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
		require.NoError(t, err)
		recipients = append(recipients, r)
		der, err = x509.MarshalPKCS8PrivateKey(key)
		require.NoError(t, err)
		private = append(private, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})))
	}
	d, err := Open(path, testKey(1), recipients...)
	require.NoError(t, err)
	id := commit(t, d, "tx", "the answer")
	require.NoError(t, d.Attach(t.Context(), id, "note", bytes.Repeat([]byte("long "), 10000)))
	require.NoError(t, d.Forget(t.Context(), id))
	recalled := commit(t, d, "tx-2", "another")
	require.NoError(t, d.Close())

	call := asTheReader(path, []KeyOption{testKey(1)})
	verdict := pyreader.Read(t, call)
	assert.Len(t, verdict.Unchecked, 2, "the record that was forgotten and its attachment: %v", verdict)
	for _, key := range private {
		call.Private = []string{key}
		verdict = pyreader.Read(t, call)
		assert.Zero(t, verdict.Status, "%+v", verdict)
	}
	sealed := readFile(t, filepath.Join(path, recoveryName, recalled+".key"))
	writeFile(t, filepath.Join(path, recoveryName, recalled+".key"), bytes.Replace(sealed, []byte(`"sealed":"`), []byte(`"sealed":"AAAA`), 1))
	verdict = pyreader.Read(t, call)
	assert.Equal(t, 1, verdict.Status, "%+v", verdict)
}

// The reader survives whatever is in the files, and says the same of it.
func TestReader_AgreesOnMutations(t *testing.T) {
	t.Parallel()
	judge.Python(t)
	f := newFaulty(t)
	random := rand.New(rand.NewPCG(1, 2))
	var files []string
	for _, id := range []string{f.committed, f.aborted, f.interrupted} {
		files = append(files, f.file(id))
	}
	files = append(files, f.attachment(t), f.journal)
	for range 100 {
		file := files[random.IntN(len(files))]
		whole := readFile(t, file)
		changed := bytes.Clone(whole)
		at := random.IntN(len(changed))
		switch random.IntN(4) {
		case 0:
			changed[at] = byte(random.Uint32())
		case 1:
			changed = changed[:at]
		case 2:
			changed = slices.Delete(changed, at, min(len(changed), at+random.IntN(40)))
		default:
			changed = slices.Insert(changed, at, changed[at:min(len(changed), at+random.IntN(700))]...)
		}
		writeFile(t, file, changed)
		verify(t, f.path, f.head)
		writeFile(t, file, whole)
	}
}
