package evidence

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/kakaocert-go/kakaocert"
)

// Log is a store of records for writing: a [kakaocert.Sink]. Any number of
// goroutines and processes may write to one store at the same time; each Log
// uses a chain of its own.
type Log struct {
	store   Store
	key     Key
	ring    *keyring
	archive *Archive
	commits *commits
	finish  func() error // closes what [Open] opened; or nil
}

var (
	_ kakaocert.Sink     = (*Log)(nil)
	_ kakaocert.Recaller = (*Log)(nil)
)

// NewLog opens a store for writing. All writers of the store share the key.
// With recipients, records are sealed to these, and the key opens only the
// records whose recovery key still exists: see [Log.Forget]. Without
// recipients, the key opens all records. Give older keys to read what was
// written with them.
//
// A new chain begins with the first entry, and names the ends of the other
// chains at the time of NewLog, so that an audit finds if one of them is
// removed later. NewLog reads the ends of all chains and no records. It does
// not complete what dead processes left: [Log.Recover] does. [Open] does both
// for a directory.
func NewLog(ctx context.Context, store Store, key Key, options ...KeyOption) (*Log, error) {
	if store == nil {
		return nil, &kakaocert.ArgumentError{Field: "Store", Reason: "is nil"}
	}
	ring, err := newKeyring(append([]KeyOption{key}, options...)...)
	if err != nil {
		return nil, err
	}
	if len(ring.recipients) > 0 && key.secrets().suite == suitePlain {
		return nil, &kakaocert.ArgumentError{Field: "Recipient", Reason: "must not be given with UnsafePlaintext"}
	}
	if err := syncStore(ctx, store); err != nil { // what a chain names must not be lost in a power cut
		return nil, err
	}
	archive := &Archive{store: store, ring: ring}
	heads, err := archive.ends(ctx)
	if err != nil {
		return nil, err
	}
	return &Log{store: store, key: key, ring: ring, archive: archive, commits: &commits{store: store, key: key, links: heads}}, nil
}

func syncStore(ctx context.Context, store StoreReader) error {
	if syncer, ok := store.(Syncer); ok {
		return syncer.Sync(ctx)
	}
	return nil
}

// Close releases the log, and the directory if [Open] has opened one. Call it
// when no record is being written any more: a record that is being written
// keeps its data, but its end is not entered.
func (l *Log) Close() error {
	l.commits.close()
	ctx, cancel := limited()
	defer cancel()
	err := syncStore(ctx, l.store)
	if l.finish != nil {
		err = errors.Join(err, l.finish())
	}
	return err
}

// Archive reads the same store with the same keys. It can be used until l is
// closed.
func (l *Log) Archive() *Archive { return l.archive }

// Format keeps the key and the store's contents out of what fmt writes.
func (l *Log) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "evidence.Log") }

// Begin makes a record, durably, before verify is sent. It fails when the store
// cannot keep the record, so that verify is not sent. It fails with
// [*kakaocert.ArgumentError] when meta cannot be written: product and tx_id
// must be printable ASCII of at most 256 bytes, the reference must be UTF-8 of
// at most 256 bytes, and there must be at most 200 digests. While it waits for
// its turn it ends with its context; once the commit has begun, it waits for
// the commit.
func (l *Log) Begin(ctx context.Context, meta kakaocert.EvidenceMeta) (kakaocert.RecordWriter, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	if err := checkMeta(meta); err != nil {
		return nil, err
	}
	id := newID(meta.BegunAt)
	object, first, secret, err := l.newObject(fileHead{
		Kind: KindRecord, ID: id, At: meta.BegunAt.UTC(),
		Product: meta.Product, TxID: meta.TxID, Attempt: meta.Attempt, Client: meta.Client,
	}, sealedHead{Asked: hexes(meta.Asked), KeyVersion: meta.KeyVersion, Ref: meta.Ref})
	if err != nil {
		return nil, err
	}
	pieces := []Piece{first}
	if len(l.ring.recipients) > 0 {
		recovery, err := recoveryOf(l.key, secret, id)
		if err != nil {
			return nil, err
		}
		pieces = append(pieces, Piece{Object: Object{KindRecovery, id}, Bytes: recovery, Last: true})
	}
	begun := entry{Event: eventBegun, Record: id, Product: meta.Product, TxID: meta.TxID}
	begun.Bytes, begun.SHA256 = object.digestWith(nil)
	if err := l.commits.submit(ctx, begun, pieces...); err != nil {
		return nil, err
	}
	return &writing{log: l, id: id, object: object}, nil
}

// Recall reads the records of one transaction for [kakaocert.Recaller]. It
// leaves out purged records.
func (l *Log) Recall(ctx context.Context, txID string) iter.Seq2[kakaocert.Recalled, error] {
	return l.archive.Recall(ctx, txID)
}

// Forget removes the recovery keys of records. From then on only the
// recipients' keys open them, and the writers' key does not. Call it when a
// flow has ended and its result is stored elsewhere. It has no effect on
// records without a recipient. An ID without a recovery key is not an error.
func (l *Log) Forget(ctx context.Context, ids ...string) error {
	objects := make([]Object, len(ids))
	for i, id := range ids {
		if !isID(id) {
			return ErrNotFound
		}
		objects[i] = Object{KindRecovery, id}
	}
	return l.store.Remove(ctx, objects...)
}

// ForgetBefore removes the recovery keys of all records that were begun before
// the given time, and returns how many: for flows whose end was not passed to
// Forget.
func (l *Log) ForgetBefore(ctx context.Context, before time.Time) (int, error) {
	limit := before.UTC().Format(idTime)
	var ids []string
	for o, err := range l.store.Objects(ctx, KindRecovery) {
		if err != nil {
			return 0, err
		}
		if isID(o.ID) && o.ID[:len(idTime)] < limit {
			ids = append(ids, o.ID)
		}
	}
	for some := range slices.Chunk(ids, 1000) {
		if err := l.Forget(ctx, some...); err != nil {
			return 0, err
		}
	}
	return len(ids), nil
}

const (
	maxWord  = 256
	maxAsked = 200 // documents of one transaction (DOC)
)

func checkMeta(meta kakaocert.EvidenceMeta) error {
	refuse := func(field, reason string) error {
		return &kakaocert.ArgumentError{Field: "EvidenceMeta." + field, Reason: reason}
	}
	switch {
	case !isWord(meta.Product, maxWord):
		return refuse("Product", "is not printable ASCII of 1 to 256 bytes")
	case !isWord(meta.TxID, maxWord):
		return refuse("TxID", "is not printable ASCII of 1 to 256 bytes")
	case meta.BegunAt.IsZero():
		return refuse("BegunAt", "is empty")
	case len(meta.Ref) > maxWord || !utf8.ValidString(meta.Ref):
		return refuse("Ref", "must be at most 256 bytes of UTF-8")
	case meta.KeyVersion < 0:
		return refuse("KeyVersion", "must not be negative")
	case len(meta.Client) > maxWord:
		return refuse("Client", "is longer than 256 bytes")
	case len(meta.Asked) > maxAsked:
		return refuse("Asked", "has more than 200 digests")
	}
	return nil
}

func hexes(digests [][32]byte) []string {
	texts := make([]string, len(digests))
	for i, digest := range digests {
		texts[i] = hex.EncodeToString(digest[:])
	}
	return texts
}
