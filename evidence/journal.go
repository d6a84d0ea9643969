package evidence

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// journal is the one file that all records hang on. Every use of it is under
// its lock, which other processes see too.
type journal struct {
	path   string
	mu     sync.Mutex
	file   *os.File
	ledger *ledger
	broken error // nothing can be appended after this
	closed bool
}

// journalRoom is the room on disk that a record's beginning keeps for the
// entries that follow it.
const journalRoom = 64 << 10

func openJournal(folder string, flag int, keys keyring) (*journal, error) {
	path := filepath.Join(folder, journalName)
	if there, err := os.Lstat(path); err == nil && !there.Mode().IsRegular() {
		return nil, &Fault{File: journalName, Err: damaged("is not a file")}
	}
	file, err := os.OpenFile(path, flag, 0o600)
	if err != nil {
		return nil, err
	}
	return &journal{path: path, file: file, ledger: newLedger(keys)}, nil
}

// read gives use the ledger as it stands in the file now.
func (j *journal) read(use func(*ledger)) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.readInto(j.ledger); err != nil {
		return err
	}
	use(j.ledger)
	return nil
}

// reread reads the file into another ledger, from where that one is.
func (j *journal) reread(into *ledger) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.readInto(into)
}

// readInto reads while nobody appends.
func (j *journal) readInto(into *ledger) error {
	if j.closed {
		return os.ErrClosed
	}
	if err := lockFileShared(j.file); err != nil {
		return err
	}
	defer func() { _ = unlockFile(j.file) }() // closing it would do as well
	return j.catchUp(into)
}

// change lets do append, alone among all processes.
func (j *journal) change(do func() error) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return os.ErrClosed
	}
	if err := lockFile(j.file); err != nil {
		return err
	}
	defer func() { _ = unlockFile(j.file) }() // closing it would do as well
	if err := j.ready(); err != nil {
		return err
	}
	return do()
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
	j.ledger.torn = false
	return j.file.Truncate(j.ledger.offset)
}

// refuseToWrite says what to do about a journal that nothing is added to any
// more: not even one line may stand after what nobody vouches for.
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

// append writes an entry, durably. It is called within change.
func (j *journal) append(e entry, key Key) error {
	raw, _, err := e.encode(j.ledger.head, key)
	if err != nil {
		return err
	}
	if _, err := j.file.Write(raw); err != nil {
		_ = j.file.Truncate(j.ledger.offset) // else the next one takes it away
		return err
	}
	err = syncFile(j.file)
	if err == nil {
		err = j.catchUp(j.ledger)
	}
	if err != nil {
		j.broken = fmt.Errorf("%w: %w", errUncertain, err)
	}
	return j.broken
}

// errUncertain says that an entry may or may not be in the journal: what the
// system dropped once it does not tell again. Only opening it anew finds out.
var errUncertain = errors.New("evidence: journal is in an unknown state")

func (j *journal) close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.closed = true
	return j.file.Close()
}

// copyOf is the account as it stands now.
func (j *journal) copyOf(a *account) *account {
	j.mu.Lock()
	defer j.mu.Unlock()
	return a.clone()
}
