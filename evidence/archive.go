package evidence

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path"
	"path/filepath"

	"github.com/kakaocert-go/kakaocert"
)

// Archive reads a directory, and needs no more than to read it. It may be used
// by many goroutines, and while others write.
type Archive struct {
	path    string
	keys    keyring
	journal *journal
}

// OpenArchive opens the directory at path for reading. What was written with a
// key that is not among keys is told by [ErrKey].
func OpenArchive(path string, keys ...Key) (*Archive, error) {
	ring, err := newKeyring(keys...)
	if err != nil {
		return nil, err
	}
	j, err := openJournal(path, os.O_RDONLY, ring)
	if err != nil {
		return nil, err
	}
	return &Archive{path: path, keys: ring, journal: j}, nil
}

// Close ends the use of the directory.
func (a *Archive) Close() error { return a.journal.close() }

// Format keeps the keys and the directory's contents out of what fmt writes.
func (a *Archive) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "evidence.Archive") }

// Head returns the end of the journal's chain as it is now.
func (a *Archive) Head() (Head, error) {
	var head Head
	err := a.journal.read(func(l *ledger) { head = l.head })
	a.journal.settle()
	return head, err
}

// Records reads every record in the order in which they were begun, the purged
// ones too. A record that is not as it was written comes with a [*Fault], and
// with what could be read of it; an error without a record ends the reading.
func (a *Archive) Records() iter.Seq2[*Record, error] {
	return a.each(func(l *ledger) []*account { return l.order })
}

// ByTxID reads the records of one transaction, as [Archive.Records] does: one
// for each verify that was sent.
func (a *Archive) ByTxID(txID string) iter.Seq2[*Record, error] {
	return a.each(func(l *ledger) []*account { return l.byTxID[txID] })
}

// Recall reads the records of one transaction for [kakaocert.Recaller]. A record
// that was purged is not among them.
func (d *Dir) Recall(ctx context.Context, txID string) iter.Seq2[kakaocert.Recalled, error] {
	return func(yield func(kakaocert.Recalled, error) bool) {
		for r, err := range d.archive.ByTxID(txID) {
			if ended := context.Cause(ctx); ended != nil {
				yield(kakaocert.Recalled{}, ended)
				return
			}
			if r != nil && r.Outcome == Purged {
				continue
			}
			var recalled kakaocert.Recalled
			if r != nil {
				recalled = kakaocert.Recalled{ID: r.ID, Meta: r.Meta, Body: r.Body(), Whole: r.Outcome == Committed && err == nil}
			}
			if r != nil && r.Outcome == Aborted {
				recalled.Reason = r.Reason
			}
			if !yield(recalled, err) {
				return
			}
		}
	}
}

// Record reads one record. It fails with [ErrNotFound] when no record has
// that ID, and otherwise as [Archive.Records] does.
func (a *Archive) Record(id string) (*Record, error) {
	var found *account
	if err := a.journal.read(func(l *ledger) { found = l.records[id] }); err != nil {
		return nil, err
	}
	if found == nil {
		return nil, ErrNotFound
	}
	return a.record(found)
}

func (a *Archive) each(of func(*ledger) []*account) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		var accounts []*account
		if err := a.journal.read(func(l *ledger) { accounts = of(l) }); err != nil {
			yield(nil, err)
			return
		}
		for _, shared := range accounts {
			if !yield(a.record(shared)) {
				return
			}
		}
	}
}

// record reads the record of a shared account. A record that is gone may have
// been purged since.
func (a *Archive) record(shared *account) (*Record, error) {
	current, err := a.journal.copyOf(shared)
	if err != nil {
		return nil, err
	}
	r, err := a.readRecord(current)
	if !errors.Is(err, ErrMissing) {
		return r, err
	}
	if err := a.journal.read(func(*ledger) { current = shared.clone() }); err != nil {
		return nil, err
	}
	if current.purged != nil {
		return a.readRecord(current)
	}
	return r, err
}

// scanRecord reads a record's file and holds it to what the journal says.
func (a *Archive) scanRecord(of *account, file io.ReadSeeker, body io.Writer) (*contents, error) {
	c := new(contents)
	if err := checkPrefix(file, of.begun); err != nil {
		return c, err
	}
	c, err := scan(file, a.keys, body)
	if err != nil && !errors.Is(err, ErrKey) {
		return c, err
	}
	if c.head.Kind != kindRecord || c.head.ID != of.id {
		return c, damaged("head is of another file")
	}
	if of.ended == nil {
		return c, err
	}
	if c.size != of.ended.Bytes || c.sum != of.ended.SHA256 {
		return c, damaged("file is not the one that the journal has")
	}
	if err == nil && c.outcome() != of.ended.Outcome {
		return c, damaged("file has another outcome than the journal")
	}
	return c, err
}

// checkPrefix checks the part of a record that was there before verify was sent.
func checkPrefix(file io.ReadSeeker, begun entry) error {
	sum := sha256.New()
	_, err := io.CopyN(sum, file, begun.Bytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if hex.EncodeToString(sum.Sum(nil)) != begun.SHA256 {
		return damaged("beginning is not the one that the journal has")
	}
	_, err = file.Seek(0, io.SeekStart)
	return err
}

// scanAttachment reads an attachment's file and holds it to the journal.
func (a *Archive) scanAttachment(of entry, file io.Reader, data io.Writer) (*contents, error) {
	c, err := scan(file, a.keys, data)
	switch {
	case err != nil && !errors.Is(err, ErrKey):
		return c, err
	case c.size != of.Bytes || c.sum != of.SHA256:
		return c, damaged("file is not the one that the journal has")
	case c.head.Kind != kindAttachment || c.head.ID != of.Attachment || c.head.Record != of.Record:
		return c, damaged("head is of another file")
	}
	return c, err
}

// names lists the directory's files, without the journal.
func (a *Archive) names() ([]string, error) {
	entries, err := os.ReadDir(a.records())
	if err != nil {
		return nil, err
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, nil
}

func (a *Archive) records() string             { return filepath.Join(a.path, recordsName) }
func (a *Archive) recordPath(id string) string { return filepath.Join(a.records(), id+recordSuffix) }
func (a *Archive) attachmentPath(id string) string {
	return filepath.Join(a.records(), id+attachmentSuffix)
}

func recordFile(id string) string     { return path.Join(recordsName, id+recordSuffix) }
func attachmentFile(id string) string { return path.Join(recordsName, id+attachmentSuffix) }
