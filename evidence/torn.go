package evidence

import (
	"bytes"
	"io"
)

// What a crash can leave of a file without it being damage. A store that keeps
// whole pieces leaves nothing of the kind; a disk does.

// tornHead distinguishes what a crash at the very beginning left from a file
// that is not evidence at all.
func tornHead(raw []byte) error {
	known := min(len(raw), len(magic))
	if string(raw[:known]) != magic[:known] && string(raw[:known]) != magic1[:known] && !isZero(raw) {
		return damaged("first line is that of no known version")
	}
	return io.ErrUnexpectedEOF
}

// maxTorn is an upper limit of what a writer writes between two syncs.
const maxTorn = 1 << 20

// unreadable distinguishes what a power cut leaves from damage. Between two
// syncs a writer writes one piece, and a power cut may leave some sectors of
// that piece as zeros. So the rest of the file counts as torn when it contains
// a lost sector and no end. The bytes are those read since the frame's
// beginning.
func (r *frameReader) unreadable(begun []byte, damage error) error {
	rest, err := io.ReadAll(io.LimitReader(r.in, maxTorn+1))
	if err != nil {
		return err
	}
	if len(rest) <= maxTorn {
		if rest = append(begun, rest...); hasLostSector(rest, r.offset) && !hasEnd(rest) {
			return io.ErrUnexpectedEOF
		}
		return damage
	}
	zeros := zeroChecker(!isZero(begun) || !isZero(rest))
	if _, err := io.Copy(&zeros, r.in); err != nil {
		return err
	}
	if zeros {
		return damage
	}
	return io.ErrUnexpectedEOF
}

const (
	sector   = 512
	minZeros = 3 // fewer are likely in what was sealed
)

// hasLostSector reports whether a run of zeros fills sectors, or the part of
// them after the last sync. A byte next to the run may be zero by chance. The
// first and the last sector may contain only a byte or two of what was written.
func hasLostSector(rest []byte, offset int64) bool {
	for start := 0; start < len(rest); start++ {
		if rest[start] != 0 {
			continue
		}
		end := start
		for end < len(rest) && rest[end] == 0 {
			end++
		}
		before, after := (offset+int64(start)+2)%sector, (offset+int64(end))%sector
		atEdge := start == 0 || end == len(rest)
		if (atEdge || end-start >= minZeros) && (start == 0 || before <= 2) && (end == len(rest) || after <= 2) {
			return true
		}
		start = end
	}
	return false
}

// hasEnd reports whether a file's last bytes are an end, judging by its head:
// then everything before it had been synced.
func hasEnd(rest []byte) bool {
	for i := 0; i+frameHeadSize+tagSize <= len(rest); i++ {
		if rest[i] != frameCommitted && rest[i] != frameAborted {
			continue
		}
		_, length, ok := decodeFrameHead([frameHeadSize]byte(rest[i:]))
		if ok && i+frameHeadSize+length+tagSize == len(rest) {
			return true
		}
	}
	return false
}

// zeroChecker becomes true at the first byte that is not zero.
type zeroChecker bool

func (z *zeroChecker) Write(p []byte) (int, error) {
	*z = *z || zeroChecker(!isZero(p))
	return len(p), nil
}

func isZero(p []byte) bool { return len(bytes.Trim(p, "\x00")) == 0 }
