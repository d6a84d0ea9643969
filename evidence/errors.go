package evidence

import (
	"errors"
	"fmt"
	"io/fs"
)

// What can be wrong with a store. They are told apart with errors.Is; what
// they hang on is a [Fault].
var (
	// ErrDamaged says that bytes are not those that were written.
	ErrDamaged = errors.New("evidence: damaged")
	// ErrMissing says that a chain names a file that is not there, or that entries
	// or a whole chain are gone.
	ErrMissing = errors.New("evidence: missing")
	// ErrExtra says that there is a file that no chain names.
	ErrExtra = errors.New("evidence: extra")
	// ErrCutTail says that a known head is not in its chain: its end was cut off, or
	// was cut off and written anew.
	ErrCutTail = errors.New("evidence: cut tail")
	// ErrUnprotected says that others than a directory's owner and group could
	// change it: no writer uses it so.
	ErrUnprotected = errors.New("evidence: others can change it")
	// ErrKey says that the key with which something was written is not among
	// those given.
	ErrKey = errors.New("evidence: key not given")
)

// What cannot be done with a record.
var (
	// ErrNotFound says that there is no such record.
	ErrNotFound = errors.New("evidence: no such record")
	// ErrPurged says that the record was purged: its tombstone is all there is.
	ErrPurged = errors.New("evidence: purged")
	// ErrInProgress says that the record is still being written.
	ErrInProgress = errors.New("evidence: in progress")
	// ErrNoSignature says that the record's answer has no signature: it is not
	// whole, it says no, or it is an identity check's with the nonce alone.
	ErrNoSignature = errors.New("evidence: no signature")
	// ErrEnded says that the record has been committed or aborted already.
	ErrEnded = errors.New("evidence: record has ended")
)

// Fault says what is wrong with one file, or with what another store has in its
// place. It is one of [ErrDamaged],
// [ErrMissing], [ErrExtra], [ErrCutTail], [ErrUnprotected] and [ErrKey], or an error of the
// operating system. It has no content of the file.
type Fault struct {
	File   string // as it is called in a directory, with slashes
	Record string // the record that the file belongs to; empty where unknown
	Err    error
}

func (f *Fault) Error() string { return f.File + ": " + f.Err.Error() }

// Unwrap returns what is wrong.
func (f *Fault) Unwrap() error { return f.Err }

// errGone says that an object is not there.
var errGone = fs.ErrNotExist

// refuseToWrite says what to do about chains that nothing is added to any more:
// not even one entry may follow one that no key vouches for.
func refuseToWrite(fault *Fault) error {
	advice := "keep this store as it is, and begin a new directory at another path"
	if errors.Is(fault, ErrKey) {
		advice = "give this key too, or " + advice
	}
	return &Fault{File: fault.File, Record: fault.Record, Err: fmt.Errorf("%w: %s", fault.Err, advice)}
}

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrDamaged, fmt.Sprintf(format, args...))
}

// newFault says where an error is, and calls a file that is not there missing.
func newFault(file, record string, err error) *Fault {
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%w: file", ErrMissing)
	}
	return &Fault{File: file, Record: record, Err: err}
}

// faultOf is an error as a fault, of its own file where it has one.
func faultOf(file string, err error) *Fault {
	if f, ok := errors.AsType[*Fault](err); ok {
		return f
	}
	return newFault(file, "", err)
}
