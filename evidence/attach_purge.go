package evidence

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"time"
	"unicode/utf8"

	"github.com/kakaocert-go/kakaocert"
)

// Attach keeps data with a record, durably and encrypted like it: what a
// check years later needs, such as the chain's certificates, CRLs and OCSP
// answers, and what a check today has found. The name is the caller's, at most
// 256 bytes; several attachments may have the same, and none replaces another.
func (d *Dir) Attach(id, name string, data []byte) error {
	if name == "" || len(name) > maxWord {
		return &kakaocert.ArgumentError{Field: "name", Reason: "is not 1 to 256 bytes"}
	}
	now := time.Now()
	attachment := newID(now)
	head := fileHead{Kind: kindAttachment, ID: attachment, At: now.UTC(), Record: id}
	if err := d.exists(id); err != nil {
		return err
	}
	file, err := createSealed(d.folder, attachment+attachmentSuffix, d.key, head, sealedHead{Name: name})
	if err != nil {
		return err
	}
	if err := d.attach(file, id, attachment, data); err != nil {
		file.giveUp(err)
		return err
	}
	return file.close()
}

func (d *Dir) attach(file *sealedFile, id, attachment string, data []byte) error {
	if _, err := file.data(data); err != nil {
		return err
	}
	if err := file.end(frameCommitted, ""); err != nil {
		return err
	}
	attached := entry{Event: eventAttached, Record: id, Attachment: attachment, Bytes: file.size, SHA256: file.digest()}
	return d.submit(attached, func() error { return d.hasFile(id) }) // it may have been purged meanwhile
}

// exists refuses an unknown record before anything is written.
func (d *Dir) exists(id string) error {
	return d.change(func() error { return d.hasFile(id) })
}

// hasFile is called within the journal's change.
func (d *Dir) hasFile(id string) error {
	if _, err := d.account(id); err != nil {
		return err
	}
	_, err := os.Lstat(d.archive.recordPath(id))
	if errors.Is(err, os.ErrNotExist) {
		return newFault(recordFile(id), id, err)
	}
	return err
}

// account is that of a record that was not purged. It is called within the
// journal's change.
func (d *Dir) account(id string) (*account, error) {
	a := d.archive.journal.ledger.records[id]
	switch {
	case a == nil:
		return nil, ErrNotFound
	case a.purged != nil:
		return nil, ErrPurged
	}
	return a, nil
}

// Purge removes records with their attachments, as the law has it once their
// time is over. The journal keeps when, why, and the digest of each file that
// was removed, so that the chain still holds; the reason has no personal data,
// for it is written there in clear. A record that is damaged is purged too; one
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
		if err := d.change(func() error { return d.purge(id, reason) }); err != nil {
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
	return d.folder.sync()
}
