package evidence

import (
	"bufio"
	"crypto/hmac"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// ledger is what a journal says, as far as it was read. It goes on after
// damage, so that one changed entry hides no other.
type ledger struct {
	keys    keyring
	head    Head
	offset  int64 // of what was read: whole lines
	lines   int
	torn    bool // the journal ends within a line: a crash, for no call had returned yet
	faults  []error
	unknown map[string]bool // keys that are not given
	trusted voucher         // the best of all entries so far
	seen    func(Head)      // nil, or told of every entry

	records     map[string]*account
	attachments map[string]bool
	order       []*account
	byTxID      map[string][]*account
}

// account is what a journal says of one record.
type account struct {
	id          string
	begun       entry
	ended       *entry
	attachments []entry
	purged      *entry
	// claimed is a tombstone that no given key vouches for, in a journal that
	// has entries of given keys. It purges nothing.
	claimed *entry
}

func newLedger(keys keyring) *ledger {
	return &ledger{
		keys: keys, unknown: make(map[string]bool),
		records: make(map[string]*account), attachments: make(map[string]bool), byTxID: make(map[string][]*account),
	}
}

// clone is the account as it is now, while others go on writing.
func (a *account) clone() *account {
	c := *a
	c.attachments = slices.Clone(a.attachments)
	return &c
}

// catchUp reads the lines from offset to size.
func (l *ledger) catchUp(journal io.ReaderAt, size int64) error {
	if size < l.offset {
		return damaged("journal is shorter than it was")
	}
	in := bufio.NewReaderSize(io.NewSectionReader(journal, l.offset, size-l.offset), maxLine)
	for {
		raw, err := in.ReadSlice('\n')
		switch {
		case errors.Is(err, io.EOF):
			l.torn = len(raw) > 0
			return nil
		case errors.Is(err, bufio.ErrBufferFull):
			if whole, err := l.skip(in, len(raw)); err != nil || !whole {
				return err
			}
			continue
		case err != nil:
			return err
		}
		l.offset += int64(len(raw))
		l.lines++
		l.line(raw[:len(raw)-1])
	}
}

// skip passes over a line that is too long to be one.
func (l *ledger) skip(in *bufio.Reader, length int) (whole bool, err error) {
	for {
		raw, err := in.ReadSlice('\n')
		length += len(raw)
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF):
			l.torn = true
			return false, nil
		case err != nil:
			return false, err
		}
		l.offset += int64(length)
		l.lines++
		l.fault(damaged("line is too long"))
		return true, nil
	}
}

func (l *ledger) fault(err error) {
	l.faults = append(l.faults, fmt.Errorf("line %d: %w", l.lines, err))
}

// line takes one line. A line that is whole in itself counts even where the
// ones before it are gone.
func (l *ledger) line(raw []byte) {
	next, err := decodeLine(raw)
	if err == nil {
		next.voucher, err = l.vouched(next)
	}
	if err != nil {
		l.fault(err)
		return
	}
	if err := l.follows(next); err != nil {
		l.fault(err)
	}
	l.head = Head{Entries: next.Seq, Digest: next.digest}
	if l.seen != nil {
		l.seen(l.head)
	}
	if err := l.apply(next.entry); err != nil {
		l.fault(err)
	}
}

// vouched checks that a holder of the key wrote the entry.
func (l *ledger) vouched(next line) (voucher, error) {
	secrets := l.keys.find(next.Key)
	if secrets == nil {
		l.keyMissing(next.Key)
		return unknown, nil
	}
	if !hmac.Equal(next.mac, secrets.vouch(next.digest)) {
		return unknown, damaged("entry is not by a holder of its key")
	}
	by := aKeyHeld
	if secrets.suite == suitePlain {
		by = anybody
	}
	if by < l.trusted {
		return unknown, damaged("entry that needed no key follows entries that did")
	}
	l.trusted = by
	return by, nil
}

// keyMissing reports each key once. A key that is first seen after entries of
// given keys may be one that is missing here, or made up: the two cannot be
// told apart, so it is damage as well.
func (l *ledger) keyMissing(id string) {
	if l.unknown[id] {
		return
	}
	l.unknown[id] = true
	if l.trusted == unknown {
		l.fault(fmt.Errorf("%w: %s", ErrKey, keyName(id)))
		return
	}
	l.fault(fmt.Errorf("%w: %s wrote after the keys that were given, or somebody without a key did (%w)", ErrKey, keyName(id), ErrDamaged))
}

// follows checks the entry's place in the chain.
func (l *ledger) follows(next line) error {
	expected := l.head.Entries + 1
	switch {
	case next.Seq > expected:
		return fmt.Errorf("%w: entries %d to %d", ErrMissing, expected, next.Seq-1)
	case next.Seq < expected:
		return damaged("entry %d comes after entry %d", next.Seq, l.head.Entries)
	case next.Prev != hex.EncodeToString(l.head.Digest[:]):
		return damaged("entry %d follows another entry than the one before it", next.Seq)
	case (next.Seq == 1) != (next.Event == eventCreated):
		return damaged("entry %d is no first entry, or a second one", next.Seq)
	}
	return nil
}

// apply takes what the entry says.
func (l *ledger) apply(e entry) error {
	e.Prev, e.Key = "", "" // have been checked, and are not worth their memory
	switch e.Event {
	case eventCreated:
		if e.Version != formatVersion {
			return damaged("journal is of version %d", e.Version)
		}
		return nil
	case eventBegun:
		return l.begun(e)
	}
	a := l.records[e.Record]
	switch {
	case a == nil:
		return damaged("entry is about no record that was begun")
	case a.purged != nil:
		return damaged("entry is about a record that was purged")
	}
	return l.later(a, e)
}

func (l *ledger) begun(e entry) error {
	switch {
	case !isID(e.Record) || !isHex(e.SHA256, 32):
		return damaged("entry names no record")
	case l.records[e.Record] != nil:
		return damaged("record is begun twice")
	}
	a := &account{id: e.Record, begun: e}
	l.records[e.Record] = a
	l.order = append(l.order, a)
	l.byTxID[e.TxID] = append(l.byTxID[e.TxID], a)
	return nil
}

func (l *ledger) later(a *account, e entry) error {
	switch e.Event {
	case eventEnded:
		if l.isClaim(e) && a.begun.voucher > e.voucher {
			return nil // keyMissing has reported it
		}
		if a.ended != nil {
			return damaged("record has ended twice")
		}
		if e.Outcome != Committed && e.Outcome != Aborted && e.Outcome != Interrupted {
			return damaged("record has ended in no known way")
		}
		a.ended = &e
	case eventAttached:
		if !isID(e.Attachment) || l.attachments[e.Attachment] {
			return damaged("entry names no attachment, or one twice")
		}
		l.attachments[e.Attachment] = true
		a.attachments = append(a.attachments, e)
	case eventPurged:
		if l.isClaim(e) {
			a.claimed = &e
			return nil
		}
		a.purged = &e
	default:
		return damaged("entry is of no known kind")
	}
	return nil
}

// checked reports whether any entry could be checked with the keys that were
// given, if there are any.
func (l *ledger) checked() bool { return l.trusted > unknown || len(l.unknown) == 0 }

// isClaim reports whether no key vouches for the entry, while keys vouch for
// others before it.
func (l *ledger) isClaim(e entry) bool { return e.voucher == unknown && l.trusted > unknown }

// names reports whether a file of that name is in the journal.
func (l *ledger) names(file string) bool {
	if id, found := strings.CutSuffix(file, recordSuffix); found {
		return l.records[id] != nil
	}
	id, found := strings.CutSuffix(file, attachmentSuffix)
	return found && l.attachments[id]
}
