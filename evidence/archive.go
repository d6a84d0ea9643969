package evidence

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"iter"
	"strings"

	"github.com/kakaocert-go/kakaocert"
)

// Archive reads a store, and needs no more than the right to read it. Many
// goroutines may use it, also while others write.
type Archive struct {
	store  StoreReader
	ring   *keyring
	finish func() error // closes what [OpenArchive] opened; or nil
}

// NewArchive opens a store for reading, with the keys that its records were
// written with or the openers of their recipients. For a record that was
// written with other keys, the error is [ErrKey].
func NewArchive(store StoreReader, options ...KeyOption) (*Archive, error) {
	if store == nil {
		return nil, &kakaocert.ArgumentError{Field: "StoreReader", Reason: "is nil"}
	}
	ring, err := newKeyring(options...)
	if err != nil {
		return nil, err
	}
	return &Archive{store: store, ring: ring}, nil
}

// Close releases the directory that [OpenArchive] has opened.
func (a *Archive) Close() error {
	if a.finish == nil {
		return nil
	}
	return a.finish()
}

// Format keeps the keys and the store's contents out of what fmt writes.
func (a *Archive) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "evidence.Archive") }

// Heads returns the ends of those chains that no other chain names as they are
// now. These cover all other chains. Print them regularly to a place that those
// who can write the store cannot change, and give them to [Archive.Verify]
// later.
func (a *Archive) Heads(ctx context.Context) ([]Head, error) {
	_ = syncStore(ctx, a.store) // a copy on another system cannot be synced, and need not be
	return a.ends(ctx)
}

// ends reads the ends of the chains and the entries that name them. Without a
// key these entries cannot be authenticated, so all of them count.
func (a *Archive) ends(ctx context.Context) ([]Head, error) {
	named := make(map[Head]voucher)
	for e, err := range a.store.Entries(ctx, Query{Event: eventLinked}) {
		if err != nil {
			return nil, err
		}
		l, err := decodeLine(e.Line)
		if err != nil {
			continue // an audit reports it
		}
		head, err := l.linkedHead()
		by, macErr := a.ring.voucherOf(e.Chain, l)
		if err == nil && macErr == nil && head.Chain != e.Chain {
			named[head] = max(named[head], by)
		}
	}
	var heads []Head
	for e, err := range a.store.Tips(ctx) {
		if err != nil {
			return nil, err
		}
		l, err := decodeLine(e.Line)
		if err != nil {
			continue // an audit reports it
		}
		by, _ := a.ring.voucherOf(e.Chain, l)
		head := Head{Chain: e.Chain, Entries: l.Seq, Digest: l.digest}
		if vouched := named[head]; vouched == unknown || vouched < by {
			heads = append(heads, head)
		}
	}
	return heads, nil
}

// ledger reads all chains.
func (a *Archive) ledger(ctx context.Context) (*ledger, error) {
	l := newLedger(a.ring)
	l.file = func(chain string) string { return chainFileIn(a.store, chain) }
	for e, err := range a.store.Entries(ctx, Query{}) {
		if err != nil {
			return nil, err
		}
		l.add(e)
	}
	if d, ok := a.store.(*directory); ok {
		l.faults = append(d.index.faults(), l.faults...) // the reason for the others first
	}
	l.again = func(h Head) bool { return a.has(ctx, h) }
	l.begunSince = func(id string) bool { _, err := a.account(ctx, id); return err == nil }
	l.settle()
	return l, nil
}

// has reports whether a chain now contains a head.
func (a *Archive) has(ctx context.Context, h Head) bool {
	for e, err := range a.store.Entries(ctx, Query{Chain: h.Chain, After: h.Entries - 1}) {
		if err != nil {
			return false
		}
		l, err := decodeLine(e.Line)
		return err == nil && l.Seq == h.Entries && l.digest == h.Digest
	}
	return false
}

// Records reads every record, the purged ones too, in the order in which they
// were begun. A record that differs from what was written comes with a
// [*Fault], and with as much as could be read of it. An error without a record
// ends the reading.
func (a *Archive) Records(ctx context.Context) iter.Seq2[*Record, error] {
	return a.each(ctx, Query{})
}

// ByTxID reads the records of one transaction, as [Archive.Records] does: one
// record for each verify that was sent.
func (a *Archive) ByTxID(ctx context.Context, txID string) iter.Seq2[*Record, error] {
	if txID == "" {
		return func(func(*Record, error) bool) {}
	}
	return a.each(ctx, Query{Event: eventBegun, TxID: txID})
}

// Recall reads the records of one transaction for [kakaocert.Recaller]. It
// leaves out purged records.
func (a *Archive) Recall(ctx context.Context, txID string) iter.Seq2[kakaocert.Recalled, error] {
	return func(yield func(kakaocert.Recalled, error) bool) {
		for r, err := range a.ByTxID(ctx, txID) {
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
func (a *Archive) Record(ctx context.Context, id string) (*Record, error) {
	found, err := a.account(ctx, id)
	if err != nil {
		return nil, err
	}
	return a.record(ctx, found)
}

// account reads what all chains contain about one record.
func (a *Archive) account(ctx context.Context, id string) (*account, error) {
	if !isID(id) {
		return nil, ErrNotFound
	}
	l := newLedger(a.ring)
	for e, err := range a.store.Entries(ctx, Query{About: id}) {
		if err != nil {
			return nil, err
		}
		l.addAbout(e)
	}
	found := l.records[id]
	if found == nil || found.begun.Event == "" {
		return nil, ErrNotFound
	}
	_ = found.settle() // an audit reports what does not count
	return found, nil
}

// addAbout takes an entry whose chain is not read.
func (l *ledger) addAbout(e Entry) {
	next, err := decodeLine(e.Line)
	if err != nil || next.filedAs(e) != nil {
		return
	}
	if next.voucher, err = l.keys.voucherOf(e.Chain, next); err == nil {
		_ = l.apply(next.entry, e.Chain)
	}
}

// accounts reads what the chains contain about all records that fit the query.
func (a *Archive) accounts(ctx context.Context, q Query) ([]*account, error) {
	l := newLedger(a.ring)
	for e, err := range a.store.Entries(ctx, q) {
		if err != nil {
			return nil, err
		}
		l.addAbout(e)
	}
	accounts := l.inOrder()
	for i, of := range accounts {
		if q == (Query{}) {
			_ = of.settle()
			continue
		}
		whole, err := a.account(ctx, of.id)
		if err != nil {
			return nil, err
		}
		accounts[i] = whole
	}
	return accounts, nil
}

func (a *Archive) each(ctx context.Context, q Query) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		accounts, err := a.accounts(ctx, q)
		if err != nil {
			yield(nil, err)
			return
		}
		for _, of := range accounts {
			if !yield(a.record(ctx, of)) {
				return
			}
		}
	}
}

// record reads the record of an account. One that is gone may have been purged
// since.
func (a *Archive) record(ctx context.Context, of *account) (*Record, error) {
	r, err := a.readRecord(ctx, of)
	if err == nil || of.purged != nil {
		return r, err
	}
	again, accountErr := a.account(ctx, of.id)
	if accountErr != nil {
		return nil, accountErr
	}
	if again.purged != nil {
		return a.readRecord(ctx, again)
	}
	return r, err
}

// scanRecord reads a record and compares it with the chains.
func (a *Archive) scanRecord(ctx context.Context, of *account, body io.Writer) (*contents, error) {
	file, err := a.store.Read(ctx, Object{KindRecord, of.id})
	if err != nil {
		return new(contents), err
	}
	defer func() { _ = file.Close() }()
	prefix := &prefixSum{left: of.begun.Bytes, sum: sha256.New()}
	held := new(heldBack)
	c, err := scan(io.TeeReader(file, prefix), a.opener(ctx), held)
	if prefix.left > 0 || hex.EncodeToString(prefix.sum.Sum(nil)) != of.begun.SHA256 {
		return c, damaged("beginning is not the one that the chain has")
	}
	if _, writeErr := body.Write(held.body); writeErr != nil {
		return c, writeErr
	}
	if err != nil && !errors.Is(err, ErrKey) {
		return c, err
	}
	if c.head.Kind != KindRecord || c.head.ID != of.id {
		return c, damaged("head is of another file")
	}
	if of.ended == nil {
		return c, err
	}
	if c.size != of.ended.Bytes || c.sum != of.ended.SHA256 {
		return c, damaged("file is not the one that the chain has")
	}
	if err == nil && c.outcome() != of.ended.Outcome {
		return c, damaged("file has another outcome than the chain")
	}
	return c, err
}

// heldBack keeps a body until the beginning of its file is known to be right.
type heldBack struct{ body []byte }

func (h *heldBack) Write(p []byte) (int, error) {
	h.body = append(h.body, p...)
	return len(p), nil
}

// prefixSum is the digest of the part of a record that was there before verify
// was sent.
type prefixSum struct {
	left int64
	sum  hash.Hash
}

func (p *prefixSum) Write(b []byte) (int, error) {
	n := min(int64(len(b)), p.left)
	_, _ = p.sum.Write(b[:n])
	p.left -= n
	return len(b), nil
}

// scanAttachment reads an attachment and compares it with the chain.
func (a *Archive) scanAttachment(ctx context.Context, of entry, data io.Writer) (*contents, error) {
	file, err := a.store.Read(ctx, Object{KindAttachment, of.Attachment})
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	c, err := scan(file, a.opener(ctx), data)
	switch {
	case err != nil && !errors.Is(err, ErrKey):
		return c, err
	case c.size != of.Bytes || c.sum != of.SHA256:
		return c, damaged("file is not the one that the chain has")
	case c.head.Kind != KindAttachment || c.head.ID != of.Attachment || c.head.Record != of.Record:
		return c, damaged("head is of another file")
	}
	return c, err
}

// opener finds the suite of a file with the keys that were given, or with the
// record's recovery key where that is still there.
func (a *Archive) opener(ctx context.Context) opener {
	return func(head fileHead, raw []byte) (suite, error) {
		opened, err := a.ring.open(head, raw)
		if !errors.Is(err, ErrKey) || head.salt != nil || head.Kind != KindRecord || !isID(head.ID) {
			return opened, err
		}
		w, recoveryErr := a.recovery(ctx, head.ID)
		switch {
		case isGone(recoveryErr), recoveryErr == nil && a.ring.find(w.To) == nil:
			return nil, err
		case recoveryErr != nil:
			return nil, recoveryErr
		}
		return a.ring.openBy([]wrapped{w}, usage(KindRecovery, head.ID), head, raw)
	}
}

// open finds the suite of a file of either version.
func (r *keyring) open(head fileHead, raw []byte) (suite, error) {
	if head.salt != nil {
		return r.open1(head, raw)
	}
	return r.openBy(head.Keys, usage(head.Kind, head.ID), head, raw)
}

func (r *keyring) openBy(keys []wrapped, use string, head fileHead, raw []byte) (suite, error) {
	secret, name, err := r.unwrap(keys, use)
	if err != nil {
		return nil, err
	}
	if name != head.Suite {
		return nil, damaged("head names another suite than its key's")
	}
	return newSuite(name, secret, raw), nil
}

// open1 opens a file of version 1.
func (r *keyring) open1(head fileHead, raw []byte) (suite, error) {
	secrets := r.find(head.Key)
	if secrets == nil {
		return nil, fmt.Errorf("%w: %s", ErrKey, keyName(head.Key))
	}
	if secrets.suite != head.Suite {
		return nil, damaged("head names another suite than its key's")
	}
	return secrets.fileOf1(head.salt, raw), nil
}

// recovery reads a record's recovery key. One that is being removed is gone.
func (a *Archive) recovery(ctx context.Context, id string) (w wrapped, err error) {
	in, err := a.store.Read(ctx, Object{KindRecovery, id})
	if err != nil {
		return w, err
	}
	defer func() { _ = in.Close() }()
	raw, err := io.ReadAll(io.LimitReader(in, maxHead))
	switch {
	case err != nil:
		return w, err
	case isBeingRemoved(raw):
		return w, errGone
	case decodeStrict(raw, &w) != nil:
		return w, damaged("recovery key is not understood")
	}
	return w, nil
}

// isGone reports whether an error says that there is no such object.
func isGone(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// The names of a store's parts in a directory, and in a [Fault] of any store.
const (
	chainsName      = "chains"
	recordsName     = "records"
	recoveryName    = "recovery"
	checkpointsName = "checkpoints"
	journalName     = "journal"
)

// chainSuffix is that of a chain with a file of its own, and logSuffix that of a
// log file, which is not ".log": nobody must take it for one that may be deleted
// after a while.
const (
	chainSuffix = ".chain"
	logSuffix   = ".evidence"
)

var suffixes = map[Kind]string{KindRecord: ".record", KindAttachment: ".attachment", KindRecovery: ".key", KindCheckpoint: ".checkpoint", KindStamp: ".stamp"}

func chainFile(id string) string {
	if id == journalChain {
		return journalName
	}
	return chainsName + "/" + id + chainSuffix
}

// chainFileIn is the name of a chain's file in a store.
func chainFileIn(store StoreReader, id string) string {
	if d, ok := store.(*directory); ok {
		return d.index.chainFile(id)
	}
	return chainFile(id)
}

// folder is where the object's file is.
func (o Object) folder() string {
	switch o.Kind {
	case KindRecovery:
		return recoveryName
	case KindCheckpoint, KindStamp:
		return checkpointsName
	}
	return recordsName
}

// file is the name of an object's file. A name that does not follow the format
// is used as it is.
func (o Object) file() string {
	if !isObjectID(o.ID) {
		return o.folder() + "/" + o.ID
	}
	return o.folder() + "/" + o.ID + suffixes[o.Kind]
}

// isObjectID reports whether an object may have that ID.
func isObjectID(id string) bool {
	const letters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-"
	return id != "" && len(id) <= 64 && strings.Trim(id, letters) == ""
}

func recordFile(id string) string     { return Object{KindRecord, id}.file() }
func attachmentFile(id string) string { return Object{KindAttachment, id}.file() }
