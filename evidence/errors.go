package evidence

import (
	"errors"
	"fmt"
	"io/fs"
)

// What can be wrong with a store. Match them with errors.Is; a [Fault] contains
// one of them.
var (
	// ErrDamaged says that bytes are not those that were written.
	ErrDamaged = errors.New("evidence: damaged")
	// ErrMissing says that a chain names a file that is not there, or that entries
	// or a whole chain are gone.
	ErrMissing = errors.New("evidence: missing")
	// ErrExtra says that no chain names a file that is there.
	ErrExtra = errors.New("evidence: extra")
	// ErrCutTail says that a known head is not in its chain: its end was cut off, or
	// was cut off and written anew.
	ErrCutTail = errors.New("evidence: cut tail")
	// ErrUnprotected says that users other than a directory's owner and group could
	// change it. No writer uses such a directory.
	ErrUnprotected = errors.New("evidence: others can change it")
	// ErrKey says that something was written with a key that was not given, or that
	// is in an HSM that failed.
	ErrKey = errors.New("evidence: key not available")
)

// What cannot be done with a record.
var (
	// ErrNotFound says that there is no such record.
	ErrNotFound = errors.New("evidence: no such record")
	// ErrPurged says that the record was purged: only its tombstone is left.
	ErrPurged = errors.New("evidence: purged")
	// ErrInProgress says that the record is still being written.
	ErrInProgress = errors.New("evidence: in progress")
	// ErrNoSignature says that the record's answer contains no signature: the
	// answer is incomplete, or it is a refusal, or it is that of an identity check
	// and contains the nonce alone.
	ErrNoSignature = errors.New("evidence: no signature")
	// ErrEnded says that the record has been committed or aborted already.
	ErrEnded = errors.New("evidence: record has ended")
)

// Fault says what is wrong with one file, or with the corresponding part of
// another store. It wraps one of [ErrDamaged], [ErrMissing], [ErrExtra],
// [ErrCutTail], [ErrUnprotected], [ErrStamp] and [ErrKey], or an error of the operating
// system. It contains nothing of the file's content.
type Fault struct {
	File   string // as in a directory, with slashes
	Record string // the record that the file belongs to; empty where unknown
	Err    error
}

func (f *Fault) Error() string { return f.File + ": " + f.Err.Error() }

// Unwrap returns what is wrong.
func (f *Fault) Unwrap() error { return f.Err }

// errGone says that an object is not there.
var errGone = fs.ErrNotExist

// refuseToWrite says what to do about chains that take no more entries: no
// entry may follow one that no key authenticates.
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

// newFault names the place of an error, and calls a file that is not there
// missing.
func newFault(file, record string, err error) *Fault {
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%w: file", ErrMissing)
	}
	return &Fault{File: file, Record: record, Err: err}
}

// faultOf returns an error as a fault. An error that is a fault already keeps
// its file.
func faultOf(file string, err error) *Fault {
	if f, ok := errors.AsType[*Fault](err); ok {
		return f
	}
	return newFault(file, "", err)
}
