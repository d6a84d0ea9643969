package evidence

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// Report is what [Archive.Verify] found. The counts are of records; a record
// with a fault is counted by its outcome too.
type Report struct {
	Heads []Head // as those of [Archive.Heads]
	// Checked reports whether the chains' entries could be checked: a key that was
	// given authenticates at least one of them. Otherwise wrong keys or no keys
	// were given, and all Faults may be ErrKey, which says nothing about the
	// directory.
	Checked bool
	// Unlocked reports that the file system has no locks for a reader, such as an
	// auditor's network share. If a process is writing to the directory meanwhile,
	// records in progress are counted as interrupted or appear as faults.
	Unlocked    bool
	Committed   int
	Aborted     int
	Interrupted int
	InProgress  int
	Purged      int
	Attachments int
	// Checkpoints counts the checkpoints in the store, and Covered the entries that
	// they cover; all other entries are protected by the chains alone. Signed
	// reports whether a [CheckpointKey] was given to check their signatures.
	Checkpoints int
	Covered     int64
	Signed      bool
	// Stamps counts the time stamps in the store. StampsChecked reports whether
	// [StampedBy] was given to check them, and Stamped counts the records with a
	// good one.
	Stamps        int
	StampsChecked bool
	Stamped       int
	// Leftovers counts files that a crash left before a chain named them. No verify
	// was sent for them, and nothing is lost with them.
	Leftovers int
	Faults    []*Fault

	stamps map[string]Stamp // by record
}

// Stamp returns the earliest good time stamp that covers a record's end. It
// needs [StampedBy].
func (r *Report) Stamp(record string) (Stamp, bool) {
	s, found := r.stamps[record]
	return s, found
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

// Verify reads the whole store and reports what differs from what was written:
// the chains, every record, attachment, checkpoint and time stamp, and whether
// the store contains what is known from elsewhere. An interrupted record is not a fault.
//
// Verify cannot find that the end of a chain was cut off together with the
// records that it named, if no other chain, no checkpoint and no known head
// names that end. The error is for a store that cannot be read at all.
func (a *Archive) Verify(ctx context.Context, known ...Known) (*Report, error) {
	v := &verification{ctx: ctx, archive: a, report: new(Report)}
	// Before the chains: an object that they do not name yet contains no answer
	// yet.
	extras, err := v.list()
	if err != nil {
		return nil, err
	}
	if err := v.listStamps(); err != nil {
		return nil, err
	}
	if err := v.readCheckpoints(); err != nil { // before the chains too: they cover what was there before them
		return nil, err
	}
	_ = syncStore(ctx, a.store) // a copy on another system cannot be synced, and need not be
	if v.ledger, err = a.ledger(ctx); err != nil {
		return nil, err
	}
	v.report.Heads, v.report.Checked = v.ledger.heads(), v.ledger.checked()
	for _, of := range v.ledger.inOrder() {
		if err := v.record(of); err != nil {
			return nil, err
		}
	}
	if err := v.extras(extras); err != nil {
		return nil, err
	}
	v.report.Faults = append(v.report.Faults, v.ledger.faults...)
	v.checkCheckpoints()
	if err := v.checkStamps(); err != nil {
		return nil, err
	}
	for _, k := range known {
		k.holdTo(v)
	}
	if d, ok := a.store.(*directory); ok {
		v.report.Unlocked = d.unlocked()
		for _, name := range d.strays() {
			v.fault(name, "", fmt.Errorf("%w: no name of this format", ErrExtra))
		}
	}
	return v.report, nil
}

// verification is one run of Verify.
type verification struct {
	ctx     context.Context
	archive *Archive
	ledger  *ledger
	report  *Report

	checkpoints map[uint64]Checkpoint // by number, as far as they could be read
	highest     uint64                // number of all that are there
	right       uint64                // all up to this number are right
	stamps      []uint64              // numbers of their checkpoints, ascending
	damaged     map[uint64]bool       // stamps that have a fault
}

func (v *verification) fault(file, record string, err error) {
	v.report.Faults = append(v.report.Faults, newFault(file, record, err))
}

// record checks one record and counts it. The error is that of a store which
// cannot be read any more.
func (v *verification) record(of *account) error {
	err := v.check(of)
	if ended := context.Cause(v.ctx); ended != nil {
		return ended
	}
	if err = of.withClaim(err); err != nil {
		v.fault(recordFile(of.id), of.id, err)
	}
	return nil
}

func (v *verification) check(of *account) error {
	if of.purged != nil {
		v.report.Purged++
		return v.purged(of)
	}
	live := false
	if of.ended == nil {
		var err error
		if live, err = v.archive.store.Live(v.ctx, Object{KindRecord, of.id}); err != nil {
			return err
		}
	}
	c, err := v.archive.scanRecord(v.ctx, of, io.Discard)
	switch {
	case err != nil && v.isPurged(of.id):
		v.report.Purged++ // meanwhile
		return nil
	case isGone(err):
		return err
	}
	v.count(of, live, c)
	for _, e := range of.attachments {
		v.attachment(e)
	}
	return err
}

// isPurged reports whether a record was purged since its chains were read.
func (v *verification) isPurged(id string) bool {
	again, err := v.archive.account(v.ctx, id)
	return err == nil && again.purged != nil
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
	for _, o := range of.objects()[1:] {
		if v.archive.isThere(v.ctx, o) {
			v.fault(o.file(), of.id, fmt.Errorf("%w: its record was purged", ErrExtra))
		}
	}
	if v.archive.isThere(v.ctx, Object{KindRecord, of.id}) {
		return fmt.Errorf("%w: it was purged", ErrExtra)
	}
	return nil
}

// isThere reports whether an object is there, or what is in its place.
func (a *Archive) isThere(ctx context.Context, o Object) bool {
	in, err := a.store.Read(ctx, o)
	if err == nil {
		_ = in.Close()
	}
	return !isGone(err)
}

func (v *verification) attachment(e entry) {
	v.report.Attachments++
	if _, err := v.archive.scanAttachment(v.ctx, e, io.Discard); err != nil && !v.isPurged(e.Record) {
		v.fault(attachmentFile(e.Attachment), e.Record, err)
	}
}

// list lists the objects that an audit compares with the chains.
func (v *verification) list() (all []Object, err error) {
	for _, kind := range []Kind{KindRecord, KindAttachment} {
		for o, err := range v.archive.store.Objects(v.ctx, kind) {
			if err != nil {
				return nil, err
			}
			all = append(all, o)
		}
	}
	return all, nil
}

// names reports whether the chains name an object.
func (l *ledger) names(o Object) bool {
	if o.Kind == KindAttachment {
		return l.attachments[o.ID]
	}
	of := l.records[o.ID]
	return of != nil && of.begun.Event != ""
}

// extras looks at the objects that the chains do not name.
func (v *verification) extras(listed []Object) error {
	for _, o := range listed {
		if v.ledger.names(o) {
			continue
		}
		live, record, err := v.leftover(o)
		named, accountErr := v.namedMeanwhile(o, record)
		if accountErr != nil {
			return accountErr
		}
		switch {
		case live, named, isGone(err): // it was just beginning, or has just failed to
		case err != nil:
			v.fault(o.file(), "", err)
		default:
			v.report.Leftovers++
		}
	}
	return nil
}

// namedMeanwhile reads again what the chains contain about an object's record.
func (v *verification) namedMeanwhile(o Object, record string) (bool, error) {
	of, err := v.archive.account(v.ctx, record)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	named := o.Kind == KindRecord
	for _, e := range of.attachments {
		named = named || e.Attachment == o.ID
	}
	return named && v.ledger.records[record] == nil || named && o.Kind == KindAttachment, nil
}

// leftover returns nil for what a crash can leave before the chain names a
// file: a record without an answer, or an attachment. The record is the one to
// which the file belongs.
func (v *verification) leftover(o Object) (live bool, record string, err error) {
	if !isID(o.ID) {
		return false, "", fmt.Errorf("%w: no name of a record", ErrExtra)
	}
	if live, err = v.archive.store.Live(v.ctx, o); live || err != nil {
		return live, "", extraIfDamaged(err)
	}
	file, err := v.archive.store.Read(v.ctx, o)
	if err != nil {
		return false, "", extraIfDamaged(err)
	}
	defer func() { _ = file.Close() }()
	c, err := scan(file, v.archive.opener(v.ctx), io.Discard)
	record = c.head.Record
	if o.Kind == KindRecord {
		record = o.ID
	}
	if err != nil {
		return false, record, fmt.Errorf("%w: %w", ErrExtra, err)
	}
	if c.head.ID != "" && (c.head.ID != o.ID || c.head.Kind != o.Kind) {
		return false, record, fmt.Errorf("%w: head is of another file", ErrExtra)
	}
	if o.Kind == KindRecord && (c.body > 0 || c.ended != 0) {
		return false, record, fmt.Errorf("%w: a record that no chain names", ErrExtra)
	}
	return false, record, nil
}

func extraIfDamaged(err error) error {
	if errors.Is(err, ErrDamaged) {
		return fmt.Errorf("%w: %w", ErrExtra, err)
	}
	return err
}
