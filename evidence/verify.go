package evidence

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Report is what [Archive.Verify] found. The counts are of records; those with
// a fault are counted as what they are.
type Report struct {
	Head Head // of the journal as it was read
	// Checked reports whether the journal's entries could be checked: at least
	// one is by a key that was given. Where none is, wrong keys or no keys were
	// given, and all Faults may be ErrKey: that says nothing about the directory.
	Checked bool
	// Unlocked reports that the file system has no locks for a reader, such as an
	// auditor's network share. If anybody is writing to the directory meanwhile,
	// records in progress are counted as interrupted or appear as faults.
	Unlocked    bool
	Committed   int
	Aborted     int
	Interrupted int
	InProgress  int
	Purged      int
	Attachments int
	// Leftovers counts files that a crash left before the journal had them:
	// nothing was sent for them, and nothing is lost with them.
	Leftovers int
	Faults    []*Fault
}

// Err returns nil when there is no fault, and otherwise all of them as one
// error for errors.Is.
func (r *Report) Err() error {
	errs := make([]error, len(r.Faults))
	for i, f := range r.Faults {
		errs[i] = f
	}
	return errors.Join(errs...)
}

// Verify reads the whole directory and says what is not as it was written: the
// journal's chain, every record and every attachment, and whether the chain
// has the heads that are known from earlier. An interrupted record is no fault.
//
// Without a known head, a journal whose end was cut off together with the
// records it named is as good as one that never went on. The error is for a
// directory that cannot be read at all.
func (a *Archive) Verify(known ...Head) (*Report, error) {
	names, err := a.names() // before the journal: what it does not name yet holds no answer yet
	if err != nil {
		return nil, err
	}
	v := &verification{archive: a, ledger: newLedger(a.keys), report: new(Report), unseen: make(map[Head]bool)}
	for _, h := range known {
		v.unseen[h] = true
	}
	v.ledger.seen = func(h Head) { delete(v.unseen, h) }
	if err := a.journal.reread(v.ledger); err != nil {
		return nil, err
	}
	a.journal.settle()
	v.report.Head, v.report.Checked = v.ledger.head, v.ledger.checked()
	v.report.Unlocked = a.journal.unlocked.Load()
	v.records()
	if err := v.extras(names); err != nil {
		return nil, err
	}
	v.journal(known)
	return v.report, nil
}

// verification is one run of Verify.
type verification struct {
	archive *Archive
	ledger  *ledger
	report  *Report
	unseen  map[Head]bool // known heads that have not been seen
}

func (v *verification) fault(file, record string, err error) {
	v.report.Faults = append(v.report.Faults, newFault(file, record, err))
}

// journal reports what is wrong with the journal. It is called last, for it may
// have been read on meanwhile.
func (v *verification) journal(known []Head) {
	for _, err := range v.ledger.faults {
		v.fault(journalName, "", err)
	}
	for _, h := range known {
		if v.unseen[h] {
			v.fault(journalName, "", fmt.Errorf("%w: it has no head %s", ErrCutTail, h))
		}
	}
}

func (v *verification) records() {
	for _, of := range v.ledger.order {
		err := v.record(of)
		if errors.Is(err, os.ErrNotExist) && v.archive.journal.reread(v.ledger) == nil && of.purged != nil {
			err = v.record(of) // it was purged meanwhile
		}
		if err = of.withClaim(err); err != nil {
			v.fault(recordFile(of.id), of.id, err)
		}
	}
}

// record checks one record and counts it.
func (v *verification) record(of *account) error {
	if of.purged != nil {
		v.report.Purged++
		return v.purged(of)
	}
	file, err := openFile(v.archive.recordPath(of.id), os.O_RDONLY)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	live := false
	if of.ended == nil {
		if live, err = isLocked(file); err != nil {
			return err
		}
	}
	c, err := v.archive.scanRecord(of, file, io.Discard)
	v.count(of, live, c)
	for _, e := range of.attachments {
		v.attachment(e)
	}
	return err
}

func (v *verification) count(of *account, live bool, c *contents) {
	outcome := c.outcome()
	if of.ended != nil {
		outcome = of.ended.Outcome
	}
	switch {
	case live:
		v.report.InProgress++
	case outcome == Committed:
		v.report.Committed++
	case outcome == Aborted:
		v.report.Aborted++
	default:
		v.report.Interrupted++
	}
}

// purged checks a tombstone.
func (v *verification) purged(of *account) error {
	if of.ended != nil && of.ended.SHA256 != of.purged.SHA256 {
		return damaged("file had changed when it was purged")
	}
	if _, err := os.Lstat(v.archive.recordPath(of.id)); err == nil {
		return fmt.Errorf("%w: it was purged", ErrExtra)
	}
	return nil
}

func (v *verification) attachment(e entry) {
	v.report.Attachments++
	err := func() error {
		file, err := openFile(v.archive.attachmentPath(e.Attachment), os.O_RDONLY)
		if err != nil {
			return err
		}
		defer func() { _ = file.Close() }()
		_, err = v.archive.scanAttachment(e, file, io.Discard)
		return err
	}()
	if err != nil {
		v.fault(attachmentFile(e.Attachment), e.Record, err)
	}
}

// extras looks at the files that the journal does not name.
func (v *verification) extras(names []string) error {
	for _, name := range names {
		if v.ledger.names(name) {
			continue
		}
		live, err := v.leftover(name)
		if err := v.archive.journal.reread(v.ledger); err != nil {
			return err
		}
		switch {
		case v.ledger.names(name), live, errors.Is(err, os.ErrNotExist): // it was just beginning, or has just failed to
		case err != nil:
			v.fault(path.Join(recordsName, name), "", err)
		default:
			v.report.Leftovers++
		}
	}
	return nil
}

// leftover returns nil for what a crash can leave before the journal has a
// file: a record without an answer, or an attachment.
func (v *verification) leftover(name string) (live bool, err error) {
	if !isFileName(name) {
		return false, fmt.Errorf("%w: no name of a record", ErrExtra)
	}
	file, err := openFile(filepath.Join(v.archive.records(), name), os.O_RDONLY)
	if errors.Is(err, ErrDamaged) {
		return false, fmt.Errorf("%w: %w", ErrExtra, err)
	}
	if err != nil {
		return false, err
	}
	defer func() { _ = file.Close() }()
	if live, err := isLocked(file); live || err != nil {
		return live, err
	}
	c, err := scan(file, v.archive.keys, io.Discard)
	if err != nil {
		return false, fmt.Errorf("%w: %w", ErrExtra, err)
	}
	if strings.HasSuffix(name, recordSuffix) && (c.body > 0 || c.ended != 0) {
		return false, fmt.Errorf("%w: a record that the journal does not name", ErrExtra)
	}
	return false, nil
}
