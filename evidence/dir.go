package evidence

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
	"unicode/utf8"

	"github.com/kakaocert-go/kakaocert"
)

// Dir is a directory of records that is written to: a [kakaocert.Sink]. Any
// number of goroutines and processes may write to one directory at once.
type Dir struct {
	archive *Archive
	key     Key
	folder  *folder // of the records
}

var (
	_ kakaocert.Sink     = (*Dir)(nil)
	_ kakaocert.Recaller = (*Dir)(nil)
)

// Open opens the directory at path, and makes it where it does not exist, for its
// owner alone. New records are encrypted with key; older are all keys that the
// directory was written with before.
//
// Open reads the whole journal. It refuses to go on from a damaged one, and from
// one with an entry whose key was not given, with a [*Fault]: then nothing is
// written and nothing is removed. Keep that directory as it is and open another
// path (under [OpenMonths], [RenewMonth] does so); an audit of the old one shows
// what happened. Open also makes a record's
// file for trial, so that a lack of room or of rights shows before a user has
// signed. It closes the
// records of processes that died, so that they cannot change unseen any more.
// What Open holds in memory grows with the number of records, by about 1 KiB
// each: use [OpenMonths] where that matters.
//
// It needs flock(2); where the system has none it fails with
// [errors.ErrUnsupported], and [OpenArchive] still reads. The directory must be
// on a file system on which flock works between all who use it: a local one.
func Open(path string, key Key, older ...Key) (*Dir, error) {
	if !canLock {
		return nil, fmt.Errorf("evidence: writing needs flock: %w", errors.ErrUnsupported)
	}
	keys, err := newKeyring(append(older, key)...)
	if err != nil {
		return nil, err
	}
	if err := makeFolders(path); err != nil {
		return nil, err
	}
	j, err := openJournal(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, keys)
	if err != nil {
		return nil, err
	}
	d := &Dir{archive: &Archive{path: path, keys: keys, journal: j}, key: key}
	d.folder = &folder{path: d.archive.records()}
	ctx, cancel := limited()
	defer cancel()
	if err := j.change(ctx, d.prepare); err != nil {
		_ = j.close()
		return nil, err
	}
	return d, nil
}

func makeFolders(path string) error {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return err
	}
	err := os.Mkdir(filepath.Join(path, recordsName), 0o700)
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	return err
}

// prepare begins an empty journal, and finishes what crashes left.
func (d *Dir) prepare() error {
	if d.archive.journal.ledger.head.Entries > 0 {
		return cmp.Or(d.recover(), d.rehearse())
	}
	names, err := d.archive.names()
	if err != nil {
		return err
	}
	if len(names) > 0 {
		return &Fault{File: journalName, Err: fmt.Errorf("%w: there are records", ErrMissing)}
	}
	if err := syncFolders(d.archive.path); err != nil {
		return err
	}
	if err := d.append(entry{Event: eventCreated, Version: formatVersion, Directory: newID(time.Now())}); err != nil {
		return err
	}
	return d.rehearse()
}

// rehearse makes a record's file, as Begin does, and takes it away again: what
// would stop a verify must stop Open, for then the user has not signed yet.
func (d *Dir) rehearse() error {
	id := newID(time.Now())
	file, err := createSealed(d.folder, id+recordSuffix, d.key, fileHead{Kind: kindRecord, ID: id, At: time.Now().UTC()}, sealedHead{})
	if err != nil {
		return err
	}
	err = d.archive.journal.reserve()
	file.discard()
	return err
}

// append is called within the journal's change.
func (d *Dir) append(e entry) error { return d.archive.journal.append(d.key, e) }

// submit appends an entry of a call that has no context.
func (d *Dir) submit(e entry, allow func() error) error {
	ctx, cancel := limited()
	defer cancel()
	return d.archive.journal.submit(ctx, d.key, e, allow)
}

// change lets do append, for a call that has no context.
func (d *Dir) change(do func() error) error {
	ctx, cancel := limited()
	defer cancel()
	return d.archive.journal.change(ctx, do)
}

// Close ends the use of the directory. Close it when no record is being
// written any more: one that is stays on disk, but its end is not in the
// journal until the directory is opened again.
func (d *Dir) Close() error { return d.archive.Close() }

// Archive reads the same directory. It ends with d.
func (d *Dir) Archive() *Archive { return d.archive }

// Format keeps the key and the directory's contents out of what fmt writes.
func (d *Dir) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "evidence.Dir") }

// Begin makes a record, durably, before verify is sent. It fails, so that
// nothing is sent, when the disk is full, when the journal is damaged, and with
// [*kakaocert.ArgumentError] when meta cannot be written: product and tx_id are
// printable ASCII of at most 256 bytes, the reference is UTF-8 of at most 256
// bytes, and there are at most 200 digests. It ends with its context also while
// another process holds the journal's lock.
func (d *Dir) Begin(ctx context.Context, meta kakaocert.EvidenceMeta) (kakaocert.RecordWriter, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	if err := checkMeta(meta); err != nil {
		return nil, err
	}
	id := newID(meta.BegunAt)
	head := fileHead{
		Kind: kindRecord, ID: id, At: meta.BegunAt.UTC(),
		Product: meta.Product, TxID: meta.TxID, Attempt: meta.Attempt, Client: meta.Client,
	}
	file, err := createSealed(d.folder, id+recordSuffix, d.key, head, sealedHead{
		Asked: hexes(meta.Asked), KeyVersion: meta.KeyVersion, Ref: meta.Ref,
	})
	if err != nil {
		return nil, err
	}
	begun := entry{
		Event: eventBegun, Record: id, Product: meta.Product, TxID: meta.TxID,
		Bytes: file.size, SHA256: file.digest(),
	}
	if err := d.archive.journal.submit(ctx, d.key, begun, nil); err != nil {
		file.giveUp(err)
		return nil, err
	}
	return &writing{dir: d, id: id, file: file}, nil
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
