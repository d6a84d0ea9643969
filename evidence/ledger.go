package evidence

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// ledger is the content of the chains, as far as they were read. Reading
// continues after damage, so that one changed entry does not hide the others.
type ledger struct {
	keys    *keyring
	file    func(chain string) string // the name of a chain's file
	chains  map[string]*chain
	faults  []*Fault
	unknown map[string]bool // keys that were not given, and were reported

	records     map[string]*account
	attachments map[string]bool
	links       []entry // of event linked

	// again looks in the store for entries that were added after reading: a chain
	// that was read early may have grown by the time that a chain naming it was
	// read. If it is nil, the store is not read again.
	again      func(Head) bool
	begunSince func(record string) bool
	best       voucher // of all chains, once settled
}

// chain is what the ledger knows about one chain.
type chain struct {
	head    Head
	digests map[uint64][sha256.Size]byte // of all entries, by number
	trusted voucher                      // the best of all entries so far
	checked bool                         // at least one entry is by a key that was given
	key     string                       // of the first entry by a key that was not given; or empty
	links   []entry                      // links from other chains to this one
}

// account is what the chains contain about one record. Which entries count is
// settled when all chains were read, because they are read one after the other.
type account struct {
	id          string
	begun       entry
	ended       *entry
	attachments []entry
	purged      *entry
	// claimed is a tombstone whose voucher is weaker than that of the record's
	// begin. It purges nothing.
	claimed *entry

	later []entry // all but begun, as they were read
}

func newLedger(keys *keyring) *ledger {
	return &ledger{
		keys: keys, file: chainFile, chains: make(map[string]*chain), unknown: make(map[string]bool),
		records: make(map[string]*account), attachments: make(map[string]bool),
	}
}

func (l *ledger) fault(e Entry, err error) {
	l.faults = append(l.faults, &Fault{File: l.file(e.Chain), Err: fmt.Errorf("entry %d: %w", e.Number, err)})
}

// add takes the next entry of a chain. An entry whose digest is right counts
// even if the entries before it are missing.
func (l *ledger) add(e Entry) {
	c := l.chains[e.Chain]
	if c == nil {
		c = &chain{head: Head{Chain: e.Chain}, digests: make(map[uint64][sha256.Size]byte)}
		l.chains[e.Chain] = c
	}
	next, err := decodeLine(e.Line)
	if err == nil {
		err = next.filedAs(e)
	}
	if err == nil {
		next.voucher, err = l.vouched(e, c, next)
	}
	if err != nil {
		l.fault(e, err)
		return
	}
	if err := c.follows(next); err != nil {
		l.fault(e, err)
	}
	c.head = Head{Chain: e.Chain, Entries: next.Seq, Digest: next.digest}
	c.digests[next.Seq] = next.digest
	if err := l.apply(next.entry, e.Chain); err != nil {
		l.fault(e, err)
	}
}

// filedAs compares the fields by which the store finds an entry with the entry
// itself.
func (l line) filedAs(e Entry) error {
	if e.Event != l.Event || e.About != l.about() || e.TxID != l.TxID {
		return damaged("entry is filed as another than it is")
	}
	return nil
}

// vouched checks that a holder of the key wrote the entry.
func (l *ledger) vouched(e Entry, c *chain, next line) (voucher, error) {
	by, err := l.keys.voucherOf(e.Chain, next)
	if err != nil {
		return unknown, err
	}
	switch {
	case by == unknown:
		l.keyMissing(e, c, next.Key)
		return unknown, nil
	case by < c.trusted:
		return unknown, damaged("entry that needed no key follows entries that did")
	}
	c.trusted, c.checked = by, true
	return by, nil
}

// voucherOf returns who can have written an entry.
func (r *keyring) voucherOf(chain string, next line) (voucher, error) {
	secrets := r.find(next.Key)
	if secrets == nil {
		return unknown, nil
	}
	key := secrets.chain
	if chain == journalChain {
		key = secrets.journal
	}
	if !hmac.Equal(next.mac, vouch(key, next.digest)) {
		return unknown, damaged("entry is not by a holder of its key")
	}
	if secrets.suite == suitePlain {
		return anybody, nil
	}
	return aKeyHeld, nil
}

// keyMissing reports each key once. A key that first appears after entries of
// given keys may be a key that is missing here, or made up. The two cannot be
// told apart, so it is reported as damage too.
func (l *ledger) keyMissing(e Entry, c *chain, id string) {
	if c.trusted == unknown {
		if c.key == "" {
			c.key = keyName(id) // settle reports it
		}
		return
	}
	if l.unknown[id] {
		return
	}
	l.unknown[id] = true
	l.fault(e, fmt.Errorf("%w: %s wrote after the keys that were given, or somebody without a key did (%w)", ErrKey, keyName(id), ErrDamaged))
}

// follows checks the entry's place in the chain.
func (c *chain) follows(next line) error {
	expected := c.head.Entries + 1
	first := eventOpened
	if c.head.Chain == journalChain {
		first = eventCreated
	}
	switch {
	case next.Seq > expected:
		return fmt.Errorf("%w: entries %d to %d", ErrMissing, expected, next.Seq-1)
	case next.Seq < expected:
		return damaged("entry %d comes after entry %d", next.Seq, c.head.Entries)
	case next.Prev != hex.EncodeToString(c.head.Digest[:]):
		return damaged("entry %d follows another entry than the one before it", next.Seq)
	case (next.Seq == 1) != (next.Event == first):
		return damaged("entry %d is no first entry, or a second one", next.Seq)
	}
	return nil
}

// apply adds the content of an entry to the ledger.
func (l *ledger) apply(e entry, in string) error {
	e.Prev, e.Key, e.in = "", "", in // the first two were checked, and keeping them would waste memory
	switch e.Event {
	case eventCreated:
		if e.Version != journalVersion {
			return damaged("journal is of version %d", e.Version)
		}
		return nil
	case eventOpened:
		if e.Version != formatVersion {
			return damaged("chain is of version %d", e.Version)
		}
		if e.Chain != in {
			return damaged("chain has another's name")
		}
		return nil
	case eventLinked:
		l.links = append(l.links, e)
		return nil
	}
	if !isID(e.Record) || !isHex(e.SHA256, 32) {
		return damaged("entry names no record")
	}
	a := l.records[e.Record]
	if a == nil {
		a = &account{id: e.Record}
		l.records[e.Record] = a
	}
	if e.Event != eventBegun {
		return l.later(a, e)
	}
	if a.begun.Event != "" {
		return damaged("record is begun twice")
	}
	a.begun = e
	return nil
}

// later takes an entry about a record that another process may have begun. The
// order counts within one chain.
func (l *ledger) later(a *account, e entry) error {
	before := func(event string) bool {
		return slices.ContainsFunc(a.later, func(other entry) bool { return other.Event == event && other.in == e.in && other.voucher >= e.voucher })
	}
	switch {
	case before(eventPurged):
		return damaged("entry is about a record that was purged")
	case e.Event == eventEnded && before(eventEnded):
		return damaged("record has ended twice")
	case e.Event == eventEnded && e.Outcome != Committed && e.Outcome != Aborted && e.Outcome != Interrupted:
		return damaged("record has ended in no known way")
	case e.Event == eventAttached && (!isID(e.Attachment) || l.attachments[e.Attachment]):
		return damaged("entry names no attachment, or one twice")
	case e.Event == eventAttached:
		l.attachments[e.Attachment] = true
	case e.Event != eventEnded && e.Event != eventPurged:
		return damaged("entry is of no known kind")
	}
	a.later = append(a.later, e)
	return nil
}

// settle decides which entries about a record count, once all were read: an
// entry whose voucher is weaker than that of the record's begin does not count.
func (a *account) settle() (err error) {
	if a.begun.Event == "" {
		return damaged("entries are about a record that was not begun")
	}
	a.ended, a.attachments, a.purged, a.claimed = nil, nil, nil, nil
	for i := range a.later {
		e := &a.later[i]
		switch {
		case e.Event == eventPurged && e.voucher < a.begun.voucher:
			a.claimed = e
		case e.voucher < a.begun.voucher:
			err = errors.Join(err, fmt.Errorf("%w: no key that was given vouches for its entry %q (%w)", ErrKey, e.Event, ErrDamaged))
		case e.Event == eventPurged:
			a.purged = e
		case e.Event == eventAttached:
			a.attachments = append(a.attachments, *e)
		case a.ended != nil && (a.ended.Outcome != e.Outcome || a.ended.SHA256 != e.SHA256):
			err = damaged("record has ended in two ways")
		default:
			a.ended = e
		}
	}
	return err
}

// settle reports what was found once all chains were read: chains of keys that
// were not given, links to missing entries, entries about records that were not
// begun.
func (l *ledger) settle() {
	for _, c := range l.chains {
		l.best = max(l.best, c.trusted)
	}
	for _, link := range l.links {
		l.linked(link)
	}
	for _, id := range sortedKeys(l.chains) {
		l.settleChain(l.chains[id])
	}
	for _, id := range sortedKeys(l.records) {
		of := l.records[id]
		err := of.settle()
		if of.begun.Event == "" && l.begunSince != nil && l.begunSince(id) {
			delete(l.records, id) // another process has begun it since its chain was read
			continue
		}
		if err != nil {
			l.faults = append(l.faults, newFault(recordFile(id), id, err))
		}
	}
}

// linked records that a chain names another.
func (l *ledger) linked(link entry) {
	to := l.chains[link.Chain]
	if head, err := link.linkedHead(); to == nil && link.voucher >= l.best && (err != nil || !l.has(head)) {
		name := "a chain without a name"
		if isID(link.Chain) || link.Chain == journalChain {
			name = l.file(link.Chain)
		}
		l.faults = append(l.faults, &Fault{File: name, Err: fmt.Errorf("%w: %s has followed it", ErrMissing, l.file(link.in))})
	}
	if to != nil {
		to.links = append(to.links, link)
	}
}

// settleChain reports a chain none of whose keys was given. If a chain by a
// given key names it, it was there when that chain began; otherwise a person
// without a key may have put it there.
func (l *ledger) settleChain(c *chain) {
	if c.key != "" && !l.unknown[c.key] {
		l.unknown[c.key] = true
		err := fmt.Errorf("%w: %s", ErrKey, c.key)
		if l.best > unknown && c.vouchedBy() == unknown {
			err = fmt.Errorf("%w: %s wrote besides the keys that were given, or somebody without a key did (%w)", ErrKey, c.key, ErrDamaged)
		}
		l.faults = append(l.faults, &Fault{File: l.file(c.head.Chain), Err: err})
	}
	if c.trusted == anybody && l.best > anybody && c.vouchedBy() < aKeyHeld {
		l.faults = append(l.faults, &Fault{File: l.file(c.head.Chain), Err: damaged("chain that needed no key is next to chains that did")})
	}
	for _, link := range c.links {
		head, err := link.linkedHead()
		if c.counts(link) && (err != nil || !l.has(head)) {
			l.faults = append(l.faults, &Fault{File: l.file(c.head.Chain), Err: fmt.Errorf("%w: %s has seen another head of it", ErrCutTail, l.file(link.in))})
		}
	}
}

// counts reports whether the writer of a link to the chain is as trusted as the
// chain's own writer. Other links do not count.
func (c *chain) counts(link entry) bool { return link.voucher >= c.trusted }

// has reports whether a chain has had a head.
func (l *ledger) has(h Head) bool {
	if c := l.chains[h.Chain]; c != nil {
		if digest, found := c.digests[h.Entries]; found {
			return digest == h.Digest
		}
	}
	return l.again != nil && l.again(h)
}

// vouchedBy is the strongest voucher of the links to the chain.
func (c *chain) vouchedBy() (best voucher) {
	for _, link := range c.links {
		best = max(best, link.voucher)
	}
	return best
}

// checked reports whether any entry could be checked with the keys that were
// given, if there are any.
func (l *ledger) checked() bool {
	for _, c := range l.chains {
		if c.checked {
			return true
		}
	}
	return len(l.chains) == 0
}

// heads are the ends of the chains that no other chain names as they are now.
// These cover all other chains.
func (l *ledger) heads() (heads []Head) {
	for _, id := range sortedKeys(l.chains) {
		c := l.chains[id]
		followed := func(link entry) bool { return link.in != id && c.counts(link) && link.Head == c.head.place() }
		if c.head.Entries > 0 && !slices.ContainsFunc(c.links, followed) {
			heads = append(heads, c.head)
		}
	}
	return heads
}

// inOrder are the records in the order in which they were begun.
func (l *ledger) inOrder() []*account {
	accounts := make([]*account, 0, len(l.records))
	for _, id := range sortedKeys(l.records) {
		if l.records[id].begun.Event != "" {
			accounts = append(accounts, l.records[id])
		}
	}
	slices.SortStableFunc(accounts, func(a, b *account) int {
		if a.begun.in == b.begun.in {
			return cmp.Compare(a.begun.Seq, b.begun.Seq)
		}
		return a.begun.At.Compare(b.begun.At)
	})
	return accounts
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
