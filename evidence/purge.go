package evidence

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"unicode/utf8"

	"github.com/kakaocert-go/kakaocert"
)

// Purge removes records with their attachments, as the law requires when their
// retention period is over. A chain keeps the tombstone: the time, the reason,
// and the digest of each removed record, so that the chains still verify. The
// reason must not contain personal data, because the chain contains it in
// clear. A damaged record is purged too; a record that is being written is not,
// and ends Purge with [ErrInProgress].
//
// Purge stops at the first record that cannot be purged; the records before it
// are purged. It removes objects, but not copies that a disk or a backup may
// still contain.
func (l *Log) Purge(ctx context.Context, reason string, ids ...string) error {
	if reason == "" || len(reason) > maxReason || !utf8.ValidString(reason) {
		return &kakaocert.ArgumentError{Field: "reason", Reason: "is not 1 to 1024 bytes of UTF-8"}
	}
	for _, id := range ids {
		if err := l.purge(ctx, id, reason); err != nil {
			return err
		}
	}
	return nil
}

// purge writes the tombstone first and removes after it.
func (l *Log) purge(ctx context.Context, id, reason string) error {
	of, err := l.present(ctx, id)
	if err != nil {
		return err
	}
	if of.ended == nil {
		if err := l.fence(ctx, id); err != nil {
			return err
		}
	}
	tombstone := entry{Event: eventPurged, Record: id, Reason: reason}
	if tombstone.Bytes, tombstone.SHA256, err = l.digest(ctx, id); err != nil {
		return err
	}
	if err := l.commits.submit(ctx, tombstone); err != nil {
		return err
	}
	if of, err = l.archive.account(ctx, id); err != nil {
		return err
	}
	return l.removeObjects(ctx, of)
}

// fence makes sure that no process writes a record.
func (l *Log) fence(ctx context.Context, id string) error {
	live, err := l.store.Live(ctx, Object{KindRecord, id})
	if err != nil {
		return err
	}
	if live {
		return ErrInProgress
	}
	return l.store.Fence(ctx, Object{KindRecord, id})
}

// digest is the digest of a record as it is now.
func (l *Log) digest(ctx context.Context, id string) (size int64, sum string, err error) {
	in, err := l.store.Read(ctx, Object{KindRecord, id})
	if err != nil {
		return 0, "", newFault(recordFile(id), id, err)
	}
	defer func() { _ = in.Close() }()
	hash := sha256.New()
	size, err = io.Copy(hash, in)
	return size, hex.EncodeToString(hash.Sum(nil)), err
}

// objects returns all objects of a record, itself first.
func (a *account) objects() []Object {
	objects := []Object{{KindRecord, a.id}, {KindRecovery, a.id}}
	for _, e := range a.attachments {
		objects = append(objects, Object{KindAttachment, e.Attachment})
	}
	return objects
}

// removeObjects removes the objects of a purged record. It does so only if the
// voucher of the tombstone is as strong as that of the record's writer: for a
// writer that encrypts, UnsafePlaintext, which anybody has, is not strong
// enough.
func (l *Log) removeObjects(ctx context.Context, a *account) error {
	needed := aKeyHeld
	if l.key.secrets().suite == suitePlain {
		needed = anybody
	}
	if a.purged == nil || a.purged.voucher < needed {
		return nil
	}
	return l.store.Remove(ctx, a.objects()...)
}
