package evidence

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"unicode/utf8"

	"github.com/kakaocert-go/kakaocert"
)

// Purge removes records with their attachments, as the law has it once their
// time is over. The journal keeps when, why, and the digest of each file that
// was removed, so that the chain still holds; the reason has no personal data,
// for it stands there in clear. A record that is damaged is purged too; one
// that is being written is not, and ends Purge with [ErrInProgress].
//
// Purge ends at the first record that cannot be purged; those before it are. It
// removes names, not what a disk or a backup may still hold.
func (d *Dir) Purge(reason string, ids ...string) error {
	if reason == "" || len(reason) > maxReason || !utf8.ValidString(reason) {
		return &kakaocert.ArgumentError{Field: "reason", Reason: "is not 1 to 1024 bytes of UTF-8"}
	}
	for _, id := range ids {
		// Each by itself: a verify that begins meanwhile waits for one at most.
		if err := d.archive.journal.change(func() error { return d.purge(id, reason) }); err != nil {
			return err
		}
	}
	return nil
}

func (d *Dir) purge(id, reason string) error {
	a, err := d.account(id)
	if err != nil {
		return err
	}
	size, sum, err := d.digest(a)
	if err != nil {
		return err
	}
	if err := d.append(entry{Event: eventPurged, Record: id, Reason: reason, Bytes: size, SHA256: sum}); err != nil {
		return err
	}
	return d.removeFiles(a)
}

// digest is that of a record's file as it is.
func (d *Dir) digest(a *account) (size int64, sum string, err error) {
	file, err := openFile(d.archive.recordPath(a.id), os.O_RDONLY)
	if err != nil {
		return 0, "", newFault(recordFile(a.id), a.id, err)
	}
	defer func() { _ = file.Close() }()
	if live, err := isLocked(file); err != nil {
		return 0, "", err
	} else if live {
		return 0, "", ErrInProgress
	}
	hash := sha256.New()
	size, err = io.Copy(hash, file)
	return size, hex.EncodeToString(hash.Sum(nil)), err
}

// removeFiles removes a purged record's files, those that are still there. It
// does so on a tombstone alone that a key vouches for as good as the writer's
// own: where that one encrypts, UnsafePlaintext, which anybody has, is not.
func (d *Dir) removeFiles(a *account) error {
	needed := aKeyHeld
	if d.key.secrets().suite == suitePlain {
		needed = anybody
	}
	if a.purged == nil || a.purged.voucher < needed {
		return nil
	}
	paths := []string{d.archive.recordPath(a.id)}
	for _, e := range a.attachments {
		paths = append(paths, d.archive.attachmentPath(e.Attachment))
	}
	removed := false
	for _, path := range paths {
		err := os.Remove(path)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		removed = removed || err == nil
	}
	if !removed {
		return nil
	}
	return syncFolder(d.archive.records())
}
