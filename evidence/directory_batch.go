package evidence

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"hash/crc32"
	"strconv"
	"strings"
)

// A log file is a sequence of batches: each is what was appended with one
// write(2) and made durable with one sync. (FORMAT.md, "Log files")

const (
	maxBatch       = 2 << 20 // of a batch's content
	fullBatch      = 1 << 20 // a batch of this size takes no more
	maxBatchHeader = len("batch 2097152 01234567\n")
	maxPieceHeader = 127
)

// batchBuilder makes one batch.
type batchBuilder struct {
	content []byte
	check   uint32
	pieces  []placedPiece
	lines   []placedLine
}

// placedPiece is a piece with the place of its bytes: in a batch, later in a
// file.
type placedPiece struct {
	object Object
	number int
	last   bool
	offset int64
	length int
	check  uint32
	bytes  []byte // as they were read; nil where they were written
}

// placedLine is an entry with the place of its line, line feed not included.
type placedLine struct {
	entry  Entry
	offset int64
	length int
}

func (b *batchBuilder) frame(p []byte) {
	b.content = append(b.content, p...)
	b.check = crc32.Update(b.check, castagnoli, p)
}

// add adds the blocks of a commit.
func (b *batchBuilder) add(batch Batch) {
	for _, p := range batch.Pieces {
		word := "piece"
		if p.Last {
			word = "last"
		}
		check := crc32.Checksum(p.Bytes, castagnoli)
		b.frame(fmt.Appendf(nil, "%s %s %s %d %d %08x\n", word, p.Object.Kind, p.Object.ID, p.Number, len(p.Bytes), check))
		b.pieces = append(b.pieces, placedPiece{
			object: p.Object, number: p.Number, last: p.Last, offset: int64(len(b.content)), length: len(p.Bytes), check: check,
		})
		b.content = append(b.content, p.Bytes...)
		b.frame([]byte("\n"))
	}
	for _, e := range batch.Entries {
		b.lines = append(b.lines, placedLine{entry: e, offset: int64(len(b.content)), length: len(e.Line)})
		b.frame(e.Line)
		b.frame([]byte("\n"))
	}
}

// hasRoom reports whether the batch may take a commit.
func (b *batchBuilder) hasRoom(commit Batch) bool {
	size := len(b.content)
	for _, p := range commit.Pieces {
		size += len(p.Bytes) + maxPieceHeader
	}
	for _, e := range commit.Entries {
		size += len(e.Line) + 1
	}
	return len(b.content) == 0 || size <= fullBatch
}

// sealed returns the bytes of the whole batch, and moves the places of its
// blocks to where they are when the batch begins at the offset.
func (b *batchBuilder) sealed(offset int64) []byte {
	raw := fmt.Appendf(make([]byte, 0, maxBatchHeader+len(b.content)), "batch %d %08x\n", len(b.content), b.check)
	for i := range b.pieces {
		b.pieces[i].offset += offset + int64(len(raw))
	}
	for i := range b.lines {
		b.lines[i].offset += offset + int64(len(raw))
	}
	return append(raw, b.content...)
}

// readBatch is a batch as it was read. Where it is not right it has the blocks
// that could be found in it.
type readBatch struct {
	offset int64
	size   int64
	pieces []placedPiece
	lines  []placedLine // of the entries, only the lines
	right  bool
}

// parseBatchHeader reads a batch's header, without its line feed.
func parseBatchHeader(line []byte) (length int, check uint32, ok bool) {
	fields := strings.Split(string(line), " ")
	if len(fields) != 3 || fields[0] != "batch" {
		return 0, 0, false
	}
	length, ok = parseNumber(fields[1], maxBatch)
	check, right := parseCheck(fields[2])
	return length, check, ok && right && length > 0
}

// parseBatch reads the blocks of a batch. It returns what it could read, or, if
// it is to read no more than a right batch, stops at the first block that is not
// right.
func parseBatch(offset int64, header, content []byte, check uint32, rightOnly bool) readBatch {
	b := readBatch{offset: offset, size: int64(len(header) + len(content)), right: true}
	at := offset + int64(len(header))
	sum := uint32(0)
	for rest := content; len(rest) > 0; {
		line, after, found := bytes.Cut(rest, []byte("\n"))
		if !found {
			b.right = false
			break
		}
		sum = crc32.Update(sum, castagnoli, rest[:len(line)+1])
		at += int64(len(line) + 1)
		p, isPiece := parsePieceHeader(line)
		switch {
		case !isPiece:
			if b.right = b.right && isEntryLine(line); !b.right && rightOnly {
				return b
			}
			b.lines = append(b.lines, placedLine{entry: Entry{Line: line}, offset: at - int64(len(line)+1), length: len(line)})
			rest = after
			continue
		case p.length >= len(after) || after[p.length] != '\n':
			b.right = false
			return b
		}
		p.offset, p.bytes = at, after[:p.length]
		sum = crc32.Update(sum, castagnoli, []byte("\n"))
		b.right = b.right && (isBeingRemoved(p.bytes) || crc32.Checksum(p.bytes, castagnoli) == p.check)
		b.pieces = append(b.pieces, p)
		rest, at = after[p.length+1:], at+int64(p.length+1)
	}
	b.right = b.right && sum == check
	return b
}

// isEntryLine reports whether a line begins as an entry does.
func isEntryLine(line []byte) bool {
	const digest = 2 * sha256.Size
	return len(line) > digest && len(line) < maxLine && line[digest] == ' ' && isHex(string(line[:digest]), sha256.Size)
}

// parsePieceHeader reads the line before a piece's bytes.
func parsePieceHeader(line []byte) (p placedPiece, ok bool) {
	if len(line) >= maxPieceHeader || !bytes.HasPrefix(line, []byte("piece ")) && !bytes.HasPrefix(line, []byte("last ")) {
		return p, false
	}
	fields := strings.Split(string(line), " ")
	if len(fields) != 6 {
		return p, false
	}
	kind := Kind(fields[1])
	if !isLogged(kind) || !isID(fields[2]) {
		return p, false
	}
	number, numberRight := parseNumber(fields[3], 1<<31-1)
	length, lengthRight := parseNumber(fields[4], maxBatch)
	check, checkRight := parseCheck(fields[5])
	p = placedPiece{object: Object{kind, fields[2]}, number: number, last: fields[0] == "last", length: length, check: check}
	return p, numberRight && lengthRight && checkRight
}

// isLogged reports whether a writer keeps objects of this kind in its log file.
// Checkpoints and their stamps have files of their own: others read these.
func isLogged(kind Kind) bool {
	return kind == KindRecord || kind == KindAttachment || kind == KindRecovery
}

func parseNumber(text string, most int) (int, bool) {
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= 0 && n <= most && strconv.Itoa(n) == text
}

func parseCheck(text string) (uint32, bool) {
	n, err := strconv.ParseUint(text, 16, 32)
	return uint32(n), err == nil && isHex(text, 4)
}

// removedMark is the first byte of a piece that is removed: a lost sector has
// another, and every piece that was written. Zero bytes follow it.
const removedMark = '-'

func isBeingRemoved(p []byte) bool { return len(p) > 0 && p[0] == removedMark }

func isRemoved(p []byte) bool { return isBeingRemoved(p) && isZero(p[1:]) }
