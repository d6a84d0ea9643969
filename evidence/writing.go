package evidence

import (
	"cmp"

	"github.com/kakaocert-go/kakaocert"
)

// writing is a record while it is written.
type writing struct {
	dir    *Dir
	id     string
	file   *sealedFile
	failed error // of a Write: the body is not whole
	ended  bool
}

var _ kakaocert.RecordWriter = (*writing)(nil)

// Write keeps p. When it returns, p is on disk: neither the death of the
// process nor a power cut takes it away.
func (w *writing) Write(p []byte) (int, error) {
	if w.ended {
		return 0, ErrEnded
	}
	if w.failed != nil {
		return 0, w.failed // a body with a hole in it is worse than a short one
	}
	n, err := w.file.data(p)
	w.failed = err
	return n, err
}

// Commit ends the record. After a Write that failed the body is not whole:
// then the record is aborted, and Commit returns that Write's error.
func (w *writing) Commit() error {
	if w.failed != nil {
		_ = w.end(frameAborted, Aborted, "a piece could not be written")
		return w.failed
	}
	return w.end(frameCommitted, Committed, "")
}

// maxReason is how much of a reason is kept.
const maxReason = 1024

// Abort ends the record and keeps what was written.
func (w *writing) Abort(reason string) error {
	return w.end(frameAborted, Aborted, reason[:min(len(reason), maxReason)])
}

// end ends the file first and the journal's account of it after: whoever opens
// the directory next finds the end in the file when the journal has none.
func (w *writing) end(kind byte, outcome Outcome, reason string) error {
	if w.ended {
		return ErrEnded
	}
	w.ended = true
	err := w.file.end(kind, reason)
	if err == nil {
		ended := entry{Event: eventEnded, Record: w.id, Outcome: outcome, Bytes: w.file.size, SHA256: w.file.digest()}
		err = w.dir.archive.journal.change(func() error { return w.dir.append(ended) })
	}
	return cmp.Or(err, w.file.close())
}
