package evidence

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash"
	"os"
	"path/filepath"
	"time"

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

// ID is the record's, for [Archive.Record] and [Dir.Attach].
func (w *writing) ID() string { return w.id }

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

// end ends the file first and the journal's account of it after: a process that opens
// the directory next finds the end in the file when the journal has none.
func (w *writing) end(kind byte, outcome Outcome, reason string) error {
	if w.ended {
		return ErrEnded
	}
	w.ended = true
	err := w.file.end(kind, reason)
	if err == nil {
		ended := entry{Event: eventEnded, Record: w.id, Outcome: outcome, Bytes: w.file.size, SHA256: w.file.digest()}
		err = w.dir.submit(ended, nil)
	}
	return cmp.Or(err, w.file.close())
}

// reserved is the room on disk that a file is given when it begins, where the
// system can do that: a disk that fills up while an answer arrives does not
// break it.
const reserved = 4 << 20

// sealedFile is a record or an attachment while it is written. Its process
// holds a lock on it until it is closed, which shows others that it lives.
type sealedFile struct {
	file   *os.File
	suite  suite
	frames uint64
	size   int64 // of whole frames
	sum    hash.Hash
	broken error // nothing can be written after this
}

// createSealed makes the file with its head, durably.
func createSealed(in *folder, name string, key Key, head fileHead, sealed sealedHead) (*sealedFile, error) {
	salt := make([]byte, KeySize)
	_, _ = rand.Read(salt) // never fails
	head.Suite, head.Key, head.Salt = key.secrets().suite, key.ID(), hex.EncodeToString(salt)
	raw, err := head.encode()
	if err != nil {
		return nil, err
	}
	if len(raw) > maxHead {
		return nil, &kakaocert.ArgumentError{Field: "EvidenceMeta", Reason: "is too long"}
	}
	first, err := json.Marshal(sealed)
	if err != nil {
		return nil, err
	}
	file, err := os.OpenFile(filepath.Join(in.path, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	f := &sealedFile{file: file, suite: key.secrets().forFile(salt, raw), sum: sha256.New()}
	if err := f.begin(in, raw, first); err != nil {
		f.discard()
		return nil, err
	}
	return f, nil
}

func (f *sealedFile) begin(in *folder, head, first []byte) error {
	if err := waitLock(f.file, exclusive); err != nil {
		return err
	}
	if err := reserve(f.file, 0, reserved); err != nil {
		return err
	}
	if err := f.put(head); err != nil {
		return err
	}
	if err := f.frame(frameHead, first); err != nil {
		return err
	}
	if err := syncFile(f.file); err != nil {
		return err
	}
	return in.sync()
}

// frame writes one frame with one write(2), so that what a killed process
// leaves is whole frames and at most a piece of one.
func (f *sealedFile) frame(kind byte, plaintext []byte) error {
	head := encodeFrameHead(kind, len(plaintext))
	buffer := make([]byte, 0, frameHeadSize+len(plaintext)+tagSize)
	buffer = append(buffer, head[:]...)
	buffer = f.suite.Seal(buffer, nonce(f.frames), plaintext, head[:])
	if err := f.put(buffer); err != nil {
		return err
	}
	f.frames++
	return nil
}

func (f *sealedFile) put(p []byte) error {
	if f.broken != nil {
		return f.broken
	}
	if _, err := f.file.Write(p); err != nil {
		f.rewind(err)
		return err
	}
	_, _ = f.sum.Write(p)
	f.size += int64(len(p))
	return nil
}

// rewind takes a piece of a frame back, so that the end can still be written.
func (f *sealedFile) rewind(cause error) {
	if f.file.Truncate(f.size) != nil {
		f.broken = cause
		return
	}
	if _, err := f.file.Seek(f.size, 0); err != nil {
		f.broken = cause
	}
}

// data writes a piece of the body, durably, and says how much of it was.
func (f *sealedFile) data(p []byte) (int, error) {
	written := 0
	for written < len(p) {
		piece := p[written:min(len(p), written+maxFrame)]
		if err := f.frame(frameData, piece); err != nil {
			return written, err
		}
		written += len(piece)
	}
	return written, f.sync()
}

// end writes the last frame, durably, and gives back what was reserved.
func (f *sealedFile) end(kind byte, reason string) error {
	text, err := json.Marshal(ending{At: time.Now().UTC(), Reason: reason})
	if err != nil {
		return err
	}
	if err := f.frame(kind, text); err != nil {
		return err
	}
	if err := f.file.Truncate(f.size); err != nil {
		return err
	}
	return f.sync()
}

// sync believes no later success once one has failed: what the system dropped
// it does not report again.
func (f *sealedFile) sync() error {
	if f.broken == nil {
		f.broken = syncFile(f.file)
	}
	return f.broken
}

func (f *sealedFile) digest() string { return hex.EncodeToString(f.sum.Sum(nil)) }

// close ends the lock, also where a child that has just been forked still has
// the file.
func (f *sealedFile) close() error { return cmp.Or(unlockFile(f.file), f.file.Close()) }

// giveUp ends a file that could not be entered into the journal. It stays where
// the journal may have it all the same.
func (f *sealedFile) giveUp(cause error) {
	if errors.Is(cause, errUncertain) {
		_ = f.close()
		return
	}
	f.discard()
}

// discard removes a file that was never begun for the journal.
func (f *sealedFile) discard() {
	_ = os.Remove(f.file.Name())
	_ = f.file.Close()
}
