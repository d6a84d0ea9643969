package evidence

import (
	"context"
	"errors"
	"io"
	"iter"
)

// Store is where a log keeps its bytes: a directory, a database, memory. It
// knows nothing about keys and the meaning of the bytes. It keeps chains of
// entries, to which a writer adds at the end, and objects, which are made of
// pieces. Nothing is ever changed; only [Store.Remove] removes objects.
//
// All methods may be called from many goroutines and processes at the same
// time, and return soon after their context has ended. evidencetest.RunStore
// tests these promises.
type Store interface {
	StoreReader

	// Commit keeps a batch. When it returns nil, everything in the batch is
	// durable, and every other opening of the store reads it. When it fails with
	// [ErrExists], nothing of it was kept. After any other error either all or nothing of it is kept, and the
	// caller may not know which. A store that cannot promise that may keep pieces
	// without the entries, but never entries without the pieces. Commit must not
	// keep the caller's memory.
	Commit(ctx context.Context, b Batch) error

	// Fence ends an object. When it returns nil, no process can add a piece to the
	// object any more, not even one that had begun to. The present pieces stay. The
	// log calls it before it enters what a dead writer has left. A store that sees
	// that the writer lives fails with [ErrInProgress]. An object that has ended,
	// or is not there, is not an error.
	Fence(ctx context.Context, o Object) error

	// Remove removes objects, durably: records and attachments that were purged,
	// and recovery keys. A missing object is not an error.
	Remove(ctx context.Context, objects ...Object) error
}

// StoreReader is the part of a [Store] that an [Archive] reads. An object store
// with copies needs no more.
type StoreReader interface {
	// Entries yields the entries that fit the query, ordered by chain, then by
	// number. It includes everything that was committed before the call.
	Entries(ctx context.Context, q Query) iter.Seq2[Entry, error]

	// Tips yields the last entry of each chain, ordered by chain.
	Tips(ctx context.Context) iter.Seq2[Entry, error]

	// Objects yields the objects of one kind, ordered by ID. It also yields names
	// that are not IDs, so that an audit can report them.
	Objects(ctx context.Context, kind Kind) iter.Seq2[Object, error]

	// Read gives the pieces of an object, one after the other. It fails with
	// [fs.ErrNotExist] when there is none.
	Read(ctx context.Context, o Object) (io.ReadCloser, error)

	// Live reports whether the writer of an object that has not ended may still add
	// to it. A store that sees whether a writer lives reports that. Any other store
	// reports true for an hour after the object was made, which is longer than any
	// verify takes. Live reports false for an object that was fenced or is not
	// there.
	Live(ctx context.Context, o Object) (bool, error)
}

// ErrExists says that the place of an entry or of a piece is taken already, or
// that the object of a piece has ended.
var ErrExists = errors.New("evidence: place in the store is taken")

// Batch is what one commit adds.
type Batch struct {
	Pieces  []Piece // of any objects; those of one object in order
	Entries []Entry // of one chain, in order; at most 8 KiB each
}

// Piece is a part of an object: a row of a table, or a part appended to a file.
type Piece struct {
	Object Object
	Number int // from 0; number 0 makes the object, each other follows the one before it
	Bytes  []byte
	Last   bool // it is the last
}

// Kind says what an object is.
type Kind string

const (
	// KindRecord is an answer to one verify. Its ID is the record's.
	KindRecord Kind = "record"
	// KindAttachment is data kept with a record, under an ID of its own.
	KindAttachment Kind = "attachment"
	// KindRecovery is the copy of a record's file key, sealed to the key that all
	// writers share, under the record's ID. Keep it in a place where it can be
	// deleted: its deletion prevents writers from reading old answers.
	KindRecovery Kind = "recovery"
	// KindCheckpoint is a signed head of all chains. Its ID is its number, in 20
	// digits.
	KindCheckpoint Kind = "checkpoint"
	// KindStamp is a time stamp of a checkpoint (RFC 3161), under the ID of that
	// checkpoint.
	KindStamp Kind = "stamp"
)

// Object names an object, which is made of pieces. An ID is at most 64 ASCII
// letters, digits and hyphens. IDs of records and attachments begin with their
// time in UTC, so they sort by time.
type Object struct {
	Kind Kind
	ID   string
}

// Entry is one entry of a chain. A store keeps Line and returns it unchanged.
// The other fields are those by which a query finds the entry; an audit
// compares them with Line.
type Entry struct {
	Chain  string // ID of the chain, like that of an object
	Number uint64 // from 1, without a gap; (Chain, Number) is unique for ever
	Event  string // what the entry says, one word: "begun"
	About  string // ID of the record, or the chain, that it is about; or empty
	TxID   string // the transaction, of a record's begin; else empty. Printable ASCII, at most 256 bytes
	Line   []byte // at most 8 KiB, without a line feed
}

// Query selects entries: those that match all fields that are set. The zero
// Query selects all entries.
type Query struct {
	Chain string
	After uint64 // only those with a higher number; with Chain
	Event string
	About string
	TxID  string
}

// Syncer is a [Store] that may show what another process has not made durable
// yet. Sync makes durable everything that was shown.
type Syncer interface {
	Sync(ctx context.Context) error
}
