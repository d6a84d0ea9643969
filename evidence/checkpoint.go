package evidence

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"
	"math/bits"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/kakaocert-go/kakaocert"
)

// Checkpoint is a signed head of all chains of a store at one time: the root of
// a Merkle tree (RFC 6962) over all entries. [Checkpointer.Make] makes one.
// Keep Note in a place that those who can write the store cannot change, for
// example under object lock, and give it to [Archive.Verify] later. An audit
// then finds a cut tail, a store that was set back to an older copy, and a
// replaced chain.
type Checkpoint struct {
	Origin string    // the name that the signer gives to the store
	Number uint64    // from 1, without a gap
	At     time.Time // when it was made
	Size   int64     // entries that it covers
	Root   [sha256.Size]byte
	Note   []byte // the whole signed text, in the C2SP form tlog-checkpoint

	edges  []tlog.Hash       // of the tree, the largest complete subtree first
	counts map[string]uint64 // entries of the chains that have grown since the one before
}

// CheckpointKey checks the signature of checkpoints.
type CheckpointKey struct {
	origin   string
	verifier note.Verifier
}

// NewCheckpointKey takes the public key, Ed25519 or ECDSA, and the origin for
// which it signs.
func NewCheckpointKey(origin string, public crypto.PublicKey) (CheckpointKey, error) {
	if !isOrigin(origin) {
		return CheckpointKey{}, &kakaocert.ArgumentError{Field: "origin", Reason: "must be printable ASCII of 1 to 256 bytes without + and spaces"}
	}
	switch key := public.(type) {
	case ed25519.PublicKey:
		text, err := note.NewEd25519VerifierKey(origin, key)
		if err != nil {
			return CheckpointKey{}, errCheckpointKey
		}
		verifier, err := note.NewVerifier(text)
		return CheckpointKey{origin, verifier}, err
	case *ecdsa.PublicKey:
		verifier, err := newECDSAVerifier(origin, key)
		return CheckpointKey{origin, verifier}, err
	}
	return CheckpointKey{}, errCheckpointKey
}

var errCheckpointKey = &kakaocert.ArgumentError{Field: "CheckpointKey", Reason: "must be a public key of Ed25519 or ECDSA"}

// ParseCheckpointKey reads a public key in PEM, as `openssl pkey -pubout` writes it.
func ParseCheckpointKey(origin string, text []byte) (CheckpointKey, error) {
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "PUBLIC KEY" {
		return CheckpointKey{}, errCheckpointKey
	}
	public, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return CheckpointKey{}, errCheckpointKey
	}
	return NewCheckpointKey(origin, public)
}

func isOrigin(origin string) bool { return isWord(origin, maxWord) && !strings.Contains(origin, "+") }

// Open reads a checkpoint and checks its signature. The error is [ErrDamaged].
func (k CheckpointKey) Open(signed []byte) (Checkpoint, error) {
	if k.verifier == nil {
		return Checkpoint{}, &kakaocert.ArgumentError{Field: "CheckpointKey", Reason: "is empty"}
	}
	opened, err := note.Open(signed, note.VerifierList(k.verifier))
	if err != nil {
		return Checkpoint{}, damaged("checkpoint is not signed by its key")
	}
	for _, signature := range opened.Sigs { // only one way of writing it is accepted, which note does not require
		if _, err := base64.StdEncoding.Strict().DecodeString(signature.Base64); err != nil {
			return Checkpoint{}, damaged("signature of the checkpoint is not written as it was made")
		}
	}
	c, err := ParseCheckpoint(signed)
	if err == nil && c.Origin != k.origin {
		err = damaged("checkpoint is of another origin")
	}
	return c, err
}

// ecdsaVerifier checks ECDSA signatures with SHA-256. As the format defines for
// this type, its key hash is the digest of the key in DER alone.
type ecdsaVerifier struct {
	origin string
	public *ecdsa.PublicKey
	hash   uint32
}

func newECDSAVerifier(origin string, public *ecdsa.PublicKey) (*ecdsaVerifier, error) {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return nil, errCheckpointKey
	}
	sum := sha256.Sum256(der)
	return &ecdsaVerifier{origin, public, binary.BigEndian.Uint32(sum[:4])}, nil
}

func (v *ecdsaVerifier) Name() string    { return v.origin }
func (v *ecdsaVerifier) KeyHash() uint32 { return v.hash }
func (v *ecdsaVerifier) Verify(msg, sig []byte) bool {
	sum := sha256.Sum256(msg)
	return ecdsa.VerifyASN1(v.public, sum[:], sig)
}

// checkpointSigner signs with a key that may be in a KMS or an HSM.
type checkpointSigner struct {
	note.Verifier
	signer crypto.Signer
}

func (s checkpointSigner) Sign(msg []byte) ([]byte, error) {
	if _, ok := s.signer.Public().(ed25519.PublicKey); ok {
		return s.signer.Sign(rand.Reader, msg, crypto.Hash(0))
	}
	sum := sha256.Sum256(msg)
	return s.signer.Sign(rand.Reader, sum[:], crypto.SHA256)
}

// text is what is signed. (FORMAT.md, "Checkpoints")
func (c Checkpoint) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%d\n%s\nnumber %d\ntime %s\n", c.Origin, c.Size, base64.StdEncoding.EncodeToString(c.Root[:]), c.Number, c.At.UTC().Format(time.RFC3339))
	for _, edge := range c.edges {
		fmt.Fprintf(&b, "edge %s\n", base64.StdEncoding.EncodeToString(edge[:]))
	}
	for _, chain := range sortedKeys(c.counts) {
		fmt.Fprintf(&b, "chain %s %d\n", chain, c.counts[chain])
	}
	return b.String()
}

// ParseCheckpoint reads a checkpoint. It does not check the signature;
// [CheckpointKey.Open] does. The error is [ErrDamaged].
func ParseCheckpoint(signed []byte) (Checkpoint, error) {
	text, _, found := strings.Cut(string(signed), "\n\n")
	if !found {
		return Checkpoint{}, damaged("checkpoint is no signed note")
	}
	c, err := parseCheckpoint(text + "\n")
	if err != nil || c.text() != text+"\n" { // only one way of writing it is accepted
		return Checkpoint{}, damaged("checkpoint is not understood")
	}
	c.Note = append([]byte(nil), signed...)
	return c, nil
}

func parseCheckpoint(text string) (c Checkpoint, err error) {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) < 5 || !isOrigin(lines[0]) {
		return c, errCheckpoint
	}
	c.Origin, c.counts = lines[0], make(map[string]uint64)
	root, rootErr := parseHash(lines[2])
	c.Root = root
	var sizeErr, numberErr, timeErr error
	c.Size, sizeErr = strconv.ParseInt(lines[1], 10, 64)
	number, numbered := strings.CutPrefix(lines[3], "number ")
	c.Number, numberErr = strconv.ParseUint(number, 10, 64)
	at, timed := strings.CutPrefix(lines[4], "time ")
	c.At, timeErr = time.Parse(time.RFC3339, at)
	if err := errors.Join(rootErr, sizeErr, numberErr, timeErr); err != nil || !numbered || !timed || c.Size < 1 {
		return c, errCheckpoint
	}
	for _, line := range lines[5:] {
		switch words := strings.Split(line, " "); {
		case len(words) == 2 && words[0] == "edge":
			edge, err := parseHash(words[1])
			if err != nil {
				return c, err
			}
			c.edges = append(c.edges, edge)
		case len(words) == 3 && words[0] == "chain" && (isID(words[1]) || words[1] == journalChain):
			count, err := strconv.ParseUint(words[2], 10, 63)
			if err != nil {
				return c, err
			}
			c.counts[words[1]] = count
		default:
			return c, errCheckpoint
		}
	}
	if len(c.edges) != bits.OnesCount64(uint64(c.Size)) {
		return c, errCheckpoint
	}
	return c, nil
}

var errCheckpoint = errors.New("evidence: checkpoint is not understood")

func parseHash(text string) (tlog.Hash, error) {
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(raw) != tlog.HashSize {
		return tlog.Hash{}, errCheckpoint
	}
	return tlog.Hash(raw), nil
}

// checkpointID is the ID of the object in which a checkpoint is.
func checkpointID(number uint64) string { return fmt.Sprintf("%020d", number) }

// tree is a Merkle tree. It holds either the edge alone, which is enough to
// append, or all hashes.
type tree struct {
	size   int64
	hashes map[int64]tlog.Hash // by index of storage
}

// ReadHashes gives hashes to tlog.
func (t *tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		hash, found := t.hashes[index]
		if !found {
			return nil, errors.New("evidence: hash is not known")
		}
		hashes[i] = hash
	}
	return hashes, nil
}

// add adds the leaf of an entry: the text of the head that it makes.
func (t *tree) add(h Head) error {
	hashes, err := tlog.StoredHashes(t.size, []byte(h.String()), t)
	if err != nil {
		return err
	}
	first := tlog.StoredHashCount(t.size)
	for i, hash := range hashes {
		t.hashes[first+int64(i)] = hash
	}
	t.size++
	return nil
}

func (t *tree) root() (tlog.Hash, error) { return tlog.TreeHash(t.size, t) }

// edgeIndexes are those of the complete subtrees that make the tree.
func edgeIndexes(size int64) (indexes []int64) {
	offset := int64(0)
	for level := 62; level >= 0; level-- {
		if part := int64(1) << level; size&part != 0 {
			indexes = append(indexes, tlog.StoredHashIndex(level, offset>>level))
			offset += part
		}
	}
	return indexes
}

// edge is what a tree needs to append entries.
func (t *tree) edge() ([]tlog.Hash, error) { return t.ReadHashes(edgeIndexes(t.size)) }

// treeAt continues from a checkpoint.
func treeAt(c Checkpoint) *tree {
	t := &tree{size: c.Size, hashes: make(map[int64]tlog.Hash)}
	for i, index := range edgeIndexes(c.Size) {
		t.hashes[index] = c.edges[i]
	}
	return t
}
