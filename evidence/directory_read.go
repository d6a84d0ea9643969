package evidence

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/kakaocert-go/kakaocert/evidence/internal/disk"
)

// errTorn says that the rest of a log file does not count: a crash left it, or
// its writer is writing it.
var errTorn = errors.New("evidence: rest of a log file does not count")

// batchReader reads the batches of a log file in order.
type batchReader struct {
	file   *os.File
	in     *bufio.Reader
	offset int64
	size   int64
	live   bool   // the rest was found to be what its writer is writing
	effort int64  // bytes read in the search for right batches
	gaveUp bool   // it was too much
	buffer []byte // for the content of one batch
}

func newBatchReader(file *os.File, offset, size int64) *batchReader {
	r := &batchReader{file: file, size: size}
	r.seek(offset)
	return r
}

func (r *batchReader) seek(offset int64) {
	r.offset = offset
	section := io.NewSectionReader(r.file, offset, r.size-offset)
	if r.in == nil {
		r.in = bufio.NewReaderSize(section, 16<<10)
	}
	r.in.Reset(section)
}

// next returns the next batch, whose bytes are valid until the next call. One
// that is not right comes with what could be read of it. The errors are io.EOF,
// errTorn and those of reading.
func (r *batchReader) next() (readBatch, error) {
	if r.offset >= r.size {
		return readBatch{}, io.EOF
	}
	b, err := r.batch(false)
	if err != nil || b.right {
		r.offset += b.size
		return b, err
	}
	return r.wrong(b)
}

// batch reads one batch. The size of one without a right header is 0.
func (r *batchReader) batch(rightOnly bool) (readBatch, error) {
	header, err := r.in.Peek(maxBatchHeader)
	if err != nil && !errors.Is(err, io.EOF) {
		return readBatch{}, err
	}
	line, _, found := bytes.Cut(header, []byte("\n"))
	length, check, ok := parseBatchHeader(line)
	if !found || !ok {
		return readBatch{offset: r.offset}, nil
	}
	header = bytes.Clone(header[:len(line)+1])
	size := int64(len(header) + length)
	if size > r.size-r.offset {
		return readBatch{offset: r.offset, size: size}, nil
	}
	r.buffer = slices.Grow(r.buffer[:0], length)
	content := r.buffer[:length]
	_, _ = r.in.Discard(len(header)) // they were peeked at
	switch _, err := io.ReadFull(r.in, content); {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF): // its writer has just truncated it
		return readBatch{offset: r.offset, size: size}, nil
	case err != nil:
		return readBatch{}, err
	}
	return parseBatch(r.offset, header, content, check, rightOnly), nil
}

// wrong decides what bytes are that are not a right batch.
func (r *batchReader) wrong(b readBatch) (readBatch, error) {
	after, err := r.end(b)
	if err != nil {
		return b, err
	}
	if after < 0 {
		if torn, err := r.isTorn(b); torn || err != nil {
			return b, errors.Join(err, errTornIf(torn))
		}
		after = r.size
	} else if again, err := r.again(); err != nil || again.right {
		r.offset += again.size
		return again, err // its write had not ended
	}
	if b.offset+b.size != after {
		b = readBatch{offset: b.offset, size: after - b.offset}
	}
	r.seek(after)
	return b, nil
}

func errTornIf(torn bool) error {
	if torn {
		return errTorn
	}
	return nil
}

// again reads the present batch once more.
func (r *batchReader) again() (readBatch, error) {
	r.seek(r.offset)
	return r.batch(false)
}

// end finds where a wrong batch ends: where its header says, if a right batch
// follows there, or else where the next right batch begins. It returns -1 where
// none does.
func (r *batchReader) end(b readBatch) (int64, error) {
	if after := r.offset + b.size; b.size > 0 && after <= r.size {
		if after == r.size {
			return -1, nil
		}
		next, err := newBatchReader(r.file, after, r.size).batch(true)
		if err != nil || next.right {
			return after, err
		}
	}
	in := newFinder(r.file, r.offset+1, r.size, []byte("batch "))
	candidate := &batchReader{file: r.file, size: r.size}
	for r.effort < maxSearch {
		at, err := in.next()
		if errors.Is(err, io.EOF) {
			return -1, nil
		}
		if err != nil {
			return 0, err
		}
		candidate.seek(at)
		next, err := candidate.batch(true)
		if err != nil || next.right {
			return at, err
		}
		r.effort += min(next.size, r.size-at) + minSearch
	}
	r.gaveUp = true
	return -1, nil
}

// maxSearch bounds the search for a right batch in a file that was made to cost
// time, and minSearch is the least that looking at one place costs.
const (
	maxSearch = 1 << 30
	minSearch = 4 << 10
)

// isTorn reports whether the rest of the file, without a right batch, is what a
// crash left, or is being written.
func (r *batchReader) isTorn(b readBatch) (bool, error) {
	var err error
	if r.live, err = disk.IsLocked(r.file); r.live || err != nil {
		return r.live, err
	}
	if r.gaveUp || b.size > r.size-r.offset {
		return !r.gaveUp, nil
	}
	length := r.size - r.offset
	zeros := zeroChecker(false)
	if _, err := io.Copy(&zeros, io.NewSectionReader(r.file, r.offset, length)); err != nil || !bool(zeros) {
		return err == nil, err
	}
	if length > int64(maxBatchHeader+maxBatch) {
		return false, nil
	}
	rest := make([]byte, length)
	if _, err := r.file.ReadAt(rest, r.offset); err != nil {
		return false, err
	}
	return isHeaderBegin(rest) || hasLostSector(rest, r.offset), nil
}

// isHeaderBegin reports whether the bytes are the beginning of a batch's header.
func isHeaderBegin(p []byte) bool {
	const word = "batch "
	if len(p) <= len(word) {
		return strings.HasPrefix(word, string(p))
	}
	rest, found := strings.CutPrefix(string(p), word)
	length, check, _ := strings.Cut(rest, " ")
	n, ok := parseNumber(length, maxBatch)
	return found && ok && n > 0 && len(check) <= 8 && strings.Trim(check, "0123456789abcdef") == ""
}

// finder finds the places of a text in a part of a file.
type finder struct {
	in     *bufio.Reader
	offset int64
	text   []byte
}

func newFinder(file *os.File, from, to int64, text []byte) *finder {
	return &finder{in: bufio.NewReaderSize(io.NewSectionReader(file, from, to-from), 64<<10), offset: from, text: text}
}

func (f *finder) next() (int64, error) {
	for {
		window, err := f.in.Peek(64 << 10)
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
		skip := len(window) - len(f.text) + 1
		at := bytes.Index(window, f.text)
		if at >= 0 {
			skip = at + 1
		}
		if skip <= 0 {
			return 0, io.EOF
		}
		_, _ = f.in.Discard(skip) // they were peeked at
		f.offset += int64(skip)
		if at >= 0 {
			return f.offset - 1, nil
		}
	}
}

// openPieces reads an object's pieces. An object whose pieces were removed is
// not there.
func openPieces(pieces []pieceAt) (io.ReadCloser, error) {
	r := &pieceReader{pieces: pieces}
	defer func() { _ = r.Close() }()
	removed := true
	for range pieces {
		if err := r.load(); err != nil {
			return nil, err
		}
		if removed = isRemoved(r.rest); !removed {
			break
		}
	}
	if removed {
		return nil, os.ErrNotExist
	}
	for i, p := range pieces {
		if int(p.number) != i || p.last && i < len(pieces)-1 {
			return nil, damaged("its pieces do not follow each other")
		}
	}
	return &pieceReader{pieces: pieces}, nil
}

// pieceReader reads one piece after the other.
type pieceReader struct {
	pieces []pieceAt
	file   *os.File
	path   string
	rest   []byte
}

func (r *pieceReader) Read(p []byte) (int, error) {
	for len(r.rest) == 0 {
		if err := r.load(); err != nil {
			return 0, err
		}
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// load reads the next piece.
func (r *pieceReader) load() error {
	if len(r.pieces) == 0 {
		return io.EOF
	}
	at := r.pieces[0]
	r.pieces = r.pieces[1:]
	if r.path != at.in.path {
		_ = r.Close()
		file, err := openFile(at.in.path, os.O_RDONLY)
		if err != nil {
			return newFault(at.in.name(), "", err)
		}
		r.file, r.path = file, at.in.path
	}
	r.rest = make([]byte, at.length)
	if _, err := r.file.ReadAt(r.rest, at.offset); err != nil {
		return &Fault{File: at.in.name(), Err: damaged("file is shorter than it was")}
	}
	return nil
}

func (r *pieceReader) Close() error {
	if r.file == nil {
		return nil
	}
	file := r.file
	r.file, r.path = nil, ""
	return file.Close()
}
