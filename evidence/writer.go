package evidence

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"

	"github.com/kakaocert-go/kakaocert"
)

// writing is a record while it is written.
type writing struct {
	log    *Log
	id     string
	object *sealedObject
	failed error // of a Write: the body is incomplete
	ended  bool
}

var _ kakaocert.RecordWriter = (*writing)(nil)

// Format keeps keys and contents out of what fmt writes.
func (w *writing) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "evidence.Record") }

// ID is the record's ID, for [Archive.Record] and [Log.Attach].
func (w *writing) ID() string { return w.id }

// Write keeps p. When it returns, p is durable: neither the death of the
// process nor a power cut removes it.
func (w *writing) Write(p []byte) (int, error) {
	if w.ended {
		return 0, ErrEnded
	}
	if w.failed != nil {
		return 0, w.failed // a body with a hole in it is worse than a short one
	}
	ctx, cancel := limited()
	defer cancel()
	n, err := w.object.data(ctx, w.log.store, p)
	w.failed = err
	return n, err
}

// Commit ends the record. After a failed Write the body is incomplete: then the
// record is aborted, and Commit returns the error of that Write.
func (w *writing) Commit() error {
	if w.failed != nil {
		_ = w.end(frameAborted, Aborted, "a piece could not be written")
		return w.failed
	}
	return w.end(frameCommitted, Committed, "")
}

// maxReason is the number of bytes of a reason that are kept.
const maxReason = 1024

// Abort ends the record and keeps what was written.
func (w *writing) Abort(reason string) error {
	return w.end(frameAborted, Aborted, reason[:min(len(reason), maxReason)])
}

// end commits the last piece and the chain's entry for it. If a crash leaves
// the piece without the entry, the next process that opens the store adds the
// entry.
func (w *writing) end(kind byte, outcome Outcome, reason string) error {
	if w.ended {
		return ErrEnded
	}
	w.ended = true
	ctx, cancel := limited()
	defer cancel()
	var last Piece
	try := func() (err error) {
		if last, err = w.object.ending(kind, reason); err != nil {
			return err
		}
		e := entry{Event: eventEnded, Record: w.id, Outcome: outcome}
		e.Bytes, e.SHA256 = w.object.digestWith(last.Bytes)
		return w.log.commits.submit(ctx, e, last)
	}
	err := try()
	if errors.Is(err, ErrExists) && w.object.settleDoubt() {
		err = try()
	}
	if err != nil {
		w.keepEnd(last)
	}
	return err
}

// keepEnd keeps the last piece without the chain's entry where the entry cannot
// be added any more: the answer is complete all the same.
func (w *writing) keepEnd(last Piece) {
	ctx, cancel := context.WithTimeout(context.Background(), endLimit)
	defer cancel()
	_ = w.log.store.Commit(ctx, Batch{Pieces: []Piece{last}}) // the first error is what counts
}

// endLimit is the time for what is tried after commitLimit.
const endLimit = 5 * time.Second

// sealedObject is a record or an attachment while it is written.
type sealedObject struct {
	object Object
	suite  suite
	frames uint64
	pieces int
	size   int64 // of the pieces that were kept
	sum    hash.Hash
	doubt  []byte // a piece that may or may not have been kept
	held   uint64 // the number of its frames
}

// newObject makes the first piece of an object, its head and first frame, and the
// secret from which its key is made.
func (l *Log) newObject(head fileHead, sealed sealedHead) (*sealedObject, Piece, []byte, error) {
	secret := make([]byte, KeySize)
	_, _ = rand.Read(secret) // never fails
	var err error
	head.Suite = l.key.secrets().suite
	if head.Keys, err = l.ring.wrapAll(l.key, secret, usage(head.Kind, head.ID)); err != nil {
		return nil, Piece{}, nil, err
	}
	raw, err := head.encode()
	if err != nil {
		return nil, Piece{}, nil, err
	}
	if len(raw) > maxHead {
		return nil, Piece{}, nil, &kakaocert.ArgumentError{Field: "EvidenceMeta", Reason: "is too long"}
	}
	first, err := json.Marshal(sealed)
	if err != nil {
		return nil, Piece{}, nil, err
	}
	o := &sealedObject{object: Object{head.Kind, head.ID}, suite: newSuite(head.Suite, secret, raw), sum: sha256.New()}
	piece := o.piece(o.frame(raw, frameHead, first))
	o.kept(piece.Bytes)
	return o, piece, secret, nil
}

// frame appends one frame.
func (o *sealedObject) frame(to []byte, kind byte, plaintext []byte) []byte {
	head := encodeFrameHead(kind, len(plaintext))
	to = append(to, head[:]...)
	to = o.suite.Seal(to, nonce(formatVersion, kind, o.frames), plaintext, head[:])
	o.frames++
	return to
}

func (o *sealedObject) piece(content []byte) Piece {
	return Piece{Object: o.object, Number: o.pieces, Bytes: content}
}

// kept records that a piece is in the store.
func (o *sealedObject) kept(content []byte) {
	_, _ = o.sum.Write(content)
	o.size += int64(len(content))
	o.pieces++
}

// maxPiece is the number of body bytes in one piece: a longer Write makes
// several.
const maxPiece = 16 * maxFrame

// data keeps a part of the body, and returns how many bytes were kept.
func (o *sealedObject) data(ctx context.Context, store Store, p []byte) (int, error) {
	written := 0
	for written < len(p) {
		part := p[written:min(len(p), written+maxPiece)]
		before := o.frames
		content := o.dataFrames(part)
		if err := store.Commit(ctx, Batch{Pieces: []Piece{o.piece(content)}}); err != nil {
			o.doubt, o.held, o.frames = content, o.frames-before, before
			return written, err
		}
		o.kept(content)
		written += len(part)
	}
	return written, nil
}

func (o *sealedObject) dataFrames(part []byte) []byte {
	content := make([]byte, 0, len(part)+(len(part)/maxFrame+1)*(frameHeadSize+tagSize))
	for at := 0; at < len(part); at += maxFrame {
		content = o.frame(content, frameData, part[at:min(len(part), at+maxFrame)])
	}
	return content
}

// ending is the last piece.
func (o *sealedObject) ending(kind byte, reason string) (Piece, error) {
	text, err := json.Marshal(ending{At: time.Now().UTC(), Reason: reason})
	if err != nil {
		return Piece{}, err
	}
	p := o.piece(o.frame(nil, kind, text))
	o.frames--
	p.Last = true
	return p, nil
}

// settleDoubt treats a piece in doubt as kept, because its place is taken. It
// reports whether there was one.
func (o *sealedObject) settleDoubt() bool {
	if o.doubt == nil {
		return false
	}
	o.kept(o.doubt)
	o.frames += o.held
	o.doubt = nil
	return true
}

// digestWith returns size and digest of the object including the last piece.
func (o *sealedObject) digestWith(last []byte) (size int64, sum string) {
	state, err := o.sum.(encoding.BinaryMarshaler).MarshalBinary()
	if err != nil {
		panic("evidence: " + err.Error()) // SHA-256 has a state
	}
	_, _ = o.sum.Write(last)
	sum = hex.EncodeToString(o.sum.Sum(nil))
	if err := o.sum.(encoding.BinaryUnmarshaler).UnmarshalBinary(state); err != nil {
		panic("evidence: " + err.Error())
	}
	return o.size + int64(len(last)), sum
}
