package evidence

import (
	"errors"
	"os"
	"time"

	"github.com/kakaocert-go/kakaocert"
)

// Attach keeps data beside a record, durably and encrypted like it: what a
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
	file, err := createSealed(d.archive.records(), attachment+attachmentSuffix, d.key, head, sealedHead{Name: name})
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
	return d.archive.journal.change(func() error {
		if err := d.hasFile(id); err != nil { // it may have been purged meanwhile
			return err
		}
		return d.append(entry{
			Event: eventAttached, Record: id, Attachment: attachment, Bytes: file.size, SHA256: file.digest(),
		})
	})
}

// exists tells an unknown record before anything is written.
func (d *Dir) exists(id string) error {
	return d.archive.journal.change(func() error { return d.hasFile(id) })
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
