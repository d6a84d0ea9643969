package evidence

import (
	"bytes"
	"crypto"
	"crypto/ecdh"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/judge"
	"github.com/kakaocert-go/kakaocert/internal/pyreader"
)

// agree demands that the reader in Python says the same of a directory as our
// audit. Every directory that these tests audit, changed in whatever way, comes
// here.
func agree(t *testing.T, report *Report, call pyreader.Call) {
	t.Helper()
	faults := make([]error, len(report.Faults))
	for i, fault := range report.Faults {
		faults[i] = fault
	}
	pyreader.Agree(t, call, pyreader.Ours{
		Faults: faults, Damaged: ErrDamaged, Missing: ErrMissing, Extra: ErrExtra, Cut: ErrCutTail,
		Committed: report.Committed, Aborted: report.Aborted, Interrupted: report.Interrupted + report.InProgress, Purged: report.Purged,
	})
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
	commit(t, d, "tx-2", "another")
	require.NoError(t, d.Close())

	call := asTheReader(path, []KeyOption{testKey(1)})
	verdict := pyreader.Read(t, call)
	assert.Len(t, verdict.Unchecked, 2, "the record that was forgotten and its attachment: %v", verdict)
	for _, key := range private {
		call.Private = []string{key}
		verdict = pyreader.Read(t, call)
		assert.Zero(t, verdict.Status, "%+v", verdict)
	}
	log := chainPath(t, path)
	raw = readFile(t, log)
	const before = `"AES-256-GCM","sealed":"`
	copy(raw[bytes.LastIndex(raw, []byte(before))+len(before):], "AAAAAAAA")
	writeFile(t, log, raw)
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
