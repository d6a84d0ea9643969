package evidence

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// journal is the one file that all records hang on. Every use of it is under
// its lock, which other processes see too.
type journal struct {
	path     string
	turn     chan struct{} // has one element while the journal is in use
	file     *os.File
	ledger   *ledger
	reserved int64 // room on disk is reserved up to here
	unsynced bool  // there are entries whose sync is still to come
	broken   error // nothing can be appended after this
	closed   atomic.Bool
	unlocked atomic.Bool // it was read without a lock: this file system has none

	mu    sync.Mutex // over queue alone
	queue []*pending
}

// pending is an entry that waits to be written. Entries that wait together are
// written and synced together.
type pending struct {
	entry entry
	allow func() error // asked when its turn has come, unless nil
	done  chan error   // its result, once it was taken from the queue
}

const (
	// journalRoom is the room on disk that a record's beginning keeps for the
	// entries that follow it.
	journalRoom = 64 << 10
	// lockLimit is how long an end of a record, a reader, and all else that has
	// no context wait for the journal.
	lockLimit = 20 * time.Second
)

// errLocked says why a wait for the journal has ended.
var errLocked = errors.New("evidence: another process holds the journal's lock")

func openJournal(folder string, flag int, keys keyring) (*journal, error) {
	path := filepath.Join(folder, journalName)
	if err := checkPlaces(folder, flag != os.O_RDONLY); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, flag, 0o600)
	if err != nil {
		return nil, err
	}
	return &journal{path: path, turn: make(chan struct{}, 1), file: file, ledger: newLedger(keys)}, nil
}

// limited is the context of what has none of its own.
func limited() (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(context.Background(), lockLimit, errLocked)
}

// lock waits for the journal's turn in this process and for its lock among all
// processes, for as long as the context lasts. The lock is given back by
// unlock.
func (j *journal) lock(ctx context.Context, how lockKind) error {
	select {
	case j.turn <- struct{}{}:
		return j.lockInTurn(ctx, how)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// lockInTurn gives the turn back when it fails.
func (j *journal) lockInTurn(ctx context.Context, how lockKind) error {
	if j.closed.Load() {
		<-j.turn
		return os.ErrClosed
	}
	free, err := tryLock(j.file, how)
	if free || err != nil {
		if err != nil {
			<-j.turn
		}
		return err
	}
	got := make(chan error, 1)
	go func() { got <- waitLock(j.file, how) }()
	select {
	case err := <-got:
		if err != nil {
			<-j.turn
		}
		return err
	case <-ctx.Done():
		go func() { // the system cannot be told to stop waiting
			if <-got == nil {
				_ = unlockFile(j.file)
			}
			<-j.turn
		}()
		return context.Cause(ctx)
	}
}

// unlock is called after lock. Closing the file would do as well.
func (j *journal) unlock() {
	_ = unlockFile(j.file)
	<-j.turn
}

// read gives use the ledger as it is in the file now.
func (j *journal) read(use func(*ledger)) error {
	return j.reading(func() error {
		if err := j.catchUp(j.ledger); err != nil {
			return err
		}
		use(j.ledger)
		return nil
	})
}

// reread reads the file into another ledger, from where that one is.
func (j *journal) reread(into *ledger) error {
	return j.reading(func() error { return j.catchUp(into) })
}

// reading lets do read while no process appends. Where the system has no locks for
// a file that is only read, an auditor's network share for one, it reads
// without.
func (j *journal) reading(do func() error) error {
	ctx, cancel := limited()
	defer cancel()
	err := j.lock(ctx, shared)
	if isNoLock(err) {
		select {
		case j.turn <- struct{}{}:
			defer func() { <-j.turn }()
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		j.unlocked.Store(true)
		return do()
	}
	if err != nil {
		return err
	}
	defer j.unlock()
	return do()
}

// change lets do append, alone among all processes.
func (j *journal) change(ctx context.Context, do func() error) error {
	if err := j.lock(ctx, exclusive); err != nil {
		return err
	}
	defer j.unlock()
	if err := j.ready(); err != nil {
		return err
	}
	return do()
}

// submit appends an entry, durably, together with all others that wait for
// their turn meanwhile. An entry is asked to allow itself when its turn has
// come. When the context ends before that, the entry is not written.
func (j *journal) submit(ctx context.Context, key Key, e entry, allow func() error) error {
	p := &pending{entry: e, allow: allow, done: make(chan error, 1)}
	j.mu.Lock()
	j.queue = append(j.queue, p)
	j.mu.Unlock()
	select {
	case err := <-p.done:
		return err
	case j.turn <- struct{}{}:
		if len(p.done) > 0 {
			<-j.turn
			return <-p.done
		}
		if err := j.lockInTurn(ctx, exclusive); err != nil {
			return j.withdraw(p, err)
		}
		j.writeQueue(key)
		j.unlock()
		return <-p.done
	case <-ctx.Done():
		return j.withdraw(p, context.Cause(ctx))
	}
}

// withdraw takes an entry out of the queue. One that another has taken is
// decided there.
func (j *journal) withdraw(p *pending, cause error) error {
	j.mu.Lock()
	at := slices.Index(j.queue, p)
	if at >= 0 {
		j.queue = slices.Delete(j.queue, at, at+1)
	}
	j.mu.Unlock()
	if at >= 0 {
		return cause
	}
	return <-p.done
}

// writeQueue writes all that waits. It is called with the lock.
func (j *journal) writeQueue(key Key) {
	j.mu.Lock()
	queue := j.queue
	j.queue = nil
	j.mu.Unlock()
	if len(queue) == 0 {
		return // another has written it
	}
	err := j.ready()
	room := err
	if err == nil {
		room = j.reserve()
	}
	var entries []entry
	var written []*pending
	for _, p := range queue {
		refusal := err
		if refusal == nil && p.entry.Event == eventBegun {
			refusal = room
		}
		if refusal == nil && p.allow != nil {
			refusal = p.allow()
		}
		if refusal != nil {
			p.done <- refusal
			continue
		}
		entries, written = append(entries, p.entry), append(written, p)
	}
	err = j.append(key, entries...)
	for _, p := range written {
		p.done <- err
	}
}

// reserve keeps room for the entries that follow.
func (j *journal) reserve() error {
	if j.ledger.offset+journalRoom <= j.reserved {
		return nil
	}
	end := j.ledger.offset + 2*journalRoom
	if err := reserve(j.file, j.ledger.offset, end-j.ledger.offset); err != nil {
		return err
	}
	j.reserved = end
	return nil
}

// ready reads what others have written, refuses to go on from damage, and
// takes away a line that a crash left unfinished.
func (j *journal) ready() error {
	if j.broken != nil {
		return j.broken
	}
	if err := j.catchUp(j.ledger); err != nil {
		return err
	}
	if len(j.ledger.faults) > 0 {
		return refuseToWrite(j.ledger.faults[0])
	}
	if !j.ledger.torn {
		return nil
	}
	j.ledger.torn, j.reserved = false, 0
	return j.file.Truncate(j.ledger.offset)
}

// refuseToWrite says what to do about a journal that nothing is added to any
// more: not even one line may follow an entry that no key vouches for.
func refuseToWrite(fault error) error {
	advice := "keep this directory as it is, and begin a new directory at another path"
	if errors.Is(fault, ErrKey) {
		advice = "give this key too, or " + advice
	}
	return &Fault{File: journalName, Err: fmt.Errorf("%w: %s", fault, advice)}
}

// catchUp refuses a journal that was put in the place of the one it knows.
func (j *journal) catchUp(into *ledger) error {
	info, err := j.file.Stat()
	if err != nil {
		return err
	}
	if there, err := os.Lstat(j.path); err != nil || !os.SameFile(info, there) {
		return &Fault{File: journalName, Err: damaged("another file is in its place")}
	}
	if err := into.catchUp(j.file, info.Size()); err != nil {
		return &Fault{File: journalName, Err: err}
	}
	return nil
}

// append writes entries with one write(2) and one sync, within change. Entries
// that only say how records have ended are not synced by themselves: the files
// say the same, durably, and recovery writes such an entry again when a power
// cut takes it away. The next entry, or Close, or a call that asks for the head,
// syncs them.
func (j *journal) append(key Key, entries ...entry) error {
	var lines []byte
	head := j.ledger.head
	for _, e := range entries {
		line, next, err := e.encode(head, key)
		if err != nil {
			return err
		}
		lines, head = append(lines, line...), next
	}
	if len(lines) == 0 {
		return nil
	}
	if _, err := j.file.Write(lines); err != nil {
		_ = j.file.Truncate(j.ledger.offset) // else the next one takes it away
		j.reserved = 0
		return err
	}
	j.unsynced = true
	if !slices.ContainsFunc(entries, func(e entry) bool { return e.Event != eventEnded }) {
		return j.uncertain(j.catchUp(j.ledger))
	}
	if err := j.sync(); err != nil {
		return err
	}
	return j.uncertain(j.catchUp(j.ledger))
}

// sync makes durable what was appended. It is called within change.
func (j *journal) sync() error {
	if !j.unsynced || j.broken != nil {
		return j.broken
	}
	err := syncFile(j.file)
	j.unsynced = err != nil
	return j.uncertain(err)
}

// settle is for a head that is kept elsewhere: a power cut must not take it from
// the journal, and another process may not have synced an end yet. Where a
// reader cannot sync, a copy on another system for one, no process writes.
func (j *journal) settle() { _ = syncFile(j.file) }

func (j *journal) uncertain(err error) error {
	if err != nil {
		j.broken = fmt.Errorf("%w: %w", errUncertain, err)
	}
	return j.broken
}

// errUncertain says that an entry may or may not be in the journal: what the
// system dropped once it does not report again. Only opening it anew finds out.
var errUncertain = errors.New("evidence: journal is in an unknown state")

func (j *journal) close() error {
	j.closed.Store(true)
	ctx, cancel := limited()
	defer cancel()
	select {
	case j.turn <- struct{}{}:
		defer func() { <-j.turn }()
		var err error
		if j.broken == nil {
			err = j.sync()
		}
		return errors.Join(err, j.file.Close())
	case <-ctx.Done(): // who waits for the lock will find it closed
		return j.file.Close()
	}
}

// copyOf is the account as it is now.
func (j *journal) copyOf(a *account) (*account, error) {
	ctx, cancel := limited()
	defer cancel()
	select {
	case j.turn <- struct{}{}:
		defer func() { <-j.turn }()
		return a.clone(), nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}
