package evidence_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/evidence"
	"github.com/kakaocert-go/kakaocert/evidence/evidencetest"
)

// spoilable is a store that a test can change like a person with all rights.
type spoilable interface {
	open(t *testing.T) *evidence.Log
	archive(t *testing.T) *evidence.Archive
	chains(t *testing.T) map[string][][]byte
	setChain(t *testing.T, id string, lines [][]byte) // without lines it is removed
	remove(t *testing.T, o evidence.Object)
	copied(t *testing.T) spoilable
	apart(t *testing.T) // so that chains and objects can be changed one by one
}

type spoilableMemory struct{ *evidencetest.Memory }

func (m spoilableMemory) open(t *testing.T) *evidence.Log {
	t.Helper()
	log, err := evidence.NewLog(t.Context(), m.Memory, key(t, 1))
	require.NoError(t, err)
	return log
}

func (m spoilableMemory) archive(t *testing.T) *evidence.Archive {
	t.Helper()
	a, err := evidence.NewArchive(m.Memory, key(t, 1))
	require.NoError(t, err)
	return a
}

func (m spoilableMemory) chains(*testing.T) map[string][][]byte {
	all := make(map[string][][]byte)
	m.Edit(func(chains map[string][]evidence.Entry, _ map[evidence.Object][]byte) {
		for id, entries := range chains {
			for _, e := range entries {
				all[id] = append(all[id], e.Line)
			}
		}
	})
	return all
}

func (m spoilableMemory) setChain(_ *testing.T, id string, lines [][]byte) {
	m.Edit(func(chains map[string][]evidence.Entry, _ map[evidence.Object][]byte) {
		chains[id] = slices.Clone(chains[id][:len(lines)])
		for i, line := range lines {
			chains[id][i].Line = line
		}
		if len(lines) == 0 {
			delete(chains, id)
		}
	})
}

func (m spoilableMemory) remove(t *testing.T, o evidence.Object) {
	t.Helper()
	require.NoError(t, m.Remove(t.Context(), o))
}

func (m spoilableMemory) apart(*testing.T) {}

func (m spoilableMemory) copied(*testing.T) spoilable { return spoilableMemory{m.Copy()} }

type spoilableDirectory struct{ path string }

func (d spoilableDirectory) open(t *testing.T) *evidence.Log {
	t.Helper()
	log, err := evidence.Open(d.path, key(t, 1))
	require.NoError(t, err)
	t.Cleanup(func() { _ = log.Close() })
	return log
}

func (d spoilableDirectory) archive(t *testing.T) *evidence.Archive {
	t.Helper()
	a, err := evidence.OpenArchive(d.path, key(t, 1))
	require.NoError(t, err)
	t.Cleanup(func() { _ = a.Close() })
	return a
}

func (d spoilableDirectory) chains(t *testing.T) map[string][][]byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(d.path, "chains", "*.chain"))
	require.NoError(t, err)
	all := make(map[string][][]byte)
	for _, file := range files {
		raw, err := os.ReadFile(file)
		require.NoError(t, err)
		id := strings.TrimSuffix(filepath.Base(file), ".chain")
		all[id] = bytes.Split(bytes.TrimSuffix(raw, []byte("\n")), []byte("\n"))
	}
	return all
}

func (d spoilableDirectory) setChain(t *testing.T, id string, lines [][]byte) {
	t.Helper()
	file := filepath.Join(d.path, "chains", id+".chain")
	if len(lines) == 0 {
		require.NoError(t, os.Remove(file))
		return
	}
	require.NoError(t, os.WriteFile(file, append(bytes.Join(lines, []byte("\n")), '\n'), 0o600))
}

func (d spoilableDirectory) remove(t *testing.T, o evidence.Object) {
	t.Helper()
	require.NoError(t, os.Remove(filepath.Join(d.path, evidence.FileOf(o))))
}

func (d spoilableDirectory) copied(t *testing.T) spoilable {
	t.Helper()
	path := filepath.Join(t.TempDir(), "copy")
	a, err := evidence.OpenArchive(d.path)
	require.NoError(t, err)
	require.NoError(t, a.Export(t.Context(), path))
	require.NoError(t, a.Close())
	return spoilableDirectory{path}
}

// apart gives each chain and each object a file of its own.
func (d spoilableDirectory) apart(t *testing.T) {
	t.Helper()
	copied := d.copied(t).(spoilableDirectory).path
	require.NoError(t, os.RemoveAll(d.path))
	require.NoError(t, os.Rename(copied, d.path))
}

// onEachStore runs a test on a directory and in memory.
func onEachStore(t *testing.T, test func(*testing.T, spoilable)) {
	t.Helper()
	t.Run("memory", func(t *testing.T) { t.Parallel(); test(t, spoilableMemory{evidencetest.NewMemory()}) })
	t.Run("directory", func(t *testing.T) {
		t.Parallel()
		test(t, spoilableDirectory{filepath.Join(t.TempDir(), "evidence")})
	})
}

const origin = "evidence.bank.example"

func signingKey(t *testing.T) (crypto.Signer, evidence.CheckpointKey) {
	t.Helper()
	_, signer, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	public, err := evidence.NewCheckpointKey(origin, signer.Public())
	require.NoError(t, err)
	require.NoError(t, evidence.RememberPublicKey(public, signer.Public()))
	return signer, public
}

func faultsOf(t *testing.T, s spoilable, known ...evidence.Known) (*evidence.Report, error) {
	t.Helper()
	report, err := s.archive(t).Verify(t.Context(), known...)
	require.NoError(t, err)
	if d, ok := s.(spoilableDirectory); ok {
		evidence.AgreeWithReader(t, d.path, report, []evidence.KeyOption{key(t, 1)}, known...)
	}
	return report, report.Err()
}

// checkpointed is a store with two writers and three checkpoints.
type checkpointed struct {
	store       spoilable
	public      evidence.CheckpointKey
	checkpoints []evidence.Checkpoint
	records     []string
	early       spoilable // a copy as it was at the first
}

func newCheckpointed(t *testing.T, s spoilable) checkpointed {
	t.Helper()
	signer, public := signingKey(t)
	c := checkpointed{store: s, public: public}
	one, two := s.open(t), s.open(t)
	maker, err := one.Checkpointer(origin, signer)
	require.NoError(t, err)
	none, err := maker.Make(t.Context())
	require.NoError(t, err)
	assert.Zero(t, none.Size)
	for round, log := range []*evidence.Log{one, two, one} {
		for i := range 3 {
			c.records = append(c.records, store(t, log, fmt.Sprintf("tx-%d-%d", round, i), "body"))
		}
		if round == 1 {
			require.NoError(t, two.Purge(t.Context(), "time is over", c.records[0]))
			maker, err = two.Checkpointer(origin, signer) // another process goes on
			require.NoError(t, err)
		}
		made, err := maker.Make(t.Context())
		require.NoError(t, err)
		again, err := maker.Make(t.Context())
		require.NoError(t, err)
		assert.Equal(t, made.Number, again.Number, "nothing is new")
		c.checkpoints = append(c.checkpoints, made)
		if round == 0 {
			c.early = s.copied(t)
		}
	}
	require.NoError(t, one.Close())
	require.NoError(t, two.Close())
	s.apart(t)
	report, err := faultsOf(t, s, public, c.checkpoints[0], c.checkpoints[1], c.checkpoints[2])
	require.NoError(t, err)
	assert.Equal(t, 3, report.Checkpoints)
	assert.True(t, report.Signed)
	assert.Equal(t, c.checkpoints[2].Size, report.Covered)
	assert.Equal(t, []uint64{1, 2, 3}, []uint64{c.checkpoints[0].Number, c.checkpoints[1].Number, c.checkpoints[2].Number})
	return c
}

// A tail is cut together with all that it named, and no chain follows it.
func TestCheckpoint_ShowsACutTail(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s spoilable) {
		c := newCheckpointed(t, s)
		for id, lines := range s.chains(t) {
			cut := s.copied(t)
			cut.setChain(t, id, lines[:len(lines)-1])
			_, err := faultsOf(t, cut)
			require.ErrorIs(t, err, evidence.ErrCutTail)
		}
		// The last record, with its begin and its end.
		last := c.records[len(c.records)-1]
		for id, lines := range s.chains(t) {
			if bytes.Contains(lines[len(lines)-1], []byte(last)) {
				s.setChain(t, id, lines[:len(lines)-2])
			}
		}
		s.remove(t, evidence.Object{Kind: evidence.KindRecord, ID: last})
		report, err := faultsOf(t, s)
		require.ErrorIs(t, err, evidence.ErrCutTail)
		assert.Len(t, report.Faults, 1)
		// With the checkpoint removed too, it shows to a person who kept that
		// checkpoint.
		s.remove(t, evidence.Object{Kind: evidence.KindCheckpoint, ID: fmt.Sprintf("%020d", 3)})
		_, err = faultsOf(t, s, c.public, c.checkpoints[1])
		require.NoError(t, err)
		_, err = faultsOf(t, s, c.checkpoints[2])
		require.ErrorIs(t, err, evidence.ErrCutTail)
	})
}

// A copy of an earlier day is consistent in itself.
func TestCheckpoint_ShowsARolledBackCopy(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s spoilable) {
		c := newCheckpointed(t, s)
		_, err := faultsOf(t, c.early, c.public, c.checkpoints[0])
		require.NoError(t, err)
		for _, later := range c.checkpoints[1:] {
			_, err = faultsOf(t, c.early, later)
			require.ErrorIs(t, err, evidence.ErrCutTail)
		}
		// Writers continue it, and it has as many checkpoints as before.
		log := c.early.open(t)
		signer, _ := signingKey(t)
		maker, err := log.Checkpointer(origin, signer)
		require.NoError(t, err)
		store(t, log, "tx-other", "body")
		_, err = maker.Make(t.Context())
		require.NoError(t, err)
		require.NoError(t, log.Close())
		_, err = faultsOf(t, c.early, c.checkpoints[1])
		require.ErrorIs(t, err, evidence.ErrDamaged, "checkpoint 2 is another")
		_, err = faultsOf(t, c.early, c.public)
		require.ErrorIs(t, err, evidence.ErrDamaged, "and is by another key")
	})
}

// A person with the writers' key can make a chain anew with every MAC right.
func TestCheckpoint_ShowsAChainReplacedAsAWhole(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s spoilable) {
		newCheckpointed(t, s)
		for _, id := range slices.Sorted(maps.Keys(s.chains(t))) {
			replaced := s.copied(t)
			replaced.setChain(t, id, evidence.Rewrite(key(t, 1), s.chains(t)[id]))
			report, err := faultsOf(t, replaced)
			require.ErrorIs(t, err, evidence.ErrDamaged)
			require.NotErrorIs(t, err, evidence.ErrKey)
			assert.NotZero(t, report.Committed)
			gone := s.copied(t)
			gone.setChain(t, id, nil)
			_, err = faultsOf(t, gone)
			require.Error(t, err)
		}
	})
}

func TestCheckpoint_ShowsWhatWasDoneToCheckpoints(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s spoilable) {
		c := newCheckpointed(t, s)
		_, other := signingKey(t)
		_, err := faultsOf(t, s, other)
		require.ErrorIs(t, err, evidence.ErrDamaged, "signed by another key")
		gap := s.copied(t)
		gap.remove(t, evidence.Object{Kind: evidence.KindCheckpoint, ID: fmt.Sprintf("%020d", 2)})
		_, err = faultsOf(t, gap)
		require.ErrorIs(t, err, evidence.ErrMissing)
		for _, note := range [][]byte{nil, c.checkpoints[1].Note[:50], append(bytes.Clone(c.checkpoints[1].Note), "junk"...)} {
			_, err := c.public.Open(note)
			require.ErrorIs(t, err, evidence.ErrDamaged)
		}
		for i := range c.checkpoints[1].Note {
			changed := bytes.Clone(c.checkpoints[1].Note)
			changed[i] ^= 1
			_, err := c.public.Open(changed)
			require.Error(t, err, "byte %d", i)
		}
	})
}

// A record can be shown to be covered without the store.
func TestArchive_ProvesWhatACheckpointCovers(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s spoilable) {
		c := newCheckpointed(t, s)
		a, last := s.archive(t), c.checkpoints[2]
		for _, id := range c.records[1:] {
			p, err := a.Prove(t.Context(), id, last)
			require.NoError(t, err)
			require.NoError(t, p.Check(last))
			require.Error(t, p.Check(c.checkpoints[0]))
			p.Leaf.Digest[0] ^= 1
			require.ErrorIs(t, p.Check(last), evidence.ErrDamaged)
		}
		_, err := a.Prove(t.Context(), c.records[8], c.checkpoints[1])
		require.ErrorIs(t, err, evidence.ErrNotFound)
		for i, older := range c.checkpoints {
			for _, newer := range c.checkpoints[i:] {
				p, err := a.ProveConsistency(t.Context(), older, newer)
				require.NoError(t, err)
				require.NoError(t, p.Check(older, newer))
				older.Root[0] ^= 1
				require.ErrorIs(t, p.Check(older, newer), evidence.ErrDamaged)
				older.Root[0] ^= 1
			}
		}
	})
}

// A KMS has ECDSA rather than Ed25519.
func TestCheckpointer_SignsWithECDSA(t *testing.T) {
	t.Parallel()
	for _, curve := range []elliptic.Curve{elliptic.P256(), elliptic.P384()} {
		signer, err := ecdsa.GenerateKey(curve, rand.Reader)
		require.NoError(t, err)
		memory := spoilableMemory{evidencetest.NewMemory()}
		log := memory.open(t)
		store(t, log, "tx", "body")
		maker, err := log.Checkpointer(origin, signer)
		require.NoError(t, err)
		made, err := maker.Make(t.Context())
		require.NoError(t, err)
		der, err := x509.MarshalPKIXPublicKey(signer.Public())
		require.NoError(t, err)
		public, err := evidence.ParseCheckpointKey(origin, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
		require.NoError(t, err)
		_, err = public.Open(made.Note)
		require.NoError(t, err)
		elsewhere, err := evidence.NewCheckpointKey("another.example", signer.Public())
		require.NoError(t, err)
		_, err = elsewhere.Open(made.Note)
		require.ErrorIs(t, err, evidence.ErrDamaged)
		_, err = faultsOf(t, memory, public)
		require.NoError(t, err)
	}
	var argument *kakaocert.ArgumentError
	_, err := evidence.NewCheckpointKey("a b", ed25519.PublicKey{})
	require.ErrorAs(t, err, &argument)
	_, err = evidence.NewCheckpointKey(origin, "key")
	require.ErrorAs(t, err, &argument)
	_, err = evidence.NewCheckpointer(nil, origin, nil)
	require.ErrorAs(t, err, &argument)
}

func FuzzParseCheckpoint(f *testing.F) {
	f.Add([]byte("evidence.bank.example\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nnumber 1\ntime 2026-03-01T09:30:15Z\nedge AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nchain 20260301T093015Z-00000000000000aa 1\n\n— evidence.bank.example AAAA\n"))
	f.Fuzz(func(t *testing.T, note []byte) {
		c, err := evidence.ParseCheckpoint(note)
		if err != nil {
			require.ErrorIs(t, err, evidence.ErrDamaged)
			return
		}
		require.Equal(t, note, c.Note)
		require.Positive(t, c.Size)
	})
}
